//! `canopy.query.v1.QueryService` over an [`Engine`].

use std::pin::Pin;
use std::sync::Arc;

use canopy_proto::query::query_service_server::{QueryService, QueryServiceServer};
use canopy_proto::query::{
    CancelJobRequest, ExecuteRequest, ExecuteResponse, GetJobRequest, Job, ListJobsRequest, ListJobsResponse,
    ListTablesRequest, ListTablesResponse,
};
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::client::MESSAGE_BYTES_MAX;
use crate::engine::Engine;

/// Jobs that a list returns when the request does not say.
const LIST_LIMIT: u32 = 100;

/// The client API of a root.
pub struct QueryApi {
    engine: Arc<Engine>,
}

impl QueryApi {
    /// Returns the service, ready to be added to a server.
    pub fn server(engine: Arc<Engine>) -> QueryServiceServer<Self> {
        QueryServiceServer::new(Self { engine })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }
}

#[tonic::async_trait]
impl QueryService for QueryApi {
    type ExecuteStream = Pin<Box<dyn Stream<Item = Result<ExecuteResponse, Status>> + Send>>;

    async fn execute(
        &self,
        request: Request<ExecuteRequest>,
    ) -> Result<Response<Self::ExecuteStream>, Status> {
        let responses = self.engine.execute(request.into_inner());
        Ok(Response::new(Box::pin(responses.map(|response| response.map_err(|error| error.to_status())))))
    }

    async fn get_job(&self, request: Request<GetJobRequest>) -> Result<Response<Job>, Status> {
        let job = self.engine.jobs().get(&request.into_inner().job_id);
        job.map(Response::new).map_err(|error| error.to_status())
    }

    async fn list_jobs(
        &self,
        request: Request<ListJobsRequest>,
    ) -> Result<Response<ListJobsResponse>, Status> {
        let limit = match request.into_inner().limit {
            0 => LIST_LIMIT,
            limit => limit,
        };
        Ok(Response::new(ListJobsResponse { jobs: self.engine.jobs().list(limit as usize) }))
    }

    async fn cancel_job(&self, request: Request<CancelJobRequest>) -> Result<Response<Job>, Status> {
        let job = self.engine.jobs().cancel(&request.into_inner().job_id);
        job.map(Response::new).map_err(|error| error.to_status())
    }

    async fn list_tables(
        &self,
        request: Request<ListTablesRequest>,
    ) -> Result<Response<ListTablesResponse>, Status> {
        let tables = self.engine.list_tables(&request.into_inner().dataset).await;
        tables.map(Response::new).map_err(|error| error.to_status())
    }
}
