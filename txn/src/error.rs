//! What can go wrong with the log, classed by what the caller can do.

use canopy_storage::StorageError;

use crate::TransactionId;

/// The result of a log operation.
pub type Result<T, E = TxnError> = std::result::Result<T, E>;

/// A failure of the log or of a transaction.
#[derive(Debug, Clone, thiserror::Error)]
pub enum TxnError {
    /// The store could not deliver or take an object.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// An object of the log is not what it must be: data is damaged, do not write.
    #[error("{key} is damaged: {reason}")]
    Damaged {
        /// The object's key.
        key: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// An object of the log was written by a newer version.
    #[error("{key} needs {needs}, which this version cannot read")]
    Unsupported {
        /// The object's key.
        key: String,
        /// The unknown format version or action.
        needs: String,
    },
    /// Another transaction came first: nothing was written, run the statement again.
    #[error("transaction aborted due to concurrent update: {reason}")]
    Conflict {
        /// The table or name, and what the other transaction did to it at which log position.
        reason: String,
    },
    /// The transaction was settled as rejected, or its session was aborted: nothing of it will ever be visible.
    #[error("transaction {transaction} was rejected: {reason}")]
    Rejected {
        /// The transaction.
        transaction: TransactionId,
        /// By what.
        reason: String,
    },
    /// The transaction may or may not be committed; [`crate::Log::settle`] finds out.
    #[error("outcome of transaction {} is unknown: {cause}", .transaction.id)]
    Unknown {
        /// The transaction, as [`crate::Log::settle`] wants it.
        transaction: TransactionTicket,
        /// What prevented an answer.
        cause: String,
    },
    /// The transaction began before log records that may be gone: run the statement again.
    #[error("transaction began at log position {base_seq}, before the oldest kept position {boundary}")]
    TooOld {
        /// Where the transaction began.
        base_seq: u64,
        /// The highest log position that may be gone.
        boundary: u64,
    },
    /// A dataset, table or file does not exist.
    #[error("not found: {what}")]
    NotFound {
        /// The thing and its name.
        what: String,
    },
    /// A dataset or table exists already.
    #[error("already exists: {what}")]
    AlreadyExists {
        /// The thing and its name.
        what: String,
    },
    /// The request is not valid.
    #[error("{reason}")]
    Invalid {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A limit of the log was exceeded.
    #[error("{what} is {found}, over the limit of {limit}")]
    Limit {
        /// What is limited.
        what: String,
        /// What was found.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The log was opened read-only.
    #[error("{store} is opened read-only")]
    ReadOnly {
        /// The store's URI.
        store: String,
    },
    /// There is no log, and read-only opening does not create one.
    #[error("no warehouse in {store}")]
    NoWarehouse {
        /// The store's URI.
        store: String,
    },
    /// A time or log position that cannot be read.
    #[error("cannot read the state as of {asked}: {reason}")]
    AsOf {
        /// The time in microseconds since the epoch, or the log position.
        asked: AsOf,
        /// Why not.
        reason: AsOfReason,
    },
}

/// A point in the log's history, as it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// Microseconds since the epoch.
    Timestamp(i64),
    /// A log position.
    Seq(u64),
}

impl std::fmt::Display for AsOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AsOf::Timestamp(us) => write!(f, "{us} us since the epoch"),
            AsOf::Seq(seq) => write!(f, "log position {seq}"),
        }
    }
}

/// Why a point in history cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AsOfReason {
    /// The warehouse did not exist then.
    #[error("the warehouse was created at {created_us} us since the epoch")]
    BeforeCreation {
        /// The creation time.
        created_us: i64,
    },
    /// Older than what is kept.
    #[error("only what is later than {oldest_us} us since the epoch is kept")]
    BeyondRetention {
        /// The oldest time that can be read.
        oldest_us: i64,
    },
    /// The records from which the state could be rebuilt may be gone.
    #[error("log records up to {boundary} may be gone and no earlier checkpoint is left")]
    Gone {
        /// The highest log position that may be gone.
        boundary: u64,
    },
    /// Later than now, or past the end of the log.
    #[error("it lies in the future")]
    Future,
}

/// What it takes to settle a transaction whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionTicket {
    /// The transaction.
    pub id: TransactionId,
    /// The log position it was based on: it can only be committed after it.
    pub base_seq: u64,
}

impl TxnError {
    /// Whether running the whole statement again, from a new snapshot, may succeed.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Conflict { .. } | Self::TooOld { .. } => true,
            Self::Storage(error) => error.is_transient(),
            _ => false,
        }
    }

    pub(crate) fn damaged(key: impl ToString, reason: impl ToString) -> Self {
        Self::Damaged { key: key.to_string(), reason: reason.to_string() }
    }

    pub(crate) fn invalid(reason: impl Into<String>) -> Self {
        Self::Invalid { reason: reason.into() }
    }
}
