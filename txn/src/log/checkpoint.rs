//! Writing checkpoints: the state at a log position, so that opening does not read the log from its start.
//!
//! Anyone may write one at any time; a checkpoint is named once and never changed, and nobody needs it.
//! Manifests are copy on write: only those are written anew that name a removed file, or are small
//! and followed by new files; all others are shared with the checkpoint before.

use std::collections::BTreeSet;
use std::sync::Arc;

use canopy_storage::{Key, ObjectStore};

use super::open::hinted_key;
use super::read::next_step;
use super::{Log, Shared};
use crate::codec::checkpoint::{CheckpointRef, decode_checkpoint, encode_checkpoint};
use crate::codec::envelope::Kind;
use crate::codec::manifest::encode_manifest;
use crate::codec::{message, seal_message};
use crate::state::{FileEntry, FileList, ManifestHandle, ManifestRef, Sketches, TableState, merge_sketches};
use crate::{Result, Session, Snapshot, TableId, TxnError, key, object};

/// Files that one manifest names at most.
const MANIFEST_FILES_MAX: usize = 4096;
/// Column statistics in one manifest at most: about 20 MB before compression.
const MANIFEST_COLUMNS_MAX: usize = 1 << 19;
/// The earlier checkpoints that a checkpoint names at most; then every other one of the older half is dropped.
const EARLIER_MAX: usize = 512;

/// A checkpoint in memory.
#[derive(Debug)]
pub(crate) struct LoadedCheckpoint {
    pub(crate) reference: CheckpointRef,
    pub(crate) state: Arc<Snapshot>,
    /// Those before it, oldest first.
    pub(crate) earlier: Vec<CheckpointRef>,
}

impl LoadedCheckpoint {
    pub(crate) async fn read(store: &Arc<dyn ObjectStore>, key: &Key) -> Result<Self> {
        let bytes = store.get(key).await?;
        let (state, earlier) = decode_checkpoint(key.as_str(), &bytes, store)?;
        if key::checkpoint_seq(key) != Some(state.seq) {
            return Err(TxnError::damaged(key, format!("it holds log position {}", state.seq)));
        }
        let reference = CheckpointRef { seq: state.seq, timestamp_us: state.timestamp_us, key: key.clone() };
        Ok(Self { reference, state: Arc::new(state), earlier })
    }
}

impl Log {
    /// Writes a checkpoint of the log's end and points the hint at it. Returns its log position.
    pub async fn checkpoint(&self) -> Result<u64> {
        let state = self.snapshot().await?;
        self.shared.write_checkpoint(state.seq).await
    }
}

impl Shared {
    /// Writes a checkpoint at `seq`, unless there is a later one. Returns the position of the latest.
    pub(crate) async fn write_checkpoint(&self, seq: u64) -> Result<u64> {
        let session = self.session().await?;
        let mut latest = self.checkpoint.lock().await;
        if let Some(newer) = self.newer_checkpoint(latest.as_deref()).await? {
            *latest = Some(newer);
        }
        let (mut state, earlier) = match latest.as_deref() {
            Some(checkpoint) => {
                let mut earlier = checkpoint.earlier.clone();
                earlier.push(checkpoint.reference.clone());
                (Arc::clone(&checkpoint.state), thin_out(earlier))
            }
            None => (Arc::new(Snapshot::empty(Arc::clone(&self.store))), Vec::new()),
        };
        if state.seq >= seq {
            return Ok(state.seq);
        }
        for found in self.records_between(state.seq, seq).await? {
            state = next_step(&state, found)?.snapshot;
        }
        let state = self.fold_files(&state, &session).await?;
        let key = session.checkpoint_key(seq);
        let sealed = encode_checkpoint(&state, &earlier)?;
        object::put_new(&*self.store, &*self.options.clock, &key, &sealed.bytes).await?;
        let reference = CheckpointRef { seq, timestamp_us: state.timestamp_us, key };
        self.write_hint(&reference).await;
        *latest = Some(Arc::new(LoadedCheckpoint { reference, state: Arc::new(state), earlier }));
        Ok(seq)
    }

