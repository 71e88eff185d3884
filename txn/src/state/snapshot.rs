//! The whole warehouse at one log position.

use std::collections::BTreeMap;
use std::sync::Arc;

use canopy_storage::ObjectStore;

use super::{Definition, DefinitionKind, Expiring, TableState};
use crate::{DomainId, PersistentMap, SessionId, TableId, TransactionId};

/// Properties by name, as their owner spells them.
pub type Options = BTreeMap<String, String>;

/// The datasets and tables at one log position. It never changes; versions share what they have in common.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) seq: u64,
    pub(crate) timestamp_us: i64,
    pub(crate) created_us: i64,
    pub(crate) domain: DomainId,
    /// The CRC of the record at `seq`, which the next record names.
    pub(crate) record_crc: u32,
    pub(crate) datasets: PersistentMap<Arc<str>, DatasetState>,
    pub(crate) tables: PersistentMap<TableId, Arc<TableState>>,
    /// Idempotency keys of late, with what became of them.
    pub(crate) outcomes: Expiring<Arc<str>, Outcome>,
    pub(crate) rejected: Expiring<TransactionId, ()>,
    pub(crate) aborted_sessions: Expiring<SessionId, ()>,
    pub(crate) store: Arc<dyn ObjectStore>,
}

/// What became of a transaction with an idempotency key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) transaction: TransactionId,
    pub(crate) seq: u64,
}

/// A dataset at one log position.
#[derive(Debug, Clone)]
pub struct DatasetState {
    /// The dataset's name.
    pub name: Arc<str>,
    /// When it was created, microseconds since the epoch by the log.
    pub created_us: i64,
    /// Properties.
    pub options: Arc<Options>,
    pub(crate) tables: PersistentMap<Arc<str>, TableId>,
    /// By kind, then name.
    pub(crate) definitions: PersistentMap<(DefinitionKind, Arc<str>), Arc<Definition>>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (datasets, tables) = (self.datasets.len(), self.tables.len());
        f.debug_struct("Snapshot")
            .field("seq", &self.seq)
            .field("timestamp_us", &self.timestamp_us)
            .field("datasets", &datasets)
            .field("tables", &tables)
            .finish_non_exhaustive()
    }
}

impl Snapshot {
    /// Returns the empty state before the first record.
    pub(crate) fn empty(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            seq: 0,
            timestamp_us: i64::MIN,
            created_us: 0,
            domain: DomainId::default(),
            record_crc: 0,
            datasets: PersistentMap::default(),
            tables: PersistentMap::default(),
            outcomes: Expiring::default(),
            rejected: Expiring::default(),
            aborted_sessions: Expiring::default(),
            store,
        }
    }

    /// The log position.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// When the record at this position was committed, microseconds since the epoch by the log.
    pub fn timestamp_us(&self) -> i64 {
        self.timestamp_us
    }

    /// When the warehouse was created.
    pub fn created_us(&self) -> i64 {
        self.created_us
    }

    /// The log's identity.
    pub fn domain(&self) -> DomainId {
        self.domain
    }

    /// The datasets, by name.
    pub fn datasets(&self) -> impl Iterator<Item = &DatasetState> {
        self.datasets.iter().map(|(_, dataset)| dataset)
    }

    /// Returns a dataset by its exact name.
    pub fn dataset(&self, name: &str) -> Option<&DatasetState> {
        self.datasets.get(name)
    }

    /// The tables of a dataset, by name; none when there is no such dataset.
    pub fn tables(&self, dataset: &str) -> impl Iterator<Item = &Arc<TableState>> {
        let names = self.datasets.get(dataset).map(|dataset| dataset.tables.iter());
        names.into_iter().flatten().filter_map(|(_, id)| self.tables.get(id))
    }

    /// Returns a table by its exact dataset and name.
    pub fn table(&self, dataset: &str, name: &str) -> Option<&Arc<TableState>> {
        let id = self.datasets.get(dataset)?.tables.get(name)?;
        self.tables.get(id)
    }

    /// The views and routines of a dataset, by kind, then name; none when there is no such dataset.
    pub fn definitions_of(&self, dataset: &str) -> impl Iterator<Item = &Arc<Definition>> {
        let all = self.datasets.get(dataset).map(|dataset| dataset.definitions.iter());
        all.into_iter().flatten().map(|(_, definition)| definition)
    }

    /// Every view and routine.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.datasets.iter().flat_map(|(_, dataset)| dataset.definitions.iter().map(|(_, d)| &**d))
    }

    /// Returns a view or routine by its exact dataset and name.
    pub fn definition(&self, dataset: &str, kind: DefinitionKind, name: &str) -> Option<&Arc<Definition>> {
        self.datasets.get(dataset)?.definitions.get(&(kind, Arc::from(name)))
    }

    /// Returns a table by its id.
    pub fn table_by_id(&self, id: TableId) -> Option<&Arc<TableState>> {
        self.tables.get(&id)
    }
}
