//! The running merge of a mixer: rows of finished tasks in, merged rows out at the end.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_exec::{CancelToken, ExecError, Executor, FragmentRun};
use canopy_format::Batch;
use canopy_proto::plan::{Fragment, OperatorProfile, QueryContext};
use canopy_storage::ObjectStore;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::merge_fragment;
use crate::{Result, TreeError};

/// Batches in flight into the merge.
const BATCHES_IN_FLIGHT: usize = 8;

/// A merge operator at work. Dropping it cancels.
pub(super) struct Merge {
    input: mpsc::Sender<std::result::Result<Batch, ExecError>>,
    output: JoinHandle<Result<(Vec<Batch>, Vec<OperatorProfile>)>>,
    token: CancelToken,
}

impl Merge {
    /// Starts the fragment's mixer operator.
    pub(super) fn start(
        executor: &Arc<Executor>,
        store: Arc<dyn ObjectStore>,
        context: &QueryContext,
        fragment: &Fragment,
    ) -> Result<Self> {
        let (input, receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
        let token = CancelToken::new();
        let mut handle = executor.run(FragmentRun {
            context: context.clone(),
            fragment: merge_fragment(fragment),
            splits: Vec::new(),
            inputs: HashMap::from([(fragment.id, receiver)]),
            store,
            task: 0,
            cancel: token.clone(),
        });
        let output = tokio::spawn(async move {
            let mut batches = Vec::new();
            while let Some(output) = handle.output.recv().await {
                batches.push(output?.batch);
            }
            Ok((batches, handle.finished.await?))
        });
        Ok(Self { input, output, token })
    }

    /// Merges a batch. A merge that has failed says so in [`Merge::finish`].
    pub(super) async fn push(&mut self, batch: Batch) {
        let _ = self.input.send(Ok(batch)).await;
    }

    /// Ends the input and returns the merged rows.
    pub(super) async fn finish(mut self) -> Result<(Vec<Batch>, Vec<OperatorProfile>)> {
        let (closed, _) = mpsc::channel(1);
        drop(std::mem::replace(&mut self.input, closed));
        (&mut self.output).await.map_err(|error| TreeError::Bug(format!("merge panicked: {error}")))?
    }
}

impl Drop for Merge {
    fn drop(&mut self) {
        self.token.cancel("its reader went away");
    }
}
