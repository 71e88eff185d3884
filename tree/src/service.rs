//! The server side of the worker service: any [`Worker`] behind gRPC.

use std::pin::Pin;
use std::sync::Arc;

use canopy_exec::wire;
use canopy_proto::tree::worker_server::{self, WorkerServer};
use canopy_proto::tree::{
    FetchPartitionRequest, PartitionData, ReleaseQueryRequest, ReleaseQueryResponse, Rows, RunTasksRequest,
    TaskFailed, TaskOutput, task_output,
};
use futures::{Stream, StreamExt};
use tonic::{Request, Response, Status};

use crate::{TaskEvent, TreeError, Worker};

/// Largest message between servers: batches are cut well below it.
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// A [`Worker`] as a gRPC service.
pub struct WorkerService {
    worker: Arc<dyn Worker>,
}

impl WorkerService {
    /// Returns the service, ready to be added to a server.
    pub fn server(worker: Arc<dyn Worker>) -> WorkerServer<Self> {
        WorkerServer::new(Self { worker })
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX)
    }
}

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl worker_server::Worker for WorkerService {
    type RunTasksStream = Answers<TaskOutput>;
    type FetchPartitionStream = Answers<PartitionData>;

    async fn run_tasks(
        &self,
        request: Request<RunTasksRequest>,
    ) -> Result<Response<Self::RunTasksStream>, Status> {
        let events = self.worker.run_tasks(request.into_inner()).await.map_err(to_status)?;
        let outputs = events.map(|event| event.map(event_to_proto).map_err(to_status));
        Ok(Response::new(Box::pin(outputs)))
    }

    async fn fetch_partition(
        &self,
        request: Request<FetchPartitionRequest>,
    ) -> Result<Response<Self::FetchPartitionStream>, Status> {
        let batches = self.worker.fetch_partition(request.into_inner()).await.map_err(to_status)?;
        let data = batches.map(|b| b.map(|b| PartitionData { batch: wire::encode(&b) }).map_err(to_status));
        Ok(Response::new(Box::pin(data)))
    }

    async fn release_query(
        &self,
        request: Request<ReleaseQueryRequest>,
    ) -> Result<Response<ReleaseQueryResponse>, Status> {
        self.worker.release_query(&request.into_inner().query_id).await.map_err(to_status)?;
        Ok(Response::new(ReleaseQueryResponse {}))
    }
}

fn event_to_proto(event: TaskEvent) -> TaskOutput {
    let kind = match event {
        TaskEvent::Rows { tasks, batch } => {
            task_output::Kind::Rows(Rows { tasks, batch: wire::encode(&batch) })
        }
        TaskEvent::Finished(finished) => task_output::Kind::Finished(finished),
        TaskEvent::Failed { tasks, error } => {
            task_output::Kind::Failed(TaskFailed { tasks, failure: Some(error.to_failure()) })
        }
    };
    TaskOutput { kind: Some(kind) }
}

fn to_status(error: TreeError) -> Status {
    let message = error.to_string();
    match error {
        TreeError::Request(_) | TreeError::Bug(_) => Status::internal(message),
        TreeError::Retry(_) => Status::unavailable(message),
        TreeError::OutOfResources(_) => Status::resource_exhausted(message),
        TreeError::DataDamaged(_) => Status::data_loss(message),
        TreeError::LostInput { .. } => Status::not_found(message),
        TreeError::Cancelled(_) => Status::cancelled(message),
    }
}
