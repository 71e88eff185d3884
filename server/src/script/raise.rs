//! RAISE and ASSERT.

use canopy_format::{DataType, Value};
use canopy_planner::syntax::ast::{Assert, Raise};

use super::error::Raised;
use super::interpreter::Interpreter;
use crate::error::{Result, ServerError};

impl Interpreter<'_> {
    /// Raises an error of the script's own, or the one that is handled once more, its stack as it was.
    pub(super) async fn raise(&mut self, raise: &Raise) -> Result<()> {
        let Some(message) = &raise.message else {
            let Some(handled) = self.frame()?.handled().cloned() else {
                return Err(ServerError::invalid(
                    "RAISE without USING is only allowed in an exception handler",
                ));
            };
            self.raised = Some((*handled).clone());
            return Err(handled.error.clone());
        };
        let message = match self.evaluate(message, Some(&DataType::String)).await?.value {
            Value::String(text) => Some(text.to_string()),
            _ => None,
        };
        let error = ServerError::invalid(message.as_deref().unwrap_or("NULL"));
        let raised = Raised::new(error.clone(), &self.frames);
        self.raised = Some(Raised { message, ..raised });
        Err(error)
    }

    /// Fails where the condition is not true.
    pub(super) async fn assert(&mut self, assert: &Assert) -> Result<()> {
        if self.condition(&assert.condition).await? {
            return Ok(());
        }
        Err(ServerError::invalid(match &assert.message {
            Some(message) => format!("Assertion failed: {message}"),
            None => "Assertion failed".to_owned(),
        }))
    }
}
