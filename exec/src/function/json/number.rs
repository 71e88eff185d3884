//! JSON numbers: 64-bit integers and FLOAT64s, written one way.

use super::document::Json;
use crate::Result;
use crate::function::call::fail;

/// What becomes of numbers that neither a 64-bit integer nor a FLOAT64 holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wide {
    /// They are errors.
    Exact,
    /// They become the nearest FLOAT64.
    Round,
}

impl Wide {
    /// The mode of a `wide_number_mode` argument.
    ///
    /// # Errors
    /// For other words than `exact` and `round`.
    pub fn of(mode: &str) -> Result<Self> {
        match mode {
            "exact" => Ok(Wide::Exact),
            "round" => Ok(Wide::Round),
            other => fail(format!("Invalid `wide_number_mode` specified: {other}")),
        }
    }
}

/// Brings a document into the canonical form of JSON values.
///
/// # Errors
/// For numbers that do not fit.
pub(super) fn canonical(json: Json, wide: Wide) -> Result<Json> {
    Ok(match json {
        Json::Number(digits) => Json::Number(canonical_number(&digits, wide)?),
        Json::Array(elements) => {
            Json::Array(elements.into_iter().map(|element| canonical(element, wide)).collect::<Result<_>>()?)
        }
        Json::Object(members) => {
            let members: Result<Vec<_>> =
                members.into_iter().map(|(name, value)| Ok((name, canonical(value, wide)?))).collect();
            Json::object(members?)
        }
        scalar => scalar,
    })
}

fn canonical_number(digits: &str, wide: Wide) -> Result<String> {
    let is_integer = !digits.contains(['.', 'e', 'E']);
    if is_integer {
        if let Ok(value) = digits.parse::<i64>() {
            return Ok(value.to_string());
        }
        if let Ok(value) = digits.parse::<u64>() {
            return Ok(value.to_string());
        }
    }
    let value: f64 = digits.parse().unwrap_or(f64::INFINITY);
    if !value.is_finite() {
        return fail(format!("Number overflow parsing '{digits}'"));
    }
    if wide == Wide::Exact && !is_exact(digits, value) {
        return fail(format!("Input number: {digits} cannot round-trip through string representation"));
    }
    Ok(float_text(value))
}

/// True when the digits are those that the float is written with, so that nothing was lost.
pub(super) fn is_exact(digits: &str, value: f64) -> bool {
    significant(digits) == significant(&format!("{value:e}"))
}

/// Sign, digits without zeros around them, and the power of ten of the last digit.
fn significant(text: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i64>().unwrap_or(0)),
        None => (text, 0),
    };
    let (negative, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let trimmed = all.trim_end_matches('0');
    let digits = trimmed.trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return (negative, digits, 0);
    }
    let dropped = (all.len() - trimmed.len()) as i64;
    (negative, digits, exponent - fraction.len() as i64 + dropped)
}

/// A finite FLOAT64 with the fewest digits that read back the same: `1.0`, `0.5`, `1e+100`.
pub(super) fn float_text(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-5..15).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
