//! Scalar expressions of the algebra.

use std::sync::Arc;

use canopy_format::{DataType, Value};

use super::{Column, ColumnId, Relation};
use crate::syntax::ast::Span;

/// A scalar expression, typed.
///
/// `==` compares structure and ignores where calls stand in the text.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A column of the input, or of an outer query when it is free.
    Column(Column),
    /// A constant.
    Literal(Value, DataType),
    /// A function, operator or special form of the executor's catalog, arguments of the signature's types.
    Call {
        /// Catalog name: `$add`, `lower`, `if`.
        function: Arc<str>,
        /// The arguments.
        arguments: Vec<Expr>,
        /// SAFE.: a row that fails is NULL.
        safe: bool,
        /// The result's type.
        data_type: DataType,
        /// Where the call stands in the text, for run-time messages.
        span: Span,
    },
    /// CAST or SAFE_CAST.
    Cast {
        /// What is cast.
        input: Box<Expr>,
        /// The target.
        data_type: DataType,
        /// SAFE_CAST.
        safe: bool,
        /// FORMAT clause.
        format: Option<Box<Expr>>,
        /// AT TIME ZONE of the FORMAT clause.
        time_zone: Option<Box<Expr>>,
    },
    /// A field of a STRUCT by position.
    Field {
        /// The struct.
        input: Box<Expr>,
        /// The field's position.
        index: usize,
        /// The field's type.
        data_type: DataType,
    },
    /// A subquery over relations; removed by decorrelation.
    Subquery(Box<Subquery>),
    /// A subquery over the row's own arrays; stays, and runs as a segmented reduction.
    ArraySubquery(Box<ArraySubquery>),
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Expr::Column(a), Expr::Column(b)) => a.id == b.id,
            (Expr::Literal(a, a_type), Expr::Literal(b, b_type)) => a == b && a_type == b_type,
            (
                Expr::Call { function: a, arguments: a_arguments, safe: a_safe, data_type: a_type, span: _ },
                Expr::Call { function: b, arguments: b_arguments, safe: b_safe, data_type: b_type, span: _ },
            ) => a == b && a_safe == b_safe && a_type == b_type && a_arguments == b_arguments,
            (
                Expr::Cast { input: a, data_type: a_type, safe: a_safe, format: a_format, time_zone: a_zone },
                Expr::Cast { input: b, data_type: b_type, safe: b_safe, format: b_format, time_zone: b_zone },
            ) => a_type == b_type && a_safe == b_safe && a == b && a_format == b_format && a_zone == b_zone,
            (
                Expr::Field { input: a, index: a_index, data_type: _ },
                Expr::Field { input: b, index: b_index, data_type: _ },
            ) => a_index == b_index && a == b,
            (Expr::Subquery(a), Expr::Subquery(b)) => a == b,
            (Expr::ArraySubquery(a), Expr::ArraySubquery(b)) => a == b,
            _ => false,
        }
    }
}

/// A subquery in an expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Subquery {
    /// What of it is wanted.
    pub kind: SubqueryKind,
    /// Its rows; free columns belong to outer queries. May have columns beside the output.
    pub relation: Relation,
    /// The result's type: BOOL for EXISTS and IN, else of the one column (ARRAY of it for ARRAY).
    pub data_type: DataType,
    /// The one output column that is wanted (EXISTS: any).
    pub output: Column,
}

/// What of a subquery is wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum SubqueryKind {
    /// The value of the one row; NULL for none; an error for more.
    Scalar,
    /// Whether there is a row.
    Exists,
    /// Whether the expression equals a row's value, with IN's NULL rules.
    In(Box<Expr>),
    /// ARRAY(SELECT ...): all values; in order when the relation is a sort.
    Array,
}

/// See `ArraySubquery` in plan.proto: the same shape.
#[derive(Debug, Clone, PartialEq)]
pub struct ArraySubquery {
    /// The arrays, a cross product; later ones may refer to elements of earlier ones.
    pub sources: Vec<ArraySource>,
    /// Which elements count.
    pub filter: Option<Expr>,
    /// What is made of them.
    pub result: ArraySubqueryResult,
    /// The result's type.
    pub data_type: DataType,
}

