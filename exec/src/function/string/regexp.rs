//! Regular expressions, compiled once a pattern.

use canopy_format::{DataType, Value, Vector};
use regex::bytes::{Captures, Regex, RegexBuilder};

use super::{TEXT_TEST, count, offset_of};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("regexp_contains", TEXT_TEST, |call| {
            let input = call.bytes(0);
            let mut pattern = call.prepared(1, compile);
            call.bool_rows(|row| Ok(pattern.get(row)?.is_match(input.get(row))))
        })
        .doc("Whether a part of the text matches the pattern.")
        .examples(&[("REGEXP_CONTAINS('foo@example.com', r'@[a-z]+\\.com')", "TRUE")]),
        Function::scalar(
            "regexp_extract",
            &["STRING, STRING, INT64?, INT64? -> STRING", "BYTES, BYTES, INT64?, INT64? -> BYTES"],
            extract,
        )
        .aliases(&["regexp_substr"])
        .doc("The first match, or its one group; from a position, of an occurrence.")
        .examples(&[("REGEXP_EXTRACT('foo@example.com', r'^[a-z]+')", "'foo'")]),
        Function::scalar(
            "regexp_extract_all",
            &["STRING, STRING -> ARRAY<STRING>", "BYTES, BYTES -> ARRAY<BYTES>"],
            extract_all,
        )
        .doc("All matches that do not overlap, or their one group.")
        .examples(&[("REGEXP_EXTRACT_ALL('a1b22', r'[0-9]+')", "['1', '22']")]),
        Function::scalar(
            "regexp_replace",
            &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"],
            replace,
        )
        .doc("The text with all matches replaced; `\\1` to `\\9` stand for groups and `\\0` for the match.")
        .examples(&[("REGEXP_REPLACE('# Heading', r'^# (.+)$', r'<h1>\\1</h1>')", "'<h1>Heading</h1>'")]),
        Function::scalar(
            "regexp_instr",
            &[
                "STRING, STRING, INT64?, INT64?, INT64? -> INT64",
                "BYTES, BYTES, INT64?, INT64?, INT64? -> INT64",
            ],
            instr,
        )
        .doc("The position of a match, or of its end when the last argument is 1; 0 when there is none.")
        .examples(&[("REGEXP_INSTR('ab@cd-ef', '@[^-]*')", "3")]),
    ]
}

/// Compiles a pattern: of a STRING it matches characters, of BYTES bytes.
fn compile(value: &Value) -> Result<Regex> {
    let (pattern, unicode) = match value {
        Value::String(pattern) => (&**pattern, true),
        Value::Bytes(pattern) => match std::str::from_utf8(pattern) {
            Ok(pattern) => (pattern, false),
            Err(_) => return fail("Cannot parse regular expression: invalid UTF-8"),
        },
        _ => return fail("Cannot parse regular expression: not a text"),
    };
    match RegexBuilder::new(pattern).unicode(unicode).size_limit(16 << 20).build() {
        Ok(regex) => Ok(regex),
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            fail(format!("Cannot parse regular expression: {}", last.trim_start_matches("error: ")))
        }
    }
}

/// As [`compile`], with at most one group.
fn compile_extract(value: &Value) -> Result<Regex> {
    let regex = compile(value)?;
    if regex.captures_len() > 2 {
        return fail(
            "Regular expressions passed into extraction functions must not have more than 1 capturing group",
        );
    }
    Ok(regex)
}

/// The group if there is one, else the match; None when the group took no part.
fn wanted<'a>(captures: &Captures<'a>) -> Option<&'a [u8]> {
    captures.get(captures.len() - 1).map(|found| found.as_bytes())
}

/// Where a search begins, from a position that counts from 1; None past the end.
fn start(call: &Call<'_>, text: &[u8], position: i64, name: &str) -> Result<Option<usize>> {
    if position <= 0 {
        return fail(format!("Position in {name} must be positive"));
    }
    let index = usize::try_from(position - 1).unwrap_or(usize::MAX);
    Ok(match *call.arguments[0].data_type() == DataType::String {
        true => offset_of(std::str::from_utf8(text).unwrap_or(""), index),
        false => (index <= text.len()).then_some(index),
    })
}

fn extract(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut pattern = call.prepared(1, compile_extract);
    let position = (call.len() > 2).then(|| call.i64s(2));
    let occurrence = (call.len() > 3).then(|| call.i64s(3));
    call.strings(|row, out| {
        let regex = pattern.get(row)?;
        let value = input.get(row);
        let mut from = 0;
        if let Some(position) = &position {
            match start(call, value, position.get(row), "REGEXP_EXTRACT")? {
                Some(found) => from = found,
                None => return Ok(false),
            }
        }
        let nth = match occurrence.as_ref().map_or(1, |occurrence| occurrence.get(row)) {
            nth if nth <= 0 => return fail("Occurrence in REGEXP_EXTRACT must be positive"),
            nth => usize::try_from(nth - 1).unwrap_or(usize::MAX),
        };
        // The text before the position is cut off: `^` matches at the position.
        match regex.captures_iter(&value[from..]).nth(nth) {
            None => Ok(false),
            Some(captures) => {
                // A group that took no part is the empty text.
                out.extend(wanted(&captures).unwrap_or(&[]));
                Ok(true)
            }
        }
    })
}

