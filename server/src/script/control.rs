//! CASE and FOR: the steps that choose where to go on.

use std::sync::Arc;

use canopy_format::{DataType, StructField, Value};
use canopy_planner::syntax::ast::{Expr, Statement};

use super::error::shared;
use super::frame::{Rows, Scope, Variable};
use super::interpreter::{Flow, Interpreter};
use crate::error::{ErrorKind, Result, ServerError};

impl Interpreter<'_> {
    /// Goes to the branch whose number the selector gives.
    pub(super) async fn select(&mut self, selector: &Expr, targets: &[usize]) -> Result<Flow> {
        let number = match self.evaluate(selector, Some(&DataType::Int64)).await?.value {
            Value::Int64(number) => usize::try_from(number).ok(),
            _ => None,
        };
        let target = number.and_then(|number| targets.get(number)).or(targets.last());
        let none = || ServerError::new(ErrorKind::Internal, "internal error: CASE without a branch");
        target.map(|target| Flow::To(*target)).ok_or_else(none)
    }

    /// Runs a FOR loop's query, once, and opens the scope of its variable.
    pub(super) async fn for_rows(&mut self, variable: &str, query: &Arc<Statement>) -> Result<()> {
        let collected = self.rows(query).await?;
        let fields = collected.columns.into_iter().map(|(name, data_type)| StructField { name, data_type });
        let data_type = DataType::Struct(fields.collect());
        let value = shared(data_type.clone(), Value::Null);
        let rows = Rows { data_type, batches: collected.batches.into_iter(), current: None };
        self.frame()?.scopes.push(Scope {
            variables: vec![(variable.to_owned(), Variable { value, declared: None })],
            rows: Some(rows),
            ..Scope::default()
        });
        Ok(())
    }

    /// Gives a FOR loop's variable the next row, or ends the loop.
    pub(super) fn next_row(&mut self, end: usize) -> Result<Flow> {
        let Some(scope) = self.frame()?.scopes.last_mut() else { return Ok(Flow::To(end)) };
        let Some(rows) = &mut scope.rows else { return Ok(Flow::To(end)) };
        let Some(row) = rows.next() else { return Ok(Flow::To(end)) };
        let value = shared(rows.data_type.clone(), row);
        if let Some((_, variable)) = scope.variables.first_mut() {
            variable.value = value;
        }
        Ok(Flow::Next)
    }
}
