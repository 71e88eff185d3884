//! Expressions and queries whose results stay within the script.

use std::sync::Arc;
use std::time::Instant;

use canopy_format::{DataType, Value};
use canopy_planner::bind::{BoundExpression, BoundStatement, Parameters, TypedValue};
use canopy_planner::syntax::ast::{self, Expr, ExprKind, Ident, Span, Statement};
use canopy_txn::Snapshot;

use super::interpreter::Interpreter;
use crate::error::{ErrorKind, Result, ServerError};
use crate::jobs::now_us;
use crate::statement::{Collected, StatementRun};

/// Bytes of rows that a FOR loop may go over.
const ROWS_BYTES_MAX: usize = 256 << 20;

impl<'a> Interpreter<'a> {
    /// Returns the value of an expression, of the type that is wanted if there is one.
    pub(super) async fn evaluate(
        &mut self,
        expression: &Expr,
        wanted: Option<&DataType>,
    ) -> Result<TypedValue> {
        self.see_variables()?;
        // What reads no table has the same value at any state of the tables.
        if let Some(known) = self.snapshot.clone()
            && !may_read(expression.span.text(&self.run.text))
            && let Ok(BoundExpression::Constant(value)) =
                self.statement(known).bind_expression(expression, wanted).await
        {
            return Ok(value);
        }
        let snapshot = self.run.snapshot().await?;
        self.snapshot = Some(snapshot.clone());
        let statement = self.statement(snapshot);
        let query = match statement.bind_expression(expression, wanted).await? {
            BoundExpression::Constant(value) => return Ok(value),
            BoundExpression::Query(query) => query,
        };
        let collected = statement.collect(*query, ROWS_BYTES_MAX).await?;
        let data_type = collected.columns.first().map(|(_, data_type)| data_type.clone());
        let value = collected.rows().next().and_then(|mut row| row.pop());
        self.system.evaluated(&collected.statistics);
        match (data_type, value) {
            (Some(data_type), Some(value)) => Ok(TypedValue { data_type, value }),
            _ => Err(ServerError::new(ErrorKind::Internal, "internal error: an expression without a value")),
        }
    }

    /// Returns a condition's value; NULL is false.
    pub(super) async fn condition(&mut self, condition: &Expr) -> Result<bool> {
        Ok(self.evaluate(condition, Some(&DataType::Bool)).await?.value == Value::Bool(true))
    }

    /// Returns the value as another type.
    pub(super) async fn coerced(&mut self, value: TypedValue, wanted: &DataType) -> Result<TypedValue> {
        if value.data_type == *wanted {
            return Ok(value);
        }
        let snapshot = match self.snapshot.clone() {
            Some(known) => known,
            None => self.run.snapshot().await?,
        };
        const NAME: &str = "value";
        let name = Ident { value: NAME.to_owned(), quoted: false, span: Span::default() };
        let kind = ExprKind::Parameter(ast::Parameter::Named(name));
        let expression = Expr { kind, span: Span::default() };
        let from = value.data_type.clone();
        let named = Parameters::Named(vec![(NAME.to_owned(), value)]);
        let outer = std::mem::replace(&mut self.run.parameters, named);
        let bound = self.statement(snapshot).bind_expression(&expression, Some(wanted)).await;
        self.run.parameters = outer;
        match bound {
            Ok(BoundExpression::Constant(value)) => Ok(value),
            _ => Err(ServerError::invalid(format!(
                "Value has type {from} which cannot be coerced to {wanted}"
            ))),
        }
    }

    /// Returns the rows of a query.
    pub(super) async fn rows(&mut self, query: &Arc<Statement>) -> Result<Collected> {
        self.see_variables()?;
        let snapshot = self.run.snapshot().await?;
        self.snapshot = Some(snapshot.clone());
        let statement = self.statement(snapshot);
        let BoundStatement::Query(bound) = statement.bind(query.clone()).await? else {
            return Err(ServerError::invalid("A query is required: this statement has no rows"));
        };
        let collected = statement.collect(bound, ROWS_BYTES_MAX).await?;
        self.system.evaluated(&collected.statistics);
        Ok(collected)
    }

    /// A statement of the script's own at a snapshot; it sends nothing to the client.
    fn statement(&self, snapshot: Arc<Snapshot>) -> StatementRun<'_> {
        StatementRun { run: &self.run, index: 0, started: Instant::now(), now_us: now_us(), snapshot }
    }
}

/// False when the text of an expression holds no word that can stand before a table.
fn may_read(text: &str) -> bool {
    let holds =
        |word: &str| text.as_bytes().windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes()));
    holds("SELECT") || holds("FROM")
}
