//! `+ - * /` and the unary minus, with their SAFE_ forms. Overflow is an error, never a wrapped number.

use canopy_format::{Buffer, BufferMut, DataType, I256, Values, Vector};

use super::interval;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, Column, Decimals, ErrorMode, fail};
use crate::function::cast::{bignumeric_text, numeric_text, short_float};
use crate::function::datetime::arithmetic as civil;
use crate::kernel::Tier;
use crate::kernel::arithmetic::{self, Sides};
use crate::kernel::decimal::{self, Outcome};

const NUMBERS: &[&str] = &[
    "INT64, INT64 -> INT64",
    "NUMERIC, NUMERIC -> NUMERIC",
    "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC",
    "FLOAT64, FLOAT64 -> FLOAT64",
];
const NEGATABLE: &[&str] =
    &["INT64 -> INT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC", "FLOAT64 -> FLOAT64"];
const DIVISIONS: &[&str] =
    &["FLOAT64, FLOAT64 -> FLOAT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"];

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    first.iter().chain(more).copied().collect()
}

pub(super) fn functions() -> Vec<Function> {
    let plus = [
        "DATE, INT64 -> DATE",
        "INT64, DATE -> DATE",
        "DATE, INTERVAL -> DATETIME",
        "INTERVAL, DATE -> DATETIME",
        "TIMESTAMP, INTERVAL -> TIMESTAMP",
        "INTERVAL, TIMESTAMP -> TIMESTAMP",
        "DATETIME, INTERVAL -> DATETIME",
        "INTERVAL, DATETIME -> DATETIME",
        "INTERVAL, INTERVAL -> INTERVAL",
    ];
    let minus = [
        "DATE, INT64 -> DATE",
        "DATE, DATE -> INTERVAL",
        "TIMESTAMP, TIMESTAMP -> INTERVAL",
        "DATETIME, DATETIME -> INTERVAL",
        "TIME, TIME -> INTERVAL",
        "DATE, INTERVAL -> DATETIME",
        "TIMESTAMP, INTERVAL -> TIMESTAMP",
        "DATETIME, INTERVAL -> DATETIME",
        "INTERVAL, INTERVAL -> INTERVAL",
    ];
    let times = ["INTERVAL, INT64 -> INTERVAL", "INT64, INTERVAL -> INTERVAL"];
    vec![
        Function::scalar("$add", &with(NUMBERS, &plus), add)
            .doc("The sum; a date moved on by days or an interval.")
            .examples(&[
                ("1 + 2", "3"),
                ("NUMERIC '1.5' + 1", "NUMERIC '2.5'"),
                ("DATE '2024-02-28' + 2", "DATE '2024-03-01'"),
            ]),
        Function::scalar("$subtract", &with(NUMBERS, &minus), subtract)
            .doc("The difference; a date moved back by days or an interval.")
            .examples(&[("1 - 2", "-1"), ("DATE '2024-03-01' - 1", "DATE '2024-02-29'")]),
        Function::scalar("$multiply", &with(NUMBERS, &times), multiply)
            .doc("The product.")
            .examples(&[("6 * 7", "42"), ("NUMERIC '0.1' * NUMERIC '0.1'", "NUMERIC '0.01'")]),
        Function::scalar("$divide", &with(DIVISIONS, &["INTERVAL, INT64 -> INTERVAL"]), divide)
            .doc("The quotient: FLOAT64, also of integers.")
            .examples(&[("1 / 4", "0.25"), ("NUMERIC '1' / 3", "NUMERIC '0.333333333'")]),
        Function::scalar("$unary_minus", &with(NEGATABLE, &["INTERVAL -> INTERVAL"]), negate)
            .doc("The negated value.")
            .examples(&[("-(1 + 2)", "-3")]),
        Function::scalar("safe_add", NUMBERS, |call| add(&safe(call)))
            .doc("As `+`, with NULL for overflow.")
            .examples(&[("SAFE_ADD(9223372036854775807, 1)", "NULL"), ("SAFE_ADD(5, 4)", "9")]),
        Function::scalar("safe_subtract", NUMBERS, |call| subtract(&safe(call)))
            .doc("As `-`, with NULL for overflow.")
            .examples(&[("SAFE_SUBTRACT(5, 4)", "1")]),
        Function::scalar("safe_multiply", NUMBERS, |call| multiply(&safe(call)))
            .doc("As `*`, with NULL for overflow.")
            .examples(&[("SAFE_MULTIPLY(20, 4)", "80")]),
        Function::scalar("safe_divide", DIVISIONS, |call| divide(&safe(call)))
            .doc("As `/`, with NULL for division by zero and overflow.")
            .examples(&[("SAFE_DIVIDE(20, 4)", "5.0"), ("SAFE_DIVIDE(1, 0)", "NULL")]),
        Function::scalar("safe_negate", NEGATABLE, |call| negate(&safe(call)))
            .doc("As the unary minus, with NULL for overflow.")
            .examples(&[("SAFE_NEGATE(1)", "-1"), ("SAFE_NEGATE(-9223372036854775808)", "NULL")]),
        Function::scalar("ieee_divide", &["FLOAT64, FLOAT64 -> FLOAT64"], |call| {
            let (a, b) = (call.f64s(0), call.f64s(1));
            call.f64_rows(|row| Ok(a.get(row) / b.get(row)))
        })
        .cheap()
        .doc("The quotient by IEEE 754: infinity or NaN for division by zero.")
        .examples(&[("IEEE_DIVIDE(20.0, 4.0)", "5.0"), ("IS_NAN(IEEE_DIVIDE(0, 0))", "TRUE")]),
    ]
}

