//! CREATE for schemas, indexes, row access policies, models and resources.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::Symbol;
use super::{Parser, Result};

impl Parser<'_> {
    /// What follows CREATE and its modifiers, tables, views and routines aside.
    pub(super) fn create_object(
        &mut self,
        start: Span,
        modifiers: CreateModifiers,
        keyword: Keyword,
    ) -> Result<StatementKind> {
        if modifiers.temporary {
            return Err(self.unexpected());
        }
        match keyword {
            Keyword::SCHEMA => self.create_schema(start, modifiers, false),
            Keyword::EXTERNAL if self.keyword(1) == Some(Keyword::SCHEMA) => {
                self.advance();
                self.create_schema(start, modifiers, true)
            }
            Keyword::UNIQUE | Keyword::SEARCH | Keyword::VECTOR | Keyword::INDEX => {
                self.create_index(start, modifiers)
            }
            Keyword::ROW => self.create_row_access_policy(start, modifiers),
            Keyword::MODEL => self.create_model(start, modifiers),
            Keyword::CAPACITY => self.create_resource(start, modifiers, ObjectKind::Capacity),
            Keyword::RESERVATION => self.create_resource(start, modifiers, ObjectKind::Reservation),
            Keyword::ASSIGNMENT => self.create_resource(start, modifiers, ObjectKind::Assignment),
            Keyword::DATABASE
            | Keyword::CONSTANT
            | Keyword::CONNECTION
            | Keyword::SEQUENCE
            | Keyword::PROPERTY
            | Keyword::PRIVILEGE => {
                Err(self.unsupported(format!("CREATE {} is not supported", keyword.text())))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn create_schema(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
        external: bool,
    ) -> Result<StatementKind> {
        self.expect(Keyword::SCHEMA)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let default_collate = self.default_collate()?;
        let connection = self.with_connection()?;
        let options = self.optional_options()?;
        Ok(StatementKind::CreateSchema(Box::new(CreateSchema {
            modifiers,
            external,
            name,
            default_collate,
            connection,
            options,
            span: self.span_from(start),
        })))
    }

    fn create_index(&mut self, start: Span, mut modifiers: CreateModifiers) -> Result<StatementKind> {
        let unique = self.eat(Keyword::UNIQUE);
        let object = if self.eat(Keyword::SEARCH) {
            ObjectKind::SearchIndex
        } else if self.eat(Keyword::VECTOR) {
            ObjectKind::VectorIndex
        } else {
            ObjectKind::Index
        };
        self.expect(Keyword::INDEX)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.path()?;
        self.expect(Keyword::ON)?;
        let table = self.table_path()?;
        let alias = self.optional_alias()?;
        let mut unnests = Vec::new();
        while self.at_keyword(Keyword::UNNEST) {
            unnests.push(self.unnest()?);
        }
        let keys = self.index_keys()?;
        let storing =
            if self.eat(Keyword::STORING) { self.parenthesized(Self::expression)? } else { Vec::new() };
        let partition_by = self.optional_partition_by()?;
        let options = self.optional_options()?;
        Ok(StatementKind::CreateIndex(Box::new(CreateIndex {
            modifiers,
            object,
            unique,
            name,
            table,
            alias,
            unnests,
            keys,
            storing,
            partition_by,
            options,
            span: self.span_from(start),
        })))
    }

    fn index_keys(&mut self) -> Result<IndexKeys> {
        if !(self.at_symbol(Symbol::LeftParen) && self.keyword(1) == Some(Keyword::ALL)) {
            return self.parenthesized(Self::index_key).map(IndexKeys::Columns);
        }
        self.at += 2;
        self.expect(Keyword::COLUMNS)?;
        let mut keys = Vec::new();
        if self.eat(Keyword::WITH) {
            self.expect_all(&[Keyword::COLUMN, Keyword::OPTIONS])?;
            keys = self.parenthesized(Self::index_key)?;
        }
        self.expect_symbol(Symbol::RightParen)?;
        Ok(IndexKeys::AllColumns(keys))
    }

    fn index_key(&mut self) -> Result<IndexKey> {
        Ok(IndexKey { item: self.order_item()?, options: self.optional_options()? })
    }

    fn create_row_access_policy(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
    ) -> Result<StatementKind> {
        self.expect(Keyword::ROW)?;
        self.eat(Keyword::ACCESS);
        self.expect(Keyword::POLICY)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = if self.at_keyword(Keyword::ON) { None } else { Some(self.path()?) };
        self.expect(Keyword::ON)?;
        let table = self.table_path()?;
        let mut grantees = Vec::new();
        if self.eat(Keyword::GRANT) {
            self.expect(Keyword::TO)?;
            grantees = self.parenthesized(Self::grantee)?;
        } else if self.eat(Keyword::TO) {
            grantees = self.comma_list(Self::grantee)?;
        }
        let filter = self.filter_using()?;
        Ok(StatementKind::CreateRowAccessPolicy(Box::new(CreateRowAccessPolicy {
            modifiers,
            name,
            table,
            grantees,
            filter,
            span: self.span_from(start),
        })))
    }

    /// `[FILTER] USING (condition)`.
    pub(super) fn filter_using(&mut self) -> Result<Expr> {
        self.eat(Keyword::FILTER);
        self.expect(Keyword::USING)?;
        self.expect_symbol(Symbol::LeftParen)?;
        let filter = self.expression()?;
        self.expect_symbol(Symbol::RightParen)?;
        Ok(filter)
    }

    fn create_model(&mut self, start: Span, mut modifiers: CreateModifiers) -> Result<StatementKind> {
        self.expect(Keyword::MODEL)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let (mut input, mut output, mut transform) = (None, None, Vec::new());
        if self.eat(Keyword::INPUT) {
            input = Some(self.parenthesized(Self::column_def)?);
            self.expect(Keyword::OUTPUT)?;
            output = Some(self.parenthesized(Self::column_def)?);
        }
        if self.eat(Keyword::TRANSFORM) {
            self.expect_symbol(Symbol::LeftParen)?;
            transform = self.select_items()?;
            self.expect_symbol(Symbol::RightParen)?;
        }
        let remote = self.eat(Keyword::REMOTE);
        let connection = self.with_connection()?;
        let options = self.optional_options()?;
        let mut queries = Vec::new();
        if self.eat(Keyword::AS) {
            queries = self.model_queries()?;
        }
        Ok(StatementKind::CreateModel(Box::new(CreateModel {
            modifiers,
            name,
            input,
            output,
            transform,
            remote,
            connection,
            options,
            queries,
            span: self.span_from(start),
        })))
    }

    fn model_queries(&mut self) -> Result<Vec<ModelQuery>> {
        if self.at_symbol(Symbol::LeftParen) && self.is_ident(1) && self.keyword(2) == Some(Keyword::AS) {
            return self.parenthesized(|parser| {
                let name = Some(parser.ident()?);
                parser.expect(Keyword::AS)?;
                Ok(ModelQuery { name, query: parser.parenthesized_query()? })
            });
        }
        Ok(vec![ModelQuery { name: None, query: self.query()? }])
    }

    fn create_resource(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
        object: ObjectKind,
    ) -> Result<StatementKind> {
        self.advance();
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let options = self.optional_options()?;
        let span = self.span_from(start);
        Ok(StatementKind::CreateResource(Box::new(CreateResource { modifiers, object, name, options, span })))
    }
}
