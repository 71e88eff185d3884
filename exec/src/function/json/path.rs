//! JSONPath as GoogleSQL has it: `$`, `.name`, `["name"]`, `['name']`, `[index]`.

use canopy_format::Value;
use serde_json::Value as Json;

use crate::Result;
use crate::function::call::fail;

/// A compiled path.
pub(super) struct JsonPath {
    steps: Vec<Step>,
}

enum Step {
    Name(String),
    Index(usize),
}

impl JsonPath {
    /// The path of the whole value.
    pub fn root() -> Self {
        Self { steps: Vec::new() }
    }

    /// Compiles a path whose quoted names are written `."name"`.
    ///
    /// # Errors
    /// `Invalid token in JSONPath at: ...`, and for paths that do not begin with `$`.
    pub fn standard(value: &Value) -> Result<Self> {
        Self::compile(value, true)
    }

    /// Compiles a path whose quoted names are written `['name']`.
    ///
    /// # Errors
    /// As [`JsonPath::standard`].
    pub fn legacy(value: &Value) -> Result<Self> {
        Self::compile(value, false)
    }

    fn compile(value: &Value, standard: bool) -> Result<Self> {
        let Value::String(text) = value else { return fail("JSONPath must be a STRING") };
        let Some(mut rest) = text.strip_prefix('$') else { return fail("JSONPath must start with '$'") };
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let invalid = || fail(format!("Invalid token in JSONPath at: {rest}"));
            if let Some(after) = rest.strip_prefix('.') {
                if let Some(quoted) = after.strip_prefix('"').filter(|_| standard) {
                    let Some((name, after)) = unquote(quoted, '"') else { return invalid() };
                    steps.push(Step::Name(name));
                    rest = after;
                    continue;
                }
                let end = after.find(['.', '[']).unwrap_or(after.len());
                if end == 0 {
                    return invalid();
                }
                steps.push(Step::Name(after[..end].to_owned()));
                rest = &after[end..];
            } else if let Some(after) = rest.strip_prefix('[') {
                let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
                let (step, after) = match quote {
                    Some(quote) if !standard || quote == '"' => match unquote(&after[1..], quote) {
                        Some((name, after)) => (Step::Name(name), after),
                        None => return invalid(),
                    },
                    _ => {
                        let end = after.find(']').unwrap_or(after.len());
                        let token = after[..end].trim();
                        match token.parse() {
                            Ok(index) => (Step::Index(index), &after[end..]),
                            Err(_) if !token.is_empty() && !standard => {
                                (Step::Name(token.to_owned()), &after[end..])
                            }
                            Err(_) => return invalid(),
                        }
                    }
                };
                let Some(after) = after.trim_start().strip_prefix(']') else { return invalid() };
                steps.push(step);
                rest = after;
            } else {
                return invalid();
            }
        }
        Ok(Self { steps })
    }

    /// The part of the value at the path.
    pub fn take(&self, mut json: Json) -> Option<Json> {
        for step in &self.steps {
            let part = match step {
                Step::Name(name) => json.get_mut(name)?,
                Step::Index(index) => json.get_mut(index)?,
            };
            json = part.take();
        }
        Some(json)
    }
}

/// The text up to an unescaped quote, and what follows it.
fn unquote(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => name.push(characters.next()?.1),
            c if c == quote => return Some((name, &text[at + c.len_utf8()..])),
            c => name.push(c),
        }
    }
    None
}
