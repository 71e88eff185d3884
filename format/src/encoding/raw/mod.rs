//! RAW: fixed-width little-endian values as they are, 8,192 a page.
//!
//! No parameters, no children. Page `p` holds values `8192 p ..`, `width` bytes each. Chosen for
//! random bits, and for the few values of tiny blocks.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::Raw;
pub(crate) use encode::{RawScheme, encode};
