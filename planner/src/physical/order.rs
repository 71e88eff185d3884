//! Sort, limit and top-N, and the way of the result to the root.

use std::collections::HashSet;

use canopy_proto::plan::{self, operator::Kind};

use super::relation::with;
use super::stream::{Location, MixerKind, Stream};
use super::{Planner, expression};
use crate::algebra::{ColumnId, Expr, Named, Relation, SortKey};
use crate::error::Result;

impl Planner<'_> {
    /// Returns the stream of the query's result, at the root and in order.
    pub(super) fn result(&mut self, relation: &Relation, wanted: &HashSet<ColumnId>) -> Result<Stream> {
        // Projections over an order are computed at the root, for the rows that are left.
        if let Relation::Project { input, columns } = relation
            && is_ordered(input)
        {
            let kept: Vec<Named> =
                columns.iter().filter(|named| wanted.contains(&named.column.id)).cloned().collect();
            let needed = with(&HashSet::new(), kept.iter().map(|named| &named.expr));
            let input = self.result(input, &needed)?;
            return self.project(input, &kept);
        }
        let stream = self.relation(relation, wanted, true)?;
        let reads = {
            let mut reads = false;
            super::tree::walk(&stream.operator, &mut |operator| {
                reads |= matches!(operator.kind, Some(Kind::ExchangeRead(_)));
            });
            reads
        };
        if stream.location == Location::Everywhere && !reads {
            return Ok(Stream { location: Location::Root, ..stream });
        }
        let ordered: HashSet<ColumnId> = order_columns(&stream.order).chain(wanted.iter().copied()).collect();
        let stream = self.fragments.narrow(stream, &ordered);
        Ok(self.fragments.gather(stream, None))
    }

    /// Sorts the rows. Only the order of the result can be seen: elsewhere a sort without limit is left out.
    pub(super) fn sort(
        &mut self,
        input: &Relation,
        keys: &[SortKey],
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        if !top {
            return self.relation(input, wanted, false);
        }
        let (input, keys) = self.sorted_input(input, keys, wanted, true)?;
        // What one task would sort, the root sorts, to whom the order matters.
        let input = if input.is_whole() { self.fragments.gather(input, None) } else { input };
        let order = expression::sort_keys(&keys)?;
        let keys = order.clone();
        let estimate = input.estimate.clone();
        let stream = self.push(input, estimate, |input| Kind::Sort(Box::new(plan::Sort { input, keys })));
        Ok(Stream { order, ..stream })
    }

    /// Keeps the first rows, of an input that is a sort by its order.
    pub(super) fn limit(
        &mut self,
        input: &Relation,
        limit: Option<u64>,
        offset: u64,
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        let (Relation::Sort { input, keys }, Some(limit)) = (input, limit) else {
            // An order that is skipped into must be there even below the top.
            let stream = match input {
                Relation::Sort { input, keys } => self.whole_sort(input, keys, wanted, top)?,
                _ => self.relation(input, wanted, top)?,
            };
            return Ok(self.limit_rows(stream, limit, offset, top));
        };
        let (stream, keys) = self.sorted_input(input, keys, wanted, top)?;
        let order = expression::sort_keys(&keys)?;
        let partial = limit.saturating_add(offset);
        let make = |keys: Vec<plan::SortKey>, limit: u64, offset: u64| {
            move |input| Kind::TopN(Box::new(plan::TopN { input: Some(input), keys, limit, offset }))
        };
        let top_n = |planner: &mut Self, stream: Stream, limit: u64, offset: u64| {
            let estimate = stream.estimate.clone();
            let rows = estimate.rows.min(limit as f64);
            let kind = make(order.clone(), limit, offset);
            let boxed = |input: Option<Box<plan::Operator>>| match input {
                Some(input) => kind(input),
                None => kind(Box::default()),
            };
            let stream = planner.push(stream, estimate.with_rows(rows), boxed);
            Stream { order: order.clone(), ..stream }
        };
        if stream.is_whole() {
            return Ok(top_n(self, stream, limit, offset));
        }
        let stream = top_n(self, stream, partial, 0);
        let stream = match top {
            true => {
                let mixer = MixerKind::Operator(Box::new(make(order.clone(), partial, 0)));
                // The top-N above does not need its input merged in order.
                self.fragments.gather(Stream { order: Vec::new(), ..stream }, Some(mixer))
            }
            false => self.fragments.collect(stream),
        };
        Ok(top_n(self, stream, limit, offset))
    }

    fn limit_rows(&mut self, stream: Stream, limit: Option<u64>, offset: u64, top: bool) -> Stream {
        let rows = |rows: f64, limit: Option<u64>| limit.map_or(rows, |limit| rows.min(limit as f64));
        let push = |planner: &mut Self, stream: Stream, limit: Option<u64>, offset: u64| {
            let left = rows((stream.estimate.rows - offset as f64).max(0.0), limit);
            let estimate = stream.estimate.clone().with_rows(left);
            planner
                .push(stream, estimate, |input| Kind::Limit(Box::new(plan::Limit { input, limit, offset })))
        };
        if stream.is_whole() {
            return push(self, stream, limit, offset);
        }
        let partial = limit.map(|limit| limit.saturating_add(offset));
        let stream = match partial {
            Some(_) => push(self, stream, partial, 0),
            None => stream,
        };
        // Sorted rows merge in the mixers; a limit over the merged rows is the root's.
        let stream = match top {
            true if stream.order.is_empty() && partial.is_some() => {
                let mixer = MixerKind::Operator(Box::new(move |input| {
                    Kind::Limit(Box::new(plan::Limit { input: Some(input), limit: partial, offset: 0 }))
                }));
                self.fragments.gather(stream, Some(mixer))
            }
            true => self.fragments.gather(stream, None),
            false => self.fragments.collect(stream),
        };
        push(self, stream, limit, offset)
    }

    /// A sort over all rows in one place, for what follows in the same place.
    fn whole_sort(
        &mut self,
        input: &Relation,
        keys: &[SortKey],
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        let (stream, keys) = self.sorted_input(input, keys, wanted, top)?;
        let stream = if top { self.fragments.gather(stream, None) } else { self.fragments.collect(stream) };
        let order = expression::sort_keys(&keys)?;
        let keys = order.clone();
        let estimate = stream.estimate.clone();
        let stream = self.push(stream, estimate, |input| Kind::Sort(Box::new(plan::Sort { input, keys })));
        Ok(Stream { order, ..stream })
    }

    /// Returns the input of a sort with its keys as plain columns.
    fn sorted_input(
        &mut self,
        input: &Relation,
        keys: &[SortKey],
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<(Stream, Vec<SortKey>)> {
        let needed = with(wanted, keys.iter().map(|key| &key.expr));
        let stream = self.relation(input, &needed, top)?;
        let mut kept = wanted.clone();
        kept.extend(keys.iter().filter_map(|key| key.expr.as_column()));
        if keys.iter().all(|key| key.expr.as_column().is_some()) {
            return Ok((self.fragments.narrow(stream, &kept), keys.to_vec()));
        }
        let passed = stream.columns.iter().filter(|column| kept.contains(&column.id)).cloned();
        let mut columns: Vec<Named> =
            passed.map(|column| Named { expr: Expr::Column(column.clone()), column }).collect();
        let mut plain = Vec::with_capacity(keys.len());
        for key in keys {
            let mut key = key.clone();
            if key.expr.as_column().is_none() {
                let column = self.fragments.ids.column("sort_key", key.expr.data_type().clone());
                columns.push(Named { column: column.clone(), expr: key.expr });
                key.expr = Expr::Column(column);
            }
            plain.push(key);
        }
        let stream = self.project(stream, &columns)?;
        Ok((stream, plain))
    }
}

/// True for a sort or limit, or projections over one.
fn is_ordered(relation: &Relation) -> bool {
    match relation {
        Relation::Sort { .. } | Relation::Limit { .. } => true,
        Relation::Project { input, .. } => is_ordered(input),
        _ => false,
    }
}

fn order_columns(keys: &[plan::SortKey]) -> impl Iterator<Item = ColumnId> {
    keys.iter().filter_map(|key| match key.expression.as_ref()?.kind.as_ref()? {
        plan::expression::Kind::Column(id) => Some(ColumnId(*id)),
        _ => None,
    })
}
