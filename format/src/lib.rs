//! Canopy's columns: logical types and schemas, vectors and batches in memory, and the `.cnpy` file.
//!
//! Owns how values look in memory and on disk; knows nothing of SQL, plans, the log or the network. Start
//! from [`Vector`] (a column of one batch), [`Batch`] and [`Schema`]; for files from [`FileWriter`] and
//! [`FileReader`].
//!
//! ```
//! use canopy_format::{Batch, DataType, Value, Vector};
//!
//! let names = Vector::from_values(&DataType::String, &[Value::from("ada"), Value::Null]).unwrap();
//! let batch = Batch::new(vec![names], 2);
//! assert_eq!(batch.column(0).value(1), Value::Null);
//! ```
//!
//! A file is built in memory, and what was written of it prunes scans before any of its bytes are read:
//!
//! ```
//! use canopy_format::{Batch, DataType, FileReader, FileWriter, Mode, Schema, Value, Vector, WriteOptions};
//!
//! # fn main() -> canopy_format::Result<()> {
//! let schema = Schema::from_types([("n", &DataType::Int64, Mode::Required)])?;
//! let mut writer = FileWriter::new(schema, WriteOptions::default())?;
//! writer.write(&Batch::new(vec![Vector::sequence(1, 1, 1000)], 1000))?;
//! let file = writer.finish()?;
//! assert_eq!(file.statistics.columns[0].max, Some(Value::Int64(1000)));
//!
//! let reader = FileReader::open_bytes("numbers.cnpy", file.bytes)?;
//! assert_eq!(reader.row_count(), 1000);
//! # Ok(())
//! # }
//! ```

pub mod arrow;
mod batch;
mod bitmap;
mod buffer;
mod cursor;
mod deleted_rows;
mod encoding;
mod error;
pub mod file;
pub mod kernels;
mod predicate;
mod schema;
pub mod sketch;
mod statistics;
mod string_view;
mod types;
mod value;
pub mod vector;

pub use batch::{BATCH_ROWS, Batch, Selection};
pub use bitmap::{Bitmap, BitmapBuilder};
pub use buffer::{Buffer, BufferMut, Pod};
pub use deleted_rows::DeletedRows;
pub use encoding::choose::{CandidateReport, ChoiceReport};
pub use error::{FormatError, Result};
pub use file::{
    FileReader, FileWriter, ProjectedColumn, Projection, STRIPE_ROWS, StripeData, StripeDecoder,
    WriteOptions, WrittenFile,
};
pub use predicate::{ColumnPredicate, ColumnTest, Comparison, MembershipFilter};
pub use schema::{Field, FieldId, Mode, Schema, TypeParameters};
pub use statistics::{ColumnStatistics, FileStatistics};
pub use string_view::{INLINE_MAX, StringBuilder, StringVector, View};
pub use types::{DataType, RangeElement, StructField};
pub use value::{Interval, RangeValue, Value};
pub use vector::{Dictionary, ListVector, Values, Vector};

/// 256-bit integers, the physical form of BIGNUMERIC (scaled by 10^38).
pub use ethnum::I256;
