//! EXECUTE IMMEDIATE.

use std::sync::Arc;

use canopy_format::{DataType, Value};
use canopy_planner::bind::{Parameters, TypedValue};
use canopy_planner::syntax::ast::{ExecuteImmediate, Ident, Statement, StatementKind};

use super::compile::compile;
use super::frame::Ending;
use super::interpreter::{Flow, Interpreter};
use super::program::StepKind;
use crate::error::{ErrorKind, Result, ServerError};
use crate::statement::parse;

/// What positions in a dynamic statement are said to be in.
const LOCATION: &str = "EXECUTE IMMEDIATE";

impl Interpreter<'_> {
    /// Parses the text, and pushes a frame that runs it: it sees the values of USING and no variables.
    pub(super) async fn execute_immediate(&mut self, dynamic: &ExecuteImmediate) -> Result<Flow> {
        let text = match self.evaluate(&dynamic.sql, Some(&DataType::String)).await?.value {
            Value::String(text) => text,
            _ => return Err(ServerError::invalid("EXECUTE IMMEDIATE of a NULL string")),
        };
        let invalid = |error: ServerError| {
            let message =
                format!("Invalid EXECUTE IMMEDIATE sql string `{}`, {}", shortened(&text), error.message);
            ServerError { message, position: None, ..error }
        };
        let statements = parse(&text).map_err(invalid)?;
        let count = statements.len();
        let program = compile(statements, text.clone(), Some(LOCATION.to_owned()), &[]).map_err(invalid)?;
        let [step] = program.steps.as_slice() else {
            let message = match count {
                1 => "EXECUTE IMMEDIATE cannot run a control statement".to_owned(),
                count => format!("EXECUTE IMMEDIATE needs one statement, found {count}"),
            };
            return Err(ServerError::invalid(message));
        };
        let StepKind::Sql(statement) = &step.kind else {
            return Err(ServerError::invalid("EXECUTE IMMEDIATE cannot run a control statement"));
        };
        if !dynamic.into.is_empty() && !matches!(statement.kind, StatementKind::Query(_)) {
            return Err(ServerError::invalid("EXECUTE IMMEDIATE ... INTO needs a query"));
        }
        for (index, name) in dynamic.into.iter().enumerate() {
            if dynamic.into[..index].iter().any(|known| known.value.eq_ignore_ascii_case(&name.value)) {
                return Err(self.error_at(name, format!("Variable {} is assigned twice", name.value)));
            }
        }
        let parameters = self.using(dynamic).await?;
        let ending = match dynamic.into.is_empty() {
            true => Ending::None,
            false => Ending::Into(dynamic.into.clone()),
        };
        let dataset = self.run.dataset.clone();
        self.push_frame(program, dataset, parameters, ending);
        Ok(Flow::Into)
    }

    /// The values of USING: all with names, or all without.
    async fn using(&mut self, dynamic: &ExecuteImmediate) -> Result<Parameters> {
        let mut values: Vec<(Option<String>, TypedValue)> = Vec::with_capacity(dynamic.using.len());
        for using in &dynamic.using {
            let name = using.alias.as_ref().map(|alias| alias.value.clone());
            if let Some(name) = &name
                && values
                    .iter()
                    .any(|(known, _)| known.as_ref().is_some_and(|k| k.eq_ignore_ascii_case(name)))
            {
                let message = format!("EXECUTE IMMEDIATE has two values named {name} in USING");
                return Err(ServerError::invalid(message));
            }
            values.push((name, self.evaluate(&using.value, None).await?));
        }
        let named = values.iter().filter(|(name, _)| name.is_some()).count();
        match named {
            _ if values.is_empty() => Ok(Parameters::None),
            0 => Ok(Parameters::Positional(values.into_iter().map(|(_, value)| value).collect())),
            named if named == values.len() => {
                let named = values.into_iter().map(|(name, value)| (name.unwrap_or_default(), value));
                Ok(Parameters::Named(named.collect()))
            }
            _ => {
                let message = "EXECUTE IMMEDIATE USING must name all values or none";
                Err(ServerError::invalid(message))
            }
        }
    }

    /// Runs a query and gives the values of its only row to variables of the caller.
    pub(super) async fn query_into(&mut self, query: &Arc<Statement>, targets: &[Ident]) -> Result<()> {
        let collected = self.rows(query).await?;
        let (found, wanted) = (collected.columns.len(), targets.len());
        if found != wanted {
            return Err(ServerError::invalid(format!(
                "The query returns {found} column(s), but INTO names {wanted} variable(s)"
            )));
        }
        let mut rows = collected.rows();
        let row = rows.next().unwrap_or_else(|| vec![Value::Null; wanted]);
        if rows.next().is_some() {
            return Err(ServerError::invalid(
                "The query of EXECUTE IMMEDIATE ... INTO returned more than one row",
            ));
        }
        drop(rows);
        let Some(own) = self.frames.pop() else { return Ok(()) };
        let mut assigned = Ok(());
        for ((name, (_, data_type)), value) in targets.iter().zip(&collected.columns).zip(row) {
            let value = TypedValue { data_type: data_type.clone(), value };
            assigned = self.assign_coerced(name, value).await;
            if assigned.is_err() {
                break;
            }
        }
        self.frames.push(own);
        assigned.map_err(|error| ServerError { kind: ErrorKind::Invalid, ..error })
    }
}

/// The start of a text, for messages.
fn shortened(text: &str) -> String {
    const CHARACTERS_MAX: usize = 100;
    match text.char_indices().nth(CHARACTERS_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
