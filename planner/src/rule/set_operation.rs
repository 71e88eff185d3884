//! Distinct set operations as groups and joins: UNION DISTINCT groups a UNION ALL; INTERSECT and
//! EXCEPT DISTINCT are semi and anti joins by IS NOT DISTINCT FROM, grouped.

use super::predicate::{column, same};
use super::set_all;
use crate::algebra::{
    Aggregate, Column, ColumnId, Expr, Join, JoinKind, Named, Query, Relation, SetOperation, SetOperator,
};
use crate::error::{PlanError, Result};
use crate::optimizer::Fresh;

/// Replaces every set operation but UNION ALL.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh)
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) -> Result<()> {
    for input in relation.inputs_mut() {
        rewrite(input, fresh)?;
    }
    if !matches!(relation, Relation::SetOperation(operation) if operation.operator != SetOperator::UnionAll) {
        return Ok(());
    }
    let Relation::SetOperation(operation) = relation.take() else { return Ok(()) };
    *relation = match operation.operator {
        SetOperator::UnionAll => Relation::SetOperation(operation),
        SetOperator::UnionDistinct => union_distinct(*operation, fresh),
        SetOperator::IntersectDistinct => joined(*operation, JoinKind::Semi)?,
        SetOperator::ExceptDistinct => joined(*operation, JoinKind::Anti)?,
        SetOperator::IntersectAll | SetOperator::ExceptAll => set_all::counted(*operation, fresh),
    };
    Ok(())
}

fn union_distinct(mut operation: SetOperation, fresh: &mut Fresh) -> Relation {
    let columns = operation.columns.clone();
    for c in &mut operation.columns {
        *c = fresh.ids.column(c.name.clone(), c.data_type.clone());
    }
    operation.operator = SetOperator::UnionAll;
    let keys = columns.into_iter().zip(&operation.columns);
    let keys = keys.map(|(c, input)| Named { column: c, expr: column(input) }).collect();
    let input = Relation::SetOperation(Box::new(operation));
    Relation::Aggregate(Box::new(Aggregate { input, keys, calls: Vec::new() }))
}

fn joined(operation: SetOperation, kind: JoinKind) -> Result<Relation> {
    let SetOperation { inputs, input_columns, columns, .. } = operation;
    let mut inputs = inputs.into_iter().zip(input_columns);
    let Some((mut left, left_ids)) = inputs.next() else {
        return Err(PlanError::Internal("a set operation without inputs".into()));
    };
    let of = |id: ColumnId, position: usize| Column { id, ..columns[position].clone() };
    for (right, ids) in inputs {
        let pairs = left_ids.iter().zip(&ids).enumerate();
        let on = pairs.map(|(i, (a, b))| same(Expr::Column(of(*a, i)), Expr::Column(of(*b, i)))).collect();
        left = Relation::Join(Box::new(Join {
            kind,
            left,
            right,
            on,
            mark: None,
            null_aware: false,
            dependent: false,
        }));
    }
    let keys = columns
        .iter()
        .enumerate()
        .map(|(i, c)| Named { column: c.clone(), expr: Expr::Column(of(left_ids[i], i)) });
    Ok(Relation::Aggregate(Box::new(Aggregate { keys: keys.collect(), input: left, calls: Vec::new() })))
}
