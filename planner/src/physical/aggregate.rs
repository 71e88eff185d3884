//! Aggregation: in one place, up the tree in partial states, or through a shuffle by group.

use std::collections::HashSet;

use canopy_exec::convert::type_to_proto;
use canopy_proto::plan::{self, AggregatePhase, operator::Kind};

use super::relation::with;
use super::stream::{Location, MixerKind, Stream};
use super::{Planner, expression};
use crate::algebra::{Aggregate, AggregateCall, Column, ColumnId, Expr, Named, SortKey};
use crate::error::Result;
use crate::statistics;

impl Planner<'_> {
    /// Returns the stream of an aggregate's groups.
    pub(super) fn aggregate(
        &mut self,
        aggregate: &Aggregate,
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        let calls: Vec<AggregateCall> =
            aggregate.calls.iter().filter(|call| wanted.contains(&call.output.id)).cloned().collect();
        let exprs =
            aggregate.keys.iter().map(|key| &key.expr).chain(calls.iter().flat_map(AggregateCall::exprs));
        let needed = with(&HashSet::new(), exprs);
        let input = self.relation(&aggregate.input, &needed, top)?;
        let keys = &aggregate.keys;
        if input.is_whole() || is_within_groups(&input, keys) {
            return self.phase(input, keys, &calls, AggregatePhase::Single);
        }
        if !calls.iter().all(has_bounded_state) {
            let input = self.by_group(input, keys)?;
            return self.phase(input, keys, &calls, AggregatePhase::Single);
        }
        let partial = self.phase(input, keys, &calls, AggregatePhase::Partial)?;
        let keys = &passed(keys);
        let few = partial.estimate.rows <= self.options.tree_groups_max as f64;
        let gathered = if top && few {
            let merge = message(keys, &calls, AggregatePhase::Merge, partial.estimate.rows)?;
            let mixer = MixerKind::Operator(Box::new(move |input| {
                Kind::Aggregate(Box::new(plan::Aggregate { input: Some(input), ..merge }))
            }));
            self.fragments.gather(partial, Some(mixer))
        } else if keys.is_empty() {
            self.fragments.collect(partial)
        } else {
            let ids: Vec<ColumnId> = keys.iter().map(|key| key.column.id).collect();
            self.fragments.hash(partial, &ids)
        };
        self.phase(gathered, keys, &calls, AggregatePhase::Final)
    }

    /// Brings raw rows of one group to one task.
    fn by_group(&mut self, input: Stream, keys: &[Named]) -> Result<Stream> {
        if keys.is_empty() {
            return Ok(self.fragments.collect(input));
        }
        let exprs: Vec<Expr> = keys.iter().map(|key| key.expr.clone()).collect();
        let (input, columns) = self.as_columns(input, &exprs)?;
        let ids: Vec<ColumnId> = columns.iter().map(|column| column.id).collect();
        Ok(self.fragments.hash(input, &ids))
    }

    fn phase(
        &mut self,
        input: Stream,
        keys: &[Named],
        calls: &[AggregateCall],
        phase: AggregatePhase,
    ) -> Result<Stream> {
        let estimate = statistics::aggregate(&input.estimate, keys, calls);
        let message = message(keys, calls, phase, estimate.rows)?;
        let location = match &input.location {
            Location::Hash(ids) => Location::Hash(ids.iter().map(|id| renamed(keys, *id)).collect()),
            other => other.clone(),
        };
        let key_columns = keys.iter().map(|key| key.column.clone());
        let outputs = calls.iter().map(|call| match phase {
            AggregatePhase::Partial => match state_type(call) {
                Ok(data_type) => Ok(Column { data_type, ..call.output.clone() }),
                Err(error) => Err(error),
            },
            _ => Ok(call.output.clone()),
        });
        let columns = key_columns.map(Ok).chain(outputs).collect::<Result<Vec<Column>>>()?;
        let stream = self
            .push(input, estimate, |input| Kind::Aggregate(Box::new(plan::Aggregate { input, ..message })));
        Ok(Stream { columns, location, order: Vec::new(), ..stream })
    }

    /// Returns the stream with the expressions as columns, computed where they are not plain columns already.
    pub(super) fn as_columns(&mut self, input: Stream, exprs: &[Expr]) -> Result<(Stream, Vec<Column>)> {
        let mut named: Vec<Named> = input
            .columns
            .iter()
            .map(|column| Named { column: column.clone(), expr: Expr::Column(column.clone()) })
            .collect();
        let mut columns = Vec::with_capacity(exprs.len());
        for expr in exprs {
            columns.push(match expr {
                Expr::Column(column) => column.clone(),
                other => {
                    let column = self.fragments.ids.column("key", other.data_type().clone());
                    named.push(Named { column: column.clone(), expr: other.clone() });
                    column
                }
            });
        }
        Ok((self.project(input, &named)?, columns))
    }
}

