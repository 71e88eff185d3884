//! DROP, UNDROP, GRANT and REVOKE.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::{Symbol, TokenKind};
use super::{Parser, Result};

impl Parser<'_> {
    /// A statement that starts with DROP.
    pub(super) fn drop_statement(&mut self) -> Result<StatementKind> {
        let start = self.expect(Keyword::DROP)?;
        let object = self.drop_object()?;
        if object == ObjectKind::AllRowAccessPolicies {
            self.expect(Keyword::ON)?;
            let on = Some(self.table_path()?);
            let span = self.span_from(start);
            return Ok(StatementKind::Drop(Box::new(Drop {
                object,
                if_exists: false,
                name: None,
                on,
                mode: None,
                span,
            })));
        }
        let if_exists = self.if_exists()?;
        let name = match object {
            ObjectKind::RowAccessPolicy => {
                let name = self.ident()?;
                Some(Path { span: name.span, parts: vec![name] })
            }
            _ => Some(self.table_path()?),
        };
        let mut on = None;
        match object {
            ObjectKind::RowAccessPolicy => {
                self.expect(Keyword::ON)?;
                on = Some(self.table_path()?);
            }
            ObjectKind::SearchIndex | ObjectKind::VectorIndex if self.eat(Keyword::ON) => {
                on = Some(self.table_path()?);
            }
            ObjectKind::Function => self.skip_function_signature()?,
            ObjectKind::TableFunction if self.at_symbol(Symbol::LeftParen) => {
                return Err(self.error(
                    "Parameters are not supported for DROP TABLE FUNCTION because table functions don't support \
                     overloading",
                ));
            }
            _ => {}
        }
        let mut mode = None;
        if matches!(object, ObjectKind::Schema | ObjectKind::ExternalSchema) {
            mode = match self.keyword(0) {
                Some(Keyword::CASCADE) => Some(DropMode::Cascade),
                Some(Keyword::RESTRICT) => Some(DropMode::Restrict),
                _ => None,
            };
            if mode.is_some() {
                self.advance();
            }
        }
        let span = self.span_from(start);
        Ok(StatementKind::Drop(Box::new(Drop { object, if_exists, name, on, mode, span })))
    }

    fn drop_object(&mut self) -> Result<ObjectKind> {
        if self.at_keywords(&[Keyword::ALL, Keyword::ROW]) {
            self.at += 2;
            self.eat(Keyword::ACCESS);
            self.expect(Keyword::POLICIES)?;
            return Ok(ObjectKind::AllRowAccessPolicies);
        }
        if self.at_keyword(Keyword::ROW) {
            self.expect_all(&[Keyword::ROW, Keyword::ACCESS, Keyword::POLICY])?;
            return Ok(ObjectKind::RowAccessPolicy);
        }
        let span = self.span();
        let object = self.object_kind()?;
        match object {
            ObjectKind::AggregateFunction => {
                self.at -= 2;
                Err(self.unsupported("DROP AGGREGATE FUNCTION is not supported, use DROP FUNCTION"))
            }
            ObjectKind::Organization | ObjectKind::Project | ObjectKind::BiCapacity => {
                Err(self.error_at(span, format!("DROP {} is not supported", object.keywords())))
            }
            _ => Ok(object),
        }
    }

    /// `(types)` after DROP FUNCTION: accepted and of no meaning, as functions cannot be overloaded.
    fn skip_function_signature(&mut self) -> Result<()> {
        if !self.at_symbol(Symbol::LeftParen) {
            return Ok(());
        }
        if self.symbol(1) == Some(Symbol::RightParen) {
            self.at += 2;
            return Ok(());
        }
        self.parenthesized(|parser| {
            if parser.is_named_field() || (parser.is_ident(0) && parser.keyword(1) == Some(Keyword::ANY)) {
                parser.ident()?;
            }
            if parser.eat(Keyword::ANY) {
                return parser.ident().map(|_| ());
            }
            parser.data_type().map(|_| ())
        })
        .map(|_| ())
    }

    pub(super) fn undrop(&mut self) -> Result<Undrop> {
        let start = self.expect(Keyword::UNDROP)?;
        if !self.eat(Keyword::SCHEMA) {
            return Err(self.unsupported("UNDROP is only supported for SCHEMA"));
        }
        let if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let as_of = self.system_time()?;
        let options = self.optional_options()?;
        Ok(Undrop { if_not_exists, name, as_of, options, span: self.span_from(start) })
    }

    /// GRANT and REVOKE.
    pub(super) fn grant(&mut self) -> Result<Grant> {
        let start = self.span();
        let revoke = self.advance().kind == TokenKind::Word(Some(Keyword::REVOKE));
        let mut privileges = Vec::new();
        if self.eat(Keyword::ALL) {
            self.eat(Keyword::PRIVILEGES);
        } else {
            privileges = self.comma_list(|parser| {
                let name = match parser.at_keyword(Keyword::SELECT) {
                    true => parser.any_ident()?,
                    false => parser.ident()?,
                };
                let columns = match parser.at_symbol(Symbol::LeftParen) {
                    true => parser.parenthesized(Self::path)?,
                    false => Vec::new(),
                };
                Ok(Privilege { name, columns })
            })?;
        }
        self.expect(Keyword::ON)?;
        let first = self.table_path()?;
        let (mut object, mut name) = (None, first);
        // `ON TABLE t` against `ON t`: a second name says that the first was the kind.
        if self.is_ident(0) {
            // `MATERIALIZED VIEW v` has a kind of two words.
            let second = self.table_path()?;
            let mut kind = std::mem::replace(&mut name, second);
            if self.is_ident(0) {
                let third = self.table_path()?;
                let word = std::mem::replace(&mut name, third);
                kind.span = kind.span.to(word.span);
                kind.parts.extend(word.parts);
            }
            object = Some(kind);
        }
        self.expect(if revoke { Keyword::FROM } else { Keyword::TO })?;
        let grantees = self.comma_list(Self::grantee)?;
        Ok(Grant { revoke, privileges, object, name, grantees, span: self.span_from(start) })
    }
}
