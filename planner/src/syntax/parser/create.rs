//! CREATE TABLE and CREATE VIEW.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::Symbol;
use super::{Parser, Result};

impl Parser<'_> {
    /// `[OR REPLACE] [TEMP]` after CREATE.
    pub(super) fn create_modifiers(&mut self) -> Result<CreateModifiers> {
        let mut modifiers = CreateModifiers::default();
        if self.eat(Keyword::OR) {
            self.expect(Keyword::REPLACE)?;
            modifiers.or_replace = true;
        }
        modifiers.temporary = self.eat(Keyword::TEMP) || self.eat(Keyword::TEMPORARY);
        if matches!(self.keyword(0), Some(Keyword::PUBLIC | Keyword::PRIVATE)) {
            return Err(
                self.unsupported("CREATE PUBLIC and CREATE PRIVATE are not supported: modules are not there")
            );
        }
        Ok(modifiers)
    }

    /// `IF NOT EXISTS`, where it stands.
    pub(super) fn if_not_exists(&mut self) -> Result<bool> {
        match self.eat(Keyword::IF) {
            true => self.expect_all(&[Keyword::NOT, Keyword::EXISTS]).map(|()| true),
            false => Ok(false),
        }
    }

    /// `IF EXISTS`, where it stands.
    pub(super) fn if_exists(&mut self) -> Result<bool> {
        match self.eat(Keyword::IF) {
            true => self.expect(Keyword::EXISTS).map(|_| true),
            false => Ok(false),
        }
    }

    /// A statement that starts with CREATE.
    pub(super) fn create(&mut self) -> Result<StatementKind> {
        let start = self.expect(Keyword::CREATE)?;
        let modifiers = self.create_modifiers()?;
        let Some(keyword) = self.keyword(0) else { return Err(self.unexpected()) };
        match keyword {
            Keyword::TABLE if self.keyword(1) == Some(Keyword::FUNCTION) => {
                self.at += 2;
                let function = self.create_table_function(start, modifiers)?;
                Ok(StatementKind::CreateTableFunction(Box::new(function)))
            }
            Keyword::TABLE => {
                self.advance();
                let table = self.create_table(start, modifiers, TableKind::Plain)?;
                Ok(StatementKind::CreateTable(Box::new(table)))
            }
            Keyword::EXTERNAL if self.keyword(1) == Some(Keyword::TABLE) => {
                self.at += 2;
                if self.at_keyword(Keyword::FUNCTION) {
                    return Err(self.error("CREATE EXTERNAL TABLE FUNCTION is not supported"));
                }
                let table = self.create_table(start, modifiers, TableKind::External)?;
                Ok(StatementKind::CreateTable(Box::new(table)))
            }
            Keyword::SNAPSHOT if self.keyword(1) == Some(Keyword::TABLE) => {
                self.at += 2;
                let table = self.create_table(start, modifiers, TableKind::Snapshot)?;
                Ok(StatementKind::CreateTable(Box::new(table)))
            }
            Keyword::VIEW | Keyword::MATERIALIZED | Keyword::RECURSIVE => self.create_view(start, modifiers),
            Keyword::FUNCTION | Keyword::AGGREGATE => {
                let function = self.create_function(start, modifiers)?;
                Ok(StatementKind::CreateFunction(Box::new(function)))
            }
            Keyword::PROCEDURE => {
                let procedure = self.create_procedure(start, modifiers)?;
                Ok(StatementKind::CreateProcedure(Box::new(procedure)))
            }
            _ => self.create_object(start, modifiers, keyword),
        }
    }

    /// What follows the kind of a table in CREATE.
    pub(super) fn create_table(
        &mut self,
        start: Span,
        mut modifiers: CreateModifiers,
        kind: TableKind,
    ) -> Result<CreateTable> {
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let mut table = CreateTable {
            modifiers,
            kind,
            name,
            elements: None,
            source: None,
            default_collate: None,
            partition_by: Vec::new(),
            cluster_by: Vec::new(),
            partition_columns: None,
            connection: None,
            options: None,
            query: None,
            span: start,
        };
        if kind != TableKind::Snapshot && self.at_symbol(Symbol::LeftParen) {
            table.elements = Some(self.table_elements()?);
        }
        table.source = self.table_source(kind)?;
        table.default_collate = self.default_collate()?;
        if kind == TableKind::Plain {
            table.partition_by = self.optional_partition_by()?;
            table.cluster_by = self.optional_cluster_by()?;
        }
        if kind == TableKind::External {
            table.partition_columns = self.partition_columns()?;
        }
        table.connection = self.with_connection()?;
        table.options = self.optional_options()?;
        if kind == TableKind::External && table.options.is_none() {
            return Err(self.expected("keyword DEFAULT or keyword LIKE or keyword OPTIONS or keyword WITH"));
        }
        if kind == TableKind::Plain && self.eat(Keyword::AS) {
            table.query = Some(Box::new(self.query()?));
        }
        table.span = self.span_from(start);
        Ok(table)
    }

    /// `LIKE table`, `CLONE table ...` or `COPY table ...`; a snapshot needs its CLONE.
    fn table_source(&mut self, table: TableKind) -> Result<Option<TableSource>> {
        let start = self.span();
        let kind = match self.keyword(0) {
            Some(Keyword::LIKE) if table != TableKind::Snapshot => TableSourceKind::Like,
            Some(Keyword::CLONE) if table != TableKind::External => TableSourceKind::Clone,
            Some(Keyword::COPY) if table == TableKind::Plain => TableSourceKind::Copy,
            _ if table == TableKind::Snapshot => return Err(self.expected("keyword CLONE")),
            _ => return Ok(None),
        };
        self.advance();
        let path = self.table_path()?;
        let (mut as_of, mut filter) = (None, None);
        if kind != TableSourceKind::Like {
            as_of = self.system_time()?;
            filter = self.where_clause()?;
        }
        Ok(Some(TableSource { kind, table: path, as_of, filter, span: self.span_from(start) }))
    }

    /// `DEFAULT COLLATE x`, where it stands.
    pub(super) fn default_collate(&mut self) -> Result<Option<Expr>> {
        if !self.at_keywords(&[Keyword::DEFAULT, Keyword::COLLATE]) {
            return Ok(None);
        }
        self.at += 2;
        self.collation().map(Some)
    }

    pub(super) fn optional_partition_by(&mut self) -> Result<Vec<Expr>> {
        if self.at_keyword(Keyword::PARTITION) { self.partition_by() } else { Ok(Vec::new()) }
    }

    /// `CLUSTER BY a, b`, where it stands.
    pub(super) fn optional_cluster_by(&mut self) -> Result<Vec<Expr>> {
        if !self.eat(Keyword::CLUSTER) {
            return Ok(Vec::new());
        }
        self.expect(Keyword::BY)?;
        self.comma_list(Self::expression)
    }

    /// `WITH PARTITION COLUMNS [(columns)]`, where it stands.
    pub(super) fn partition_columns(&mut self) -> Result<Option<Vec<ColumnDef>>> {
        if !self.at_keywords(&[Keyword::WITH, Keyword::PARTITION]) {
            return Ok(None);
        }
        self.at += 2;
        self.expect(Keyword::COLUMNS)?;
        if !self.at_symbol(Symbol::LeftParen) {
            return Ok(Some(Vec::new()));
        }
        self.parenthesized(Self::column_def).map(Some)
    }

    fn create_view(&mut self, start: Span, mut modifiers: CreateModifiers) -> Result<StatementKind> {
        if modifiers.temporary && self.at_keyword(Keyword::MATERIALIZED) {
            return Err(self.unexpected());
        }
        let materialized = self.eat(Keyword::MATERIALIZED);
        let recursive = self.eat(Keyword::RECURSIVE);
        self.expect(Keyword::VIEW)?;
        modifiers.if_not_exists = self.if_not_exists()?;
        let name = self.table_path()?;
        let mut columns = Vec::new();
        if self.at_symbol(Symbol::LeftParen) {
            columns = self.parenthesized(|parser| {
                Ok(ViewColumn { name: parser.ident()?, options: parser.optional_options()? })
            })?;
        }
        let sql_security = self.sql_security()?;
        let (mut partition_by, mut cluster_by) = (Vec::new(), Vec::new());
        if materialized {
            partition_by = self.optional_partition_by()?;
            cluster_by = self.optional_cluster_by()?;
        }
        let options = self.optional_options()?;
        self.expect(Keyword::AS)?;
        let source = if materialized && self.eat_all(&[Keyword::REPLICA, Keyword::OF]) {
            ViewSource::ReplicaOf(self.table_path()?)
        } else {
            ViewSource::Query(Box::new(self.query()?))
        };
        Ok(StatementKind::CreateView(Box::new(CreateView {
            modifiers,
            materialized,
            recursive,
            name,
            columns,
            sql_security,
            partition_by,
            cluster_by,
            options,
            source,
            span: self.span_from(start),
        })))
    }

    /// `SQL SECURITY INVOKER | DEFINER`, where it stands.
    pub(super) fn sql_security(&mut self) -> Result<Option<String>> {
        if !self.eat(Keyword::SQL) {
            return Ok(None);
        }
        self.expect(Keyword::SECURITY)?;
        self.security_word().map(Some)
    }

    pub(super) fn security_word(&mut self) -> Result<String> {
        match self.keyword(0) {
            Some(keyword @ (Keyword::INVOKER | Keyword::DEFINER)) => {
                self.advance();
                Ok(keyword.text().to_owned())
            }
            _ => Err(self.expected("keyword DEFINER or keyword INVOKER")),
        }
    }
}
