//! What the warehouse looks like at one log position, and how a record changes it.

mod apply;
mod definition;
mod expiring;
mod files;
mod manifest;
mod schema;
mod snapshot;
mod table;

pub use definition::{Definition, DefinitionKind};
pub(crate) use expiring::Expiring;
pub use files::{DeletionVector, FileEntry, NewFile, TableFiles};
pub(crate) use files::{FileList, Sketches, merge_sketches};
pub(crate) use manifest::{Manifest, ManifestHandle, ManifestRef};
pub(crate) use schema::{check_schema, check_successor, is_breaking};
pub(crate) use snapshot::Outcome;
pub use snapshot::{DatasetState, Options, Snapshot};
pub(crate) use table::LastChange;
pub use table::TableState;

/// The `added_seq` of files that a transaction has staged and not committed.
pub const UNCOMMITTED: u64 = u64::MAX;
