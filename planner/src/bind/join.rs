//! Joins.

use super::binder::{Binder, conjuncts};
use super::error::{BindError, Result};
use super::expression::{ExprContext, ambiguous};
use super::from::{FromContext, Source};
use super::scope::{NameList, NamedColumn, RangeVariable, Row, Scope, Target, lookup_column};
use crate::algebra::{Expr, Join, JoinKind, Relation};
use crate::syntax::ast::{self, JoinCondition, Span, TableExpr, TableExprKind};

/// A join without its left side.
pub(super) struct JoinSyntax<'s> {
    /// Which rows stay.
    pub kind: ast::JoinKind,
    /// The right side.
    pub right: &'s TableExpr,
    /// Which rows match.
    pub condition: &'s JoinCondition,
    /// Where the join's keywords stand.
    pub span: Span,
}

impl Binder<'_> {
    /// Returns the rows of `a JOIN b JOIN c ...`, which leans to the left.
    pub(super) fn join_chain(&mut self, table: &TableExpr, cx: FromContext<'_>) -> Result<Source> {
        let mut pending = Vec::new();
        let mut current = table;
        while let TableExprKind::Join(join) = &current.kind {
            pending.push((&**join, current.span));
            current = &join.left;
        }
        let mut source = self.table_expr(current, cx)?;
        while let Some((join, span)) = pending.pop() {
            let ast::Join { kind, right, condition, op_span, .. } = join;
            let join = JoinSyntax { kind: *kind, right, condition, span: *op_span };
            source = self.nested(span, |binder| binder.join(source, &join, cx))?;
        }
        Ok(source)
    }

    /// Returns the rows of the left side joined to the right.
    pub(super) fn join(
        &mut self,
        left: Source,
        join: &JoinSyntax<'_>,
        cx: FromContext<'_>,
    ) -> Result<Source> {
        let scope = Scope::new(left.names.clone(), cx.lateral);
        let inside = FromContext { outer: cx.outer, lateral: Some(&scope) };
        if self.attaches(join, inside) {
            return self.join_array(left, join, inside);
        }
        let mark = scope.mark();
        let right = self.table_expr(join.right, inside)?;
        let dependent = scope.mark() > mark;
        if dependent && matches!(join.kind, ast::JoinKind::Right | ast::JoinKind::Full) {
            let message = "Arrays of the left side cannot be read in RIGHT JOIN or FULL JOIN";
            return Err(BindError::new(message, join.span));
        }
        let kind = match join.kind {
            ast::JoinKind::Comma | ast::JoinKind::Cross | ast::JoinKind::Inner => JoinKind::Inner,
            ast::JoinKind::Left => JoinKind::Left,
            ast::JoinKind::Right => JoinKind::Right,
            ast::JoinKind::Full => JoinKind::Full,
        };
        if *join.condition == JoinCondition::None && !is_cross(join.kind) && !dependent {
            let name = join_name(join.kind);
            let message = format!("{name} must have an immediately following ON or USING clause");
            return Err(BindError::new(message, join.span));
        }
        let (names, on) = self.join_names(left.names, right.names, join, kind, cx.outer)?;
        let relation = Relation::Join(Box::new(Join {
            kind,
            left: left.relation,
            right: right.relation,
            on,
            mark: None,
            null_aware: false,
            dependent,
        }));
        Ok(Source { relation, names })
    }

    /// True when the right side is an array whose elements can stand beside each left row without a join.
    fn attaches(&self, join: &JoinSyntax<'_>, cx: FromContext<'_>) -> bool {
        let is_array = match &join.right.kind {
            TableExprKind::Unnest(_) => true,
            TableExprKind::Table(path) => self.array_path(path, cx.lateral),
            _ => false,
        };
        let fits = match (join.condition, join.kind) {
            (_, ast::JoinKind::Right | ast::JoinKind::Full) | (JoinCondition::Using(_), _) => false,
            (JoinCondition::On(condition), ast::JoinKind::Left) => is_true(condition),
            (JoinCondition::On(_) | JoinCondition::None, _) => true,
        };
        is_array && fits
    }

    /// Puts the elements of the right side's array beside each left row.
    fn join_array(&mut self, left: Source, join: &JoinSyntax<'_>, cx: FromContext<'_>) -> Result<Source> {
        let outer = join.kind == ast::JoinKind::Left;
        let span = join.right.span;
        let right = match &join.right.kind {
            TableExprKind::Unnest(unnest) => self.unnest(Some(left.relation), unnest, outer, span, cx)?,
            TableExprKind::Table(path) => self.unnest_path(Some(left.relation), path, outer, span, cx)?,
            _ => return Err(BindError::new("Not an array", span)),
        };
        let names = combine(left.names, right.names, span)?;
        let relation = right.relation;
        match join.condition {
            JoinCondition::On(condition) if !is_true(condition) => {
                let scope = Scope::new(names, cx.outer);
                let context = ExprContext::plain(&scope, "JOIN ON clause");
                let predicate = self.condition(condition, "JOIN ON clause", context)?;
                let relation = Relation::Filter { input: Box::new(relation), predicate };
                Ok(Source { relation, names: scope.names })
            }
            _ => Ok(Source { relation, names }),
        }
    }

    fn join_names(
        &mut self,
        left: NameList,
        right: NameList,
        join: &JoinSyntax<'_>,
        kind: JoinKind,
        outer: Option<&Scope<'_>>,
    ) -> Result<(NameList, Vec<Expr>)> {
        match join.condition {
            JoinCondition::None => Ok((combine(left, right, join.right.span)?, Vec::new())),
            JoinCondition::On(condition) => {
                let scope = Scope::new(combine(left, right, join.right.span)?, outer);
                let cx = ExprContext::plain(&scope, "JOIN ON clause");
                let on = self.condition(condition, "JOIN ON clause", cx)?;
                Ok((scope.names, conjuncts(on)))
            }
            JoinCondition::Using(columns) => self.join_using(left, right, columns, kind, join),
        }
    }

    /// USING: the named columns are equal, and stand once, first.
    fn join_using(
        &mut self,
        mut left: NameList,
        mut right: NameList,
        columns: &[ast::Ident],
        kind: JoinKind,
        join: &JoinSyntax<'_>,
    ) -> Result<(NameList, Vec<Expr>)> {
        let mut merged = Vec::with_capacity(columns.len());
        let mut on = Vec::with_capacity(columns.len());
        for name in columns {
            let from_left = using_column(&left, name, "left")?;
            let from_right = using_column(&right, name, "right")?;
            let arguments = vec![from_left.clone(), from_right.clone()];
            on.push(self.call("$equal", arguments.clone(), name.span)?);
            let expr = match kind {
                JoinKind::Right => from_right,
                JoinKind::Full => self.call("coalesce", arguments, name.span)?,
                _ => from_left,
            };
            merged.push(NamedColumn { name: name.value.clone(), expr });
        }
        let is_merged =
            |column: &NamedColumn| columns.iter().any(|name| name.value.eq_ignore_ascii_case(&column.name));
        left.columns.retain(|column| !is_merged(column));
        right.columns.retain(|column| !is_merged(column));
        // An element's alias is its column: merged, it names the merged column.
        let is_element = |range: &RangeVariable| {
            matches!(range.row, Row::Value(_))
                && columns.iter().any(|name| name.value.eq_ignore_ascii_case(&range.name))
        };
        left.ranges.retain(|range| !is_element(range));
        right.ranges.retain(|range| !is_element(range));
        let mut names = combine(left, right, join.right.span)?;
        names.columns.splice(0..0, merged);
        Ok((names, on))
    }
}

