//! LOAD DATA, EXPORT DATA, EXPORT MODEL and EXPLAIN.

use super::super::ast::*;
use super::super::keyword::Keyword;
use super::super::token::Symbol;
use super::{Parser, Result};

impl Parser<'_> {
    /// `LOAD DATA INTO | OVERWRITE table ... FROM FILES (...)`.
    pub(super) fn load_data(&mut self) -> Result<LoadData> {
        let start = self.expect(Keyword::LOAD)?;
        self.expect(Keyword::DATA)?;
        let overwrite = self.eat(Keyword::OVERWRITE);
        if !overwrite && !self.eat(Keyword::INTO) {
            return Err(self.expected("keyword INTO or keyword OVERWRITE"));
        }
        let temporary = matches!(self.keyword(0), Some(Keyword::TEMP | Keyword::TEMPORARY))
            && self.keyword(1) == Some(Keyword::TABLE);
        if temporary {
            self.at += 2;
        }
        let table = self.table_path()?;
        let mut elements = None;
        if self.at_symbol(Symbol::LeftParen) {
            elements = Some(self.table_elements()?);
        }
        let mut partitions = None;
        if matches!(self.keyword(0), Some(Keyword::OVERWRITE | Keyword::INTO))
            && self.keyword(1) == Some(Keyword::PARTITIONS)
        {
            self.at += 2;
            self.expect_symbol(Symbol::LeftParen)?;
            partitions = Some(self.expression()?);
            self.expect_symbol(Symbol::RightParen)?;
        }
        let default_collate = self.default_collate()?;
        let partition_by = self.optional_partition_by()?;
        let cluster_by = self.optional_cluster_by()?;
        let options = self.optional_options()?;
        self.expect(Keyword::FROM)?;
        let files_start = self.expect(Keyword::FILES)?;
        let files = self.option_entries(files_start)?;
        let partition_columns = self.partition_columns()?;
        let connection = self.with_connection()?;
        Ok(LoadData {
            overwrite,
            temporary,
            table,
            partitions,
            elements,
            default_collate,
            partition_by,
            cluster_by,
            options,
            files,
            partition_columns,
            connection,
            span: self.span_from(start),
        })
    }

    /// `EXPORT DATA ...`, `EXPORT MODEL ...`.
    pub(super) fn export(&mut self) -> Result<StatementKind> {
        let start = self.expect(Keyword::EXPORT)?;
        match self.keyword(0) {
            Some(Keyword::DATA) => {
                self.advance();
                let connection = self.with_connection()?;
                let options = self.optional_options()?;
                self.expect(Keyword::AS)?;
                let query = Box::new(self.query()?);
                let span = self.span_from(start);
                Ok(StatementKind::ExportData(Box::new(ExportData { connection, options, query, span })))
            }
            Some(Keyword::MODEL) => {
                self.advance();
                let name = self.table_path()?;
                let connection = self.with_connection()?;
                let options = self.optional_options()?;
                let span = self.span_from(start);
                Ok(StatementKind::ExportModel(Box::new(ExportModel { name, connection, options, span })))
            }
            Some(keyword) if !keyword.is_reserved() && matches!(self.keyword(1), Some(Keyword::METADATA)) => {
                Err(self.unsupported(format!("EXPORT {} METADATA is not supported", keyword.text())))
            }
            _ => Err(self.expected("keyword DATA or keyword MODEL")),
        }
    }

    /// `EXPLAIN [ANALYZE] statement`.
    pub(super) fn explain(&mut self) -> Result<Explain> {
        let start = self.expect(Keyword::EXPLAIN)?;
        let analyze = self.eat(Keyword::ANALYZE);
        if self.at_keyword(Keyword::EXPLAIN) {
            return Err(self.unexpected());
        }
        let statement = Box::new(self.statement()?);
        Ok(Explain { analyze, statement, span: self.span_from(start) })
    }
}
