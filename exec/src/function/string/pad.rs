//! LPAD and RPAD.

use canopy_format::{DataType, Vector};

use super::{OUTPUT_MAX, count, offset_of};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const PAD: &[&str] = &["STRING, INT64, STRING? -> STRING", "BYTES, INT64, BYTES? -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("lpad", PAD, |call| pad(call, true))
            .doc("The text filled up on the left, or cut, to a length.")
            .examples(&[("LPAD('abc', 5)", "'  abc'"), ("LPAD('abc', 8, 'def')", "'defdeabc'")]),
        Function::scalar("rpad", PAD, |call| pad(call, false))
            .doc("The text filled up on the right, or cut, to a length.")
            .examples(&[("RPAD('abc', 8, 'def')", "'abcdefde'"), ("RPAD('abc', 2)", "'ab'")]),
    ]
}

fn pad(call: &Call<'_>, left: bool) -> Result<Vector> {
    let (input, length) = (call.bytes(0), call.i64s(1));
    let pattern = (call.len() > 2).then(|| call.bytes(2));
    let text = *call.return_type == DataType::String;
    call.strings(|row, out| {
        let length = match usize::try_from(length.get(row)) {
            Ok(length) if length <= OUTPUT_MAX => length,
            Ok(_) => return fail("Output of LPAD/RPAD exceeds max allowed output size of 1MB"),
            Err(_) => return fail("Second argument (output size) for LPAD/RPAD cannot be negative"),
        };
        let pattern = pattern.as_ref().map_or(&b" "[..], |pattern| pattern.get(row));
        if pattern.is_empty() {
            return fail("Third argument (pad pattern) for LPAD/RPAD cannot be empty");
        }
        let value = input.get(row);
        // Positions in bytes of `count` characters of the value and of the pattern, repeated.
        let size = if text { count(input.text(row)) } else { value.len() };
        let cut = |bytes: &[u8], characters: usize| match std::str::from_utf8(bytes) {
            Ok(string) if text => offset_of(string, characters).unwrap_or(bytes.len()),
            _ => characters.min(bytes.len()),
        };
        if size >= length {
            out.extend(&value[..cut(value, length)]);
            return Ok(true);
        }
        let missing = length - size;
        let unit =
            if text { count(std::str::from_utf8(pattern).unwrap_or("")).max(1) } else { pattern.len() };
        let mut fill = pattern.repeat(missing / unit);
        fill.extend(&pattern[..cut(pattern, missing % unit)]);
        if left {
            out.extend(fill);
            out.extend(value);
        } else {
            out.extend(value);
            out.extend(fill);
        }
        if out.len() > OUTPUT_MAX {
            return fail("Output of LPAD/RPAD exceeds max allowed output size of 1MB");
        }
        Ok(true)
    })
}
