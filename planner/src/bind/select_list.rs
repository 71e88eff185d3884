//! The select list: expressions with their names, and stars.

use super::binder::Binder;
use super::error::{BindError, Result};
use super::expression::{ExprContext, implicit_alias};
use super::scope::{NamedColumn, Row, Target, struct_columns};
use crate::algebra::Expr;
use crate::syntax::ast::{self, ExprKind, SelectItemKind, Span, StarModifiers};

/// An entry of the select list, stars expanded.
pub(super) struct Item {
    /// Its name; empty when anonymous.
    pub name: String,
    /// Its value.
    pub expr: Expr,
    /// Where it stands.
    pub span: Span,
    /// Came from a star.
    pub star: bool,
    /// References noted from here ...
    pub since: usize,
    /// ... to here.
    pub until: usize,
}

impl Binder<'_> {
    /// Returns the select list with stars expanded.
    pub(super) fn select_items(&mut self, select: &ast::Select, cx: ExprContext<'_>) -> Result<Vec<Item>> {
        let mut items = Vec::with_capacity(select.items.len());
        for item in &select.items {
            match &item.kind {
                SelectItemKind::Expr { value, alias } => {
                    let since = cx.scope.mark();
                    let expr = self.expr(value, cx)?;
                    let name = match alias {
                        Some(alias) => alias.value.clone(),
                        None => self.name_of(value, &expr),
                    };
                    items.push(Item {
                        name,
                        expr,
                        span: value.span,
                        star: false,
                        since,
                        until: cx.scope.mark(),
                    });
                }
                SelectItemKind::Star(modifiers) => {
                    let columns = cx.scope.names.columns.clone();
                    if select.from.is_none() && columns.is_empty() {
                        return Err(BindError::new("SELECT * must have a FROM clause", item.span));
                    }
                    self.star(columns, modifiers, item.span, cx, &mut items)?;
                }
                SelectItemKind::DotStar { base, modifiers } => {
                    let columns = self.dot_star(base, item.span, cx)?;
                    self.star(columns, modifiers, item.span, cx, &mut items)?;
                }
            }
        }
        Ok(items)
    }

    /// The name of an expression without an alias; functions called without parentheses have none.
    fn name_of(&self, value: &ast::Expr, expr: &Expr) -> String {
        let call = matches!((&value.kind, expr), (ExprKind::Path(path), Expr::Call { function, .. })
            if path.as_ident().is_some_and(|name| name.value.eq_ignore_ascii_case(function)));
        match call {
            true => String::new(),
            false => implicit_alias(value).unwrap_or_default(),
        }
    }

    fn dot_star(&mut self, base: &ast::Expr, span: Span, cx: ExprContext<'_>) -> Result<Vec<NamedColumn>> {
        if let ExprKind::Path(path) = &base.kind
            && let Some(name) = path.as_ident()
            && let Some((Target::Range(range), _)) = cx.scope.lookup(&name.value, true)
            && let Row::Columns(columns) = range.row
        {
            return Ok(columns);
        }
        let value = self.expr(base, cx)?;
        struct_columns(&value).ok_or_else(|| {
            let message = format!("Dot-star is not supported for type {}", value.data_type());
            BindError::new(message, span)
        })
    }

    fn star(
        &mut self,
        columns: Vec<NamedColumn>,
        modifiers: &StarModifiers,
        span: Span,
        cx: ExprContext<'_>,
        items: &mut Vec<Item>,
    ) -> Result<()> {
        let known = |name: &ast::Ident, clause: &str| match columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(&name.value))
        {
            true => Ok(()),
            false => {
                let message = format!("Column {} in SELECT * {clause} list does not exist", name.value);
                Err(BindError::new(message, name.span))
            }
        };
        modifiers.except.iter().try_for_each(|name| known(name, "EXCEPT"))?;
        modifiers.replace.iter().try_for_each(|binding| known(&binding.name, "REPLACE"))?;
        let before = items.len();
        for column in columns.clone() {
            let is = |name: &ast::Ident| column.name.eq_ignore_ascii_case(&name.value);
            if modifiers.except.iter().any(is) {
                continue;
            }
            let since = cx.scope.mark();
            let expr = match modifiers.replace.iter().find(|binding| is(&binding.name)) {
                Some(binding) => self.expr(&binding.value, cx)?,
                None => column.expr,
            };
            let until = cx.scope.mark();
            items.push(Item { name: column.name, expr, span, star: true, since, until });
        }
        match items.len() == before {
            true => Err(BindError::new("SELECT * expands to zero columns after applying EXCEPT", span)),
            false => Ok(()),
        }
    }
}
