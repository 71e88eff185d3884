//! JSON text to a tree that keeps number spellings and byte offsets, which errors name and exact decimals need.

use std::borrow::Cow;

/// Deepest nesting that is read.
const DEPTH_MAX: usize = 200;

/// A value and the offset it starts at.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node<'a> {
    pub offset: usize,
    pub value: Json<'a>,
}

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    /// As it was spelled.
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    /// In the order of the text; names may repeat.
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
}

/// Why text is no JSON, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub offset: usize,
    pub reason: String,
}

/// Parses a text that holds one value.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Malformed> {
    let mut parser = Parser { text, at: 0 };
    let node = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(node),
        Some(_) => Err(parser.expected("the end of the line")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expected(&self, what: &str) -> Malformed {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let found = found.map_or("the end of the line".to_owned(), |found| format!("{found:?}"));
        Malformed { offset: self.at, reason: format!("malformed JSON: expected {what}, found {found}") }
    }

    fn take(&mut self, byte: u8, what: &str) -> Result<(), Malformed> {
        if self.peek() != Some(byte) {
            return Err(self.expected(what));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Node<'a>, Malformed> {
        self.space();
        let offset = self.at;
        if depth > DEPTH_MAX {
            return Err(Malformed {
                offset,
                reason: format!("JSON is nested deeper than {DEPTH_MAX} levels"),
            });
        }
        let value = match self.peek() {
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => Json::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => Json::Number(self.number()?),
            _ => self.word()?,
        };
        Ok(Node { offset, value })
    }

    fn word(&mut self) -> Result<Json<'a>, Malformed> {
        let rest = &self.text[self.at..];
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.expected("a value"))
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, Malformed> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a field name in quotes"));
            }
            let name = self.string()?;
            self.space();
            self.take(b':', "':'")?;
            members.push((name, self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.expected("',' or '}'")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json<'a>, Malformed> {
        self.at += 1;
        let mut elements = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::Array(elements));
                }
                _ => return Err(self.expected("',' or ']'")),
            }
        }
    }

    fn digits(&mut self) -> Result<(), Malformed> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<&'a str, Malformed> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let first = self.at;
        self.digits()?;
        if leading_zero && self.at > first + 1 {
            self.at = first + 1;
            return Err(self.expected("no digit after a leading 0"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    /// The text between quotes; borrowed where nothing is escaped.
    fn string(&mut self) -> Result<Cow<'a, str>, Malformed> {
        self.at += 1;
        let mut run = self.at;
        let mut owned = String::new();
        loop {
            match self.peek() {
                None => return Err(self.expected("'\"'")),
                Some(b'"') => {
                    let tail = &self.text[run..self.at];
                    self.at += 1;
                    if owned.is_empty() {
                        return Ok(Cow::Borrowed(tail));
                    }
                    owned.push_str(tail);
                    return Ok(Cow::Owned(owned));
                }
                Some(b'\\') => {
                    owned.push_str(&self.text[run..self.at]);
                    self.at += 1;
                    owned.push(self.escape()?);
                    run = self.at;
                }
                Some(0..0x20) => return Err(self.expected("an escaped control character")),
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let escaped = self.peek();
        let plain = match escaped {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte as char,
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.expected("an escape of JSON")),
        };
        self.at += 1;
        Ok(plain)
    }

    /// The four hex digits after `\u`, and the low half that must follow a high one.
    fn unicode(&mut self) -> Result<char, Malformed> {
        let first = self.hex4()?;
        let code = match first {
            0xd800..0xdc00 => {
                self.take(b'\\', "the low half of a surrogate pair")?;
                self.take(b'u', "the low half of a surrogate pair")?;
                let low = self.hex4()?;
                if !(0xdc00..0xe000).contains(&low) {
                    return Err(self.expected("the low half of a surrogate pair before"));
                }
                0x10000 + ((first - 0xd800) << 10) + (low - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.expected("a code point before"))
    }

    fn hex4(&mut self) -> Result<u32, Malformed> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).unwrap_or_default();
        let all_hex = digits.len() == 4 && digits.iter().all(u8::is_ascii_hexdigit);
        let code = std::str::from_utf8(digits).ok().and_then(|hex| u32::from_str_radix(hex, 16).ok());
        match code.filter(|_| all_hex) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.expected("four hexadecimal digits")),
        }
    }
}
