//! Case, concatenation, reversal and repetition.

use canopy_format::{DataType, Value, Vector};

use super::{OUTPUT_MAX, TEXT};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast;

const CONCAT: &[&str] =
    &["STRING, STRING... -> STRING", "BYTES, BYTES... -> BYTES", "SCALAR, SCALAR... -> STRING"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("lower", TEXT, |call| change_case(call, false))
            .doc("The text in lower case; of BYTES, the ASCII letters.")
            .examples(&[("LOWER('FOO Bär')", "'foo bär'")]),
        Function::scalar("upper", TEXT, |call| change_case(call, true))
            .doc("The text in upper case; of BYTES, the ASCII letters.")
            .examples(&[("UPPER('foo')", "'FOO'")]),
        Function::scalar("initcap", &["STRING, STRING? -> STRING"], initcap)
            .doc("Each word with a capital first letter and lower case after it.")
            .examples(&[("INITCAP('hello World-everyone!')", "'Hello World-Everyone!'")]),
        Function::scalar("collate", &["STRING, STRING -> STRING"], |call| {
            let (input, collation) = (call.bytes(0), call.bytes(1));
            call.strings(|row, out| match collation.text(row) {
                "" | "binary" => {
                    out.extend(input.get(row));
                    Ok(true)
                }
                other => fail(format!("Collation '{other}' is not supported")),
            })
        })
        .doc("The text with a collation; there is none but the default, which compares code points.")
        .examples(&[("COLLATE('a', '')", "'a'"), ("COLLATE('a', 'und:ci')", "ERROR: Collation 'und:ci' is not supported")]),
        Function::scalar("reverse", TEXT, |call| {
            let (input, text) = (call.bytes(0), *call.return_type == DataType::String);
            call.strings(|row, out| {
                match text {
                    true => out.extend(input.text(row).chars().rev().collect::<String>().as_bytes()),
                    false => out.extend(input.get(row).iter().rev()),
                }
                Ok(true)
            })
        })
        .doc("The characters in reverse order.")
        .examples(&[("REVERSE('foo')", "'oof'")]),
        Function::scalar("repeat", &["STRING, INT64 -> STRING", "BYTES, INT64 -> BYTES"], repeat)
            .doc("The text a number of times.")
            .examples(&[("REPEAT('abc', 3)", "'abcabcabc'")]),
        Function::scalar("concat", CONCAT, concat)
            .reads_context()
            .doc("All arguments one after the other; values other than STRING and BYTES as CAST AS STRING writes them.")
            .examples(&[("CONCAT('T.P.', ' ', 'Bar')", "'T.P. Bar'"), ("CONCAT('Summer', ' ', 1923)", "'Summer 1923'")]),
        Function::scalar(
            "$concat",
            &[
                "STRING, STRING... -> STRING",
                "BYTES, BYTES... -> BYTES",
                "ARRAY<T1>, ARRAY<T1>... -> ARRAY<T1>",
            ],
            |call| match call.return_type {
                DataType::Array(_) => crate::function::array::concat(call),
                _ => concat(call),
            },
        )
        .doc("Both sides one after the other.")
        .examples(&[("'a' || 'b'", "'ab'")]),
    ]
}

fn change_case(call: &Call<'_>, upper: bool) -> Result<Vector> {
    let (input, text) = (call.bytes(0), *call.return_type == DataType::String);
    call.strings(|row, out| {
        let bytes = input.get(row);
        if text && !bytes.is_ascii() {
            let text = input.text(row);
            let changed = if upper { text.to_uppercase() } else { text.to_lowercase() };
            out.extend(changed.as_bytes());
            return Ok(true);
        }
        match upper {
            true => out.extend(bytes.iter().map(u8::to_ascii_uppercase)),
            false => out.extend(bytes.iter().map(u8::to_ascii_lowercase)),
        }
        Ok(true)
    })
}

/// What ends a word when no delimiters are given.
const WORD_ENDS: &str = " \t\n\r\u{b}\u{c}[](){}/|<>!?@\"^#$&~_,.:;*%+-";

fn initcap(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let delimiters = (call.len() > 1).then(|| call.bytes(1));
    call.strings(|row, out| {
        let delimiters = delimiters.as_ref().map_or(WORD_ENDS, |delimiters| delimiters.text(row));
        let mut start = true;
        let mut result = String::new();
        for character in input.text(row).chars() {
            if delimiters.contains(character) {
                start = true;
                result.push(character);
            } else if start {
                start = false;
                result.extend(character.to_uppercase());
            } else {
                result.extend(character.to_lowercase());
            }
        }
        out.extend(result.as_bytes());
        Ok(true)
    })
}

fn repeat(call: &Call<'_>) -> Result<Vector> {
    let (input, times) = (call.bytes(0), call.i64s(1));
    call.strings(|row, out| {
        let (bytes, times) = (input.get(row), times.get(row));
        if times < 0 {
            return fail("Second argument in REPEAT cannot be negative");
        }
        let size = usize::try_from(times).ok().and_then(|times| times.checked_mul(bytes.len()));
        if size.is_none_or(|size| size > OUTPUT_MAX) {
            return fail("Output of REPEAT exceeds max allowed output size of 1MB");
        }
        // An empty text stays empty however often it is repeated.
        for _ in 0..if bytes.is_empty() { 0 } else { times } {
            out.extend(bytes);
        }
        Ok(true)
    })
}

fn concat(call: &Call<'_>) -> Result<Vector> {
    let is_text = |argument: &Vector| matches!(argument.data_type(), DataType::String | DataType::Bytes);
    if !call.arguments.iter().all(is_text) {
        return concat_texts(call);
    }
    let parts: Vec<_> = (0..call.len()).map(|index| call.bytes(index)).collect();
    call.strings(|row, out| {
        parts.iter().for_each(|part| out.extend(part.get(row)));
        Ok(true)
    })
}

/// Values of any scalar type, each as text.
fn concat_texts(call: &Call<'_>) -> Result<Vector> {
    call.strings(|row, out| {
        for argument in call.arguments {
            let value = argument.value(row);
            if let Value::Bytes(bytes) = &value
                && std::str::from_utf8(bytes).is_err()
            {
                return fail("Invalid cast of bytes to UTF8 string");
            }
            let text = cast::format_in_zone(&value, argument.data_type(), &call.context.time_zone);
            out.extend(text.as_bytes());
        }
        Ok(true)
    })
}
