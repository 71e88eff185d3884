//! Outer joins whose NULL rows a predicate above rejects are inner joins (Galindo-Legaria & Rosenthal 1997,
//! "Outerjoin Simplification and Reordering for Query Optimization").

use std::collections::HashSet;

use super::predicate::as_call;
use crate::algebra::{ColumnId, Expr, JoinKind};

/// Returns the kind that the join has under the predicates.
pub(crate) fn simplified(
    kind: JoinKind,
    predicates: &[Expr],
    left: &HashSet<ColumnId>,
    right: &HashSet<ColumnId>,
) -> JoinKind {
    let rejects = |side: &HashSet<ColumnId>| predicates.iter().any(|predicate| rejects_null(predicate, side));
    match kind {
        JoinKind::Left if rejects(right) => JoinKind::Inner,
        JoinKind::Right if rejects(left) => JoinKind::Inner,
        JoinKind::Full => match (rejects(left), rejects(right)) {
            (true, true) => JoinKind::Inner,
            (true, false) => JoinKind::Left,
            (false, true) => JoinKind::Right,
            (false, false) => JoinKind::Full,
        },
        other => other,
    }
}

/// True when the predicate cannot be TRUE where all these columns are NULL.
fn rejects_null(predicate: &Expr, columns: &HashSet<ColumnId>) -> bool {
    match as_call(predicate) {
        Some(("$and", parts)) => parts.iter().any(|part| rejects_null(part, columns)),
        Some(("$or", parts)) => parts.iter().all(|part| rejects_null(part, columns)),
        Some(("$is_not_null", [inner])) => is_strict(inner, columns),
        Some(("$not", [inner])) => match as_call(inner) {
            Some(("$is_null", [inner])) => is_strict(inner, columns),
            _ => is_strict(inner, columns),
        },
        Some(("$in", [value, ..])) => is_strict(value, columns),
        _ => is_strict(predicate, columns),
    }
}

/// True when the expression is NULL where all these columns are.
fn is_strict(expr: &Expr, columns: &HashSet<ColumnId>) -> bool {
    match expr {
        Expr::Column(column) => columns.contains(&column.id),
        Expr::Field { input, .. } | Expr::Cast { input, .. } => is_strict(input, columns),
        Expr::Call { function, arguments, .. } => {
            let strict = matches!(
                &**function,
                "$equal"
                    | "$not_equal"
                    | "$less"
                    | "$less_or_equal"
                    | "$greater"
                    | "$greater_or_equal"
                    | "$add"
                    | "$subtract"
                    | "$multiply"
                    | "$divide"
                    | "$unary_minus"
                    | "$like"
                    | "$concat"
                    | "$not"
                    | "starts_with"
                    | "ends_with"
                    | "lower"
                    | "upper"
                    | "substr"
            ) || function.starts_with("$extract_");
            strict && arguments.iter().any(|argument| is_strict(argument, columns))
        }
        _ => false,
    }
}
