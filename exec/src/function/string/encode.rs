//! Text of bytes and code points, and back.

use canopy_format::{DataType, Value, Vector};

use super::TEXT_LENGTH;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const ENCODED: &[&str] = &["BYTES -> STRING"];
const DECODED: &[&str] = &["STRING -> BYTES"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("to_hex", ENCODED, |call| {
            encoded(call, |bytes, out| {
                bytes.iter().for_each(|byte| out.extend(format!("{byte:02x}").bytes()));
            })
        })
        .doc("The bytes as hexadecimal digits.")
        .examples(&[("TO_HEX(b'foobar')", "'666f6f626172'")]),
        Function::scalar("from_hex", DECODED, |call| decoded(call, from_hex))
            .doc("The bytes of hexadecimal digits.")
            .examples(&[("FROM_HEX('666f6f')", "b'foo'")]),
        Function::scalar("to_base64", ENCODED, |call| encoded(call, to_base64))
            .doc("The bytes in base64.")
            .examples(&[("TO_BASE64(b'foobar')", "'Zm9vYmFy'")]),
        Function::scalar("from_base64", DECODED, |call| decoded(call, from_base64))
            .doc("The bytes of base64 text.")
            .examples(&[("FROM_BASE64('Zm9vYmFy')", "b'foobar'")]),
        Function::scalar("to_base32", ENCODED, |call| encoded(call, to_base32))
            .doc("The bytes in base32.")
            .examples(&[("TO_BASE32(b'abcde\\xFF')", "'MFRGGZDF74======'")]),
        Function::scalar("from_base32", DECODED, |call| decoded(call, from_base32))
            .doc("The bytes of base32 text.")
            .examples(&[("FROM_BASE32('MFRGGZDF74======')", "b'abcde\\xFF'")]),
        Function::scalar("ascii", TEXT_LENGTH, |call| {
            let (input, text) = (call.bytes(0), *call.arguments[0].data_type() == DataType::String);
            call.i64_rows(|row| match input.get(row).first() {
                Some(byte) if text && !byte.is_ascii() => {
                    fail("Non-ASCII character at the start of the input of ASCII")
                }
                first => Ok(first.map_or(0, |byte| *byte as i64)),
            })
        })
        .doc("The code of the first character; 0 of an empty text.")
        .examples(&[("ASCII('abcd')", "97")]),
        Function::scalar("unicode", &["STRING -> INT64"], |call| {
            let input = call.bytes(0);
            call.i64_rows(|row| Ok(input.text(row).chars().next().map_or(0, |first| first as i64)))
        })
        .doc("The code point of the first character; 0 of an empty text.")
        .examples(&[("UNICODE('âbcd')", "226")]),
        Function::scalar("chr", &["INT64 -> STRING"], |call| {
            let input = call.i64s(0);
            call.strings(|row, out| {
                out.extend(character(input.get(row))?.to_string().as_bytes());
                Ok(true)
            })
        })
        .doc("The character of a code point.")
        .examples(&[
            ("CHR(65)", "'A'"),
            ("CHR(0)", "'\\x00'"),
            ("CHR(-1)", "ERROR: Invalid codepoint -1"),
        ]),
        Function::scalar("to_code_points", &["STRING -> ARRAY<INT64>", "BYTES -> ARRAY<INT64>"], |call| {
            let (input, text) = (call.bytes(0), *call.arguments[0].data_type() == DataType::String);
            call.values(|row| {
                Ok(Value::Array(match text {
                    true => input.text(row).chars().map(|c| Value::Int64(c as i64)).collect(),
                    false => input.get(row).iter().map(|b| Value::Int64(*b as i64)).collect(),
                }))
            })
        })
        .doc("The code points of a STRING, or the bytes of BYTES.")
        .examples(&[("TO_CODE_POINTS('foo')", "[102, 111, 111]")]),
        Function::scalar("code_points_to_string", &["ARRAY<INT64> -> STRING"], |call| {
            points(call, |point, out| {
                out.extend(character(point)?.to_string().as_bytes());
                Ok(())
            })
        })
        .doc("The text of code points; NULL when one is NULL.")
        .examples(&[("CODE_POINTS_TO_STRING([65, 255])", "'Aÿ'")]),
        Function::scalar("code_points_to_bytes", &["ARRAY<INT64> -> BYTES"], |call| {
            points(call, |point, out| match u8::try_from(point) {
                Ok(byte) => {
                    out.push(byte);
                    Ok(())
                }
                Err(_) => fail(format!("Invalid extended ASCII code points {point}")),
            })
        })
        .doc("The bytes of codes from 0 to 255.")
        .examples(&[("CODE_POINTS_TO_BYTES([65, 98])", "b'Ab'")]),
        Function::scalar("safe_convert_bytes_to_string", ENCODED, |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                out.extend(String::from_utf8_lossy(input.get(row)).as_bytes());
                Ok(true)
            })
        })
        .doc("The text of bytes, with U+FFFD for what is not UTF-8.")
        .examples(&[("SAFE_CONVERT_BYTES_TO_STRING(b'abc')", "'abc'")]),
        Function::scalar("soundex", &["STRING -> STRING"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                soundex(input.text(row), out);
                Ok(true)
            })
        })
        .doc("The Soundex code of a word.")
        .examples(&[("SOUNDEX('Ashcraft')", "'A261'")]),
    ]
}

