//! Typed access to a call's arguments.

use canopy_format::vector::pow10;
use canopy_format::{Bitmap, I256, Interval, RangeValue, StringVector, Value, Values, Vector};

use super::Call;

/// Fixed-width values of an argument.
#[derive(Clone, Copy)]
pub(crate) enum Column<'a, T> {
    /// The same in every row.
    One(T),
    /// One a row.
    Many(&'a [T]),
}

impl<T: Copy> Column<'_, T> {
    /// The value of a row.
    #[inline(always)]
    pub fn get(&self, row: usize) -> T {
        match self {
            Column::One(value) => *value,
            Column::Many(values) => values[row],
        }
    }
}

/// STRING, BYTES or JSON values of an argument.
pub(crate) enum Bytes<'a> {
    /// The same in every row.
    One(&'a [u8]),
    /// One a row.
    Many(&'a StringVector),
}

impl<'a> Bytes<'a> {
    /// The bytes of a row.
    #[inline(always)]
    pub fn get(&self, row: usize) -> &'a [u8] {
        match self {
            Bytes::One(value) => value,
            Bytes::Many(values) => values.bytes(row),
        }
    }

    /// The text of a row, for STRING and JSON arguments.
    #[inline(always)]
    pub fn text(&self, row: usize) -> &'a str {
        std::str::from_utf8(self.get(row)).unwrap_or("\u{fffd}")
    }
}

/// BOOL values of an argument.
pub(crate) enum Bools<'a> {
    /// The same in every row.
    One(bool),
    /// One a row.
    Many(&'a Bitmap),
}

impl Bools<'_> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> bool {
        match self {
            Bools::One(value) => *value,
            Bools::Many(values) => values.get(row),
        }
    }
}

/// NUMERIC values of an argument in their physical form.
#[derive(Clone, Copy)]
pub(crate) enum Decimals<'a> {
    /// `value / 10^scale` in every row, with the smallest scale.
    One(i128, u8),
    /// 64-bit values.
    Narrow(&'a [i64], u8),
    /// 128-bit values.
    Wide(&'a [i128], u8),
}

impl<'a> Decimals<'a> {
    /// Digits after the point.
    pub fn scale(&self) -> u8 {
        match self {
            Decimals::One(_, scale) | Decimals::Narrow(_, scale) | Decimals::Wide(_, scale) => *scale,
        }
    }

    /// The value of a row at the column's scale.
    #[inline(always)]
    pub fn unscaled(&self, row: usize) -> i128 {
        match self {
            Decimals::One(value, _) => *value,
            Decimals::Narrow(values, _) => values[row] as i128,
            Decimals::Wide(values, _) => values[row],
        }
    }

    /// The value of a row scaled by 10^9.
    #[inline(always)]
    pub fn get(&self, row: usize) -> i128 {
        self.unscaled(row) * pow10(9 - self.scale())
    }

    /// The values as 64-bit integers at the column's scale, if they are held so.
    pub fn narrow(&self) -> Option<Column<'a, i64>> {
        match self {
            Decimals::One(value, _) => i64::try_from(*value).ok().map(Column::One),
            Decimals::Narrow(values, _) => Some(Column::Many(values)),
            Decimals::Wide(..) => None,
        }
    }

    /// The decimals of a NUMERIC vector, flat or constant and not NULL.
    pub fn of(vector: &'a Vector) -> Self {
        match (vector.as_flat(), vector.as_constant()) {
            (Some((Values::Decimal64 { values, scale }, _)), _) => Decimals::Narrow(values, *scale),
            (Some((Values::Decimal128 { values, scale }, _)), _) => Decimals::Wide(values, *scale),
            (_, Some(Value::Numeric(value))) => {
                let (value, scale) = smallest_scale(*value);
                Decimals::One(value, scale)
            }
            (_, Some(Value::Null)) => Decimals::One(0, 0),
            _ => wrong("NUMERIC", vector),
        }
    }
}

/// The value (scaled by 10^9) at the smallest scale that keeps it exact.
pub(crate) fn smallest_scale(mut value: i128) -> (i128, u8) {
    let mut scale = 9;
    while scale > 0 && value % 10 == 0 {
        value /= 10;
        scale -= 1;
    }
    (value, scale)
}

#[cold]
fn wrong(expected: &str, vector: &Vector) -> ! {
    // Compilation has checked the types of all arguments.
    panic!("expected an argument of {expected} values, found {}", vector.data_type())
}

/// Accessors of fixed-width arguments: flat variant, constant patterns, NULL's stand-in.
macro_rules! fixed {
    ($(#[$doc:meta])* $name:ident, $t:ty, $flat:ident, $($constant:pat => $value:expr),+) => {
        $(#[$doc])*
        pub fn $name(&self, index: usize) -> Column<'_, $t> {
            let vector = &self.arguments[index];
            match (vector.as_flat(), vector.as_constant()) {
                (Some((Values::$flat(values), _)), _) => Column::Many(values),
                $((_, Some($constant)) => Column::One($value),)+
                (_, Some(Value::Null)) => Column::One(<$t>::default()),
                _ => wrong(stringify!($t), vector),
            }
        }
    };
}

impl Call<'_> {
    fixed!(
        /// INT64, TIME, DATETIME and TIMESTAMP.
        i64s, i64, I64,
        Value::Int64(v) => *v, Value::Time(v) => *v, Value::Datetime(v) => *v, Value::Timestamp(v) => *v
    );
    fixed!(
        /// FLOAT64.
        f64s, f64, F64, Value::Float64(v) => *v
    );
    fixed!(
        /// DATE.
        dates, i32, I32, Value::Date(v) => *v
    );
    fixed!(
        /// INTERVAL.
        intervals, Interval, Interval, Value::Interval(v) => *v
    );
    fixed!(
        /// RANGE.
        ranges, RangeValue, Range, Value::Range(v) => *v
    );
    fixed!(
        /// BIGNUMERIC.
        bignumerics, I256, Decimal256, Value::BigNumeric(v) => *v
    );

    /// NUMERIC.
    pub fn decimals(&self, index: usize) -> Decimals<'_> {
        Decimals::of(&self.arguments[index])
    }

    /// STRING, BYTES and JSON.
    pub fn bytes(&self, index: usize) -> Bytes<'_> {
        let vector = &self.arguments[index];
        match (vector.as_flat(), vector.as_constant()) {
            (Some((Values::String(values), _)), _) => Bytes::Many(values),
            (_, Some(Value::String(text) | Value::Json(text))) => Bytes::One(text.as_bytes()),
            (_, Some(Value::Bytes(bytes))) => Bytes::One(bytes),
            (_, Some(Value::Null)) => Bytes::One(&[]),
            _ => wrong("STRING", vector),
        }
    }

    /// BOOL.
    pub fn bools(&self, index: usize) -> Bools<'_> {
        let vector = &self.arguments[index];
        match (vector.as_flat(), vector.as_constant()) {
            (Some((Values::Bool(values), _)), _) => Bools::Many(values),
            (_, Some(Value::Bool(value))) => Bools::One(*value),
            (_, Some(Value::Null)) => Bools::One(false),
            _ => wrong("BOOL", vector),
        }
    }
}
