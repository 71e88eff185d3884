//! BIT-PACKED: each vector of 1,024 values as differences from its base in a fixed bit width, outliers apart.
//!
//! Frame of reference with patches as in Zukowski, Heman, Nes and Boncz, "Super-Scalar RAM-CPU Cache
//! Compression" (ICDE 2006), on the interleaved layout of Afroozeh and Boncz, "The FastLanes
//! Compression Layout" (VLDB 2023): value `i` of a vector sits in lane `i % lanes`, row `i / lanes`, so
//! that any SIMD width unpacks the same bytes, and they come out in order. We differ in packing widths up to
//! 32 in 32-bit lanes even for 64-bit values: half the words, and they widen while the base is added.
//!
//! Ten values `100 103 101 100 102 100 100 9000 101 100`: base 100, width 2, one exception (position 7,
//! 9000).
//!
//! ```text
//! page   := (base:u64 | width:u8 | 0:u8 | exceptions:u16 | offset:u32)*   one a vector, at most 8
//!           (packed: 128 * width bytes | positions:u16* | values*)*       one a vector, at `offset`
//! packed := width <= 32: 32 rows of 32 lanes of u32; else 64 rows of 16 lanes of u64
//! ```
//! The row `r` of a lane takes bits `r * width ..` of that lane's words; word `k` of lane `l` is word
//! `k * lanes + l` of the packed bytes. A last vector of fewer values is padded with its base.

mod decode;
mod encode;
pub(crate) mod kernel;
mod select;
#[cfg(test)]
mod tests;

pub(crate) use decode::BitPacked;
pub(crate) use encode::{BitPackedScheme, Packing};

/// Bytes of a vector's entry at the front of a page.
const ENTRY_BYTES: usize = 16;
/// Bytes of a packed vector for each bit of width.
const BYTES_PER_BIT: usize = 128;