fn encoded(call: &Call<'_>, encode: fn(&[u8], &mut Vec<u8>)) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| {
        encode(input.get(row), out);
        Ok(true)
    })
}

fn decoded(call: &Call<'_>, decode: fn(&str, &mut Vec<u8>) -> Result<()>) -> Result<Vector> {
    let input = call.bytes(0);
    call.strings(|row, out| decode(input.text(row), out).map(|()| true))
}

fn points(call: &Call<'_>, write: fn(i64, &mut Vec<u8>) -> Result<()>) -> Result<Vector> {
    let input = &call.arguments[0];
    call.strings(|row, out| {
        let Value::Array(points) = input.value(row) else { return Ok(false) };
        for point in points {
            let Value::Int64(point) = point else { return Ok(false) };
            write(point, out)?;
        }
        Ok(true)
    })
}

fn character(point: i64) -> Result<char> {
    match u32::try_from(point).ok().and_then(char::from_u32) {
        Some(character) => Ok(character),
        None => fail(format!("Invalid codepoint {point}")),
    }
}

fn from_hex(text: &str, out: &mut Vec<u8>) -> Result<()> {
    let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
    let mut high = if text.len() % 2 == 1 { Some(0) } else { None };
    for byte in text.bytes() {
        let Some(digit) = digit(byte) else {
            return fail(format!("Failed to decode invalid hexadecimal string: {text}"));
        };
        match high.take() {
            None => high = Some(digit),
            Some(first) => out.push(first << 4 | digit),
        }
    }
    Ok(())
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(in crate::function) fn to_base64(bytes: &[u8], out: &mut Vec<u8>) {
    grouped(bytes, 6, 4, BASE64, out);
}

pub(in crate::function) fn to_base32(bytes: &[u8], out: &mut Vec<u8>) {
    grouped(bytes, 5, 8, BASE32, out);
}

/// Writes `bits` bits a digit, filled up with `=` to a multiple of `group`.
fn grouped(bytes: &[u8], bits: u32, group: usize, alphabet: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    let (mut held, mut count) = (0u32, 0u32);
    for byte in bytes {
        held = held << 8 | *byte as u32;
        count += 8;
        while count >= bits {
            count -= bits;
            out.push(alphabet[(held >> count) as usize & (alphabet.len() - 1)]);
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        out.push(alphabet[(held << (bits - count)) as usize & (alphabet.len() - 1)]);
    }
    while !(out.len() - start).is_multiple_of(group) {
        out.push(b'=');
    }
}

pub(in crate::function) fn from_base64(text: &str, out: &mut Vec<u8>) -> Result<()> {
    ungrouped(text, 6, 4, BASE64, "base64", out)
}

pub(in crate::function) fn from_base32(text: &str, out: &mut Vec<u8>) -> Result<()> {
    ungrouped(text, 5, 8, BASE32, "base32", out)
}

fn ungrouped(
    text: &str,
    bits: u32,
    group: usize,
    alphabet: &[u8],
    name: &str,
    out: &mut Vec<u8>,
) -> Result<()> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if padding > 0 && (!text.len().is_multiple_of(group) || padding >= group) {
        return fail(format!("Failed to decode invalid {name} string"));
    }
    let (mut held, mut count) = (0u32, 0u32);
    for byte in digits.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let Some(value) = alphabet.iter().position(|digit| *digit == byte) else {
            return fail(format!("Failed to decode invalid {name} string"));
        };
        held = held << bits | value as u32;
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push((held >> count) as u8);
            held &= (1 << count) - 1;
        }
    }
    // A lone digit holds no byte.
    if count >= bits || held != 0 {
        return fail(format!("Failed to decode invalid {name} string"));
    }
    Ok(())
}

fn soundex(text: &str, out: &mut Vec<u8>) {
    let code = |letter: u8| match letter.to_ascii_uppercase() {
        b'B' | b'F' | b'P' | b'V' => Some(b'1'),
        b'C' | b'G' | b'J' | b'K' | b'Q' | b'S' | b'X' | b'Z' => Some(b'2'),
        b'D' | b'T' => Some(b'3'),
        b'L' => Some(b'4'),
        b'M' | b'N' => Some(b'5'),
        b'R' => Some(b'6'),
        _ => None,
    };
    let mut letters = text.bytes().filter(u8::is_ascii_alphabetic);
    let Some(first) = letters.next() else { return };
    out.push(first.to_ascii_uppercase());
    let mut last = code(first);
    for letter in letters {
        if out.len() == 4 {
            break;
        }
        let digit = code(letter);
        if let Some(digit) = digit.filter(|_| digit != last) {
            out.push(digit);
        }
        // H and W do not part equal codes; vowels do.
        if !matches!(letter.to_ascii_uppercase(), b'H' | b'W') {
            last = digit;
        }
    }
    out.resize(4, b'0');
}
