//! What can go wrong with an object, classed by what the caller can do.

/// The result of a storage operation.
pub type Result<T, E = StorageError> = std::result::Result<T, E>;

/// A failed storage operation: the key (or store) it concerns and what the store said.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// The object does not exist.
    #[error("object {key} not found in {store}")]
    NotFound {
        /// The store's URI.
        store: String,
        /// The missing key.
        key: String,
    },
    /// The range asked for lies outside the object.
    #[error("range {start}..{end} of {key} is outside its {size} bytes")]
    RangeOutside {
        /// The object's key.
        key: String,
        /// First byte asked for.
        start: u64,
        /// One past the last byte asked for.
        end: u64,
        /// The object's size.
        size: u64,
    },
    /// The store refused the credentials or the operation; retrying does not help.
    #[error("access to {key} in {store} denied: {reason}")]
    Denied {
        /// The store's URI.
        store: String,
        /// The key.
        key: String,
        /// What the store said.
        reason: String,
    },
    /// The store could not be reached or answered with a passing failure, after all retries.
    #[error("{operation} of {key} in {store} failed after {attempts} attempt(s): {reason}")]
    Unavailable {
        /// The store's URI.
        store: String,
        /// The key.
        key: String,
        /// What was tried: get, put, list, delete.
        operation: &'static str,
        /// How many attempts were made.
        attempts: u32,
        /// The last failure.
        reason: String,
    },
    /// The key, URI or configuration is not valid.
    #[error("{reason}")]
    Invalid {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The store breaks a promise that the log depends on, so it may only be opened read-only.
    #[error("{store} does not keep create-if-absent: {reason}")]
    Unsafe {
        /// The store's URI.
        store: String,
        /// How the probe failed.
        reason: String,
    },
}

impl StorageError {
    /// Whether the same call may succeed later: only [`StorageError::Unavailable`] is worth a retry.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}
