//! What can go wrong with columns and files, classed by what the caller can do.

/// The result of a format operation.
pub type Result<T> = std::result::Result<T, FormatError>;

/// A failure in building, reading or writing columns.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The bytes of a file are not what the format says they must be.
    #[error("{file} is damaged at {place}: {reason}")]
    Damaged {
        /// The file's path or key.
        file: String,
        /// Where: the section, column, block, page or byte offset.
        place: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// The file was written by a newer or foreign version and cannot be read by this one.
    #[error("{file} needs {needs}, which this version cannot read")]
    Unsupported {
        /// The file's path or key.
        file: String,
        /// The version, feature bit or encoding that is not known.
        needs: String,
    },
    /// A value does not fit the type or mode of its column.
    #[error("column {column}: {reason}")]
    Value {
        /// The dotted path of the column.
        column: String,
        /// What was expected and what was found.
        reason: String,
    },
    /// A schema is not valid, or two schemas do not agree.
    #[error("{0}")]
    Schema(String),
    /// A limit of the format was exceeded.
    #[error("{what} is {found}, over the limit of {limit}")]
    Limit {
        /// What is limited.
        what: String,
        /// What was found.
        found: u64,
        /// The limit.
        limit: u64,
    },
    /// The store could not deliver or take the bytes.
    #[error(transparent)]
    Storage(#[from] canopy_storage::StorageError),
}
