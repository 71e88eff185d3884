//! Opening a log: from the hint to a checkpoint to the end, or the first record of a new warehouse.

use std::sync::Arc;

use canopy_storage::{Key, ObjectStore, PutOutcome};
use rand::Rng;

use super::checkpoint::LoadedCheckpoint;
use super::read::{RecordReader, next_step};
use super::{FoundRecord, HISTORY_MAX, Log, Shared, Step, seeded_rng};
use crate::action::{Action, LoggedTransaction, Record};
use crate::codec::checkpoint::CheckpointRef;
use crate::codec::envelope::Kind;
use crate::codec::record::{encode_record, encode_transaction};
use crate::codec::{message, open_message};
use crate::{DomainId, LogOptions, Result, Snapshot, TransactionId, TxnError, key, object};

/// The dataset that every warehouse has.
const MAIN_DATASET: &str = "main";

/// A log read to its end.
pub(super) struct OpenedState {
    pub(super) state: Arc<Snapshot>,
    pub(super) history: Vec<Step>,
    pub(super) boundary: u64,
    pub(super) checkpoint: Option<Arc<LoadedCheckpoint>>,
}

impl Log {
    /// Opens the log in a store, read to its end. A store without one gets a new warehouse, with the dataset `main`.
    ///
    /// # Errors
    /// [`TxnError::NoWarehouse`] when there is none and the options say read-only; [`TxnError::Damaged`] naming the
    /// object that is not what it must be.
    pub async fn open(store: Arc<dyn ObjectStore>, options: LogOptions) -> Result<Self> {
        let mut rng = seeded_rng(options.seed);
        let mut opened = load_state(&store).await?;
        if opened.state.seq == 0 {
            if options.read_only {
                return Err(TxnError::NoWarehouse { store: store.uri().to_owned() });
            }
            create(&store, &options, &mut rng).await?;
            opened = load_state(&store).await?;
        }
        let shared = Shared::new(store, options, rng, opened.state);
        {
            let mut head = shared.head.lock();
            head.history = opened.history.into();
            head.boundary = opened.boundary;
        }
        *shared.checkpoint.lock().await = opened.checkpoint;
        Ok(Self { shared: Arc::new(shared) })
    }
}

/// Returns the state at the end of the log in a store; the state at position 0 when there is no log.
pub(super) async fn load_state(store: &Arc<dyn ObjectStore>) -> Result<OpenedState> {
    let reader = RecordReader::new(&**store);
    // The second round lists, because the hint may be old. More are hardly needed: the boundary moves by the hour.
    for round in 0..4 {
        let checkpoint = latest_checkpoint(store, round == 0).await?;
        let start = match &checkpoint {
            Some(checkpoint) => Arc::clone(&checkpoint.state),
            None => Arc::new(Snapshot::empty(Arc::clone(store))),
        };
        let mut history = Vec::new();
        let mut followed = reader.follow(Arc::clone(&start), |step| history.push(step)).await;
        if let Ok(state) = &followed
            && let Err(error) = reader.check_end(state.seq).await
        {
            followed = Err(error);
        }
        // After the probes, for the reason that `Shared::refresh` gives.
        let boundary = reader.boundary().await?;
        if start.seq < boundary {
            tracing::warn!(
                start = start.seq,
                boundary,
                "log records are gone, looking for a later checkpoint"
            );
            continue;
        }
        let state = followed?;
        history.drain(..history.len().saturating_sub(HISTORY_MAX));
        return Ok(OpenedState { state, history, boundary, checkpoint });
    }
    let reason = "records up to it may be gone, and no readable checkpoint lies at or after it";
    Err(TxnError::damaged(key::boundary(), reason))
}

