//! Objects on local disk, in memory and on S3-compatible stores, behind one trait.
//!
//! Owns keys, bytes and the promise of create-if-absent; knows nothing of columns, logs or SQL.
//! Start from [`ObjectStore`].

mod error;
mod object;

pub use error::{Result, StorageError};
pub use object::{Key, ObjectMeta, ObjectStore, PutOutcome};
