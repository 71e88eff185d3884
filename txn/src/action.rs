//! What a transaction does, action by action, and the record that holds transactions.

use std::sync::Arc;

use canopy_format::Schema;

use crate::state::{Definition, DefinitionKind, FileEntry, ManifestRef, Options};
use crate::{DomainId, FileId, SessionId, TableId, TransactionId};

/// One step of a transaction. Steps of one transaction take effect in order, and together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    CreateDataset {
        name: Arc<str>,
        options: Arc<Options>,
    },
    DropDataset {
        name: Arc<str>,
    },
    CreateTable {
        table: TableId,
        dataset: Arc<str>,
        name: Arc<str>,
        schema: Arc<Schema>,
        options: Arc<Options>,
    },
    DropTable {
        table: TableId,
    },
    SetSchema {
        table: TableId,
        schema: Arc<Schema>,
    },
    SetOptions {
        table: TableId,
        options: Arc<Options>,
    },
    AddFiles {
        table: TableId,
        files: Vec<Arc<FileEntry>>,
    },
    AddManifest {
        table: TableId,
        manifest: ManifestRef,
    },
    RemoveFiles {
        table: TableId,
        files: Vec<RemovedFile>,
    },
    RemoveAllFiles {
        table: TableId,
    },
    RejectTransaction(TransactionId),
    AbortSession(SessionId),
    /// A view or routine that was not there; it is stamped with the time of the record.
    CreateDefinition(Arc<Definition>),
    DropDefinition {
        dataset: Arc<str>,
        kind: DefinitionKind,
        name: Arc<str>,
    },
    SetDatasetOptions {
        name: Arc<str>,
        options: Arc<Options>,
    },
    RenameTable {
        table: TableId,
        name: Arc<str>,
    },
}

/// A file that is taken out of its table. The position that added it leads to the manifest that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RemovedFile {
    pub(crate) id: FileId,
    pub(crate) added_seq: u64,
    pub(crate) row_count: u64,
    pub(crate) byte_size: u64,
}

impl RemovedFile {
    pub(crate) fn of(file: &FileEntry) -> Self {
        Self {
            id: file.id,
            added_seq: file.added_seq,
            row_count: file.live_row_count(),
            byte_size: file.statistics.byte_size,
        }
    }
}

/// A transaction as the log holds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LoggedTransaction {
    pub(crate) id: TransactionId,
    pub(crate) base_seq: u64,
    pub(crate) idempotency_key: Option<Arc<str>>,
    /// The sessions whose objects it names.
    pub(crate) sessions: Vec<SessionId>,
    pub(crate) actions: Vec<Action>,
}

/// One log position: transactions that became visible together, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Record {
    pub(crate) seq: u64,
    pub(crate) previous_crc: u32,
    pub(crate) timestamp_us: i64,
    pub(crate) domain: DomainId,
    pub(crate) transactions: Vec<Arc<LoggedTransaction>>,
}
