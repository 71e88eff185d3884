//! Comparing single rows of any type, in GoogleSQL's order of sorting: NULL first, NaN before other
//! floats, -0.0 equal to 0.0. Sorting, joining, grouping and DISTINCT agree on it.

use std::cmp::Ordering;

use canopy_format::vector::{Form, pow10};
use canopy_format::{Interval, Value, Values, Vector};

/// Orders row `i` of `left` against row `j` of `right`; both of one type, in any form. NULL is first.
///
/// # Panics
/// When a row is outside its vector.
pub fn compare_rows(left: &Vector, i: usize, right: &Vector, j: usize) -> Ordering {
    match (left.is_null(i), right.is_null(j)) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Less,
        (false, true) => return Ordering::Greater,
        (false, false) => {}
    }
    match (resolve(left, i), resolve(right, j)) {
        (Place::Flat(a, i), Place::Flat(b, j)) => compare_flat(a, i, b, j),
        _ => compare_values(&left.value(i), &right.value(j)),
    }
}

/// True when the rows are the same for grouping: NULL equals NULL, NaN equals NaN.
pub fn equal_rows(left: &Vector, i: usize, right: &Vector, j: usize) -> bool {
    compare_rows(left, i, right, j) == Ordering::Equal
}

enum Place<'a> {
    Flat(&'a Values, usize),
    Other,
}

fn resolve(vector: &Vector, row: usize) -> Place<'_> {
    match vector.form() {
        Form::Flat { values, .. } => Place::Flat(values, row),
        Form::Dictionary { codes, dictionary, .. } => match dictionary.values.as_flat() {
            Some((values, _)) => Place::Flat(values, codes[row] as usize),
            None => Place::Other,
        },
        Form::Constant(_) | Form::Sequence { .. } => Place::Other,
    }
}

fn compare_flat(left: &Values, i: usize, right: &Values, j: usize) -> Ordering {
    match (left, right) {
        (Values::Bool(a), Values::Bool(b)) => a.get(i).cmp(&b.get(j)),
        (Values::I32(a), Values::I32(b)) => a[i].cmp(&b[j]),
        (Values::I64(a), Values::I64(b)) => a[i].cmp(&b[j]),
        (Values::F64(a), Values::F64(b)) => compare_floats(a[i], b[j]),
        (Values::Decimal256(a), Values::Decimal256(b)) => a[i].cmp(&b[j]),
        (Values::String(a), Values::String(b)) => {
            let (x, y) = (a.views()[i], b.views()[j]);
            // The first four bytes, as big-endian numbers, order most pairs without a look at the rest.
            let order = x.prefix().swap_bytes().cmp(&y.prefix().swap_bytes());
            if order.is_ne() { order } else { a.bytes(i).cmp(b.bytes(j)) }
        }
        (Values::Range(a), Values::Range(b)) => a[i].cmp(&b[j]),
        (Values::Interval(a), Values::Interval(b)) => interval_key(a[i]).cmp(&interval_key(b[j])),
        (Values::List(a), Values::List(b)) => {
            let x = a.offsets[i] as usize..a.offsets[i + 1] as usize;
            let y = b.offsets[j] as usize..b.offsets[j + 1] as usize;
            let pairs = x.clone().zip(y.clone());
            let different = pairs.map(|(i, j)| compare_rows(&a.child, i, &b.child, j)).find(|o| o.is_ne());
            different.unwrap_or(x.len().cmp(&y.len()))
        }
        (Values::Struct(a), Values::Struct(b)) => {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| compare_rows(a, i, b, j)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
        }
        _ => numeric_at(left, i).cmp(&numeric_at(right, j)),
    }
}

/// A NUMERIC at scale 9, whatever its physical form.
fn numeric_at(values: &Values, row: usize) -> i128 {
    match values {
        Values::Decimal64 { values, scale } => values[row] as i128 * pow10(9 - scale),
        Values::Decimal128 { values, scale } => values[row] * pow10(9 - scale),
        other => panic!("rows of {} do not compare with others", other.kind()),
    }
}

/// NaN first, then numbers; zeros are equal.
fn compare_floats(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan()))
}

/// Intervals compare as if months had 30 days and days 24 hours, in microseconds.
pub fn interval_key(interval: Interval) -> i128 {
    let days = interval.months as i128 * 30 + interval.days as i128;
    days * 86_400_000_000 + interval.micros as i128
}

/// Orders two values of one type; NULL is first.
///
/// # Panics
/// When the values are of different types.
pub fn compare_values(left: &Value, right: &Value) -> Ordering {
    use Value::*;
    match (left, right) {
        (Null, Null) => Ordering::Equal,
        (Null, _) => Ordering::Less,
        (_, Null) => Ordering::Greater,
        (Bool(a), Bool(b)) => a.cmp(b),
        (Int64(a), Int64(b))
        | (Time(a), Time(b))
        | (Datetime(a), Datetime(b))
        | (Timestamp(a), Timestamp(b)) => a.cmp(b),
        (Float64(a), Float64(b)) => compare_floats(*a, *b),
        (Numeric(a), Numeric(b)) => a.cmp(b),
        (BigNumeric(a), BigNumeric(b)) => a.cmp(b),
        (String(a), String(b)) | (Json(a), Json(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Bytes(a), Bytes(b)) => a.cmp(b),
        (Date(a), Date(b)) => a.cmp(b),
        (Range(a), Range(b)) => a.cmp(b),
        (Interval(a), Interval(b)) => interval_key(*a).cmp(&interval_key(*b)),
        (Array(a), Array(b)) | (Struct(a), Struct(b)) => {
            let different = a.iter().zip(b).map(|(a, b)| compare_values(a, b)).find(|o| o.is_ne());
            different.unwrap_or(a.len().cmp(&b.len()))
        }
        (left, right) => panic!("{left:?} does not compare with {right:?}"),
    }
}
