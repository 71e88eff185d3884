//! Predicates under OR: what all alternatives share is taken out, and what each says of one input alone is
//! derived for that input (TPC-H Q19 and Q7).

use std::collections::HashSet;

use super::predicate::{conjunction, conjuncts, disjunction, disjuncts, is_deterministic};
use crate::algebra::{ColumnId, Expr};

/// Takes shared conjuncts out of ORs: `(a AND b) OR (a AND c)` is `a AND (b OR c)`.
///
/// Equal under three-valued logic, so it serves anywhere.
pub(crate) fn factor(predicate: Expr) -> Vec<Expr> {
    conjuncts(predicate).into_iter().flat_map(factor_one).collect()
}

fn factor_one(conjunct: Expr) -> Vec<Expr> {
    let alternatives = disjuncts(conjunct);
    if alternatives.len() == 1 {
        return alternatives;
    }
    let alternatives: Vec<Vec<Expr>> = alternatives.into_iter().map(factor).collect();
    let shared: Vec<Expr> = alternatives[0]
        .iter()
        .filter(|e| is_deterministic(e) && alternatives[1..].iter().all(|other| other.contains(e)))
        .cloned()
        .collect();
    let mut rest = Vec::with_capacity(alternatives.len());
    for mut alternative in alternatives {
        alternative.retain(|e| !shared.contains(e));
        match conjunction(alternative) {
            Some(alternative) => rest.push(alternative),
            // One alternative says no more than what is shared: neither does the whole.
            None => return shared,
        }
    }
    let mut all = shared;
    all.push(disjunction(rest));
    all
}

/// Returns the predicate on the columns alone that an OR over more implies, if each alternative has one.
pub(crate) fn derive(conjunct: &Expr, columns: &HashSet<ColumnId>) -> Option<Expr> {
    let alternatives = disjuncts(conjunct.clone());
    if alternatives.len() < 2 {
        return None;
    }
    let mut derived = Vec::with_capacity(alternatives.len());
    for alternative in alternatives {
        let own: Vec<Expr> = conjuncts(alternative)
            .into_iter()
            .filter(|e| {
                let used = e.columns();
                !used.is_empty() && used.is_subset(columns) && is_deterministic(e)
            })
            .collect();
        derived.push(conjunction(own)?);
    }
    Some(disjunction(derived))
}
