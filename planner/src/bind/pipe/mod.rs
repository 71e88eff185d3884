//! Pipe syntax: each operator takes rows with their names and gives rows with names, by the same steps as the
//! clauses of a SELECT ("SQL Has Problems. We Can Fix Them: Pipe Syntax in SQL", Shute et al., VLDB 2024).

mod aggregate;
mod columns;
mod last;
mod rows;

use super::binder::{Binder, Rows};
use super::cte::place;
use super::error::{BindError, Result};
use super::from::{FromContext, Source, source_of};
use super::query::named_columns;
use super::scope::{NameList, Row, Scope};
use crate::algebra::{Expr, Named, OutputColumn, Relation};
use crate::syntax::ast::{self, PipeOperatorKind, QueryBody, Span};
pub(super) use columns::select_of;
pub(super) use last::last_statement;

impl Binder<'_> {
    /// Returns the rows of a query that has pipe operators.
    pub(super) fn piped(&mut self, query: &ast::Query, outer: Option<&Scope<'_>>) -> Result<Rows> {
        let mut source = self.pipe_start(query, outer)?;
        let outside = self.ctes.len();
        let mut definitions = Vec::new();
        let mut outcome = Ok(());
        for pipe in &query.pipes {
            let next = self.nested(pipe.span, |binder| match &pipe.kind {
                PipeOperatorKind::With(with) => {
                    definitions.extend(binder.pipe_with(with)?);
                    Ok(source.take())
                }
                _ => binder.pipe_operator(source.take(), pipe, outer),
            });
            match next {
                Ok(next) => source = next,
                Err(error) => {
                    outcome = Err(error);
                    break;
                }
            }
        }
        self.ctes.truncate(outside);
        outcome?;
        let mut rows = self.source_rows(source);
        for (id, definition) in definitions.into_iter().rev() {
            rows.relation = place(id, definition, rows.relation);
        }
        Ok(rows)
    }

    fn pipe_start(&mut self, query: &ast::Query, outer: Option<&Scope<'_>>) -> Result<Source> {
        let plain = query.order_by.is_empty() && query.limit.is_none();
        match &query.body {
            QueryBody::From(from) if plain => self.from(from, outer),
            QueryBody::Aliased { query, alias } if plain => {
                Ok(source_of(self.query(query, outer)?, Some(&alias.value)))
            }
            _ => Ok(source_of(self.query_body(query, outer)?, None)),
        }
    }

    fn pipe_operator(
        &mut self,
        source: Source,
        pipe: &ast::PipeOperator,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        use PipeOperatorKind::*;
        let span = pipe.span;
        match &pipe.kind {
            Select(select) => self.pipe_select(source, select, outer),
            Extend { items, windows } => self.pipe_extend(source, items, windows, "pipe EXTEND", span, outer),
            Window(items) => self.pipe_extend(source, items, &[], "pipe WINDOW", span, outer),
            Set(bindings) => self.pipe_set(source, bindings, span, outer),
            Drop(names) => pipe_drop(source, names, span),
            Rename(renames) => pipe_rename(source, renames),
            As(alias) => Ok(pipe_as(source, alias)),
            Where(condition) => self.pipe_where(source, condition, outer),
            Aggregate { items, group_by } => {
                self.pipe_aggregate(source, items, group_by.as_ref(), span, outer)
            }
            Distinct => self.pipe_distinct(source, span),
            Join { kind, right, condition } => {
                let join = super::join::JoinSyntax { kind: *kind, right, condition, span };
                self.join(source, &join, FromContext { outer, lateral: outer })
            }
            Call { call, alias } => self.pipe_call(source, call, alias.as_ref(), outer),
            OrderBy(items) => self.pipe_order_by(source, items, span, outer),
            Limit(limit) => self.pipe_limit(source, limit),
            SetOperation { operator, inputs } => {
                self.pipe_set_operation(source, operator, inputs, span, outer)
            }
            Sample(sample) => self.sample(source, sample),
            Pivot(pivot) => self.pivot(source, pivot, outer),
            Unpivot(unpivot) => self.unpivot(source, unpivot),
            Assert { condition, messages } => self.pipe_assert(source, condition, messages, outer),
            RecursiveUnion { .. } => Err(BindError::unsupported("Pipe RECURSIVE UNION", span)),
            MatchRecognize(pattern) => self.match_recognize(source, pattern, outer),
            With(_) => Err(BindError::unsupported("Pipe WITH in this place", span)),
            ExportData { .. } | CreateTable(_) | Insert(_) => {
                let message = "Pipe EXPORT DATA, CREATE TABLE and INSERT are allowed only as a statement's last operator";
                Err(BindError::new(message, span))
            }
        }
    }

    /// Returns what a FROM clause or a chain of pipe operators shows as a query's rows.
    pub(super) fn source_rows(&mut self, source: Source) -> Rows {
        let Source { mut relation, names } = source;
        let value_table = matches!(
            (names.columns.as_slice(), names.ranges.as_slice()),
            ([column], [range]) if matches!(&range.row, Row::Value(value) if *value == column.expr)
        );
        let mut computed: Vec<Named> = Vec::new();
        let mut columns = Vec::with_capacity(names.columns.len());
        for named in names.columns {
            let column = match named.expr {
                Expr::Column(column) => column,
                expr => {
                    let column = self.ids.column(named.name.clone(), expr.data_type().clone());
                    computed.push(Named { column: column.clone(), expr });
                    column
                }
            };
            columns.push(OutputColumn { column, anonymous: named.name.is_empty(), name: named.name });
        }
        if !computed.is_empty() {
            relation = with_columns(relation, computed);
        }
        Rows { relation, columns, value_table }
    }
}

