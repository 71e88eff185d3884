//! Subqueries over the row's own arrays, e.g. `(SELECT SUM(x) FROM UNNEST(items) AS x)`.
//!
//! Such a subquery is bound as any other and then recognised by its shape: a chain of UNNEST over one row,
//! filters and projections, then perhaps one aggregate without keys. It becomes an
//! [`ArraySubquery`] that runs per row as a segmented reduction instead of a join.

use std::collections::HashMap;

use canopy_format::{DataType, Value};

use super::binder::{Binder, Rows, boolean};
use super::error::Result;
use super::expression::is_deterministic;
use crate::algebra::{
    AggregateCall, ArraySource, ArraySubquery, ArraySubqueryResult, Column, ColumnId, Expr, JoinKind,
    Relation, SortKey,
};
use crate::syntax::ast::Span;

/// What of a subquery is wanted.
pub(super) enum Wanted<'c> {
    /// The one value of the column.
    Scalar(&'c Column),
    /// All values of the column.
    Array(&'c Column),
    /// Whether there is a row.
    Exists,
}

/// A relation as sources, conditions and definitions of columns.
#[derive(Default)]
struct Flat {
    sources: Vec<ArraySource>,
    filter: Vec<Expr>,
    definitions: HashMap<ColumnId, Expr>,
}

/// What stands over the flat part.
struct Shape {
    flat: Flat,
    /// The one aggregate without keys, if there is one: its calls, HAVING, and what is defined over them.
    aggregate: Option<(Vec<AggregateCall>, Vec<Expr>, HashMap<ColumnId, Expr>)>,
    order_by: Vec<SortKey>,
    limit: Option<u64>,
    offset: u64,
}

/// Returns the subquery as an expression over the row's own arrays, or None when it is something else.
pub(super) fn convert(rows: &Rows, wanted: Wanted<'_>) -> Option<Expr> {
    let shape = Shape::of(&rows.relation)?;
    match shape.aggregate {
        Some(_) => convert_aggregate(shape, wanted),
        None => convert_rows(shape, wanted),
    }
}

fn convert_rows(shape: Shape, wanted: Wanted<'_>) -> Option<Expr> {
    let Shape { flat, order_by, limit, offset, .. } = shape;
    let value = |column: &Column| flat.resolve(Expr::Column(column.clone()));
    if flat.sources.is_empty() {
        // `(SELECT a + 1)`: one row that is always there.
        let whole = flat.filter.is_empty() && limit.is_none_or(|limit| limit > 0) && offset == 0;
        return match wanted {
            Wanted::Scalar(column) if whole => value(column),
            _ => None,
        };
    }
    let (result, data_type) = match wanted {
        Wanted::Exists if limit == Some(0) => return Some(boolean(false)),
        Wanted::Exists if offset > 0 => return None,
        Wanted::Exists => (ArraySubqueryResult::Exists, DataType::Bool),
        Wanted::Array(column) => {
            let value = Box::new(value(column)?);
            (
                ArraySubqueryResult::Array { value, order_by, limit, offset },
                DataType::array(column.data_type.clone()),
            )
        }
        Wanted::Scalar(column) => {
            let value = Box::new(value(column)?);
            (ArraySubqueryResult::Scalar { value, order_by, limit, offset }, column.data_type.clone())
        }
    };
    Some(flat.build(result, data_type))
}

fn convert_aggregate(shape: Shape, wanted: Wanted<'_>) -> Option<Expr> {
    let (aggregates, having, definitions) = shape.aggregate?;
    if shape.flat.sources.is_empty() || shape.offset > 0 || shape.limit == Some(0) {
        return None;
    }
    let value = |column: &Column| resolve(Expr::Column(column.clone()), &definitions);
    let (result, data_type) = match wanted {
        // No row where HAVING is not TRUE: the scalar is NULL.
        Wanted::Scalar(column) => {
            let data_type = column.data_type.clone();
            (having.into_iter().fold(value(column)?, |value, test| null_unless(test, value)), data_type)
        }
        Wanted::Exists | Wanted::Array(_) if !having.is_empty() => return None,
        Wanted::Exists => return Some(boolean(true)),
        Wanted::Array(column) => {
            let data_type = DataType::array(column.data_type.clone());
            let array = Expr::Call {
                function: "$array".into(),
                arguments: vec![value(column)?],
                safe: false,
                data_type: data_type.clone(),
                span: Span::default(),
            };
            (array, data_type)
        }
    };
    let result = ArraySubqueryResult::Reduce { aggregates, result: Box::new(result) };
    Some(shape.flat.build(result, data_type))
}

/// Returns `IF(test, value, NULL)`.
fn null_unless(test: Expr, value: Expr) -> Expr {
    let data_type = value.data_type().clone();
    let null = Expr::Literal(Value::Null, data_type.clone());
    Expr::Call {
        function: "if".into(),
        arguments: vec![test, value, null],
        safe: false,
        data_type,
        span: Span::default(),
    }
}

impl Binder<'_> {
    /// Returns `x IN (SELECT e FROM UNNEST(...))` as a reduction, given `x = e` over the subquery's rows.
    ///
    /// IN is TRUE when a row equals; else NULL when a comparison is NULL; else FALSE.
    pub(super) fn in_array_subquery(&mut self, rows: &Rows, equal: Expr, span: Span) -> Result<Option<Expr>> {
        let Some(shape) = Shape::of(&rows.relation) else { return Ok(None) };
        let plain = shape.aggregate.is_none() && shape.limit.is_none() && shape.offset == 0;
        if !plain || shape.flat.sources.is_empty() || shape.flat.resolve(equal.clone()).is_none() {
            return Ok(None);
        }
        let flat = shape.flat;
        let Some(equal) = flat.resolve(equal) else { return Ok(None) };
        let is_null = self.call("$is_null", vec![equal.clone()], span)?;
        let found = self.reduction("logical_or", equal, DataType::Bool);
        let unknown = self.reduction("logical_or", is_null, DataType::Bool);
        let arguments = vec![
            Expr::Column(found.output.clone()),
            boolean(true),
            Expr::Column(unknown.output.clone()),
            Expr::Literal(Value::Null, DataType::Bool),
            boolean(false),
        ];
        let result = Box::new(self.call("$case", arguments, span)?);
        let result = ArraySubqueryResult::Reduce { aggregates: vec![found, unknown], result };
        Ok(Some(flat.build(result, DataType::Bool)))
    }

    fn reduction(&mut self, function: &str, argument: Expr, data_type: DataType) -> AggregateCall {
        AggregateCall::new(self.ids.column(function, data_type), function, vec![argument])
    }
}

