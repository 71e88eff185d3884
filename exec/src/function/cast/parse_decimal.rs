//! PARSE_NUMERIC and PARSE_BIGNUMERIC: more forgiving than casts.

use super::number::{parse_bignumeric, parse_numeric};
use crate::Result;
use crate::function::Function;
use crate::function::call::fail;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("parse_numeric", &["STRING -> NUMERIC"], |call| {
            let input = call.bytes(0);
            call.numeric_rows(|row| {
                let text = input.text(row);
                let plain = plain(text).map(|plain| parse_numeric(&plain));
                plain.and_then(Result::ok).map_or_else(|| fail(format!("Invalid input to PARSE_NUMERIC: \"{text}\"")), Ok)
            })
        })
        .doc("The NUMERIC of a text, which may have commas before the point, spaces around the digits, and a sign after them.")
        .examples(&[
            ("PARSE_NUMERIC('  -  12.34 ')", "NUMERIC '-12.34'"),
            ("PARSE_NUMERIC('12.34e-1-')", "NUMERIC '-1.234'"),
            ("PARSE_NUMERIC('- 12,34567,89.0')", "NUMERIC '-123456789'"),
            ("PARSE_NUMERIC('1 2')", "ERROR: Invalid input to PARSE_NUMERIC"),
        ]),
        Function::scalar("parse_bignumeric", &["STRING -> BIGNUMERIC"], |call| {
            let input = call.bytes(0);
            call.bignumeric_rows(|row| {
                let text = input.text(row);
                let plain = plain(text).map(|plain| parse_bignumeric(&plain));
                plain
                    .and_then(Result::ok)
                    .map_or_else(|| fail(format!("Invalid input to PARSE_BIGNUMERIC: \"{text}\"")), Ok)
            })
        })
        .doc("As PARSE_NUMERIC, for BIGNUMERIC.")
        .examples(&[("PARSE_BIGNUMERIC(' 0,.12 -')", "BIGNUMERIC '-0.12'")]),
    ]
}

/// The number as casts read it: sign, digits, point, exponent. None for what is no number.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let signed = |text: &str| text.starts_with(['+', '-']);
    let (sign, rest) = match (signed(text), text.ends_with(['+', '-'])) {
        (true, false) => (&text[..1], text[1..].trim_start()),
        (false, true) => (&text[text.len() - 1..], text[..text.len() - 1].trim_end()),
        (false, false) => ("", text),
        (true, true) => return None,
    };
    let (mantissa, exponent) = match rest.find(['e', 'E']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: String = whole.chars().filter(|c| *c != ',').collect();
    // A part before the point that is there has a digit.
    if digits.is_empty() && !whole.is_empty() {
        return None;
    }
    Some(format!("{sign}{digits}.{fraction}{exponent}"))
}
