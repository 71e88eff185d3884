//! JSON: text in a canonical form, parsed where it is looked into.

mod construct;
mod convert;
mod document;
mod encode;
mod extract;
mod keys;
mod modify;
mod number;
mod path;
#[cfg(test)]
mod tests;

use canopy_format::Value;

pub(super) use self::extract::subscript;
use super::Function;
use crate::Result;

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        extract::functions(),
        convert::functions(),
        construct::functions(),
        modify::functions(),
        keys::functions(),
    ];
    parts.into_iter().flatten().collect()
}

/// As [`canonical`], with the nearest FLOAT64 for numbers that none holds.
///
/// # Errors
/// As PARSE_JSON's with `wide_number_mode => 'round'`.
pub fn canonical_rounded(text: &str) -> Result<Value> {
    let json = number::canonical(document::parse(text)?, number::Wide::Round)?;
    Ok(Value::Json(json.to_string().into()))
}

/// The JSON value of a text, in the canonical form that JSON values are held in: as PARSE_JSON makes it.
///
/// # Errors
/// As PARSE_JSON's.
pub fn canonical(text: &str) -> Result<Value> {
    let json = number::canonical(document::parse(text)?, number::Wide::Exact)?;
    Ok(Value::Json(json.to_string().into()))
}
