//! Pipe operators that make columns: SELECT, EXTEND, WINDOW, SET, DISTINCT.

use super::{names_of_rows, only_column, renamed};
use crate::algebra::{Column, Expr};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::is_groupable;
use crate::bind::from::Source;
use crate::bind::query::named_columns;
use crate::bind::scope::{Row, Scope};
use crate::bind::select::{SelectInput, distinct_rows, type_kind};
use crate::syntax::ast::{self, NamedWindow, SelectForm, SelectItem, SelectItemKind, Span};

impl Binder<'_> {
    /// `SELECT`: just these columns.
    pub(super) fn pipe_select(
        &mut self,
        source: Source,
        select: &ast::Select,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let rows = self.select_over(SelectInput::of(source), select, &[], outer)?;
        Ok(renamed(rows))
    }

    /// `EXTEND`, `WINDOW`: these columns besides.
    pub(super) fn pipe_extend(
        &mut self,
        source: Source,
        items: &[SelectItem],
        windows: &[NamedWindow],
        clause: &'static str,
        span: Span,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let mut names = source.names.clone();
        let select = select_of(items.to_vec(), windows.to_vec(), span);
        let rows = self.select_over(SelectInput::extended(source, clause), &select, &[], outer)?;
        names.columns.extend(named_columns(&rows.columns));
        Ok(Source { relation: rows.relation, names })
    }

    /// `SET`: other values for columns, in their places.
    pub(super) fn pipe_set(
        &mut self,
        source: Source,
        bindings: &[ast::Binding],
        span: Span,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let mut names = source.names.clone();
        let mut indexes = Vec::with_capacity(bindings.len());
        let mut items = Vec::with_capacity(bindings.len());
        for binding in bindings {
            let index = only_column(&names, &binding.name, "SET")?;
            if indexes.contains(&index) {
                let message = format!("Pipe SET has the column {} twice", binding.name.value);
                return Err(BindError::new(message, binding.name.span));
            }
            indexes.push(index);
            let (value, alias) = (binding.value.clone(), Some(binding.name.clone()));
            items.push(SelectItem { kind: SelectItemKind::Expr { value, alias }, span: binding.value.span });
        }
        let select = select_of(items, Vec::new(), span);
        let rows = self.select_over(SelectInput::extended(source, "pipe SET"), &select, &[], outer)?;
        for (index, output) in indexes.into_iter().zip(&rows.columns) {
            names.columns[index].expr = Expr::Column(output.column.clone());
        }
        Ok(Source { relation: rows.relation, names })
    }

    /// `DISTINCT`: each row once.
    pub(super) fn pipe_distinct(&mut self, source: Source, span: Span) -> Result<Source> {
        let ranges = source.names.ranges.clone();
        let mut rows = self.source_rows(source);
        let refused = rows.columns.iter().find(|output| !is_groupable(&output.column.data_type));
        if let Some(output) = refused {
            let kind = type_kind(&output.column.data_type);
            let message = format!("Column {} of type {kind} cannot be used in pipe DISTINCT", output.name);
            return Err(BindError::new(message, span));
        }
        let mut columns: Vec<Column> = Vec::with_capacity(rows.columns.len());
        for output in &rows.columns {
            if !columns.iter().any(|known| known.id == output.column.id) {
                columns.push(output.column.clone());
            }
        }
        let stays = |expr: &Expr| matches!(expr, Expr::Column(column) if columns.iter().any(|own| own.id == column.id));
        let mut names = names_of_rows(&rows);
        names.ranges = ranges;
        names.ranges.retain_mut(|range| match &mut range.row {
            Row::Value(value) => stays(value),
            Row::Columns(own) => {
                own.retain(|column| stays(&column.expr));
                !own.is_empty()
            }
        });
        rows.relation = distinct_rows(rows.relation, columns);
        Ok(Source { relation: rows.relation, names })
    }
}

/// Returns a SELECT of the items that reads no table of its own.
pub(in crate::bind) fn select_of(
    items: Vec<SelectItem>,
    windows: Vec<NamedWindow>,
    span: Span,
) -> ast::Select {
    ast::Select {
        with: None,
        quantifier: None,
        form: SelectForm::Row,
        items,
        from: None,
        filter: None,
        group_by: None,
        having: None,
        qualify: None,
        windows,
        span,
    }
}
