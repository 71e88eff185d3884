//! Looking at tokens, taking them, and saying what is wrong with them.

use super::super::ast::{Ident, Path, Span};
use super::super::keyword::Keyword;
use super::super::token::{Symbol, Token, TokenKind};
use super::super::{MAX_NESTING, MAX_TREE_DEPTH};
use super::{ParseError, ParseErrorKind, Parser, Result};

/// The most characters of a literal that a message shows.
const SHOWN_MAX: usize = 50;

impl Parser<'_> {
    pub(super) fn token(&self, ahead: usize) -> Token {
        let tokens = &self.tokens.tokens;
        tokens
            .get(self.at + ahead)
            .or(tokens.last())
            .copied()
            .unwrap_or(Token { kind: TokenKind::End, span: Span::default() })
    }

    pub(super) fn kind(&self) -> TokenKind {
        self.token(0).kind
    }

    pub(super) fn span(&self) -> Span {
        self.token(0).span
    }

    /// The keyword that the token `ahead` spells, if it does.
    pub(super) fn keyword(&self, ahead: usize) -> Option<Keyword> {
        match self.token(ahead).kind {
            TokenKind::Word(keyword) => keyword,
            _ => None,
        }
    }

    pub(super) fn at_keyword(&self, keyword: Keyword) -> bool {
        self.keyword(0) == Some(keyword)
    }

    /// Says whether the next tokens spell `keywords`.
    pub(super) fn at_keywords(&self, keywords: &[Keyword]) -> bool {
        keywords.iter().enumerate().all(|(ahead, &keyword)| self.keyword(ahead) == Some(keyword))
    }

    pub(super) fn symbol(&self, ahead: usize) -> Option<Symbol> {
        match self.token(ahead).kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    pub(super) fn at_symbol(&self, symbol: Symbol) -> bool {
        self.symbol(0) == Some(symbol)
    }

    pub(super) fn at_end(&self) -> bool {
        self.kind() == TokenKind::End
    }

    /// Says whether the token `ahead` begins right where the one before it ends.
    pub(super) fn is_glued(&self, ahead: usize) -> bool {
        self.token(ahead).span.start == self.token(ahead - 1).span.end
    }

    pub(super) fn advance(&mut self) -> Token {
        let token = self.token(0);
        if token.kind != TokenKind::End {
            self.at += 1;
        }
        token
    }

    /// From `start` to the end of the token taken last.
    pub(super) fn span_from(&self, start: Span) -> Span {
        let end = match self.at.checked_sub(1).and_then(|at| self.tokens.tokens.get(at)) {
            Some(token) => token.span.end,
            None => start.end,
        };
        Span::new(start.start, end.max(start.start))
    }

    pub(super) fn eat(&mut self, keyword: Keyword) -> bool {
        let here = self.at_keyword(keyword);
        if here {
            self.at += 1;
        }
        here
    }

    /// Takes all of `keywords` or none.
    pub(super) fn eat_all(&mut self, keywords: &[Keyword]) -> bool {
        let here = self.at_keywords(keywords);
        if here {
            self.at += keywords.len();
        }
        here
    }

    pub(super) fn eat_symbol(&mut self, symbol: Symbol) -> bool {
        let here = self.at_symbol(symbol);
        if here {
            self.at += 1;
        }
        here
    }

    pub(super) fn expect(&mut self, keyword: Keyword) -> Result<Span> {
        match self.at_keyword(keyword) {
            true => Ok(self.advance().span),
            false => Err(self.expected(&format!("keyword {}", keyword.text()))),
        }
    }

    pub(super) fn expect_all(&mut self, keywords: &[Keyword]) -> Result<()> {
        keywords.iter().try_for_each(|&keyword| self.expect(keyword).map(|_| ()))
    }

    pub(super) fn expect_symbol(&mut self, symbol: Symbol) -> Result<Span> {
        match self.at_symbol(symbol) {
            true => Ok(self.advance().span),
            false => Err(self.expected(&format!("\"{}\"", symbol.text()))),
        }
    }

    pub(super) fn expect_end(&mut self) -> Result<()> {
        match self.at_end() {
            true => Ok(()),
            false => Err(self.expected("end of input")),
        }
    }

    /// Takes a `>` that closes type arguments, out of a `>>` if need be.
    pub(super) fn expect_type_close(&mut self) -> Result<()> {
        if let (true, Some(token)) = (self.at_symbol(Symbol::ShiftRight), self.tokens.tokens.get_mut(self.at))
        {
            token.kind = TokenKind::Symbol(Symbol::Greater);
            token.span.start += 1;
            return Ok(());
        }
        self.expect_symbol(Symbol::Greater).map(|_| ())
    }

    /// `open item, item, ... close`, at least one item.
    pub(super) fn parenthesized<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.expect_symbol(Symbol::LeftParen)?;
        let items = self.comma_list(&mut item)?;
        match self.at_symbol(Symbol::RightParen) {
            true => self.at += 1,
            false => return Err(self.expected("\")\" or \",\"")),
        }
        Ok(items)
    }

    /// `item, item, ...`, at least one.
    pub(super) fn comma_list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(Symbol::Comma) {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.nesting >= MAX_NESTING {
            return Err(self.too_deep());
        }
        self.nesting += 1;
        let result = parse(self);
        self.nesting -= 1;
        result
    }

    /// Counts one more level of tree on top of what was finished last.
    pub(super) fn deepen(&mut self) -> Result<()> {
        self.height += 1;
        if self.height > MAX_TREE_DEPTH { Err(self.too_deep()) } else { Ok(()) }
    }

    /// Says whether the token is a name: a word that is not reserved, or backticked.
    pub(super) fn is_ident(&self, ahead: usize) -> bool {
        match self.token(ahead).kind {
            TokenKind::Word(keyword) => !keyword.is_some_and(Keyword::is_reserved),
            TokenKind::Quoted(_) => true,
            _ => false,
        }
    }

    /// A name.
    pub(super) fn ident(&mut self) -> Result<Ident> {
        match self.is_ident(0) {
            true => self.any_ident(),
            false => Err(self.unexpected()),
        }
    }

    /// A name where even reserved words are names: after a dot or an `@`.
    pub(super) fn any_ident(&mut self) -> Result<Ident> {
        let token = self.token(0);
        let (value, quoted) = match token.kind {
            TokenKind::Word(_) => (token.span.text(self.text).to_owned(), false),
            TokenKind::Quoted(index) => (self.string_value(index), true),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Ident { value, quoted, span: token.span })
    }

    pub(super) fn string_value(&self, index: u32) -> String {
        self.tokens.strings.get(index as usize).cloned().unwrap_or_default()
    }

    /// `a.b.c`; the parts after the first may be reserved words.
    pub(super) fn path(&mut self) -> Result<Path> {
        let first = self.ident()?;
        self.path_after(first)
    }

    pub(super) fn path_after(&mut self, first: Ident) -> Result<Path> {
        let mut span = first.span;
        let mut parts = vec![first];
        while self.at_symbol(Symbol::Dot)
            && matches!(self.token(1).kind, TokenKind::Word(_) | TokenKind::Quoted(_))
        {
            self.at += 1;
            let part = self.any_ident()?;
            span = span.to(part.span);
            parts.push(part);
        }
        Ok(Path { parts, span })
    }

    /// `[AS] name`, where a name may follow.
    pub(super) fn optional_alias(&mut self) -> Result<Option<Ident>> {
        if self.eat(Keyword::AS) || self.is_ident(0) { self.ident().map(Some) } else { Ok(None) }
    }

    /// `AS name`, where AS is needed.
    pub(super) fn as_alias(&mut self) -> Result<Option<Ident>> {
        if self.eat(Keyword::AS) { self.ident().map(Some) } else { Ok(None) }
    }

    /// Says that the next token has no business here.
    pub(super) fn unexpected(&self) -> ParseError {
        match self.lexer_error() {
            Some(error) => error,
            None => self.error(format!("Unexpected {}", self.describe(self.token(0)))),
        }
    }

    /// Says what should be where the next token is.
    pub(super) fn expected(&self, what: &str) -> ParseError {
        match self.lexer_error() {
            Some(error) => error,
            None => self.error(format!("Expected {what} but got {}", self.describe(self.token(0)))),
        }
    }

    /// An error at the next token.
    pub(super) fn error(&self, message: impl Into<String>) -> ParseError {
        self.error_at(self.span(), message)
    }

    pub(super) fn error_at(&self, span: Span, message: impl Into<String>) -> ParseError {
        self.make_error(ParseErrorKind::Syntax, span, message.into())
    }

    /// Says that a construct at the next token is known and not supported.
    pub(super) fn unsupported(&self, message: impl Into<String>) -> ParseError {
        self.make_error(ParseErrorKind::Unsupported, self.span(), message.into())
    }

    pub(super) fn too_deep(&self) -> ParseError {
        let message = "Query is too complex: it nests too deep or chains too many operators".to_owned();
        self.make_error(ParseErrorKind::TooDeep, self.span(), message)
    }

    fn make_error(&self, kind: ParseErrorKind, span: Span, message: String) -> ParseError {
        ParseError { kind, message, span, position: span.line_column(self.text) }
    }

    fn lexer_error(&self) -> Option<ParseError> {
        let TokenKind::Error(index) = self.kind() else { return None };
        let (message, offset) = self.tokens.errors.get(index as usize)?;
        Some(self.error_at(Span::new(*offset, self.span().end.max(*offset)), message.clone()))
    }

    /// Names a token as BigQuery's messages do.
    fn describe(&self, token: Token) -> String {
        let text = token.span.text(self.text);
        match token.kind {
            TokenKind::Word(Some(keyword)) => format!("keyword {}", keyword.text()),
            TokenKind::Word(None) => format!("identifier \"{text}\""),
            TokenKind::Quoted(_) => format!("identifier {text}"),
            TokenKind::Int => format!("integer literal \"{text}\""),
            TokenKind::Float => format!("floating point literal \"{text}\""),
            TokenKind::String(_) => format!("string literal {}", shorten(text)),
            TokenKind::Bytes(_) => format!("bytes literal {}", shorten(text)),
            TokenKind::Symbol(symbol) => format!("\"{}\"", symbol.text()),
            TokenKind::End => "end of statement".to_owned(),
            TokenKind::Error(_) => format!("\"{text}\""),
        }
    }
}

/// Cuts a literal to what a message shows, keeping its quotes.
fn shorten(text: &str) -> String {
    if text.chars().count() <= SHOWN_MAX {
        return text.to_owned();
    }
    let body = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quote = &body[..body.chars().next().map_or(0, char::len_utf8)];
    let quotes = if !quote.is_empty() && body.starts_with(&quote.repeat(3)) {
        quote.repeat(3)
    } else {
        quote.to_owned()
    };
    let kept: String =
        text.chars().take(SHOWN_MAX - 3 - quotes.len() + usize::from(quotes.len() == 1)).collect();
    format!("{kept}...{quotes}")
}
