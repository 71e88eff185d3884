//! SUBSTR, LEFT and RIGHT.

use canopy_format::{DataType, Vector};

use super::{count, offset_of};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const SIDE: &[&str] = &["STRING, INT64 -> STRING", "BYTES, INT64 -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "substr",
            &["STRING, INT64, INT64? -> STRING", "BYTES, INT64, INT64? -> BYTES"],
            substr,
        )
        .aliases(&["substring"])
        .doc("The part from a position (from 1; negative from the end), of at most a length.")
        .examples(&[("SUBSTR('apple', 2, 2)", "'pp'"), ("SUBSTR('apple', -2)", "'le'")]),
        Function::scalar("left", SIDE, |call| side(call, true))
            .doc("The first characters.")
            .examples(&[("LEFT('banana', 3)", "'ban'")]),
        Function::scalar("right", SIDE, |call| side(call, false))
            .doc("The last characters.")
            .examples(&[("RIGHT('apple', 3)", "'ple'")]),
    ]
}

/// The characters `start .. end` of a value of `total` characters, in bytes.
fn slice(bytes: &[u8], text: bool, start: usize, end: usize) -> &[u8] {
    if !text || bytes.is_ascii() {
        return &bytes[start.min(bytes.len())..end.min(bytes.len())];
    }
    let string = std::str::from_utf8(bytes).unwrap_or("");
    let start = offset_of(string, start).unwrap_or(string.len());
    let end = offset_of(string, end).unwrap_or(string.len());
    string.as_bytes().get(start..end).unwrap_or(&[])
}

fn total(bytes: &[u8], text: bool) -> usize {
    match text {
        true => count(std::str::from_utf8(bytes).unwrap_or("")),
        false => bytes.len(),
    }
}

fn substr(call: &Call<'_>) -> Result<Vector> {
    let (input, position) = (call.bytes(0), call.i64s(1));
    let length = (call.len() > 2).then(|| call.i64s(2));
    let text = *call.return_type == DataType::String;
    call.strings(|row, out| {
        let (bytes, position) = (input.get(row), position.get(row));
        let length = length.as_ref().map_or(i64::MAX, |length| length.get(row));
        if length < 0 {
            return fail("Third argument in SUBSTR() cannot be negative");
        }
        let start = match position {
            0 => 0,
            position if position > 0 => usize::try_from(position - 1).unwrap_or(usize::MAX),
            position => {
                let back = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
                total(bytes, text).saturating_sub(back)
            }
        };
        let end = start.saturating_add(usize::try_from(length).unwrap_or(usize::MAX));
        // A start past the end gives the empty text.
        let start = start.min(bytes.len());
        out.extend(slice(bytes, text, start, end.max(start)));
        Ok(true)
    })
}

fn side(call: &Call<'_>, left: bool) -> Result<Vector> {
    let (input, length) = (call.bytes(0), call.i64s(1));
    let text = *call.return_type == DataType::String;
    call.strings(|row, out| {
        let bytes = input.get(row);
        let Ok(length) = usize::try_from(length.get(row)) else {
            let name = if left { "LEFT" } else { "RIGHT" };
            return fail(format!("Second argument in {name}() cannot be negative"));
        };
        let size = total(bytes, text);
        let (start, end) = if left { (0, length.min(size)) } else { (size.saturating_sub(length), size) };
        out.extend(slice(bytes, text, start, end));
        Ok(true)
    })
}