/// The same call with NULL for failing rows.
fn safe<'a>(call: &Call<'a>) -> Call<'a> {
    Call {
        arguments: call.arguments,
        rows: call.rows,
        return_type: call.return_type,
        context: call.context,
        errors: ErrorMode::Null,
        validity: call.validity.clone(),
        state: call.state,
    }
}

fn kinds<'a>(call: &'a Call<'_>) -> (&'a DataType, &'a DataType) {
    (call.arguments[0].data_type(), call.arguments[1].data_type())
}

fn add(call: &Call<'_>) -> Result<Vector> {
    use DataType::*;
    match kinds(call) {
        (Int64, Int64) => integers(call, arithmetic::add_i64, i64::checked_add, "+"),
        (Float64, Float64) => floats(call, arithmetic::add_f64, |a, b| a + b, "+"),
        (Numeric, Numeric) => {
            decimals(call, |t, a, b, n| decimal::add(t, a, b, false, n), i128::checked_add, "+")
        }
        (BigNumeric, _) => bignumerics(call, I256::checked_add, "+"),
        (Date, Int64) => civil::date_plus_days(call, 0, 1, 1),
        (Int64, Date) => civil::date_plus_days(call, 1, 0, 1),
        _ => interval::add(call),
    }
}

fn subtract(call: &Call<'_>) -> Result<Vector> {
    use DataType::*;
    match kinds(call) {
        (Int64, Int64) => integers(call, arithmetic::subtract_i64, i64::checked_sub, "-"),
        (Float64, Float64) => floats(call, arithmetic::subtract_f64, |a, b| a - b, "-"),
        (Numeric, Numeric) => {
            decimals(call, |t, a, b, n| decimal::add(t, a, b, true, n), i128::checked_sub, "-")
        }
        (BigNumeric, _) => bignumerics(call, I256::checked_sub, "-"),
        (Date, Int64) => civil::date_plus_days(call, 0, 1, -1),
        _ => interval::subtract(call),
    }
}

