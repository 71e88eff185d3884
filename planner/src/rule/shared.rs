//! Shared relations (WITH): inlined where read once or cheap to compute again, else kept, to run once.

use std::collections::HashMap;

use super::predicate::is_deterministic;
use crate::algebra::{ColumnId, Expr, Named, Query, Relation};
use crate::error::Result;
use crate::optimizer::Fresh;

/// Inlines what need not be shared.
pub(crate) fn apply(query: &mut Query, fresh: &mut Fresh) -> Result<()> {
    rewrite(&mut query.relation, fresh);
    Ok(())
}

fn rewrite(relation: &mut Relation, fresh: &mut Fresh) {
    while let Relation::With { id, definition, body } = relation {
        let readers = readers(body, *id);
        if readers > 1 && !(is_cheap(definition) && is_repeatable(definition)) {
            break;
        }
        inline(body, *id, definition, fresh);
        *relation = body.take();
    }
    for input in relation.inputs_mut() {
        rewrite(input, fresh);
    }
    for expr in relation.exprs_mut() {
        expr.for_each_mut(&mut |part| {
            if let Expr::Subquery(subquery) = part {
                rewrite(&mut subquery.relation, fresh);
            }
        });
    }
}

fn readers(body: &Relation, with: u32) -> usize {
    let mut count = 0;
    body.for_each(&mut |relation| {
        count += usize::from(matches!(relation, Relation::Shared { id, .. } if *id == with));
    });
    count
}

/// Reading a table twice costs less than keeping its rows, and each reader may filter in the scan.
fn is_cheap(definition: &Relation) -> bool {
    match definition {
        Relation::Scan(_) | Relation::Values { .. } | Relation::Shared { .. } => true,
        Relation::Filter { input, .. } | Relation::Project { input, .. } => is_cheap(input),
        _ => false,
    }
}

fn is_repeatable(definition: &Relation) -> bool {
    let mut repeatable = true;
    definition.for_each(&mut |relation| {
        repeatable &= !matches!(relation, Relation::RowNumber { .. });
        repeatable &= relation.exprs().into_iter().all(is_deterministic);
    });
    repeatable
}

/// Puts a copy of the definition in the place of each reader.
pub(super) fn inline(body: &mut Relation, with: u32, definition: &Relation, fresh: &mut Fresh) {
    body.for_each_mut(&mut |relation| {
        let Relation::Shared { id, columns, sources } = relation else { return };
        if *id != with {
            return;
        }
        let (copy, renamed) = definition.clone_fresh(&mut fresh.ids);
        let of = |source: &ColumnId| renamed.get(source).copied().unwrap_or(*source);
        let types: HashMap<ColumnId, _> = copy.columns().into_iter().map(|c| (c.id, c)).collect();
        let named = columns.iter().zip(sources.iter()).filter_map(|(column, source)| {
            let source = types.get(&of(source))?;
            Some(Named { column: column.clone(), expr: Expr::Column(source.clone()) })
        });
        *relation = Relation::Project { columns: named.collect(), input: Box::new(copy) };
    });
}
