//! CONSTANT: one value for all.
//!
//! The parameters are the value's bytes; no pages, no children. Of text, the parameters are the text.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::Constant;
pub(crate) use encode::ConstantScheme;
#[cfg(test)]
pub(crate) use encode::encode;
