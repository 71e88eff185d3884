//! TRIM, LTRIM and RTRIM.

use canopy_format::{DataType, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::Call;

const TRIM: &[&str] = &["STRING, STRING? -> STRING", "BYTES, BYTES -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("trim", TRIM, |call| trim(call, true, true))
            .doc("The text without spaces, or a set of characters, at both ends.")
            .examples(&[("TRIM('   apple   ')", "'apple'"), ("TRIM('***apple***', '*')", "'apple'")]),
        Function::scalar("ltrim", TRIM, |call| trim(call, true, false))
            .doc("The text without spaces, or a set of characters, at its start.")
            .examples(&[("LTRIM('   apple   ')", "'apple   '")]),
        Function::scalar("rtrim", TRIM, |call| trim(call, false, true))
            .doc("The text without spaces, or a set of characters, at its end.")
            .examples(&[("RTRIM('***apple***', '*')", "'***apple'")]),
    ]
}

fn trim(call: &Call<'_>, start: bool, end: bool) -> Result<Vector> {
    let input = call.bytes(0);
    let set = (call.len() > 1).then(|| call.bytes(1));
    if *call.return_type == DataType::String {
        return call.strings(|row, out| {
            let mut text = input.text(row);
            let set = set.as_ref().map(|set| set.text(row));
            let trimmed = |character: char| match set {
                Some(set) => set.contains(character),
                None => character.is_whitespace(),
            };
            if start {
                text = text.trim_start_matches(trimmed);
            }
            if end {
                text = text.trim_end_matches(trimmed);
            }
            out.extend(text.as_bytes());
            Ok(true)
        });
    }
    call.strings(|row, out| {
        let mut bytes = input.get(row);
        let set = set.as_ref().map_or(&b" "[..], |set| set.get(row));
        while let [first, rest @ ..] = bytes {
            if !start || !set.contains(first) {
                break;
            }
            bytes = rest;
        }
        while let [rest @ .., last] = bytes {
            if !end || !set.contains(last) {
                break;
            }
            bytes = rest;
        }
        out.extend(bytes);
        Ok(true)
    })
}
