//! FORMAT: printf with GoogleSQL's types.

use canopy_format::{DataType, Value, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{self, format_in_zone};
use crate::function::json;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("format", &["STRING, *... -> STRING"], format)
            .handles_nulls()
            .reads_context()
            .doc("The text of a printf pattern: `%d %i %o %x %X %f %e %g %s %p %P %t %T %%` with flags, width and precision.")
            .examples(&[
                ("FORMAT('%s is %d', 'x', 5)", "'x is 5'"),
                ("FORMAT('%05.1f', 2.25)", "'002.2'"),
                ("FORMAT('%T', 'a')", "'\"a\"'"),
                ("FORMAT('%.4d', 12)", "'0012'"),
                ("FORMAT('%p', JSON '[1, 2]')", "'[1,2]'"),
                ("FORMAT('%P', JSON '[1, 2]')", "'[\\n  1,\\n  2\\n]'"),
            ]),
    ]
}

/// A specifier: `%[flags][width][.precision]kind`.
struct Specifier {
    flags: Vec<u8>,
    width: Size,
    precision: Size,
    kind: u8,
}

/// A width or precision.
#[derive(Clone, Copy)]
enum Size {
    None,
    Given(usize),
    /// `*`: the next argument says.
    Argument,
}

enum Piece {
    Text(String),
    Specifier(Specifier),
}

/// Widest output of one specifier.
const WIDTH_MAX: usize = 1 << 16;
/// A width or precision that is NULL.
const UNKNOWN: i64 = i64::MIN;

fn compile(value: &Value) -> Result<Vec<Piece>> {
    let Value::String(pattern) = value else { return Ok(Vec::new()) };
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = pattern.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        if rest.next_if_eq(&'%').is_some() {
            text.push('%');
            continue;
        }
        let mut flags = Vec::new();
        while let Some(flag) = rest.next_if(|c| "-+ #0'".contains(*c)) {
            flags.push(flag as u8);
        }
        let mut size = || {
            if rest.next_if_eq(&'*').is_some() {
                return Ok(Size::Argument);
            }
            let mut digits = String::new();
            while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            match digits.as_str() {
                "" => Ok(Size::None),
                digits => match digits.parse().ok().filter(|size| *size <= WIDTH_MAX) {
                    Some(size) => Ok(Size::Given(size)),
                    None => fail(format!("Width or precision {digits} of FORMAT is too large")),
                },
            }
        };
        let width = size()?;
        let precision = match rest.next_if_eq(&'.') {
            None => Size::None,
            Some(_) => {
                let mut digits = String::new();
                if rest.next_if_eq(&'*').is_some() {
                    Size::Argument
                } else {
                    while let Some(digit) = rest.next_if(char::is_ascii_digit) {
                        digits.push(digit);
                    }
                    Size::Given(digits.parse().unwrap_or(0).min(WIDTH_MAX))
                }
            }
        };
        let Some(kind) = rest.next().filter(|kind| "dioxXfFeEgGstTpP".contains(*kind)) else {
            return fail(format!("Invalid format specifier in FORMAT pattern \"{pattern}\""));
        };
        pieces.push(Piece::Text(std::mem::take(&mut text)));
        pieces.push(Piece::Specifier(Specifier { flags, width, precision, kind: kind as u8 }));
    }
    pieces.push(Piece::Text(text));
    Ok(pieces)
}

