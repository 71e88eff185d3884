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

use self::document::Json;
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

/// Whether a name of a member (`keys`) or a scalar (`values`) of a JSON value passes the test.
///
/// # Errors
/// For text that is not JSON.
pub(super) fn any_text(text: &str, keys: bool, values: bool, test: &dyn Fn(&str) -> bool) -> Result<bool> {
    fn any(json: &Json, keys: bool, values: bool, test: &dyn Fn(&str) -> bool) -> bool {
        match json {
            Json::Array(elements) => elements.iter().any(|element| any(element, keys, values, test)),
            Json::Object(members) => {
                members.iter().any(|(name, value)| keys && test(name) || any(value, keys, values, test))
            }
            Json::String(text) => values && test(text),
            scalar => values && test(&scalar.to_string()),
        }
    }
    Ok(any(&document::parse(text)?, keys, values, test))
}

/// The text of a JSON value with a line an element.
///
/// # Errors
/// For text that is not JSON.
pub(super) fn pretty(text: &str) -> Result<String> {
    let mut out = Vec::new();
    document::parse(text)?.write_pretty(0, &mut out);
    Ok(String::from_utf8_lossy(&out).into_owned())
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
