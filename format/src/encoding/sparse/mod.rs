//! SPARSE: one value nearly everywhere, and the others by position.
//!
//! The parameters are the common value (the lane's bytes). Two children: the positions of the others (u32,
//! strictly ascending), and their values (the lane); none equals the common value.
//!
//! Ten values `0 0 0 7 0 0 0 0 9 0`: common 0, positions `3 8`, values `7 9`.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::{Exceptions, Sparse};
pub(crate) use encode::SparseScheme;
