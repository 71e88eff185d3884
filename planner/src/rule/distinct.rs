//! DISTINCT in aggregates as groups below: `COUNT(DISTINCT x) ... GROUP BY k` counts the groups of `(k, x)`,
//! which run in parallel and merge by partition where a set of values in each state would not.

use super::predicate::column;
use crate::algebra::{Aggregate, Expr, Named, Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Rewrites aggregates of which every call is DISTINCT over the same one argument.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh);
    Ok(())
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) {
    relation.inputs_mut().into_iter().for_each(|input| rewrite(input, fresh));
    let Relation::Aggregate(aggregate) = relation else { return };
    // The least and the greatest do not change when a value counts once.
    for call in &mut aggregate.calls {
        call.distinct &=
            !matches!(&*call.function, "min" | "max" | "any_value" | "logical_and" | "logical_or");
    }
    let Some(argument) = distinct_argument(aggregate) else { return };
    let value = fresh.ids.column("distinct_value", argument.data_type().clone());
    let mut keys: Vec<Named> = Vec::new();
    for key in &mut aggregate.keys {
        let inner = fresh.ids.column(key.column.name.clone(), key.column.data_type.clone());
        keys.push(Named { column: inner.clone(), expr: key.expr.take() });
        key.expr = column(&inner);
    }
    keys.push(Named { column: value.clone(), expr: argument });
    for call in &mut aggregate.calls {
        call.distinct = false;
        call.arguments = vec![column(&value)];
    }
    let inner = Aggregate { input: aggregate.input.take(), keys, calls: Vec::new() };
    aggregate.input = Relation::Aggregate(Box::new(inner));
}

fn distinct_argument(aggregate: &Aggregate) -> Option<Expr> {
    let first = aggregate.calls.first()?;
    let alike = aggregate.calls.iter().all(|call| {
        call.distinct
            && call.arguments.len() == 1
            && call.arguments == first.arguments
            && call.filter.is_none()
            && call.order_by.is_empty()
            && call.limit.is_none()
            && call.having.is_none()
            && matches!(&*call.function, "count" | "sum" | "avg")
    });
    let argument = first.arguments.first()?;
    (alike && argument.data_type().is_scalar()).then(|| argument.clone())
}
