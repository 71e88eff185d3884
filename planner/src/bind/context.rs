//! What binding needs to know beside the statement and the tables.

use canopy_format::{DataType, Value};

/// The session's side of binding. Text, time and parameters come in; nothing is read from outside.
#[derive(Debug, Clone, Default)]
pub struct BindContext {
    /// The text that the statement was parsed from: spans in it become lines and columns.
    pub text: String,
    /// Query parameters.
    pub parameters: Parameters,
    /// Default time zone, an IANA name; empty is UTC.
    pub time_zone: String,
    /// CURRENT_TIMESTAMP() of the statement, microseconds since the epoch.
    pub now_us: i64,
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
