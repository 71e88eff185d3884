//! One relation of the algebra to operators.

use std::collections::HashSet;

use canopy_proto::plan::{self, exchange, operator::Kind};

use super::stream::{Location, Stream};
use super::{Planner, expression};
use crate::algebra::{Column, ColumnId, Expr, Named, Relation, SetOperation, SetOperator, Unnest};
use crate::error::{PlanError, Result};
use crate::statistics;

impl Planner<'_> {
    /// Returns a stream of the relation's rows with at least the wanted columns.
    ///
    /// `top` is true on the way from the result down to the first join or shared relation: there rows may be
    /// brought to the root; elsewhere they must stay on leaves to be read again.
    pub(super) fn relation(
        &mut self,
        relation: &Relation,
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        match relation {
            Relation::Scan(scan) => {
                let stream = self.scan(scan, wanted)?;
                Ok(if self.recursion_depth > 0 { self.fragments.collect(stream) } else { stream })
            }
            Relation::Values { columns, rows } => Ok(self.values(columns, rows)),
            Relation::Filter { input, predicate } => {
                let input = self.relation(input, &with(wanted, [predicate]), top)?;
                self.filter(input, std::slice::from_ref(predicate))
            }
            Relation::Project { input, columns } => {
                let kept: Vec<Named> =
                    columns.iter().filter(|named| wanted.contains(&named.column.id)).cloned().collect();
                let needed = with(&HashSet::new(), kept.iter().map(|named| &named.expr));
                let input = self.relation(input, &needed, top)?;
                self.project(input, &kept)
            }
            Relation::Join(join) => self.join(join, wanted),
            Relation::Unnest(unnest) => self.unnest(unnest, wanted, top),
            Relation::Aggregate(aggregate) => self.aggregate(aggregate, wanted, top),
            Relation::Sort { input, keys } => self.sort(input, keys, wanted, top),
            Relation::Limit { input, limit, offset } => self.limit(input, *limit, *offset, wanted, top),
            Relation::SetOperation(operation) => self.set_operation(operation, wanted),
            Relation::SingleRow(input) => {
                let input = self.relation(input, wanted, false)?;
                let input = self.fragments.collect(input);
                let estimate = input.estimate.clone().with_rows(1.0);
                Ok(self.push(input, estimate, |input| Kind::SingleRow(Box::new(plan::SingleRow { input }))))
            }
            Relation::RowNumber { input, column } => {
                let mut needed = wanted.clone();
                needed.remove(&column.id);
                let input = self.relation(input, &needed, top)?;
                let message = expression::column(column);
                let estimate = input.estimate.clone();
                let mut stream = self.push(input, estimate, |input| {
                    Kind::RowNumber(Box::new(plan::RowNumber { input, column: Some(message) }))
                });
                stream.columns.push(column.clone());
                Ok(stream)
            }
            Relation::Window(window) => self.window(window, wanted, top),
            Relation::Recursive(recursive) => {
                let stream = self.recursive(recursive)?;
                Ok(self.fragments.narrow(stream, wanted))
            }
            Relation::With { id, definition, body } => {
                let needed: HashSet<ColumnId> = shared_sources(body, *id);
                let definition = self.relation(definition, &needed, false)?;
                let definition = self.fragments.narrow(definition, &needed);
                let broadcast = exchange::Kind::Broadcast(plan::Broadcast {});
                let finished = self.fragments.finish(definition, broadcast, None);
                self.shared.insert(*id, finished);
                self.relation(body, wanted, top)
            }
            Relation::Shared { id, columns, sources } => self.shared(*id, columns, sources, wanted),
        }
    }

    /// Puts a filter on the stream.
    pub(super) fn filter(&mut self, input: Stream, conjuncts: &[Expr]) -> Result<Stream> {
        let Some(predicate) = expression::conjunction(conjuncts)? else { return Ok(input) };
        let estimate = conjuncts.iter().fold(input.estimate.clone(), statistics::filter);
        Ok(self.push(input, estimate, |input| {
            Kind::Filter(Box::new(plan::Filter { input, predicate: Some(predicate) }))
        }))
    }

    /// Puts a projection on the stream, or leaves it out where it would change nothing.
    pub(super) fn project(&mut self, input: Stream, columns: &[Named]) -> Result<Stream> {
        let passes = |named: &Named| named.expr.as_column() == Some(named.column.id);
        if columns.iter().all(passes) && columns.len() == input.columns.len() {
            return Ok(input);
        }
        self.arrange(input, columns)
    }

    /// Computes columns, in this order also where none is new.
    pub(super) fn arrange(&mut self, input: Stream, columns: &[Named]) -> Result<Stream> {
        let passes = |named: &Named| named.expr.as_column() == Some(named.column.id);
        let messages = expression::named(columns)?;
        let estimate = statistics::project(&input.estimate, columns);
        let location = match &input.location {
            Location::Hash(keys) => Location::Hash(keys.iter().map(|key| renamed(columns, *key)).collect()),
            other => other.clone(),
        };
        let kept = |key: &plan::SortKey| match key.expression.as_ref().and_then(|e| e.kind.as_ref()) {
            Some(plan::expression::Kind::Column(id)) => {
                columns.iter().any(|named| named.column.id.0 == *id && passes(named))
            }
            _ => false,
        };
        let order = if input.order.iter().all(kept) { input.order.clone() } else { Vec::new() };
        let stream = self.push(input, estimate, |input| {
            Kind::Project(Box::new(plan::Project { input, columns: messages }))
        });
        let columns = columns.iter().map(|named| named.column.clone()).collect();
        Ok(Stream { columns, location, order, ..stream })
    }

    fn unnest(&mut self, unnest: &Unnest, wanted: &HashSet<ColumnId>, top: bool) -> Result<Stream> {
        let needed = with(wanted, [&unnest.array]);
        let input = self.relation(&unnest.input, &needed, top)?;
        let array = expression(&unnest.array)?;
        let estimate = statistics::unnest(&input.estimate);
        let element = expression::column(&unnest.element);
        let offset = unnest.offset.as_ref().map(expression::column);
        let mut stream = self.push(input, estimate, |input| {
            let array = Some(array);
            let element = Some(element);
            Kind::Unnest(Box::new(plan::Unnest { input, array, element, offset, outer: unnest.outer }))
        });
        stream.columns.push(unnest.element.clone());
        stream.columns.extend(unnest.offset.clone());
        stream.order.clear();
        Ok(self.fragments.narrow(stream, wanted))
    }

    /// UNION ALL; the other set operations were rewritten to joins and groups.
    fn set_operation(&mut self, operation: &SetOperation, wanted: &HashSet<ColumnId>) -> Result<Stream> {
        if operation.operator != SetOperator::UnionAll {
            return Err(PlanError::Internal(format!("{:?} is left after rewriting", operation.operator)));
        }
        let positions: Vec<usize> =
            (0..operation.columns.len()).filter(|&i| wanted.contains(&operation.columns[i].id)).collect();
        let columns: Vec<Column> = positions.iter().map(|&i| operation.columns[i].clone()).collect();
        let mut inputs = Vec::new();
        let mut estimates = Vec::new();
        let mut input_columns = Vec::new();
        for (relation, ids) in operation.inputs.iter().zip(&operation.input_columns) {
            let ids: Vec<ColumnId> = positions.iter().map(|&i| ids[i]).collect();
            let needed: HashSet<ColumnId> = ids.iter().copied().collect();
            let stream = self.relation(relation, &needed, false)?;
            let stream = self.fragments.narrow(stream, &needed);
            // Only one scan of a fragment is split over tasks: each input is brought together by itself.
            let stream = self.fragments.collect(stream);
            estimates.push(stream.estimate);
            inputs.push(stream.operator);
            input_columns.push(ids);
        }
        let estimate = statistics::union(&estimates, &input_columns, &columns);
        let ids = |ids: &Vec<ColumnId>| plan::ColumnIds { ids: ids.iter().map(|id| id.0).collect() };
        let union = plan::Union {
            inputs,
            columns: expression::columns(&columns),
            input_columns: input_columns.iter().map(ids).collect(),
        };
        let operator = self.fragments.operator(estimate.rows, Kind::Union(union));
        Ok(Stream {
            operator,
            columns,
            location: Location::Single,
            partition_count: 1,
            estimate,
            order: Vec::new(),
        })
    }

    fn shared(
        &mut self,
        id: u32,
        columns: &[Column],
        sources: &[ColumnId],
        wanted: &HashSet<ColumnId>,
    ) -> Result<Stream> {
        if let Some(before) = self.rows_before.get(&id).cloned() {
            let stream = self.read_rows_before(id, &before);
            let kept = columns.iter().zip(sources).filter(|(column, _)| wanted.contains(&column.id));
            let source = |(column, source): (&Column, &ColumnId)| Named {
                expr: Expr::Column(Column { id: *source, ..column.clone() }),
                column: column.clone(),
            };
            let kept: Vec<Named> = kept.map(source).collect();
            return self.project(stream, &kept);
        }
        let Some(finished) = self.shared.get(&id).cloned() else {
            return Err(PlanError::Internal(format!("shared relation {id} stands outside its WITH")));
        };
        let location = if self.is_distributed() { Location::Everywhere } else { Location::Single };
        let mut stream = self.fragments.read(&finished, location.clone(), 0);
        // A fragment reads another once: each further reader gets the rows from a fragment that passes them on.
        if !self.shared_read.insert(id) {
            let broadcast = exchange::Kind::Broadcast(plan::Broadcast {});
            let passed = self.fragments.finish(stream, broadcast, None);
            stream = self.fragments.read(&passed, location, 0);
        }
        let mut kept = Vec::new();
        for (column, source) in columns.iter().zip(sources) {
            if !wanted.contains(&column.id) {
                continue;
            }
            let Some(source) = finished.columns.iter().find(|c| c.id == *source) else {
                return Err(PlanError::Internal(format!("shared relation {id} lacks column {}", source.0)));
            };
            kept.push(Named { column: column.clone(), expr: Expr::Column(source.clone()) });
        }
        self.project(stream, &kept)
    }
}

/// The id under which a projection passes a column on; the same id when it does not.
fn renamed(columns: &[Named], id: ColumnId) -> ColumnId {
    columns.iter().find(|named| named.expr.as_column() == Some(id)).map_or(id, |named| named.column.id)
}

/// Returns the set with the columns of the expressions.
pub(super) fn with<'e>(
    wanted: &HashSet<ColumnId>,
    exprs: impl IntoIterator<Item = &'e Expr>,
) -> HashSet<ColumnId> {
    let mut all = wanted.clone();
    exprs.into_iter().for_each(|expr| all.extend(expr.columns()));
    all
}

/// The definition's columns that some reader of the shared relation names.
fn shared_sources(body: &Relation, with: u32) -> HashSet<ColumnId> {
    let mut ids = HashSet::new();
    body.for_each(&mut |relation| {
        if let Relation::Shared { id, sources, .. } = relation
            && *id == with
        {
            ids.extend(sources);
        }
    });
    ids
}
