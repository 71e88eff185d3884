//! Plain HTTP beside gRPC: `/metrics` for Prometheus, `/healthz` and `/readyz` for whoever starts servers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;

/// What the pages are made of.
#[derive(Clone)]
pub struct HttpState {
    /// The process's metrics.
    pub metrics: Arc<Metrics>,
    /// Brings the gauges up to date before they are shown.
    pub refresh: Arc<dyn Fn() + Send + Sync>,
    /// Whether this server can do its work; with what it waits for when it cannot.
    pub ready: Arc<dyn Fn() -> Result<(), String> + Send + Sync>,
}

/// Serves the pages until `stop`. Returns the address it listens on.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    state: HttpState,
    stop: CancellationToken,
) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(state);
    tokio::spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the metrics server stopped");
        }
    });
    Ok(bound)
}

async fn metrics(State(state): State<HttpState>) -> impl IntoResponse {
    (state.refresh)();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], state.metrics.render())
}

async fn ready(State(state): State<HttpState>) -> impl IntoResponse {
    match (state.ready)() {
        Ok(()) => (StatusCode::OK, "ready\n".to_owned()),
        Err(waiting) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {waiting}\n")),
    }
}
