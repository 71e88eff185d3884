//! Spans, identifiers and paths: the parts that every other node is made of.

use std::fmt;

/// The bytes `start..end` of the source text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just past the last byte.
    pub end: u32,
}

impl Span {
    /// Returns the span `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Returns the smallest span that covers both.
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Returns the text of the span, or an empty string where the span does not fit `text`.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }

    /// Returns where the span starts in `text`, as messages print it.
    pub fn line_column(self, text: &str) -> LineColumn {
        LineColumn::of_offset(text, self.start)
    }
}

// Short, so that a printed tree stays readable; tests compare trees by this form with the spans cut out.
impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "@{}..{}", self.start, self.end)
    }
}

/// A place in a text for people: line and column, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineColumn {
    /// Line, from 1. `\n`, `\r\n` and a lone `\r` end a line.
    pub line: u32,
    /// Column in code points, from 1. A tab advances to the next multiple of 8, as BigQuery counts.
    pub column: u32,
}

impl LineColumn {
    /// Returns the place of byte `offset` in `text`; an offset past the end means the end.
    pub fn of_offset(text: &str, offset: u32) -> Self {
        let mut at = LineColumn { line: 1, column: 1 };
        let mut chars = text.char_indices().peekable();
        while let Some((position, c)) = chars.next() {
            if position >= offset as usize {
                break;
            }
            match c {
                '\r' if matches!(chars.peek(), Some((_, '\n'))) => {}
                '\n' | '\r' => at = LineColumn { line: at.line + 1, column: 1 },
                '\t' => at.column = (at.column - 1) / 8 * 8 + 9,
                _ => at.column += 1,
            }
        }
        at
    }
}

impl fmt::Display for LineColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}:{}]", self.line, self.column)
    }
}

/// One identifier, backticks and escapes removed.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name, case as written.
    pub value: String,
    /// Whether it was written in backticks: then it never means a keyword or a built-in without parentheses.
    pub quoted: bool,
    /// Where it stands.
    pub span: Span,
}

/// A dotted name such as `project.dataset.table` or `alias.column.field`; never empty.
///
/// A table path keeps a backticked part whole: `` `p.d.t` `` is one part whose value holds the dots.
/// A project with dashes (`my-project.d.t`) is one part with the dashes in its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The names between the dots.
    pub parts: Vec<Ident>,
    /// From the first part to the last.
    pub span: Span,
}

impl Path {
    /// Returns the parts joined by dots, without backticks: the form that messages use.
    pub fn dotted(&self) -> String {
        self.parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")
    }

    /// Returns the only part, or None where there are several.
    pub fn as_ident(&self) -> Option<&Ident> {
        match self.parts.as_slice() {
            [part] => Some(part),
            _ => None,
        }
    }
}
