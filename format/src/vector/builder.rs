//! Building vectors value by value: for literals, imports and tests, not for hot loops.

use std::sync::Arc;

use super::{ListVector, Values, Vector, mismatch};
use crate::{BitmapBuilder, BufferMut, DataType, I256, Interval, RangeValue, Result, StringBuilder, Value};

/// Collects values of one type into a flat [`Vector`].
pub struct VectorBuilder {
    data_type: DataType,
    validity: BitmapBuilder,
    has_nulls: bool,
    values: Building,
}

enum Building {
    Bool(BitmapBuilder),
    I32(BufferMut<i32>),
    I64(BufferMut<i64>),
    F64(BufferMut<f64>),
    Decimal128(BufferMut<i128>),
    Decimal256(BufferMut<I256>),
    String(StringBuilder),
    Interval(BufferMut<Interval>),
    Range(BufferMut<RangeValue>),
    List { offsets: BufferMut<u32>, child: Box<VectorBuilder> },
    Struct(Vec<VectorBuilder>),
}

impl VectorBuilder {
    /// Returns an empty builder for values of `data_type`.
    pub fn new(data_type: &DataType) -> Self {
        let values = match data_type {
            DataType::Bool => Building::Bool(BitmapBuilder::default()),
            DataType::Date => Building::I32(BufferMut::new()),
            DataType::Int64 | DataType::Time | DataType::Datetime | DataType::Timestamp => {
                Building::I64(BufferMut::new())
            }
            DataType::Float64 => Building::F64(BufferMut::new()),
            DataType::Numeric => Building::Decimal128(BufferMut::new()),
            DataType::BigNumeric => Building::Decimal256(BufferMut::new()),
            DataType::String | DataType::Bytes | DataType::Json => Building::String(StringBuilder::default()),
            DataType::Interval => Building::Interval(BufferMut::new()),
            DataType::Range(_) => Building::Range(BufferMut::new()),
            DataType::Array(element) => Building::List {
                offsets: BufferMut::filled(0, 1),
                child: Box::new(VectorBuilder::new(element)),
            },
            DataType::Struct(fields) => {
                Building::Struct(fields.iter().map(|f| VectorBuilder::new(&f.data_type)).collect())
            }
        };
        Self { data_type: data_type.clone(), validity: BitmapBuilder::default(), has_nulls: false, values }
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.validity.len()
    }

    /// True before the first value.
    pub fn is_empty(&self) -> bool {
        self.validity.is_empty()
    }

    /// Appends a value.
    ///
    /// # Errors
    /// [`crate::FormatError::Value`] when the value is of another type; the builder is then unusable.
    pub fn push(&mut self, value: &Value) -> Result<()> {
        if value.is_null() {
            self.push_null();
            return Ok(());
        }
        match (&mut self.values, value) {
            (Building::Bool(b), Value::Bool(v)) => b.push(*v),
            (Building::I32(b), Value::Date(v)) => b.push(*v),
            (Building::I64(b), Value::Int64(v)) if self.data_type == DataType::Int64 => b.push(*v),
            (Building::I64(b), Value::Time(v)) if self.data_type == DataType::Time => b.push(*v),
            (Building::I64(b), Value::Datetime(v)) if self.data_type == DataType::Datetime => b.push(*v),
            (Building::I64(b), Value::Timestamp(v)) if self.data_type == DataType::Timestamp => b.push(*v),
            (Building::F64(b), Value::Float64(v)) => b.push(*v),
            (Building::Decimal128(b), Value::Numeric(v)) => b.push(*v),
            (Building::Decimal256(b), Value::BigNumeric(v)) => b.push(*v),
            (Building::String(b), Value::String(v)) if self.data_type == DataType::String => {
                b.push(v.as_bytes())
            }
            (Building::String(b), Value::Json(v)) if self.data_type == DataType::Json => b.push(v.as_bytes()),
            (Building::String(b), Value::Bytes(v)) if self.data_type == DataType::Bytes => b.push(v),
            (Building::Interval(b), Value::Interval(v)) => b.push(*v),
            (Building::Range(b), Value::Range(v)) => b.push(*v),
            (Building::List { offsets, child }, Value::Array(elements)) => {
                for element in elements {
                    child.push(element)?;
                }
                offsets.push(child.len() as u32);
            }
            (Building::Struct(children), Value::Struct(parts)) if children.len() == parts.len() => {
                for (child, part) in children.iter_mut().zip(parts) {
                    child.push(part)?;
                }
            }
            (_, value) => return Err(mismatch(&self.data_type, value)),
        }
        self.validity.push(true);
        Ok(())
    }

    /// Appends a NULL.
    pub fn push_null(&mut self) {
        self.has_nulls = true;
        self.validity.push(false);
        match &mut self.values {
            Building::Bool(b) => b.push(false),
            Building::I32(b) => b.push(0),
            Building::I64(b) => b.push(0),
            Building::F64(b) => b.push(0.0),
            Building::Decimal128(b) => b.push(0),
            Building::Decimal256(b) => b.push(I256::ZERO),
            Building::String(b) => b.push_empty(),
            Building::Interval(b) => b.push(Interval::default()),
            Building::Range(b) => b.push(RangeValue::default()),
            Building::List { offsets, child } => offsets.push(child.len() as u32),
            Building::Struct(children) => children.iter_mut().for_each(VectorBuilder::push_null),
        }
    }

    /// The finished vector.
    pub fn finish(self) -> Vector {
        let len = self.validity.len();
        let validity = self.has_nulls.then(|| self.validity.finish());
        let values = match self.values {
            Building::Bool(b) => Values::Bool(b.finish()),
            Building::I32(b) => Values::I32(b.freeze()),
            Building::I64(b) => Values::I64(b.freeze()),
            Building::F64(b) => Values::F64(b.freeze()),
            Building::Decimal128(b) => narrow(b),
            Building::Decimal256(b) => Values::Decimal256(b.freeze()),
            Building::String(b) => Values::String(b.finish()),
            Building::Interval(b) => Values::Interval(b.freeze()),
            Building::Range(b) => Values::Range(b.freeze()),
            Building::List { offsets, child } => {
                Values::List(ListVector { offsets: offsets.freeze(), child: Arc::new(child.finish()) })
            }
            Building::Struct(children) => {
                Values::Struct(children.into_iter().map(VectorBuilder::finish).collect())
            }
        };
        debug_assert!(values.len() == len || matches!(&values, Values::Struct(c) if c.is_empty()));
        Vector::flat(self.data_type, values, validity)
    }
}

/// Carries NUMERIC values (scaled by 10^9) with the smallest scale that keeps them exact, in i64 where they
/// fit.
pub(crate) fn narrow(values: BufferMut<i128>) -> Values {
    let mut scale = 0u8;
    for &value in values.iter() {
        while scale < 9 && value % super::pow10(9 - scale) != 0 {
            scale += 1;
        }
    }
    let factor = super::pow10(9 - scale);
    let fits = values.iter().all(|&value| i64::try_from(value / factor).is_ok());
    if fits {
        Values::Decimal64 { values: values.iter().map(|&v| (v / factor) as i64).collect(), scale }
    } else {
        Values::Decimal128 { values: values.iter().map(|&v| v / factor).collect(), scale }
    }
}

/// `len` rows of one value, flat.
pub(super) fn repeat(data_type: &DataType, value: &Value, len: usize) -> Vector {
    let mut builder = VectorBuilder::new(data_type);
    if builder.push(value).is_err() {
        panic!("constant {value:?} is not of type {data_type}");
    }
    builder.finish().gather(&vec![0; len])
}
