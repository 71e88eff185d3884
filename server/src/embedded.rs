//! The client of an engine in this process: the same messages, no network.

use std::sync::Arc;

use async_trait::async_trait;
use canopy_proto::query::{ExecuteRequest, Job, ListTablesResponse};
use futures::StreamExt;

use crate::client::{Client, ClientError, Responses};
use crate::engine::Engine;

/// Returns the client of an engine in this process.
pub fn embedded(engine: Arc<Engine>) -> Arc<dyn Client> {
    Arc::new(Embedded { engine })
}

struct Embedded {
    engine: Arc<Engine>,
}

#[async_trait]
impl Client for Embedded {
    async fn execute(&self, request: ExecuteRequest) -> Result<Responses, ClientError> {
        let responses = self.engine.execute(request);
        Ok(Box::pin(responses.map(|response| response.map_err(|error| error.to_client()))))
    }

    async fn cancel(&self, job_id: &str) -> Result<Job, ClientError> {
        self.engine.jobs().cancel(job_id).map_err(|error| error.to_client())
    }

    async fn list_tables(&self, dataset: &str) -> Result<ListTablesResponse, ClientError> {
        self.engine.list_tables(dataset).await.map_err(|error| error.to_client())
    }
}
