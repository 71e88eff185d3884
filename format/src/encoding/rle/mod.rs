//! RUN-LENGTH: runs of equal values by value and end.
//!
//! Two children: the value of each run, and its end (u32, one past its last position). Ends ascend strictly
//! and the last is the length; neighbouring runs differ.
//!
//! Ten values `7 7 7 7 2 2 9 9 9 9`: values `7 2 9`, ends `4 6 10`.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::{RunLength, expand};
pub(crate) use encode::RunLengthScheme;
#[cfg(test)]
pub(crate) use encode::encode;
