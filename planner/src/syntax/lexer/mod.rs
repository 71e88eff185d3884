//! The lexer: text to tokens, with literals unescaped.
//!
//! What is no token becomes [`TokenKind::Error`], which the parser reports when it gets there: so the first
//! error of a text is reported, whichever of the two finds it.

mod literal;
#[cfg(test)]
mod tests;

use super::ast::Span;
use super::keyword::Keyword;
use super::token::{Symbol, Token, TokenKind, Tokens};

/// Cuts `text` into tokens. Offsets must fit 32 bits: the caller limits the text's size.
pub(super) fn lex(text: &str) -> Tokens {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, out: Tokens::default() };
    while lexer.step() {}
    lexer.out.closers = closers(&lexer.out.tokens);
    lexer.out
}

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    out: Tokens,
}

impl Lexer<'_> {
    /// Adds one token; false after the last.
    fn step(&mut self) -> bool {
        if let Err(start) = self.skip_space() {
            self.error(start, "Unclosed comment", start);
            self.push(TokenKind::End, self.at);
            return false;
        }
        let start = self.at;
        let Some(&byte) = self.bytes.get(start) else {
            self.push(TokenKind::End, start);
            return false;
        };
        match byte {
            b'\'' | b'"' => self.string(start, false, false),
            b'`' => self.quoted_name(start),
            b'0'..=b'9' if self.after_name_dot() => self.word(start),
            b'0'..=b'9' => self.number(start),
            b'.' if self.peek(1).is_ascii_digit() && !self.after_name() => self.number(start),
            _ if is_word_start(byte) => match self.literal_prefix() {
                Some((length, raw, bytes)) => {
                    self.at += length;
                    self.string(start, raw, bytes);
                }
                None => self.word(start),
            },
            _ => self.symbol(start),
        }
        true
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.out.tokens.push(Token { kind, span: Span::new(start as u32, self.at as u32) });
    }

    /// Adds an error token from `start` to here, at fault at `offset`.
    fn error(&mut self, start: usize, message: impl Into<String>, offset: usize) {
        self.out.errors.push((message.into(), offset as u32));
        self.push(TokenKind::Error(self.out.errors.len() as u32 - 1), start);
    }

    /// Skips white space and comments; the start of a comment that never ends is the error.
    fn skip_space(&mut self) -> Result<(), usize> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'#' => self.skip_line(),
                b'-' if self.peek(1) == b'-' => self.skip_line(),
                b'/' if self.peek(1) == b'*' => match self.text[self.at + 2..].find("*/") {
                    Some(length) => self.at += length + 4,
                    None => {
                        let start = self.at;
                        self.at = self.bytes.len();
                        return Err(start);
                    }
                },
                byte if byte >= 0x80 => match self.text[self.at..].chars().next() {
                    Some(c) if c.is_whitespace() => self.at += c.len_utf8(),
                    _ => return Ok(()),
                },
                _ => return Ok(()),
            }
        }
    }

    fn skip_line(&mut self) {
        let rest = &self.bytes[self.at..];
        self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    }

    /// Says whether the last token can end a name, so that a dot now starts a field.
    fn after_name(&self) -> bool {
        ends_name(&self.out.tokens)
    }

    /// Says whether the last token is the dot of a name: then a part may start with a digit.
    fn after_name_dot(&self) -> bool {
        match self.out.tokens.split_last() {
            Some((last, before)) => last.kind == TokenKind::Symbol(Symbol::Dot) && ends_name(before),
            None => false,
        }
    }

    fn word(&mut self, start: usize) {
        while is_word(self.peek(0)) {
            self.at += 1;
        }
        let keyword = Keyword::lookup(&self.text[start..self.at]);
        self.push(TokenKind::Word(keyword), start);
    }

    fn symbol(&mut self, start: usize) {
        let rest = &self.bytes[start..];
        match Symbol::ALL.iter().find(|symbol| rest.starts_with(symbol.text().as_bytes())) {
            Some(&symbol) => {
                self.at += symbol.text().len();
                self.push(TokenKind::Symbol(symbol), start);
            }
            None => {
                let c = self.text[start..].chars().next().unwrap_or('\u{fffd}');
                self.at += c.len_utf8().max(1);
                self.error(start, format!("Illegal input character \"{}\"", c.escape_debug()), start);
            }
        }
    }
}

/// Returns, for each opening token, the index of the token that closes it. Wrong nesting such as `(]` pairs
/// whatever comes: the table only guides guesses, the parser checks.
fn closers(tokens: &[Token]) -> Vec<u32> {
    let mut closers = vec![0; tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol(Symbol::LeftParen | Symbol::LeftBracket | Symbol::LeftBrace) => {
                open.push(index)
            }
            TokenKind::Symbol(Symbol::RightParen | Symbol::RightBracket | Symbol::RightBrace) => {
                if let Some(opener) = open.pop() {
                    closers[opener] = index as u32;
                }
            }
            _ => {}
        }
    }
    for opener in open {
        closers[opener] = tokens.len() as u32 - 1;
    }
    closers
}

/// Says whether the last of `tokens` can end a name. Reserved words can after a dot or an `@`.
fn ends_name(tokens: &[Token]) -> bool {
    let Some((last, before)) = tokens.split_last() else { return false };
    let after = before.last().map(|token| token.kind);
    match last.kind {
        TokenKind::Word(Some(keyword)) if keyword.is_reserved() => {
            matches!(after, Some(TokenKind::Symbol(Symbol::Dot | Symbol::At | Symbol::DoubleAt)))
        }
        TokenKind::Word(_) | TokenKind::Quoted(_) => true,
        TokenKind::Symbol(symbol) => {
            matches!(symbol, Symbol::RightParen | Symbol::RightBracket | Symbol::Question)
        }
        _ => false,
    }
}
