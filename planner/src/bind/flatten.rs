//! Paths through arrays in UNNEST: `UNNEST(t.items.tags)` has the tags of all items, in order.

use super::binder::Binder;
use super::error::Result;
use super::expression::ExprContext;
use super::scope::Scope;
use crate::algebra::{ArraySource, ArraySubquery, ArraySubqueryResult, Expr};
use crate::syntax::ast::{self, ExprKind, Ident, Path};
use canopy_format::DataType;

impl Binder<'_> {
    /// Returns the operand of UNNEST.
    pub(super) fn unnest_operand(&mut self, operand: &ast::Expr, cx: ExprContext<'_>) -> Result<Expr> {
        match &operand.kind {
            ExprKind::Path(path) => match self.array_of_path(path, cx.scope)? {
                Some(value) => Ok(value),
                None => self.expr(operand, cx),
            },
            ExprKind::Field { .. } => {
                let (mut base, mut fields) = (operand, Vec::new());
                while let ExprKind::Field { base: inner, field } = &base.kind {
                    fields.push(field.clone());
                    base = inner;
                }
                fields.reverse();
                let value = self.unnest_operand(base, cx)?;
                self.flatten(value, &fields)
            }
            _ => self.expr(operand, cx),
        }
    }

    /// Returns what a path means whose first part is a name in sight, arrays on the way flattened; None when it is
    /// none.
    pub(super) fn array_of_path(&mut self, path: &Path, scope: &Scope<'_>) -> Result<Option<Expr>> {
        for length in 1..path.parts.len() {
            let (head, rest) = path.parts.split_at(length);
            // A table's alias alone is its whole row: no array.
            let through = |target: &super::scope::Target| {
                !matches!(target, super::scope::Target::Range(range)
                if matches!(range.row, super::scope::Row::Columns(_)))
            };
            if length == 1 && !scope.lookup(&head[0].value, true).is_some_and(|(target, _)| through(&target))
            {
                continue;
            }
            let prefix = Path { parts: head.to_vec(), span: path.span };
            let Some(value) = self.resolve_path(&prefix, scope)? else { return Ok(None) };
            if let DataType::Array(_) = value.data_type() {
                return self.flatten(value, rest).map(Some);
            }
        }
        self.resolve_path(path, scope)
    }

    /// Returns the fields of a value; of an array the fields of all elements in one array.
    fn flatten(&mut self, value: Expr, fields: &[Ident]) -> Result<Expr> {
        let Some((first, rest)) = fields.split_first() else { return Ok(value) };
        let DataType::Array(_) = value.data_type() else {
            let value = self.field_of(value, first)?;
            return self.flatten(value, rest);
        };
        let mut sources = Vec::new();
        let mut value = value;
        for field in fields {
            if let DataType::Array(element) = value.data_type() {
                let element = self.ids.column("", (**element).clone());
                sources.push(ArraySource {
                    array: value,
                    element: element.clone(),
                    offset: None,
                    outer: false,
                });
                value = Expr::Column(element);
            }
            value = self.field_of(value, field)?;
        }
        if let DataType::Array(element) = value.data_type() {
            let element = self.ids.column("", (**element).clone());
            sources.push(ArraySource { array: value, element: element.clone(), offset: None, outer: false });
            value = Expr::Column(element);
        }
        let data_type = DataType::array(value.data_type().clone());
        let value = Box::new(value);
        Ok(Expr::ArraySubquery(Box::new(ArraySubquery {
            sources,
            filter: None,
            result: ArraySubqueryResult::Array { value, order_by: Vec::new(), limit: None, offset: 0 },
            data_type,
        })))
    }
}