fn multiply(call: &Call<'_>) -> Result<Vector> {
    use DataType::*;
    match kinds(call) {
        (Int64, Int64) => integers(call, arithmetic::multiply_i64, i64::checked_mul, "*"),
        (Float64, Float64) => floats(call, arithmetic::multiply_f64, |a, b| a * b, "*"),
        (Numeric, Numeric) => decimals(call, decimal::multiply, decimal::multiply_numeric, "*"),
        (BigNumeric, _) => bignumerics(call, crate::kernel::decimal::big::multiply, "*"),
        _ => interval::multiply(call),
    }
}

fn divide(call: &Call<'_>) -> Result<Vector> {
    use DataType::*;
    match kinds(call) {
        (Float64, _) => {
            let zero = |b: &Column<'_, f64>| match b {
                Column::One(b) => *b == 0.0,
                Column::Many(b) => b.contains(&0.0),
            };
            if !zero(&call.f64s(1)) {
                return floats(call, arithmetic::divide_f64, |a, b| a / b, "/");
            }
            let (a, b) = (call.f64s(0), call.f64s(1));
            call.f64_rows(|row| divide_f64(a.get(row), b.get(row)))
        }
        (Numeric, _) => {
            let (a, b) = (call.decimals(0), call.decimals(1));
            call.numeric_rows(|row| {
                let (a, b) = (a.get(row), b.get(row));
                if b == 0 {
                    return fail(format!("division by zero: {} / 0", numeric_text(a)));
                }
                match decimal::divide_numeric(a, b) {
                    Some(quotient) => Ok(quotient),
                    None => fail(format!("numeric overflow: {} / {}", numeric_text(a), numeric_text(b))),
                }
            })
        }
        (BigNumeric, _) => {
            let (a, b) = (call.bignumerics(0), call.bignumerics(1));
            call.bignumeric_rows(|row| {
                let (a, b) = (a.get(row), b.get(row));
                if b == I256::ZERO {
                    return fail(format!("division by zero: {} / 0", bignumeric_text(a)));
                }
                match decimal::big::divide(a, b) {
                    Some(quotient) => Ok(quotient),
                    None => {
                        let (a, b) = (bignumeric_text(a), bignumeric_text(b));
                        fail(format!("BIGNUMERIC overflow: {a} / {b}"))
                    }
                }
            })
        }
        _ => interval::divide(call),
    }
}

/// `a / b`.
///
/// # Errors
/// For division by zero, and when finite numbers have no finite quotient.
fn divide_f64(a: f64, b: f64) -> Result<f64> {
    if b == 0.0 {
        return fail(format!("division by zero: {} / {}", short_float(a), short_float(b)));
    }
    finite(a, b, a / b, "/")
}

fn finite(a: f64, b: f64, result: f64, symbol: &str) -> Result<f64> {
    if !result.is_finite() && a.is_finite() && b.is_finite() {
        return fail(format!("double overflow: {} {symbol} {}", short_float(a), short_float(b)));
    }
    Ok(result)
}

fn sides<'a, T: Copy>(left: Column<'a, T>, right: Column<'a, T>) -> Option<Sides<'a, T>> {
    match (left, right) {
        (Column::Many(a), Column::Many(b)) => Some(Sides::Columns(a, b)),
        (Column::Many(a), Column::One(b)) => Some(Sides::RightConstant(a, b)),
        (Column::One(a), Column::Many(b)) => Some(Sides::LeftConstant(a, b)),
        (Column::One(_), Column::One(_)) => None,
    }
}

