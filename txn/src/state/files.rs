//! The files of one table: manifests that may not be read yet, and what changed since they were written.

use std::collections::BTreeMap;
use std::sync::Arc;

use canopy_format::{FieldId, FileStatistics};
use canopy_storage::Key;
use futures::stream::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

use super::{ManifestHandle, UNCOMMITTED};
use crate::action::RemovedFile;
use crate::{FileId, PersistentMap, Result, TxnError};

/// A data file to add to a table: what its writer knows.
#[derive(Debug, Clone, PartialEq)]
pub struct NewFile {
    /// The object, as [`crate::Session::data_key`] gave it out.
    pub key: Key,
    /// What the writer measured; the UUID becomes the file's id.
    pub statistics: FileStatistics,
    /// Rows that do not count any more, if any.
    pub deletion_vector: Option<DeletionVector>,
    /// The partition that all its rows belong to, as the table's owner spells it; None in a table without partitions.
    pub partition: Option<Arc<str>>,
}

impl NewFile {
    /// Returns a file of which all rows count.
    pub fn new(key: Key, statistics: FileStatistics) -> Self {
        Self { key, statistics, deletion_vector: None, partition: None }
    }
}

/// A data file of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct FileEntry {
    /// The file's id, from its writer.
    pub id: FileId,
    /// The object.
    pub key: Key,
    /// What the writer measured. The distinct sketches are empty here: the table keeps their union.
    pub statistics: FileStatistics,
    /// The schema that the table had when the file was written.
    pub schema_id: u32,
    /// The log position that added the file; [`UNCOMMITTED`] inside its own transaction.
    pub added_seq: u64,
    /// Rows that do not count any more, if any.
    pub deletion_vector: Option<DeletionVector>,
    /// The partition that all its rows belong to; None in a table without partitions.
    pub partition: Option<Arc<str>>,
}

impl FileEntry {
    /// Rows that count: without those that the deletion vector names.
    pub fn live_row_count(&self) -> u64 {
        let deleted = self.deletion_vector.as_ref().map_or(0, |vector| vector.cardinality);
        self.statistics.row_count.saturating_sub(deleted)
    }
}

/// Where the deleted rows of a file are written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionVector {
    /// The object, which may hold the vectors of many files.
    pub key: Key,
    /// Where this one starts.
    pub offset: u64,
    /// Its bytes.
    pub length: u64,
    /// Rows that it deletes.
    pub cardinality: u64,
}

/// Distinct-count sketches by field: HyperLogLog registers, one a byte.
pub(crate) type Sketches = BTreeMap<FieldId, Arc<[u8]>>;

/// Adds sketches to a union: the larger of each register. Sketches of another size are left out.
pub(crate) fn merge_sketches<'a>(into: &mut Sketches, from: impl IntoIterator<Item = (FieldId, &'a [u8])>) {
    for (field, sketch) in from {
        match into.get_mut(&field) {
            _ if sketch.is_empty() => {}
            None => drop(into.insert(field, sketch.into())),
            Some(union) if union.len() == sketch.len() => {
                let merged = union.iter().zip(sketch).map(|(a, b)| *a.max(b));
                *union = merged.collect();
            }
            Some(_) => {}
        }
    }
}

/// All files of a table at a snapshot.
#[derive(Debug, Default)]
pub struct TableFiles {
    /// The files, in the order in which they were added.
    pub files: Vec<Arc<FileEntry>>,
    /// The distinct-count sketch of each leaf column: the union over every file the table had since it was
    /// last emptied or created, so an upper bound when files were removed since.
    pub distinct_sketches: BTreeMap<FieldId, Arc<[u8]>>,
}

/// Orders files by age: the position that added one, then its id.
pub(crate) type FileKey = (u64, FileId);

/// The files of a table as a snapshot holds them.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileList {
    pub(crate) manifests: Arc<[Arc<ManifestHandle>]>,
    /// Files added since the manifests were written.
    pub(crate) added: PersistentMap<FileKey, Arc<FileEntry>>,
    /// Files of the manifests that are gone.
    pub(crate) removed: PersistentMap<FileKey, ()>,
    /// The sketches of `added`.
    pub(crate) sketches: Sketches,
    pub(crate) file_count: u64,
    pub(crate) row_count: u64,
    pub(crate) byte_size: u64,
    /// The list put together, once for all that hold this version.
    complete: Arc<OnceCell<Arc<TableFiles>>>,
}

/// How many manifests are read at once.
const LOADS_MAX: usize = 16;

