//! Limits move below projections, to stand on the sort that gives them their order: then both are a top-N.

use crate::algebra::{Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Moves limits down.
pub(crate) fn apply(query: &mut Query, _: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation);
    Ok(())
}

fn rewrite(relation: &mut Relation) {
    if let Relation::Limit { input, limit, offset } = relation
        && matches!(**input, Relation::Project { .. })
        && let Relation::Project { input, columns } = input.take()
    {
        let limited = Relation::Limit { input, limit: *limit, offset: *offset };
        *relation = Relation::Project { input: Box::new(limited), columns };
    }
    relation.inputs_mut().into_iter().for_each(rewrite);
}
