//! SCALE: a common base and factor taken out of integers.
//!
//! One child: `(value - base) / factor`. Timestamps of whole seconds in microseconds have the factor 1,000,000
//! and so 20 bits less each. In wide lanes (INTERVAL, BIGNUMERIC) the child is 64 bits wide where that is
//! enough, and then a factor of 1 may pay.
//!
//! ```text
//! parameters := child bytes:u8 | base: lane | factor: lane
//! value = base + factor * child                                      wrapping in the lane's width
//! ```
//! Ten values `5 25 15 105 ...`: base 5, factor 10, child `0 2 1 10 ...`.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::Scale;
pub(crate) use encode::{ScaleScheme, factor};
