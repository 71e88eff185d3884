//! One table at a log position.

use std::sync::Arc;

use canopy_format::Schema;

use super::{FileList, Options, TableFiles};
use crate::{Result, TableId};

/// A table at one log position.
#[derive(Debug, Clone)]
pub struct TableState {
    /// The table's id.
    pub id: TableId,
    /// The dataset that it belongs to.
    pub dataset: Arc<str>,
    /// The name inside the dataset.
    pub name: Arc<str>,
    /// The current schema.
    pub schema: Arc<Schema>,
    /// Every schema that the table had; a file's `schema_id` is a position in it, the last one is the current.
    pub schemas: Arc<[Arc<Schema>]>,
    /// Properties: description, labels, partition and cluster specification and the like, as their owner spells them.
    pub options: Arc<Options>,
    /// When the table was created, microseconds since the epoch by the log.
    pub created_us: i64,
    /// When anything of it was changed last.
    pub modified_us: i64,
    pub(crate) files: FileList,
    pub(crate) last: LastChange,
}

/// The log positions at which a table was changed last, by kind: what conflict checks ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LastChange {
    pub(crate) created: u64,
    pub(crate) append: u64,
    pub(crate) remove: u64,
    pub(crate) overwrite: u64,
    pub(crate) schema: u64,
    pub(crate) breaking_schema: u64,
    pub(crate) options: u64,
}

impl TableState {
    /// Returns the table's files, in the order in which they were added. The first call for a large table reads its
    /// manifests; later ones, and those of later snapshots, share what was read.
    ///
    /// # Errors
    /// When the store cannot deliver a manifest or it is damaged.
    pub async fn files(&self) -> Result<Arc<TableFiles>> {
        self.files.load().await
    }

    /// The id of the current schema.
    pub fn schema_id(&self) -> u32 {
        u32::try_from(self.schemas.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    /// Rows that count, known without reading anything.
    pub fn row_count(&self) -> u64 {
        self.files.row_count
    }

    /// Bytes of the data files.
    pub fn byte_size(&self) -> u64 {
        self.files.byte_size
    }

    /// The number of data files.
    pub fn file_count(&self) -> u64 {
        self.files.file_count
    }

    /// `dataset.name`, for messages.
    pub fn path(&self) -> String {
        format!("{}.{}", self.dataset, self.name)
    }
}
