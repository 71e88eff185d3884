//! Column ids unique in the query, whatever was copied while binding.
//!
//! Lowering copies expressions (`x BETWEEN a AND b` has two of `x`), and names that stand for expressions are
//! copied where they are used. A copied subquery makes the same columns twice; here every copy but the
//! first gets fresh ones.

use std::collections::{HashMap, HashSet};

use super::binder::Binder;
use crate::algebra::{AggregateCall, ArraySubquery, ArraySubqueryResult, Column, ColumnId, Expr, Relation};

/// What a subquery makes: columns and shared definitions.
#[derive(Default)]
struct Made {
    columns: Vec<ColumnId>,
    definitions: Vec<u32>,
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    columns: HashSet<ColumnId>,
    definitions: HashSet<u32>,
}

/// Fresh ids for those of a copy.
struct Renaming {
    columns: HashMap<ColumnId, ColumnId>,
    definitions: HashMap<u32, u32>,
}

impl Binder<'_> {
    /// Gives every copy of a subquery columns of its own.
    pub(super) fn make_unique(&mut self, relation: &mut Relation) {
        let mut seen = Seen::default();
        self.unique_relation(relation, &mut seen);
    }

    fn unique_relation(&mut self, relation: &mut Relation, seen: &mut Seen) {
        for expr in relation.exprs_mut() {
            self.unique_expr(expr, seen);
        }
        for input in relation.inputs_mut() {
            self.unique_relation(input, seen);
        }
    }

    fn unique_expr(&mut self, expr: &mut Expr, seen: &mut Seen) {
        if matches!(expr, Expr::Subquery(_) | Expr::ArraySubquery(_)) {
            let mut made = Made::default();
            made.by_subquery(expr);
            let copied = made.columns.iter().any(|id| seen.columns.contains(id));
            if copied || made.definitions.iter().any(|id| seen.definitions.contains(id)) {
                let renaming = self.renaming(made);
                renaming.expr(expr);
            } else {
                seen.columns.extend(made.columns);
                seen.definitions.extend(made.definitions);
            }
            // Copies may also stand inside one another's arguments, beside what was just seen.
            return self.unique_inside(expr);
        }
        for child in expr.children_mut() {
            self.unique_expr(child, seen);
        }
    }

    /// Within one subquery, what is around has been dealt with.
    fn unique_inside(&mut self, expr: &mut Expr) {
        let mut seen = Seen::default();
        for child in expr.children_mut() {
            self.unique_expr(child, &mut seen);
        }
        if let Expr::Subquery(subquery) = expr {
            self.unique_relation(&mut subquery.relation, &mut seen);
        }
    }

    fn renaming(&mut self, made: Made) -> Renaming {
        let columns = made.columns.into_iter().map(|id| (id, self.ids.id())).collect();
        let definitions = made.definitions.into_iter().map(|id| {
            self.next_with += 1;
            (id, self.next_with - 1)
        });
        Renaming { columns, definitions: definitions.collect() }
    }
}

impl Made {
    fn by_subquery(&mut self, expr: &Expr) {
        match expr {
            Expr::Subquery(subquery) => self.by_relation(&subquery.relation),
            Expr::ArraySubquery(subquery) => {
                for source in &subquery.sources {
                    self.columns.push(source.element.id);
                    self.columns.extend(source.offset.iter().map(|column| column.id));
                }
                if let ArraySubqueryResult::Reduce { aggregates, .. } = &subquery.result {
                    self.columns.extend(aggregates.iter().map(|call| call.output.id));
                }
            }
            _ => {}
        }
        for child in expr.children() {
            self.by_subquery(child);
        }
    }

