//! The general way to remove a dependent join: push it down until nothing below it is correlated
//! (Neumann & Kemper 2015, section 3).
//!
//! The left rows are shared. Their distinct correlation columns, the domain D, are joined to the right
//! side where it is not correlated any more, and travel up again as ordinary columns; above, the left rows meet
//! the result by IS NOT DISTINCT FROM. Values of ARRAY, STRUCT and JSON cannot be grouped: then D is all left
//! rows, each with a number as its key, and those values are carried beside it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use canopy_format::{DataType, StructField, Value};

use super::decorrelate::{default_calls, relaxed};
use super::predicate::{call, column, filter, same};
use super::shared;
use crate::algebra::{
    Aggregate, AggregateCall, Column, ColumnId, Expr, Join, JoinKind, Named, Relation, SetOperator, SortKey,
    Unnest,
};
use crate::error::{PlanError, Result};
use crate::optimizer::Fresh;

/// Returns a relation with the join's rows; `outer` are the left columns that the right side refers to.
pub(super) fn eliminate(mut join: Join, outer: Vec<Column>, fresh: &mut Fresh) -> Result<Relation> {
    let with = fresh.with_id();
    let columns = join.left.columns();
    let groupable = outer.iter().all(|column| is_groupable(&column.data_type));
    let mut left = join.left.take();
    let mut keys = outer.clone();
    let mut carried = Vec::new();
    if !groupable {
        let number = fresh.ids.column("row", DataType::Int64);
        left = Relation::RowNumber { input: Box::new(left), column: number.clone() };
        keys = vec![number];
        carried = outer;
    }
    let domain = Domain { with, keys, carried, groupable };
    let ids: HashSet<ColumnId> = domain.keys.iter().chain(&domain.carried).map(|c| c.id).collect();
    let (right, map) = domain.push(join.right.take(), &ids, fresh)?;
    // Readers of the left rows know them by their ids.
    let mut all = columns;
    all.extend(domain.keys.iter().filter(|_| !groupable).cloned());
    let read: Vec<Column> =
        all.iter().map(|c| fresh.ids.column(c.name.clone(), c.data_type.clone())).collect();
    let sources = all.iter().map(|c| c.id).collect();
    let named = all.iter().zip(&read).map(|(c, read)| Named { column: c.clone(), expr: column(read) });
    join.left = Relation::Project {
        columns: named.collect(),
        input: Box::new(Relation::Shared { id: with, columns: read, sources }),
    };
    join.right = right;
    join.on.extend(domain.keys.iter().map(|key| same(column(key), column(&map[&key.id]))));
    let body = Box::new(Relation::Join(Box::new(join)));
    Ok(Relation::With { id: with, definition: Box::new(left), body })
}

fn is_groupable(data_type: &DataType) -> bool {
    data_type.is_scalar() && *data_type != DataType::Json
}

/// For each column of the domain, the column that stands for it in some relation.
type Map = BTreeMap<ColumnId, Column>;

fn as_exprs(map: &Map) -> HashMap<ColumnId, Expr> {
    map.iter().map(|(id, c)| (*id, column(c))).collect()
}

/// The correlation columns of the left rows.
struct Domain {
    with: u32,
    /// What tells one row of the domain from another.
    keys: Vec<Column>,
    /// Further columns, decided by the keys.
    carried: Vec<Column>,
    /// The keys are values, to be made distinct; else row numbers.
    groupable: bool,
}

impl Domain {
    /// Returns the domain's rows under fresh ids.
    fn rows(&self, fresh: &mut Fresh) -> (Relation, Map) {
        let all: Vec<&Column> = self.keys.iter().chain(&self.carried).collect();
        let mut copies =
            || all.iter().map(|c| fresh.ids.column(c.name.clone(), c.data_type.clone())).collect::<Vec<_>>();
        let read = copies();
        let sources = all.iter().map(|c| c.id).collect();
        if !self.groupable {
            let map = all.iter().zip(&read).map(|(c, read)| (c.id, read.clone())).collect();
            return (Relation::Shared { id: self.with, columns: read, sources }, map);
        }
        let groups = copies();
        let map = all.iter().zip(&groups).map(|(c, group)| (c.id, group.clone())).collect();
        let keys = groups.iter().zip(&read).map(|(c, read)| Named { column: c.clone(), expr: column(read) });
        let aggregate = Aggregate {
            keys: keys.collect(),
            calls: Vec::new(),
            input: Relation::Shared { id: self.with, columns: read, sources },
        };
        (Relation::Aggregate(Box::new(aggregate)), map)
    }

