//! Servers: one process in one or all of the roles root, mixer and leaf.

mod member;
mod root;

use std::net::SocketAddr;

use canopy_storage::Counters;
use canopy_tree::Heartbeats;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::server::NamedService;
use tonic::transport::server::Router;
use tonic_health::pb::health_server::{Health, HealthServer};
use tonic_reflection::server::v1::{ServerReflection, ServerReflectionServer};

use crate::error::{ErrorKind, Result, ServerError};
use crate::http::{self, HttpState};
use crate::metrics::Metrics;
use crate::resources::Resources;

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServeRole {
    /// Takes queries, plans them and finishes them; knows the log.
    Root,
    /// Merges what leaves return.
    Mixer,
    /// Reads files and runs tasks.
    Leaf,
    /// A root with a leaf inside; further leaves may join.
    All,
}

/// How to serve.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// The role.
    pub role: ServeRole,
    /// Where to listen; port 0 picks a free one.
    pub listen: SocketAddr,
    /// Where others reach this server, when that differs from `listen`.
    pub advertise: Option<String>,
    /// The roots that a mixer or leaf registers with, HOST:PORT.
    pub roots: Vec<String>,
    /// Where `/metrics`, `/healthz` and `/readyz` are served; None is nowhere.
    pub http: Option<SocketAddr>,
    /// The warehouse.
    pub warehouse: String,
    /// What the process may use.
    pub resources: Resources,
}

/// A server that has started.
pub struct Serving {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where its pages are.
    pub http: Option<SocketAddr>,
    /// Ends when the server has stopped.
    pub stopped: tokio::task::JoinHandle<std::result::Result<(), tonic::transport::Error>>,
}

/// Starts a server; it stops, finishing what it has begun, when `stop` is cancelled.
///
/// # Errors
/// When the address or the warehouse cannot be opened.
pub async fn serve(options: ServeOptions, stop: CancellationToken) -> Result<Serving> {
    let resources = options.resources.resolved();
    let listener = TcpListener::bind(options.listen).await.map_err(|error| {
        ServerError::new(ErrorKind::Invalid, format!("cannot listen on {}: {error}", options.listen))
    })?;
    let address =
        listener.local_addr().map_err(|error| ServerError::new(ErrorKind::Internal, error.to_string()))?;
    let advertise = options.advertise.clone().unwrap_or_else(|| address.to_string());
    let parts = start_role(&options, &resources, &advertise).await?;
    let http = match options.http {
        None => None,
        Some(address) => Some(http::serve(address, parts.pages, stop.clone()).await.map_err(|error| {
            ServerError::new(ErrorKind::Invalid, format!("cannot listen on {address}: {error}"))
        })?),
    };
    let incoming = TcpListenerStream::new(listener);
    let keep = parts.keep;
    let served = parts.router.serve_with_incoming_shutdown(incoming, stop.cancelled_owned());
    let stopped = tokio::spawn(async move {
        let outcome = served.await;
        drop(keep);
        outcome
    });
    Ok(Serving { address, http, stopped })
}

/// A role's services, pages, and what must live as long as they do.
struct Parts {
    router: Router,
    pages: HttpState,
    keep: Option<Heartbeats>,
}

async fn start_role(options: &ServeOptions, resources: &Resources, advertise: &str) -> Result<Parts> {
    match options.role {
        ServeRole::Root | ServeRole::All => root::start(options, resources, advertise).await,
        ServeRole::Leaf => member::start_leaf(options, resources, advertise).await,
        ServeRole::Mixer => member::start_mixer(options, resources, advertise).await,
    }
}

fn show_counters(metrics: &Metrics, counters: Counters) {
    let shown = [
        ("requests", counters.requests),
        ("retries", counters.retries),
        ("bytes_read", counters.bytes_read),
        ("bytes_written", counters.bytes_written),
        ("cache_memory_hits", counters.memory_hits),
        ("cache_memory_hit_bytes", counters.memory_hit_bytes),
        ("cache_disk_hits", counters.disk_hits),
        ("cache_disk_hit_bytes", counters.disk_hit_bytes),
        ("cache_misses", counters.misses),
        ("cache_miss_bytes", counters.miss_bytes),
        ("cache_memory_bytes", counters.memory_bytes),
        ("cache_disk_bytes", counters.disk_bytes),
    ];
    for (event, count) in shown {
        metrics.storage.with_label_values(&[event]).set(count as i64);
    }
}

/// The standard health service; the named service is serving from the start.
async fn health<S: NamedService>() -> HealthServer<impl Health> {
    let (reporter, service) = tonic_health::server::health_reporter();
    reporter.set_serving::<S>().await;
    service
}

/// The standard reflection service over all contracts.
fn reflection() -> Result<ServerReflectionServer<impl ServerReflection>> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(canopy_proto::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| ServerError::new(ErrorKind::Internal, format!("reflection: {error}")))
}
