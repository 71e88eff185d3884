//! COMPRESSED: fixed-width values cut to the bytes they need, each page through lz4 or zstd.
//!
//! For numbers that repeat in ways the light encodings do not see: patterns across rows, a few values far more
//! frequent than others. It decodes several times slower, so the cost model takes it only where it saves much.
//!
//! ```text
//! parameters := width:u8 | planes:u8 | base: lane | codec:u8 *      codec of each page: 0 plain, 1 lz4, 2 zstd
//! page, once decompressed: value - base of each value, in `width` bytes (1 to the lane's),
//!    value by value (planes 0), or all first bytes, all second bytes, ... (planes 1)
//! ```
//! A page of `n` values is `n * width` bytes when decompressed. Sums wrap in the lane's width.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::Compressed;
pub(crate) use encode::CompressedScheme;
