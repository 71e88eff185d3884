//! Frames and scopes: where a script or procedure is, and which variables it sees.

use std::sync::Arc;

use canopy_format::{Batch, DataType, Value};
use canopy_planner::bind::{Parameters, TypedValue};
use canopy_planner::syntax::ast;

use super::error::Raised;
use super::program::Program;

/// A script, procedure or dynamic statement at work.
pub(super) struct Frame {
    /// What is run.
    pub program: Arc<Program>,
    /// The current step.
    pub at: usize,
    /// Open scopes; the first one is the frame's own.
    pub scopes: Vec<Scope>,
    /// Completes bare names.
    pub dataset: String,
    /// Query parameters.
    pub parameters: Parameters,
    /// What becomes of its results.
    pub ending: Ending,
}

/// What becomes of a frame's results.
pub(super) enum Ending {
    /// They go to the client.
    None,
    /// EXECUTE IMMEDIATE ... INTO: the caller's variables take the only row.
    Into(Vec<ast::Ident>),
    /// CALL: parameters, and the caller's variables that take their values at the end.
    Outputs(Vec<(String, ast::Ident)>),
}

/// A block, a FOR loop, or a handler.
#[derive(Default)]
pub(super) struct Scope {
    /// Variables in the order of their declaration.
    pub variables: Vec<(String, Variable)>,
    /// Where an error goes on.
    pub handler: Option<usize>,
    /// What the handler handles.
    pub error: Option<Arc<Raised>>,
    /// Rows that a FOR loop has not taken yet.
    pub rows: Option<Rows>,
}

/// A variable.
pub(super) struct Variable {
    /// Its type and value.
    pub value: Arc<TypedValue>,
    /// The type as declared where it has parameters, as in STRING(10): assigned values are cast to it.
    pub declared: Option<Arc<ast::DataType>>,
}

/// The rows of a FOR loop.
pub(super) struct Rows {
    /// The STRUCT of a row.
    pub data_type: DataType,
    /// All rows.
    pub batches: std::vec::IntoIter<Batch>,
    /// The batch at work and its next row.
    pub current: Option<(Batch, usize)>,
}

impl Iterator for Rows {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((batch, row)) = &mut self.current
                && *row < batch.rows()
            {
                let values = batch.columns().iter().map(|column| column.value(*row)).collect();
                *row += 1;
                return Some(Value::Struct(values));
            }
            self.current = Some((self.batches.next()?.compact(), 0));
        }
    }
}

impl Frame {
    /// A frame at the first step of a program, with an empty scope.
    pub fn new(program: Arc<Program>, dataset: String, parameters: Parameters, ending: Ending) -> Self {
        Self { program, at: 0, scopes: vec![Scope::default()], dataset, parameters, ending }
    }

    /// The variable of a name, the innermost one.
    pub fn variable(&mut self, name: &str) -> Option<&mut Variable> {
        let variables = self.scopes.iter_mut().rev().flat_map(|scope| scope.variables.iter_mut());
        variables.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, found)| found)
    }

    /// All variables in sight, outermost first.
    pub fn variables(&self) -> Vec<(String, Arc<TypedValue>)> {
        let variables = self.scopes.iter().flat_map(|scope| &scope.variables);
        variables.map(|(name, variable)| (name.clone(), variable.value.clone())).collect()
    }

    /// The error that is handled.
    pub fn handled(&self) -> Option<&Arc<Raised>> {
        self.scopes.iter().rev().find_map(|scope| scope.error.as_ref())
    }
}
