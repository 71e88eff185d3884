//! What is known of a file's columns without reading them: for pruning, estimates and the log.

use crate::{FieldId, Value};

/// Statistics of one leaf column over a whole file.
///
/// An absent bound means unknown, never "no such value".
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnStatistics {
    /// The leaf's field id.
    pub field_id: FieldId,
    /// Values, NULLs included. A leaf below a repeated field has one for each element: none for an empty
    /// ARRAY.
    pub value_count: u64,
    /// NULL values; those under a NULL STRUCT or element are among them.
    pub null_count: u64,
    /// A lower bound of the non-null values, NaN left out.
    pub min: Option<Value>,
    /// An upper bound of the non-null values, NaN left out.
    pub max: Option<Value>,
    /// HyperLogLog registers (2^11 of 6 bits, one a byte) of the non-null values; empty when unknown.
    pub distinct_sketch: Vec<u8>,
    /// Bytes in the file, structure streams left out.
    pub encoded_bytes: u64,
    /// Bytes of the values before encoding, for averages and "bytes processed".
    pub raw_bytes: u64,
}

/// What a writer tells of the file it made, and the log remembers.
#[derive(Debug, Clone, PartialEq)]
pub struct FileStatistics {
    /// Rows in the file.
    pub row_count: u64,
    /// Size in bytes.
    pub byte_size: u64,
    /// Where the footer (with the tail) starts: one ranged read to the end opens the file.
    pub footer_offset: u64,
    /// The file's UUID, also in its tail.
    pub uuid: [u8; 16],
    /// One entry a leaf column.
    pub columns: Vec<ColumnStatistics>,
}
