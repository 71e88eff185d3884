//! Numbers as text and back, in GoogleSQL's formats.

use canopy_format::I256;

use crate::Result;
use crate::function::call::fail;
use crate::kernel::decimal;

/// As C's `%.<precision>g`: exponents below -4 or from the precision on take `e` notation.
pub fn general_float(value: f64, precision: usize) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let precision = precision.max(1);
    let scientific = format!("{:.*e}", precision - 1, value);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    trim(&format!("{:.*}", (precision as i32 - 1 - exponent).max(0) as usize, value))
}

/// A float as messages show it: six digits.
pub(crate) fn short_float(value: f64) -> String {
    general_float(value, 6)
}

/// A FLOAT64 as CAST AS STRING gives it: 15 digits, or 17 where 15 would not read back the same.
pub fn float64_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let short = general_float(value, 15);
    match short.parse::<f64>() {
        Ok(back) if back == value => short,
        _ if !value.is_finite() => short,
        _ => general_float(value, 17),
    }
}

/// A NUMERIC (scaled by 10^9) without trailing zeros.
pub fn numeric_text(value: i128) -> String {
    scaled_text(value < 0, &value.unsigned_abs().to_string(), 9)
}

/// A BIGNUMERIC (scaled by 10^38) without trailing zeros.
pub fn bignumeric_text(value: I256) -> String {
    scaled_text(value < I256::ZERO, &value.unsigned_abs().to_string(), 38)
}

fn scaled_text(negative: bool, digits: &str, scale: usize) -> String {
    let padded = format!("{digits:0>width$}", width = scale + 1);
    let (whole, fraction) = padded.split_at(padded.len() - scale);
    let fraction = fraction.trim_end_matches('0');
    let sign = if negative { "-" } else { "" };
    match fraction.is_empty() {
        true => format!("{sign}{whole}"),
        false => format!("{sign}{whole}.{fraction}"),
    }
}

/// Reads an INT64: decimal or `0x` hexadecimal, signed, with spaces around.
///
/// # Errors
/// `Bad int64 value: ...`
pub fn parse_int64(text: &str) -> Result<i64> {
    let bad = || crate::ExecError::Evaluation(format!("Bad int64 value: {text}"));
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (negative, digits) = match trimmed.as_bytes().first() {
        Some(b'-') => (true, &trimmed[1..]),
        Some(b'+') => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => (hexadecimal, 16),
        None => (digits, 10),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| (byte as char).is_digit(radix)) {
        return Err(bad());
    }
    let magnitude = i128::from_str_radix(digits, radix).map_err(|_| bad())?;
    i64::try_from(if negative { -magnitude } else { magnitude }).map_err(|_| bad())
}

/// Reads a FLOAT64: decimal notation, `inf`, `infinity`, `nan` in any case, with spaces around.
///
/// # Errors
/// `Bad double value: ...`
pub fn parse_float64(text: &str) -> Result<f64> {
    let trimmed = text.trim();
    match trimmed.parse::<f64>() {
        // Rust reads overlong exponents as infinity; GoogleSQL refuses them.
        Ok(value) if value.is_finite() => Ok(value),
        Ok(value)
            if trimmed.bytes().any(|byte| byte.is_ascii_alphabetic() && !matches!(byte, b'e' | b'E')) =>
        {
            Ok(value)
        }
        _ => fail(format!("Bad double value: {text}")),
    }
}

/// Reads a NUMERIC, scaled by 10^9; further digits are rounded half away from zero.
///
/// # Errors
/// `Invalid NUMERIC value: ...`, also for values out of range.
pub fn parse_numeric(text: &str) -> Result<i128> {
    let found = parse_scaled(text, 9, false).and_then(|value| i128::try_from(value).ok());
    match found.filter(|value| decimal::in_range(*value, 9)) {
        Some(value) => Ok(value),
        None => fail(format!("Invalid NUMERIC value: {text}")),
    }
}

/// Reads a BIGNUMERIC, scaled by 10^38; further digits are rounded half away from zero.
///
/// # Errors
/// `Invalid BIGNUMERIC value: ...`, also for values out of range.
pub fn parse_bignumeric(text: &str) -> Result<I256> {
    match parse_scaled(text, 38, false) {
        Some(value) => Ok(value),
        None => fail(format!("Invalid BIGNUMERIC value: {text}")),
    }
}

