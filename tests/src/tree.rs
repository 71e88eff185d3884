//! A tree of servers within this process: one root, mixers and leaves, on loopback, over one directory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use canopy_proto::query::{ExecuteRequest, Job, ListTablesResponse};
use canopy_server::client::{Client, ClientError, Responses, connect};
use canopy_server::resources::Resources;
use canopy_server::serve::{ServeOptions, ServeRole, Serving, serve};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// How long the tree may take to be ready.
const PATIENCE: Duration = Duration::from_secs(30);
/// A heartbeat and a little more: by then the root knows everybody.
const HEARTBEAT: Duration = Duration::from_millis(700);

/// A tree; its servers stop when it is dropped.
pub struct Tree {
    /// A client of the root.
    pub client: Arc<dyn Client>,
    stop: CancellationToken,
    _servers: Vec<Serving>,
    _folder: TempDir,
}

impl Tree {
    /// Starts the servers, one worker thread each, and waits until the root has all of them.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn start(mixers: usize, leaves: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the warehouse");
        let stop = CancellationToken::new();
        let options = |role: ServeRole, roots: Vec<String>| ServeOptions {
            role,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            advertise: None,
            roots,
            http: None,
            warehouse: folder.path().to_str().unwrap_or_default().to_owned(),
            resources: Resources {
                threads: 1,
                memory_limit_bytes: 2 << 30,
                cache_memory_bytes: 256 << 20,
                cache_disk: None,
            },
        };
        let root = serve(options(ServeRole::Root, Vec::new()), stop.clone()).await.expect("a root");
        let address = root.address.to_string();
        let mut servers = vec![root];
        let roles = [vec![ServeRole::Mixer; mixers], vec![ServeRole::Leaf; leaves]].concat();
        for role in roles {
            let member = options(role, vec![address.clone()]);
            servers.push(serve(member, stop.clone()).await.expect("a mixer or leaf"));
        }
        let client = connect(&address).await.expect("the root answers");
        let start = Instant::now();
        while crate::engine::run(&*client, "SELECT 1").await.is_err() {
            assert!(start.elapsed() < PATIENCE, "the tree does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tokio::time::sleep(HEARTBEAT).await;
        Self { client, stop, _servers: servers, _folder: folder }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A client whose bare names mean one dataset.
pub struct InDataset {
    client: Arc<dyn Client>,
    dataset: String,
}

impl InDataset {
    /// Makes the dataset, and a client that looks into it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn create(client: Arc<dyn Client>, dataset: &str) -> Result<Arc<dyn Client>, ClientError> {
        crate::engine::run(&*client, &format!("CREATE SCHEMA {dataset}")).await?;
        Ok(Arc::new(Self { client, dataset: dataset.to_owned() }))
    }
}

#[async_trait]
impl Client for InDataset {
    async fn execute(&self, request: ExecuteRequest) -> Result<Responses, ClientError> {
        self.client.execute(ExecuteRequest { default_dataset: self.dataset.clone(), ..request }).await
    }

    async fn cancel(&self, job_id: &str) -> Result<Job, ClientError> {
        self.client.cancel(job_id).await
    }

    async fn list_tables(&self, dataset: &str) -> Result<ListTablesResponse, ClientError> {
        self.client.list_tables(dataset).await
    }
}
