//! Predicates and equalities that follow from equalities: of `a = b AND a < 5` also `b < 5`; of
//! `a = b AND b = c` also `a = c`, an edge more for the join order to choose from.

use std::collections::HashMap;

use super::predicate::{as_call, equal, is_deterministic};
use crate::algebra::{Column, ColumnId, Expr};

/// Adds to the conjuncts of one inner join what follows from them for columns of other inputs.
///
/// `input_of` tells which input a column comes from. Only single-column predicates are copied.
pub(crate) fn derive(conjuncts: &mut Vec<Expr>, input_of: &HashMap<ColumnId, usize>) {
    let classes = classes(conjuncts);
    let mut derived = Vec::new();
    for conjunct in conjuncts.iter() {
        let mut used = conjunct.columns().into_iter();
        let (Some(id), None) = (used.next(), used.next()) else { continue };
        let Some(class) = classes.iter().find(|class| class.iter().any(|c| c.id == id)) else { continue };
        if !is_deterministic(conjunct) || matches!(as_call(conjunct), Some(("$is_null", _))) {
            continue;
        }
        for other in class.iter().filter(|c| input_of.get(&c.id) != input_of.get(&id)) {
            let mut copy = conjunct.clone();
            copy.substitute(&HashMap::from([(id, Expr::Column(other.clone()))]));
            derived.push(copy);
        }
    }
    for class in &classes {
        for (i, a) in class.iter().enumerate() {
            // Also of two columns of one input: once that equality stands there, one key a class is enough
            // wherever inputs meet.
            for b in &class[i + 1..] {
                let known = |e: &Expr| is_equality_of(e, a.id, b.id);
                if !conjuncts.iter().any(known) {
                    derived.push(equal(Expr::Column(a.clone()), Expr::Column(b.clone())));
                }
            }
        }
    }
    for conjunct in derived {
        if !conjuncts.contains(&conjunct) {
            conjuncts.push(conjunct);
        }
    }
}

fn is_equality_of(expr: &Expr, a: ColumnId, b: ColumnId) -> bool {
    match as_call(expr) {
        Some(("$equal", [Expr::Column(x), Expr::Column(y)])) => {
            (x.id == a && y.id == b) || (x.id == b && y.id == a)
        }
        _ => false,
    }
}

/// Columns that are equal to each other in every row that passes; only classes of two and more.
pub(crate) fn classes(conjuncts: &[Expr]) -> Vec<Vec<Column>> {
    let mut classes: Vec<Vec<Column>> = Vec::new();
    for conjunct in conjuncts {
        let Some(("$equal", [Expr::Column(a), Expr::Column(b)])) = as_call(conjunct) else { continue };
        let of =
            |classes: &[Vec<Column>], id| classes.iter().position(|class| class.iter().any(|c| c.id == id));
        match (of(&classes, a.id), of(&classes, b.id)) {
            (Some(x), Some(y)) if x == y => {}
            (Some(x), Some(y)) => {
                let other = classes.swap_remove(x.max(y));
                classes[x.min(y)].extend(other);
            }
            (Some(x), None) => classes[x].push(b.clone()),
            (None, Some(y)) => classes[y].push(a.clone()),
            (None, None) => classes.push(vec![a.clone(), b.clone()]),
        }
    }
    classes
}
