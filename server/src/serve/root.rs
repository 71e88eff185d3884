//! The root's services: the client API and membership, and a leaf's too in the role `all`.

use std::sync::Arc;

use canopy_proto::query::query_service_server::QueryServiceServer;
use canopy_proto::tree::Role;
use canopy_tree::{Members, MembershipService, Root, WorkerService};
use tonic::transport::Server;

use super::{Parts, ServeOptions, ServeRole, health, reflection, show_counters};
use crate::engine::Engine;
use crate::error::Result;
use crate::grpc::QueryApi;
use crate::http::HttpState;
use crate::metrics::Metrics;
use crate::resources::{ANONYMOUS, Resources, local_leaf};
use crate::warehouse::Warehouse;

pub(super) async fn start(options: &ServeOptions, resources: &Resources, advertise: &str) -> Result<Parts> {
    let warehouse = Warehouse::open(resources.warehouse(&options.warehouse)).await?;
    let executor = resources.executor();
    let members = Members::new();
    let local = (options.role == ServeRole::All)
        .then(|| local_leaf(advertise, &executor, warehouse.store(), resources));
    let root = Root::new(executor, warehouse.store().clone(), local.clone(), members.clone());
    let metrics = Arc::new(Metrics::new());
    let engine = Engine::new(
        warehouse,
        root.clone(),
        metrics.clone(),
        resources.memory_limit_bytes,
        resources.threads,
        // Clients are not authenticated: there is no name to go by.
        ANONYMOUS.to_owned(),
    );
    let mut router = Server::builder()
        .add_service(health::<QueryServiceServer<QueryApi>>().await)
        .add_service(reflection()?)
        .add_service(QueryApi::server(engine.clone()))
        .add_service(MembershipService::server(members.clone()));
    if let Some(leaf) = local {
        router = router.add_service(WorkerService::server(Arc::new(leaf)));
    }
    let refresh = {
        let metrics = metrics.clone();
        move || {
            metrics.jobs_running.set(engine.jobs().running() as i64);
            for (role, name) in [(Role::Leaf, "leaf"), (Role::Mixer, "mixer")] {
                metrics.members.with_label_values(&[name]).set(members.live(role).len() as i64);
            }
            show_counters(&metrics, engine.warehouse().counters());
        }
    };
    let ready = move || match root.leaf_count() {
        0 => Err("no leaf is registered".to_owned()),
        _ => Ok(()),
    };
    let pages = HttpState { metrics, refresh: Arc::new(refresh), ready: Arc::new(ready) };
    Ok(Parts { router, pages, keep: None })
}
