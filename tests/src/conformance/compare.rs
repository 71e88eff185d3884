//! Whether a result is the table that a case expects.

use canopy_format::{DataType, Value};
use canopy_server::results::StatementResult;
use serde_json::Value as Json;

use super::value::{Tolerance, all_match, matches};
use super::{Case, Table};

/// The relative tolerance of floats; of 32-bit ones.
const TOLERANCE: f64 = 1e-9;
const TOLERANCE_FLOAT32: f64 = 1e-5;

/// The tolerance of a case's floats.
fn tolerance(case: &Case) -> Tolerance {
    let stated = case.float_margin_ulp_bits.map_or(0.0, |bits| f64::EPSILON * f64::from(bits.min(50)).exp2());
    let base = if case.float32 { TOLERANCE_FLOAT32 } else { TOLERANCE };
    Tolerance(stated.max(base))
}

/// Why a result is not the expected table.
pub fn difference(case: &Case, expected: &Table, found: &StatementResult) -> Option<String> {
    let (columns, wanted) = (&found.columns, &expected.columns);
    if columns.len() != wanted.len() {
        return Some(format!("expected {} columns, found {}", wanted.len(), columns.len()));
    }
    for (number, ((name, data_type), wanted)) in columns.iter().zip(wanted).enumerate() {
        let anonymous = name.is_empty() || (name.starts_with('f') && name.ends_with('_'));
        if let Some(expected) = &wanted.name
            && !anonymous
            && !expected.eq_ignore_ascii_case(name)
        {
            return Some(format!("column {number}: expected name {expected}, found {name}"));
        }
        let (expected, found) = (bare_type(&wanted.r#type), nameless(data_type).to_string());
        if expected != found {
            return Some(format!("column {number}: expected type {expected}, found {found}"));
        }
    }
    let rows = found.rows();
    let tolerance = tolerance(case);
    let same = |expected: &Vec<Json>, found: &Vec<Value>| {
        expected.len() == found.len()
            && (expected.iter().zip(found).zip(columns)).all(|((e, f), (_, t))| matches(e, f, t, tolerance))
    };
    if all_match(&expected.rows, &rows, expected.ordered, same) {
        return None;
    }
    let shown = crate::engine::text_rows(found);
    let shown: Vec<String> = shown.iter().take(20).map(|row| row.join(" | ")).collect();
    let wanted: Vec<String> =
        expected.rows.iter().take(20).map(|row| Json::from(row.clone()).to_string()).collect();
    Some(format!(
        "expected {} rows {}; found {}: {}",
        expected.rows.len(),
        wanted.join(" "),
        rows.len(),
        shown.join("; ")
    ))
}

/// The type without the names of its fields.
fn nameless(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Array(element) => DataType::array(nameless(element)),
        DataType::Struct(fields) => {
            DataType::structure(fields.iter().map(|field| ("", nameless(&field.data_type))))
        }
        other => other.clone(),
    }
}

/// A type's text without names of fields: of ``STRUCT<`a` INT64, b STRING>``, `STRUCT<INT64, STRING>`.
fn bare_type(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '`' => {
                rest.by_ref().take_while(|&letter| letter != '`').for_each(drop);
                word.clear();
            }
            ' ' => word.clear(),
            '<' | '>' | ',' => {
                out += &std::mem::take(&mut word);
                out.push(letter);
                if letter == ',' {
                    out.push(' ');
                }
            }
            letter => word.push(letter),
        }
    }
    out + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_lose_the_names_of_their_fields() {
        for (text, expected) in [
            ("INT64", "INT64"),
            ("ARRAY<STRUCT<`a` INT64, ARRAY<STRING>>>", "ARRAY<STRUCT<INT64, ARRAY<STRING>>>"),
            ("STRUCT<a STRUCT<b DATE>, c BOOL>", "STRUCT<STRUCT<DATE>, BOOL>"),
        ] {
            assert_eq!(bare_type(text), expected);
        }
    }
}
