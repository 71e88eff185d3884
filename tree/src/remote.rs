//! Workers across the network: connections that are shared, and the client side of the worker service.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canopy_exec::wire;
use canopy_proto::tree::worker_client::WorkerClient;
use canopy_proto::tree::{
    FetchPartitionRequest, ReleaseQueryRequest, RunTasksRequest, TaskOutput, task_output,
};
use futures::StreamExt;
use parking_lot::Mutex;
use prost::Message;
use tonic::transport::{Channel, Endpoint};

use crate::service::MESSAGE_BYTES_MAX;
use crate::{BatchStream, EventStream, Result, TaskEvent, TreeError, Worker};

/// Smaller messages cannot nest too deep: a level takes two bytes at least.
const NESTED_BYTES_MIN: usize = 200;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a silent connection is tested, and how long the answer may take.
const KEEPALIVE: Duration = Duration::from_secs(5);

/// Channels by address, made once and shared; they reconnect by themselves.
#[derive(Default)]
pub struct Connections {
    channels: Mutex<HashMap<String, Channel>>,
}

impl Connections {
    /// Returns the channel to `HOST:PORT`; nothing is sent before its first use.
    ///
    /// # Errors
    /// [`TreeError::Bug`] for an address that is none.
    pub fn channel(&self, address: &str) -> Result<Channel> {
        if let Some(channel) = self.channels.lock().get(address) {
            return Ok(channel.clone());
        }
        let endpoint = Endpoint::from_shared(format!("http://{address}"))
            .map_err(|error| TreeError::Bug(format!("invalid server address {address:?}: {error}")))?
            .connect_timeout(CONNECT_TIMEOUT)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_timeout(KEEPALIVE)
            .keep_alive_while_idle(false)
            .initial_stream_window_size(4 << 20)
            .initial_connection_window_size(16 << 20);
        let channel = endpoint.connect_lazy();
        self.channels.lock().insert(address.to_owned(), channel.clone());
        Ok(channel)
    }

    /// Returns the worker at `HOST:PORT`.
    ///
    /// # Errors
    /// As [`Connections::channel`].
    pub fn worker(&self, address: &str) -> Result<Arc<RemoteWorker>> {
        let client = WorkerClient::new(self.channel(address)?)
            .max_decoding_message_size(MESSAGE_BYTES_MAX)
            .max_encoding_message_size(MESSAGE_BYTES_MAX);
        Ok(Arc::new(RemoteWorker { address: address.to_owned(), client }))
    }
}

/// A leaf or mixer at an address.
pub struct RemoteWorker {
    address: String,
    client: WorkerClient<Channel>,
}

impl RemoteWorker {
    fn failed(&self, status: tonic::Status) -> TreeError {
        TreeError::from_status(&self.address, &status)
    }
}

#[async_trait]
impl Worker for RemoteWorker {
    async fn run_tasks(&self, request: RunTasksRequest) -> Result<EventStream> {
        check_nesting(&request)?;
        let answer = self.client.clone().run_tasks(request).await.map_err(|status| self.failed(status))?;
        let address = self.address.clone();
        let events = answer.into_inner().map(move |message| match message {
            Ok(output) => event_from_proto(output),
            Err(status) => Err(TreeError::from_status(&address, &status)),
        });
        Ok(Box::pin(events))
    }

    async fn fetch_partition(&self, request: FetchPartitionRequest) -> Result<BatchStream> {
        let answer =
            self.client.clone().fetch_partition(request).await.map_err(|status| self.failed(status))?;
        let address = self.address.clone();
        let batches = answer.into_inner().map(move |message| match message {
            Ok(data) => Ok(wire::decode(data.batch)?),
            Err(status) => Err(TreeError::from_status(&address, &status)),
        });
        Ok(Box::pin(batches))
    }

    async fn release_query(&self, query_id: &str) -> Result<()> {
        let request = ReleaseQueryRequest { query_id: query_id.to_owned() };
        self.client.clone().release_query(request).await.map_err(|status| self.failed(status))?;
        Ok(())
    }
}

/// Refuses a fragment that the other side would not read: it takes messages that nest a hundred deep, so that nobody
/// can exhaust its stack. Told here, since there it would look like a passing fault, and be tried again elsewhere.
///
/// # Errors
/// [`TreeError::OutOfResources`].
fn check_nesting(request: &RunTasksRequest) -> Result<()> {
    let plan = RunTasksRequest { fragment: request.fragment.clone(), ..Default::default() };
    if plan.encoded_len() < NESTED_BYTES_MIN
        || RunTasksRequest::decode(plan.encode_to_vec().as_slice()).is_ok()
    {
        return Ok(());
    }
    let message = "Resources exceeded: the query is too complex: a part of its plan nests deeper than servers take from \
                   one another";
    Err(TreeError::OutOfResources(message.into()))
}

fn event_from_proto(output: TaskOutput) -> Result<TaskEvent> {
    match output.kind {
        Some(task_output::Kind::Rows(rows)) => {
            Ok(TaskEvent::Rows { tasks: rows.tasks, batch: wire::decode(rows.batch)? })
        }
        Some(task_output::Kind::Finished(finished)) => Ok(TaskEvent::Finished(finished)),
        Some(task_output::Kind::Failed(failed)) => Ok(TaskEvent::Failed {
            tasks: failed.tasks,
            error: TreeError::from_failure(failed.failure.unwrap_or_default()),
        }),
        None => Err(TreeError::Bug("task output without a kind".into())),
    }
}