fn format(call: &Call<'_>) -> Result<Vector> {
    let mut pattern = call.prepared(0, compile);
    call.strings(|row, out| {
        if call.is_null(0, row) {
            return Ok(false);
        }
        let pieces = pattern.get(row)?;
        let mut arguments = call.arguments[1..].iter().enumerate();
        for piece in pieces.iter() {
            let specifier = match piece {
                Piece::Text(text) => {
                    out.extend(text.as_bytes());
                    continue;
                }
                Piece::Specifier(specifier) => specifier,
            };
            let mut next = || match arguments.next() {
                Some((index, vector)) => Ok((index + 2, vector.value(row), vector.data_type())),
                None => fail("Too few arguments to FORMAT for the pattern"),
            };
            let mut size = |size: Size| match size {
                Size::None => Ok(None),
                Size::Given(size) => Ok(Some(size as i64)),
                Size::Argument => match next()? {
                    (_, Value::Int64(size), _) if size.unsigned_abs() <= WIDTH_MAX as u64 => Ok(Some(size)),
                    (_, Value::Null, _) => Ok(Some(UNKNOWN)),
                    (index, _, _) => {
                        fail(format!("Invalid width or precision in argument {index} to FORMAT"))
                    }
                },
            };
            let (mut width, precision) = (size(specifier.width)?, size(specifier.precision)?);
            let (index, value, data_type) = next()?;
            if width == Some(UNKNOWN) || precision == Some(UNKNOWN) {
                return Ok(false);
            }
            if value.is_null() && !matches!(specifier.kind, b't' | b'T') {
                return Ok(false);
            }
            let precision = precision.and_then(|precision| usize::try_from(precision).ok());
            let text = specifier.render(index, &value, data_type, precision, call)?;
            let mut left = specifier.flags.contains(&b'-');
            if width.is_some_and(|width| width < 0) {
                left = true;
                width = width.map(|width| -width);
            }
            // As in C, digits that a precision asks for leave no room for others.
            let fills = match specifier.kind {
                b's' | b't' | b'T' => false,
                b'd' | b'i' | b'o' | b'x' | b'X' => precision.is_none(),
                _ => true,
            };
            let zeros = specifier.flags.contains(&b'0') && !left && fills;
            out.extend(padded(&text, width.unwrap_or(0) as usize, left, zeros).as_bytes());
        }
        match arguments.next() {
            None => Ok(true),
            Some(_) => {
                let used = call.len() - 1 - arguments.count() - 1;
                let Value::String(pattern) = call.arguments[0].value(row) else { return Ok(false) };
                fail(format!(
                    "Too many arguments to FORMAT for pattern \"{pattern}\"; Expected {}; Got {}",
                    used + 1,
                    call.len()
                ))
            }
        }
    })
}

/// An integer's digits, with zeros before them to make as many as the precision says.
fn with_digits(digits: String, precision: Option<usize>) -> String {
    let missing = precision.unwrap_or(0).saturating_sub(digits.len());
    format!("{}{digits}", "0".repeat(missing))
}

fn padded(text: &str, width: usize, left: bool, zeros: bool) -> String {
    let missing = width.saturating_sub(text.chars().count());
    match (left, zeros) {
        (true, _) => format!("{text}{}", " ".repeat(missing)),
        (false, true) => {
            let digits = text.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(0);
            format!("{}{}{}", &text[..digits], "0".repeat(missing), &text[digits..])
        }
        (false, false) => format!("{}{text}", " ".repeat(missing)),
    }
}

impl Specifier {
    fn render(
        &self,
        index: usize,
        value: &Value,
        data_type: &DataType,
        precision: Option<usize>,
        call: &Call<'_>,
    ) -> Result<String> {
        let wrong = |expected: &str| {
            fail(format!("Invalid type for argument {index} to FORMAT; Expected {expected}; Got {data_type}"))
        };
        match self.kind {
            b'd' | b'i' => match value {
                Value::Int64(value) => {
                    let digits = with_digits(value.unsigned_abs().to_string(), precision);
                    Ok(self.signed(*value < 0, &digits, true))
                }
                _ => wrong("integer"),
            },
            b'o' | b'x' | b'X' => {
                let Value::Int64(value) = value else { return wrong("integer") };
                let magnitude = value.unsigned_abs();
                let alternative = self.flags.contains(&b'#');
                let (prefix, digits) = match self.kind {
                    b'o' => ("0", format!("{magnitude:o}")),
                    b'x' => ("0x", format!("{magnitude:x}")),
                    _ => ("0X", format!("{magnitude:X}")),
                };
                let prefix = if alternative { prefix } else { "" };
                let digits = with_digits(digits, precision);
                Ok(self.signed(*value < 0, &format!("{prefix}{digits}"), false))
            }
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => {
                self.float(value, precision).map_or_else(|| wrong("floating point"), Ok)
            }
            b's' => match value {
                Value::String(text) => Ok(match precision {
                    Some(precision) => text.chars().take(precision).collect(),
                    None => text.to_string(),
                }),
                Value::Bytes(bytes) => Ok(String::from_utf8_lossy(bytes).into_owned()),
                _ => wrong("string"),
            },
            b't' => Ok(format_in_zone(value, data_type, &call.context.time_zone)),
            b'T' => Ok(literal(value, data_type, &call.context.time_zone)),
            kind => match value {
                Value::Json(text) if kind == b'P' => json::pretty(text),
                Value::Json(text) => Ok(text.to_string()),
                _ => wrong("JSON"),
            },
        }
    }

