//! LIKE: patterns compiled once into literal pieces, matched by comparison and substring search.

use canopy_format::{DataType, Value, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::kernel::Tier;
use crate::kernel::search::Finder;

const TESTS: &[&str] = &["STRING, STRING -> BOOL", "BYTES, BYTES -> BOOL"];
const LISTS: &[&str] = &["STRING, STRING... -> BOOL", "BYTES, BYTES... -> BOOL"];
const ARRAYS: &[&str] = &["STRING, ARRAY<STRING> -> BOOL", "BYTES, ARRAY<BYTES> -> BOOL"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$like", TESTS, like)
            .usages(&["STRING [NOT] LIKE STRING -> BOOL", "BYTES [NOT] LIKE BYTES -> BOOL"])
            .doc("Whether the text matches a pattern: `%` is any run, `_` any one, `\\` takes the next as it is.")
            .examples(&[("'canopy' LIKE '%no_y'", "TRUE"), ("'a%' LIKE 'a\\\\%'", "TRUE")]),
        Function::scalar("$like_any", LISTS, |call| like_list(call, true))
            .handles_nulls()
            .usages(&["value [NOT] LIKE ANY (pattern, ...)"])
            .doc("Whether the text matches one of the patterns.")
            .examples(&[("'ab' LIKE ANY ('b%', 'a%')", "TRUE")]),
        Function::scalar("$like_all", LISTS, |call| like_list(call, false))
            .handles_nulls()
            .usages(&["value [NOT] LIKE ALL (pattern, ...)"])
            .doc("Whether the text matches all of the patterns.")
            .examples(&[("'ab' LIKE ALL ('b%', 'a%')", "FALSE")]),
        Function::scalar("$like_any_array", ARRAYS, |call| like_array(call, true))
            .handles_nulls()
            .usages(&["value [NOT] LIKE ANY UNNEST(patterns)"])
            .doc("Whether the text matches one of the array's patterns.")
            .examples(&[("'ab' LIKE ANY UNNEST(['b%', 'a%'])", "TRUE")]),
        Function::scalar("$like_all_array", ARRAYS, |call| like_array(call, false))
            .handles_nulls()
            .usages(&["value [NOT] LIKE ALL UNNEST(patterns)"])
            .doc("Whether the text matches all of the array's patterns.")
            .examples(&[("'ab' LIKE ALL UNNEST(['b%', 'a%'])", "FALSE")]),
    ]
}

/// A compiled pattern: pieces between the `%`s.
pub(in crate::function) struct LikePattern {
    /// Must stand at the start (no `%` before it).
    prefix: Piece,
    /// Must follow in order.
    middle: Vec<Piece>,
    /// Must stand at the end; None when the pattern has no `%` and `prefix` is the whole text.
    suffix: Option<Piece>,
}

/// Consecutive bytes, some of them any character.
struct Piece {
    /// Literal runs, with one `_` between each two.
    runs: Vec<Finder>,
    /// Characters count as code points, not bytes.
    text: bool,
}

impl LikePattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// When the pattern ends with a lone backslash.
    pub fn compile(value: &Value) -> Result<Self> {
        let (pattern, text) = match value {
            Value::String(pattern) => (pattern.as_bytes(), true),
            Value::Bytes(pattern) => (&pattern[..], false),
            _ => (&[][..], true),
        };
        let mut pieces = Vec::new();
        let (mut runs, mut run) = (Vec::new(), Vec::new());
        let mut bytes = pattern.iter();
        while let Some(&byte) = bytes.next() {
            match byte {
                b'\\' => match bytes.next() {
                    Some(&escaped) => run.push(escaped),
                    None => return fail("LIKE pattern ends with a backslash"),
                },
                b'_' => runs.push(Finder::new(&std::mem::take(&mut run))),
                b'%' => {
                    runs.push(Finder::new(&std::mem::take(&mut run)));
                    pieces.push(Piece { runs: std::mem::take(&mut runs), text });
                }
                _ => run.push(byte),
            }
        }
        runs.push(Finder::new(&run));
        let last = Piece { runs, text };
        if pieces.is_empty() {
            return Ok(Self { prefix: last, middle: Vec::new(), suffix: None });
        }
        let prefix = pieces.remove(0);
        pieces.retain(|piece| !piece.is_empty());
        Ok(Self { prefix, middle: pieces, suffix: Some(last) })
    }

    /// Whether the text matches.
    pub fn matches(&self, tier: Tier, text: &[u8]) -> bool {
        let Some(start) = self.prefix.match_at(text, 0) else { return false };
        let Some(suffix) = &self.suffix else { return start == text.len() };
        let mut at = start;
        for piece in &self.middle {
            match piece.find(tier, text, at) {
                Some(end) => at = end,
                None => return false,
            }
        }
        suffix.match_end(text, at)
    }
}

