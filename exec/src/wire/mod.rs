//! Batches as bytes: between servers, in shuffles and later in spill files.
//!
//! Forms survive the journey: a dictionary, a constant or a sequence arrives as one, and NUMERIC keeps
//! its width and scale. Bytes that arrive are hostile: [`decode`] answers with an error, whatever they are.
//!
//! ```text
//! message: version:u8 = 1 | compression:u8 (0 none, 1 lz4) | [raw length:u32 when lz4] | body
//! body:    rows:u32 | columns:u32 | column*
//! column:  type | vector of `rows` rows
//! type:    tag:u8 | ARRAY, RANGE: type | STRUCT: count:u16, (name length:u16, name, type)*
//! vector:  form:u8
//!   flat        validity flag:u8 | [words:u64 * ceil(rows / 64)] | values
//!   constant    flat vector of one row
//!   dictionary  validity flag:u8 | [words] | codes:u32 * rows | entries:u32 | flat vector of the entries
//!   sequence    start:i64 | step:i64
//! values:  BOOL: words; fixed width: little-endian values; NUMERIC: width:u8, scale:u8, values;
//!          STRING, BYTES, JSON: length:u32 * rows, bytes:u32, the bytes; ARRAY: offset:u32 * (rows + 1),
//!          vector of the last offset's rows; STRUCT: a vector a field
//! ```
//! All numbers are little-endian.

mod decode;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;

/// The version this code writes and reads.
const VERSION: u8 = 1;
/// Bodies from this size on are compressed when that saves an eighth.
const COMPRESS_BYTES_MIN: usize = 16 << 10;
/// Largest message or body that is taken.
const BYTES_MAX: usize = 1 << 30;
/// Most rows of a batch, and of a constant or sequence anywhere in it.
const ROWS_MAX: usize = 1 << 16;
/// Most columns of a batch, and fields of a STRUCT.
const COLUMNS_MAX: usize = 10_000;
/// Deepest nesting of a type.
const DEPTH_MAX: usize = 64;

/// Tags of the forms of a vector.
mod form {
    pub const FLAT: u8 = 0;
    pub const CONSTANT: u8 = 1;
    pub const DICTIONARY: u8 = 2;
    pub const SEQUENCE: u8 = 3;
}

/// Tags of types, as in the plan's `TypeKind`.
mod tag {
    pub const BOOL: u8 = 1;
    pub const INT64: u8 = 2;
    pub const FLOAT64: u8 = 3;
    pub const NUMERIC: u8 = 4;
    pub const BIGNUMERIC: u8 = 5;
    pub const STRING: u8 = 6;
    pub const BYTES: u8 = 7;
    pub const DATE: u8 = 8;
    pub const TIME: u8 = 9;
    pub const DATETIME: u8 = 10;
    pub const TIMESTAMP: u8 = 11;
    pub const INTERVAL: u8 = 12;
    pub const JSON: u8 = 13;
    pub const ARRAY: u8 = 14;
    pub const STRUCT: u8 = 15;
    pub const RANGE: u8 = 16;
}
