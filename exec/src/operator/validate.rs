//! Limits that a fragment must keep before anything is compiled: it may come from anyone.

use std::collections::HashSet;

use canopy_proto::plan::{self, expression, operator};

use super::required;
use crate::{ExecError, Result};

/// Most operators of a fragment.
pub const OPERATORS_MAX: usize = 10_000;
/// Deepest nesting of operators.
pub const DEPTH_MAX: usize = 200;
/// Most hash partitions of an exchange.
const PARTITIONS_MAX: u32 = 65_536;

/// Checks number, depth and ids of a fragment's operators and its exchange.
///
/// # Errors
/// [`ExecError::InvalidPlan`].
pub(crate) fn validate(fragment: &plan::Fragment) -> Result<()> {
    let root = required(&fragment.root, "root operator of the fragment")?;
    let mut ids = HashSet::new();
    let mut left = vec![(root, 1usize)];
    while let Some((operator, depth)) = left.pop() {
        if depth > DEPTH_MAX {
            return Err(ExecError::InvalidPlan(format!("operators nested deeper than {DEPTH_MAX}")));
        }
        if !ids.insert(operator.id) {
            return Err(ExecError::InvalidPlan(format!("operator id {} stands twice", operator.id)));
        }
        if ids.len() > OPERATORS_MAX {
            return Err(ExecError::InvalidPlan(format!("more than {OPERATORS_MAX} operators")));
        }
        for input in inputs(operator)? {
            left.push((input, depth + 1));
        }
    }
    if let Some(plan::exchange::Kind::Hash(hash)) =
        fragment.output.as_ref().and_then(|output| output.kind.as_ref())
        && (hash.partition_count == 0 || hash.partition_count > PARTITIONS_MAX)
    {
        return Err(ExecError::InvalidPlan(format!("{} hash partitions", hash.partition_count)));
    }
    Ok(())
}

/// The inputs of an operator.
pub(super) fn inputs(message: &plan::Operator) -> Result<Vec<&plan::Operator>> {
    use operator::Kind;
    fn boxed(input: &Option<Box<plan::Operator>>) -> Result<&plan::Operator> {
        Ok(required(input, "input of an operator")?)
    }
    Ok(match required(&message.kind, "kind of an operator")? {
        Kind::Scan(_) | Kind::Values(_) | Kind::ExchangeRead(_) | Kind::RecursiveRead(_) => Vec::new(),
        Kind::Filter(m) => vec![boxed(&m.input)?],
        Kind::Project(m) => vec![boxed(&m.input)?],
        Kind::HashJoin(m) => vec![boxed(&m.probe)?, boxed(&m.build)?],
        Kind::NestedLoopJoin(m) => vec![boxed(&m.probe)?, boxed(&m.build)?],
        Kind::Aggregate(m) => vec![boxed(&m.input)?],
        Kind::Sort(m) => vec![boxed(&m.input)?],
        Kind::TopN(m) => vec![boxed(&m.input)?],
        Kind::Limit(m) => vec![boxed(&m.input)?],
        Kind::Unnest(m) => vec![boxed(&m.input)?],
        Kind::Union(m) => m.inputs.iter().collect(),
        Kind::SingleRow(m) => vec![boxed(&m.input)?],
        Kind::RowNumber(m) => vec![boxed(&m.input)?],
        Kind::Window(m) => vec![boxed(&m.input)?],
        Kind::Recursive(m) => vec![boxed(&m.base)?, boxed(&m.step)?],
    })
}

/// The ids of all columns that an expression names, those of its own subqueries included.
pub(crate) fn columns_of(expression: &plan::Expression) -> HashSet<u32> {
    let mut found = HashSet::new();
    let mut left = vec![expression];
    while let Some(expression) = left.pop() {
        match &expression.kind {
            Some(expression::Kind::Column(id)) => {
                found.insert(*id);
            }
            Some(expression::Kind::Literal(_)) | None => {}
            Some(expression::Kind::Call(call)) => left.extend(&call.arguments),
            Some(expression::Kind::Cast(cast)) => {
                let parts = [&cast.input, &cast.format, &cast.time_zone];
                left.extend(parts.into_iter().flatten().map(|part| &**part));
            }
            Some(expression::Kind::Field(field)) => left.extend(field.input.as_deref()),
            Some(expression::Kind::ArraySubquery(subquery)) => in_subquery(subquery, &mut left),
        }
    }
    found
}

fn in_subquery<'a>(subquery: &'a plan::ArraySubquery, left: &mut Vec<&'a plan::Expression>) {
    use plan::array_subquery::Result as Outcome;
    left.extend(subquery.sources.iter().filter_map(|source| source.array.as_ref()));
    left.extend(subquery.filter.as_deref());
    match &subquery.result {
        Some(Outcome::Reduce(reduce)) => {
            for call in &reduce.aggregates {
                left.extend(&call.arguments);
                left.extend(call.filter.as_ref());
                left.extend(call.order_by.iter().filter_map(|key| key.expression.as_ref()));
            }
            left.extend(reduce.result.as_deref());
        }
        Some(Outcome::Array(collect) | Outcome::Scalar(collect)) => {
            left.extend(collect.value.as_deref());
            left.extend(collect.order_by.iter().filter_map(|key| key.expression.as_ref()));
        }
        Some(Outcome::Exists(_)) | None => {}
    }
}
