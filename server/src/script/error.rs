//! Errors with their place in the script and the calls that led there.

use std::sync::Arc;

use canopy_format::{DataType, Value};
use canopy_planner::bind::TypedValue;
use canopy_planner::syntax::ast::LineColumn;

use super::frame::Frame;
use crate::error::{ErrorKind, ServerError};

/// An error on its way out of the script, and what handlers may ask about it.
#[derive(Debug, Clone)]
pub(super) struct Raised {
    /// The error, its message with the place.
    pub error: ServerError,
    /// What `@@error.message` says; NULL for a RAISE of NULL.
    pub message: Option<String>,
    /// Statements and calls at work, the innermost first.
    pub stack: Vec<Place>,
    /// The statement that failed.
    pub statement_text: String,
}

/// A place in a script or procedure.
#[derive(Debug, Clone)]
pub(super) struct Place {
    at: LineColumn,
    /// The procedure; None for the request's own text.
    location: Option<String>,
}

impl Raised {
    /// Completes an error of the innermost frame's current statement.
    pub fn new(error: ServerError, frames: &[Frame]) -> Self {
        let stack: Vec<Place> = frames.iter().rev().map(Frame::place).collect();
        let statement_text = frames.last().map(|frame| frame.statement_text().to_owned());
        let error = located(error, &stack);
        let message = Some(error.message.clone());
        Self { error, message, stack, statement_text: statement_text.unwrap_or_default() }
    }

    /// `@@error.stack_trace`.
    pub fn stack_trace(&self) -> TypedValue {
        let data_type = stack_trace_type();
        let place = |place: &Place| {
            let location = place.location.as_ref().map_or(Value::Null, |name| {
                Value::from(format!("{name}:{}:{}", place.at.line, place.at.column).as_str())
            });
            let (line, column) = (i64::from(place.at.line), i64::from(place.at.column));
            Value::Struct(vec![Value::Int64(line), Value::Int64(column), Value::Null, location])
        };
        TypedValue { data_type, value: Value::Array(self.stack.iter().map(place).collect()) }
    }

    /// `@@error.formatted_stack_trace`.
    pub fn formatted_stack_trace(&self) -> String {
        let line = |place: &Place| {
            let location = place.location.as_deref().unwrap_or_default();
            format!("At {location}{}", place.at)
        };
        self.stack.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The type of `@@error.stack_trace`.
pub(super) fn stack_trace_type() -> DataType {
    DataType::array(DataType::structure([
        ("line", DataType::Int64),
        ("column", DataType::Int64),
        ("filename", DataType::String),
        ("location", DataType::String),
    ]))
}

impl Frame {
    /// Where the frame is.
    fn place(&self) -> Place {
        Place { at: self.program.position(self.at), location: self.program.location.clone() }
    }

    fn statement_text(&self) -> &str {
        self.program.statement_text(self.at)
    }
}

/// The error with the place in its message and, of the request's own text, in its position.
fn located(error: ServerError, stack: &[Place]) -> ServerError {
    let Some((innermost, callers)) = stack.split_first() else { return error };
    let at = error.position.map_or(innermost.at, |(line, column)| LineColumn { line, column });
    let bare = match error.position {
        Some(_) => error.message.strip_suffix(&format!(" at {at}")).unwrap_or(&error.message).to_owned(),
        None => error.message.clone(),
    };
    let mut message = format!("{bare} at {}", place_text(at, innermost.location.as_deref()));
    for caller in callers {
        let text = place_text(caller.at, caller.location.as_deref());
        message.push_str(&format!("; called at {text}"));
    }
    let outermost = callers.last().map_or(at, |caller| caller.at);
    positioned_only(ServerError { message, ..error }, outermost)
}

fn place_text(at: LineColumn, location: Option<&str>) -> String {
    match location {
        Some(name) => format!("[{name}:{}:{}]", at.line, at.column),
        None => at.to_string(),
    }
}

fn positioned_only(error: ServerError, at: LineColumn) -> ServerError {
    error.at(at.line, at.column)
}

/// The error at a place of the text that is at work, as binding errors have it.
pub(super) fn positioned(error: ServerError, at: LineColumn) -> ServerError {
    let message = format!("{} at {at}", error.message);
    positioned_only(ServerError { message, ..error }, at)
}

/// Whether a handler may take the error: not what ends the whole request.
pub(super) fn is_catchable(error: &ServerError) -> bool {
    !matches!(error.kind, ErrorKind::Cancelled)
}

/// A value of a type, shared between variables and the statements that read them.
pub(super) fn shared(data_type: DataType, value: Value) -> Arc<TypedValue> {
    Arc::new(TypedValue { data_type, value })
}
