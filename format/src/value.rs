//! One value outside a column: literals, parameters, statistics and results.

use std::sync::Arc;

use ethnum::I256;

use crate::RangeElement;

/// An INTERVAL: its three parts are kept apart, as GoogleSQL does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(C)]
pub struct Interval {
    /// Whole months, years included.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Microseconds, hours included.
    pub micros: i64,
}

/// A RANGE: from `start`, which is in it, up to `end`, which is not. Bounds are days of a RANGE<DATE> and
/// microseconds of the others; an unbounded side is the least or the greatest number, so that ranges
/// order as pairs of numbers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(C)]
pub struct RangeValue {
    /// The first element; `i64::MIN` is unbounded.
    pub start: i64,
    /// The element after the last; `i64::MAX` is unbounded.
    pub end: i64,
}

impl RangeValue {
    /// Returns the range between two bounds, None being unbounded; None when it would hold nothing.
    pub fn new(start: Option<i64>, end: Option<i64>) -> Option<Self> {
        let range = Self { start: start.unwrap_or(i64::MIN), end: end.unwrap_or(i64::MAX) };
        (range.start < range.end).then_some(range)
    }

    /// The first element; None is unbounded.
    pub fn first(self) -> Option<i64> {
        (self.start != i64::MIN).then_some(self.start)
    }

    /// The element after the last; None is unbounded.
    pub fn after(self) -> Option<i64> {
        (self.end != i64::MAX).then_some(self.end)
    }

    /// The two bounds as values of the element's type, NULL being unbounded.
    pub fn bounds(self, element: RangeElement) -> [Value; 2] {
        let bound = |bound: Option<i64>| match (bound, element) {
            (None, _) => Value::Null,
            // Days of a RANGE<DATE> come from DATEs; what does not fit is damage that no check has seen.
            (Some(days), RangeElement::Date) => Value::Date(days as i32),
            (Some(micros), RangeElement::Datetime) => Value::Datetime(micros),
            (Some(micros), RangeElement::Timestamp) => Value::Timestamp(micros),
        };
        [bound(self.first()), bound(self.after())]
    }
}

/// A single GoogleSQL value. Its type is known from the context.
///
/// `==` is structural: NULL equals NULL, floats compare by bits. SQL comparison lives in the executor.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// NULL of any type.
    #[default]
    Null,
    /// BOOL.
    Bool(bool),
    /// INT64.
    Int64(i64),
    /// FLOAT64.
    Float64(f64),
    /// NUMERIC, scaled by 10^9.
    Numeric(i128),
    /// BIGNUMERIC, scaled by 10^38.
    BigNumeric(I256),
    /// STRING.
    String(Arc<str>),
    /// BYTES.
    Bytes(Arc<[u8]>),
    /// DATE: days since 1970-01-01.
    Date(i32),
    /// TIME: microseconds since midnight.
    Time(i64),
    /// DATETIME: microseconds since 1970-01-01 00:00:00.
    Datetime(i64),
    /// TIMESTAMP: microseconds since the epoch.
    Timestamp(i64),
    /// INTERVAL.
    Interval(Interval),
    /// JSON text.
    Json(Arc<str>),
    /// RANGE.
    Range(RangeValue),
    /// ARRAY.
    Array(Vec<Value>),
    /// STRUCT: the fields in order.
    Struct(Vec<Value>),
}

impl Value {
    /// True for NULL.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        use Value::*;
        match (self, other) {
            (Null, Null) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int64(a), Int64(b))
            | (Time(a), Time(b))
            | (Datetime(a), Datetime(b))
            | (Timestamp(a), Timestamp(b)) => a == b,
            (Float64(a), Float64(b)) => a.to_bits() == b.to_bits(),
            (Numeric(a), Numeric(b)) => a == b,
            (BigNumeric(a), BigNumeric(b)) => a == b,
            (String(a), String(b)) | (Json(a), Json(b)) => a == b,
            (Bytes(a), Bytes(b)) => a == b,
            (Date(a), Date(b)) => a == b,
            (Interval(a), Interval(b)) => a == b,
            (Range(a), Range(b)) => a == b,
            (Array(a), Array(b)) | (Struct(a), Struct(b)) => a == b,
            _ => false,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::String(text.into())
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int64(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Float64(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
