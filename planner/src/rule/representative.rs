//! Group keys of INTERVAL come out as one of the group's values: a month and 30 days are equal, and a key in
//! a hash table is only what they have in common.

use canopy_format::DataType;

use super::predicate::{column, is_deterministic};
use crate::algebra::{AggregateCall, Named, Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Adds ANY_VALUE of such keys to their aggregate, and takes it for the key.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh);
    Ok(())
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) {
    relation.inputs_mut().into_iter().for_each(|input| rewrite(input, fresh));
    let Relation::Aggregate(aggregate) = relation else { return };
    let mixed = |key: &Named| {
        key.expr.data_type().holds(&|t| *t == DataType::Interval) && is_deterministic(&key.expr)
    };
    if !aggregate.keys.iter().any(mixed) {
        return;
    }
    let mut columns: Vec<Named> = Vec::new();
    for call in &aggregate.calls {
        columns.push(Named { column: call.output.clone(), expr: column(&call.output) });
    }
    for key in &mut aggregate.keys {
        let output = key.column.clone();
        if !mixed(key) {
            columns.push(Named { expr: column(&output), column: output });
            continue;
        }
        let value = fresh.ids.column(output.name.clone(), output.data_type.clone());
        key.column = fresh.ids.column(output.name.clone(), output.data_type.clone());
        aggregate.calls.push(AggregateCall::new(value.clone(), "any_value", vec![key.expr.clone()]));
        columns.push(Named { column: output, expr: column(&value) });
    }
    let input = Box::new(relation.take());
    *relation = Relation::Project { input, columns };
}
