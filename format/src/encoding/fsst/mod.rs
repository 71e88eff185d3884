//! FSST: text as codes of a few bits, each for a frequent string of up to 16 bytes.
//!
//! Boncz, Neumann and Leis, "FSST: Fast Random Access String Compression" (VLDB 2020), with three changes. Codes
//! have 9 to 16 bits, 12 as a rule, so that thousands of symbols find room where the paper has 255 (its section 7 and
//! "OnPair", 2025, point this way): on text of words that is a third smaller than zstd pages and
//! decodes faster. The first 256 codes are the bytes themselves, so there are no escapes. And values are parsed
//! into the fewest codes, not greedily.
//!
//! Ten bytes `the thesis` with symbols `the` (256), `the ` (257), `sis` (258): codes 257, 256, 258.
//!
//! One child: the number of codes of each value (u32).
//!
//! ```text
//! parameters := scope:u8 | (codes:u32 | raw bytes:u32)*     one a page
//!               | the table, if scope is 0                  scope 1: the table stands in the column's metadata
//! page       := codes of `width` bits each, low bits first
//! ```
//! Equal values have equal codes, so equality is decided without decoding.

mod decode;
mod encode;
mod parse;
mod table;
#[cfg(test)]
mod tests;
mod train;

pub(crate) use decode::FsstPages;
pub(crate) use encode::{ColumnSymbols, FsstScheme};
pub(crate) use table::SymbolTable;

/// Whether reading the tree takes the column's table.
pub(crate) fn needs_column(node: &crate::encoding::Node) -> bool {
    let own =
        node.encoding == crate::encoding::Encoding::Fsst && node.parameters.first() == Some(&COLUMN_TABLE);
    own || node.children.iter().any(needs_column)
}

/// The table follows in the parameters.
const OWN_TABLE: u8 = 0;
/// The table is the column's.
const COLUMN_TABLE: u8 = 1;
