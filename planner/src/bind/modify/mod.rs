//! UPDATE, DELETE, MERGE, TRUNCATE: queries that tell which rows go and which rows come.
//!
//! A changed row goes from its file and comes anew: [`Modify`] says how the query tells so. Old rows are known by their
//! number in the table, [`ROW_NUMBER`], so whoever carries the statement out need not look them up again.

mod assign;
mod merge;
mod update;

use std::sync::Arc;

use canopy_format::{DataType, Field};

use super::binder::{Binder, Rows};
use super::error::Result;
use super::from::table_path;
use super::ingestion::is_hidden;
use super::scope::{NameList, NamedColumn};
use super::statement::Truncate;
use crate::algebra::{Column, Expr, Named, OutputColumn, Relation, Scan, ScanColumn};
use crate::catalog::{ROW_NUMBER, TableSource};
use crate::syntax::ast;

/// The table that a statement changes.
struct Target {
    path: Vec<String>,
    table: Arc<TableSource>,
    /// The name by which the statement knows it.
    alias: String,
    relation: Relation,
    names: NameList,
    /// One for each of the table's fields.
    columns: Vec<Column>,
    row_number: Column,
}

impl Target {
    fn fields(&self) -> &[Field] {
        &self.table.schema.fields
    }

    /// The row number as an expression.
    fn number(&self) -> Expr {
        Expr::Column(self.row_number.clone())
    }
}

impl Binder<'_> {
    /// Binds TRUNCATE TABLE.
    pub(super) fn truncate(&mut self, truncate: &ast::Truncate) -> Result<Truncate> {
        if let Some(filter) = &truncate.filter {
            return Err(super::BindError::unsupported("WHERE of TRUNCATE TABLE", filter.span));
        }
        let name = table_path(&truncate.target);
        let table = self.catalog_table(&name, None, truncate.target.span)?;
        Ok(Truncate { name, table })
    }

    fn target(&mut self, path: &ast::Path, alias: Option<&ast::Ident>) -> Result<Target> {
        let parts = table_path(path);
        let table = self.catalog_table(&parts, None, path.span)?;
        let last = parts.last().map(String::as_str).unwrap_or_default();
        let alias = alias.map_or(last, |alias| alias.value.as_str()).to_owned();
        let mut columns = Vec::with_capacity(table.schema.fields.len());
        let mut scanned = Vec::with_capacity(table.schema.fields.len() + 1);
        for field in &table.schema.fields {
            let column = self.ids.column(field.name.clone(), field.column_type());
            scanned.push(ScanColumn { column: column.clone(), field: field.id, nested: None });
            columns.push(column);
        }
        let row_number = self.ids.column("$row", DataType::Int64);
        scanned.push(ScanColumn { column: row_number.clone(), field: ROW_NUMBER, nested: None });
        let hidden = table.schema.fields.iter().position(is_hidden);
        let named = columns
            .iter()
            .enumerate()
            .filter(|(at, _)| Some(*at) != hidden)
            .map(|(_, column)| column)
            .map(|column| NamedColumn { name: column.name.clone(), expr: Expr::Column(column.clone()) });
        let mut names = NameList::default();
        names.add_columns(Some(&alias), named.collect());
        if let Some(at) = hidden {
            let hidden = self.hidden_columns(Expr::Column(columns[at].clone()), path.span)?;
            names.hidden = hidden.into_iter().map(|column| (alias.clone(), column)).collect();
        }
        let relation = Relation::Scan(Scan {
            table: table.clone(),
            columns: scanned,
            predicates: Vec::new(),
            sample: None,
        });
        Ok(Target { path: parts, table, alias, relation, names, columns, row_number })
    }

    /// Returns the rows of these values, in order.
    fn values_of(&mut self, input: Relation, values: Vec<(String, Expr)>) -> Rows {
        let mut columns = Vec::with_capacity(values.len());
        let mut outputs = Vec::with_capacity(values.len());
        for (name, expr) in values {
            let column = self.ids.column(name.clone(), expr.data_type().clone());
            outputs.push(OutputColumn { column: column.clone(), name, anonymous: false });
            columns.push(Named { column, expr });
        }
        let relation = Relation::Project { input: Box::new(input), columns };
        Rows { relation, columns: outputs, value_table: false }
    }
}
