//! `=`, `<` and the other comparisons.

use std::cmp::Ordering;

use canopy_format::{Buffer, BufferMut, DataType, StringVector, Value, Values, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Bytes, Call, Column};
use crate::kernel::arithmetic::Sides;
use crate::kernel::bits::BitWords;
use crate::kernel::compare::{self, Operator, Right};
use crate::kernel::{Tier, decimal};

const EQUAL: &[&str] = &["=T1, T1 -> BOOL"];
const ORDERED: &[&str] = &["<T1, T1 -> BOOL"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$equal", EQUAL, |call| compare(call, Operator::Equal))
            .cheap()
            .doc("Whether two values are equal; NULL if one is NULL.")
            .examples(&[("1 = 1.0", "TRUE"), ("(1, 2) = (1, 3)", "FALSE")]),
        Function::scalar("$not_equal", EQUAL, |call| compare(call, Operator::NotEqual))
            .cheap()
            .doc("Whether two values differ; NULL if one is NULL.")
            .examples(&[("1 != 2", "TRUE")]),
        Function::scalar("$less", ORDERED, |call| compare(call, Operator::Less))
            .cheap()
            .doc("Whether the first value is less.")
            .examples(&[("'a' < 'b'", "TRUE")]),
        Function::scalar("$less_or_equal", ORDERED, |call| compare(call, Operator::LessOrEqual))
            .cheap()
            .doc("Whether the first value is not greater.")
            .examples(&[("2 <= 1", "FALSE")]),
        Function::scalar("$greater", ORDERED, |call| compare(call, Operator::Greater))
            .cheap()
            .doc("Whether the first value is greater.")
            .examples(&[("DATE '2024-01-02' > DATE '2024-01-01'", "TRUE")]),
        Function::scalar("$greater_or_equal", ORDERED, |call| compare(call, Operator::GreaterOrEqual))
            .cheap()
            .doc("Whether the first value is not less.")
            .examples(&[("2 >= 2", "TRUE")]),
        Function::scalar("$is_distinct", EQUAL, |call| distinct(call, true))
            .handles_nulls()
            .doc("Whether two values differ, where NULL is a value like others.")
            .examples(&[("1 IS DISTINCT FROM NULL", "TRUE")]),
        Function::scalar("$is_not_distinct", EQUAL, |call| distinct(call, false))
            .handles_nulls()
            .doc("Whether two values are the same, where NULL is a value like others.")
            .examples(&[("1 IS NOT DISTINCT FROM NULL", "FALSE")]),
    ]
}

fn distinct(call: &Call<'_>, wanted: bool) -> Result<Vector> {
    let [a, b] = call.arguments else { return Ok(Vector::nulls(DataType::Bool, call.rows)) };
    call.bool_rows(|row| Ok(compare::equal_rows(a, row, b, row) != wanted))
}

fn compare(call: &Call<'_>, operator: Operator) -> Result<Vector> {
    let tier = call.context.tier();
    let bits = match call.arguments[0].data_type() {
        DataType::Int64 | DataType::Time | DataType::Datetime | DataType::Timestamp => {
            fixed(operator, call.i64s(0), call.i64s(1), |o, a, b| compare::compare_i64(tier, o, a, b))
        }
        DataType::Date => {
            fixed(operator, call.dates(0), call.dates(1), |o, a, b| compare::compare_i32(tier, o, a, b))
        }
        DataType::Float64 => {
            fixed(operator, call.f64s(0), call.f64s(1), |o, a, b| compare::compare_f64(tier, o, a, b))
        }
        DataType::BigNumeric => {
            fixed(operator, call.bignumerics(0), call.bignumerics(1), compare::compare_any)
        }
        DataType::Numeric => numerics(call, tier, operator),
        DataType::String | DataType::Bytes | DataType::Json => {
            strings(call.rows, operator, call.bytes(0), call.bytes(1))
        }
        DataType::Bool => {
            let (a, b) = (call.bools(0), call.bools(1));
            each(call.rows, |row| operator.accepts(a.get(row).cmp(&b.get(row))))
        }
        DataType::Interval => {
            let (a, b) = (call.intervals(0), call.intervals(1));
            let key = compare::interval_key;
            each(call.rows, |row| operator.accepts(key(a.get(row)).cmp(&key(b.get(row)))))
        }
        DataType::Range(_) => {
            let (a, b) = (call.ranges(0), call.ranges(1));
            each(call.rows, |row| operator.accepts(a.get(row).cmp(&b.get(row))))
        }
        DataType::Struct(_) | DataType::Array(_) => {
            let [a, b] = call.arguments else { return Ok(Vector::nulls(DataType::Bool, call.rows)) };
            return call.bool_options(|row| {
                let equal = sql_equal(&a.value(row), &b.value(row));
                Ok(equal.map(|equal| equal == (operator == Operator::Equal)))
            });
        }
    };
    Ok(call.result(Values::Bool(bits.finish()), call.validity.clone()))
}

