//! Text to syntax tree and back: GoogleSQL's lexer, parser and unparser.
//!
//! Start at [`parse_script`], [`parse_statement`] or [`parse_expression`]; the tree is in [`ast`], and
//! [`unparse`] writes it out again. Nothing here knows tables, functions or types: names stay unresolved.
//!
//! Parsing never panics and never overflows the stack: text that nests deeper than [`MAX_NESTING`] or
//! builds a tree deeper than [`MAX_TREE_DEPTH`] is refused, as is text past [`MAX_STATEMENT_BYTES`].

pub mod ast;
mod error;
mod keyword;
mod lexer;
mod parser;
mod token;
pub mod unparse;

pub use error::{ParseError, ParseErrorKind};
pub use keyword::Keyword;
pub use parser::{parse_data_type, parse_expression, parse_script, parse_statement};
pub use token::{Symbol, Token, TokenKind, Tokens};

/// How deep parentheses, subqueries, types and blocks may nest: bounds the parser's stack.
pub const MAX_NESTING: u32 = 128;

/// How deep the tree may be, chains such as `a + b + c` included: bounds the stack of whatever walks it.
/// AND and OR chains are flat and do not count.
pub const MAX_TREE_DEPTH: u32 = 500;

/// The longest statement, as in BigQuery.
pub const MAX_STATEMENT_BYTES: usize = 1 << 20;

/// The longest script.
pub const MAX_SCRIPT_BYTES: usize = 16 << 20;

/// Cuts a text into tokens, for editors: what is no token becomes [`TokenKind::Error`]. A text longer than
/// [`MAX_SCRIPT_BYTES`] has no tokens.
pub fn tokens(text: &str) -> Tokens {
    if text.len() > MAX_SCRIPT_BYTES { Tokens::default() } else { lexer::lex(text) }
}
