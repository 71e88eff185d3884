//! The log of one warehouse: opening it, reading it, and what its parts share.

mod as_of;
mod checkpoint;
mod open;
mod read;
mod settle;

use std::collections::VecDeque;
use std::sync::Arc;

use canopy_storage::ObjectStore;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::action::Record;
use crate::commit::Queue;
use crate::{LogOptions, Result, Session, SessionId, Snapshot, TableId, TransactionId, TxnError};

pub(crate) use checkpoint::manifest_files;
pub(crate) use open::micros;
pub(crate) use read::{FoundRecord, RecordReader};
pub use settle::Settled;

/// A warehouse's log, opened by one process. Clones share everything.
#[derive(Clone)]
pub struct Log {
    pub(crate) shared: Arc<Shared>,
}

/// What the clones of a [`Log`] and its background work share.
pub(crate) struct Shared {
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) options: LogOptions,
    head: Mutex<Head>,
    rng: Mutex<StdRng>,
    session: tokio::sync::Mutex<Option<Arc<Session>>>,
    pub(crate) queue: Mutex<Queue>,
    /// The latest checkpoint that this process read or wrote; locked while one is written.
    checkpoint: tokio::sync::Mutex<Option<Arc<checkpoint::LoadedCheckpoint>>>,
}

/// The log as far as this process has read it.
#[derive(Debug)]
struct Head {
    current: Arc<Snapshot>,
    /// The records before, the newest last, each with the state it led to.
    history: VecDeque<Step>,
    /// The highest position that may be gone, as last read.
    boundary: u64,
}

/// A record and the state after it.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) record: Arc<Record>,
    pub(crate) snapshot: Arc<Snapshot>,
}

/// How many positions stay in memory: for validation, and for reading a while back without the store.
///
/// More than the records between two checkpoints; at worst 32 MiB, because a record is at most some 256 KiB.
const HISTORY_MAX: usize = 128;

impl std::fmt::Debug for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Log")
            .field("store", &self.shared.store.uri())
            .field("seq", &self.shared.current().seq)
            .finish()
    }
}

impl Log {
    /// Returns the state at the end of the log: whatever was committed before the call is in it.
    pub async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        self.shared.refresh().await
    }

    /// Returns the latest state that this process has read, without asking the store.
    pub fn cached_snapshot(&self) -> Arc<Snapshot> {
        self.shared.current()
    }

    /// The store under the log.
    pub fn store(&self) -> &Arc<dyn ObjectStore> {
        &self.shared.store
    }

    /// Returns the session to write into, a new one every hour.
    pub async fn session(&self) -> Result<Arc<Session>> {
        self.shared.session().await
    }
}

impl Shared {
    pub(crate) fn new(
        store: Arc<dyn ObjectStore>,
        options: LogOptions,
        rng: StdRng,
        state: Arc<Snapshot>,
    ) -> Self {
        let head = Head { current: state, history: VecDeque::new(), boundary: 0 };
        Self {
            store,
            head: Mutex::new(head),
            rng: Mutex::new(rng),
            session: tokio::sync::Mutex::default(),
            queue: Mutex::default(),
            checkpoint: tokio::sync::Mutex::default(),
            options,
        }
    }

    pub(crate) fn current(&self) -> Arc<Snapshot> {
        Arc::clone(&self.head.lock().current)
    }

    pub(crate) fn boundary(&self) -> u64 {
        self.head.lock().boundary
    }

    pub(crate) fn now_us(&self) -> i64 {
        self.options.clock.now_us()
    }

    /// Returns what a closure makes with the process's randomness.
    pub(crate) fn with_rng<T>(&self, draw: impl FnOnce(&mut StdRng) -> T) -> T {
        draw(&mut self.rng.lock())
    }

    pub(crate) fn new_transaction_id(&self) -> TransactionId {
        TransactionId(self.with_rng(|rng| rng.random()))
    }

    pub(crate) fn new_table_id(&self) -> TableId {
        TableId(self.with_rng(|rng| rng.random()))
    }

    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.options.read_only {
            return Err(TxnError::ReadOnly { store: self.store.uri().to_owned() });
        }
        Ok(())
    }

    /// Returns the current session, opening one when there is none or it is old.
    pub(crate) async fn session(&self) -> Result<Arc<Session>> {
        self.check_writable()?;
        let mut current = self.session.lock().await;
        if let Some(session) = current.as_ref().filter(|session| session.is_fresh(self.now_us())) {
            return Ok(Arc::clone(session));
        }
        let id = SessionId(self.with_rng(|rng| rng.random()));
        let session = Session::open(&*self.store, &*self.options.clock, id, self.current().seq).await?;
        Ok(Arc::clone(current.insert(Arc::new(session))))
    }

    /// Takes over the state after a record, unless another task was faster. Returns the current state.
    pub(crate) fn install(&self, step: Step) -> Arc<Snapshot> {
        let mut head = self.head.lock();
        if head.current.seq + 1 == step.snapshot.seq {
            head.current = Arc::clone(&step.snapshot);
            if head.history.len() == HISTORY_MAX {
                head.history.pop_front();
            }
            head.history.push_back(step);
        }
        Arc::clone(&head.current)
    }

    /// Returns the records after `seq` up to `last`, from memory or from the store.
    pub(crate) async fn records_between(&self, seq: u64, last: u64) -> Result<Vec<FoundRecord>> {
        if let Some(steps) = self.steps_between(seq, last) {
            let found = |step: Step| FoundRecord { crc: step.snapshot.record_crc, record: step.record };
            return Ok(steps.into_iter().map(found).collect());
        }
        RecordReader::new(&*self.store).read_range(seq + 1, last).await
    }

    /// Returns the steps after `seq` up to `last`, if all are in memory.
    fn steps_between(&self, seq: u64, last: u64) -> Option<Vec<Step>> {
        let head = self.head.lock();
        let within = |step: &&Step| step.record.seq > seq && step.record.seq <= last;
        let steps: Vec<Step> = head.history.iter().filter(within).cloned().collect();
        (steps.len() as u64 == last.saturating_sub(seq)).then_some(steps)
    }
}

#[cfg(test)]
impl Shared {
    /// Goes on as a process that was opened anew from the latest checkpoint.
    pub(crate) async fn forget_history(&self) {
        let opened = open::load_state(&self.store).await.unwrap();
        let mut head = self.head.lock();
        head.current = opened.state;
        head.history = opened.history.into();
    }
}

pub(crate) fn seeded_rng(seed: [u8; 32]) -> StdRng {
    StdRng::from_seed(seed)
}
