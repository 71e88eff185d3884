//! The services of leaves and mixers, which register with their roots.

use std::sync::Arc;

use canopy_proto::tree::Role;
use canopy_proto::tree::worker_server::WorkerServer;
use canopy_tree::{Heartbeats, Mixer, Worker, WorkerService};
use tonic::transport::Server;

use super::{Parts, ServeOptions, health, reflection, show_counters};
use crate::error::{Result, ServerError};
use crate::http::HttpState;
use crate::metrics::Metrics;
use crate::resources::{Resources, local_leaf};
use crate::warehouse::Warehouse;

/// Starts a leaf.
pub(super) async fn start_leaf(
    options: &ServeOptions,
    resources: &Resources,
    advertise: &str,
) -> Result<Parts> {
    let store = Warehouse::open_store(&resources.warehouse(&options.warehouse)).await?;
    let leaf = local_leaf(advertise, &resources.executor(), &store, resources);
    let metrics = Arc::new(Metrics::new());
    let (shown, shown_leaf) = (metrics.clone(), leaf.clone());
    let refresh = move || {
        shown.tasks_running.set(shown_leaf.tasks_running() as i64);
        shown.shuffle_bytes.set(shown_leaf.shuffle_bytes() as i64);
        show_counters(&shown, store.counters());
    };
    let busy = leaf.clone();
    let heartbeats = register(options, resources, advertise, Role::Leaf, move || busy.tasks_running())?;
    parts(Arc::new(leaf), heartbeats, metrics, Arc::new(refresh)).await
}

/// Starts a mixer.
pub(super) async fn start_mixer(
    options: &ServeOptions,
    resources: &Resources,
    advertise: &str,
) -> Result<Parts> {
    let store = Warehouse::open_store(&resources.warehouse(&options.warehouse)).await?;
    let mixer = Mixer::new(resources.executor(), store);
    let heartbeats = register(options, resources, advertise, Role::Mixer, || 0)?;
    parts(mixer, heartbeats, Arc::new(Metrics::new()), Arc::new(|| ())).await
}

fn register(
    options: &ServeOptions,
    resources: &Resources,
    advertise: &str,
    role: Role,
    busy: impl Fn() -> u32 + Send + Sync + 'static,
) -> Result<Heartbeats> {
    if options.roots.is_empty() {
        return Err(ServerError::invalid("a leaf or mixer needs --root HOST:PORT, at least one"));
    }
    let slots = resources.threads as u32;
    Ok(Heartbeats::start(role, advertise, slots, Arc::new(busy), &options.roots)?)
}

async fn parts(
    worker: Arc<dyn Worker>,
    heartbeats: Heartbeats,
    metrics: Arc<Metrics>,
    refresh: Arc<dyn Fn() + Send + Sync>,
) -> Result<Parts> {
    let router = Server::builder()
        .add_service(health::<WorkerServer<WorkerService>>().await)
        .add_service(reflection()?)
        .add_service(WorkerService::server(worker));
    let reached = heartbeats.roots_reached();
    let ready = move || match reached.load(std::sync::atomic::Ordering::Relaxed) {
        0 => Err("no root answers heartbeats".to_owned()),
        _ => Ok(()),
    };
    let pages = HttpState { metrics, refresh, ready: Arc::new(ready) };
    Ok(Parts { router, pages, keep: Some(heartbeats) })
}