impl Source {
    /// Takes the source out, leaving nothing.
    fn take(&mut self) -> Source {
        let names = std::mem::take(&mut self.names);
        Source { relation: self.relation.take(), names }
    }
}

/// Returns the relation with further columns.
pub(super) fn with_columns(input: Relation, more: Vec<Named>) -> Relation {
    let passed =
        input.columns().into_iter().map(|column| Named { expr: Expr::Column(column.clone()), column });
    let columns = passed.chain(more).collect();
    Relation::Project { input: Box::new(input), columns }
}

/// Returns the rows of an operator that gives new names to all its columns.
fn renamed(rows: Rows) -> Source {
    source_of(rows, None)
}

fn pipe_drop(mut source: Source, names: &[ast::Ident], span: Span) -> Result<Source> {
    for name in names {
        let index = only_column(&source.names, name, "DROP")?;
        source.names.columns.remove(index);
    }
    match source.names.columns.is_empty() {
        true => Err(BindError::new("Pipe DROP cannot drop all columns", span)),
        false => Ok(source),
    }
}

fn pipe_rename(mut source: Source, renames: &[ast::PipeRename]) -> Result<Source> {
    let mut indexes = Vec::with_capacity(renames.len());
    for rename in renames {
        let index = only_column(&source.names, &rename.from, "RENAME")?;
        if indexes.contains(&index) {
            let message = format!("Pipe RENAME has the column {} twice", rename.from.value);
            return Err(BindError::new(message, rename.from.span));
        }
        indexes.push(index);
    }
    for (index, rename) in indexes.into_iter().zip(renames) {
        source.names.columns[index].name.clone_from(&rename.to.value);
    }
    Ok(source)
}

fn pipe_as(source: Source, alias: &ast::Ident) -> Source {
    let mut names = NameList::default();
    names.add_columns(Some(&alias.value), source.names.columns);
    Source { relation: source.relation, names }
}

/// Returns the place of the one column of the name.
fn only_column(names: &NameList, name: &ast::Ident, operator: &str) -> Result<usize> {
    let is = |column: &super::scope::NamedColumn| column.name.eq_ignore_ascii_case(&name.value);
    let mut found = names.columns.iter().enumerate().filter(|(_, column)| is(column));
    match (found.next(), found.next()) {
        (Some((index, _)), None) => Ok(index),
        (Some(_), Some(_)) => Err(BindError::new(
            format!("Column name {} in pipe {operator} is ambiguous", name.value),
            name.span,
        )),
        (None, _) => {
            let known =
                names.columns.iter().map(|column| column.name.as_str()).filter(|known| !known.is_empty());
            let mut message = format!("Column {} in pipe {operator} does not exist", name.value);
            if let Some(closest) = super::suggest::closest(&name.value, known) {
                message.push_str(&format!("; Did you mean {closest}?"));
            }
            Err(BindError::new(message, name.span))
        }
    }
}

/// Returns the names of rows whose columns have been computed anew.
fn names_of_rows(rows: &Rows) -> NameList {
    let mut names = NameList::default();
    names.add_columns(None, named_columns(&rows.columns));
    names
}
