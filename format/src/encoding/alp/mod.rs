//! ALP: decimals that were stored as FLOAT64, as integers.
//!
//! Afroozeh, Kuffó and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (SIGMOD 2024). A value `v` is
//! kept as the integer `d` nearest to `v * 10^e / 10^f`, if `d * 10^f / 10^e` has the very bits of `v`; others
//! (NaN, infinities, -0.0 and what has too many digits) are exceptions. `e` and `f` are chosen per vector of 1,024
//! among the five pairs that fit a sample of the block best. We differ in leaving the packing of the integers
//! to the choice of encodings, so that they may also become differences, runs or a dictionary.
//!
//! Three children: the integers (u64), the positions of exceptions (u32), their bits (u64). Under an exception
//! stands the integer before.
//!
//! ```text
//! parameters := (e:u8 | f:u8)*       one pair a vector; f <= e <= 18
//! value = (f64(d) * 10^f) * 10^-e    each product rounded to the nearest f64, 10^-e the f64 nearest to it
//! ```
//! Ten values `0.25 0.5 12.75 ...`: e 14, f 12, integers `25 50 1275 ...`.

mod decode;
mod encode;
mod number;
#[cfg(test)]
mod tests;

pub(crate) use decode::{Alp, decode_vector};
pub(crate) use encode::AlpScheme;
pub(crate) use number::Exponents;
