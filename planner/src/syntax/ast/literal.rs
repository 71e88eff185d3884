//! Literals and parameters.

use super::{DataType, Ident, Span};

/// A literal, unescaped.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `NULL`.
    Null,
    /// `TRUE`, `FALSE`.
    Bool(bool),
    /// An integer in decimal or hexadecimal. 2^63 is here too, for the negative sign that may stand before
    /// it; the binder refuses it elsewhere.
    Int(u64),
    /// A decimal integer past 64 bits, as written: the binder says that it is out of range.
    IntTooLarge(String),
    /// A floating-point literal as written; always parses as an f64.
    Float(String),
    /// A string.
    String(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A typed literal such as `DATE '2020-01-01'`: checked and converted by the binder.
    Typed {
        /// Which type.
        literal_type: LiteralType,
        /// The text.
        value: String,
        /// Where the text stands.
        value_span: Span,
    },
    /// `RANGE<DATE> '[2020-01-01, 2020-01-02)'`.
    Range {
        /// The range type.
        data_type: Box<DataType>,
        /// The text.
        value: String,
        /// Where the text stands.
        value_span: Span,
    },
}

/// The types that a typed literal can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LiteralType {
    /// `DATE '...'`.
    Date,
    /// `TIME '...'`.
    Time,
    /// `DATETIME '...'`.
    Datetime,
    /// `TIMESTAMP '...'`.
    Timestamp,
    /// `NUMERIC '...'`, also `DECIMAL`.
    Numeric,
    /// `BIGNUMERIC '...'`, also `BIGDECIMAL`.
    BigNumeric,
    /// `JSON '...'`.
    Json,
}

impl LiteralType {
    /// Returns the type's canonical keyword.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Datetime => "DATETIME",
            Self::Timestamp => "TIMESTAMP",
            Self::Numeric => "NUMERIC",
            Self::BigNumeric => "BIGNUMERIC",
            Self::Json => "JSON",
        }
    }
}

/// A query parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Parameter {
    /// `@name`.
    Named(Ident),
    /// `?`, the `n`th of the text, from 1.
    Positional(u32),
}