/// Returns the operator without its input.
fn message(
    keys: &[Named],
    calls: &[AggregateCall],
    phase: AggregatePhase,
    groups: f64,
) -> Result<plan::Aggregate> {
    let call = |call: &AggregateCall| {
        let mut message = expression::aggregate_call(call)?;
        if phase != AggregatePhase::Single {
            message.state_type = Some(type_to_proto(&state_type(call)?));
        }
        Ok(message)
    };
    Ok(plan::Aggregate {
        input: None,
        phase: phase as i32,
        keys: expression::named(keys)?,
        calls: calls.iter().map(call).collect::<Result<_>>()?,
        estimated_groups: groups,
    })
}

/// Keys of the second phase: the first one's key columns.
fn passed(keys: &[Named]) -> Vec<Named> {
    let pass = |key: &Named| Named { column: key.column.clone(), expr: Expr::Column(key.column.clone()) };
    keys.iter().map(pass).collect()
}

/// True when all rows of a group are in one task already.
fn is_within_groups(input: &Stream, keys: &[Named]) -> bool {
    match &input.location {
        Location::Hash(ids) if !ids.is_empty() => {
            ids.iter().all(|id| keys.iter().any(|key| key.expr.as_column() == Some(*id)))
        }
        _ => false,
    }
}

fn renamed(keys: &[Named], id: ColumnId) -> ColumnId {
    keys.iter().find(|key| key.expr.as_column() == Some(id)).map_or(id, |key| key.column.id)
}

/// False for calls whose state holds all of the group's values: those never go up the tree.
fn has_bounded_state(call: &AggregateCall) -> bool {
    let collects = matches!(
        &*call.function,
        "array_agg" | "array_concat_agg" | "string_agg" | "percentile_cont" | "percentile_disc"
    );
    // Of ANY_VALUE the one best row is kept, of other functions all rows that may yet be the best.
    let keeps_rows = call.having.is_some() && &*call.function != "any_value";
    let repeats_matter = call.distinct
        && !matches!(&*call.function, "min" | "max" | "any_value" | "logical_and" | "logical_or");
    !collects && !keeps_rows && !repeats_matter && call.order_by.is_empty() && call.limit.is_none()
}

/// Returns the type of a call's partial state.
fn state_type(call: &AggregateCall) -> Result<canopy_format::DataType> {
    let key = |key: &SortKey| canopy_exec::aggregate::OrderKey {
        data_type: key.expr.data_type().clone(),
        descending: key.descending,
        nulls_last: key.nulls_last,
    };
    let shape = canopy_exec::aggregate::CallShape {
        arguments: call.arguments.iter().map(|argument| argument.data_type().clone()).collect(),
        distinct: call.distinct,
        order_by: call.order_by.iter().map(key).collect(),
        limit: call.limit,
        having: call.having.as_ref().map(|having| canopy_exec::aggregate::HavingKey {
            data_type: having.key.data_type().clone(),
            greatest: having.greatest,
        }),
    };
    Ok(canopy_exec::aggregate::prepare(&call.function, &shape)?.state_type())
}
