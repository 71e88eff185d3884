//! What can go wrong while a fragment runs, classed by what the caller can do.

/// The result of running a part of a plan.
pub type Result<T> = std::result::Result<T, ExecError>;

/// A failure of a fragment.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ExecError {
    /// A row cannot be computed: `division by zero: 1 / 0`. Running again gives the same error.
    #[error("{0}")]
    Evaluation(String),
    /// The plan is not valid: a broken or hostile fragment, or a planner's mistake.
    #[error("invalid plan: {0}")]
    InvalidPlan(String),
    /// The query's memory budget does not suffice.
    #[error(
        "query exceeded its memory budget: {operator} asked for {requested} bytes with {used} of {limit} in use"
    )]
    OutOfMemory {
        /// Who asked.
        operator: String,
        /// Bytes asked for.
        requested: u64,
        /// Bytes in use by the query.
        used: u64,
        /// The budget.
        limit: u64,
    },
    /// The query was cancelled or its deadline passed.
    #[error("query was cancelled: {0}")]
    Cancelled(String),
    /// A file's bytes are not what they must be.
    #[error("{0}")]
    DataDamaged(String),
    /// The store or another server failed in passing; running again may succeed.
    #[error("{0}")]
    Unavailable(String),
    /// A broken promise of our own code.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<canopy_format::FormatError> for ExecError {
    fn from(error: canopy_format::FormatError) -> Self {
        use canopy_format::FormatError as F;
        use canopy_storage::StorageError as S;
        match error {
            F::Damaged { .. } | F::Unsupported { .. } => ExecError::DataDamaged(error.to_string()),
            F::Storage(S::NotFound { .. } | S::RangeOutside { .. }) => {
                ExecError::DataDamaged(error.to_string())
            }
            F::Storage(_) => ExecError::Unavailable(error.to_string()),
            F::Value { .. } | F::Schema(_) | F::Limit { .. } => ExecError::Evaluation(error.to_string()),
        }
    }
}
