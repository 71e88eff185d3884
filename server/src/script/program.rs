//! What a script is compiled into: steps in a row, with jumps for its loops and branches.

use std::sync::Arc;

use canopy_planner::syntax::ast::{
    Assert, BeginTransaction, Call, Declare, ExecuteImmediate, Expr, LineColumn, Raise, Set, Span, Statement,
};

/// A compiled script, procedure or dynamic statement.
#[derive(Debug)]
pub(super) struct Program {
    /// The text that spans point into.
    pub text: Arc<str>,
    /// The procedure's full name; None for the request's own text.
    pub location: Option<String>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    /// What is done.
    pub kind: StepKind,
    /// The statement that asks for it.
    pub span: Span,
}

/// What a step does. Targets are positions in [`Program::steps`]; depths count open scopes of the frame.
#[derive(Debug)]
pub(super) enum StepKind {
    /// Runs a statement that is no control statement.
    Sql(Arc<Statement>),
    /// Adds variables to the innermost scope.
    Declare(Declare),
    /// Assigns variables.
    Set(Set),
    /// Goes on with the next step where the condition is true, else at the target.
    Branch {
        condition: Expr,
        otherwise: usize,
    },
    /// Goes to the target whose number the selector gives.
    Select {
        selector: Expr,
        targets: Vec<usize>,
    },
    /// Closes scopes down to a depth and goes to the target.
    Jump {
        target: usize,
        depth: usize,
    },
    /// Opens a scope; an error in it goes on at the handler.
    Enter {
        handler: Option<usize>,
    },
    /// Closes the innermost scope.
    Leave,
    /// Runs the query and opens a scope for its rows.
    For {
        variable: String,
        query: Arc<Statement>,
    },
    /// Takes the next row, or goes to the target after the last one.
    Next {
        end: usize,
    },
    /// Ends the procedure, or the script.
    Return,
    Assert(Assert),
    Raise(Raise),
    ExecuteImmediate(ExecuteImmediate),
    Call(Call),
    Begin(BeginTransaction),
    Commit,
    Rollback,
}

impl Program {
    /// True when the text is plain statements only.
    pub fn is_plain(&self) -> bool {
        self.steps.iter().all(|step| matches!(step.kind, StepKind::Sql(_)))
    }

    /// Where a step's statement starts.
    pub fn position(&self, at: usize) -> LineColumn {
        let span = self.steps.get(at).map_or(Span::default(), |step| step.span);
        span.line_column(&self.text)
    }

    /// The text of a step's statement.
    pub fn statement_text(&self, at: usize) -> &str {
        self.steps.get(at).map_or("", |step| step.span.text(&self.text))
    }
}
