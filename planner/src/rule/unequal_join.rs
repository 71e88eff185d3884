//! RIGHT and FULL joins without an equality, which no hash table serves, by joins that a nested loop can do.
//!
//! A RIGHT join is a LEFT join the other way round. A FULL join is the LEFT join, and the right rows without a match
//! with NULLs for the left; both sides are computed once and read twice.

use std::collections::{HashMap, HashSet};

use canopy_format::Value;

use crate::algebra::{
    Column, ColumnId, Expr, Join, JoinKind, Named, Query, Relation, SetOperation, SetOperator,
};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Rewrites every such join.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh);
    Ok(())
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) {
    for input in relation.inputs_mut() {
        rewrite(input, fresh);
    }
    let Relation::Join(join) = relation else { return };
    if !matches!(join.kind, JoinKind::Right | JoinKind::Full) || has_key(join) {
        return;
    }
    let Relation::Join(join) = relation.take() else { return };
    *relation = match join.kind {
        JoinKind::Right => {
            let Join { left, right, on, .. } = *join;
            joined(JoinKind::Left, right, left, on)
        }
        _ => full(*join, fresh),
    };
}

/// True when one of the conditions compares the sides for equality.
fn has_key(join: &Join) -> bool {
    let ids = |relation: &Relation| relation.columns().iter().map(|c| c.id).collect::<HashSet<ColumnId>>();
    let (left, right) = (ids(&join.left), ids(&join.right));
    join.on.iter().any(|conjunct| {
        let Expr::Call { function, arguments, .. } = conjunct else { return false };
        let [a, b] = arguments.as_slice() else { return false };
        let (in_a, in_b) = (a.columns(), b.columns());
        matches!(&**function, "$equal" | "$is_not_distinct")
            && a.data_type() == b.data_type()
            && !in_a.is_empty()
            && !in_b.is_empty()
            && (in_a.is_subset(&left) && in_b.is_subset(&right)
                || in_a.is_subset(&right) && in_b.is_subset(&left))
    })
}

fn joined(kind: JoinKind, left: Relation, right: Relation, on: Vec<Expr>) -> Relation {
    let (mark, null_aware, dependent) = (None, false, false);
    Relation::Join(Box::new(Join { kind, left, right, on, mark, null_aware, dependent }))
}

/// A shared definition, and the columns that stand for its own in one of its readers.
struct Read {
    relation: Relation,
    columns: Vec<Column>,
}

fn read(id: u32, definition: &[Column], fresh: &mut Fresh) -> Read {
    let columns: Vec<Column> =
        definition.iter().map(|c| fresh.ids.column(c.name.clone(), c.data_type.clone())).collect();
    let sources = definition.iter().map(|column| column.id).collect();
    Read { relation: Relation::Shared { id, columns: columns.clone(), sources }, columns }
}

fn full(join: Join, fresh: &mut Fresh) -> Relation {
    let Join { left, right, on, .. } = join;
    let (left_columns, right_columns) = (left.columns(), right.columns());
    let (left_id, right_id) = (fresh.with_id(), fresh.with_id());
    let on_over = |a: &Read, b: &Read| -> Vec<Expr> {
        let from = left_columns.iter().chain(&right_columns).map(|column| column.id);
        let to = a.columns.iter().chain(&b.columns).map(|column| Expr::Column(column.clone()));
        let map: HashMap<ColumnId, Expr> = from.zip(to).collect();
        let mut on = on.clone();
        on.iter_mut().for_each(|conjunct| conjunct.substitute(&map));
        on
    };
    let (a, b) = (read(left_id, &left_columns, fresh), read(right_id, &right_columns, fresh));
    let conditions = on_over(&a, &b);
    let matched_ids = a.columns.iter().chain(&b.columns).map(|column| column.id).collect();
    let matched = joined(JoinKind::Left, a.relation, b.relation, conditions);

    let (a, b) = (read(left_id, &left_columns, fresh), read(right_id, &right_columns, fresh));
    let conditions = on_over(&a, &b);
    let alone = joined(JoinKind::Anti, b.relation, a.relation, conditions);
    let mut columns: Vec<Named> = left_columns
        .iter()
        .map(|c| Named {
            column: fresh.ids.column(c.name.clone(), c.data_type.clone()),
            expr: Expr::Literal(Value::Null, c.data_type.clone()),
        })
        .collect();
    columns.extend(b.columns.into_iter().map(|column| Named { expr: Expr::Column(column.clone()), column }));
    let alone_ids = columns.iter().map(|named| named.column.id).collect();
    let alone = Relation::Project { input: Box::new(alone), columns };

    let union = Relation::SetOperation(Box::new(SetOperation {
        operator: SetOperator::UnionAll,
        inputs: vec![matched, alone],
        input_columns: vec![matched_ids, alone_ids],
        columns: left_columns.into_iter().chain(right_columns).collect(),
    }));
    // The definitions' own columns get other ids: theirs now belong to the union.
    let union = with_definition(right_id, right, union, fresh);
    with_definition(left_id, left, union, fresh)
}

fn with_definition(id: u32, definition: Relation, mut body: Relation, fresh: &mut Fresh) -> Relation {
    let (definition, map) = definition.clone_fresh(&mut fresh.ids);
    body.for_each_mut(&mut |relation| {
        if let Relation::Shared { id: shared, sources, .. } = relation
            && *shared == id
        {
            for source in sources {
                *source = map.get(source).copied().unwrap_or(*source);
            }
        }
    });
    Relation::With { id, definition: Box::new(definition), body: Box::new(body) }
}
