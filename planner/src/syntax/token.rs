//! Tokens: what the lexer hands to the parser.

use super::ast::Span;
use super::keyword::Keyword;

/// One token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// Which token.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of token. Payloads lie in [`Tokens`], so that a token can be copied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TokenKind {
    /// A word without backticks, with the keyword that it spells.
    Word(Option<Keyword>),
    /// A name in backticks; index into [`Tokens::strings`].
    Quoted(u32),
    /// Digits, decimal or hexadecimal.
    Int,
    /// A number with a fraction or an exponent.
    Float,
    /// A string literal; index into [`Tokens::strings`].
    String(u32),
    /// A bytes literal; index into [`Tokens::bytes`].
    Bytes(u32),
    /// Punctuation.
    Symbol(Symbol),
    /// The end of the text.
    End,
    /// Something that is no token; index into [`Tokens::errors`]. An error only once the parser gets there.
    Error(u32),
}

/// A text cut into tokens; the last is [`TokenKind::End`].
#[derive(Debug, Default)]
pub struct Tokens {
    /// The tokens.
    pub tokens: Vec<Token>,
    /// For each token that opens a parenthesis, bracket or brace, the index of the one that closes it
    /// (or of the end); 0 for the others.
    pub closers: Vec<u32>,
    /// Unescaped strings and names.
    pub strings: Vec<String>,
    /// Unescaped bytes.
    pub bytes: Vec<Vec<u8>>,
    /// Messages, with the offset at fault.
    pub errors: Vec<(String, u32)>,
}

macro_rules! symbols {
    ($($name:ident $text:literal)*) => {
        /// Punctuation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "named as the characters are")]
        pub enum Symbol { $($name,)* }

        impl Symbol {
            /// Returns the characters.
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Longest first, so that the first that fits is the right one.
            pub(super) const ALL: &'static [Symbol] = &[$(Symbol::$name,)*];
        }
    };
}

symbols! {
    PipeInput "|>" Concat "||" ShiftLeft "<<" ShiftRight ">>" LessEqual "<=" GreaterEqual ">=" NotEqualAngle "<>"
    NotEqual "!=" NamedArgument "=>" Arrow "->" PlusEqual "+=" MinusEqual "-=" DoubleAt "@@"
    LeftParen "(" RightParen ")" LeftBracket "[" RightBracket "]" LeftBrace "{" RightBrace "}"
    Comma "," Semicolon ";" Dot "." Colon ":" At "@" Question "?" Plus "+" Minus "-" Star "*" Slash "/"
    Bar "|" Ampersand "&" Caret "^" Tilde "~" Less "<" Greater ">" Equal "=" Dollar "$"
}
