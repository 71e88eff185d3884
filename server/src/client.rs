//! The one face that the command line and tests see: an engine in this process, or a root elsewhere.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canopy_proto::query::query_service_client::QueryServiceClient;
use canopy_proto::query::{
    CancelJobRequest, ExecuteRequest, ExecuteResponse, Job, JobError, ListTablesRequest, ListTablesResponse,
};
use futures::{Stream, StreamExt};
use prost::Message;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};

pub use crate::parameter::parameter;

/// Largest message of the client API.
pub const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// How long a connection to a root may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// What comes back while statements run.
pub type Responses = Pin<Box<dyn Stream<Item = Result<ExecuteResponse, ClientError>> + Send>>;

/// A failed call, as a client sees it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct ClientError {
    /// BigQuery's reason: `invalidQuery`, `notFound`, `resourcesExceeded`, `backendError`, `stopped`.
    pub reason: String,
    /// What failed, where, and what would be right.
    pub message: String,
    /// Position in the text, 1-based; 0 when unknown.
    pub line: u32,
    /// See `line`.
    pub column: u32,
}

impl ClientError {
    /// The error that a status carries.
    pub fn from_status(status: &Status) -> Self {
        if let Ok(error) = JobError::decode(status.details())
            && !error.reason.is_empty()
        {
            return Self {
                reason: error.reason,
                message: error.message,
                line: error.line,
                column: error.column,
            };
        }
        let reason = match status.code() {
            Code::NotFound => "notFound",
            Code::InvalidArgument => "invalid",
            Code::Cancelled => "stopped",
            Code::DeadlineExceeded => "timeout",
            Code::ResourceExhausted => "resourcesExceeded",
            Code::Unauthenticated | Code::PermissionDenied => "accessDenied",
            Code::Unimplemented => "notImplemented",
            _ => "backendError",
        };
        Self { reason: reason.into(), message: status.message().into(), line: 0, column: 0 }
    }
}

/// Runs statements.
#[async_trait]
pub trait Client: Send + Sync {
    /// Runs the statements of a request. Dropping the stream cancels what still runs.
    async fn execute(&self, request: ExecuteRequest) -> Result<Responses, ClientError>;

    /// Asks a job to stop.
    async fn cancel(&self, job_id: &str) -> Result<Job, ClientError>;

    /// Returns the tables of a dataset, or of all when it is empty.
    async fn list_tables(&self, dataset: &str) -> Result<ListTablesResponse, ClientError>;
}

/// Returns a client of the root at `HOST:PORT`.
///
/// # Errors
/// When the address is none, or nothing answers there.
pub async fn connect(address: &str) -> Result<Arc<dyn Client>, ClientError> {
    let failed = |what: String| ClientError { reason: "invalid".into(), message: what, line: 0, column: 0 };
    let uri = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let endpoint = Endpoint::from_shared(uri)
        .map_err(|error| failed(format!("invalid address {address:?}: {error}; expected HOST:PORT")))?
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_nodelay(true);
    let channel = endpoint.connect().await.map_err(|error| {
        let cause = std::error::Error::source(&error).map_or(error.to_string(), |cause| cause.to_string());
        failed(format!("cannot connect to {address}: {cause}"))
    })?;
    let client = QueryServiceClient::new(channel)
        .max_decoding_message_size(MESSAGE_BYTES_MAX)
        .max_encoding_message_size(MESSAGE_BYTES_MAX);
    Ok(Arc::new(Remote { client }))
}

struct Remote {
    client: QueryServiceClient<Channel>,
}

#[async_trait]
impl Client for Remote {
    async fn execute(&self, request: ExecuteRequest) -> Result<Responses, ClientError> {
        let answer = self.client.clone().execute(request).await.map_err(|s| ClientError::from_status(&s))?;
        let responses = answer.into_inner();
        Ok(Box::pin(responses.map(|response| response.map_err(|status| ClientError::from_status(&status)))))
    }

    async fn cancel(&self, job_id: &str) -> Result<Job, ClientError> {
        let request = CancelJobRequest { job_id: job_id.to_owned() };
        let answer = self.client.clone().cancel_job(request).await;
        answer.map(tonic::Response::into_inner).map_err(|status| ClientError::from_status(&status))
    }

    async fn list_tables(&self, dataset: &str) -> Result<ListTablesResponse, ClientError> {
        let request = ListTablesRequest { dataset: dataset.to_owned() };
        let answer = self.client.clone().list_tables(request).await;
        answer.map(tonic::Response::into_inner).map_err(|status| ClientError::from_status(&status))
    }
}
