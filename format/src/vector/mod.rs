//! A column of one batch: a logical type, a length and one of four forms.
//!
//! | form | holds | made by |
//! |---|---|---|
//! | flat | one value a row, with a validity bitmap | decoding, kernels |
//! | constant | one value for all rows | literals, constant blocks |
//! | dictionary | a code a row into shared values | dictionary blocks, joins, unnest |
//! | sequence | start and step | row numbers |
//!
//! The physical form ([`Values`]) is separate from the logical type: NUMERIC is carried as i64 or
//! i128 with an effective scale of at most 9, so that money with two decimals runs in 64 bits.

mod builder;
mod concat;
mod gather;
#[cfg(test)]
mod tests;
mod trusted;
mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

pub use builder::VectorBuilder;
pub(crate) use builder::narrow;
pub use concat::concat;
pub(crate) use gather::gather_values;
pub(crate) use trusted::identical;

use crate::{Bitmap, Buffer, DataType, FormatError, I256, Interval, RangeValue, Result, StringVector, Value};

/// The values of a flat vector. Values under a NULL are present and unspecified.
#[derive(Debug, Clone)]
pub enum Values {
    /// BOOL.
    Bool(Bitmap),
    /// DATE.
    I32(Buffer<i32>),
    /// INT64, TIME, DATETIME, TIMESTAMP.
    I64(Buffer<i64>),
    /// FLOAT64.
    F64(Buffer<f64>),
    /// NUMERIC: `values[i] / 10^scale`, scale at most 9.
    Decimal64 {
        /// The scaled integers.
        values: Buffer<i64>,
        /// Digits after the point.
        scale: u8,
    },
    /// NUMERIC: `values[i] / 10^scale`, scale at most 9.
    Decimal128 {
        /// The scaled integers.
        values: Buffer<i128>,
        /// Digits after the point.
        scale: u8,
    },
    /// BIGNUMERIC: `values[i] / 10^38`.
    Decimal256(Buffer<I256>),
    /// STRING, BYTES, JSON.
    String(StringVector),
    /// INTERVAL.
    Interval(Buffer<Interval>),
    /// RANGE.
    Range(Buffer<RangeValue>),
    /// ARRAY.
    List(ListVector),
    /// STRUCT: one vector a field, each as long as this one.
    Struct(Vec<Vector>),
}

/// The values of an ARRAY column: row `i` holds elements `offsets[i] .. offsets[i + 1]` of `child`.
#[derive(Debug, Clone)]
pub struct ListVector {
    /// Row count + 1 ascending offsets into `child`; the first need not be 0.
    pub offsets: Buffer<u32>,
    /// The elements.
    pub child: Arc<Vector>,
}

/// Values shared by the codes of dictionary vectors.
#[derive(Debug)]
pub struct Dictionary {
    /// Unique in the process: equal ids mean the very same values, so work per entry can be memoized.
    pub id: u64,
    /// The entries; a flat vector. Entries may be NULL and may repeat (joins and unnest share rows so).
    pub values: Vector,
}

impl Dictionary {
    /// Returns a dictionary with a fresh id. The values are flattened if they are not flat.
    pub fn new(values: Vector) -> Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Arc::new(Self { id: NEXT.fetch_add(1, Ordering::Relaxed), values: values.flatten() })
    }
}

/// How a vector holds its values.
#[derive(Debug, Clone)]
pub enum Form {
    /// One value a row.
    Flat {
        /// The values.
        values: Values,
        /// Set bits are present values; absent when no row is NULL.
        validity: Option<Bitmap>,
    },
    /// The same value in every row.
    Constant(Value),
    /// A code a row into shared values.
    Dictionary {
        /// Codes, each below the dictionary's length (also under a NULL).
        codes: Buffer<u32>,
        /// Set bits are present; a present code may still point at a NULL entry.
        validity: Option<Bitmap>,
        /// The shared values.
        dictionary: Arc<Dictionary>,
    },
    /// INT64 `start + step * row`.
    Sequence {
        /// Value of row 0.
        start: i64,
        /// Difference between neighbours.
        step: i64,
    },
}

