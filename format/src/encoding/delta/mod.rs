//! DELTA: each value as its difference from the one before, vector by vector.
//!
//! Lemire and Boytsov, "Decoding billions of integers per second through vectorization" (2015), section 4. We
//! differ in summing neighbours, not values four or more places apart: the differences stay as small as they
//! can be, and shuffles make the running sum of a register in three or four steps.
//!
//! Two children: a base for each vector of 1,024 values, and the differences (both of the lane). Value `i` of a
//! vector is its base plus the differences `0 ..= i`, wrapping. The first difference of a vector repeats the
//! second one, so that it does not widen the packing, and the base makes up for it.
//!
//! Ten values `100 103 104 104 109 ...`: base 97, differences `3 3 1 0 5 ...`.

mod decode;
mod encode;
pub(crate) mod kernel;
#[cfg(test)]
mod tests;

pub(crate) use decode::Delta;
pub(crate) use encode::{DeltaScheme, Deltas};