impl Shape {
    fn of(mut relation: &Relation) -> Option<Self> {
        let (mut limit, mut offset, mut order_by) = (None, 0, Vec::new());
        if let Relation::Limit { input, limit: most, offset: skipped } = relation {
            (limit, offset) = (*most, *skipped);
            relation = input;
        }
        if let Relation::Sort { input, keys } = relation {
            order_by.clone_from(keys);
            relation = input;
        }
        let mut shape = match Self::of_aggregate(relation) {
            Some(shape) => shape?,
            None => Self {
                flat: Flat::of(relation)?,
                aggregate: None,
                order_by: Vec::new(),
                limit: None,
                offset: 0,
            },
        };
        for key in &mut order_by {
            let expr = std::mem::replace(&mut key.expr, boolean(true));
            key.expr = match &shape.aggregate {
                Some((_, _, definitions)) => resolve(expr, definitions)?,
                None => shape.flat.resolve(expr)?,
            };
        }
        (shape.order_by, shape.limit, shape.offset) = (order_by, limit, offset);
        Some(shape)
    }

    /// Returns the shape when there is an aggregate without keys: None when there is none, Some(None) when
    /// it does not fit.
    #[expect(clippy::option_option, reason = "two questions: is it an aggregate, does it fit")]
    fn of_aggregate(relation: &Relation) -> Option<Option<Self>> {
        let mut levels = Vec::new();
        let mut current = relation;
        loop {
            match current {
                Relation::Project { input, .. } | Relation::Filter { input, .. } => {
                    levels.push(current);
                    current = input;
                }
                Relation::Aggregate(aggregate) if aggregate.keys.is_empty() => {
                    let over = |flat: &Flat| -> Option<Vec<AggregateCall>> {
                        aggregate.calls.iter().map(|call| flat.resolve_call(call)).collect()
                    };
                    return Some((|| {
                        let flat = Flat::of(&aggregate.input)?;
                        let calls = over(&flat)?;
                        let mut upper = Flat::default();
                        for level in levels.into_iter().rev() {
                            upper.add_level(level)?;
                        }
                        let aggregate = Some((calls, upper.filter, upper.definitions));
                        Some(Self { flat, aggregate, order_by: Vec::new(), limit: None, offset: 0 })
                    })());
                }
                _ => return None,
            }
        }
    }
}

