//! Arrow at the edges: vectors and schemas to and from `arrow_array`, sharing memory where layouts agree.
//!
//! | ours | Arrow out | Arrow in |
//! |---|---|---|
//! | BOOL | Boolean | Boolean |
//! | INT64 | Int64 | signed and unsigned integers of all widths |
//! | FLOAT64 | Float64 | Float16, Float32, Float64 |
//! | NUMERIC | Decimal128(38, 9) | decimals with at most 9 digits after and 29 before the point, integers |
//! | BIGNUMERIC | Decimal256(76, 38) | decimals with at most 38 digits after and 38 before the point, integers |
//! | STRING | Utf8View | Utf8, LargeUtf8, Utf8View, binary that is UTF-8, Null |
//! | BYTES | BinaryView | Binary, LargeBinary, BinaryView, FixedSizeBinary, strings |
//! | JSON | Utf8View with extension `arrow.json` | strings |
//! | DATE | Date32 | Date32, Date64 |
//! | TIME | Time64(us) | Time32, Time64 of any unit |
//! | DATETIME | Timestamp(us) | Timestamp of any unit |
//! | TIMESTAMP | Timestamp(us, UTC) | Timestamp of any unit |
//! | INTERVAL | Interval(MonthDayNano) | all three intervals |
//! | RANGE | Struct(start, end) with extension `canopy.range`, a NULL bound being unbounded | Struct of two bounds |
//! | ARRAY | List | List, LargeList, FixedSizeList, Map |
//! | STRUCT | Struct | Struct, fields matched by name |
//!
//! Nanoseconds are cut down to microseconds, as BigQuery's loads do. An Arrow dictionary stays a
//! dictionary. A value that does not fit its target is an error that names the column and the row.

mod export;
mod import;
mod import_scalar;
mod range;
mod schema;
#[cfg(test)]
mod tests;

pub use export::{batch_to_record_batch, vector_to_array};
pub use import::{array_to_vector, record_batch_to_batch};
pub use schema::{arrow_field, arrow_schema, arrow_type, schema_from_arrow, type_from_arrow, types_to_arrow};
