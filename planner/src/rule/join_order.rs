//! The order of inner joins, by cost from statistics.

use crate::algebra::{Expr, JoinKind, Query, Relation};
use crate::error::Result;
use crate::join_order;
use crate::optimizer::Fresh;
use crate::rule::pushdown::flatten;

/// Orders every tree of inner joins of three and more inputs.
pub(crate) fn apply(query: &mut Query, _: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation);
    Ok(())
}

fn rewrite(relation: &mut Relation) {
    if is_inner_join(relation) {
        let mut inputs = Vec::new();
        let mut conjuncts: Vec<Expr> = Vec::new();
        flatten(relation.take(), &mut inputs, &mut conjuncts);
        inputs.iter_mut().for_each(rewrite);
        *relation = join_order::order(inputs, conjuncts);
        return;
    }
    relation.inputs_mut().into_iter().for_each(rewrite);
}

fn is_inner_join(relation: &Relation) -> bool {
    match relation {
        Relation::Join(join) => join.kind == JoinKind::Inner,
        Relation::Filter { input, .. } => is_inner_join(input),
        _ => false,
    }
}
