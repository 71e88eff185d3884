//! Expressions: the operand at the start, and what hangs on it by dots and brackets.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::operator::Precedence;
use super::{Parser, Result};

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Result<Expr> {
        self.expression_above(Precedence::Or)
    }

    /// A prefix operator with its operand, or an operand with its suffixes.
    pub(super) fn prefix(&mut self, min: Precedence) -> Result<Expr> {
        match self.kind() {
            TokenKind::Word(Some(Keyword::NOT)) if min <= Precedence::Not => {
                self.unary(UnaryOp::Not, Precedence::Not)
            }
            TokenKind::Symbol(Symbol::Minus) => self.unary(UnaryOp::Minus, Precedence::Unary),
            TokenKind::Symbol(Symbol::Plus) => self.unary(UnaryOp::Plus, Precedence::Unary),
            TokenKind::Symbol(Symbol::Tilde) => self.unary(UnaryOp::BitNot, Precedence::Unary),
            _ => {
                let operand = self.operand()?;
                self.suffixes(operand)
            }
        }
    }

    fn unary(&mut self, op: UnaryOp, operand_min: Precedence) -> Result<Expr> {
        let start = self.advance().span;
        let operand = Box::new(self.expression_above(operand_min)?);
        Ok(Expr { span: start.to(operand.span), kind: ExprKind::Unary { op, operand } })
    }

    /// An expression that begins with its own token. Each arm is a call, so that the frame stays small: it is on
    /// the stack once for each level of nesting.
    fn operand(&mut self) -> Result<Expr> {
        match self.kind() {
            TokenKind::Int | TokenKind::Float | TokenKind::String(_) | TokenKind::Bytes(_) => {
                self.spanned(|parser| parser.literal().map(ExprKind::Literal))
            }
            TokenKind::Word(Some(keyword)) => self.keyword_operand(keyword),
            TokenKind::Quoted(_) | TokenKind::Word(None) => self.path_or_call(),
            TokenKind::Symbol(Symbol::LeftParen) => self.parenthesized_operand(),
            TokenKind::Symbol(Symbol::LeftBracket) => self.spanned(|parser| parser.array_elements(None)),
            TokenKind::Symbol(Symbol::Question | Symbol::At | Symbol::DoubleAt) => self.parameter_value(),
            _ => Err(self.unexpected()),
        }
    }

    fn spanned(&mut self, parse: impl FnOnce(&mut Self) -> Result<ExprKind>) -> Result<Expr> {
        let start = self.span();
        let kind = parse(self)?;
        Ok(Expr { kind, span: self.span_from(start) })
    }

    /// `@name`.
    pub(super) fn named_parameter(&mut self) -> Result<Parameter> {
        self.expect_symbol(Symbol::At)?;
        self.any_ident().map(Parameter::Named)
    }

    /// `@@name.part`.
    pub(super) fn system_variable(&mut self) -> Result<Path> {
        self.expect_symbol(Symbol::DoubleAt)?;
        let first = self.any_ident()?;
        self.path_after(first)
    }

    /// What a keyword begins.
    fn keyword_operand(&mut self, keyword: Keyword) -> Result<Expr> {
        let before_paren = self.symbol(1) == Some(Symbol::LeftParen);
        match keyword {
            Keyword::NULL => self.constant(Literal::Null),
            Keyword::TRUE => self.constant(Literal::Bool(true)),
            Keyword::FALSE => self.constant(Literal::Bool(false)),
            Keyword::CASE => self.spanned(Self::case_expression),
            Keyword::CAST => self.spanned(|parser| parser.cast(false)),
            Keyword::SAFE_CAST if before_paren => self.spanned(|parser| parser.cast(true)),
            Keyword::EXTRACT => self.spanned(Self::extract),
            Keyword::INTERVAL => self.spanned(Self::interval),
            Keyword::ARRAY => self.spanned(Self::array),
            Keyword::STRUCT => self.spanned(Self::struct_constructor),
            Keyword::EXISTS => self.spanned(|parser| {
                parser.advance();
                parser.boxed_query().map(ExprKind::Exists)
            }),
            Keyword::WITH if before_paren => self.spanned(Self::with_expression),
            Keyword::RANGE if self.symbol(1) == Some(Symbol::Less) => self.spanned(Self::range_literal),
            Keyword::IF
            | Keyword::LEFT
            | Keyword::RIGHT
            | Keyword::GROUPING
            | Keyword::COLLATE
            | Keyword::RANGE
                if before_paren =>
            {
                self.spanned(|parser| {
                    let name = parser.any_ident()?;
                    parser.call(None, Path { span: name.span, parts: vec![name] })
                })
            }
            _ => match literal_type(keyword) {
                Some(literal_type) if matches!(self.token(1).kind, TokenKind::String(_)) => {
                    self.spanned(|parser| parser.typed_literal(literal_type))
                }
                _ => self.path_or_call(),
            },
        }
    }

    fn typed_literal(&mut self, literal_type: LiteralType) -> Result<ExprKind> {
        self.advance();
        let value_span = self.span();
        let value = self.string_literal()?;
        Ok(ExprKind::Literal(Literal::Typed { literal_type, value, value_span }))
    }

    fn constant(&mut self, literal: Literal) -> Result<Expr> {
        let span = self.advance().span;
        Ok(Expr { kind: ExprKind::Literal(literal), span })
    }

    fn boxed_query(&mut self) -> Result<Box<Query>> {
        self.parenthesized_query().map(Box::new)
    }

    fn path_or_call(&mut self) -> Result<Expr> {
        let start = self.span();
        let path = self.path()?;
        let kind =
            if self.at_symbol(Symbol::LeftParen) { self.call(None, path)? } else { ExprKind::Path(path) };
        Ok(Expr { kind, span: self.span_from(start) })
    }

    /// `(expression)`, `(a, b)` or `(query)`.
    fn parenthesized_operand(&mut self) -> Result<Expr> {
        if self.is_query(self.at + 1) {
            return self.spanned(|parser| parser.boxed_query().map(ExprKind::Subquery));
        }
        let start = self.advance().span;
        let first = self.expression()?;
        match self.eat_symbol(Symbol::RightParen) {
            true => Ok(first),
            false => self.tuple(start, first),
        }
    }

    fn tuple(&mut self, start: Span, first: Expr) -> Result<Expr> {
        let mut fields = vec![StructValue { value: first, alias: None }];
        while self.eat_symbol(Symbol::Comma) {
            fields.push(StructValue { value: self.expression()?, alias: None });
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(Expr { kind: ExprKind::Struct { form: StructForm::Tuple, fields }, span: self.span_from(start) })
    }

    /// Fields, subscripts and chained calls after `base`.
    fn suffixes(&mut self, mut base: Expr) -> Result<Expr> {
        let start = base.span;
        loop {
            let kind = match self.symbol(0) {
                Some(Symbol::Dot) if self.symbol(1) == Some(Symbol::Star) => return Ok(base),
                Some(Symbol::Dot) if self.symbol(1) == Some(Symbol::LeftParen) => {
                    // `x.(safe.f)(y)`: a chained call of a function with a longer name.
                    self.at += 2;
                    let name = self.path()?;
                    self.expect_symbol(Symbol::RightParen)?;
                    if !self.at_symbol(Symbol::LeftParen) {
                        return Err(self.expected("\"(\""));
                    }
                    self.call(Some(base), name)?
                }
                Some(Symbol::Dot) => {
                    // `(123).f()` is a chained call, `123 .f()` is not.
                    let is_bare_number = matches!(
                        self.at.checked_sub(1).map(|at| self.tokens.tokens[at].kind),
                        Some(TokenKind::Int | TokenKind::Float)
                    );
                    self.advance();
                    let field = self.any_ident()?;
                    if self.at_symbol(Symbol::LeftParen) {
                        if is_bare_number {
                            return Err(self.unexpected());
                        }
                        let name = Path { span: field.span, parts: vec![field] };
                        self.call(Some(base), name)?
                    } else {
                        ExprKind::Field { base: Box::new(base), field }
                    }
                }
                Some(Symbol::LeftBracket) => {
                    self.advance();
                    let index = self.expression()?;
                    self.expect_symbol(Symbol::RightBracket)?;
                    let (mode, index) = subscript_mode(index);
                    ExprKind::Subscript { base: Box::new(base), mode, index: Box::new(index) }
                }
                Some(Symbol::LeftParen) => {
                    return Err(self.error(match base.kind {
                        ExprKind::Call(_) => "Double function call parentheses",
                        _ => {
                            "Function call cannot be applied to this expression. \
                             Function calls require a path, e.g. a.b.c()"
                        }
                    }));
                }
                _ if self.at_keyword(Keyword::OVER) => {
                    return Err(self.error("OVER keyword must follow a function call"));
                }
                _ => return Ok(base),
            };
            self.deepen()?;
            base = Expr { kind, span: self.span_from(start) };
        }
    }
}