    /// The equalities of the keys in two relations.
    fn meet(&self, a: &Map, b: &Map) -> Vec<Expr> {
        self.keys.iter().map(|key| same(column(&a[&key.id]), column(&b[&key.id]))).collect()
    }

    /// Returns the relation for every row of the domain at once, with the domain's columns.
    fn push(
        &self,
        relation: Relation,
        outer: &HashSet<ColumnId>,
        fresh: &mut Fresh,
    ) -> Result<(Relation, Map)> {
        if relation.free_columns().is_disjoint(outer) {
            let (rows, map) = self.rows(fresh);
            return Ok((cross(rows, relation), map));
        }
        match relation {
            Relation::Filter { input, mut predicate } => {
                let (input, map) = self.push(*input, outer, fresh)?;
                predicate.substitute(&as_exprs(&map));
                Ok((Relation::Filter { input: Box::new(input), predicate }, map))
            }
            Relation::Project { input, mut columns } => {
                let (input, map) = self.push(*input, outer, fresh)?;
                let exprs = as_exprs(&map);
                columns.iter_mut().for_each(|named| named.expr.substitute(&exprs));
                columns.extend(map.values().map(|c| Named { column: c.clone(), expr: column(c) }));
                Ok((Relation::Project { input: Box::new(input), columns }, map))
            }
            Relation::Sort { input, .. } => self.push(*input, outer, fresh),
            Relation::Join(join) => self.push_join(*join, outer, fresh),
            Relation::Unnest(mut unnest) => {
                let (input, map) = self.push(unnest.input.take(), outer, fresh)?;
                unnest.input = input;
                unnest.array.substitute(&as_exprs(&map));
                Ok((Relation::Unnest(unnest), map))
            }
            Relation::Aggregate(aggregate) => self.push_aggregate(*aggregate, outer, fresh),
            Relation::Limit { input, limit, offset } => self.push_limit(*input, limit, offset, outer, fresh),
            Relation::SetOperation(mut operation) => {
                if !self.carried.is_empty() && operation.operator != SetOperator::UnionAll {
                    return Err(PlanError::Unsupported(
                        "a distinct set operation in a subquery correlated by an ARRAY, STRUCT or JSON"
                            .into(),
                    ));
                }
                let mut output = Map::new();
                let order: Vec<&Column> = self.keys.iter().chain(&self.carried).collect();
                for outer_column in &order {
                    let c = fresh.ids.column(outer_column.name.clone(), outer_column.data_type.clone());
                    operation.columns.push(c.clone());
                    output.insert(outer_column.id, c);
                }
                let inputs = std::mem::take(&mut operation.inputs);
                for (input, ids) in inputs.into_iter().zip(&mut operation.input_columns) {
                    let (input, map) = self.push(input, outer, fresh)?;
                    ids.extend(order.iter().map(|c| map[&c.id].id));
                    operation.inputs.push(input);
                }
                Ok((Relation::SetOperation(operation), output))
            }
            Relation::SingleRow(input) => {
                let (input, inner) = self.push(*input, outer, fresh)?;
                let (rows, map) = self.rows(fresh);
                let on = self.meet(&map, &inner);
                Ok((joined(JoinKind::Single, rows, input, on), map))
            }
            Relation::RowNumber { input, column } => {
                let (input, map) = self.push(*input, outer, fresh)?;
                Ok((Relation::RowNumber { input: Box::new(input), column }, map))
            }
            // Each row of the domain has windows of its own.
            Relation::Window(mut window) => {
                let (input, map) = self.push(window.input.take(), outer, fresh)?;
                window.input = input;
                let exprs = as_exprs(&map);
                window.exprs_mut().into_iter().for_each(|expr| expr.substitute(&exprs));
                window.partition_by.extend(self.keys.iter().map(|key| column(&map[&key.id])));
                Ok((Relation::Window(window), map))
            }
            Relation::With { id, definition, mut body } => {
                if definition.free_columns().is_disjoint(outer) {
                    let (body, map) = self.push(*body, outer, fresh)?;
                    return Ok((Relation::With { id, definition, body: Box::new(body) }, map));
                }
                shared::inline(&mut body, id, &definition, fresh);
                self.push(*body, outer, fresh)
            }
            Relation::Recursive(_) => {
                Err(PlanError::Unsupported("a recursive definition in a correlated subquery".into()))
            }
            Relation::Scan(_) | Relation::Values { .. } | Relation::Shared { .. } => {
                Err(PlanError::Internal("a correlated relation without inputs".into()))
            }
        }
    }

