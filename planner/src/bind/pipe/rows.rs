//! Pipe operators that choose, order and join rows.

use canopy_format::{DataType, Value};

use super::columns::select_of;
use super::renamed;
use crate::algebra::{Expr, Relation};
use crate::bind::binder::{Binder, boolean};
use crate::bind::error::Result;
use crate::bind::expression::ExprContext;
use crate::bind::from::{FromContext, Source, source_of};
use crate::bind::scope::Scope;
use crate::bind::select::SelectInput;
use crate::syntax::ast::{self, SelectItem, SelectItemKind, Span, StarModifiers};

impl Binder<'_> {
    /// `WHERE`.
    pub(super) fn pipe_where(
        &mut self,
        source: Source,
        condition: &ast::Expr,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let Source { relation, names } = source;
        let scope = Scope::new(names, outer);
        let predicate =
            self.condition(condition, "WHERE clause", ExprContext::plain(&scope, "pipe WHERE"))?;
        let relation = Relation::Filter { input: Box::new(relation), predicate };
        Ok(Source { relation, names: scope.names })
    }

    /// `ORDER BY`.
    pub(super) fn pipe_order_by(
        &mut self,
        source: Source,
        items: &[ast::OrderItem],
        span: Span,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let names = source.names.clone();
        let star = SelectItem { kind: SelectItemKind::Star(StarModifiers::default()), span };
        let select = select_of(vec![star], Vec::new(), span);
        let input = SelectInput::extended(source, "pipe ORDER BY");
        let rows = self.select_over(input, &select, items, outer)?;
        Ok(Source { relation: rows.relation, names })
    }

    /// `LIMIT`.
    pub(super) fn pipe_limit(&mut self, source: Source, limit: &ast::Limit) -> Result<Source> {
        Ok(Source { relation: self.limit(source.relation, limit)?, names: source.names })
    }

    /// `UNION ALL (query), ...` and the other set operators.
    pub(super) fn pipe_set_operation(
        &mut self,
        source: Source,
        operator: &ast::SetOperator,
        queries: &[ast::Query],
        span: Span,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let mut inputs = vec![self.source_rows(source)];
        for query in queries {
            inputs.push(self.query(query, outer)?);
        }
        self.combine(operator, inputs, span).map(renamed)
    }

    /// `CALL f(...)`: the rows are the function's first table.
    pub(super) fn pipe_call(
        &mut self,
        source: Source,
        call: &ast::FunctionCall,
        alias: Option<&ast::Ident>,
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let input = self.source_rows(source);
        let cx = FromContext { outer, lateral: outer };
        let rows = self.table_function_rows(call, Some(input), call.name.span, cx)?;
        Ok(source_of(rows, alias.map(|alias| alias.value.as_str())))
    }

    /// `WITH`: definitions for the operators after it.
    pub(super) fn pipe_with(&mut self, with: &ast::With) -> Result<Vec<(u32, Relation)>> {
        self.definitions(with)
    }

    /// `ASSERT condition, message, ...`: the query fails at a row for which the condition is not TRUE.
    pub(super) fn pipe_assert(
        &mut self,
        source: Source,
        condition: &ast::Expr,
        messages: &[ast::Expr],
        outer: Option<&Scope<'_>>,
    ) -> Result<Source> {
        let Source { relation, names } = source;
        let scope = Scope::new(names, outer);
        let cx = ExprContext::plain(&scope, "pipe ASSERT");
        let span = condition.span;
        let holds = self.condition(condition, "Pipe ASSERT condition", cx)?;
        let text = |text: &str| Expr::Literal(Value::from(text), DataType::String);
        let mut parts = vec![text("Assert failed")];
        for (index, message) in messages.iter().enumerate() {
            parts.push(text(if index == 0 { ": " } else { " " }));
            let part = self.expr(message, cx)?;
            let part = match part.data_type() {
                DataType::String => part,
                DataType::Array(_) | DataType::Struct(_) | DataType::Json => {
                    self.call("to_json_string", vec![part], message.span)?
                }
                _ => Expr::Cast {
                    input: Box::new(part),
                    data_type: DataType::String,
                    safe: false,
                    format: None,
                    time_zone: None,
                },
            };
            parts.push(self.call("ifnull", vec![part, text("NULL")], message.span)?);
        }
        let message = self.call("concat", parts, span)?;
        let error = self.call("error", vec![message], span)?;
        let error = self.coerce(error, &DataType::Bool, span)?;
        let predicate = self.call("if", vec![holds, boolean(true), error], span)?;
        let relation = Relation::Filter { input: Box::new(relation), predicate };
        Ok(Source { relation, names: scope.names })
    }
}
