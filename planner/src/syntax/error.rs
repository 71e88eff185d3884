//! What a text that does not parse is answered with.

use std::fmt;

use super::ast::{LineColumn, Span};

/// Why a text was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParseErrorKind {
    /// The text is not GoogleSQL.
    Syntax,
    /// The text ends within a block, loop or branch: more of it may make it right.
    Unfinished,
    /// The text is GoogleSQL, of a construct that is not supported.
    Unsupported,
    /// The text nests deeper than [`super::MAX_NESTING`] or builds a tree deeper than [`super::MAX_TREE_DEPTH`].
    TooDeep,
    /// The text is longer than [`super::MAX_STATEMENT_BYTES`] or [`super::MAX_SCRIPT_BYTES`].
    TooLarge,
}

/// A text that does not parse, with the place where it stopped making sense.
///
/// Displays as BigQuery does: `Syntax error: Expected end of input but got identifier "x" at [1:8]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Why.
    pub kind: ParseErrorKind,
    /// What was found and, where it can be known, what would have been right.
    pub message: String,
    /// The bytes at fault.
    pub span: Span,
    /// Where `span` starts.
    pub position: LineColumn,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.kind {
            ParseErrorKind::Syntax | ParseErrorKind::Unfinished => "Syntax error: ",
            ParseErrorKind::Unsupported | ParseErrorKind::TooDeep | ParseErrorKind::TooLarge => "",
        };
        write!(f, "{prefix}{} at {}", self.message, self.position)
    }
}

impl std::error::Error for ParseError {}
