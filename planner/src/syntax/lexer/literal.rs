//! Numbers, strings, bytes and backticked names.

use super::{Lexer, TokenKind};

/// What an escape may do where it stands.
#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    /// In a string or a name: code points.
    Text,
    /// In bytes: single bytes, no `\u`.
    Bytes,
    /// In a raw literal: a backslash stands for itself, but still guards the quote after it.
    Raw,
}

impl Lexer<'_> {
    /// Returns (length, raw, bytes) of a literal's prefix here, when a quote follows it.
    pub(super) fn literal_prefix(&self) -> Option<(usize, bool, bool)> {
        let (mut raw, mut bytes, mut length) = (false, false, 0);
        loop {
            match self.peek(length) {
                b'r' | b'R' if !raw => raw = true,
                b'b' | b'B' if !bytes => bytes = true,
                b'\'' | b'"' if length > 0 => return Some((length, raw, bytes)),
                _ => return None,
            }
            length += 1;
        }
    }

    pub(super) fn number(&mut self, start: usize) {
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') && self.peek(2).is_ascii_hexdigit() {
            self.at += 2;
            self.skip_while(|byte| byte.is_ascii_hexdigit());
            return self.push(TokenKind::Int, start);
        }
        let mut kind = TokenKind::Int;
        self.skip_while(|byte| byte.is_ascii_digit());
        if self.peek(0) == b'.' {
            kind = TokenKind::Float;
            self.at += 1;
            self.skip_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(0), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
            if self.peek(1 + sign).is_ascii_digit() {
                kind = TokenKind::Float;
                self.at += 1 + sign;
                self.skip_while(|byte| byte.is_ascii_digit());
            }
        }
        self.push(kind, start);
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while test(self.peek(0)) {
            self.at += 1;
        }
    }

    /// Lexes a name in backticks, which takes the escapes of strings.
    pub(super) fn quoted_name(&mut self, start: usize) {
        self.at += 1;
        let mut name = Vec::new();
        match self.body(b'`', false, Escapes::Text, &mut name) {
            Err((message, offset)) => self.error(start, message, offset),
            Ok(false) => self.error(start, "Unclosed identifier literal", start),
            Ok(true) if name.is_empty() => self.error(start, "Invalid empty identifier", start),
            Ok(true) => {
                self.out.strings.push(into_string(name));
                self.push(TokenKind::Quoted(self.out.strings.len() as u32 - 1), start);
            }
        }
    }

    /// Lexes a string or bytes literal whose prefix began at `start` and whose quote is here.
    pub(super) fn string(&mut self, start: usize, raw: bool, bytes: bool) {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        self.at += if triple { 3 } else { 1 };
        let escapes = match (raw, bytes) {
            (true, _) => Escapes::Raw,
            (false, true) => Escapes::Bytes,
            (false, false) => Escapes::Text,
        };
        let mut value = Vec::new();
        match self.body(quote, triple, escapes, &mut value) {
            Err((message, offset)) => self.error(start, message, offset),
            Ok(false) => {
                let form = if triple { "triple-quoted " } else { "" };
                let raw = if raw { "raw " } else { "" };
                let kind = if bytes { "bytes" } else { "string" };
                self.error(start, format!("Unclosed {form}{raw}{kind} literal"), start);
            }
            Ok(true) if bytes => {
                self.out.bytes.push(value);
                self.push(TokenKind::Bytes(self.out.bytes.len() as u32 - 1), start);
            }
            Ok(true) => {
                self.out.strings.push(into_string(value));
                self.push(TokenKind::String(self.out.strings.len() as u32 - 1), start);
            }
        }
    }

    /// Reads up to and over the closing quote; Ok(false) when there is none. A wrong escape is told with its
    /// place, after the rest of the literal has been skipped.
    fn body(
        &mut self,
        quote: u8,
        triple: bool,
        escapes: Escapes,
        out: &mut Vec<u8>,
    ) -> Result<bool, (String, usize)> {
        let mut wrong = None;
        loop {
            let Some(&byte) = self.bytes.get(self.at) else { return Ok(false) };
            match byte {
                _ if byte == quote && !triple => {
                    self.at += 1;
                    break;
                }
                _ if byte == quote && self.peek(1) == quote && self.peek(2) == quote => {
                    self.at += 3;
                    break;
                }
                b'\n' | b'\r' if !triple => return Ok(false),
                b'\r' => {
                    // Line ends inside triple quotes are \n, however the text was saved.
                    self.at += if self.peek(1) == b'\n' { 2 } else { 1 };
                    out.push(b'\n');
                }
                b'\\' if escapes == Escapes::Raw => self.raw_backslash(triple, out, &mut wrong),
                b'\\' => {
                    if let Err(error) = self.escape(escapes, out) {
                        wrong.get_or_insert(error);
                    }
                }
                _ => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        match wrong {
            None => Ok(true),
            Some(error) => Err(error),
        }
    }

    /// Takes a backslash of a raw literal and the character that it guards.
    fn raw_backslash(&mut self, triple: bool, out: &mut Vec<u8>, wrong: &mut Option<(String, usize)>) {
        out.push(b'\\');
        self.at += 1;
        match self.peek(0) {
            b'\n' | b'\r' if !triple => {
                wrong.get_or_insert(("Illegal escaped newline".to_owned(), self.at - 1));
                self.at += 1;
            }
            b'\r' => {}
            0 if self.at >= self.bytes.len() => {}
            byte => {
                out.push(byte);
                self.at += 1;
            }
        }
    }

    /// Takes one escape.
    fn escape(&mut self, escapes: Escapes, out: &mut Vec<u8>) -> Result<(), (String, usize)> {
        let start = self.at;
        let letter = self.peek(1);
        self.at = (start + 2).min(self.bytes.len());
        let illegal = |message: String| Err((format!("Illegal escape sequence: {message}"), start));
        match letter {
            b'a' => out.push(0x07),
            b'b' => out.push(0x08),
            b'f' => out.push(0x0c),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(0x0b),
            b'\\' | b'?' | b'"' | b'\'' | b'`' => out.push(letter),
            b'x' | b'X' => match self.digits(2, 16) {
                Some(value) => push_code(value, escapes, out),
                None => {
                    let saw = self.seen(start, 2, 2);
                    return illegal(format!("Hex escape must be followed by 2 hex digits but saw: {saw}"));
                }
            },
            b'0'..=b'3' => {
                self.at = start + 1;
                match self.digits(3, 8) {
                    Some(value) => push_code(value, escapes, out),
                    None => {
                        let saw = self.seen(start, 1, 3);
                        return illegal(format!(
                            "Octal escape must be followed by 3 octal digits but saw: {saw}"
                        ));
                    }
                }
            }
            b'u' | b'U' if escapes == Escapes::Bytes => {
                let letter = letter as char;
                return illegal(format!(
                    "Unicode escape sequence \\{letter} cannot be used in bytes literals"
                ));
            }
            b'u' | b'U' => {
                let count = if letter == b'u' { 4 } else { 8 };
                let Some(value) = self.digits(count, 16) else {
                    let saw = self.seen(start, 2, count);
                    let letter = letter as char;
                    return illegal(format!(
                        "\\{letter} must be followed by {count} hex digits but saw: {saw}"
                    ));
                };
                match char::from_u32(value) {
                    Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    None if value > 0x10ffff => {
                        let saw = self.seen(start, 2, count);
                        return illegal(format!("Value of {saw} exceeds Unicode limit (0x0010FFFF)"));
                    }
                    None => {
                        let saw = self.seen(start, 2, count);
                        return illegal(format!("Unicode value {saw} is invalid"));
                    }
                }
            }
            b'\n' | b'\r' => return Err(("Illegal escaped newline".to_owned(), start)),
            _ => {
                let c = self.text[start + 1..].chars().next();
                self.at = start + 1 + c.map_or(0, char::len_utf8);
                return illegal(format!("\\{}", c.map(String::from).unwrap_or_default()));
            }
        }
        Ok(())
    }

    /// Takes exactly `count` digits, or nothing.
    fn digits(&mut self, count: usize, radix: u32) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + count)?;
        if !digits.bytes().all(|byte| (byte as char).is_digit(radix)) {
            return None;
        }
        self.at += count;
        u32::from_str_radix(digits, radix).ok()
    }

    /// Returns an escape as messages show it: up to `count` characters of the line after its first `head`.
    fn seen(&self, start: usize, head: usize, count: usize) -> &str {
        let rest = &self.text[start..];
        let after = rest.get(head..).unwrap_or("");
        let length: usize = after
            .chars()
            .take(count)
            .take_while(|c| !matches!(c, '\'' | '"' | '`' | '\n' | '\r'))
            .map(char::len_utf8)
            .sum();
        &rest[..head + length]
    }
}

/// Adds what `\x` and octal escapes mean: a code point in text, a byte in bytes.
fn push_code(value: u32, escapes: Escapes, out: &mut Vec<u8>) {
    match (escapes, char::from_u32(value)) {
        (Escapes::Text, Some(c)) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        _ => out.push(value as u8),
    }
}

/// Text bytes are UTF-8: whole characters of the source, and escapes that push whole characters.
fn into_string(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}
