//! GoogleSQL text for programs that show or edit it: values as text, tokens by kind, words to complete.

use std::ops::Range;

use canopy_planner::syntax::{Keyword, ParseErrorKind, Symbol, TokenKind, parse_script, tokens};

pub use canopy_exec::function::format_value;

/// What a piece of a text is, for colouring it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// A keyword.
    Keyword,
    /// A name, in backticks or not.
    Name,
    /// A number.
    Number,
    /// A string or bytes literal.
    String,
    /// Punctuation.
    Symbol,
    /// A comment.
    Comment,
    /// No token at all.
    Error,
}

/// Returns the pieces of a text in order, white space left out.
pub fn pieces(text: &str) -> Vec<(Range<usize>, TextKind)> {
    let mut pieces = Vec::new();
    let mut end = 0;
    for token in &tokens(text).tokens {
        let span = token.span.start as usize..token.span.end as usize;
        comments(text, end..span.start, &mut pieces);
        end = span.end;
        let kind = match token.kind {
            TokenKind::Word(Some(_)) => TextKind::Keyword,
            TokenKind::Word(None) | TokenKind::Quoted(_) => TextKind::Name,
            TokenKind::Int | TokenKind::Float => TextKind::Number,
            TokenKind::String(_) | TokenKind::Bytes(_) => TextKind::String,
            TokenKind::Symbol(_) => TextKind::Symbol,
            TokenKind::Error(_) => match text[span.clone()].starts_with("/*") {
                true => TextKind::Comment,
                false => TextKind::Error,
            },
            TokenKind::End => continue,
        };
        pieces.push((span, kind));
    }
    pieces
}

/// What stands between two tokens, if it is more than space, is comments.
fn comments(text: &str, gap: Range<usize>, pieces: &mut Vec<(Range<usize>, TextKind)>) {
    let trimmed = text[gap.clone()].trim();
    if !trimmed.is_empty() {
        let start = gap.start + (text[gap.clone()].len() - text[gap].trim_start().len());
        pieces.push((start..start + trimmed.len(), TextKind::Comment));
    }
}

/// True when a text can be run as it stands: it ends with a semicolon outside of strings and comments that ends no
/// statement within an open block, or holds no statement at all.
pub fn is_complete(text: &str) -> bool {
    let lexed = tokens(text);
    let last = lexed.tokens.iter().rev().find(|token| token.kind != TokenKind::End);
    let Some(last) = last else { return true };
    match last.kind {
        TokenKind::Symbol(symbol) => symbol == Symbol::Semicolon && !is_block_open(text),
        TokenKind::Error(_) => {
            // A comment or a string in three quotes may go on in the next line; any other error is for the
            // parser to tell, once the text ends as a statement does.
            let piece = &text[last.span.start as usize..last.span.end as usize];
            let quoted = piece.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let goes_on = ["/*", "\"\"\"", "'''"].iter().any(|start| quoted.starts_with(start));
            !goes_on && text.trim_end().ends_with(';')
        }
        _ => false,
    }
}

/// True when a block, loop, branch or procedure body waits for its END.
fn is_block_open(text: &str) -> bool {
    parse_script(text).is_err_and(|error| error.kind == ParseErrorKind::Unfinished)
}

/// Returns the keywords, in capitals.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    Keyword::all().iter().map(|keyword| keyword.text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_complete_at_its_semicolon() {
        let check = |text: &str, expected: bool| assert_eq!(is_complete(text), expected, "{text:?}");
        check("", true);
        check("-- only a remark", true);
        check("SELECT 1", false);
        check("SELECT 1;", true);
        check("SELECT 1; -- done", true);
        check("SELECT ';'", false);
        check("SELECT 1 /* ;", false);
        check("SELECT '''a;", false);
        check("SELECT r\"\"\"a;", false);
        check("SELECT 'a;", true);
        check("SELECT 1; SELECT 2", false);
        check("BEGIN", false);
        check("BEGIN;", true);
        check("BEGIN SELECT 1;", false);
        check("BEGIN SELECT 1; END", false);
        check("BEGIN SELECT 1; END;", true);
        check("IF TRUE THEN SELECT CASE WHEN a THEN 1 END;", false);
        check("WHILE x < 1 DO SET x = 1; END WHILE;", true);
        check("CREATE PROCEDURE p() BEGIN SELECT 1;", false);
        check("CREATE PROCEDURE p() BEGIN SELECT 1; END;", true);
        check("BEGIN SELEC 1;", true);
    }

    #[test]
    fn pieces_cover_all_but_space() {
        let text = "SELECT a.`b`, 1.5 /* c */ + 'd' -- e";
        let kinds: Vec<(&str, TextKind)> = pieces(text).into_iter().map(|(r, k)| (&text[r], k)).collect();
        use TextKind::*;
        let expected = [
            ("SELECT", Keyword),
            ("a", Name),
            (".", Symbol),
            ("`b`", Name),
            (",", Symbol),
            ("1.5", Number),
            ("/* c */", Comment),
            ("+", Symbol),
            ("'d'", String),
            ("-- e", Comment),
        ];
        assert_eq!(kinds, expected);
        assert_eq!(pieces("/* open").last().map(|piece| piece.1), Some(Comment));
    }
}