fn using_column(names: &NameList, name: &ast::Ident, side: &str) -> Result<Expr> {
    match lookup_column(&names.columns, &name.value) {
        Some(Target::Value(value)) => Ok(value),
        Some(_) => Err(ambiguous(name)),
        None => {
            let message = format!("Column {} in USING clause not found on {side} side of join", name.value);
            Err(BindError::new(message, name.span))
        }
    }
}

/// Returns the names of both sides.
pub(super) fn combine(mut left: NameList, right: NameList, span: Span) -> Result<NameList> {
    for range in &right.ranges {
        if left.ranges.iter().any(|known| known.name.eq_ignore_ascii_case(&range.name)) {
            let message = format!("Duplicate table alias {} in the same FROM clause", range.name);
            return Err(BindError::new(message, span));
        }
    }
    left.columns.extend(right.columns);
    left.ranges.extend(right.ranges);
    left.hidden.extend(right.hidden);
    Ok(left)
}

fn is_true(condition: &ast::Expr) -> bool {
    matches!(condition.kind, ast::ExprKind::Literal(ast::Literal::Bool(true)))
}

fn is_cross(kind: ast::JoinKind) -> bool {
    matches!(kind, ast::JoinKind::Comma | ast::JoinKind::Cross)
}

fn join_name(kind: ast::JoinKind) -> &'static str {
    match kind {
        ast::JoinKind::Comma => ",",
        ast::JoinKind::Cross => "CROSS JOIN",
        ast::JoinKind::Inner => "INNER JOIN",
        ast::JoinKind::Left => "LEFT JOIN",
        ast::JoinKind::Right => "RIGHT JOIN",
        ast::JoinKind::Full => "FULL JOIN",
    }
}
