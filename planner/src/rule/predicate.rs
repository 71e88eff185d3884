//! Conjunctions, and small expressions that rules make.

use canopy_format::{DataType, Value};

use crate::algebra::{Column, Expr, Relation};
use crate::syntax::ast::Span;

/// Takes a predicate apart into conjuncts; TRUE has none.
pub(crate) fn conjuncts(predicate: Expr) -> Vec<Expr> {
    match predicate {
        Expr::Call { function, arguments, .. } if &*function == "$and" => {
            arguments.into_iter().flat_map(conjuncts).collect()
        }
        Expr::Literal(Value::Bool(true), _) => Vec::new(),
        other => vec![other],
    }
}

/// Takes a predicate apart into the alternatives of its OR; one when it is none.
pub(crate) fn disjuncts(predicate: Expr) -> Vec<Expr> {
    match predicate {
        Expr::Call { function, arguments, .. } if &*function == "$or" => {
            arguments.into_iter().flat_map(disjuncts).collect()
        }
        other => vec![other],
    }
}

/// Returns the one predicate that all conjuncts make; None for none.
pub(crate) fn conjunction(mut conjuncts: Vec<Expr>) -> Option<Expr> {
    match conjuncts.len() {
        0 => None,
        1 => conjuncts.pop(),
        _ => Some(call("$and", conjuncts, DataType::Bool)),
    }
}

/// Returns the OR of the alternatives.
pub(crate) fn disjunction(mut alternatives: Vec<Expr>) -> Expr {
    match alternatives.len() {
        0 => boolean(false),
        1 => alternatives.remove(0),
        _ => call("$or", alternatives, DataType::Bool),
    }
}

/// Puts a filter on the relation where there are conjuncts.
pub(crate) fn filter(input: Relation, conjuncts: Vec<Expr>) -> Relation {
    match conjunction(conjuncts) {
        Some(predicate) => Relation::Filter { input: Box::new(input), predicate },
        None => input,
    }
}

/// Returns a call that stands nowhere in the text.
pub(crate) fn call(function: &str, arguments: Vec<Expr>, data_type: DataType) -> Expr {
    Expr::Call { function: function.into(), arguments, safe: false, data_type, span: Span::new(0, 0) }
}

/// Returns `a = b`.
pub(crate) fn equal(a: Expr, b: Expr) -> Expr {
    call("$equal", vec![a, b], DataType::Bool)
}

/// Returns `a IS NOT DISTINCT FROM b`.
pub(crate) fn same(a: Expr, b: Expr) -> Expr {
    call("$is_not_distinct", vec![a, b], DataType::Bool)
}

/// Returns `IFNULL(value, other)`.
pub(crate) fn if_null(value: Expr, other: Expr) -> Expr {
    let data_type = value.data_type().clone();
    call("ifnull", vec![value, other], data_type)
}

/// Returns TRUE or FALSE.
pub(crate) fn boolean(value: bool) -> Expr {
    Expr::Literal(Value::Bool(value), DataType::Bool)
}

/// Returns the column as an expression.
pub(crate) fn column(column: &Column) -> Expr {
    Expr::Column(column.clone())
}

/// The function's name and arguments when the expression is a call.
pub(crate) fn as_call(expr: &Expr) -> Option<(&str, &[Expr])> {
    match expr {
        Expr::Call { function, arguments, .. } => Some((function, arguments)),
        _ => None,
    }
}

/// False when the expression may give another value each time it is computed.
pub(crate) fn is_deterministic(expr: &Expr) -> bool {
    let mut deterministic = true;
    expr.for_each(&mut |part| {
        if let Expr::Call { function, .. } = part {
            deterministic &= canopy_exec::function::find(function).is_none_or(|f| f.deterministic);
        }
    });
    deterministic
}
