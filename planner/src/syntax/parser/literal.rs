//! Literals and constructors: numbers, strings, CASE, CAST, EXTRACT, INTERVAL, ARRAY, STRUCT, WITH.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// A number, string or bytes literal; strings that follow each other are one.
    pub(super) fn literal(&mut self) -> Result<Literal> {
        let token = self.token(0);
        let text = token.span.text(self.text);
        match token.kind {
            TokenKind::Int => {
                self.number_end()?;
                Ok(int_literal(text))
            }
            TokenKind::Float => {
                self.number_end()?;
                Ok(Literal::Float(text.to_owned()))
            }
            TokenKind::String(_) => self.string_literal().map(Literal::String),
            TokenKind::Bytes(_) => self.bytes_literal().map(Literal::Bytes),
            _ => Err(self.unexpected()),
        }
    }

    /// Takes a number, which no name may touch.
    fn number_end(&mut self) -> Result<()> {
        self.advance();
        match self.kind() {
            TokenKind::Word(_) if self.at > 0 => {
                let end = self.tokens.tokens[self.at - 1].span.end;
                match self.span().start == end {
                    true => Err(self.error("Missing whitespace between literal and alias")),
                    false => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// `'a' 'b'`: one string.
    pub(super) fn string_literal(&mut self) -> Result<String> {
        let TokenKind::String(index) = self.kind() else { return Err(self.expected("string literal")) };
        let mut value = self.string_value(index);
        self.advance();
        loop {
            match self.kind() {
                TokenKind::String(index) => {
                    self.literal_gap()?;
                    value.push_str(&self.string_value(index));
                    self.advance();
                }
                TokenKind::Bytes(_) if !self.touches_previous() => {
                    return Err(self.error("string and bytes literals cannot be concatenated."));
                }
                _ => return Ok(value),
            }
        }
    }

    fn bytes_literal(&mut self) -> Result<Vec<u8>> {
        let mut value = Vec::new();
        while let TokenKind::Bytes(index) = self.kind() {
            if !value.is_empty() {
                self.literal_gap()?;
            }
            value.extend_from_slice(self.tokens.bytes.get(index as usize).map_or(&[], Vec::as_slice));
            self.advance();
        }
        match self.kind() {
            TokenKind::String(_) if !self.touches_previous() => {
                Err(self.error("string and bytes literals cannot be concatenated."))
            }
            _ => Ok(value),
        }
    }

    fn touches_previous(&self) -> bool {
        self.at > 0 && self.tokens.tokens[self.at - 1].span.end == self.span().start
    }

    fn literal_gap(&self) -> Result<()> {
        match self.touches_previous() {
            true => {
                Err(self.error("concatenated string literals must be separated by whitespace or comments"))
            }
            false => Ok(()),
        }
    }

    pub(super) fn case_expression(&mut self) -> Result<ExprKind> {
        self.expect(Keyword::CASE)?;
        let operand = if self.at_keyword(Keyword::WHEN) { None } else { Some(Box::new(self.expression()?)) };
        let mut branches = Vec::new();
        while branches.is_empty() || self.at_keyword(Keyword::WHEN) {
            self.expect(Keyword::WHEN)?;
            let when = self.expression()?;
            self.expect(Keyword::THEN)?;
            branches.push(CaseBranch { when, then: self.expression()? });
        }
        let otherwise = if self.eat(Keyword::ELSE) { Some(Box::new(self.expression()?)) } else { None };
        self.expect(Keyword::END)?;
        Ok(ExprKind::Case { operand, branches, otherwise })
    }

    pub(super) fn cast(&mut self, safe: bool) -> Result<ExprKind> {
        self.advance();
        self.expect_symbol(Symbol::LeftParen)?;
        if self.is_bare_query(self.at) {
            return Err(self.error(format!(
                "The argument to {} is an expression, not a query; to use a query as an expression, the query \
                 must be wrapped with additional parentheses to make it a scalar subquery expression",
                if safe { "SAFE_CAST" } else { "CAST" }
            )));
        }
        let operand = Box::new(self.expression()?);
        self.expect(Keyword::AS)?;
        let data_type = self.data_type()?;
        let format = if self.eat(Keyword::FORMAT) { Some(Box::new(self.expression()?)) } else { None };
        let time_zone = if format.is_some() { self.at_time_zone()? } else { None };
        self.expect_symbol(Symbol::RightParen)?;
        Ok(ExprKind::Cast { safe, operand, data_type, format, time_zone })
    }

    fn at_time_zone(&mut self) -> Result<Option<Box<Expr>>> {
        if !self.eat(Keyword::AT) {
            return Ok(None);
        }
        self.expect_all(&[Keyword::TIME, Keyword::ZONE])?;
        Ok(Some(Box::new(self.expression()?)))
    }

    pub(super) fn extract(&mut self) -> Result<ExprKind> {
        self.expect(Keyword::EXTRACT)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let part = Box::new(self.expression()?);
        self.expect(Keyword::FROM)?;
        let value = Box::new(self.expression()?);
        let time_zone = self.at_time_zone()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(ExprKind::Extract { part, value, time_zone })
    }

    pub(super) fn interval(&mut self) -> Result<ExprKind> {
        self.expect(Keyword::INTERVAL)?;
        let value = Box::new(self.expression()?);
        let from = self.ident()?;
        let to = if self.eat(Keyword::TO) { Some(self.ident()?) } else { None };
        Ok(ExprKind::Interval { value, from, to })
    }

    /// What follows the keyword ARRAY.
    pub(super) fn array(&mut self) -> Result<ExprKind> {
        if self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            return Ok(ExprKind::ArraySubquery(Box::new(self.parenthesized_query()?)));
        }
        if matches!(self.symbol(1), Some(Symbol::Less)) {
            return match self.data_type_kind()? {
                DataTypeKind::Array(element) => self.array_elements(Some(*element)),
                _ => Err(self.unexpected()),
            };
        }
        if self.symbol(1) != Some(Symbol::LeftBracket) {
            self.advance();
            return Err(self.expected("\"(\" or \"<\" or \"[\""));
        }
        self.advance();
        self.array_elements(None)
    }

    pub(super) fn array_elements(&mut self, element_type: Option<DataType>) -> Result<ExprKind> {
        self.expect_symbol(Symbol::LeftBracket)?;
        let mut elements = Vec::new();
        if !self.at_symbol(Symbol::RightBracket) {
            elements = self.comma_list(Self::expression)?;
        }
        match self.at_symbol(Symbol::RightBracket) {
            true => self.advance(),
            false => return Err(self.expected("\"]\" or \",\"")),
        };
        Ok(ExprKind::Array { element_type, elements })
    }

    /// What follows the keyword STRUCT.
    pub(super) fn struct_constructor(&mut self) -> Result<ExprKind> {
        let form = if self.symbol(1) == Some(Symbol::LeftParen) {
            self.advance();
            StructForm::Keyword
        } else {
            match self.data_type_kind()? {
                DataTypeKind::Struct(fields) => StructForm::Typed(fields),
                _ => return Err(self.unexpected()),
            }
        };
        self.expect_symbol(Symbol::LeftParen)?;
        let mut fields = Vec::new();
        if !self.at_symbol(Symbol::RightParen) {
            fields = self.comma_list(|parser| {
                Ok(StructValue { value: parser.expression()?, alias: parser.as_alias()? })
            })?;
        }
        match self.at_symbol(Symbol::RightParen) {
            true => self.advance(),
            false => return Err(self.expected("\")\" or \",\"")),
        };
        Ok(ExprKind::Struct { form, fields })
    }

    pub(super) fn range_literal(&mut self) -> Result<ExprKind> {
        let data_type = Box::new(self.data_type()?);
        let value_span = self.span();
        let value = self.string_literal()?;
        Ok(ExprKind::Literal(Literal::Range { data_type, value, value_span }))
    }

    /// `WITH(a AS 1, b AS 2, a + b)`.
    pub(super) fn with_expression(&mut self) -> Result<ExprKind> {
        self.expect(Keyword::WITH)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let mut bindings = Vec::new();
        while bindings.is_empty() || (self.is_ident(0) && self.keyword(1) == Some(Keyword::AS)) {
            let name = self.ident()?;
            self.expect(Keyword::AS)?;
            bindings.push(Binding { name, value: self.expression()? });
            self.expect_symbol(Symbol::Comma)?;
        }
        let body = Box::new(self.expression()?);
        self.expect_symbol(Symbol::RightParen)?;
        Ok(ExprKind::With { bindings, body })
    }
}

fn int_literal(text: &str) -> Literal {
    let value = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    };
    match value {
        Ok(value) => Literal::Int(value),
        Err(_) => Literal::IntTooLarge(text.to_owned()),
    }
}
