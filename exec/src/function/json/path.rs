//! JSONPath as GoogleSQL has it: `$`, `.name`, `."name"`, `['name']`, `[index]`, and before it a mode.

use canopy_format::Value;

use super::document::Json;
use crate::Result;
use crate::function::call::fail;

/// A compiled path.
#[derive(Debug)]
pub(super) struct JsonPath {
    /// The steps from the root.
    pub steps: Vec<Step>,
    /// How the path meets documents of another shape.
    pub mode: Mode,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A member of an object.
    Name(String),
    /// An element of an array.
    Index(usize),
}

/// How a path meets documents of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Not at all.
    Strict,
    /// Names look into the elements of one array; other values count as arrays of one element.
    Lax,
    /// As lax, through arrays of arrays.
    LaxRecursive,
}

impl Mode {
    /// The mode that words say, in any order and case: `lax`, `lax recursive`.
    pub fn of(words: &str) -> Option<Self> {
        let words: Vec<String> = words.split_whitespace().map(str::to_ascii_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["strict"] => Some(Mode::Strict),
            ["lax"] => Some(Mode::Lax),
            ["lax", "recursive"] | ["recursive", "lax"] => Some(Mode::LaxRecursive),
            _ => None,
        }
    }
}

impl JsonPath {
    /// The path of the whole value.
    pub fn root() -> Self {
        Self { steps: Vec::new(), mode: Mode::Strict }
    }

    /// Compiles a path whose quoted names are written `."name"`.
    ///
    /// # Errors
    /// `Invalid token in JSONPath at: ...`, and for paths that do not begin with `$`.
    pub fn standard(value: &Value) -> Result<Self> {
        match Self::with_mode(value)? {
            path if path.mode == Mode::Strict => Ok(path),
            _ => fail("JSONPath must start with '$'"),
        }
    }

    /// As [`JsonPath::standard`], with a mode before the path if there is one: `lax recursive $.a`.
    ///
    /// # Errors
    /// As [`JsonPath::standard`].
    pub fn with_mode(value: &Value) -> Result<Self> {
        let Value::String(text) = value else { return fail("JSONPath must be a STRING") };
        let (words, path) = text.split_at(text.find('$').unwrap_or(0));
        match Mode::of(words) {
            Some(mode) => Ok(Self { steps: steps(path, true)?, mode }),
            None => fail("JSONPath must start with '$'"),
        }
    }

    /// Compiles a path whose quoted names are written `['name']`.
    ///
    /// # Errors
    /// As [`JsonPath::standard`].
    pub fn legacy(value: &Value) -> Result<Self> {
        let Value::String(text) = value else { return fail("JSONPath must be a STRING") };
        Ok(Self { steps: steps(text, false)?, mode: Mode::Strict })
    }

    /// The part of the value at the path. The value's last descendants down to depth `incomplete` were cut
    /// short: a part that is one of them is none.
    pub fn take(&self, mut json: Json, incomplete: usize) -> Option<Json> {
        let mut on_edge = true;
        for (depth, step) in self.steps.iter().enumerate() {
            let (place, last, part) = match (step, json) {
                (Step::Name(name), Json::Object(mut members)) => {
                    let place = members.iter().position(|(own, _)| own == name)?;
                    let last = members.len() - 1;
                    (place, last, members.swap_remove(place).1)
                }
                (Step::Index(index), Json::Array(mut elements)) if *index < elements.len() => {
                    let last = elements.len() - 1;
                    (*index, last, elements.swap_remove(*index))
                }
                _ => return None,
            };
            on_edge &= place == last && depth < incomplete;
            json = part;
        }
        (!on_edge || self.steps.len() >= incomplete).then_some(json)
    }

    /// The parts that the path leads to in a lax mode, as an array.
    pub fn take_lax(&self, json: Json) -> Json {
        let mut found = Vec::new();
        gather(json, &self.steps, self.mode == Mode::LaxRecursive, &mut found);
        Json::Array(found)
    }

    /// The part of the value at the path, to change it.
    pub fn find<'a>(&self, json: &'a mut Json) -> Option<&'a mut Json> {
        find(json, &self.steps)
    }
}

/// The part of the value that the steps lead to.
pub(super) fn find<'a>(json: &'a mut Json, steps: &[Step]) -> Option<&'a mut Json> {
    let mut json = json;
    for step in steps {
        json = match (step, json) {
            (Step::Name(name), object) => object.member_mut(name)?,
            (Step::Index(index), Json::Array(elements)) => elements.get_mut(*index)?,
            _ => return None,
        };
    }
    Some(json)
}

fn gather(json: Json, steps: &[Step], recursive: bool, found: &mut Vec<Json>) {
    match (steps.first(), json) {
        (None, json) => found.push(json),
        (Some(Step::Name(name)), Json::Object(mut members)) => {
            if let Some(place) = members.iter().position(|(own, _)| own == name) {
                gather(members.swap_remove(place).1, &steps[1..], recursive, found);
            }
        }
        (Some(Step::Name(_)), Json::Array(elements)) => {
            let wanted = |element: &Json| recursive || matches!(element, Json::Object(_));
            for element in elements.into_iter().filter(wanted) {
                gather(element, steps, recursive, found);
            }
        }
        (Some(Step::Index(index)), Json::Array(mut elements)) if *index < elements.len() => {
            gather(elements.swap_remove(*index), &steps[1..], recursive, found);
        }
        (Some(Step::Index(_)), Json::Array(_)) => {}
        (Some(Step::Index(0)), single) => gather(single, &steps[1..], recursive, found),
        _ => {}
    }
}

fn steps(text: &str, standard: bool) -> Result<Vec<Step>> {
    let Some(mut rest) = text.strip_prefix('$') else { return fail("JSONPath must start with '$'") };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let Some((step, after)) = step(rest, standard) else {
            return fail(format!("Invalid token in JSONPath at: {rest}"));
        };
        steps.push(step);
        rest = after;
    }
    Ok(steps)
}

/// The first step of a text, and what follows it.
fn step(text: &str, standard: bool) -> Option<(Step, &str)> {
    if let Some(after) = text.strip_prefix('.') {
        if let Some(quoted) = after.strip_prefix('"').filter(|_| standard) {
            return unquote(quoted, '"').map(|(name, after)| (Step::Name(name), after));
        }
        let end = after.find(['.', '[']).unwrap_or(after.len());
        return (end > 0).then(|| (Step::Name(after[..end].to_owned()), &after[end..]));
    }
    let after = text.strip_prefix('[')?;
    let quote = after.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let (step, after) = match quote {
        Some(quote) if !standard || quote == '"' => {
            let (name, after) = unquote(&after[1..], quote)?;
            (Step::Name(name), after)
        }
        _ => {
            let end = after.find(']').unwrap_or(after.len());
            let token = after[..end].trim();
            match token.parse() {
                Ok(index) => (Step::Index(index), &after[end..]),
                Err(_) if !token.is_empty() && !standard => (Step::Name(token.to_owned()), &after[end..]),
                Err(_) => return None,
            }
        }
    };
    Some((step, after.trim_start().strip_prefix(']')?))
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