    /// Returns the checkpoint that the hint names, when it is later than the one at hand.
    async fn newer_checkpoint(
        &self,
        known: Option<&LoadedCheckpoint>,
    ) -> Result<Option<Arc<LoadedCheckpoint>>> {
        let hinted = match hinted_key(&self.store).await {
            Ok(Some(key)) => key,
            Ok(None) => return Ok(None),
            // The next hint that is written replaces it.
            Err(TxnError::Damaged { .. } | TxnError::Unsupported { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let known_seq = known.map_or(0, |checkpoint| checkpoint.reference.seq);
        if key::checkpoint_seq(&hinted).is_none_or(|seq| seq <= known_seq) {
            return Ok(None);
        }
        match LoadedCheckpoint::read(&self.store, &hinted).await {
            Ok(checkpoint) => Ok(Some(Arc::new(checkpoint))),
            Err(error) => {
                tracing::warn!(%error, "the hint leads to no readable checkpoint");
                Ok(None)
            }
        }
    }

    async fn write_hint(&self, reference: &CheckpointRef) {
        let hint = message::Hint { checkpoint: Some(reference.encode()) };
        let written = match seal_message(Kind::Hint, &hint) {
            Ok(sealed) => self.store.put(&key::hint(), sealed.bytes).await.map_err(TxnError::from),
            Err(error) => Err(error),
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the hint was not written; opening will list checkpoints");
        }
    }

    /// Returns the state with every file in a manifest.
    async fn fold_files(&self, state: &Snapshot, session: &Session) -> Result<Snapshot> {
        let mut folded = state.clone();
        for (id, table) in state.tables.iter() {
            if !table.files.added.is_empty() || !table.files.removed.is_empty() {
                let files = self.fold_table(*id, &table.files, session).await?;
                folded.tables.insert(*id, Arc::new(TableState { files, ..TableState::clone(table) }));
            }
        }
        Ok(folded)
    }

    async fn fold_table(&self, table: TableId, files: &FileList, session: &Session) -> Result<FileList> {
        let mut kept: Vec<Arc<ManifestHandle>> = Vec::new();
        let mut sketches = files.sketches.clone();
        let mut missing: BTreeSet<_> = files.removed.iter().map(|(key, ())| *key).collect();
        for handle in files.manifests.iter() {
            let (first, last) = (handle.reference.first_seq, handle.reference.last_seq);
            if !missing.iter().any(|(seq, _)| first <= *seq && *seq <= last) {
                kept.push(Arc::clone(handle));
                continue;
            }
            let manifest = handle.load().await?;
            let before = missing.len();
            let rest: Vec<_> = manifest
                .files
                .iter()
                .filter(|file| !missing.remove(&(file.added_seq, file.id)))
                .cloned()
                .collect();
            if missing.len() == before {
                kept.push(Arc::clone(handle));
            } else if !rest.is_empty() {
                kept.push(self.write_manifest(table, &rest, &manifest.sketches, session).await?);
            } else {
                // Its files may be there still, with deleted rows, under a later position.
                let of_manifest = manifest.sketches.iter().map(|(field, sketch)| (*field, &**sketch));
                merge_sketches(&mut sketches, of_manifest);
            }
        }
        if let Some((seq, id)) = missing.first() {
            let reason =
                format!("a file {id} that log position {seq} added was removed but is in no manifest");
            return Err(TxnError::damaged(format!("table/{table}"), reason));
        }
        let mut fresh: Vec<Arc<FileEntry>> = files.added.iter().map(|(_, file)| Arc::clone(file)).collect();
        // Like the carries of a binary counter: small manifests at the end are merged with what is new when that is
        // at least half as large, so a file is written anew a logarithmic number of times.
        while let Some(last) = kept.last() {
            let size = last.reference.file_count as usize;
            if fresh.is_empty() || size > 2 * fresh.len() || size + fresh.len() > manifest_files(&fresh) {
                break;
            }
            let manifest = last.load().await?;
            fresh.splice(..0, manifest.files.iter().cloned());
            merge_sketches(
                &mut sketches,
                manifest.sketches.iter().map(|(field, sketch)| (*field, &**sketch)),
            );
            kept.pop();
        }
        fresh.sort_by_key(|file| (file.added_seq, file.id));
        for chunk in fresh.chunks(manifest_files(&fresh)) {
            kept.push(self.write_manifest(table, chunk, &sketches, session).await?);
        }
        Ok(FileList::of_manifests(kept))
    }

    /// Writes a manifest of committed files.
    async fn write_manifest(
        &self,
        table: TableId,
        files: &[Arc<FileEntry>],
        sketches: &Sketches,
        session: &Session,
    ) -> Result<Arc<ManifestHandle>> {
        let reference = self.put_manifest(table, files, sketches, session, false).await?;
        Ok(Arc::new(ManifestHandle::new(reference, table, Arc::clone(&self.store))))
    }

    /// Writes a manifest object and returns its reference.
    pub(crate) async fn put_manifest(
        &self,
        table: TableId,
        files: &[Arc<FileEntry>],
        sketches: &Sketches,
        session: &Session,
        of_transaction: bool,
    ) -> Result<ManifestRef> {
        let sealed = encode_manifest(table, files, sketches)?;
        let key = session.manifest_key(table);
        object::put_new(&*self.store, &*self.options.clock, &key, &sealed.bytes).await?;
        let seqs = || files.iter().map(|file| file.added_seq);
        Ok(ManifestRef {
            key,
            crc: sealed.crc,
            file_count: files.len() as u64,
            row_count: files.iter().map(|file| file.live_row_count()).sum(),
            byte_size: files.iter().map(|file| file.statistics.byte_size).sum(),
            first_seq: if of_transaction { 0 } else { seqs().min().unwrap_or(0) },
            last_seq: if of_transaction { 0 } else { seqs().max().unwrap_or(0) },
            of_transaction,
        })
    }
}

/// Returns how many of these files one manifest may name: fewer when they have many columns.
pub(crate) fn manifest_files(files: &[Arc<FileEntry>]) -> usize {
    let columns = files.iter().map(|file| file.statistics.columns.len()).max().unwrap_or(0);
    (MANIFEST_COLUMNS_MAX / columns.max(1)).clamp(1, MANIFEST_FILES_MAX)
}

/// Keeps the index of checkpoints small: dense for late ones, ever sparser further back.
fn thin_out(mut earlier: Vec<CheckpointRef>) -> Vec<CheckpointRef> {
    if earlier.len() > EARLIER_MAX {
        let mut index = 0;
        earlier.retain(|_| {
            index += 1;
            index > EARLIER_MAX / 2 || index % 2 == 1
        });
    }
    earlier
}
