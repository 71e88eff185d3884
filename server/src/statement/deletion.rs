//! The rows that a statement deletes, file by file, and their deletion vectors.

use std::collections::BTreeMap;
use std::sync::Arc;

use canopy_format::DeletedRows;
use canopy_storage::ObjectStore;
use canopy_txn::{DeletionVector, FileEntry, TableFiles, TableId, Transaction};

use crate::error::{ErrorKind, Result, ServerError};

/// Rows to delete, by their number in the table: files follow each other in the order of the log.
pub(super) struct Deletions<'f> {
    files: &'f [Arc<FileEntry>],
    /// The number of each file's first row.
    starts: Vec<u64>,
    /// What this statement deletes, by file.
    deleted: BTreeMap<usize, DeletedRows>,
}

impl<'f> Deletions<'f> {
    /// Returns no deletions from these files.
    pub(super) fn new(listed: &'f TableFiles) -> Self {
        let mut next = 0;
        let starts = listed.files.iter().map(|file| {
            let start = next;
            next += file.statistics.row_count;
            start
        });
        Self { starts: starts.collect(), files: &listed.files, deleted: BTreeMap::new() }
    }

    /// Deletes a row.
    ///
    /// # Errors
    /// When the statement has deleted it already: several rows of the source match it.
    pub(super) fn delete(&mut self, number: i64) -> Result<()> {
        let unknown = || {
            let message = format!("internal error: a query names row {number}, which the table has not");
            ServerError::new(ErrorKind::Internal, message)
        };
        let number = u64::try_from(number).map_err(|_| unknown())?;
        let file =
            self.starts.partition_point(|start| *start <= number).checked_sub(1).ok_or_else(unknown)?;
        let row = number - self.starts[file];
        if row >= self.files[file].statistics.row_count {
            return Err(unknown());
        }
        match self.deleted.entry(file).or_default().insert(row)? {
            true => Ok(()),
            false => Err(ServerError::invalid(
                "UPDATE/MERGE must match at most one source row for each target row",
            )),
        }
    }

    /// Writes the files' deletion vectors, all into one object, and stages them; files without a row left go.
    pub(super) async fn stage(
        self,
        transaction: &mut Transaction,
        table: TableId,
        store: &dyn ObjectStore,
    ) -> Result<()> {
        let (mut gone, mut marked, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
        for (file, deleted) in self.deleted {
            let file = &self.files[file];
            if deleted.len() >= file.live_row_count() {
                gone.push(file.clone());
                continue;
            }
            let all = with_earlier(deleted, file, store).await?;
            let encoded = all.encode();
            marked.push((file.clone(), bytes.len() as u64, encoded.len() as u64, all.len()));
            bytes.extend_from_slice(&encoded);
        }
        if !gone.is_empty() {
            transaction.rewrite(table, &gone, Vec::new())?;
        }
        if marked.is_empty() {
            return Ok(());
        }
        let key = transaction.deletion_key(table).await?;
        store.put(&key, bytes.into()).await?;
        let vectors = marked.into_iter().map(|(file, offset, length, cardinality)| {
            (file, DeletionVector { key: key.clone(), offset, length, cardinality })
        });
        Ok(transaction.delete_rows(table, vectors.collect())?)
    }
}

/// Adds the rows that were deleted before.
async fn with_earlier(
    deleted: DeletedRows,
    file: &FileEntry,
    store: &dyn ObjectStore,
) -> Result<DeletedRows> {
    let Some(vector) = &file.deletion_vector else { return Ok(deleted) };
    let range = vector.offset..vector.offset.saturating_add(vector.length);
    let bytes = store.get_range(&vector.key, range).await?;
    let mut all = DeletedRows::decode(&bytes, file.statistics.row_count, vector.key.as_str())?;
    all.merge(&deleted);
    Ok(all)
}