    fn by_relation(&mut self, relation: &Relation) {
        match relation {
            Relation::Project { columns, .. } => {
                let own = columns.iter().filter(|named| named.expr.as_column() != Some(named.column.id));
                self.columns.extend(own.map(|named| named.column.id));
            }
            Relation::Aggregate(aggregate) => {
                let own = aggregate.keys.iter().filter(|key| key.expr.as_column() != Some(key.column.id));
                self.columns.extend(own.map(|key| key.column.id));
                self.columns.extend(aggregate.calls.iter().map(|call| call.output.id));
            }
            Relation::Join(join) => self.columns.extend(join.mark.iter().map(|column| column.id)),
            Relation::Unnest(unnest) => {
                self.columns.push(unnest.element.id);
                self.columns.extend(unnest.offset.iter().map(|column| column.id));
            }
            Relation::RowNumber { column, .. } => self.columns.push(column.id),
            Relation::Window(window) => self.columns.extend(window.outputs().map(|column| column.id)),
            Relation::With { id, .. } => self.definitions.push(*id),
            Relation::Recursive(recursive) => {
                self.definitions.push(recursive.id);
                self.columns.extend(recursive.columns.iter().map(|column| column.id));
            }
            Relation::Scan(_)
            | Relation::Values { .. }
            | Relation::Shared { .. }
            | Relation::SetOperation(_) => {
                self.columns.extend(relation.columns().iter().map(|column| column.id));
            }
            Relation::Filter { .. }
            | Relation::Sort { .. }
            | Relation::Limit { .. }
            | Relation::SingleRow(_) => {}
        }
        for expr in relation.exprs() {
            self.by_subquery(expr);
        }
        for input in relation.inputs() {
            self.by_relation(input);
        }
    }
}

impl Renaming {
    fn id(&self, id: &mut ColumnId) {
        if let Some(fresh) = self.columns.get(id) {
            *id = *fresh;
        }
    }

    fn column(&self, column: &mut Column) {
        self.id(&mut column.id);
    }

    fn expr(&self, expr: &mut Expr) {
        match expr {
            Expr::Column(column) => self.column(column),
            Expr::Subquery(subquery) => {
                self.column(&mut subquery.output);
                self.relation(&mut subquery.relation);
            }
            Expr::ArraySubquery(subquery) => self.array_subquery(subquery),
            _ => {}
        }
        for child in expr.children_mut() {
            self.expr(child);
        }
    }

    fn array_subquery(&self, subquery: &mut ArraySubquery) {
        for source in &mut subquery.sources {
            self.column(&mut source.element);
            source.offset.iter_mut().for_each(|column| self.column(column));
        }
        if let ArraySubqueryResult::Reduce { aggregates, .. } = &mut subquery.result {
            self.calls(aggregates);
        }
    }

    fn calls(&self, calls: &mut [AggregateCall]) {
        calls.iter_mut().for_each(|call| self.column(&mut call.output));
    }

    fn relation(&self, relation: &mut Relation) {
        match relation {
            Relation::Scan(scan) => scan.columns.iter_mut().for_each(|c| self.column(&mut c.column)),
            Relation::Values { columns, .. } => columns.iter_mut().for_each(|column| self.column(column)),
            Relation::Project { columns, .. } => {
                columns.iter_mut().for_each(|named| self.column(&mut named.column));
            }
            Relation::Join(join) => join.mark.iter_mut().for_each(|column| self.column(column)),
            Relation::Unnest(unnest) => {
                self.column(&mut unnest.element);
                unnest.offset.iter_mut().for_each(|column| self.column(column));
            }
            Relation::Aggregate(aggregate) => {
                aggregate.keys.iter_mut().for_each(|key| self.column(&mut key.column));
                self.calls(&mut aggregate.calls);
            }
            Relation::SetOperation(operation) => {
                operation.columns.iter_mut().for_each(|column| self.column(column));
                operation.input_columns.iter_mut().flatten().for_each(|id| self.id(id));
            }
            Relation::RowNumber { column, .. } => self.column(column),
            Relation::Window(window) => {
                window.calls.iter_mut().for_each(|call| self.column(&mut call.call.output));
            }
            Relation::With { id, .. } => *id = self.definitions.get(id).copied().unwrap_or(*id),
            Relation::Recursive(recursive) => {
                recursive.id = self.definitions.get(&recursive.id).copied().unwrap_or(recursive.id);
                recursive.columns.iter_mut().for_each(|column| self.column(column));
                let ids = recursive.base_columns.iter_mut().chain(&mut recursive.step_columns);
                ids.for_each(|id| self.id(id));
            }
            Relation::Shared { id, columns, sources } => {
                *id = self.definitions.get(id).copied().unwrap_or(*id);
                columns.iter_mut().for_each(|column| self.column(column));
                sources.iter_mut().for_each(|id| self.id(id));
            }
            Relation::Filter { .. }
            | Relation::Sort { .. }
            | Relation::Limit { .. }
            | Relation::SingleRow(_) => {}
        }
        for expr in relation.exprs_mut() {
            self.expr(expr);
        }
        for input in relation.inputs_mut() {
            self.relation(input);
        }
    }
}
