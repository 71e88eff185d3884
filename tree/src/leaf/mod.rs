//! A leaf: runs tasks on its executor, keeps the rows of shuffles and broadcasts, streams the others.

mod inputs;
mod task;

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

use async_trait::async_trait;
use canopy_exec::{CancelToken, Executor};
use canopy_proto::tree::{FetchPartitionRequest, InputLocation, RunTasksRequest};
use canopy_storage::ObjectStore;
use futures::{Stream, stream};
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::shuffle::Shuffle;
use crate::{BatchStream, Connections, EventStream, Result, TaskEvent, TreeError, Worker};

/// Events in flight between a task and whoever reads them.
const EVENTS_IN_FLIGHT: usize = 8;

/// What a leaf is made of.
pub struct LeafOptions {
    /// Where other servers reach it, HOST:PORT; `local` in the embedded mode.
    pub address: String,
    /// Runs fragments.
    pub executor: Arc<Executor>,
    /// Where the files are.
    pub store: Arc<dyn ObjectStore>,
    /// Most bytes kept for shuffles and broadcasts.
    pub shuffle_bytes_max: u64,
}

/// A server that runs tasks itself.
pub struct Leaf {
    address: String,
    executor: Arc<Executor>,
    store: Arc<dyn ObjectStore>,
    shuffle: Shuffle,
    connections: Connections,
    running: AtomicU32,
    tokens: Mutex<HashMap<String, Vec<CancelToken>>>,
}

impl Leaf {
    /// Returns a leaf without tasks.
    pub fn new(options: LeafOptions) -> Arc<Self> {
        Arc::new(Self {
            address: options.address,
            executor: options.executor,
            store: options.store,
            shuffle: Shuffle::new(options.shuffle_bytes_max),
            connections: Connections::default(),
            running: AtomicU32::new(0),
            tokens: Mutex::default(),
        })
    }

    /// Tasks running now.
    pub fn tasks_running(&self) -> u32 {
        self.running.load(Ordering::Relaxed)
    }

    /// Bytes kept for readers of finished tasks.
    pub fn shuffle_bytes(&self) -> u64 {
        self.shuffle.bytes()
    }

    /// Its address.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Starts the tasks and returns their events; needs the `Arc` because tasks outlive the call.
    pub(crate) fn start(self: &Arc<Self>, request: RunTasksRequest) -> Result<EventStream> {
        let context =
            request.context.ok_or_else(|| TreeError::Bug("request without a query context".into()))?;
        let fragment = request.fragment.ok_or_else(|| TreeError::Bug("request without a fragment".into()))?;
        let token = CancelToken::new();
        self.tokens.lock().entry(context.query_id.clone()).or_default().push(token.clone());
        let run = Arc::new(task::TaskRun {
            leaf: self.clone(),
            context,
            fragment,
            token: token.clone(),
            timeout_us: request.timeout_us,
        });
        let (events, receiver) = mpsc::channel(EVENTS_IN_FLIGHT);
        for task in request.tasks {
            tokio::spawn(run.clone().run(task, events.clone()));
        }
        Ok(Box::pin(CancelOnDrop { inner: ReceiverStream::new(receiver), token }))
    }

    /// The complete rows that a finished task keeps here.
    pub(crate) fn kept(&self, query_id: &str, location: &InputLocation) -> Result<Vec<canopy_format::Batch>> {
        let producer = location.producer.unwrap_or_default();
        self.shuffle.get(query_id, producer, location.partition).ok_or_else(|| TreeError::LostInput {
            message: format!("{} keeps no rows of task {producer:?} of query {query_id}", self.address),
            lost: vec![location.clone()],
        })
    }
}

/// The worker interface of a shared leaf.
#[async_trait]
impl Worker for Arc<Leaf> {
    async fn run_tasks(&self, request: RunTasksRequest) -> Result<EventStream> {
        self.start(request)
    }

    async fn fetch_partition(&self, request: FetchPartitionRequest) -> Result<BatchStream> {
        let location = InputLocation {
            fragment_id: request.producer.unwrap_or_default().fragment_id,
            producer: request.producer,
            address: self.address.clone(),
            partition: request.partition,
        };
        let batches = self.kept(&request.query_id, &location)?;
        Ok(Box::pin(stream::iter(batches.into_iter().map(Ok))))
    }

    async fn release_query(&self, query_id: &str) -> Result<()> {
        for token in self.tokens.lock().remove(query_id).unwrap_or_default() {
            token.cancel("the query ended");
        }
        self.shuffle.release(query_id);
        Ok(())
    }
}

/// Cancels the tasks when their reader goes away.
struct CancelOnDrop {
    inner: ReceiverStream<Result<TaskEvent>>,
    token: CancelToken,
}

impl Stream for CancelOnDrop {
    type Item = Result<TaskEvent>;
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.inner).poll_next(context)
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.token.cancel("its reader went away");
    }
}
