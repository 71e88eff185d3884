//! What a process may use, and the parts made of it.

use std::path::PathBuf;
use std::sync::Arc;

use canopy_exec::{Executor, ExecutorOptions};
use canopy_storage::ObjectStore;
use canopy_tree::{Leaf, LeafOptions, Members, Root};

use crate::engine::Engine;
use crate::error::Result;
use crate::metrics::Metrics;
use crate::warehouse::{Warehouse, WarehouseOptions};

/// What a process may use, whatever its role.
#[derive(Debug, Clone, Default)]
pub struct Resources {
    /// Worker threads; 0 is one a core.
    pub threads: usize,
    /// Memory for queries; 0 is half of the machine's.
    pub memory_limit_bytes: u64,
    /// Memory for file blocks; 0 is a quarter of the machine's.
    pub cache_memory_bytes: u64,
    /// Local disk for file blocks: the directory and its size.
    pub cache_disk: Option<(PathBuf, u64)>,
}

/// The share of memory that queries get by default, as a divisor.
const MEMORY_SHARE: u64 = 2;
/// The share of memory that cached file blocks get by default, as a divisor.
const CACHE_SHARE: u64 = 4;
/// What is assumed where the machine does not tell its memory.
const MEMORY_UNKNOWN: u64 = 4 << 30;

/// The name of users that nothing is known of.
pub(crate) const ANONYMOUS: &str = "anonymous";

impl Resources {
    /// The same with every default filled in for this machine.
    pub(crate) fn resolved(&self) -> Self {
        let memory = machine_memory().unwrap_or(MEMORY_UNKNOWN);
        let or = |given: u64, default: u64| if given == 0 { default } else { given };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: if self.threads == 0 { cores } else { self.threads },
            memory_limit_bytes: or(self.memory_limit_bytes, memory / MEMORY_SHARE),
            cache_memory_bytes: or(self.cache_memory_bytes, memory / CACHE_SHARE),
            cache_disk: self.cache_disk.clone(),
        }
    }

    pub(crate) fn warehouse(&self, uri: &str) -> WarehouseOptions {
        WarehouseOptions {
            uri: uri.to_owned(),
            cache_memory_bytes: self.cache_memory_bytes,
            cache_disk: self.cache_disk.clone(),
        }
    }

    pub(crate) fn executor(&self) -> Arc<Executor> {
        Executor::new(ExecutorOptions {
            threads: self.threads,
            memory_limit_bytes: self.memory_limit_bytes,
            io: tokio::runtime::Handle::current(),
        })
    }
}

/// The user who runs this process, by the environment.
fn operating_system_user() -> String {
    let named = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| ANONYMOUS.to_owned())
}

/// Total memory by the kernel's account, cut to the control group's limit where there is one.
fn machine_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
    let total = line.split_whitespace().nth(1)?.parse::<u64>().ok()? << 10;
    let group = std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = group.and_then(|text| text.trim().parse::<u64>().ok());
    Some(limit.map_or(total, |limit| limit.min(total)))
}

/// Returns an engine in this process over the warehouse at `uri`.
///
/// # Errors
/// When the warehouse cannot be opened.
pub async fn embedded_engine(uri: &str, resources: &Resources) -> Result<Arc<Engine>> {
    let resources = resources.resolved();
    let warehouse = Warehouse::open(resources.warehouse(uri)).await?;
    let executor = resources.executor();
    let leaf = local_leaf("local", &executor, warehouse.store(), &resources);
    let root = Root::new(executor, warehouse.store().clone(), Some(leaf), Members::new());
    Ok(Engine::new(
        warehouse,
        root,
        Arc::new(Metrics::new()),
        resources.memory_limit_bytes,
        resources.threads,
        operating_system_user(),
    ))
}

/// Returns a leaf of this process.
pub(crate) fn local_leaf(
    address: &str,
    executor: &Arc<Executor>,
    store: &Arc<dyn ObjectStore>,
    resources: &Resources,
) -> Arc<Leaf> {
    Leaf::new(LeafOptions {
        address: address.to_owned(),
        executor: executor.clone(),
        store: store.clone(),
        shuffle_bytes_max: resources.memory_limit_bytes,
    })
}