/// One array of an [`ArraySubquery`].
#[derive(Debug, Clone, PartialEq)]
pub struct ArraySource {
    /// The array.
    pub array: Expr,
    /// The element.
    pub element: Column,
    /// WITH OFFSET.
    pub offset: Option<Column>,
    /// LEFT JOIN UNNEST.
    pub outer: bool,
}

/// What an [`ArraySubquery`] makes of its elements.
#[derive(Debug, Clone, PartialEq)]
pub enum ArraySubqueryResult {
    /// Aggregates, and an expression over them.
    Reduce {
        /// The calls.
        aggregates: Vec<AggregateCall>,
        /// Over the calls' outputs and the outer row.
        result: Box<Expr>,
    },
    /// Whether an element passes the filter.
    Exists,
    /// The values as an ARRAY.
    Array {
        /// A value an element.
        value: Box<Expr>,
        /// Their order; element order when empty.
        order_by: Vec<SortKey>,
        /// Most values.
        limit: Option<u64>,
        /// Values left out first.
        offset: u64,
    },
    /// The one value; NULL for none; an error for more.
    Scalar {
        /// A value an element.
        value: Box<Expr>,
        /// Their order, for the limit.
        order_by: Vec<SortKey>,
        /// Most values.
        limit: Option<u64>,
        /// Values left out first.
        offset: u64,
    },
}

/// An aggregate function call.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateCall {
    /// The column of its result.
    pub output: Column,
    /// Catalog name: `sum`, `$count_star`.
    pub function: Arc<str>,
    /// The arguments, of the signature's types.
    pub arguments: Vec<Expr>,
    /// DISTINCT.
    pub distinct: bool,
    /// Which rows count; from rewrites, and the place of a FILTER-like clause.
    pub filter: Option<Expr>,
    /// ORDER BY within the call.
    pub order_by: Vec<SortKey>,
    /// LIMIT within the call.
    pub limit: Option<u64>,
    /// IGNORE NULLS is Some(true), RESPECT NULLS Some(false).
    pub ignore_nulls: Option<bool>,
    /// HAVING MAX or HAVING MIN within the call.
    pub having: Option<Having>,
}

/// HAVING MAX or HAVING MIN of an aggregate call: which of its rows count.
#[derive(Debug, Clone, PartialEq)]
pub struct Having {
    /// What is compared; rows where it is NULL do not count.
    pub key: Expr,
    /// MAX, not MIN.
    pub greatest: bool,
}

impl AggregateCall {
    /// Returns the call over all rows, without any modifier.
    pub fn new(output: Column, function: impl Into<Arc<str>>, arguments: Vec<Expr>) -> Self {
        Self {
            output,
            function: function.into(),
            arguments,
            distinct: false,
            filter: None,
            order_by: Vec::new(),
            limit: None,
            ignore_nulls: None,
            having: None,
        }
    }
}

/// One key of an ORDER BY.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What is compared.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
    /// NULLS LAST; GoogleSQL's default is first when ascending, last when descending.
    pub nulls_last: bool,
}

impl Expr {
    /// The expression's type.
    pub fn data_type(&self) -> &DataType {
        match self {
            Expr::Column(column) => &column.data_type,
            Expr::Literal(_, data_type)
            | Expr::Call { data_type, .. }
            | Expr::Cast { data_type, .. }
            | Expr::Field { data_type, .. } => data_type,
            Expr::Subquery(subquery) => &subquery.data_type,
            Expr::ArraySubquery(subquery) => &subquery.data_type,
        }
    }

    /// The id when the expression is just a column.
    pub fn as_column(&self) -> Option<ColumnId> {
        match self {
            Expr::Column(column) => Some(column.id),
            _ => None,
        }
    }
}
