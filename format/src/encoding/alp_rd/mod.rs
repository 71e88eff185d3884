//! ALP-RD: FLOAT64 of full precision, cut into a front that repeats and a rest that does not.
//!
//! The second scheme of Afroozeh, Kuffó and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (SIGMOD
//! 2024), section 3.4, for values that are no decimals: sign, exponent and the first bits of the fraction take few
//! values, and these go to a dictionary of at most eight.
//!
//! Four children: codes (u32), rests (u64, below 2^`rest bits`), the positions of exceptions (u32) and their fronts
//! (u32): fronts that the dictionary lacks.
//!
//! ```text
//! parameters := rest bits:u8 | front:u16 *      1 to 8 fronts, rest bits 48 to 63
//! value = front << rest bits | rest
//! ```

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::AlpRd;
pub(crate) use encode::AlpRdScheme;

/// Most entries of the dictionary.
const FRONTS_MAX: usize = 8;
/// Fewest bits of the rest: a front has at most 16.
const REST_BITS_MIN: u8 = 48;
