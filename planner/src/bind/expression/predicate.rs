//! Predicates: IS, BETWEEN, IN, quantified comparisons.

use canopy_format::DataType;

use super::ExprContext;
use super::operator::operator_name;
use crate::algebra::Expr;
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::syntax::ast::{self, BinaryOp, IsTest, Quantifier, Span, ValueList};

impl Binder<'_> {
    /// Returns `operand IS [NOT] NULL | TRUE | FALSE | UNKNOWN`.
    pub(super) fn is_test(
        &mut self,
        operand: &ast::Expr,
        test: IsTest,
        negated: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let mut value = self.expr(operand, cx)?;
        let name = match (test, negated) {
            (IsTest::Null, false) => "$is_null",
            (IsTest::Null, true) => return self.call("$is_not_null", vec![value], span),
            (IsTest::True, _) => "$is_true",
            (IsTest::False, _) => "$is_false",
            (IsTest::Unknown, _) => {
                if *value.data_type() != DataType::Bool {
                    value = self.coerce(value, &DataType::Bool, operand.span)?;
                }
                "$is_null"
            }
        };
        let result = self.call(name, vec![value], span)?;
        self.negate_if(negated, result, span)
    }

    /// Returns `operand [NOT] BETWEEN low AND high` as two comparisons.
    pub(super) fn between(
        &mut self,
        [operand, low, high]: [&ast::Expr; 3],
        negated: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let operand = self.expr(operand, cx)?;
        let low = self.expr(low, cx)?;
        let high = self.expr(high, cx)?;
        let again = self.copy(&operand, span)?;
        let above = self.call("$greater_or_equal", vec![again, low], span)?;
        let below = self.call("$less_or_equal", vec![operand, high], span)?;
        let both = self.call("$and", vec![above, below], span)?;
        self.negate_if(negated, both, span)
    }

    /// Returns `operand [NOT] IN (...)`.
    pub(super) fn in_list(
        &mut self,
        operand: &ast::Expr,
        list: &ValueList,
        negated: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let operand = self.expr(operand, cx)?;
        let found = match list {
            ValueList::List(values) => {
                let mut arguments = vec![operand];
                for value in values {
                    arguments.push(self.expr(value, cx)?);
                }
                self.call("$in", arguments, span)?
            }
            ValueList::Unnest(array) => {
                let array = self.unnest_operand(array, cx)?;
                self.call("$in_array", vec![operand, array], span)?
            }
            ValueList::Subquery(query) => self.in_subquery(operand, query, span, cx)?,
        };
        self.negate_if(negated, found, span)
    }

    /// Returns `operand [NOT] LIKE ANY | ALL (...)`.
    pub(super) fn like_quantified(
        &mut self,
        operand: &ast::Expr,
        quantifier: Quantifier,
        list: &ValueList,
        negated: bool,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        // NOT LIKE ANY (a, b) is NOT LIKE a OR NOT LIKE b.
        let all = (quantifier == Quantifier::All) != negated;
        let operand = self.expr(operand, cx)?;
        let found = match list {
            ValueList::List(patterns) => {
                let mut arguments = vec![operand];
                for pattern in patterns {
                    arguments.push(self.expr(pattern, cx)?);
                }
                self.call(if all { "$like_all" } else { "$like_any" }, arguments, span)?
            }
            ValueList::Unnest(array) => {
                let arguments = vec![operand, self.expr(array, cx)?];
                self.call(if all { "$like_all_array" } else { "$like_any_array" }, arguments, span)?
            }
            ValueList::Subquery(query) => {
                let arguments = vec![operand, self.array_constructor_subquery(query, cx)?];
                self.call(if all { "$like_all_array" } else { "$like_any_array" }, arguments, span)?
            }
        };
        self.negate_if(negated, found, span)
    }

    /// Returns `left op ANY | ALL (...)`.
    pub(super) fn quantified(
        &mut self,
        left: &ast::Expr,
        op: BinaryOp,
        quantifier: Quantifier,
        list: &ValueList,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let all = quantifier == Quantifier::All;
        match (list, op, all) {
            (ValueList::List(values), _, _) => {
                let left = self.expr(left, cx)?;
                let mut comparisons = Vec::with_capacity(values.len());
                for value in values {
                    let right = self.expr(value, cx)?;
                    let left = self.copy(&left, span)?;
                    comparisons.push(self.call(operator_name(op), vec![left, right], span)?);
                }
                match comparisons.len() {
                    1 => Ok(comparisons.remove(0)),
                    _ => self.call(if all { "$and" } else { "$or" }, comparisons, span),
                }
            }
            (list, BinaryOp::Equal, false) => self.in_list(left, list, false, span, cx),
            (list, BinaryOp::NotEqual, true) => self.in_list(left, list, true, span, cx),
            (_, op, _) => {
                let what = format!("Comparison {} ANY or ALL with a subquery or UNNEST", op.symbol());
                Err(BindError::unsupported(what, span))
            }
        }
    }
}
