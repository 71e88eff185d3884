//! ABS, SIGN, DIV, MOD and bits.

use canopy_format::{DataType, I256, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{bignumeric_text, numeric_text};

const SAME: &[&str] =
    &["INT64 -> INT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC", "FLOAT64 -> FLOAT64"];
const EXACT: &[&str] =
    &["INT64, INT64 -> INT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("abs", SAME, abs)
            .doc("The magnitude.")
            .examples(&[("ABS(-25)", "25"), ("ABS(NUMERIC '-1.5')", "NUMERIC '1.5'")]),
        Function::scalar("sign", SAME, sign)
            .doc("-1, 0 or 1.")
            .examples(&[("SIGN(25)", "1"), ("SIGN(-2.5)", "-1.0")]),
        Function::scalar("div", EXACT, |call| divided(call, true))
            .doc("The whole part of a quotient.")
            .examples(&[("DIV(20, 4)", "5"), ("DIV(-7, 2)", "-3")]),
        Function::scalar("mod", EXACT, |call| divided(call, false))
            .doc("The rest of a division, with the dividend's sign.")
            .examples(&[("MOD(25, 12)", "1"), ("MOD(-7, 2)", "-1")]),
        Function::scalar("bit_count", &["INT64 -> INT64", "BYTES -> INT64"], |call| {
            if *call.arguments[0].data_type() == DataType::Int64 {
                let input = call.i64s(0);
                return call.i64_rows(|row| Ok(input.get(row).count_ones() as i64));
            }
            let input = call.bytes(0);
            call.i64_rows(|row| Ok(input.get(row).iter().map(|byte| byte.count_ones() as i64).sum()))
        })
        .doc("Number of set bits.")
        .examples(&[("BIT_COUNT(-1)", "64"), ("BIT_COUNT(5)", "2")]),
    ]
}

fn abs(call: &Call<'_>) -> Result<Vector> {
    match call.return_type {
        DataType::Int64 => {
            let input = call.i64s(0);
            call.i64_rows(|row| match input.get(row).checked_abs() {
                Some(value) => Ok(value),
                None => fail(format!("int64 overflow: ABS({})", input.get(row))),
            })
        }
        DataType::Float64 => {
            let input = call.f64s(0);
            call.f64_rows(|row| Ok(input.get(row).abs()))
        }
        DataType::Numeric => {
            let input = call.decimals(0);
            call.numeric_rows(|row| Ok(input.get(row).abs()))
        }
        _ => {
            let input = call.bignumerics(0);
            call.bignumeric_rows(|row| match input.get(row).checked_abs() {
                Some(value) => Ok(value),
                None => fail(format!("BIGNUMERIC overflow: ABS({})", bignumeric_text(input.get(row)))),
            })
        }
    }
}

fn sign(call: &Call<'_>) -> Result<Vector> {
    match call.return_type {
        DataType::Int64 => {
            let input = call.i64s(0);
            call.i64_rows(|row| Ok(input.get(row).signum()))
        }
        DataType::Float64 => {
            let input = call.f64s(0);
            call.f64_rows(|row| {
                let value = input.get(row);
                Ok(if value.is_nan() || value == 0.0 { value } else { value.signum() })
            })
        }
        DataType::Numeric => {
            let input = call.decimals(0);
            call.numeric_rows(|row| Ok(input.get(row).signum() * 1_000_000_000))
        }
        _ => {
            let input = call.bignumerics(0);
            let unit = I256::from(10i128.pow(38));
            call.bignumeric_rows(|row| Ok(input.get(row).signum() * unit))
        }
    }
}

fn divided(call: &Call<'_>, quotient: bool) -> Result<Vector> {
    let by_zero = |a: String| match quotient {
        true => format!("division by zero: {a} / 0"),
        false => format!("division by zero: MOD({a}, 0)"),
    };
    match call.return_type {
        DataType::Int64 => {
            let (a, b) = (call.i64s(0), call.i64s(1));
            call.i64_rows(|row| {
                let (a, b) = (a.get(row), b.get(row));
                match (b, quotient) {
                    (0, _) => fail(by_zero(a.to_string())),
                    (_, true) => match a.checked_div(b) {
                        Some(value) => Ok(value),
                        None => fail(format!("int64 overflow: {a} / {b}")),
                    },
                    (_, false) => Ok(a.wrapping_rem(b)),
                }
            })
        }
        DataType::Numeric => {
            let (a, b) = (call.decimals(0), call.decimals(1));
            call.numeric_rows(|row| {
                let (a, b) = (a.get(row), b.get(row));
                match (b, quotient) {
                    (0, _) => fail(by_zero(numeric_text(a))),
                    (_, true) => match (a / b)
                        .checked_mul(1_000_000_000)
                        .filter(|v| crate::kernel::decimal::in_range(*v, 9))
                    {
                        Some(value) => Ok(value),
                        None => {
                            fail(format!("numeric overflow: DIV({}, {})", numeric_text(a), numeric_text(b)))
                        }
                    },
                    (_, false) => Ok(a % b),
                }
            })
        }
        _ => {
            let (a, b) = (call.bignumerics(0), call.bignumerics(1));
            let unit = I256::from(10i128.pow(38));
            call.bignumeric_rows(|row| {
                let (a, b) = (a.get(row), b.get(row));
                if b == I256::ZERO {
                    return fail(by_zero(bignumeric_text(a)));
                }
                if !quotient {
                    return Ok(a.checked_rem(b).unwrap_or(I256::ZERO));
                }
                match a.checked_div(b).and_then(|value| value.checked_mul(unit)) {
                    Some(value) => Ok(value),
                    None => fail(format!(
                        "BIGNUMERIC overflow: DIV({}, {})",
                        bignumeric_text(a),
                        bignumeric_text(b)
                    )),
                }
            })
        }
    }
}