/// Reads a decimal as an integer times `10^-scale`; None for other text, and where that is not exact.
pub fn parse_exact(text: &str, scale: u32) -> Option<I256> {
    parse_scaled(text, scale.min(76) as i64, true)
}

/// Reads `[+-]digits[.digits][e[+-]digits]` scaled by `10^scale`; digits beyond are rounded, or refused.
fn parse_scaled(text: &str, scale: i64, exact: bool) -> Option<I256> {
    let text = text.trim();
    let (negative, text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok().filter(|e| e.abs() < 100_000)?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits kept: those before the scaled point; the one after it decides the rounding.
    let kept = whole.len() as i64 + exponent + scale;
    let mut value = I256::ZERO;
    let ten = I256::from(10);
    let mut push = |digit: u8| {
        let sum = value.checked_mul(ten)?.checked_sub(I256::from(digit as i64))?;
        value = sum;
        Some(())
    };
    let mut position = 0;
    let mut rounds_up = false;
    for byte in digits() {
        if position < kept {
            push(byte - b'0')?;
        } else if exact && byte != b'0' {
            return None;
        } else {
            rounds_up |= position == kept && byte >= b'5';
        }
        position += 1;
    }
    for _ in position..kept {
        // A zero stays zero however large the exponent.
        if value == I256::ZERO {
            break;
        }
        value = value.checked_mul(ten)?;
    }
    // Collected as a negative number, whose range is one larger.
    if rounds_up {
        value = value.checked_sub(I256::ONE)?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// The NUMERIC nearest to a float, half away from zero.
///
/// # Errors
/// For NaN, infinities and values out of range.
pub(crate) fn numeric_of_float(value: f64) -> Result<i128> {
    if !value.is_finite() {
        return fail(format!(
            "Illegal conversion of non-finite floating point number to numeric: {}",
            short_float(value)
        ));
    }
    // The exact decimal digits: enough of them to see a tie.
    parse_numeric(&format!("{value:.40}"))
        .or_else(|_| fail(format!("numeric out of range: {}", short_float(value))))
}

/// The BIGNUMERIC nearest to a float, half away from zero.
///
/// # Errors
/// For NaN, infinities and values out of range.
pub(crate) fn bignumeric_of_float(value: f64) -> Result<I256> {
    if !value.is_finite() {
        return fail(format!(
            "Illegal conversion of non-finite floating point number to BIGNUMERIC: {}",
            short_float(value)
        ));
    }
    parse_bignumeric(&format!("{value:.80}"))
        .or_else(|_| fail(format!("BIGNUMERIC out of range: {}", short_float(value))))
}

/// The INT64 nearest to a float, half away from zero.
///
/// # Errors
/// For NaN, infinities and values out of range.
pub(crate) fn int64_of_float(value: f64) -> Result<i64> {
    if !value.is_finite() {
        return fail(format!(
            "Illegal conversion of non-finite floating point number to an integer: {}",
            short_float(value)
        ));
    }
    let rounded = value.round();
    if !(-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded) {
        return fail(format!("int64 out of range: {}", short_float(value)));
    }
    Ok(rounded as i64)
}

/// The float nearest to a NUMERIC.
pub(crate) fn float_of_numeric(value: i128) -> f64 {
    // Division of exact operands rounds once; larger values go through their digits.
    match value.unsigned_abs() < 1 << 53 {
        true => value as f64 / 1e9,
        false => numeric_text(value).parse().unwrap_or(f64::NAN),
    }
}

/// The float nearest to a BIGNUMERIC.
pub(crate) fn float_of_bignumeric(value: I256) -> f64 {
    bignumeric_text(value).parse().unwrap_or(f64::NAN)
}

/// A NUMERIC as BIGNUMERIC.
pub(crate) fn widen(value: i128) -> I256 {
    I256::from(value) * I256::from(10i128.pow(29))
}

/// A BIGNUMERIC as NUMERIC, rounded half away from zero.
///
/// # Errors
/// When out of range.
pub(crate) fn numeric_of_bignumeric(value: I256) -> Result<i128> {
    let rounded = decimal::divide_half_away_256(value, I256::from(10i128.pow(29)));
    match i128::try_from(rounded).ok().filter(|value| decimal::in_range(*value, 9)) {
        Some(value) => Ok(value),
        None => fail(format!("numeric out of range: {}", bignumeric_text(value))),
    }
}