/// A column of values. Cloning and slicing copy no values.
#[derive(Debug, Clone)]
pub struct Vector {
    data_type: DataType,
    len: usize,
    form: Form,
}

impl Vector {
    /// Returns a flat vector.
    ///
    /// # Panics
    /// When the lengths of values and validity differ, or the physical form does not suit the type.
    pub fn flat(data_type: DataType, values: Values, validity: Option<Bitmap>) -> Self {
        let len = values.len();
        assert!(values.suits(&data_type), "{} cannot be carried as {}", data_type, values.kind());
        if let Some(validity) = &validity {
            assert_eq!(validity.len(), len, "validity of another length than the values");
        }
        Self { data_type, len, form: Form::Flat { values, validity } }
    }

    /// Returns `len` rows of one value.
    pub fn constant(data_type: DataType, value: Value, len: usize) -> Self {
        Self { data_type, len, form: Form::Constant(value) }
    }

    /// Returns `len` NULLs.
    pub fn nulls(data_type: DataType, len: usize) -> Self {
        Self::constant(data_type, Value::Null, len)
    }

    /// Returns rows of shared values.
    ///
    /// # Panics
    /// When a code is outside the dictionary or the validity has another length.
    pub fn dictionary(codes: Buffer<u32>, validity: Option<Bitmap>, dictionary: Arc<Dictionary>) -> Self {
        let entries = dictionary.values.len() as u32;
        assert!(codes.iter().fold(true, |ok, &code| ok & (code < entries)), "code outside dictionary");
        if let Some(validity) = &validity {
            assert_eq!(validity.len(), codes.len(), "validity of another length than the codes");
        }
        Self {
            data_type: dictionary.values.data_type.clone(),
            len: codes.len(),
            form: Form::Dictionary { codes, validity, dictionary },
        }
    }

    /// Returns the INT64 rows `start, start + step, ...`; the last must not overflow.
    pub fn sequence(start: i64, step: i64, len: usize) -> Self {
        Self { data_type: DataType::Int64, len, form: Form::Sequence { start, step } }
    }

    /// Returns a flat vector of the values.
    ///
    /// # Errors
    /// [`FormatError::Value`] when a value is of another type.
    pub fn from_values(data_type: &DataType, values: &[Value]) -> Result<Self> {
        let mut builder = VectorBuilder::new(data_type);
        for value in values {
            builder.push(value)?;
        }
        Ok(builder.finish())
    }

    /// Returns a non-null INT64 column.
    pub fn from_i64(values: Buffer<i64>) -> Self {
        Self::flat(DataType::Int64, Values::I64(values), None)
    }

    /// The logical type.
    pub fn data_type(&self) -> &DataType {
        &self.data_type
    }

