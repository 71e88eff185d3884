//! Functions that only MATCH_RECOGNIZE has.

use std::collections::HashMap;

use canopy_format::{DataType, Value};

use super::{array_agg, misplaced};
use crate::algebra::{AggregateCall, Column, Expr, SortKey};
use crate::bind::binder::Binder;
use crate::bind::error::{BindError, Result};
use crate::bind::expression::{Aggregation, ExprContext};
use crate::syntax::ast::{self, ArgumentValue, Span};

/// What the functions stand for where an expression is.
#[derive(Debug, Clone)]
pub(in crate::bind) enum PatternFunctions {
    /// In DEFINE: the partition's rows, the row, and its place among them.
    Define {
        /// The array.
        rows: Column,
        /// Its element.
        row: Column,
        /// Its offset.
        at: Column,
    },
    /// In MEASURES: the columns of a matched row.
    Measures {
        /// MATCH_NUMBER.
        number: Column,
        /// MATCH_ROW_NUMBER.
        place: Column,
        /// CLASSIFIER.
        classifier: Column,
    },
}

impl Binder<'_> {
    /// Returns the call of a function of MATCH_RECOGNIZE; None when the name is none.
    pub(in crate::bind) fn pattern_function(
        &mut self,
        call: &ast::FunctionCall,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Option<Expr>> {
        let Some(name) = call.name.as_ident() else { return Ok(None) };
        let name = name.value.to_ascii_uppercase();
        let functions = self.pattern.clone();
        match (name.as_str(), functions) {
            ("PREV" | "NEXT", Some(PatternFunctions::Define { rows, row, at })) => {
                self.neighbour(call, &name, [rows, row, at], span, cx).map(Some)
            }
            ("FIRST" | "LAST", Some(PatternFunctions::Measures { place, .. })) => {
                self.first_or_last(call, &name, place, span, cx).map(Some)
            }
            ("MATCH_NUMBER", Some(PatternFunctions::Measures { number, .. })) => {
                Ok(Some(Expr::Column(number)))
            }
            ("MATCH_ROW_NUMBER", Some(PatternFunctions::Measures { place, .. })) => {
                Ok(Some(Expr::Column(place)))
            }
            ("CLASSIFIER", Some(PatternFunctions::Measures { classifier, .. })) => {
                Ok(Some(Expr::Column(classifier)))
            }
            ("PREV" | "NEXT" | "MATCH_NUMBER" | "MATCH_ROW_NUMBER" | "CLASSIFIER", _) => {
                Err(misplaced(&name, span))
            }
            _ => Ok(None),
        }
    }

    /// `PREV(column [, rows])`: the same of a row before, or after.
    fn neighbour(
        &mut self,
        call: &ast::FunctionCall,
        name: &str,
        [rows, row, at]: [Column; 3],
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let arguments = self.plain_arguments(call, name, 1, 2, span)?;
        let mut value = self.expr(arguments[0], cx)?;
        let distance = match arguments.get(1) {
            Some(count) => self.row_count(count, name)?,
            None => 1,
        };
        let distance = i64::try_from(distance).unwrap_or(i64::MAX / 2).min(i64::MAX / 2);
        let distance = Expr::Literal(Value::Int64(distance), DataType::Int64);
        let operator = if name == "PREV" { "$subtract" } else { "$add" };
        let index = self.call(operator, vec![Expr::Column(at), distance], span)?;
        let other = self.call("$safe_subscript_offset", vec![Expr::Column(rows), index], span)?;
        value.substitute(&HashMap::from([(row.id, other)]));
        Ok(value)
    }

    /// `FIRST(x)`: of the first row of the match.
    fn first_or_last(
        &mut self,
        call: &ast::FunctionCall,
        name: &str,
        place: Column,
        span: Span,
        cx: ExprContext<'_>,
    ) -> Result<Expr> {
        let arguments = self.plain_arguments(call, name, 1, 1, span)?;
        let aggregates = self.aggregates_of(name, span, cx)?;
        let mark = aggregates.owner.mark();
        let value = self.expr(arguments[0], ExprContext { aggregation: Aggregation::Nested, ..cx })?;
        if let DataType::Array(_) = value.data_type() {
            return Err(BindError::unsupported(format!("{name} of an ARRAY"), span));
        }
        let output = self.ids.column(name.to_ascii_lowercase(), DataType::array(value.data_type().clone()));
        let key = SortKey { expr: Expr::Column(place), descending: name == "LAST", nulls_last: false };
        let call = AggregateCall { order_by: vec![key], limit: Some(1), ..array_agg(output, value) };
        let column = self.add_aggregate(aggregates, call, span)?;
        aggregates.owner.forget(mark);
        let zero = Expr::Literal(Value::Int64(0), DataType::Int64);
        self.call("$safe_subscript_offset", vec![column, zero], span)
    }

    fn plain_arguments<'c>(
        &mut self,
        call: &'c ast::FunctionCall,
        name: &str,
        least: usize,
        most: usize,
        span: Span,
    ) -> Result<Vec<&'c ast::Expr>> {
        let plain = |argument: &'c ast::Argument| match &argument.value {
            ArgumentValue::Expr(value) if argument.name.is_none() => Some(value),
            _ => None,
        };
        let arguments: Option<Vec<&ast::Expr>> = call.arguments.iter().map(plain).collect();
        match arguments {
            Some(arguments) if call.is_plain() && (least..=most).contains(&arguments.len()) => Ok(arguments),
            _ => Err(BindError::new(format!("No matching signature for function {name}"), span)),
        }
    }
}