fn integers(
    call: &Call<'_>,
    whole: fn(Tier, Sides<'_, i64>, &mut [i64]) -> bool,
    one: fn(i64, i64) -> Option<i64>,
    symbol: &str,
) -> Result<Vector> {
    let (a, b) = (call.i64s(0), call.i64s(1));
    if let Some(sides) = sides(a, b) {
        let mut out = BufferMut::filled(0i64, call.rows);
        if !whole(call.context.tier(), sides, &mut out) {
            return Ok(call.result(Values::I64(out.freeze()), call.validity.clone()));
        }
    }
    call.i64_rows(|row| match one(a.get(row), b.get(row)) {
        Some(value) => Ok(value),
        None => fail(format!("int64 overflow: {} {symbol} {}", a.get(row), b.get(row))),
    })
}

fn floats(
    call: &Call<'_>,
    whole: fn(Tier, Sides<'_, f64>, &mut [f64]) -> bool,
    one: fn(f64, f64) -> f64,
    symbol: &str,
) -> Result<Vector> {
    let (a, b) = (call.f64s(0), call.f64s(1));
    if let Some(sides) = sides(a, b) {
        let mut out = BufferMut::filled(0f64, call.rows);
        if !whole(call.context.tier(), sides, &mut out) {
            return Ok(call.result(Values::F64(out.freeze()), call.validity.clone()));
        }
    }
    call.f64_rows(|row| {
        let (a, b) = (a.get(row), b.get(row));
        finite(a, b, one(a, b), symbol)
    })
}

fn decimals(
    call: &Call<'_>,
    whole: impl Fn(Tier, &Decimals<'_>, &Decimals<'_>, usize) -> Outcome,
    one: fn(i128, i128) -> Option<i128>,
    symbol: &str,
) -> Result<Vector> {
    let (a, b) = (call.decimals(0), call.decimals(1));
    if let Outcome::Done(values) = whole(call.context.tier(), &a, &b, call.rows) {
        return Ok(call.result(values, call.validity.clone()));
    }
    call.numeric_rows(|row| {
        let (a, b) = (a.get(row), b.get(row));
        match one(a, b).filter(|value| decimal::in_range(*value, 9)) {
            Some(value) => Ok(value),
            None => fail(format!("numeric overflow: {} {symbol} {}", numeric_text(a), numeric_text(b))),
        }
    })
}

fn bignumerics(call: &Call<'_>, one: fn(I256, I256) -> Option<I256>, symbol: &str) -> Result<Vector> {
    let (a, b) = (call.bignumerics(0), call.bignumerics(1));
    call.bignumeric_rows(|row| {
        let (a, b) = (a.get(row), b.get(row));
        match one(a, b) {
            Some(value) => Ok(value),
            None => {
                fail(format!("BIGNUMERIC overflow: {} {symbol} {}", bignumeric_text(a), bignumeric_text(b)))
            }
        }
    })
}

/// The negated value.
///
/// # Errors
/// For the least INT64.
fn negate_i64(value: i64) -> Result<i64> {
    match value.checked_neg() {
        Some(value) => Ok(value),
        None => fail(format!("int64 overflow: -({value})")),
    }
}

fn negate(call: &Call<'_>) -> Result<Vector> {
    match call.arguments[0].data_type() {
        DataType::Int64 => {
            let input = call.i64s(0);
            call.i64_rows(|row| negate_i64(input.get(row)))
        }
        DataType::Float64 => {
            let input = call.f64s(0);
            let out: Buffer<f64> = (0..call.rows).map(|row| -input.get(row)).collect();
            Ok(call.result(Values::F64(out), call.validity.clone()))
        }
        DataType::Numeric => {
            let input = call.decimals(0);
            let scale = input.scale();
            let out: Vec<i128> = (0..call.rows).map(|row| -input.unscaled(row)).collect();
            Ok(call.result(decimal::narrowest(&out, scale), call.validity.clone()))
        }
        DataType::BigNumeric => {
            let input = call.bignumerics(0);
            call.bignumeric_rows(|row| match input.get(row).checked_neg() {
                Some(value) => Ok(value),
                None => fail(format!("BIGNUMERIC overflow: -({})", bignumeric_text(input.get(row)))),
            })
        }
        _ => {
            let input = call.intervals(0);
            call.interval_rows(|row| interval::scaled(input.get(row), -1))
        }
    }
}