    /// The same rows under another type of the same physical form (a struct's field names, say).
    ///
    /// # Panics
    /// When a flat vector's physical form does not suit the type.
    pub fn with_type(mut self, data_type: DataType) -> Self {
        if let Form::Flat { values, .. } = &self.form {
            assert!(values.suits(&data_type), "{} cannot be carried as {}", data_type, values.kind());
        }
        if let Form::Dictionary { .. } = &self.form {
            self = self.flatten();
        }
        self.data_type = data_type;
        self
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How the values are held.
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// The values and validity of a flat vector; None for other forms (see [`Vector::flatten`]).
    pub fn as_flat(&self) -> Option<(&Values, Option<&Bitmap>)> {
        match &self.form {
            Form::Flat { values, validity } => Some((values, validity.as_ref())),
            _ => None,
        }
    }

    /// The value of a constant vector.
    pub fn as_constant(&self) -> Option<&Value> {
        match &self.form {
            Form::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// True when row `row` is NULL.
    pub fn is_null(&self, row: usize) -> bool {
        assert!(row < self.len, "row outside vector");
        match &self.form {
            Form::Flat { validity, .. } => validity.as_ref().is_some_and(|v| !v.get(row)),
            Form::Constant(value) => value.is_null(),
            Form::Dictionary { codes, validity, dictionary } => {
                validity.as_ref().is_some_and(|v| !v.get(row))
                    || dictionary.values.is_null(codes[row] as usize)
            }
            Form::Sequence { .. } => false,
        }
    }

    /// Validity of all rows; None when no row is NULL.
    pub fn validity(&self) -> Option<Bitmap> {
        match &self.form {
            Form::Flat { validity, .. } => validity.clone(),
            Form::Constant(value) => value.is_null().then(|| Bitmap::filled(false, self.len)),
            Form::Dictionary { codes, validity, dictionary } => {
                let entries = dictionary.values.validity().map(|entry_validity| {
                    codes.iter().map(|&code| entry_validity.get(code as usize)).collect::<Bitmap>()
                });
                Bitmap::and_options(validity.as_ref(), entries.as_ref())
            }
            Form::Sequence { .. } => None,
        }
    }

    /// Number of NULL rows.
    pub fn null_count(&self) -> usize {
        self.validity().map_or(0, |v| self.len - v.count_ones())
    }

    /// The value of row `row`.
    ///
    /// # Panics
    /// When the row is outside the vector.
    pub fn value(&self, row: usize) -> Value {
        assert!(row < self.len, "row outside vector");
        match &self.form {
            Form::Flat { validity: Some(validity), .. } if !validity.get(row) => Value::Null,
            Form::Flat { values, .. } => values.value(&self.data_type, row),
            Form::Constant(value) => value.clone(),
            Form::Dictionary { validity: Some(validity), .. } if !validity.get(row) => Value::Null,
            Form::Dictionary { codes, dictionary, .. } => dictionary.values.value(codes[row] as usize),
            Form::Sequence { start, step } => Value::Int64(start + step * row as i64),
        }
    }

    /// All values in order; for tests, results and other cold places.
    pub fn iter_values(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len).map(|row| self.value(row))
    }

    /// The rows from `offset`, `len` of them; no copy of values.
    ///
    /// # Panics
    /// When the range is outside the vector.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        assert!(offset + len <= self.len, "slice outside vector");
        let cut = |validity: &Option<Bitmap>| validity.as_ref().map(|v| v.slice(offset, len));
        let form = match &self.form {
            Form::Flat { values, validity } => {
                Form::Flat { values: values.slice(offset, len), validity: cut(validity) }
            }
            Form::Constant(value) => Form::Constant(value.clone()),
            Form::Dictionary { codes, validity, dictionary } => Form::Dictionary {
                codes: codes.slice(offset, len),
                validity: cut(validity),
                dictionary: dictionary.clone(),
            },
            Form::Sequence { start, step } => {
                Form::Sequence { start: start + step * offset as i64, step: *step }
            }
        };
        Self { data_type: self.data_type.clone(), len, form }
    }

    /// The same rows as a flat vector; shares the values when it is flat already.
    pub fn flatten(&self) -> Self {
        match &self.form {
            Form::Flat { .. } => self.clone(),
            Form::Constant(value) => builder::repeat(&self.data_type, value, self.len),
            Form::Dictionary { codes, validity, dictionary } => {
                let flat = dictionary.values.gather(codes);
                match (validity, flat.form) {
                    (Some(validity), Form::Flat { values, validity: entries }) => Self::flat(
                        self.data_type.clone(),
                        values,
                        Bitmap::and_options(Some(validity), entries.as_ref()),
                    ),
                    (_, form) => Self { data_type: self.data_type.clone(), len: self.len, form },
                }
            }
            Form::Sequence { start, step } => {
                Self::from_i64((0..self.len as i64).map(|row| start + step * row).collect())
            }
        }
    }

    /// Approximate bytes held, for memory budgets; shared values are counted in full.
    pub fn byte_size(&self) -> usize {
        match &self.form {
            Form::Flat { values, validity } => {
                values.byte_size() + validity.as_ref().map_or(0, |_| self.len / 8)
            }
            Form::Constant(_) | Form::Sequence { .. } => 64,
            Form::Dictionary { codes, .. } => codes.len() * 4 + 64,
        }
    }
}

/// `10^exponent` for the exponents that NUMERIC's scales need.
pub fn pow10(exponent: u8) -> i128 {
    10i128.pow(exponent as u32)
}

fn mismatch(data_type: &DataType, value: &Value) -> FormatError {
    FormatError::Value { column: String::new(), reason: format!("expected {data_type}, found {value:?}") }
}
