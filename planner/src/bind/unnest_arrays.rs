//! UNNEST of several arrays, read side by side.
//!
//! The positions up to the arrays' common length are unnested, and each array gives its element there.

use canopy_format::{DataType, Value};

use super::binder::{Binder, one_row};
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::from::{FromContext, Source};
use super::pipe::with_columns;
use super::scope::{NameList, NamedColumn, RangeVariable, Row, Scope};
use crate::algebra::{Expr, Named, Relation, Unnest};
use crate::syntax::ast::{self, ExprKind, Ident, Span};

/// What happens when the arrays' lengths differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// NULLs stand for the elements of shorter arrays.
    Pad,
    /// The shortest array decides.
    Truncate,
    /// An error.
    Strict,
}

impl Binder<'_> {
    /// Returns `UNNEST(a [AS x], b [AS y], ... [, mode => ...]) [WITH OFFSET]` beside each row of `input`.
    pub(super) fn unnest_arrays(
        &mut self,
        input: Option<Relation>,
        unnest: &ast::Unnest,
        outer: bool,
        span: Span,
        cx: FromContext<'_>,
    ) -> Result<Source> {
        if let Some(alias) = &unnest.alias {
            let message =
                "The alias of UNNEST of several arrays stands with each array, inside the parentheses";
            return Err(BindError::new(message, alias.span));
        }
        let mode = self.unnest_mode(unnest.mode.as_deref())?;
        let empty = Scope::new(NameList::default(), None);
        let scope = ExprContext::plain(cx.lateral.unwrap_or(&empty), "UNNEST expression");
        let mut relation = input.unwrap_or_else(one_row);
        let mut arrays = Vec::with_capacity(unnest.arrays.len());
        let mut computed = Vec::new();
        for array in &unnest.arrays {
            let value = self.unnest_operand(&array.value, scope)?;
            if value.data_type().element().is_none() {
                let found = value.data_type();
                let message = format!(
                    "Values referenced in UNNEST must be arrays. UNNEST contains expression of type {found}"
                );
                return Err(BindError::new(message, array.value.span));
            }
            arrays.push(match value {
                Expr::Column(_) | Expr::Literal(..) => value,
                expr => {
                    let column = self.ids.column("array", expr.data_type().clone());
                    computed.push(Named { column: column.clone(), expr });
                    Expr::Column(column)
                }
            });
        }
        if !computed.is_empty() {
            relation = with_columns(relation, computed);
        }
        let array = self.positions(&arrays, mode, span)?;
        let position = self.ids.column("offset", DataType::Int64);
        let element = position.clone();
        relation =
            Relation::Unnest(Box::new(Unnest { input: relation, array, element, offset: None, outer }));
        let mut names = NameList::default();
        let mut elements = Vec::with_capacity(arrays.len());
        for (syntax, array) in unnest.arrays.iter().zip(arrays) {
            let at = Expr::Column(position.clone());
            let expr = self.call("$safe_subscript_offset", vec![array, at], syntax.value.span)?;
            let name = alias_of(syntax).map(|alias| alias.value.as_str());
            let column = self.ids.column(name.unwrap_or_default(), expr.data_type().clone());
            names.add_value(name, Expr::Column(column.clone()));
            elements.push(Named { column, expr });
        }
        if let Some(offset) = &unnest.offset {
            let name = offset.alias.as_ref().map_or("offset", |alias| alias.value.as_str()).to_owned();
            let value = Expr::Column(position);
            names.columns.push(NamedColumn { name: name.clone(), expr: value.clone() });
            names.ranges.push(RangeVariable { name, row: Row::Value(value) });
        }
        Ok(Source { relation: with_columns(relation, elements), names })
    }

    fn unnest_mode(&mut self, mode: Option<&ast::Expr>) -> Result<Mode> {
        let Some(syntax) = mode else { return Ok(Mode::Pad) };
        let empty = Scope::new(NameList::default(), None);
        let expr = self.expr(syntax, ExprContext::plain(&empty, "UNNEST mode"))?;
        let expr = self.assign(expr, &DataType::String, syntax.span)?;
        let text = match self.fold(&expr, syntax.span)? {
            Value::String(text) => text.to_ascii_uppercase(),
            _ => String::new(),
        };
        match text.as_str() {
            "PAD" => Ok(Mode::Pad),
            "TRUNCATE" => Ok(Mode::Truncate),
            "STRICT" => Ok(Mode::Strict),
            _ => Err(BindError::new("The mode of UNNEST must be 'PAD', 'TRUNCATE' or 'STRICT'", syntax.span)),
        }
    }

    /// Returns the positions to read, `[0, 1, ...]`.
    fn positions(&mut self, arrays: &[Expr], mode: Mode, span: Span) -> Result<Expr> {
        let number = |value: i64| Expr::Literal(Value::Int64(value), DataType::Int64);
        let mut lengths = Vec::with_capacity(arrays.len());
        for array in arrays {
            let length = self.call("array_length", vec![array.clone()], span)?;
            lengths.push(self.call("ifnull", vec![length, number(0)], span)?);
        }
        let mut count = match mode {
            Mode::Truncate => self.call("least", lengths.clone(), span)?,
            Mode::Pad | Mode::Strict => self.call("greatest", lengths.clone(), span)?,
        };
        if mode == Mode::Strict {
            let least = self.call("least", lengths, span)?;
            let equal = self.call("$equal", vec![least, count.clone()], span)?;
            let text = Value::from("Unnested arrays under STRICT mode must have equal lengths");
            let error = self.call("error", vec![Expr::Literal(text, DataType::String)], span)?;
            count = self.call("if", vec![equal, count, error], span)?;
        }
        let last = self.call("$subtract", vec![count, number(1)], span)?;
        self.call("generate_array", vec![number(0), last], span)
    }
}

/// The name that an array's element goes by: its alias, or the last part of its path.
fn alias_of(array: &ast::UnnestArray) -> Option<&Ident> {
    array.alias.as_ref().or(match &array.value.kind {
        ExprKind::Path(path) => path.parts.last(),
        ExprKind::Field { field, .. } => Some(field),
        _ => None,
    })
}
