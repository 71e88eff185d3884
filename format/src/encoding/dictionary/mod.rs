//! DICTIONARY: distinct values once, and a code for each position.
//!
//! Two children: the distinct values (fixed-width, or text) in ascending order, and the codes (u32). One
//! parameter byte: 1 when the values are sorted, so that code order is value order. Every value is used, none
//! comes twice.
//!
//! Ten values `b a a c b a a a c b`: values `a b c`, codes `1 0 0 2 1 0 0 0 2 1`.
//!
//! Dictionaries are handed to the executor as they are: a code column over shared entries.

mod decode;
mod encode;
pub(crate) mod kernel;
#[cfg(test)]
mod tests;

pub(crate) use decode::{FixedDictionary, open_parts};
pub(crate) use encode::{Codes, DictionaryScheme, fixed_codes, text_codes};
#[cfg(test)]
pub(crate) use encode::{encode_fixed, encode_text};

/// The parameter byte of a sorted dictionary.
const SORTED: u8 = 1;
