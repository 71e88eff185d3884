//! Opening files and fetching stripes ahead of the workers, within a budget of bytes in flight.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use canopy_format::{ColumnPredicate, ColumnTest, FileReader, StripeData};
use futures::stream::{self, StreamExt};
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc};

use super::ScanPlan;
use super::resolve::ResolvedFile;
use crate::kernel::hash::mix;
use crate::memory::Reservation;
use crate::operator::FragmentContext;
use crate::pipeline::Metrics;
use crate::{ExecError, Result};

/// Bytes of stripes fetched and not yet decoded.
const WINDOW_BYTES: u64 = 64 << 20;
/// Unit in which the window is counted.
const PERMIT_BYTES: u64 = 64 << 10;
/// Files that are opened at once.
const OPENS: usize = 8;
/// Stripes that are fetched at once.
const FETCHES: usize = 8;
/// Stripes that wait for a worker.
const WAITING: usize = 4;

/// A stripe that is there to be decoded.
pub(super) struct Stripe {
    pub(super) file: Arc<ResolvedFile>,
    pub(super) data: Arc<StripeData>,
    _permit: OwnedSemaphorePermit,
    _memory: Reservation,
}

/// Stripes as they come in; shared by the workers.
pub(super) type Stripes = Arc<Mutex<mpsc::Receiver<Result<Stripe>>>>;

/// Starts fetching; it stops when all readers are gone.
pub(super) fn start(plan: &Arc<ScanPlan>, context: &Arc<FragmentContext>, metrics: &Arc<Metrics>) -> Stripes {
    let (sender, receiver) = mpsc::channel(WAITING);
    let fetcher = Fetcher {
        plan: plan.clone(),
        context: context.clone(),
        metrics: metrics.clone(),
        window: Arc::new(Semaphore::new((WINDOW_BYTES / PERMIT_BYTES) as usize)),
    };
    context.io.spawn(async move {
        tokio::select! {
            () = fetcher.run(&sender) => {}
            () = sender.closed() => {}
            () = fetcher.context.cancel.cancelled() => {}
        }
    });
    Arc::new(Mutex::new(receiver))
}

struct Fetcher {
    plan: Arc<ScanPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    window: Arc<Semaphore>,
}

impl Fetcher {
    async fn run(&self, sender: &mpsc::Sender<Result<Stripe>>) {
        let opened = stream::iter(self.plan.units())
            .map(|(file, first, count)| async move { self.open(file, first, count).await })
            .buffered(OPENS);
        let stripes = opened.flat_map(|opened| {
            let list = match opened {
                Ok((file, stripes)) => stripes.into_iter().map(|stripe| Ok((file.clone(), stripe))).collect(),
                Err(error) => vec![Err(error)],
            };
            stream::iter(list)
        });
        let fetched = stripes
            .map(|stripe| async move {
                let (file, stripe) = stripe?;
                self.fetch(file, stripe).await
            })
            .buffered(FETCHES);
        let mut fetched = std::pin::pin!(fetched);
        while let Some(stripe) = fetched.next().await {
            let failed = stripe.is_err();
            if sender.send(stripe).await.is_err() || failed {
                return;
            }
        }
    }

    /// Opens a file and says which of the stripes `first ..` may hold rows that pass.
    async fn open(&self, file: usize, first: u32, count: u32) -> Result<(Arc<ResolvedFile>, Vec<usize>)> {
        let file = &self.plan.files[file];
        let store = self.context.store.clone();
        let reader = FileReader::open(store, file.key.clone(), file.byte_size, file.footer_offset).await?;
        let deleted = file.deleted_rows(&*self.context.store, reader.row_count()).await?;
        let resolved = ResolvedFile::new(&self.plan, reader, file.first_row, deleted)?;
        let mut predicates = resolved.predicates.clone();
        predicates.extend(self.runtime_predicates(&resolved));
        let range = first as usize..(first as usize).saturating_add(count as usize);
        let total = range.end.min(resolved.reader.stripe_count()).saturating_sub(range.start);
        let mut stripes = resolved.reader.prune(&predicates)?.stripes;
        stripes.retain(|stripe| range.contains(stripe));
        if let Some(fraction) = self.plan.sample_fraction {
            let seed = self.context.evaluation.random_seed;
            stripes.retain(|stripe| is_sampled(seed, file.file_id, *stripe as u64, fraction));
        }
        let skipped = total - stripes.len();
        let blocks = resolved.columns as u64;
        self.metrics.blocks_skipped.fetch_add(skipped as u64 * blocks, Ordering::Relaxed);
        self.context.progress.add_stripes(stripes.len() as u64);
        Ok((Arc::new(resolved), stripes))
    }

    /// Those tests of ready runtime filters that statistics can decide.
    fn runtime_predicates(&self, file: &ResolvedFile) -> Vec<ColumnPredicate> {
        let mut predicates = Vec::new();
        for &(filter_id, column) in &self.plan.runtime_filters {
            let (Some(tests), Some(field)) =
                (self.context.runtime_filters.get(filter_id), file.leaves[column])
            else {
                continue;
            };
            let decidable = tests.iter().filter(|test| !matches!(test, ColumnTest::MayContain(_)));
            predicates.extend(decidable.map(|test| ColumnPredicate { field, test: test.clone() }));
        }
        predicates
    }

    async fn fetch(&self, file: Arc<ResolvedFile>, stripe: usize) -> Result<Stripe> {
        let bytes = file.reader.stripe_bytes(&file.projection, stripe)?;
        // A stripe larger than the window goes alone.
        let permits = bytes.div_ceil(PERMIT_BYTES).clamp(1, WINDOW_BYTES / PERMIT_BYTES) as u32;
        let permit = self.window.clone().acquire_many_owned(permits).await;
        let permit = permit.map_err(|error| ExecError::Internal(error.to_string()))?;
        let mut memory = self.context.memory.reservation(&self.metrics.memory);
        memory.grow_to(bytes as usize)?;
        let data = file.reader.fetch_stripe(&file.projection, stripe).await?;
        self.metrics.bytes_fetched.fetch_add(bytes, Ordering::Relaxed);
        self.metrics.blocks_read.fetch_add(file.columns as u64, Ordering::Relaxed);
        Ok(Stripe { file, data, _permit: permit, _memory: memory })
    }
}

/// True for the stripes of a sample: each independently, by a hash of the query's seed and its place.
fn is_sampled(seed: u64, file_id: u64, stripe: u64, fraction: f64) -> bool {
    let hash = mix(seed ^ mix(file_id ^ mix(stripe + 1)));
    // 53 bits are a float's.
    ((hash >> 11) as f64) < fraction * (1u64 << 53) as f64
}