    fn push_join(
        &self,
        mut join: Join,
        outer: &HashSet<ColumnId>,
        fresh: &mut Fresh,
    ) -> Result<(Relation, Map)> {
        let right_correlated = !join.right.free_columns().is_disjoint(outer);
        let on_correlated = join.on.iter().any(|conjunct| !conjunct.columns().is_disjoint(outer));
        if (join.kind == JoinKind::NullAwareAnti || join.null_aware) && (right_correlated || on_correlated) {
            let relation = relaxed(join, fresh)?;
            return self.push(relation, outer, fresh);
        }
        if join.kind == JoinKind::Right {
            join.kind = JoinKind::Left;
            std::mem::swap(&mut join.left, &mut join.right);
            return self.push_join(join, outer, fresh);
        }
        if join.kind == JoinKind::Full {
            return Err(PlanError::Unsupported("a correlated subquery over FULL JOIN".into()));
        }
        let left_correlated = !join.left.free_columns().is_disjoint(outer);
        if join.kind == JoinKind::Inner && right_correlated && !left_correlated {
            let (right, map) = self.push(join.right.take(), outer, fresh)?;
            join.right = right;
            return Ok((substituted(join, &map), map));
        }
        let (left, map) = self.push(join.left.take(), outer, fresh)?;
        join.left = left;
        if right_correlated {
            let (right, inner) = self.push(join.right.take(), outer, fresh)?;
            join.right = right;
            join.on.extend(self.meet(&map, &inner));
        }
        Ok((substituted(join, &map), map))
    }

    fn push_aggregate(
        &self,
        mut aggregate: Aggregate,
        outer: &HashSet<ColumnId>,
        fresh: &mut Fresh,
    ) -> Result<(Relation, Map)> {
        let is_scalar = aggregate.keys.is_empty();
        let (input, map) = self.push(aggregate.input.take(), outer, fresh)?;
        aggregate.input = input;
        let exprs = as_exprs(&map);
        aggregate.keys.iter_mut().for_each(|key| key.expr.substitute(&exprs));
        aggregate.calls.iter_mut().flat_map(AggregateCall::exprs_mut).for_each(|e| e.substitute(&exprs));
        let calls = aggregate.calls.len();
        let grouped = self.group_by(&mut aggregate, &map, fresh);
        if !is_scalar {
            return Ok((Relation::Aggregate(Box::new(aggregate)), grouped));
        }
        // A scalar aggregate has a row for every row of the domain, also over no rows.
        let defaults = default_calls(&mut aggregate.calls[..calls], fresh);
        let (rows, map) = self.rows(fresh);
        let on = self.meet(&map, &grouped);
        let joined = joined(JoinKind::Left, rows, Relation::Aggregate(Box::new(aggregate)), on);
        let mut columns = defaults;
        columns.extend(map.values().map(|c| Named { column: c.clone(), expr: column(c) }));
        Ok((Relation::Project { input: Box::new(joined), columns }, map))
    }

