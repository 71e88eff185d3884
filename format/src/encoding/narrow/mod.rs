//! NARROW: decimals as integers of their effective scale, in 64 bits where they fit.
//!
//! Parameters: scale (u8), width of the integers in bytes (u8: 8, 16 or 32). One child: the integers. NUMERIC
//! has scales up to 9 (widths 8 and 16), BIGNUMERIC up to 38 (widths 8 and 16; 32 with scale 38). A value is `integer /
//! 10^scale`.
//!
//! Ten prices `1.50 2.25 ...` become 150, 225, ... with scale 2, and then pack in a few bits.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::DecimalDecoder;
pub(crate) use encode::{encode_big, encode_numeric};
