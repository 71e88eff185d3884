//! TEXT: variable-length values, 8,192 a page, each page as it is or compressed by lz4 or zstd.
//!
//! One child: the length of each value in bytes (u32). A page holds the bytes of its values, one after
//! the other without separators.
//!
//! ```text
//! parameters := (codec:u8 | raw bytes:u32)*     one a page; codec 0 plain, 1 lz4 block, 2 zstd frame
//! ```
//! Of STRING and JSON the raw bytes of a page are UTF-8, and so is each value. Views point straight
//! into the page: decoding copies no value of more than 12 bytes.

mod decode;
mod encode;
mod page;
mod plain;
#[cfg(test)]
mod tests;
mod views;

pub(crate) use decode::{TextDecoder, TextPages};
pub(crate) use encode::{TextScheme, encode};
pub(crate) use page::Codec;
pub(crate) use plain::sum_up;