impl Flat {
    fn of(relation: &Relation) -> Option<Self> {
        match relation {
            Relation::Values { columns, rows } if columns.is_empty() && rows.len() == 1 => {
                Some(Self::default())
            }
            Relation::Filter { input, .. } | Relation::Project { input, .. } => {
                let mut flat = Self::of(input)?;
                flat.add_level(relation)?;
                Some(flat)
            }
            Relation::Unnest(unnest) => {
                let mut flat = Self::of(&unnest.input)?;
                let array = flat.resolve(unnest.array.clone())?;
                let (element, offset) = (unnest.element.clone(), unnest.offset.clone());
                flat.sources.push(ArraySource { array, element, offset, outer: unnest.outer });
                Some(flat)
            }
            Relation::Join(join) if join.kind == JoinKind::Inner => {
                let mut flat = Self::of(&join.left)?;
                let right = Self::of(&join.right)?;
                for mut source in right.sources {
                    source.array = flat.resolve(source.array)?;
                    flat.sources.push(source);
                }
                for condition in right.filter {
                    let condition = flat.resolve(condition)?;
                    flat.filter.push(condition);
                }
                for (id, definition) in right.definitions {
                    let definition = flat.resolve(definition)?;
                    flat.definitions.insert(id, definition);
                }
                for condition in &join.on {
                    let condition = flat.resolve(condition.clone())?;
                    flat.filter.push(condition);
                }
                Some(flat)
            }
            _ => None,
        }
    }

    /// Adds a filter or a projection over what is there.
    fn add_level(&mut self, relation: &Relation) -> Option<()> {
        match relation {
            Relation::Filter { predicate, .. } => {
                let predicate = self.resolve(predicate.clone())?;
                self.filter.push(predicate);
            }
            Relation::Project { columns, .. } => {
                for named in columns {
                    if named.expr.as_column() == Some(named.column.id) {
                        continue;
                    }
                    let definition = self.resolve(named.expr.clone())?;
                    self.definitions.insert(named.column.id, definition);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn resolve(&self, expr: Expr) -> Option<Expr> {
        resolve(expr, &self.definitions)
    }

    fn resolve_call(&self, call: &AggregateCall) -> Option<AggregateCall> {
        let mut call = call.clone();
        for expr in call.exprs_mut() {
            let inner = std::mem::replace(expr, boolean(true));
            *expr = self.resolve(inner)?;
        }
        Some(call)
    }

    fn build(self, result: ArraySubqueryResult, data_type: DataType) -> Expr {
        let mut filter = self.filter;
        let filter = match filter.len() {
            0 => None,
            1 => filter.pop(),
            _ => Some(Expr::Call {
                function: "$and".into(),
                arguments: filter,
                safe: false,
                data_type: DataType::Bool,
                span: Span::default(),
            }),
        };
        Expr::ArraySubquery(Box::new(ArraySubquery { sources: self.sources, filter, result, data_type }))
    }
}

/// Returns the expression with defined columns replaced by what they stand for. None when it cannot run
/// per row: it holds a subquery over relations, or a definition that may not be computed twice.
fn resolve(mut expr: Expr, definitions: &HashMap<ColumnId, Expr>) -> Option<Expr> {
    let mut fits = true;
    replace(&mut expr, definitions, &mut fits);
    fits.then_some(expr)
}

fn replace(expr: &mut Expr, definitions: &HashMap<ColumnId, Expr>, fits: &mut bool) {
    match expr {
        Expr::Subquery(_) => *fits = false,
        Expr::Column(column) => {
            if let Some(definition) = definitions.get(&column.id) {
                *fits &= is_deterministic(definition);
                *expr = definition.clone();
            }
        }
        other => {
            for child in other.children_mut() {
                replace(child, definitions, fits);
            }
        }
    }
}
