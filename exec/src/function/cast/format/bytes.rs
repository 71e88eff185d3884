//! BYTES as text in an encoding, and back.

use canopy_format::{Value, Vector};

use crate::Result;
use crate::function::call::{Call, fail};
use crate::function::string::{from_base32, from_base64, to_base32, to_base64};

/// Characters of a line of BASE64M (RFC 2045).
const LINE: usize = 76;

/// An encoding of bytes.
#[derive(Debug, Clone, Copy)]
enum Encoding {
    /// BASE2, BASE8, BASE16 and HEX: digits of so many bits; the name is for messages.
    Digits(u32, &'static str),
    Base32,
    /// True for BASE64M.
    Base64(bool),
    Ascii,
    Utf8,
}

fn encoding(format: &Value) -> Result<Encoding> {
    let Value::String(format) = format else { return fail("A format must be a STRING") };
    Ok(match format.to_ascii_uppercase().as_str() {
        "BASE2" => Encoding::Digits(1, "base2"),
        "BASE8" => Encoding::Digits(3, "base8"),
        "BASE16" => Encoding::Digits(4, "base16"),
        "HEX" => Encoding::Digits(4, "hex"),
        "BASE32" => Encoding::Base32,
        "BASE64" => Encoding::Base64(false),
        "BASE64M" => Encoding::Base64(true),
        "ASCII" => Encoding::Ascii,
        "UTF-8" | "UTF8" => Encoding::Utf8,
        _ => return fail(format!("Invalid format '{format}'")),
    })
}

pub(super) fn to_string(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut encoding = call.prepared(1, encoding);
    call.strings(|row, out| {
        let bytes = input.get(row);
        match *encoding.get(row)? {
            Encoding::Digits(bits, _) => write_digits(bytes, bits, out),
            Encoding::Base32 => to_base32(bytes, out),
            Encoding::Base64(false) => to_base64(bytes, out),
            Encoding::Base64(true) => {
                let mut text = Vec::new();
                to_base64(bytes, &mut text);
                for (index, line) in text.chunks(LINE).enumerate() {
                    if index > 0 {
                        out.push(b'\n');
                    }
                    out.extend(line);
                }
            }
            Encoding::Ascii if !bytes.is_ascii() => return fail("Failed to decode invalid ASCII string"),
            Encoding::Utf8 if std::str::from_utf8(bytes).is_err() => {
                return fail("Failed to decode invalid UTF-8 string");
            }
            Encoding::Ascii | Encoding::Utf8 => out.extend(bytes),
        }
        Ok(true)
    })
}

pub(super) fn from_string(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut encoding = call.prepared(1, encoding);
    call.strings(|row, out| {
        let text = input.text(row);
        match *encoding.get(row)? {
            Encoding::Digits(bits, name) => read_digits(text, bits, name, out)?,
            Encoding::Base32 => from_base32(text, out)?,
            Encoding::Base64(_) => {
                let dense: String = text.split_ascii_whitespace().collect();
                from_base64(&dense, out)?;
            }
            Encoding::Ascii if !text.is_ascii() => return fail("Failed to decode invalid ASCII string"),
            Encoding::Ascii | Encoding::Utf8 => out.extend(text.as_bytes()),
        }
        Ok(true)
    })
}

/// The bytes as one number in base `2^bits`, with leading zeros for all of its bits.
fn write_digits(bytes: &[u8], bits: u32, out: &mut Vec<u8>) {
    let digits = (bytes.len() * 8).div_ceil(bits as usize);
    // Bits before the first byte that the first digit has beside it.
    let mut pending = (digits * bits as usize - bytes.len() * 8) as u32;
    let mut value = 0u32;
    for byte in bytes {
        value = value << 8 | *byte as u32;
        pending += 8;
        while pending >= bits {
            pending -= bits;
            let digit = value >> pending & ((1 << bits) - 1);
            out.push(b"0123456789abcdef"[digit as usize]);
            value &= (1 << pending) - 1;
        }
    }
}

fn read_digits(text: &str, bits: u32, name: &str, out: &mut Vec<u8>) -> Result<()> {
    let mut pending = 0;
    let mut value = 0u32;
    // Leading bits that fill no byte must be zero.
    let mut spare = (text.len() * bits as usize % 8) as u32;
    for (at, character) in text.chars().enumerate() {
        let invalid = || {
            format!("Failed to decode invalid {name} string due to character '{character}' at offset {at}")
        };
        let Some(digit) = character.to_digit(1 << bits) else { return fail(invalid()) };
        value = value << bits | digit;
        pending += bits;
        if spare > 0 && pending >= spare {
            pending -= spare;
            if value >> pending != 0 {
                return fail(invalid());
            }
            spare = 0;
        }
        if spare == 0 && pending >= 8 {
            pending -= 8;
            out.push((value >> pending) as u8);
            value &= (1 << pending) - 1;
        }
    }
    Ok(())
}
