//! Which share of rows passes a predicate.

use canopy_format::Value;

use super::estimate::{Estimate, expression};
use super::value::as_number;
use crate::algebra::{Column, Expr};

/// Share guessed for a predicate of which nothing is known.
const UNKNOWN: f64 = 0.25;
/// Share guessed for a range test without bounds (Selinger et al. 1979).
const RANGE_UNKNOWN: f64 = 1.0 / 3.0;
/// Share guessed for LIKE and other searches in text.
const TEXT_SEARCH: f64 = 0.08;

/// Returns the estimate of the rows that pass the predicate.
pub fn filter(input: Estimate, predicate: &Expr) -> Estimate {
    let conjuncts = conjuncts(predicate);
    let share: f64 = conjuncts.iter().map(|conjunct| selectivity(&input, conjunct)).product();
    let rows = input.rows * combine_ranges(&input, &conjuncts).unwrap_or(share);
    let mut output = input.with_rows(rows);
    for conjunct in conjuncts {
        narrow(&mut output, conjunct);
    }
    output
}

fn conjuncts(predicate: &Expr) -> Vec<&Expr> {
    match predicate {
        Expr::Call { function, arguments, .. } if &**function == "$and" => {
            arguments.iter().flat_map(conjuncts).collect()
        }
        other => vec![other],
    }
}

/// Two bounds of one column are one range, not two independent tests.
fn combine_ranges(input: &Estimate, conjuncts: &[&Expr]) -> Option<f64> {
    let mut share = 1.0;
    let mut ranges: Vec<(&Column, f64, f64)> = Vec::new();
    for conjunct in conjuncts {
        let Some((column, low, high)) = bound(input, conjunct) else {
            share *= selectivity(input, conjunct);
            continue;
        };
        match ranges.iter_mut().find(|range| range.0.id == column.id) {
            Some(range) => {
                range.1 = range.1.max(low);
                range.2 = range.2.min(high);
            }
            None => ranges.push((column, low, high)),
        }
    }
    for (column, low, high) in ranges {
        let estimate = input.column(column);
        let (min, max) = estimate.range?;
        let least = 1.0 / estimate.distinct.max(1.0);
        share *= (((high - low) / (max - min)).clamp(least, 1.0)) * (1.0 - estimate.null_fraction);
    }
    Some(share)
}

/// The part of a column's known range that a comparison with a constant leaves.
fn bound<'a>(input: &Estimate, conjunct: &'a Expr) -> Option<(&'a Column, f64, f64)> {
    let (function, column, value) = column_and_literal(conjunct)?;
    let (min, max) = input.column(column).range?;
    let value = as_number(value)?;
    if max <= min {
        return None;
    }
    match function {
        "$less" | "$less_or_equal" => Some((column, min, value.clamp(min, max))),
        "$greater" | "$greater_or_equal" => Some((column, value.clamp(min, max), max)),
        _ => None,
    }
}

/// Takes apart a comparison of a column with a constant; the function reads with the column on the left.
fn column_and_literal(expr: &Expr) -> Option<(&str, &Column, &Value)> {
    let Expr::Call { function, arguments, .. } = expr else { return None };
    match arguments.as_slice() {
        [Expr::Column(column), Expr::Literal(value, _)] => Some((function, column, value)),
        [Expr::Literal(value, _), Expr::Column(column)] => {
            let flipped = match &**function {
                "$less" => "$greater",
                "$less_or_equal" => "$greater_or_equal",
                "$greater" => "$less",
                "$greater_or_equal" => "$less_or_equal",
                other => other,
            };
            Some((flipped, column, value))
        }
        _ => None,
    }
}

/// Returns the share of the rows for which the predicate is TRUE.
pub fn selectivity(input: &Estimate, predicate: &Expr) -> f64 {
    let share = match predicate {
        Expr::Literal(Value::Bool(true), _) => 1.0,
        Expr::Literal(..) => 0.0,
        Expr::Column(_) => 0.5,
        Expr::Call { function, arguments, .. } => call(input, predicate, function, arguments),
        _ => UNKNOWN,
    };
    share.clamp(0.0, 1.0)
}

fn call(input: &Estimate, predicate: &Expr, function: &str, arguments: &[Expr]) -> f64 {
    let distinct = |expr: &Expr| expression(input, expr).distinct.max(1.0);
    match (function, arguments) {
        ("$and", parts) => parts.iter().map(|part| selectivity(input, part)).product(),
        ("$or", parts) => 1.0 - parts.iter().map(|part| 1.0 - selectivity(input, part)).product::<f64>(),
        ("$not", [inner]) => 1.0 - selectivity(input, inner),
        ("$equal" | "$is_not_distinct", [a, b]) => 1.0 / distinct(a).max(distinct(b)),
        ("$not_equal" | "$is_distinct", [a, b]) => 1.0 - 1.0 / distinct(a).max(distinct(b)),
        ("$in", [value, list @ ..]) => list.len() as f64 / distinct(value),
        ("$is_null", [Expr::Column(column)]) => input.column(column).null_fraction,
        ("$is_not_null", [Expr::Column(column)]) => 1.0 - input.column(column).null_fraction,
        ("$like" | "starts_with" | "ends_with" | "contains_substr" | "regexp_contains", _) => TEXT_SEARCH,
        ("$less" | "$less_or_equal" | "$greater" | "$greater_or_equal", _) => match bound(input, predicate) {
            Some((column, low, high)) => {
                let (min, max) = input.column(column).range.unwrap_or((low, high));
                if max > min { (high - low) / (max - min) } else { RANGE_UNKNOWN }
            }
            None => RANGE_UNKNOWN,
        },
        _ => UNKNOWN,
    }
}

/// Writes what a conjunct tells of its column into the estimate.
fn narrow(output: &mut Estimate, conjunct: &Expr) {
    let bounded = bound(output, conjunct).map(|(column, low, high)| (column.id, low, high));
    if let Some((id, low, high)) = bounded {
        if let Some(column) = output.columns.get_mut(&id) {
            column.range = Some((low, high));
        }
        return;
    }
    let (column, distinct) = match conjunct {
        Expr::Call { function, arguments, .. } if &**function == "$in" => match arguments.as_slice() {
            [Expr::Column(column), list @ ..] => (column, list.len() as f64),
            _ => return,
        },
        _ => match column_and_literal(conjunct) {
            Some(("$equal", column, _)) => (column, 1.0),
            _ => return,
        },
    };
    if let Some(estimate) = output.columns.get_mut(&column.id) {
        estimate.distinct = estimate.distinct.min(distinct).max(1.0);
        estimate.null_fraction = 0.0;
    }
}
