//! UNNEST and array paths in FROM.

use canopy_format::DataType;

use super::binder::{Binder, one_row};
use super::error::{BindError, Result};
use super::expression::ExprContext;
use super::from::{FromContext, Source};
use super::scope::{NameList, NamedColumn, RangeVariable, Row, Scope};
use crate::algebra::{Expr, Relation, Unnest};
use crate::syntax::ast::{self, Ident, Span, WithOffset};

impl Binder<'_> {
    /// Returns `UNNEST(array) [AS alias] [WITH OFFSET]` beside each row of `input` (of nothing: one row).
    pub(super) fn unnest(
        &mut self,
        input: Option<Relation>,
        unnest: &ast::Unnest,
        outer: bool,
        span: Span,
        cx: FromContext<'_>,
    ) -> Result<Source> {
        let [array] = unnest.arrays.as_slice() else {
            return self.unnest_arrays(input, unnest, outer, span, cx);
        };
        if let Some(mode) = &unnest.mode {
            return Err(BindError::new("The mode of UNNEST is only for several arrays", mode.span));
        }
        let empty = Scope::new(NameList::default(), None);
        let scope = cx.lateral.unwrap_or(&empty);
        let value = self.unnest_operand(&array.value, ExprContext::plain(scope, "UNNEST expression"))?;
        let alias = unnest.alias.as_ref().or(array.alias.as_ref());
        self.elements(input, value, alias, unnest.offset.as_ref(), outer, array.value.span)
    }

    /// Returns `t.items [AS alias] [WITH OFFSET]`, the elements of an array of a table in sight.
    pub(super) fn unnest_path(
        &mut self,
        input: Option<Relation>,
        table: &ast::TablePath,
        outer: bool,
        span: Span,
        cx: FromContext<'_>,
    ) -> Result<Source> {
        if let Some(as_of) = &table.as_of {
            return Err(BindError::new("FOR SYSTEM_TIME AS OF cannot be used with an array", as_of.span));
        }
        let found = match cx.lateral {
            Some(scope) => self.array_of_path(&table.path, scope)?,
            None => None,
        };
        let Some(value) = found else {
            return Err(BindError::new(format!("Unrecognized name: {}", table.path.dotted()), span));
        };
        let alias = table.alias.as_ref().or(table.path.parts.last());
        self.elements(input, value, alias, table.offset.as_ref(), outer, table.path.span)
    }

    fn elements(
        &mut self,
        input: Option<Relation>,
        array: Expr,
        alias: Option<&Ident>,
        offset: Option<&WithOffset>,
        outer: bool,
        span: Span,
    ) -> Result<Source> {
        let DataType::Array(element) = array.data_type() else {
            let found = array.data_type();
            let message = format!(
                "Values referenced in UNNEST must be arrays. UNNEST contains expression of type {found}"
            );
            return Err(BindError::new(message, span));
        };
        let name = alias.map(|alias| alias.value.as_str());
        let element = self.ids.column(name.unwrap_or_default(), (**element).clone());
        let mut names = NameList::default();
        names.add_value(name, Expr::Column(element.clone()));
        let offset = offset.map(|offset| {
            let name = offset.alias.as_ref().map_or("offset", |alias| alias.value.as_str());
            let column = self.ids.column(name, DataType::Int64);
            let value = Expr::Column(column.clone());
            names.columns.push(NamedColumn { name: name.to_owned(), expr: value.clone() });
            names.ranges.push(RangeVariable { name: name.to_owned(), row: Row::Value(value) });
            column
        });
        let input = input.unwrap_or_else(one_row);
        let relation = Relation::Unnest(Box::new(Unnest { input, array, element, offset, outer }));
        Ok(Source { relation, names })
    }
}
