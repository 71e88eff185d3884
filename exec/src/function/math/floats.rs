//! Powers, logarithms and trigonometry.

use canopy_format::{DataType, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{self, short_float};

const FLOATS: &[&str] = &["FLOAT64 -> FLOAT64"];
const NUMBERS: &[&str] = &["FLOAT64 -> FLOAT64", "NUMERIC -> NUMERIC", "BIGNUMERIC -> BIGNUMERIC"];
const POWERS: &[&str] =
    &["FLOAT64, FLOAT64 -> FLOAT64", "NUMERIC, NUMERIC -> NUMERIC", "BIGNUMERIC, BIGNUMERIC -> BIGNUMERIC"];

/// Defines a function of one float without errors.
macro_rules! total {
    ($name:literal, $doc:literal, $examples:expr, $run:expr) => {
        Function::scalar($name, FLOATS, |call| {
            let input = call.f64s(0);
            call.f64_rows(|row| Ok($run(input.get(row))))
        })
        .doc($doc)
        .examples($examples)
    };
}

/// Defines a function of one float that has no value outside a range.
macro_rules! partial {
    ($name:literal, $signatures:expr, $doc:literal, $examples:expr, $run:expr) => {
        Function::scalar($name, $signatures, |call| unary(call, $name, $run)).doc($doc).examples($examples)
    };
}

pub(super) fn functions() -> Vec<Function> {
    let mut all = vec![
        partial!("sqrt", NUMBERS, "The square root.", &[("SQRT(25.0)", "5.0")], |x: f64| match x < 0.0 {
            true => None,
            false => Some(x.sqrt()),
        }),
        partial!("exp", NUMBERS, "e to the power.", &[("EXP(0.0)", "1.0")], |x: f64| Some(x.exp())),
        partial!("ln", NUMBERS, "The natural logarithm.", &[("LN(1.0)", "0.0")], |x: f64| {
            if x <= 0.0 { None } else { Some(x.ln()) }
        }),
        partial!("log10", NUMBERS, "The logarithm to base 10.", &[("LOG10(100.0)", "2.0")], |x: f64| {
            if x <= 0.0 { None } else { Some(x.log10()) }
        }),
        partial!("acosh", FLOATS, "The inverse hyperbolic cosine.", &[("ACOSH(1)", "0.0")], |x: f64| {
            if x < 1.0 { None } else { Some(x.acosh()) }
        }),
        partial!("atanh", FLOATS, "The inverse hyperbolic tangent.", &[("ATANH(0)", "0.0")], |x: f64| {
            if x.abs() >= 1.0 { None } else { Some(x.atanh()) }
        }),
        partial!("acos", FLOATS, "The inverse cosine.", &[("ACOS(1)", "0.0")], |x: f64| {
            if x.abs() > 1.0 { None } else { Some(x.acos()) }
        }),
        partial!("asin", FLOATS, "The inverse sine.", &[("ASIN(0)", "0.0")], |x: f64| {
            if x.abs() > 1.0 { None } else { Some(x.asin()) }
        }),
        partial!("sinh", FLOATS, "The hyperbolic sine.", &[("SINH(0)", "0.0")], |x: f64| Some(x.sinh())),
        partial!("cosh", FLOATS, "The hyperbolic cosine.", &[("COSH(0)", "1.0")], |x: f64| Some(x.cosh())),
        partial!(
            "csc",
            FLOATS,
            "The cosecant.",
            &[("ROUND(CSC(100), 6)", "-1.974858"), ("SAFE.CSC(0)", "NULL")],
            |x: f64| if x == 0.0 { None } else { Some(1.0 / x.sin()) }
        ),
        partial!(
            "cot",
            FLOATS,
            "The cotangent.",
            &[("ROUND(COT(1), 6)", "0.642093"), ("SAFE.COT(0)", "NULL")],
            |x: f64| if x == 0.0 { None } else { Some(1.0 / x.tan()) }
        ),
        partial!(
            "csch",
            FLOATS,
            "The hyperbolic cosecant.",
            &[("ROUND(CSCH(0.5), 6)", "1.919035"), ("CSCH(0)", "ERROR: CSCH(0)")],
            |x: f64| if x == 0.0 { None } else { Some(1.0 / x.sinh()) }
        ),
        partial!(
            "coth",
            FLOATS,
            "The hyperbolic cotangent.",
            &[("ROUND(COTH(1), 6)", "1.313035"), ("SAFE.COTH(0)", "NULL")],
            |x: f64| if x == 0.0 { None } else { Some(1.0 / x.tanh()) }
        ),
        total!("sec", "The secant.", &[("ROUND(SEC(100), 6)", "1.159664")], |x: f64| 1.0 / x.cos()),
        total!("sech", "The hyperbolic secant.", &[("ROUND(SECH(0.5), 6)", "0.886819")], |x: f64| 1.0
            / x.cosh()),
        total!("cbrt", "The cube root.", &[("CBRT(27)", "3.0")], f64::cbrt),
        total!("sin", "The sine.", &[("SIN(0)", "0.0")], f64::sin),
        total!("cos", "The cosine.", &[("COS(0)", "1.0")], f64::cos),
        total!("tan", "The tangent.", &[("TAN(0)", "0.0")], f64::tan),
        total!("atan", "The inverse tangent.", &[("ATAN(0)", "0.0")], f64::atan),
        total!("tanh", "The hyperbolic tangent.", &[("TANH(0)", "0.0")], f64::tanh),
        total!("asinh", "The inverse hyperbolic sine.", &[("ASINH(0)", "0.0")], f64::asinh),
    ];
    all.extend([
        Function::scalar("atan2", &["FLOAT64, FLOAT64 -> FLOAT64"], |call| {
            let (y, x) = (call.f64s(0), call.f64s(1));
            call.f64_rows(|row| Ok(y.get(row).atan2(x.get(row))))
        })
        .doc("The angle of the point (second, first).")
        .examples(&[("ATAN2(0, 1)", "0.0")]),
        Function::scalar("pow", POWERS, pow)
            .aliases(&["power"])
            .doc("The first argument to the power of the second.")
            .examples(&[("POW(2.0, 3.0)", "8.0"), ("POW(NUMERIC '1.5', 2)", "NUMERIC '2.25'")]),
        Function::scalar(
            "log",
            &[
                "FLOAT64, FLOAT64? -> FLOAT64",
                "NUMERIC, NUMERIC? -> NUMERIC",
                "BIGNUMERIC, BIGNUMERIC? -> BIGNUMERIC",
            ],
            log,
        )
        .doc("The logarithm to a base, e by default.")
        .examples(&[("LOG(100.0, 10.0)", "2.0")]),
        Function::scalar("is_nan", &["FLOAT64 -> BOOL"], |call| {
            let input = call.f64s(0);
            call.bool_rows(|row| Ok(input.get(row).is_nan()))
        })
        .cheap()
        .doc("Whether the value is NaN.")
        .examples(&[("IS_NAN(CAST('nan' AS FLOAT64))", "TRUE")]),
        Function::scalar("is_inf", &["FLOAT64 -> BOOL"], |call| {
            let input = call.f64s(0);
            call.bool_rows(|row| Ok(input.get(row).is_infinite()))
        })
        .cheap()
        .doc("Whether the value is an infinity.")
        .examples(&[("IS_INF(CAST('-inf' AS FLOAT64))", "TRUE")]),
    ]);
    all
}

/// Number `index` of a row as a float, whatever its type.
fn number<'a>(call: &'a Call<'_>, index: usize) -> Box<dyn Fn(usize) -> f64 + 'a> {
    match call.arguments[index].data_type() {
        DataType::Numeric => {
            let input = call.decimals(index);
            Box::new(move |row| cast::float_of_numeric(input.get(row)))
        }
        DataType::BigNumeric => {
            let input = call.bignumerics(index);
            Box::new(move |row| cast::float_of_bignumeric(input.get(row)))
        }
        _ => {
            let input = call.f64s(index);
            Box::new(move |row| input.get(row))
        }
    }
}

/// Rows of floats as the call's numeric type. Decimal results are as exact as FLOAT64.
fn rows(call: &Call<'_>, value: impl Fn(usize) -> Result<f64>) -> Result<Vector> {
    match call.return_type {
        DataType::Numeric => call.numeric_rows(|row| cast::numeric_of_float(value(row)?)),
        DataType::BigNumeric => call.bignumeric_rows(|row| cast::bignumeric_of_float(value(row)?)),
        _ => call.f64_rows(value),
    }
}

fn unary(call: &Call<'_>, name: &str, run: fn(f64) -> Option<f64>) -> Result<Vector> {
    let name = name.to_ascii_uppercase();
    let input = number(call, 0);
    rows(call, |row| {
        let x = input(row);
        match run(x) {
            Some(result) if result.is_infinite() && x.is_finite() => {
                fail(format!("Floating point error in function: {name}({})", short_float(x)))
            }
            Some(result) => Ok(result),
            None if name == "SQRT" => {
                fail(format!("Argument to SQRT cannot be negative: {}", short_float(x)))
            }
            None => fail(format!("Floating point error in function: {name}({})", short_float(x))),
        }
    })
}

fn pow(call: &Call<'_>) -> Result<Vector> {
    if *call.return_type == DataType::Numeric {
        return numeric_pow(call);
    }
    let (base, exponent) = (number(call, 0), number(call, 1));
    rows(call, |row| float_pow(base(row), exponent(row)))
}

fn float_pow(x: f64, y: f64) -> Result<f64> {
    let result = x.powf(y);
    let finite = x.is_finite() && y.is_finite();
    match finite && !result.is_finite() {
        false => Ok(result),
        true => {
            fail(format!("Floating point error in function: POW({}, {})", short_float(x), short_float(y)))
        }
    }
}

/// Whole exponents multiply exactly, so that money stays money.
fn numeric_pow(call: &Call<'_>) -> Result<Vector> {
    let (base, exponent) = (call.decimals(0), call.decimals(1));
    let unit = 1_000_000_000i128;
    call.numeric_rows(|row| {
        let (x, y) = (base.get(row), exponent.get(row));
        if y >= 0 && y % unit == 0 && y / unit <= 1 << 20 {
            let (mut result, mut square, mut left) = (unit, x, y / unit);
            while left > 0 {
                let multiply = crate::kernel::decimal::multiply_numeric;
                let overflow = || {
                    let (x, y) = (cast::numeric_text(x), cast::numeric_text(y));
                    crate::ExecError::Evaluation(format!("numeric overflow: POW({x}, {y})"))
                };
                if left & 1 == 1 {
                    result = multiply(result, square).ok_or_else(overflow)?;
                }
                left >>= 1;
                if left > 0 {
                    square = multiply(square, square).ok_or_else(overflow)?;
                }
            }
            return Ok(result);
        }
        cast::numeric_of_float(float_pow(cast::float_of_numeric(x), cast::float_of_numeric(y))?)
    })
}

fn log(call: &Call<'_>) -> Result<Vector> {
    let x = number(call, 0);
    let base = (call.len() > 1).then(|| number(call, 1));
    rows(call, |row| {
        let x = x(row);
        let base = base.as_ref().map(|base| base(row));
        // Limits that have no logarithm, but are no errors either.
        if base.is_some() && x == f64::NEG_INFINITY || base == Some(f64::INFINITY) {
            return Ok(f64::NAN);
        }
        let wrong = x <= 0.0 || base.is_some_and(|base| base <= 0.0 || base == 1.0);
        match (wrong, base) {
            (false, None) => Ok(x.ln()),
            (false, Some(10.0)) => Ok(x.log10()),
            (false, Some(2.0)) => Ok(x.log2()),
            (false, Some(base)) => Ok(x.ln() / base.ln()),
            (true, None) => fail(format!("Floating point error in function: LOG({})", short_float(x))),
            (true, Some(base)) => fail(format!(
                "Floating point error in function: LOG({}, {})",
                short_float(x),
                short_float(base)
            )),
        }
    })
}