    /// A number with its sign, and thousands grouped when asked for.
    fn signed(&self, negative: bool, digits: &str, groupable: bool) -> String {
        let sign = match negative {
            true => "-",
            false if self.flags.contains(&b'+') => "+",
            false if self.flags.contains(&b' ') => " ",
            false => "",
        };
        if groupable && self.flags.contains(&b'\'') {
            let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
            let mut grouped = String::new();
            for (position, digit) in whole.chars().enumerate() {
                if position > 0 && (whole.len() - position) % 3 == 0 {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            return format!("{sign}{grouped}{fraction}");
        }
        format!("{sign}{digits}")
    }

    fn float(&self, value: &Value, precision: Option<usize>) -> Option<String> {
        let number = match value {
            Value::Float64(value) => *value,
            Value::Numeric(value) if matches!(self.kind, b'f' | b'F') => {
                let places = precision.unwrap_or(6);
                let text = decimal_places(&cast::numeric_text(value.saturating_abs()), places);
                return Some(self.signed(*value < 0, &text, true));
            }
            Value::Numeric(value) => cast::float_of_numeric(*value),
            Value::BigNumeric(value) => cast::float_of_bignumeric(*value),
            _ => return None,
        };
        let magnitude = number.abs();
        let text = match self.kind {
            _ if !number.is_finite() => cast::general_float(magnitude, 6),
            b'f' | b'F' => format!("{magnitude:.*}", precision.unwrap_or(6)),
            b'e' | b'E' => {
                let text = format!("{magnitude:.*e}", precision.unwrap_or(6));
                let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let exponent: i32 = exponent.parse().unwrap_or(0);
                format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs())
            }
            _ => cast::general_float(magnitude, precision.unwrap_or(6)),
        };
        let text = if self.kind.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text };
        Some(self.signed(number.is_sign_negative() && !number.is_nan(), &text, true))
    }
}

/// Decimal digits cut to a number of places, rounded half away from zero.
fn decimal_places(text: &str, places: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut digits: Vec<u8> =
        whole.bytes().chain(fraction.bytes().chain(std::iter::repeat(b'0')).take(places)).collect();
    if fraction.as_bytes().get(places).is_some_and(|next| *next >= b'5') {
        let mut at = digits.len();
        loop {
            if at == 0 {
                digits.insert(0, b'1');
                break;
            }
            at -= 1;
            if digits[at] < b'9' {
                digits[at] += 1;
                break;
            }
            digits[at] = b'0';
        }
    }
    let text = String::from_utf8(digits).unwrap_or_default();
    let point = text.len() - places;
    if places == 0 { text } else { format!("{}.{}", &text[..point], &text[point..]) }
}

/// A value as a GoogleSQL literal, as `%T` gives it.
pub(in crate::function) fn literal(value: &Value, data_type: &DataType, zone: &jiff::tz::TimeZone) -> String {
    let plain = || format_in_zone(value, data_type, zone);
    match (value, data_type) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Float64(v), _) if !v.is_finite() => format!("CAST(\"{}\" AS FLOAT64)", plain()),
        (Value::Float64(_), _) => {
            let text = plain();
            if text.contains(['.', 'e']) { text } else { format!("{text}.0") }
        }
        (Value::String(text), _) => quoted(text),
        (Value::Bytes(bytes), _) => {
            let escaped: String = bytes
                .iter()
                .map(|byte| match byte {
                    b'"' => "\\\"".to_owned(),
                    b'\\' => "\\\\".to_owned(),
                    0x20..=0x7e => (*byte as char).to_string(),
                    byte => format!("\\x{byte:02x}"),
                })
                .collect();
            format!("b\"{escaped}\"")
        }
        (Value::Numeric(_), _) => format!("NUMERIC \"{}\"", plain()),
        (Value::BigNumeric(_), _) => format!("BIGNUMERIC \"{}\"", plain()),
        (Value::Date(_), _) => format!("DATE \"{}\"", plain()),
        (Value::Time(_), _) => format!("TIME \"{}\"", plain()),
        (Value::Datetime(_), _) => format!("DATETIME \"{}\"", plain()),
        (Value::Timestamp(_), _) => format!("TIMESTAMP \"{}\"", plain()),
        (Value::Interval(_), _) => format!("INTERVAL \"{}\" YEAR TO SECOND", plain()),
        (Value::Range(_), _) => format!("{data_type} \"{}\"", plain()),
        (Value::Json(_), _) => format!("JSON '{}'", plain()),
        (Value::Array(elements), DataType::Array(element)) => {
            let parts: Vec<String> = elements.iter().map(|v| literal(v, element, zone)).collect();
            format!("[{}]", parts.join(", "))
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            let parts: Vec<String> =
                values.iter().zip(fields.iter()).map(|(v, f)| literal(v, &f.data_type, zone)).collect();
            let open = if parts.len() == 1 { "STRUCT(" } else { "(" };
            format!("{open}{})", parts.join(", "))
        }
        _ => plain(),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            character => out.push(character),
        }
    }
    out.push('"');
    out
}
