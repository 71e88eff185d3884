//! One warehouse: a store, its cache and the snapshot log on it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use canopy_storage::{
    CacheOptions, CachedStore, Counters, DiskOptions, Key, ObjectStore, OpenOptions, ProbeOptions,
    ReadOnlyStore, StorageError, open, probe,
};
use canopy_txn::{Log, LogOptions, Snapshot};
use serde::{Deserialize, Serialize};

use crate::catalog::SourceCache;
use crate::error::Result;
use crate::jobs::now_us;

/// Where the passed probe of a store is noted.
const PROBE_KEY: &str = "probe.json";
/// How long a passed probe of a store that others run is good for.
const PROBE_AGE_MAX: Duration = Duration::from_secs(24 * 3600);

/// How a warehouse is opened.
#[derive(Debug, Clone)]
pub struct WarehouseOptions {
    /// A directory, `s3://bucket/prefix` or `memory:`.
    pub uri: String,
    /// Bytes of file blocks kept in memory.
    pub cache_memory_bytes: u64,
    /// Where and how many bytes of file blocks are kept on local disk; for warehouses elsewhere.
    pub cache_disk: Option<(PathBuf, u64)>,
}

/// An opened warehouse.
pub struct Warehouse {
    uri: String,
    store: Arc<dyn ObjectStore>,
    log: Log,
    sources: SourceCache,
}

/// The note of a passed probe.
#[derive(Serialize, Deserialize)]
struct ProbeNote {
    passed_us: i64,
    races: usize,
}

impl Warehouse {
    /// Opens a warehouse, creating it on first use. A store that breaks create-if-absent is opened
    /// read-only, with a warning.
    ///
    /// # Errors
    /// When the store cannot be reached or the log is damaged.
    pub async fn open(options: WarehouseOptions) -> Result<Arc<Self>> {
        let store = open(&options.uri, &OpenOptions::default()).await?;
        let mut log_options = LogOptions::system();
        let store = match prove(&*store).await {
            Ok(()) => store,
            Err(StorageError::Unsafe { store: uri, reason }) => {
                tracing::warn!(%uri, %reason, "the store does not keep create-if-absent: opened read-only");
                let reason = format!("it does not keep create-if-absent ({reason})");
                log_options.read_only = true;
                Arc::new(ReadOnlyStore::new(store, reason)) as Arc<dyn ObjectStore>
            }
            Err(error) => return Err(error.into()),
        };
        let cached = CachedStore::new(store, cache_options(&options)).await?;
        let store: Arc<dyn ObjectStore> = Arc::new(cached);
        let log = Log::open(store.clone(), log_options).await?;
        Ok(Arc::new(Self { uri: options.uri, store, log, sources: SourceCache::default() }))
    }

    /// Opens only the store, for servers that read files and never the log.
    ///
    /// # Errors
    /// When the URI names no store.
    pub async fn open_store(options: &WarehouseOptions) -> Result<Arc<dyn ObjectStore>> {
        let store = open(&options.uri, &OpenOptions::default()).await?;
        Ok(Arc::new(CachedStore::new(store, cache_options(options)).await?))
    }

    /// The URI it was opened with.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The store, cache in front.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.store
    }

    /// The log.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The state at the end of the log.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        Ok(self.log.snapshot().await?)
    }

    /// Tables as the planner sees them, shared between queries.
    pub(crate) fn sources(&self) -> &SourceCache {
        &self.sources
    }

    /// What the store and its cache have counted.
    pub fn counters(&self) -> Counters {
        self.store.counters()
    }
}

/// Data files and deletion vectors are named once and never change.
fn cache_options(options: &WarehouseOptions) -> CacheOptions {
    let disk = options.cache_disk.clone();
    CacheOptions {
        memory_bytes_max: options.cache_memory_bytes,
        disk: disk.map(|(directory, bytes_max)| DiskOptions { directory, bytes_max }),
        is_immutable: Arc::new(|key: &Key| {
            let key = key.as_str();
            key.ends_with(".cnpy") || key.contains("/deletion/")
        }),
    }
}

/// Has the store prove create-if-absent, unless it has lately.
async fn prove(store: &dyn ObjectStore) -> canopy_storage::Result<()> {
    if store.uri().starts_with("memory:") {
        return Ok(());
    }
    let key = Key::new(PROBE_KEY)?;
    let noted = match store.get(&key).await {
        Ok(bytes) => serde_json::from_slice::<ProbeNote>(&bytes).ok(),
        Err(StorageError::NotFound { .. }) => None,
        Err(error) => return Err(error),
    };
    let is_remote = store.uri().starts_with("s3://");
    let age_max = PROBE_AGE_MAX.as_micros() as i64;
    if noted.is_some_and(|note| !is_remote || now_us() - note.passed_us < age_max) {
        return Ok(());
    }
    let report = probe(store, &ProbeOptions::default()).await?;
    let note = ProbeNote { passed_us: now_us(), races: report.races };
    let bytes = serde_json::to_vec(&note).unwrap_or_default();
    store.put(&key, Bytes::from(bytes)).await
}