impl FileList {
    /// Returns the list that only manifests name.
    pub(crate) fn of_manifests(manifests: Vec<Arc<ManifestHandle>>) -> Self {
        let mut list = Self::default();
        for manifest in &manifests {
            list.count_manifest(manifest);
        }
        list.manifests = manifests.into();
        list
    }

    fn count_manifest(&mut self, manifest: &ManifestHandle) {
        self.file_count = self.file_count.saturating_add(manifest.reference.file_count);
        self.row_count = self.row_count.saturating_add(manifest.reference.row_count);
        self.byte_size = self.byte_size.saturating_add(manifest.reference.byte_size);
    }

    /// Adds a file; its sketches go into the union.
    pub(crate) fn add(&mut self, file: &FileEntry, added_seq: u64) -> Result<()> {
        let mut entry = FileEntry { added_seq, ..file.clone() };
        let sketches = file.statistics.columns.iter().map(|c| (c.field_id, c.distinct_sketch.as_slice()));
        merge_sketches(&mut self.sketches, sketches);
        for column in &mut entry.statistics.columns {
            column.distinct_sketch = Vec::new();
        }
        self.file_count += 1;
        self.row_count = self.row_count.saturating_add(entry.live_row_count());
        self.byte_size = self.byte_size.saturating_add(entry.statistics.byte_size);
        if !self.added.insert((added_seq, file.id), Arc::new(entry)) {
            return Err(TxnError::invalid(format!("file {} is added twice", file.id)));
        }
        self.complete = Arc::default();
        Ok(())
    }

    /// Adds the files of a manifest.
    pub(crate) fn add_manifest(&mut self, manifest: ManifestHandle) {
        self.count_manifest(&manifest);
        let handle = Arc::new(manifest);
        self.manifests = self.manifests.iter().cloned().chain([handle]).collect();
        self.complete = Arc::default();
    }

    /// Removes a file; nothing in a manifest is looked up, because the remover knows the file's position.
    pub(crate) fn remove(&mut self, file: &RemovedFile) -> Result<()> {
        let key = (file.added_seq, file.id);
        let removed = self.added.remove(&key).is_some()
            || (self.may_be_in_manifest(file.added_seq) && self.removed.insert(key, ()));
        if !removed {
            return Err(TxnError::NotFound { what: format!("file {}", file.id) });
        }
        self.file_count = self.file_count.saturating_sub(1);
        self.row_count = self.row_count.saturating_sub(file.row_count);
        self.byte_size = self.byte_size.saturating_sub(file.byte_size);
        self.complete = Arc::default();
        Ok(())
    }

    fn may_be_in_manifest(&self, added_seq: u64) -> bool {
        let covers =
            |m: &Arc<ManifestHandle>| m.reference.first_seq <= added_seq && added_seq <= m.reference.last_seq;
        added_seq != UNCOMMITTED && self.manifests.iter().any(covers)
    }

    /// Returns all files, reading the manifests that were not read yet.
    pub(crate) async fn load(&self) -> Result<Arc<TableFiles>> {
        self.complete.get_or_try_init(|| self.put_together()).await.cloned()
    }

    async fn put_together(&self) -> Result<Arc<TableFiles>> {
        let load = |manifest: Arc<ManifestHandle>| async move { manifest.load().await };
        let loads: Vec<_> = self.manifests.iter().cloned().map(load).collect();
        let manifests: Vec<_> = futures::stream::iter(loads).buffered(LOADS_MAX).try_collect().await?;
        let mut sketches = self.sketches.clone();
        let mut files =
            Vec::with_capacity(manifests.iter().map(|m| m.files.len()).sum::<usize>() + self.added.len());
        for manifest in &manifests {
            merge_sketches(
                &mut sketches,
                manifest.sketches.iter().map(|(field, sketch)| (*field, &**sketch)),
            );
            let stays = |file: &&Arc<FileEntry>| !self.removed.contains_key(&(file.added_seq, file.id));
            match self.removed.is_empty() {
                true => files.extend(manifest.files.iter().cloned()),
                false => files.extend(manifest.files.iter().filter(stays).cloned()),
            }
        }
        files.extend(self.added.iter().map(|(_, file)| Arc::clone(file)));
        files.sort_by_key(|file| (file.added_seq, file.id));
        if files.len() as u64 != self.file_count {
            let found = files.len();
            let expected = self.file_count;
            let reason = format!("expected {expected} files from manifests and records, found {found}");
            let key = self.manifests.first().map_or("log".to_owned(), |m| m.reference.key.to_string());
            return Err(TxnError::damaged(key, reason));
        }
        Ok(Arc::new(TableFiles { files, distinct_sketches: sketches }))
    }
}