fn each(rows: usize, test: impl Fn(usize) -> bool) -> BitWords {
    let words = BufferMut::from_fn(rows.div_ceil(64), |word| {
        let first = word * 64;
        (first..rows.min(first + 64)).fold(0u64, |acc, row| acc | (test(row) as u64) << (row - first))
    });
    BitWords::from_words(words, rows)
}

fn fixed<T: PartialOrd + Copy>(
    operator: Operator,
    left: Column<'_, T>,
    right: Column<'_, T>,
    run: impl Fn(Operator, &[T], Right<'_, T>) -> BitWords,
) -> BitWords {
    match (left, right) {
        (Column::Many(a), Column::Many(b)) => run(operator, a, Right::Column(b)),
        (Column::Many(a), Column::One(b)) => run(operator, a, Right::Constant(b)),
        (Column::One(a), Column::Many(b)) => run(operator.flipped(), b, Right::Constant(a)),
        // Two constants are one row.
        (Column::One(a), Column::One(b)) => run(operator, &[a], Right::Constant(b)),
    }
}

fn numerics(call: &Call<'_>, tier: Tier, operator: Operator) -> BitWords {
    let (a, b) = (call.decimals(0), call.decimals(1));
    let narrow = decimal::with_aligned(tier, &a, &b, |sides, _| match sides {
        Sides::Columns(a, b) => compare::compare_i64(tier, operator, a, Right::Column(b)),
        Sides::RightConstant(a, b) => compare::compare_i64(tier, operator, a, Right::Constant(b)),
        Sides::LeftConstant(a, b) => compare::compare_i64(tier, operator.flipped(), b, Right::Constant(a)),
    });
    narrow.unwrap_or_else(|| each(call.rows, |row| operator.accepts(a.get(row).cmp(&b.get(row)))))
}

fn strings(rows: usize, operator: Operator, left: Bytes<'_>, right: Bytes<'_>) -> BitWords {
    match (left, right) {
        (Bytes::Many(a), Bytes::Many(b)) => {
            each(rows, |row| operator.accepts(compare_views(a, row, b, row, operator)))
        }
        (Bytes::Many(a), Bytes::One(b)) => with_constant(rows, operator, a, b),
        (Bytes::One(a), Bytes::Many(b)) => with_constant(rows, operator.flipped(), b, a),
        (Bytes::One(a), Bytes::One(b)) => each(rows, |_| operator.accepts(a.cmp(b))),
    }
}

/// The order of two values; for (in)equality, any order that is not equal will do.
#[inline]
fn compare_views(a: &StringVector, i: usize, b: &StringVector, j: usize, operator: Operator) -> Ordering {
    let (x, y) = (a.views()[i], b.views()[j]);
    let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
    if x.is_inline() && y.is_inline() && x.as_u128() == y.as_u128() {
        return Ordering::Equal;
    }
    if equality && (x.len() != y.len() || x.is_inline()) {
        return Ordering::Less;
    }
    let order = x.prefix().swap_bytes().cmp(&y.prefix().swap_bytes());
    if order.is_ne() { order } else { a.bytes(i).cmp(b.bytes(j)) }
}

fn with_constant(rows: usize, operator: Operator, column: &StringVector, constant: &[u8]) -> BitWords {
    let one: StringVector = [constant].into_iter().collect();
    let key = one.views()[0];
    if matches!(operator, Operator::Equal | Operator::NotEqual) && key.is_inline() {
        // A short value is its view: one 128-bit comparison a row.
        let (key, views): (u128, &Buffer<_>) = (key.as_u128(), column.views());
        return each(rows, |row| (views[row].as_u128() == key) == (operator == Operator::Equal));
    }
    each(rows, |row| operator.accepts(compare_views(column, row, &one, 0, operator)))
}

/// SQL's `=`: NULL where a NULL decides, no NaN equal to anything, STRUCTs field by field.
pub(super) fn sql_equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Null, _) | (_, Value::Null) => None,
        (Value::Float64(a), Value::Float64(b)) => Some(a == b),
        (Value::Struct(a), Value::Struct(b)) => {
            let mut known = true;
            for (a, b) in a.iter().zip(b) {
                match sql_equal(a, b) {
                    Some(false) => return Some(false),
                    None => known = false,
                    Some(true) => {}
                }
            }
            known.then_some(true)
        }
        (a, b) => Some(compare::compare_values(a, b).is_eq()),
    }
}
