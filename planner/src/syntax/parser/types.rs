//! Types as written in casts, constructors and parameters.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// A type with its parameters and collation.
    pub(super) fn data_type(&mut self) -> Result<DataType> {
        self.nested(|parser| {
            let start = parser.span();
            let kind = parser.data_type_kind()?;
            let parameters = parser.type_parameters()?;
            let collate = match parser.eat(Keyword::COLLATE) {
                true => Some(Box::new(parser.collation()?)),
                false => None,
            };
            Ok(DataType { kind, parameters, collate, span: parser.span_from(start) })
        })
    }

    /// A type without parameters or collation, as a constructor begins with.
    pub(super) fn data_type_kind(&mut self) -> Result<DataTypeKind> {
        let angled = matches!(self.symbol(1), Some(Symbol::Less));
        match self.keyword(0) {
            Some(Keyword::ARRAY) => {
                self.advance();
                self.expect_symbol(Symbol::Less)?;
                let element = Box::new(self.data_type()?);
                self.expect_type_close()?;
                Ok(DataTypeKind::Array(element))
            }
            Some(Keyword::RANGE) if angled => {
                self.at += 2;
                let element = Box::new(self.data_type()?);
                self.expect_type_close()?;
                Ok(DataTypeKind::Range(element))
            }
            Some(Keyword::STRUCT) => {
                self.advance();
                if self.eat_symbol(Symbol::NotEqualAngle) {
                    return Ok(DataTypeKind::Struct(Vec::new()));
                }
                self.expect_symbol(Symbol::Less)?;
                let mut fields = Vec::new();
                if !self.at_symbol(Symbol::Greater) {
                    fields = self.comma_list(Self::struct_field_type)?;
                }
                self.expect_type_close()?;
                Ok(DataTypeKind::Struct(fields))
            }
            Some(Keyword::INTERVAL) => {
                let name = self.any_ident()?;
                Ok(DataTypeKind::Named(Path { span: name.span, parts: vec![name] }))
            }
            _ => self.path().map(DataTypeKind::Named),
        }
    }

    fn struct_field_type(&mut self) -> Result<StructFieldType> {
        let start = self.span();
        let name = if self.is_named_field() { Some(self.ident()?) } else { None };
        Ok(StructFieldType { name, data_type: self.data_type()?, span: self.span_from(start) })
    }

    /// Says whether a field's name comes before its type: a name with a type after it.
    pub(super) fn is_named_field(&self) -> bool {
        self.is_ident(0)
            && match self.token(1).kind {
                TokenKind::Quoted(_) | TokenKind::Word(None) => true,
                TokenKind::Word(Some(
                    Keyword::ARRAY | Keyword::STRUCT | Keyword::RANGE | Keyword::INTERVAL,
                )) => true,
                TokenKind::Word(Some(Keyword::OPTIONS)) => self.symbol(2) != Some(Symbol::LeftParen),
                TokenKind::Word(Some(keyword)) => !keyword.is_reserved(),
                _ => false,
            }
    }

    /// `(10, 2)`, `(MAX)`, or nothing.
    pub(super) fn type_parameters(&mut self) -> Result<Vec<TypeParameter>> {
        if !self.at_symbol(Symbol::LeftParen) {
            return Ok(Vec::new());
        }
        self.parenthesized(|parser| {
            let span = parser.span();
            match parser.kind() {
                TokenKind::Word(Some(Keyword::MAX)) => {
                    parser.advance();
                    Ok(TypeParameter::Max(span))
                }
                TokenKind::Word(Some(Keyword::TRUE | Keyword::FALSE))
                | TokenKind::Int
                | TokenKind::Float
                | TokenKind::String(_)
                | TokenKind::Bytes(_) => {
                    let kind = match parser.keyword(0) {
                        Some(keyword) => {
                            parser.advance();
                            ExprKind::Literal(Literal::Bool(keyword == Keyword::TRUE))
                        }
                        None => ExprKind::Literal(parser.literal()?),
                    };
                    Ok(TypeParameter::Literal(Expr { kind, span: parser.span_from(span) }))
                }
                _ => Err(parser.unexpected()),
            }
        })
    }

    /// A collation: a string, a parameter or a system variable.
    pub(super) fn collation(&mut self) -> Result<Expr> {
        let span = self.span();
        match self.kind() {
            TokenKind::String(_) => {
                let kind = ExprKind::Literal(Literal::String(self.string_literal()?));
                Ok(Expr { kind, span: self.span_from(span) })
            }
            _ => self.parameter_value(),
        }
    }

    /// A parameter or a system variable, and nothing after it.
    pub(super) fn parameter_value(&mut self) -> Result<Expr> {
        let span = self.span();
        let kind = match self.kind() {
            TokenKind::Symbol(Symbol::At) => ExprKind::Parameter(self.named_parameter()?),
            TokenKind::Symbol(Symbol::DoubleAt) => ExprKind::SystemVariable(self.system_variable()?),
            TokenKind::Symbol(Symbol::Question) => {
                self.advance();
                self.positional += 1;
                ExprKind::Parameter(Parameter::Positional(self.positional))
            }
            _ => return Err(self.unexpected()),
        };
        Ok(Expr { kind, span: self.span_from(span) })
    }
}
