//! LINEAR: values near a straight line, as a base, a slope and what is left over.
//!
//! One child: the residuals (of the lane), not negative as the writer makes them. A line holds for the whole block
//! or for one vector. Ten timestamps 1000 microseconds apart, give or take 3: slope 1000, residuals 0 to 6,
//! three bits each; a sequence has residual 0 throughout and takes no pages at all.
//!
//! ```text
//! parameters := shift:u8 | span:u8 | (base:u64 | slope:i64)*      one line for each 2^span values; span 10 or 16
//! value i of a line = base + (slope * i >> shift) + residual      wrapping; the shift keeps the sign
//! ```
//! `shift` is at most 16 and the slope's magnitude below 2^46, so that the product fits 64 bits.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::Linear;
pub(crate) use encode::LinearScheme;

/// Bits after the point of a slope at most.
const SHIFT_MAX: u32 = 16;
/// Slopes are below this in magnitude.
const SLOPE_MAX: i64 = 1 << 46;
/// A line for each vector, or for the whole block.
const SPANS: [u8; 2] = [10, 16];

/// One line.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Line {
    base: u64,
    slope: i64,
}

impl Line {
    /// The line at position `i`, below 65,536.
    #[inline(always)]
    fn at(self, i: usize, shift: u32) -> u64 {
        self.base.wrapping_add((self.slope.wrapping_mul(i as i64) >> shift) as u64)
    }
}