    /// Makes the domain's columns part of the groups.
    fn group_by(&self, aggregate: &mut Aggregate, map: &Map, fresh: &mut Fresh) -> Map {
        let mut grouped = Map::new();
        for key in &self.keys {
            let c = fresh.ids.column(key.name.clone(), key.data_type.clone());
            aggregate.keys.push(Named { column: c.clone(), expr: column(&map[&key.id]) });
            grouped.insert(key.id, c);
        }
        for carried in &self.carried {
            let c = fresh.ids.column(carried.name.clone(), carried.data_type.clone());
            aggregate.calls.push(plain_call("any_value", column(&map[&carried.id]), c.clone()));
            grouped.insert(carried.id, c);
        }
        grouped
    }

    /// LIMIT for each row of the domain: the first rows as an array, unnested again.
    fn push_limit(
        &self,
        input: Relation,
        limit: Option<u64>,
        offset: u64,
        outer: &HashSet<ColumnId>,
        fresh: &mut Fresh,
    ) -> Result<(Relation, Map)> {
        let wanted = input.columns();
        let (input, mut keys) = match input {
            Relation::Sort { input, keys } => (*input, keys),
            other => (other, Vec::new()),
        };
        let (input, map) = self.push(input, outer, fresh)?;
        let exprs = as_exprs(&map);
        keys.iter_mut().for_each(|key: &mut SortKey| key.expr.substitute(&exprs));
        let fields: Arc<[StructField]> = wanted
            .iter()
            .map(|c| StructField { name: String::new(), data_type: c.data_type.clone() })
            .collect();
        let row = DataType::Struct(fields);
        let value = call("$struct", wanted.iter().map(column).collect(), row.clone());
        let array = fresh.ids.column("rows", DataType::array(row.clone()));
        let mut collect = plain_call("array_agg", value, array.clone());
        collect.order_by = keys;
        collect.limit = limit.map(|limit| limit.saturating_add(offset));
        let mut aggregate = Aggregate { input, keys: Vec::new(), calls: vec![collect] };
        let grouped = self.group_by(&mut aggregate, &map, fresh);
        let element = fresh.ids.column("row", row);
        let position = fresh.ids.column("position", DataType::Int64);
        let unnest = Relation::Unnest(Box::new(Unnest {
            input: Relation::Aggregate(Box::new(aggregate)),
            array: column(&array),
            element: element.clone(),
            offset: Some(position.clone()),
            outer: false,
        }));
        let skipped = match i64::try_from(offset) {
            Ok(0) => Vec::new(),
            skipped => {
                let bound = Expr::Literal(Value::Int64(skipped.unwrap_or(i64::MAX)), DataType::Int64);
                vec![call("$greater_or_equal", vec![column(&position), bound], DataType::Bool)]
            }
        };
        let field = |(index, c): (usize, Column)| Named {
            expr: Expr::Field { input: Box::new(column(&element)), index, data_type: c.data_type.clone() },
            column: c,
        };
        let mut columns: Vec<Named> = wanted.into_iter().enumerate().map(field).collect();
        columns.extend(grouped.values().map(|c| Named { column: c.clone(), expr: column(c) }));
        Ok((Relation::Project { input: Box::new(filter(unnest, skipped)), columns }, grouped))
    }
}

fn plain_call(function: &str, argument: Expr, output: Column) -> AggregateCall {
    AggregateCall::new(output, function, vec![argument])
}

fn substituted(mut join: Join, map: &Map) -> Relation {
    let exprs = as_exprs(map);
    join.on.iter_mut().for_each(|conjunct| conjunct.substitute(&exprs));
    Relation::Join(Box::new(join))
}

fn cross(left: Relation, right: Relation) -> Relation {
    joined(JoinKind::Inner, left, right, Vec::new())
}

fn joined(kind: JoinKind, left: Relation, right: Relation, on: Vec<Expr>) -> Relation {
    Relation::Join(Box::new(Join { kind, left, right, on, mark: None, null_aware: false, dependent: false }))
}
