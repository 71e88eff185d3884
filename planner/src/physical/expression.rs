//! Expressions of the algebra as the plan's messages.

use canopy_exec::convert::{type_to_proto, value_to_proto};
use canopy_format::{DataType, Value};
use canopy_proto::plan::{self, expression::Kind};

use crate::algebra::{
    AggregateCall, ArraySource, ArraySubquery, ArraySubqueryResult, Column, Expr, Having, Named, SortKey,
};
use crate::error::{PlanError, Result};

/// Returns the message of an expression.
///
/// # Errors
/// [`PlanError::Internal`] when a subquery over relations is left in it.
pub(crate) fn expression(expr: &Expr) -> Result<plan::Expression> {
    let kind = match expr {
        Expr::Column(column) => Kind::Column(column.id.0),
        Expr::Literal(value, _) => Kind::Literal(value_to_proto(value)),
        Expr::Call { function, arguments, safe, .. } => Kind::Call(plan::Call {
            function: function.to_string(),
            arguments: expressions(arguments)?,
            safe: *safe,
        }),
        Expr::Cast { input, safe, format, time_zone, .. } => Kind::Cast(Box::new(plan::Cast {
            input: Some(Box::new(expression(input)?)),
            safe: *safe,
            format: boxed(format)?,
            time_zone: boxed(time_zone)?,
        })),
        Expr::Field { input, index, .. } => Kind::Field(Box::new(plan::FieldAccess {
            input: Some(Box::new(expression(input)?)),
            index: u32::try_from(*index).map_err(|_| PlanError::Internal("field index".into()))?,
        })),
        Expr::Subquery(_) => {
            return Err(PlanError::Internal("a subquery is left after decorrelation".into()));
        }
        Expr::ArraySubquery(subquery) => Kind::ArraySubquery(Box::new(array_subquery(subquery)?)),
    };
    Ok(plan::Expression { r#type: Some(type_to_proto(expr.data_type())), kind: Some(kind) })
}

fn boxed(expr: &Option<Box<Expr>>) -> Result<Option<Box<plan::Expression>>> {
    expr.as_ref().map(|expr| expression(expr).map(Box::new)).transpose()
}

/// Returns the messages of expressions.
pub(super) fn expressions(exprs: &[Expr]) -> Result<Vec<plan::Expression>> {
    exprs.iter().map(expression).collect()
}

/// Returns the one predicate that is TRUE where all conjuncts are; None for no conjuncts.
pub(super) fn conjunction(conjuncts: &[Expr]) -> Result<Option<plan::Expression>> {
    Ok(match conjuncts {
        [] => None,
        [single] => Some(expression(single)?),
        several => Some(plan::Expression {
            r#type: Some(type_to_proto(&DataType::Bool)),
            kind: Some(Kind::Call(plan::Call {
                function: "$and".into(),
                arguments: expressions(several)?,
                safe: false,
            })),
        }),
    })
}

fn array_subquery(subquery: &ArraySubquery) -> Result<plan::ArraySubquery> {
    use plan::array_subquery::Result as Kind;
    let source = |source: &ArraySource| {
        Ok(plan::ArraySource {
            array: Some(expression(&source.array)?),
            element: Some(column(&source.element)),
            offset: source.offset.as_ref().map(column),
            outer: source.outer,
        })
    };
    let collect = |value: &Expr, order_by: &[SortKey], limit: Option<u64>, offset: u64| {
        Ok::<_, PlanError>(plan::Collect {
            value: Some(Box::new(expression(value)?)),
            order_by: sort_keys(order_by)?,
            limit,
            offset,
        })
    };
    let result = match &subquery.result {
        ArraySubqueryResult::Reduce { aggregates, result } => Kind::Reduce(Box::new(plan::Reduce {
            aggregates: aggregates.iter().map(aggregate_call).collect::<Result<_>>()?,
            result: Some(Box::new(expression(result)?)),
        })),
        ArraySubqueryResult::Exists => Kind::Exists(true),
        ArraySubqueryResult::Array { value, order_by, limit, offset } => {
            Kind::Array(Box::new(collect(value, order_by, *limit, *offset)?))
        }
        ArraySubqueryResult::Scalar { value, order_by, limit, offset } => {
            Kind::Scalar(Box::new(collect(value, order_by, *limit, *offset)?))
        }
    };
    Ok(plan::ArraySubquery {
        sources: subquery.sources.iter().map(source).collect::<Result<_>>()?,
        filter: subquery.filter.as_ref().map(|filter| expression(filter).map(Box::new)).transpose()?,
        result: Some(result),
    })
}

/// Returns the message of a call, without the type of its state.
pub(super) fn aggregate_call(call: &AggregateCall) -> Result<plan::AggregateCall> {
    Ok(plan::AggregateCall {
        output_id: call.output.id.0,
        function: call.function.to_string(),
        arguments: expressions(&call.arguments)?,
        r#type: Some(type_to_proto(&call.output.data_type)),
        distinct: call.distinct,
        filter: call.filter.as_ref().map(expression).transpose()?,
        order_by: sort_keys(&call.order_by)?,
        limit: call.limit,
        null_handling: match call.ignore_nulls {
            None => 0,
            Some(true) => 1,
            Some(false) => 2,
        },
        state_type: None,
        having: call.having.as_ref().map(having).transpose()?,
    })
}

fn having(having: &Having) -> Result<plan::AggregateHaving> {
    Ok(plan::AggregateHaving { key: Some(expression(&having.key)?), greatest: having.greatest })
}

/// Returns the messages of sort keys.
pub(super) fn sort_keys(keys: &[SortKey]) -> Result<Vec<plan::SortKey>> {
    let key = |key: &SortKey| {
        Ok(plan::SortKey {
            expression: Some(expression(&key.expr)?),
            descending: key.descending,
            nulls_last: key.nulls_last,
        })
    };
    keys.iter().map(key).collect()
}

/// Returns the messages of named expressions.
pub(super) fn named(columns: &[Named]) -> Result<Vec<plan::NamedExpression>> {
    let one = |named: &Named| {
        Ok(plan::NamedExpression { column_id: named.column.id.0, expression: Some(expression(&named.expr)?) })
    };
    columns.iter().map(one).collect()
}

/// Returns the message of a column.
pub(super) fn column(column: &Column) -> plan::Column {
    plan::Column { id: column.id.0, r#type: Some(type_to_proto(&column.data_type)) }
}

/// Returns the messages of columns.
pub(super) fn columns(columns: &[Column]) -> Vec<plan::Column> {
    columns.iter().map(column).collect()
}

/// Returns the message of literal rows.
pub(super) fn values(named: &[Column], rows: &[Vec<Value>]) -> plan::Values {
    let row = |row: &Vec<Value>| plan::ValuesRow { values: row.iter().map(value_to_proto).collect() };
    plan::Values { columns: columns(named), rows: rows.iter().map(row).collect() }
}
