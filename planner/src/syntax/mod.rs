//! Text to syntax tree and back: GoogleSQL's lexer, parser and unparser.

pub mod ast;
