//! ROUND, TRUNC, CEIL and FLOOR.

use canopy_format::{DataType, I256, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{bignumeric_text, numeric_text};
use crate::kernel::decimal::in_range;

const WHOLE: &[&str] = &["FLOAT64 -> FLOAT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "round",
            &[
                "FLOAT64, INT64? -> FLOAT64",
                "NUMERIC, INT64?, STRING? -> NUMERIC",
                "BIGNUMERIC, INT64?, STRING? -> BIGNUMERIC",
            ],
            |call| run(call, "ROUND", Mode::HalfAway),
        )
        .doc("Rounded to a number of digits (negative: before the point), half away from zero; the third argument may be 'ROUND_HALF_EVEN'.")
        .examples(&[("ROUND(2.5)", "3.0"), ("ROUND(123.7, -1)", "120.0"), ("ROUND(NUMERIC '1.25', 1)", "NUMERIC '1.3'")]),
        Function::scalar(
            "trunc",
            &["FLOAT64, INT64? -> FLOAT64", "NUMERIC, INT64? -> NUMERIC", "BIGNUMERIC, INT64? -> BIGNUMERIC"],
            |call| run(call, "TRUNC", Mode::Zero),
        )
        .doc("Cut to a number of digits, towards zero.")
        .examples(&[("TRUNC(-2.8)", "-2.0"), ("TRUNC(2.345, 1)", "2.3")]),
        Function::scalar("ceil", WHOLE, |call| run(call, "CEIL", Mode::Up))
            .aliases(&["ceiling"])
            .doc("The least whole number not below.")
            .examples(&[("CEIL(2.3)", "3.0"), ("CEIL(-2.3)", "-2.0")]),
        Function::scalar("floor", WHOLE, |call| run(call, "FLOOR", Mode::Down))
            .doc("The greatest whole number not above.")
            .examples(&[("FLOOR(2.8)", "2.0"), ("FLOOR(-2.3)", "-3.0")]),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    HalfAway,
    HalfEven,
    Zero,
    Up,
    Down,
}

fn run(call: &Call<'_>, name: &str, mode: Mode) -> Result<Vector> {
    let digits = (call.len() > 1).then(|| call.i64s(1));
    let named = (call.len() > 2).then(|| call.bytes(2));
    let digits = |row: usize| digits.as_ref().map_or(0, |digits| digits.get(row));
    let mode = |row: usize| match named.as_ref().map(|named| named.text(row)) {
        None | Some("ROUND_HALF_AWAY_FROM_ZERO") => Ok(mode),
        Some("ROUND_HALF_EVEN") => Ok(Mode::HalfEven),
        Some(other) => fail(format!("Invalid rounding mode: {other}")),
    };
    match call.return_type {
        DataType::Float64 => {
            let input = call.f64s(0);
            call.f64_rows(|row| {
                let rounded = float(input.get(row), digits(row), mode(row)?);
                match rounded.is_infinite() && input.get(row).is_finite() {
                    false => Ok(rounded),
                    true => fail(format!("double overflow: {name}({})", input.get(row))),
                }
            })
        }
        DataType::Numeric => {
            let input = call.decimals(0);
            call.numeric_rows(|row| {
                let wide = decimal(I256::from(input.get(row)), 9, digits(row), mode(row)?);
                let value = wide.and_then(|value| i128::try_from(value).ok());
                match value.filter(|value| in_range(*value, 9)) {
                    Some(value) => Ok(value),
                    None => fail(format!("numeric overflow: {name}({})", numeric_text(input.get(row)))),
                }
            })
        }
        _ => {
            let input = call.bignumerics(0);
            call.bignumeric_rows(|row| match decimal(input.get(row), 38, digits(row), mode(row)?) {
                Some(value) => Ok(value),
                None => fail(format!("BIGNUMERIC overflow: {name}({})", bignumeric_text(input.get(row)))),
            })
        }
    }
}

fn float(value: f64, digits: i64, mode: Mode) -> f64 {
    let whole = |value: f64| match mode {
        Mode::HalfAway => value.round(),
        Mode::HalfEven => value.round_ties_even(),
        Mode::Zero => value.trunc(),
        Mode::Up => value.ceil(),
        Mode::Down => value.floor(),
    };
    if digits == 0 || !value.is_finite() {
        return whole(value);
    }
    if digits > 0 {
        // Past 15 digits or so nothing is left to round; a scaled value that overflows is as precise.
        let factor = 10f64.powi(digits.min(400) as i32);
        let scaled = value * factor;
        if !scaled.is_finite() || scaled.abs() >= 9_007_199_254_740_992.0 {
            return value;
        }
        return whole(scaled) / factor;
    }
    let factor = 10f64.powi(digits.max(-400).unsigned_abs() as i32);
    if factor.is_infinite() {
        return 0.0 * value;
    }
    whole(value / factor) * factor
}

/// A value scaled by `10^scale`, rounded to `digits`; None when it does not fit 256 bits.
fn decimal(value: I256, scale: i64, digits: i64, mode: Mode) -> Option<I256> {
    if digits >= scale {
        return Some(value);
    }
    let dropped = scale.saturating_sub(digits);
    if dropped > 76 {
        return Some(I256::ZERO);
    }
    let unit = I256::from(10).checked_pow(dropped as u32)?;
    let (quotient, rest) = (value / unit, value % unit);
    let one = if value < I256::ZERO { I256::MINUS_ONE } else { I256::ONE };
    let (half, doubled) = (unit.unsigned_abs() - rest.unsigned_abs(), rest.unsigned_abs());
    let away = match mode {
        Mode::HalfAway => doubled >= half,
        Mode::HalfEven => doubled > half || (doubled == half && quotient % I256::from(2) != I256::ZERO),
        Mode::Zero => false,
        Mode::Up => rest > I256::ZERO,
        Mode::Down => rest < I256::ZERO,
    };
    let quotient = if away { quotient + one } else { quotient };
    quotient.checked_mul(unit)
}
