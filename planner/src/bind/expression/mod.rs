//! Expressions: each kind of syntax has its file; all calls are resolved by the executor's catalog.

mod aggregate;
mod call;
mod cast;
mod coercion;
mod conditional;
mod constructor;
mod datetime;
mod grouping;
mod interval_text;
mod lambda;
mod literal;
mod name;
mod operator;
mod parameter;
mod predicate;
mod subquery;
mod subscript;
mod type_name;
mod window;

pub(super) use aggregate::{Aggregates, is_deterministic, is_groupable};
pub(super) use coercion::assignable;
pub(super) use constructor::{common_type, implicit_alias};
pub(super) use grouping::{GROUPING, substitute_grouping};
pub(super) use name::ambiguous;
pub(super) use type_name::{data_type, named_type, range_type};

use super::binder::Binder;
use super::error::{BindError, Result};
use super::scope::Scope;
use super::window::Windows;
use crate::algebra::Expr;
use crate::syntax::ast;

/// Where an expression stands: what its names mean and whether aggregates may be there.
#[derive(Clone, Copy)]
pub(super) struct ExprContext<'a> {
    /// The names.
    pub scope: &'a Scope<'a>,
    /// Aggregate calls.
    pub aggregation: Aggregation<'a>,
    /// Calls with OVER.
    pub windows: Windowing<'a>,
}

/// Whether calls with OVER may stand in an expression.
#[derive(Clone, Copy)]
pub(super) enum Windowing<'a> {
    /// They may, and are gathered here.
    Into(&'a Windows<'a>),
    /// They may not in the clause named: `WHERE clause`.
    Forbidden(&'static str),
}

/// Whether aggregate calls may stand in an expression.
#[derive(Clone, Copy)]
pub(super) enum Aggregation<'a> {
    /// They may, and are gathered here.
    Into(&'a Aggregates<'a>),
    /// They may not in the clause named: `WHERE clause`.
    Forbidden(&'static str),
    /// They may not inside another aggregate call.
    Nested,
}

impl<'a> ExprContext<'a> {
    /// Returns the context of a clause without aggregates.
    pub fn plain(scope: &'a Scope<'a>, clause: &'static str) -> Self {
        Self { scope, aggregation: Aggregation::Forbidden(clause), windows: Windowing::Forbidden(clause) }
    }

    /// Returns the same context with other names.
    pub fn with_scope<'b>(self, scope: &'b Scope<'b>) -> ExprContext<'b>
    where
        'a: 'b,
    {
        ExprContext { scope, ..self }
    }
}

impl Binder<'_> {
    /// Returns the typed expression of the syntax.
    pub fn expr(&mut self, expr: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        self.nested(expr.span, |binder| binder.expr_kind(expr, cx))
    }

    fn expr_kind(&mut self, expr: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        use ast::ExprKind::*;
        let span = expr.span;
        match &expr.kind {
            Literal(literal) => self.literal(literal, span),
            Path(path) => self.path(path, cx),
            Parameter(parameter) => self.parameter(parameter, span),
            SystemVariable(path) => self.system_variable(path, span),
            Field { base, field } => self.field(base, field, cx),
            Subscript { base, mode, index } => self.subscript(base, *mode, index, span, cx),
            Unary { op, operand } => self.unary(*op, operand, span, cx),
            Binary { .. } => self.binary_chain(expr, cx),
            And(operands) => self.logical("$and", operands, span, cx),
            Or(operands) => self.logical("$or", operands, span, cx),
            Is { operand, test, negated } => self.is_test(operand, *test, *negated, span, cx),
            IsDistinctFrom { left, right, negated } => {
                let name = if *negated { "$is_not_distinct" } else { "$is_distinct" };
                let arguments = vec![self.expr(left, cx)?, self.expr(right, cx)?];
                self.call(name, arguments, span)
            }
            Between { operand, low, high, negated } => self.between([operand, low, high], *negated, span, cx),
            In { operand, list, negated } => self.in_list(operand, list, *negated, span, cx),
            Like { operand, pattern, negated } => {
                let arguments = vec![self.expr(operand, cx)?, self.expr(pattern, cx)?];
                let like = self.call("$like", arguments, span)?;
                self.negate_if(*negated, like, span)
            }
            LikeQuantified { operand, quantifier, list, negated } => {
                self.like_quantified(operand, *quantifier, list, *negated, span, cx)
            }
            Quantified { left, op, quantifier, list } => {
                self.quantified(left, *op, *quantifier, list, span, cx)
            }
            Case { operand, branches, otherwise } => {
                self.case(operand.as_deref(), branches, otherwise.as_deref(), span, cx)
            }
            Cast { .. } => self.cast(expr, cx),
            Extract { part, value, time_zone } => self.extract(part, value, time_zone.as_deref(), span, cx),
            Interval { value, from, to } => self.interval(value, from, to.as_ref(), span, cx),
            Struct { form, fields } => self.structure(form, fields, span, cx),
            Array { element_type, elements } => self.array(element_type.as_ref(), elements, span, cx),
            Call(call) => self.function_call(call, span, cx),
            Subquery(query) => self.scalar_subquery(query, cx),
            ArraySubquery(query) => self.array_constructor_subquery(query, cx),
            Exists(query) => self.exists(query, cx),
            Lambda { .. } => {
                Err(BindError::new("A lambda can only be an argument of a function that takes one", span))
            }
            With { bindings, body } => self.with_expression(bindings, body, cx),
        }
    }

    /// Returns the expression coerced to BOOL, as conditions must be.
    pub fn condition(&mut self, expr: &ast::Expr, clause: &str, cx: ExprContext<'_>) -> Result<Expr> {
        let condition = self.expr(expr, cx)?;
        if is_null_literal(&condition) || *condition.data_type() == canopy_format::DataType::Bool {
            return self.coerce(condition, &canopy_format::DataType::Bool, expr.span);
        }
        let found = condition.data_type();
        Err(BindError::new(format!("{clause} should return type BOOL, but returns {found}"), expr.span))
    }
}

/// True for expressions that literal coercion applies to.
pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(..))
}

/// True for NULL without a type of its own.
pub(super) fn is_null_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(canopy_format::Value::Null, _))
}