fn extract_all(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut pattern = call.prepared(1, compile_extract);
    let text = *call.return_type == DataType::array(DataType::String);
    call.values(|row| {
        let regex = pattern.get(row)?;
        let value = input.get(row);
        // The empty text after the last character is no match of its own.
        let at_end = |captures: &Captures<'_>| {
            captures.get(0).is_some_and(|found| found.is_empty() && found.start() == value.len())
        };
        let found = regex.captures_iter(value).filter(|captures| value.is_empty() || !at_end(captures));
        let parts = found.map(|captures| {
            let bytes = wanted(&captures).unwrap_or(&[]);
            match text {
                true => Value::String(String::from_utf8_lossy(bytes).into()),
                false => Value::Bytes(bytes.into()),
            }
        });
        Ok(Value::Array(parts.collect()))
    })
}

/// A replacement's pieces.
enum Piece {
    Text(Vec<u8>),
    Group(usize),
}

fn compile_replacement(value: &Value) -> Result<Vec<Piece>> {
    let bytes = match value {
        Value::String(text) => text.as_bytes(),
        Value::Bytes(bytes) => &bytes[..],
        _ => &[],
    };
    let mut pieces = Vec::new();
    let mut text = Vec::new();
    let mut bytes = bytes.iter();
    while let Some(&byte) = bytes.next() {
        match (byte, byte == b'\\') {
            (byte, false) => text.push(byte),
            (_, true) => match bytes.next() {
                Some(digit @ b'0'..=b'9') => {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                    pieces.push(Piece::Group((digit - b'0') as usize));
                }
                Some(b'\\') => text.push(b'\\'),
                _ => {
                    return fail(
                        "Invalid REGEXP_REPLACE pattern: a backslash must be followed by a digit or a backslash",
                    );
                }
            },
        }
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

fn replace(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut pattern = call.prepared(1, compile);
    let mut replacement = call.prepared(2, compile_replacement);
    call.strings(|row, out| {
        let (regex, pieces) = (pattern.get(row)?, replacement.get(row)?);
        let groups = regex.captures_len();
        let deepest =
            pieces.iter().map(|piece| if let Piece::Group(group) = piece { *group } else { 0 }).max();
        if deepest.is_some_and(|group| group >= groups) {
            return fail(format!(
                "Invalid REGEXP_REPLACE pattern: it refers to group {} of {}",
                deepest.unwrap_or(0),
                groups - 1
            ));
        }
        let value = input.get(row);
        let mut end = 0;
        for captures in regex.captures_iter(value) {
            let Some(whole) = captures.get(0) else { continue };
            out.extend(&value[end..whole.start()]);
            for piece in pieces.iter() {
                match piece {
                    Piece::Text(text) => out.extend(text),
                    Piece::Group(group) => {
                        out.extend(captures.get(*group).map_or(&b""[..], |found| found.as_bytes()));
                    }
                }
            }
            end = whole.end();
        }
        out.extend(&value[end..]);
        Ok(true)
    })
}

fn instr(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut pattern = call.prepared(1, compile_extract);
    let optional = |index: usize| (call.len() > index).then(|| call.i64s(index));
    let (position, occurrence, at_end) = (optional(2), optional(3), optional(4));
    let of_bytes = *call.arguments[0].data_type() == DataType::Bytes;
    call.i64_rows(|row| {
        let regex = pattern.get(row)?;
        let text = input.get(row);
        let position = position.as_ref().map_or(1, |position| position.get(row));
        let Some(from) = start(call, text, position, "REGEXP_INSTR")? else { return Ok(0) };
        let nth = match occurrence.as_ref().map_or(1, |occurrence| occurrence.get(row)) {
            nth if nth <= 0 => return fail("Occurrence in REGEXP_INSTR must be positive"),
            nth => usize::try_from(nth - 1).unwrap_or(usize::MAX),
        };
        let at_end = at_end.as_ref().map_or(0, |at_end| at_end.get(row));
        if !(0..=1).contains(&at_end) {
            return fail("Occurrence position in REGEXP_INSTR must be 0 or 1");
        }
        if regex.as_str().is_empty() {
            return Ok(0);
        }
        let found = regex.captures_iter(&text[from..]).nth(nth);
        let found = found.and_then(|captures| captures.get(captures.len() - 1));
        Ok(found.map_or(0, |found| {
            let at = from + if at_end == 1 { found.end() } else { found.start() };
            match of_bytes {
                true => at as i64 + 1,
                false => count(std::str::from_utf8(&text[..at]).unwrap_or("")) as i64 + 1,
            }
        }))
    })
}
