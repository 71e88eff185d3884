//! The errors of the door: few kinds, named by what the caller can do, mapped to gRPC codes and to
//! BigQuery's reasons.

use canopy_exec::ExecError;
use canopy_format::FormatError;
use canopy_proto::query::JobError;
use canopy_storage::StorageError;
use canopy_tree::TreeError;
use prost::Message;
use tonic::{Code, Status};

use crate::client::ClientError;

/// The result of a server operation.
pub type Result<T, E = ServerError> = std::result::Result<T, E>;

/// What a caller can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Fix the request: syntax, names, types, a row that cannot be computed, a malformed input file.
    Invalid,
    /// Name something that exists.
    NotFound,
    /// Name something that does not.
    Duplicate,
    /// Ask for something that is there yet.
    Unsupported,
    /// Fix the credentials or the rights.
    Denied,
    /// Try again: another transaction came first.
    Conflict,
    /// Try again: a store or server that failed in passing.
    Unavailable,
    /// Ask for less, or allow more.
    OutOfResources,
    /// Restore the data.
    DataDamaged,
    /// It was cancelled.
    Cancelled,
    /// Report our bug.
    Internal,
}

/// Bytes of a message that a caller sees: names and values in it may be as long as the statement.
const MESSAGE_BYTES_MAX: usize = 2048;
/// Characters of it that a gRPC status repeats.
const STATUS_CHARACTERS_MAX: usize = 256;

/// A failure at the door.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ServerError {
    /// What can be done.
    pub kind: ErrorKind,
    /// What failed, where, and what would be right.
    pub message: String,
    /// Line and column in the statement's text, from 1.
    pub position: Option<(u32, u32)>,
}

impl ServerError {
    /// Returns an error without a position.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), position: None }
    }

    /// A request that must be fixed.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    /// The same error at a place of the text.
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.position = Some((line, column));
        self
    }

    /// The same error, met in this file.
    pub(crate) fn in_file(self, name: &str) -> Self {
        Self { message: format!("{name}: {}", self.message), ..self }
    }

    /// BigQuery's reason and our gRPC code.
    fn names(&self) -> (&'static str, Code) {
        match self.kind {
            ErrorKind::Invalid => ("invalidQuery", Code::InvalidArgument),
            ErrorKind::NotFound => ("notFound", Code::NotFound),
            ErrorKind::Duplicate => ("duplicate", Code::AlreadyExists),
            ErrorKind::Unsupported => ("notImplemented", Code::Unimplemented),
            ErrorKind::Denied => ("accessDenied", Code::PermissionDenied),
            ErrorKind::Conflict => ("backendError", Code::Aborted),
            ErrorKind::Unavailable => ("backendError", Code::Unavailable),
            ErrorKind::OutOfResources => ("resourcesExceeded", Code::ResourceExhausted),
            ErrorKind::DataDamaged => ("invalid", Code::DataLoss),
            ErrorKind::Cancelled => ("stopped", Code::Cancelled),
            ErrorKind::Internal => ("internalError", Code::Internal),
        }
    }

    /// As a job remembers it.
    pub fn to_job_error(&self) -> JobError {
        let (line, column) = self.position.unwrap_or_default();
        JobError { reason: self.names().0.into(), message: shortened(&self.message), line, column }
    }

    /// As gRPC carries it.
    pub fn to_status(&self) -> Status {
        let details = self.to_job_error().encode_to_vec();
        // The message is in the details, too; headers of a response are short.
        let message: String = self.message.chars().take(STATUS_CHARACTERS_MAX).collect();
        Status::with_details(self.names().1, message, details.into())
    }

    /// As a client in this process sees it.
    pub fn to_client(&self) -> ClientError {
        let error = self.to_job_error();
        ClientError { reason: error.reason, message: error.message, line: error.line, column: error.column }
    }
}

/// The message, its middle left out where it is too long: its place stands at the end.
fn shortened(message: &str) -> String {
    if message.len() <= MESSAGE_BYTES_MAX {
        return message.to_owned();
    }
    let half = MESSAGE_BYTES_MAX / 2;
    let start = message.floor_char_boundary(half);
    let end = message.ceil_char_boundary(message.len() - half);
    format!("{} ... {}", &message[..start], &message[end..])
}

impl From<StorageError> for ServerError {
    fn from(error: StorageError) -> Self {
        let kind = match &error {
            StorageError::NotFound { .. } => ErrorKind::NotFound,
            StorageError::RangeOutside { .. } => ErrorKind::DataDamaged,
            StorageError::Denied { .. } => ErrorKind::Denied,
            StorageError::Unavailable { .. } => ErrorKind::Unavailable,
            StorageError::Invalid { .. } | StorageError::Unsafe { .. } => ErrorKind::Invalid,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<FormatError> for ServerError {
    fn from(error: FormatError) -> Self {
        match error {
            FormatError::Storage(error) => error.into(),
            FormatError::Damaged { .. } => Self::new(ErrorKind::DataDamaged, error.to_string()),
            FormatError::Unsupported { .. } => Self::new(ErrorKind::Unsupported, error.to_string()),
            FormatError::Value { .. } | FormatError::Schema(_) | FormatError::Limit { .. } => {
                Self::invalid(error.to_string())
            }
        }
    }
}

impl From<ExecError> for ServerError {
    fn from(error: ExecError) -> Self {
        TreeError::from(error).into()
    }
}

impl From<TreeError> for ServerError {
    fn from(error: TreeError) -> Self {
        let kind = match &error {
            TreeError::Request(_) => ErrorKind::Invalid,
            TreeError::Retry(_) | TreeError::LostInput { .. } => ErrorKind::Unavailable,
            TreeError::OutOfResources(_) => ErrorKind::OutOfResources,
            TreeError::DataDamaged(_) => ErrorKind::DataDamaged,
            TreeError::Cancelled(_) => ErrorKind::Cancelled,
            TreeError::Bug(_) => ErrorKind::Internal,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<canopy_txn::TxnError> for ServerError {
    fn from(error: canopy_txn::TxnError) -> Self {
        use canopy_txn::TxnError as T;
        let kind = match &error {
            T::Storage(error) => return error.clone().into(),
            T::Damaged { .. } => ErrorKind::DataDamaged,
            T::Unsupported { .. } => ErrorKind::Unsupported,
            T::Conflict { .. } => ErrorKind::Conflict,
            T::Rejected { .. } | T::Unknown { .. } | T::TooOld { .. } => ErrorKind::Unavailable,
            T::NotFound { .. } | T::NoWarehouse { .. } => ErrorKind::NotFound,
            T::AlreadyExists { .. } => ErrorKind::Duplicate,
            T::Invalid { .. } | T::Limit { .. } | T::AsOf { .. } => ErrorKind::Invalid,
            T::ReadOnly { .. } => ErrorKind::Denied,
        };
        Self::new(kind, error.to_string())
    }
}