/// Returns the checkpoint that the hint names, else the latest one listed that can be read, else none.
///
/// Checkpoints only save time: the records are the truth, and whoever starts at an earlier one, or at
/// none, arrives at the same state. So one that is damaged is passed over, with a warning.
async fn latest_checkpoint(
    store: &Arc<dyn ObjectStore>,
    by_hint: bool,
) -> Result<Option<Arc<LoadedCheckpoint>>> {
    if by_hint && let Some(checkpoint) = hinted_checkpoint(store).await {
        return Ok(Some(checkpoint));
    }
    let listed = store.list(key::CHECKPOINT_PREFIX).await?;
    let mut keys: Vec<(u64, Key)> =
        listed.into_iter().filter_map(|meta| Some((key::checkpoint_seq(&meta.key)?, meta.key))).collect();
    keys.sort();
    for (_, key) in keys.into_iter().rev() {
        match LoadedCheckpoint::read(store, &key).await {
            Ok(checkpoint) => return Ok(Some(Arc::new(checkpoint))),
            Err(TxnError::Storage(error)) if error.is_transient() => return Err(error.into()),
            Err(error) => tracing::warn!(%error, "passing over a checkpoint"),
        }
    }
    Ok(None)
}

/// Returns the checkpoint that the hint names, if all is well with both.
async fn hinted_checkpoint(store: &Arc<dyn ObjectStore>) -> Option<Arc<LoadedCheckpoint>> {
    match hinted_key(store).await {
        Ok(Some(key)) => match LoadedCheckpoint::read(store, &key).await {
            Ok(checkpoint) => return Some(Arc::new(checkpoint)),
            Err(error) => tracing::warn!(%error, "the hint leads to no readable checkpoint"),
        },
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "the hint cannot be read"),
    }
    None
}

/// Returns the key that the hint holds.
pub(super) async fn hinted_key(store: &Arc<dyn ObjectStore>) -> Result<Option<Key>> {
    let key = key::hint();
    let Some(bytes) = object::get_optional(&**store, &key).await? else { return Ok(None) };
    let (hint, _) = open_message::<message::Hint>(Kind::Hint, key.as_str(), &bytes)?;
    let reference = hint.checkpoint.map(CheckpointRef::decode).transpose();
    Ok(reference.map_err(|invalid| invalid.at(key.as_str()))?.map(|reference| reference.key))
}

/// Writes the first record. When several processes do so at once, one wins and all read the same.
async fn create(store: &Arc<dyn ObjectStore>, options: &LogOptions, rng: &mut impl Rng) -> Result<()> {
    let main = Action::CreateDataset { name: MAIN_DATASET.into(), options: Arc::default() };
    let transaction = LoggedTransaction {
        id: TransactionId(rng.random()),
        base_seq: 0,
        idempotency_key: None,
        sessions: Vec::new(),
        actions: vec![main],
    };
    let encoded = encode_transaction(&transaction)?;
    let record = Record {
        seq: 1,
        previous_crc: 0,
        timestamp_us: options.clock.now_us(),
        domain: DomainId(rng.random()),
        transactions: vec![Arc::new(transaction)],
    };
    let sealed = encode_record(&record, vec![encoded.message])?;
    // The state must accept what everyone will read from now on.
    next_step(
        &Snapshot::empty(Arc::clone(store)),
        FoundRecord { record: Arc::new(record), crc: sealed.crc },
    )?;
    let mut backoff = object::Backoff::new();
    let deadline = options.clock.now_us().saturating_add(micros(options.commit_timeout));
    loop {
        let error = match store.put_if_absent(&key::record(1), sealed.bytes.clone()).await {
            PutOutcome::Created(_) | PutOutcome::Exists => return Ok(()),
            PutOutcome::Unknown(error) => error,
        };
        // Whoever wrote it, ours or another's: a first record is there.
        if matches!(object::get_optional(&**store, &key::record(1)).await, Ok(Some(_))) {
            return Ok(());
        }
        if !error.is_transient() || options.clock.now_us() >= deadline {
            return Err(error.into());
        }
        options.clock.sleep(backoff.step(rng)).await;
    }
}

pub(crate) fn micros(duration: std::time::Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
