//! A task's inputs: rows that other tasks keep, here or on other leaves, fed into the executor.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use canopy_exec::ExecError;
use canopy_format::Batch;
use canopy_proto::plan::Fragment;
use canopy_proto::tree::{FetchPartitionRequest, InputLocation};
use futures::{FutureExt, StreamExt};
use parking_lot::Mutex;
use tokio::sync::mpsc;

use super::Leaf;
use crate::root::exchange_inputs;
use crate::{Result, TreeError, Worker};

/// Batches in flight between a fetch and the executor.
const BATCHES_IN_FLIGHT: usize = 8;

type Feed = mpsc::Sender<std::result::Result<Batch, ExecError>>;

/// The first failure of any input, for whoever reports the task's end.
#[derive(Default, Clone)]
pub(super) struct Lost(Arc<Mutex<Option<TreeError>>>);

impl Lost {
    /// Takes the failure out.
    pub(super) fn take(&self) -> Option<TreeError> {
        self.0.lock().take()
    }

    fn set(&self, error: TreeError) {
        self.0.lock().get_or_insert(error);
    }
}

/// The receiving ends of a task's inputs.
pub(super) struct Feeds {
    pub(super) receivers: HashMap<u32, mpsc::Receiver<std::result::Result<Batch, ExecError>>>,
    pub(super) lost: Lost,
}

/// Starts to fetch every input of `fragment` and returns the receiving ends.
pub(super) fn feed(
    leaf: &Arc<Leaf>,
    query: &str,
    fragment: &Fragment,
    locations: &[InputLocation],
) -> Result<Feeds> {
    let lost = Lost::default();
    let mut receivers = HashMap::new();
    for input in exchange_inputs(fragment) {
        let (sender, receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
        receivers.insert(input, receiver);
        let producers: Vec<_> = locations.iter().filter(|l| l.fragment_id == input).cloned().collect();
        tokio::spawn(feed_one(leaf.clone(), query.to_owned(), producers, sender, lost.clone()));
    }
    Ok(Feeds { receivers, lost })
}

async fn feed_one(leaf: Arc<Leaf>, query: String, producers: Vec<InputLocation>, sender: Feed, lost: Lost) {
    for location in producers {
        let fed = AssertUnwindSafe(feed_from(&leaf, &query, &location, &sender)).catch_unwind().await;
        // A sender that is dropped without a word means the end of the rows.
        let fed = fed.unwrap_or_else(|_| Err(TreeError::Bug(format!("fetching from {location:?} panicked"))));
        if let Err(error) = fed {
            lost.set(error.clone());
            let _ = sender.send(Err(error.into())).await;
            return;
        }
    }
}

async fn feed_from(leaf: &Leaf, query: &str, location: &InputLocation, sender: &Feed) -> Result<()> {
    if location.address == leaf.address() {
        for batch in leaf.kept(query, location)? {
            if sender.send(Ok(batch)).await.is_err() {
                return Ok(());
            }
        }
        return Ok(());
    }
    let as_lost = |error: TreeError| TreeError::LostInput {
        message: format!("rows kept by {} could not be fetched: {error}", location.address),
        lost: vec![location.clone()],
    };
    let worker = leaf.connections.worker(&location.address)?;
    let request = FetchPartitionRequest {
        query_id: query.to_owned(),
        producer: location.producer,
        partition: location.partition,
    };
    let mut batches = worker.fetch_partition(request).await.map_err(as_lost)?;
    while let Some(batch) = batches.next().await {
        if sender.send(Ok(batch.map_err(as_lost)?)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}
