//! JSON documents: parsed from text, written as text.
//!
//! Values of type JSON are held as text in a canonical form: no white space, members sorted by name and the
//! first of one name kept, numbers as GoogleSQL writes them. Text that is only looked into (`JSON_VALUE` of a
//! STRING) keeps its order, duplicates and digits.

use crate::Result;
use crate::function::call::fail;

/// How deep documents may nest, as in BigQuery.
pub(super) const DEPTH_MAX: usize = 500;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// Digits as they are written.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// `[...]`.
    Array(Vec<Json>),
    /// `{...}`, in order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The first member of the name.
    pub fn member_mut(&mut self, name: &str) -> Option<&mut Json> {
        match self {
            Json::Object(members) => members.iter_mut().find(|(own, _)| own == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Adds a member to an object whose members are sorted, unless there is one of the name.
    pub fn insert(&mut self, name: &str, value: Json) {
        if let Json::Object(members) = self
            && let Err(place) = members.binary_search_by(|(own, _)| own.as_str().cmp(name))
        {
            members.insert(place, (name.to_owned(), value));
        }
    }

    /// The object of the members in canonical order; of equal names the first counts.
    pub fn object(mut members: Vec<(String, Json)>) -> Self {
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|later, first| later.0 == first.0);
        Json::Object(members)
    }

    /// True for `{}` and `[]`.
    pub fn is_empty_container(&self) -> bool {
        match self {
            Json::Array(elements) => elements.is_empty(),
            Json::Object(members) => members.is_empty(),
            _ => false,
        }
    }

    /// Appends the text without white space.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Json::Null => out.extend(b"null"),
            Json::Bool(value) => out.extend(if *value { "true" } else { "false" }.as_bytes()),
            Json::Number(digits) => out.extend(digits.as_bytes()),
            Json::String(text) => write_string(text, out),
            Json::Array(elements) => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    element.write(out);
                }
                out.push(b']');
            }
            Json::Object(members) => {
                out.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_string(name, out);
                    out.push(b':');
                    value.write(out);
                }
                out.push(b'}');
            }
        }
    }

    /// Appends the text with a line an element and two spaces an indent.
    pub fn write_pretty(&self, indent: usize, out: &mut Vec<u8>) {
        let line = |indent: usize, out: &mut Vec<u8>| {
            out.push(b'\n');
            out.extend(std::iter::repeat_n(b' ', indent * 2));
        };
        match self {
            Json::Array(elements) if !elements.is_empty() => {
                out.push(b'[');
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    line(indent + 1, out);
                    element.write_pretty(indent + 1, out);
                }
                line(indent, out);
                out.push(b']');
            }
            Json::Object(members) if !members.is_empty() => {
                out.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    line(indent + 1, out);
                    write_string(name, out);
                    out.extend(b": ");
                    value.write_pretty(indent + 1, out);
                }
                line(indent, out);
                out.push(b'}');
            }
            flat => flat.write(out),
        }
    }
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::new();
        self.write(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' => out.extend(b"\\\""),
            b'\\' => out.extend(b"\\\\"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x08 => out.extend(b"\\b"),
            0x0c => out.extend(b"\\f"),
            0..0x20 => out.extend(format!("\\u{byte:04x}").as_bytes()),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Parses a whole text.
///
/// # Errors
/// `syntax error while parsing ...` where it is not JSON; also for documents nested too deeply.
pub(super) fn parse(text: &str) -> Result<Json> {
    let mut parser = Parser { text: text.as_bytes(), at: 0, open: 0 };
    let (json, problem) = parser.document();
    match (json, problem) {
        (Some(json), None) => Ok(json),
        (_, problem) => fail(problem.unwrap_or_else(|| "syntax error while parsing value".to_owned())),
    }
}

/// What could be read of a text, and how many containers were open where it ceased to be JSON (0 for valid
/// documents): the root and its last descendants down to that depth are incomplete.
pub(super) fn parse_start(text: &str) -> Option<(Json, usize)> {
    let mut parser = Parser { text: text.as_bytes(), at: 0, open: 0 };
    match parser.document() {
        (json, None) => Some((json?, 0)),
        // Something follows a complete value: it is none.
        (_, Some(_)) if parser.open == 0 => None,
        (json, Some(_)) => Some((json?, parser.open)),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// Containers that were not closed.
    open: usize,
}

/// A value as far as it goes, and what is wrong with it.
type Parsed = (Option<Json>, Option<String>);

impl Parser<'_> {
    fn document(&mut self) -> Parsed {
        let parsed = self.value(0);
        if parsed.1.is_some() {
            return parsed;
        }
        self.space();
        match self.at == self.text.len() {
            true => parsed,
            false => (parsed.0, Some(self.problem("value", "end of input"))),
        }
    }

    fn problem(&self, what: &str, expected: &str) -> String {
        match self.text.get(self.at) {
            None => {
                format!("syntax error while parsing {what} - unexpected end of input; expected {expected}")
            }
            Some(_) => {
                let rest = String::from_utf8_lossy(&self.text[self.at..]);
                let found: String = rest.chars().take(20).collect();
                format!(
                    "syntax error while parsing {what} - unexpected '{found}' at position {}; expected {expected}",
                    self.at
                )
            }
        }
    }

    fn space(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.text.get(self.at) == Some(&byte);
        self.at += found as usize;
        found
    }

    fn value(&mut self, depth: usize) -> Parsed {
        self.space();
        let invalid = |parser: &Self| (None, Some(parser.problem("value", "a value")));
        match self.text.get(self.at) {
            Some(b'{') if depth < DEPTH_MAX => self.object(depth),
            Some(b'[') if depth < DEPTH_MAX => self.array(depth),
            Some(b'{' | b'[') => (
                None,
                Some(format!("Max nesting of {DEPTH_MAX} has been exceeded while parsing JSON document")),
            ),
            Some(b'"') => match self.string() {
                Some(text) => (Some(Json::String(text)), None),
                None => (None, Some(self.problem("value", "a string"))),
            },
            Some(b'-' | b'0'..=b'9') => match self.number() {
                Some(digits) => (Some(Json::Number(digits)), None),
                None => (None, Some(self.problem("value", "a number"))),
            },
            Some(_) => {
                let words = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
                for (word, json) in words {
                    if self.text[self.at..].starts_with(word.as_bytes()) {
                        self.at += word.len();
                        return (Some(json), None);
                    }
                }
                invalid(self)
            }
            None => invalid(self),
        }
    }

    fn array(&mut self, depth: usize) -> Parsed {
        self.at += 1;
        let mut elements = Vec::new();
        if self.take(b']') {
            return (Some(Json::Array(elements)), None);
        }
        loop {
            let (element, problem) = self.value(depth + 1);
            elements.extend(element);
            if problem.is_some() {
                self.open += 1;
                return (Some(Json::Array(elements)), problem);
            }
            if self.take(b']') {
                return (Some(Json::Array(elements)), None);
            }
            if !self.take(b',') {
                self.open += 1;
                let problem = self.problem("array", "']'");
                return (Some(Json::Array(elements)), Some(problem));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed {
        self.at += 1;
        let mut members = Vec::new();
        if self.take(b'}') {
            return (Some(Json::Object(members)), None);
        }
        loop {
            self.space();
            let name = if self.text.get(self.at) == Some(&b'"') { self.string() } else { None };
            let colon = name.is_some() && self.take(b':');
            let Some(name) = name.filter(|_| colon) else {
                self.open += 1;
                let problem = self.problem("object", if colon { "a name" } else { "a name and ':'" });
                return (Some(Json::Object(members)), Some(problem));
            };
            let (value, problem) = self.value(depth + 1);
            members.extend(value.map(|value| (name, value)));
            if problem.is_some() {
                self.open += 1;
                return (Some(Json::Object(members)), problem);
            }
            if self.take(b'}') {
                return (Some(Json::Object(members)), None);
            }
            if !self.take(b',') {
                self.open += 1;
                let problem = self.problem("object", "'}'");
                return (Some(Json::Object(members)), Some(problem));
            }
        }
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at > start
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Option<String> {
        let start = self.at;
        self.at += (self.text[self.at] == b'-') as usize;
        let leading_zero = self.text.get(self.at) == Some(&b'0');
        let whole = self.at;
        if !self.digits() || leading_zero && self.at - whole > 1 {
            return None;
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            if !self.digits() {
                return None;
            }
        }
        if matches!(self.text.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += matches!(self.text.get(self.at), Some(b'+' | b'-')) as usize;
            if !self.digits() {
                return None;
            }
        }
        String::from_utf8(self.text[start..self.at].to_vec()).ok()
    }

    /// A quoted string; the reader stands at the quote.
    fn string(&mut self) -> Option<String> {
        let mut out = Vec::new();
        self.at += 1;
        loop {
            let byte = *self.text.get(self.at)?;
            self.at += 1;
            match byte {
                b'"' => return String::from_utf8(out).ok(),
                b'\\' => self.escape(&mut out)?,
                0..0x20 => return None,
                byte => out.push(byte),
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let byte = *self.text.get(self.at)?;
        self.at += 1;
        out.push(match byte {
            b'"' | b'\\' | b'/' => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) {
                    let low = self.text[self.at..].starts_with(b"\\u").then(|| {
                        self.at += 2;
                        self.hex()
                    })??;
                    if !(0xdc00..0xe000).contains(&low) {
                        return None;
                    }
                    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                }
                let mut buffer = [0; 4];
                out.extend(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
                return Some(());
            }
            _ => return None,
        });
        Some(())
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        self.at += 4;
        let text = std::str::from_utf8(digits).ok().filter(|t| t.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u32::from_str_radix(text, 16).ok()
    }
}
