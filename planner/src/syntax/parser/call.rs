//! Function calls: arguments, the modifiers of aggregates, windows.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// `(arguments modifiers) [OVER window]` after a name.
    pub(super) fn call(&mut self, receiver: Option<Expr>, name: Path) -> Result<ExprKind> {
        let mut call = self.call_arguments(receiver, name)?;
        if self.eat(Keyword::OVER) {
            call.over = Some(self.window()?);
        }
        Ok(ExprKind::Call(call))
    }

    /// `(arguments modifiers)` after a name.
    pub(super) fn call_arguments(&mut self, receiver: Option<Expr>, name: Path) -> Result<Box<FunctionCall>> {
        let mut call = boxed_call(receiver, name);
        self.expect_symbol(Symbol::LeftParen)?;
        call.distinct = self.eat(Keyword::DISTINCT);
        if !self.at_symbol(Symbol::RightParen) && !self.at_modifier() {
            call.arguments = self.comma_list(Self::argument)?;
            let mut later = call.arguments.iter().skip(1);
            if let Some(star) = later.find(|argument| argument.value == ArgumentValue::Star) {
                return Err(self.error_at(star.span, "Unexpected \"*\""));
            }
        }
        self.call_modifiers(&mut call)?;
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false if call.has_modifiers() => return Err(self.expected("\")\"")),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        Ok(call)
    }

    /// Says whether a modifier stands where the first argument would.
    fn at_modifier(&self) -> bool {
        matches!(
            self.keyword(0),
            Some(Keyword::ORDER | Keyword::LIMIT | Keyword::IGNORE | Keyword::RESPECT | Keyword::HAVING)
        )
    }

    fn call_modifiers(&mut self, call: &mut FunctionCall) -> Result<()> {
        call.null_handling = match self.keyword(0) {
            Some(Keyword::IGNORE) => Some(NullHandling::Ignore),
            Some(Keyword::RESPECT) => Some(NullHandling::Respect),
            _ => None,
        };
        if call.null_handling.is_some() {
            self.advance();
            self.expect(Keyword::NULLS)?;
        }
        if self.eat(Keyword::WHERE) {
            call.filter = Some(self.expression()?);
        }
        if self.at_keyword(Keyword::HAVING) && matches!(self.keyword(1), Some(Keyword::MAX | Keyword::MIN)) {
            self.advance();
            let max = self.advance().kind == TokenKind::Word(Some(Keyword::MAX));
            let value = self.expression()?;
            call.having = Some(if max { HavingModifier::Max(value) } else { HavingModifier::Min(value) });
        }
        if self.eat_all(&[Keyword::GROUP, Keyword::BY]) {
            call.group_by = self.comma_list(Self::expression)?;
        }
        if call.having.is_none() && self.eat(Keyword::HAVING) {
            call.having = Some(HavingModifier::Filter(self.expression()?));
        }
        if self.at_keyword(Keyword::ORDER) {
            call.order_by = self.order_by()?;
        }
        if self.eat(Keyword::LIMIT) {
            call.limit = Some(self.limit_value()?);
        }
        Ok(())
    }

    /// One argument of any call.
    pub(super) fn argument(&mut self) -> Result<Argument> {
        let start = self.span();
        let name = if self.is_ident(0) && self.symbol(1) == Some(Symbol::NamedArgument) {
            let name = self.ident()?;
            self.advance();
            Some(name)
        } else {
            None
        };
        let value = self.argument_value()?;
        let alias = self.as_alias()?;
        Ok(Argument { name, value, alias, span: self.span_from(start) })
    }

    fn argument_value(&mut self) -> Result<ArgumentValue> {
        match self.special_argument()? {
            Some(value) => Ok(value),
            None => self.lambda_or_expression().map(ArgumentValue::Expr),
        }
    }

    /// What only an argument can be; apart, so that the frames of nested calls stay small.
    fn special_argument(&mut self) -> Result<Option<ArgumentValue>> {
        let next_is_name = matches!(self.token(1).kind, TokenKind::Word(_) | TokenKind::Quoted(_));
        match self.keyword(0) {
            Some(Keyword::TABLE) if next_is_name => {
                self.advance();
                let path = self.table_path()?;
                return Ok(Some(ArgumentValue::Table(match self.at_symbol(Symbol::LeftParen) {
                    true => TableArgument::Call(self.call_arguments(None, path)?),
                    false => TableArgument::Name(path),
                })));
            }
            Some(Keyword::MODEL) if self.is_ident(1) => {
                self.advance();
                return self.path().map(ArgumentValue::Model).map(Some);
            }
            Some(Keyword::CONNECTION) if self.is_ident(1) || self.keyword(1) == Some(Keyword::DEFAULT) => {
                self.advance();
                return Ok(Some(ArgumentValue::Connection(match self.eat(Keyword::DEFAULT) {
                    true => None,
                    false => Some(self.dashed_path()?),
                })));
            }
            Some(Keyword::DESCRIPTOR) if self.symbol(1) == Some(Symbol::LeftParen) => {
                self.advance();
                return self.parenthesized(Self::ident).map(ArgumentValue::Descriptor).map(Some);
            }
            Some(Keyword::SELECT | Keyword::FROM) => {
                return Err(self.unexpected());
            }
            _ => {}
        }
        if self.at_symbol(Symbol::Star) {
            self.advance();
            return Ok(Some(ArgumentValue::Star));
        }
        Ok(None)
    }

    fn lambda_or_expression(&mut self) -> Result<Expr> {
        let single = self.is_ident(0) && self.symbol(1) == Some(Symbol::Arrow);
        let several = self.at_symbol(Symbol::LeftParen) && self.symbol_after_parens() == Some(Symbol::Arrow);
        if single || several { self.lambda() } else { self.expression() }
    }

    /// `x -> body`, `(x, y) -> body`, `() -> body`.
    fn lambda(&mut self) -> Result<Expr> {
        let start = self.span();
        let parameters = if !self.at_symbol(Symbol::LeftParen) {
            vec![self.ident()?]
        } else if self.symbol(1) == Some(Symbol::RightParen) {
            self.at += 2;
            Vec::new()
        } else {
            self.parenthesized(Self::ident)?
        };
        self.expect_symbol(Symbol::Arrow)?;
        let body = Box::new(self.expression()?);
        Ok(Expr { kind: ExprKind::Lambda { parameters, body }, span: self.span_from(start) })
    }

    /// The symbol after the parenthesis that closes the one here.
    fn symbol_after_parens(&self) -> Option<Symbol> {
        let closer = *self.tokens.closers.get(self.at)? as usize;
        match self.tokens.tokens.get(closer + 1)?.kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// What follows OVER, and AS in the WINDOW clause.
    pub(super) fn window(&mut self) -> Result<WindowSpec> {
        let start = self.span();
        let mut spec =
            WindowSpec { base: None, partition_by: vec![], order_by: vec![], frame: None, span: start };
        if self.is_ident(0) {
            spec.base = Some(self.ident()?);
            return Ok(spec);
        }
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_ident(0) {
            spec.base = Some(self.ident()?);
        }
        if self.at_keyword(Keyword::PARTITION) {
            spec.partition_by = self.partition_by()?;
        }
        if self.at_keyword(Keyword::ORDER) {
            spec.order_by = self.order_by()?;
        }
        if matches!(self.keyword(0), Some(Keyword::ROWS | Keyword::RANGE)) {
            spec.frame = Some(self.frame()?);
        }
        self.expect_symbol(Symbol::RightParen)?;
        spec.span = self.span_from(start);
        Ok(spec)
    }

    /// `PARTITION BY a, b`.
    pub(super) fn partition_by(&mut self) -> Result<Vec<Expr>> {
        self.expect_all(&[Keyword::PARTITION, Keyword::BY])?;
        self.comma_list(Self::expression)
    }

    fn frame(&mut self) -> Result<WindowFrame> {
        let start = self.span();
        let unit = if self.eat(Keyword::ROWS) {
            FrameUnit::Rows
        } else {
            self.expect(Keyword::RANGE)?;
            FrameUnit::Range
        };
        let (first, last) = if self.eat(Keyword::BETWEEN) {
            let first = self.frame_bound()?;
            self.expect(Keyword::AND)?;
            (first, Some(self.frame_bound()?))
        } else {
            (self.frame_bound()?, None)
        };
        Ok(WindowFrame { unit, start: first, end: last, span: self.span_from(start) })
    }

    fn frame_bound(&mut self) -> Result<FrameBound> {
        if self.eat_all(&[Keyword::CURRENT, Keyword::ROW]) {
            return Ok(FrameBound::CurrentRow);
        }
        let unbounded = self.eat(Keyword::UNBOUNDED);
        let distance = if unbounded { None } else { Some(Box::new(self.expression()?)) };
        if self.eat(Keyword::PRECEDING) {
            return Ok(distance.map_or(FrameBound::UnboundedPreceding, FrameBound::Preceding));
        }
        match self.eat(Keyword::FOLLOWING) {
            true => Ok(distance.map_or(FrameBound::UnboundedFollowing, FrameBound::Following)),
            false => Err(self.expected("keyword PRECEDING or keyword FOLLOWING")),
        }
    }
}

/// Boxed apart, so that the frames of the parser's recursion stay small in builds without optimisation.
#[inline(never)]
fn boxed_call(receiver: Option<Expr>, name: Path) -> Box<FunctionCall> {
    let mut call = Box::new(FunctionCall::new(name));
    call.receiver = receiver;
    call
}
