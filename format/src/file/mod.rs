//! The `.cnpy` file: writing, reading and inspecting it. `docs/format.md` specifies the bytes.
//!
//! ```text
//! FileWriter -> shred (columns into streams) -> block (encode, verify) -> footer
//! FileReader -> prune (stripes that can match) -> fetch_stripe -> StripeDecoder -> vectors
//! ```
//! A *stream* is the values of one leaf, or the structure (list lengths) of one repeated field. A *stripe* is
//! up to 65,536 rows; a stream's part of a stripe is its *chunk*: one or more blocks, read in one range.

mod block;
mod bounds;
mod check;
mod columns;
mod decoder;
mod filter;
mod footer;
mod inspect;
mod levels;
mod metadata;
mod projection;
mod prune;
mod reader;
mod shape;
mod shred;
mod stripe;
mod summary;
mod writer;

#[cfg(test)]
mod tests;

pub use decoder::StripeDecoder;
pub use inspect::{BlockReport, ColumnReport, FileReport, NodeReport, StripeReport};
pub use levels::Levels;
pub use projection::{ProjectedColumn, Projection};
pub use prune::StripeSelection;
pub use reader::FileReader;
pub use stripe::StripeData;
pub use writer::{FileWriter, Preset, WriteOptions, WrittenFile};

/// Rows of a stripe; only the last of a file, or one of very large rows, has fewer.
pub const STRIPE_ROWS: usize = 65_536;

/// First bytes of a file.
pub(crate) const MAGIC: [u8; 8] = *b"CNPY\r\n\x1a\x01";
/// Last bytes of a file.
pub(crate) const TAIL_MAGIC: [u8; 8] = *b"\x01cnpyEND";
/// Bytes of the tail.
pub(crate) const TAIL_BYTES: usize = 128;
/// Chunks, metadata and footer begin at multiples of this; the padding is zero.
pub(crate) const SECTION_ALIGNMENT: usize = 64;
/// Version of the layout: a reader refuses another major.
pub(crate) const VERSION: (u16, u16) = (1, 1);
/// Incompatible feature: a column's metadata may end with the symbol table of its text.
pub(crate) const FEATURE_COLUMN_SYMBOLS: u64 = 1;
/// The features that this reader knows.
pub(crate) const FEATURES_KNOWN: u64 = FEATURE_COLUMN_SYMBOLS;

/// Most bytes of a file.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 30;
/// Most bytes of metadata, footer and tail together.
pub(crate) const FOOTER_BYTES_MAX: u64 = 256 << 20;
/// Most fields of a schema, nested ones included.
pub(crate) const FIELDS_MAX: usize = 100_000;
/// Most repeated fields on a path.
pub(crate) const REPEATED_DEPTH_MAX: usize = 15;
/// Most fields on a path.
pub(crate) const DEPTH_MAX: usize = 64;
/// Most stripes of a file.
pub(crate) const STRIPES_MAX: usize = 1 << 20;
/// Most slots of a chunk.
pub(crate) const SLOTS_MAX: usize = 1 << 28;
/// Most bytes of a single STRING, BYTES or JSON value.
pub(crate) const VALUE_BYTES_MAX: usize = 16 << 20;
