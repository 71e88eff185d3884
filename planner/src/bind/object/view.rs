//! Views in FROM.

use super::Object;
use crate::bind::binder::{Binder, Rows};
use crate::bind::error::{BindError, Result};
use crate::catalog::CatalogError;
use crate::syntax::ast::{self, Span, StatementKind};

impl Binder<'_> {
    /// Returns the rows of the view of this name; None where there is none.
    pub(in crate::bind) fn view(&mut self, path: &[String], span: Span) -> Result<Option<Rows>> {
        let found = match self.catalog.view(&self.qualified(path)) {
            Err(CatalogError::DatasetNotFound(_) | CatalogError::TableNotFound(_)) => None,
            found => found.map_err(|error| BindError::catalog(&error, None, span))?,
        };
        let Some(source) = found else { return Ok(None) };
        let object = Object { kind: "view", name: source.name.clone() };
        let statement = self.declaration(&object, &source.statement, span)?;
        let StatementKind::CreateView(create) = &statement.kind else {
            return Err(BindError::new(format!("{} was not declared as a view", source.name), span));
        };
        let mut rows = self.inside(&object, &source.statement, span, |binder| binder.view_rows(create))?;
        super::respan_relation(&mut rows.relation, span);
        Ok(Some(rows))
    }

    /// Returns the rows of a view's query, under the names of its column list.
    pub(super) fn view_rows(&mut self, create: &ast::CreateView) -> Result<Rows> {
        let query = match &create.source {
            ast::ViewSource::Query(query) => query,
            ast::ViewSource::ReplicaOf(view) => {
                return Err(BindError::unsupported("AS REPLICA OF", view.span));
            }
        };
        let mut rows = self.query(query, None)?;
        if create.columns.is_empty() {
            return Ok(rows);
        }
        if create.columns.len() != rows.columns.len() {
            let (given, wanted) = (rows.columns.len(), create.columns.len());
            let message = format!("View column list has {wanted} columns, but the query has {given}");
            return Err(BindError::new(message, create.name.span));
        }
        for (output, column) in rows.columns.iter_mut().zip(&create.columns) {
            output.name.clone_from(&column.name.value);
            output.anonymous = false;
        }
        rows.value_table = false;
        Ok(rows)
    }
}
