//! What binding needs to know beside the statement and the tables.

use std::sync::Arc;

use canopy_format::{DataType, Value};

/// The session's side of binding. Text, time and parameters come in; nothing is read from outside.
#[derive(Debug, Clone, Default)]
pub struct BindContext {
    /// The text that the statement was parsed from: spans in it become lines and columns.
    pub text: String,
    /// Query parameters.
    pub parameters: Parameters,
    /// Variables of the script, innermost last: what a name means that no column has.
    pub variables: Vec<(String, Arc<TypedValue>)>,
    /// System variables by name without `@@`: `error.message`.
    pub system_variables: Vec<(String, Arc<TypedValue>)>,
    /// Default time zone, an IANA name; empty is UTC.
    pub time_zone: String,
    /// SESSION_USER().
    pub session_user: String,
    /// CURRENT_TIMESTAMP() of the statement, microseconds since the epoch.
    pub now_us: i64,
}

impl BindContext {
    /// Returns the variable of the name.
    pub(super) fn variable(&self, name: &str) -> Option<&TypedValue> {
        find(&self.variables, name)
    }

    /// Returns the system variable of the name.
    pub(super) fn system_variable(&self, name: &str) -> Option<&TypedValue> {
        find(&self.system_variables, name)
    }
}

fn find<'a>(variables: &'a [(String, Arc<TypedValue>)], name: &str) -> Option<&'a TypedValue> {
    let mut innermost = variables.iter().rev();
    innermost.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
}

/// Query parameters: all named or all positional.
#[derive(Debug, Clone, Default)]
pub enum Parameters {
    /// None were given.
    #[default]
    None,
    /// `@name`; names compare without case.
    Named(Vec<(String, TypedValue)>),
    /// `?`, in order.
    Positional(Vec<TypedValue>),
}

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct TypedValue {
    /// The type.
    pub data_type: DataType,
    /// The value, of the type.
    pub value: Value,
}