/// Returns the typed literal that a keyword before a string begins.
fn literal_type(keyword: Keyword) -> Option<LiteralType> {
    Some(match keyword {
        Keyword::DATE => LiteralType::Date,
        Keyword::TIME => LiteralType::Time,
        Keyword::DATETIME => LiteralType::Datetime,
        Keyword::TIMESTAMP => LiteralType::Timestamp,
        Keyword::NUMERIC | Keyword::DECIMAL => LiteralType::Numeric,
        Keyword::BIGNUMERIC | Keyword::BIGDECIMAL => LiteralType::BigNumeric,
        Keyword::JSON => LiteralType::Json,
        _ => return None,
    })
}

/// Splits `OFFSET(i)` and its like into the mode and the index.
fn subscript_mode(index: Expr) -> (SubscriptMode, Expr) {
    let ExprKind::Call(call) = &index.kind else { return (SubscriptMode::Plain, index) };
    let mode = match call.name.as_ident() {
        Some(name) if !name.quoted && call.is_plain() => match Keyword::lookup(&name.value) {
            Some(Keyword::OFFSET) => SubscriptMode::Offset,
            Some(Keyword::ORDINAL) => SubscriptMode::Ordinal,
            Some(Keyword::SAFE_OFFSET) => SubscriptMode::SafeOffset,
            Some(Keyword::SAFE_ORDINAL) => SubscriptMode::SafeOrdinal,
            Some(Keyword::KEY) => SubscriptMode::Key,
            Some(Keyword::SAFE_KEY) => SubscriptMode::SafeKey,
            _ => SubscriptMode::Plain,
        },
        _ => SubscriptMode::Plain,
    };
    match (mode, call.arguments.as_slice()) {
        (SubscriptMode::Plain, _) => (SubscriptMode::Plain, index),
        (mode, [Argument { name: None, alias: None, value: ArgumentValue::Expr(value), .. }]) => {
            (mode, value.clone())
        }
        _ => (SubscriptMode::Plain, index),
    }
}
