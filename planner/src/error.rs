//! Why a bound query could not be planned.

/// A failure of the optimizer or the physical planner.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlanError {
    /// GoogleSQL that the planner cannot run yet; names the construct.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// What the query must have and has not, as BigQuery words it.
    #[error("{0}")]
    Invalid(String),
    /// A constant expression fails: `division by zero: 1 / 0`.
    #[error(transparent)]
    Evaluation(#[from] canopy_exec::ExecError),
    /// The plan is larger than what a server takes.
    #[error("Resources exceeded: the query is too complex: {0}")]
    TooLarge(String),
    /// A broken promise between the planner's own phases.
    #[error("internal error: {0}")]
    Internal(String),
}

/// The result of planning.
pub(crate) type Result<T> = std::result::Result<T, PlanError>;
