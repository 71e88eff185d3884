//! Why a statement does not bind.

use std::fmt;

use crate::catalog::CatalogError;
use crate::syntax::ast::{LineColumn, Span};

/// The result of binding a part of a statement.
pub type Result<T> = std::result::Result<T, BindError>;

/// What the caller can do about a [`BindError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BindErrorKind {
    /// The statement is wrong: names, types, grouping.
    Invalid,
    /// The statement names a table, dataset or function that is not there.
    NotFound,
    /// GoogleSQL has the construct and we do not, yet.
    Unsupported,
    /// The statement nests too deeply.
    TooDeep,
    /// The catalog could not be read; trying again may help.
    Unavailable,
}

/// A statement that does not bind, with the place at fault.
///
/// Displays as BigQuery does: `Unrecognized name: custmer_id; Did you mean customer_id? at [1:8]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// What the caller can do.
    pub kind: BindErrorKind,
    /// What is wrong and, where it can be known, what would be right.
    pub message: String,
    /// The bytes at fault.
    pub span: Span,
    /// Where the span starts; set by [`super::bind`].
    pub position: Option<LineColumn>,
}

impl BindError {
    /// Returns an error of [`BindErrorKind::Invalid`].
    pub(crate) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { kind: BindErrorKind::Invalid, message: message.into(), span, position: None }
    }

    /// Returns an error of [`BindErrorKind::NotFound`].
    pub(super) fn not_found(message: impl Into<String>, span: Span) -> Self {
        Self { kind: BindErrorKind::NotFound, ..Self::new(message, span) }
    }

    /// Returns the error for a construct that is not there yet: `PIVOT is not supported`.
    pub(super) fn unsupported(construct: impl fmt::Display, span: Span) -> Self {
        Self { kind: BindErrorKind::Unsupported, ..Self::new(format!("{construct} is not supported"), span) }
    }

    /// Returns the error for a table that the catalog does not give.
    pub(super) fn catalog(error: &CatalogError, suggestion: Option<String>, span: Span) -> Self {
        let kind = match error {
            CatalogError::DatasetNotFound(_) | CatalogError::TableNotFound(_) => BindErrorKind::NotFound,
            CatalogError::Time(_) => BindErrorKind::Invalid,
            CatalogError::Unavailable(_) => BindErrorKind::Unavailable,
        };
        let mut message = error.to_string();
        if let (BindErrorKind::NotFound, Some(name)) = (kind, suggestion) {
            message.push_str(&format!("; Did you mean {name}?"));
        }
        Self { kind, ..Self::new(message, span) }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.position {
            Some(position) => write!(f, " at {position}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for BindError {}
