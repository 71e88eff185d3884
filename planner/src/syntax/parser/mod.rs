//! The parser: tokens to syntax tree by recursive descent, one file a family of constructs.

mod alter;
mod call;
mod column;
mod create;
mod create_object;
mod cursor;
mod dml;
mod drop;
mod expression;
mod job;
mod literal;
mod operator;
mod pipe;
mod query;
mod routine;
mod script;
mod select;
mod set_operation;
mod statement;
mod table;
mod table_operator;
#[cfg(test)]
mod tests;
mod types;

pub(super) use operator::Precedence;

use super::ast::{DataType, Expr, Span, Statement};
use super::error::{ParseError, ParseErrorKind};
use super::token::Tokens;
use super::{MAX_SCRIPT_BYTES, MAX_STATEMENT_BYTES, lexer};

type Result<T> = std::result::Result<T, ParseError>;

/// Parses statements separated by semicolons; an empty text is an empty script.
///
/// # Errors
/// Where the text is not GoogleSQL, nests too deep or is too long.
pub fn parse_script(text: &str) -> Result<Vec<Statement>> {
    let mut parser = Parser::new(text, MAX_SCRIPT_BYTES)?;
    let statements = parser.script()?;
    match statements.iter().find(|s| (s.span.end - s.span.start) as usize > MAX_STATEMENT_BYTES) {
        Some(long) => Err(too_large(text, long.span, MAX_STATEMENT_BYTES)),
        None => Ok(statements),
    }
}

/// Parses one statement, with or without a semicolon at its end.
///
/// # Errors
/// As [`parse_script`], and where there is no statement or a second one.
pub fn parse_statement(text: &str) -> Result<Statement> {
    let mut parser = Parser::new(text, MAX_STATEMENT_BYTES)?;
    let statement = parser.statement()?;
    parser.eat_symbol(super::token::Symbol::Semicolon);
    parser.expect_end()?;
    Ok(statement)
}

/// Parses one expression.
///
/// # Errors
/// As [`parse_script`], and where something follows the expression.
pub fn parse_expression(text: &str) -> Result<Expr> {
    let mut parser = Parser::new(text, MAX_STATEMENT_BYTES)?;
    let expression = parser.expression()?;
    parser.expect_end()?;
    Ok(expression)
}

/// Parses one type, e.g. `ARRAY<STRUCT<a INT64, b STRING(10)>>`.
///
/// # Errors
/// As [`parse_script`], and where something follows the type.
pub fn parse_data_type(text: &str) -> Result<DataType> {
    let mut parser = Parser::new(text, MAX_STATEMENT_BYTES)?;
    let data_type = parser.data_type()?;
    parser.expect_end()?;
    Ok(data_type)
}

/// The parser's state. Methods that parse a construct stand in the file of its family.
struct Parser<'a> {
    text: &'a str,
    tokens: Tokens,
    /// The next token.
    at: usize,
    /// How deep the parser is in constructs that may hold themselves.
    nesting: u32,
    /// Height of the expression (or table) tree finished last, the highest of several.
    height: u32,
    /// Positional parameters so far.
    positional: u32,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, bytes_max: usize) -> Result<Self> {
        if text.len() > bytes_max {
            return Err(too_large(text, Span::new(0, 0), bytes_max));
        }
        let tokens = lexer::lex(text);
        Ok(Self { text, tokens, at: 0, nesting: 0, height: 0, positional: 0 })
    }
}

fn too_large(text: &str, span: Span, bytes_max: usize) -> ParseError {
    let length = if span.end > 0 { (span.end - span.start) as usize } else { text.len() };
    ParseError {
        kind: ParseErrorKind::TooLarge,
        message: format!("Query is too large: {length} bytes, the maximum is {bytes_max} bytes"),
        span,
        position: span.line_column(text),
    }
}
