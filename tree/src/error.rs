//! What can go wrong in the tree, classed by what the caller can do; it crosses the network as a `Failure`.

use canopy_exec::ExecError;
use canopy_proto::tree::{Failure, FailureClass, InputLocation};

/// The result of a tree operation.
pub type Result<T> = std::result::Result<T, TreeError>;

/// A failure of a task or of a whole query.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TreeError {
    /// Running again gives the same error: a row that cannot be computed, an invalid plan.
    #[error("{0}")]
    Request(String),
    /// A passing fault; running again elsewhere may succeed.
    #[error("{0}")]
    Retry(String),
    /// A budget does not suffice.
    #[error("{0}")]
    OutOfResources(String),
    /// Stored bytes are not what they must be.
    #[error("{0}")]
    DataDamaged(String),
    /// Rows kept by another server could not be fetched.
    #[error("{message}")]
    LostInput {
        /// What happened.
        message: String,
        /// Whose rows.
        lost: Vec<InputLocation>,
    },
    /// The query was cancelled or its deadline passed.
    #[error("{0}")]
    Cancelled(String),
    /// A broken promise of our own code.
    #[error("internal error: {0}")]
    Bug(String),
}

impl TreeError {
    /// True when another attempt may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(self, TreeError::Retry(_) | TreeError::LostInput { .. })
    }

    /// The message for the network.
    pub fn to_failure(&self) -> Failure {
        let (class, lost) = match self {
            TreeError::Request(_) => (FailureClass::Request, Vec::new()),
            TreeError::Retry(_) => (FailureClass::Retry, Vec::new()),
            TreeError::OutOfResources(_) => (FailureClass::OutOfResources, Vec::new()),
            TreeError::DataDamaged(_) => (FailureClass::DataDamaged, Vec::new()),
            TreeError::LostInput { lost, .. } => (FailureClass::LostInput, lost.clone()),
            TreeError::Cancelled(_) => (FailureClass::Cancelled, Vec::new()),
            TreeError::Bug(_) => (FailureClass::Bug, Vec::new()),
        };
        let message = match self {
            TreeError::Bug(message) => message.clone(),
            other => other.to_string(),
        };
        Failure { class: class as i32, message, lost }
    }

    /// The error of a message.
    pub fn from_failure(failure: Failure) -> Self {
        let message = failure.message.clone();
        match failure.class() {
            FailureClass::Request => TreeError::Request(message),
            FailureClass::Retry => TreeError::Retry(message),
            FailureClass::OutOfResources => TreeError::OutOfResources(message),
            FailureClass::DataDamaged => TreeError::DataDamaged(message),
            FailureClass::LostInput => TreeError::LostInput { message, lost: failure.lost },
            FailureClass::Cancelled => TreeError::Cancelled(message),
            FailureClass::Bug | FailureClass::Unspecified => TreeError::Bug(message),
        }
    }

    /// The error of a failed call: whatever breaks between two servers may pass.
    pub fn from_status(address: &str, status: &tonic::Status) -> Self {
        let message = format!("{address}: {}", status.message());
        match status.code() {
            tonic::Code::Cancelled | tonic::Code::DeadlineExceeded => TreeError::Cancelled(message),
            tonic::Code::InvalidArgument | tonic::Code::OutOfRange => TreeError::Bug(message),
            _ => TreeError::Retry(message),
        }
    }
}

impl From<ExecError> for TreeError {
    fn from(error: ExecError) -> Self {
        match error {
            ExecError::Evaluation(_) => TreeError::Request(error.to_string()),
            ExecError::InvalidPlan(_) => TreeError::Bug(error.to_string()),
            ExecError::OutOfMemory { .. } => TreeError::OutOfResources(error.to_string()),
            ExecError::Cancelled(_) => TreeError::Cancelled(error.to_string()),
            ExecError::DataDamaged(_) => TreeError::DataDamaged(error.to_string()),
            ExecError::Unavailable(_) => TreeError::Retry(error.to_string()),
            ExecError::Internal(message) => TreeError::Bug(message),
        }
    }
}

impl From<TreeError> for ExecError {
    /// How an input that fails looks to the fragment that reads it.
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Request(m) => ExecError::Evaluation(m),
            TreeError::Retry(m) | TreeError::LostInput { message: m, .. } => ExecError::Unavailable(m),
            TreeError::OutOfResources(m) => ExecError::Unavailable(m),
            TreeError::DataDamaged(m) => ExecError::DataDamaged(m),
            TreeError::Cancelled(m) => ExecError::Cancelled(m),
            TreeError::Bug(m) => ExecError::Internal(m),
        }
    }
}
