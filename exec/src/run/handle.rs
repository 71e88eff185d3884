//! A running fragment as its starter sees it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use canopy_proto::plan;
use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::OutputBatch;
use crate::worker::CancelToken;
use crate::{ExecError, Result};

/// A fragment that was started. Dropping `output` cancels it.
pub struct FragmentHandle {
    /// The rows, ended by the channel's close. A failure is its last message, and also in `finished`.
    pub output: mpsc::Receiver<Result<OutputBatch>>,
    /// What the operators did, once all rows are out.
    pub finished: Finished,
    /// Counters that move while the fragment runs.
    pub progress: Arc<Progress>,
}

/// How far a fragment is.
#[derive(Debug, Default)]
pub struct Progress {
    rows_scanned: AtomicU64,
    bytes_processed: AtomicU64,
    stripes_total: AtomicU64,
    stripes_done: AtomicU64,
}

impl Progress {
    /// Rows that scans have decoded or skipped.
    pub fn rows_scanned(&self) -> u64 {
        self.rows_scanned.load(Ordering::Relaxed)
    }

    /// Bytes of projected columns so far.
    pub fn bytes_processed(&self) -> u64 {
        self.bytes_processed.load(Ordering::Relaxed)
    }

    /// Stripes that scans have to look at, as far as files are open.
    pub fn stripes_total(&self) -> u64 {
        self.stripes_total.load(Ordering::Relaxed)
    }

    /// Stripes that scans are done with.
    pub fn stripes_done(&self) -> u64 {
        self.stripes_done.load(Ordering::Relaxed)
    }

    pub(crate) fn add_stripes(&self, count: u64) {
        self.stripes_total.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn stripe_done(&self, rows: u64, bytes: u64) {
        self.stripes_done.fetch_add(1, Ordering::Relaxed);
        self.rows_scanned.fetch_add(rows, Ordering::Relaxed);
        self.bytes_processed.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Resolves to the profiles of the operators when the fragment has ended.
pub struct Finished {
    receiver: oneshot::Receiver<Result<Vec<plan::OperatorProfile>>>,
}

impl Finished {
    /// Runs `task` on the I/O runtime (it only waits for workers), watching the deadline and the reader.
    pub(super) fn supervise(
        io: &tokio::runtime::Handle,
        cancel: CancelToken,
        output: mpsc::Sender<Result<OutputBatch>>,
        task: impl Future<Output = Result<Vec<plan::OperatorProfile>>> + Send + 'static,
    ) -> Self {
        let (sender, receiver) = oneshot::channel();
        io.spawn(async move {
            let outcome = watch(&cancel, &output, task).await;
            let error = outcome.as_ref().err().cloned();
            // Whoever is gone does not want to know.
            let _ = sender.send(outcome);
            if let Some(error) = error {
                let _ = output.send(Err(error)).await;
            }
        });
        Self { receiver }
    }
}

async fn watch(
    cancel: &CancelToken,
    output: &mpsc::Sender<Result<OutputBatch>>,
    task: impl Future<Output = Result<Vec<plan::OperatorProfile>>>,
) -> Result<Vec<plan::OperatorProfile>> {
    let mut task = std::pin::pin!(task);
    let deadline = async {
        match cancel.deadline() {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        outcome = &mut task => return outcome,
        () = deadline => cancel.cancel("deadline exceeded"),
        () = output.closed() => cancel.cancel("nobody reads the rows any more"),
    }
    task.await
}

impl Future for Finished {
    type Output = Result<Vec<plan::OperatorProfile>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.receiver.poll_unpin(context).map(|answer| {
            answer.unwrap_or_else(|_| Err(ExecError::Cancelled("the executor has stopped".into())))
        })
    }
}
