//! BITMAP: bits of validity or BOOL, each page in the cheapest of four kinds.
//!
//! One page for 8,192 bits. A page is a kind byte, then:
//!
//! | kind | holds |
//! |---|---|
//! | 0 | nothing: all bits are 0 |
//! | 1 | nothing: all bits are 1 |
//! | 2 | the bits, least significant first, in whole bytes; bits past the end are 0 |
//! | 3 | the value of the first run (u8), then run ends (u16, ascending, the last is the page's length) |
//!
//! A bitmap of one value throughout is a CONSTANT node of one byte instead.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::BitsDecoder;
pub(crate) use encode::encode;

const ZEROS: u8 = 0;
const ONES: u8 = 1;
const PLAIN: u8 = 2;
const RUNS: u8 = 3;
