//! PREFIX: front coding, for sorted dictionaries and other text of which neighbours begin alike.
//!
//! A value is the number of bytes that it shares with the value before it, and the rest. Each page of 8,192 values
//! begins afresh, so that it can be read alone.
//!
//! Ten URLs of one site share their first 25 bytes; what is kept of each is a count and the last few letters.
//!
//! Children: the shared counts (u32), the rests (TEXT or FSST).
//!
//! ```text
//! parameters := (raw bytes:u32)*      one a page
//! ```

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub(crate) use decode::PrefixPages;
pub(crate) use encode::PrefixScheme;