impl Piece {
    fn is_empty(&self) -> bool {
        self.runs.len() == 1 && self.runs[0].needle().is_empty()
    }

    /// Where the piece ends if it stands at `at`.
    fn match_at(&self, text: &[u8], mut at: usize) -> Option<usize> {
        for (index, run) in self.runs.iter().enumerate() {
            if index > 0 {
                at = next_character(text, at, self.text)?;
            }
            let needle = run.needle();
            if text.get(at..at + needle.len())? != needle {
                return None;
            }
            at += needle.len();
        }
        Some(at)
    }

    /// Where the first occurrence at or after `at` ends.
    fn find(&self, tier: Tier, text: &[u8], mut at: usize) -> Option<usize> {
        let first = &self.runs[0];
        loop {
            at += first.find(tier, text.get(at..)?)?;
            if self.runs.len() == 1 {
                return Some(at + first.needle().len());
            }
            if let Some(end) = self.match_at(text, at) {
                return Some(end);
            }
            at = next_character(text, at, self.text)?;
        }
    }

    /// Whether the piece stands at the end, not before `from`.
    fn match_end(&self, text: &[u8], from: usize) -> bool {
        if let [only] = &self.runs[..] {
            return text.len() >= from + only.needle().len() && text.ends_with(only.needle());
        }
        // A piece with `_` has a fixed number of characters, not of bytes: try each start.
        let mut at = from;
        loop {
            if self.match_at(text, at) == Some(text.len()) {
                return true;
            }
            match next_character(text, at, self.text) {
                Some(next) => at = next,
                None => return false,
            }
        }
    }
}

/// Where the character at `at` ends; None at the end of the text.
fn next_character(text: &[u8], at: usize, code_points: bool) -> Option<usize> {
    let byte = *text.get(at)?;
    if !code_points {
        return Some(at + 1);
    }
    let len = match byte {
        0..=0xbf => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    Some((at + len).min(text.len()))
}

fn like(call: &Call<'_>) -> Result<Vector> {
    let tier = call.context.tier();
    let text = call.bytes(0);
    let mut pattern = call.prepared(1, LikePattern::compile);
    if call.arguments[1].as_constant().is_some()
        && call.rows > 0
        && let Ok(pattern) = pattern.get(0)
    {
        return call.bool_rows(|row| Ok(pattern.matches(tier, text.get(row))));
    }
    call.bool_rows(|row| Ok(pattern.get(row)?.matches(tier, text.get(row))))
}

/// LIKE ANY and LIKE ALL: OR and AND over the patterns, with their NULL rules.
fn combine(any: bool, answers: impl Iterator<Item = Result<Option<bool>>>) -> Result<Option<bool>> {
    let mut unknown = false;
    for answer in answers {
        match answer? {
            Some(answer) if answer == any => return Ok(Some(any)),
            Some(_) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { None } else { Some(!any) })
}

fn like_list(call: &Call<'_>, any: bool) -> Result<Vector> {
    let tier = call.context.tier();
    let text = call.bytes(0);
    let mut patterns: Vec<_> =
        (1..call.len()).map(|index| call.prepared(index, LikePattern::compile)).collect();
    call.bool_options(|row| {
        if call.is_null(0, row) {
            return Ok(None);
        }
        combine(
            any,
            patterns.iter_mut().enumerate().map(|(index, pattern)| match call.is_null(index + 1, row) {
                true => Ok(None),
                false => Ok(Some(pattern.get(row)?.matches(tier, text.get(row)))),
            }),
        )
    })
}

fn like_array(call: &Call<'_>, any: bool) -> Result<Vector> {
    let tier = call.context.tier();
    let [_, array] = call.arguments else { return Ok(Vector::nulls(DataType::Bool, call.rows)) };
    let text = call.bytes(0);
    call.bool_options(|row| {
        let Value::Array(patterns) = array.value(row) else { return Ok(Some(!any)) };
        if call.is_null(0, row) && !patterns.is_empty() {
            return Ok(None);
        }
        combine(
            any,
            patterns.iter().map(|pattern| match pattern {
                Value::Null => Ok(None),
                pattern => Ok(Some(LikePattern::compile(pattern)?.matches(tier, text.get(row)))),
            }),
        )
    })
}
