//! Where statements go: an engine in this process, or a root elsewhere.

use std::path::Path;
use std::sync::Arc;

use canopy_proto::query::ExecuteRequest;
use canopy_server::client::{self, Client};
use canopy_server::engine::Engine;
use canopy_server::resources::{Resources, embedded_engine};

use crate::args::Global;
use crate::failure::{Failure, Result};

/// A client, and what every request of this command line has in common.
pub struct Session {
    /// Runs statements.
    pub client: Arc<dyn Client>,
    /// Completes bare table names.
    pub dataset: String,
    /// What it is connected to, for people.
    pub place: String,
    /// True when statements run in this process.
    pub is_embedded: bool,
}

impl Session {
    /// Connects, or opens the warehouse in this process.
    pub async fn open(global: &Global) -> Result<Self> {
        if let Some(address) = &global.connect {
            let client = client::connect(address).await.map_err(|error| {
                Failure::failed(format!("{error}\n  is a root running there? `canopy serve` starts one"))
            })?;
            let (dataset, place) = (global.dataset.clone(), address.clone());
            return Ok(Self { client, dataset, place, is_embedded: false });
        }
        let client = canopy_server::embedded(open_engine(global, &global.warehouse).await?);
        let (dataset, place) = (global.dataset.clone(), global.warehouse.clone());
        Ok(Self { client, dataset, place, is_embedded: true })
    }

    /// A request for statements.
    pub fn request(&self, sql: impl Into<String>) -> ExecuteRequest {
        ExecuteRequest { sql: sql.into(), default_dataset: self.dataset.clone(), ..Default::default() }
    }
}

/// Opens an engine over a warehouse in this process, and says so when it makes a new one.
pub async fn open_engine(global: &Global, warehouse: &str) -> Result<Arc<Engine>> {
    let is_new = local_path(warehouse).is_some_and(|path| !path.join("log").exists());
    let engine = embedded_engine(warehouse, &resources(global)).await;
    let engine =
        engine.map_err(|error| Failure::failed(format!("cannot open the warehouse {warehouse}: {error}")))?;
    if is_new {
        eprintln!("note: made a new warehouse in {warehouse}");
    }
    Ok(engine)
}

/// The directory of a warehouse that is one.
pub fn local_path(warehouse: &str) -> Option<&Path> {
    match warehouse.strip_prefix("file://") {
        Some(path) => Some(Path::new(path)),
        None if warehouse.starts_with("s3://") || warehouse.starts_with("memory:") => None,
        None => Some(Path::new(warehouse)),
    }
}

/// What the options allow this process to use.
pub fn resources(global: &Global) -> Resources {
    Resources {
        threads: global.threads,
        memory_limit_bytes: global.memory,
        cache_memory_bytes: global.cache_memory,
        cache_disk: global.cache_dir.clone().map(|directory| (directory, global.cache_disk)),
    }
}
