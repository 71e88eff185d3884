//! Manifests by reference: named in snapshots, read when someone asks for the files.

use std::sync::Arc;

use canopy_storage::{Key, ObjectStore};
use tokio::sync::OnceCell;

use super::{FileEntry, Sketches};
use crate::codec::Invalid;
use crate::codec::file::decode_key;
use crate::codec::manifest::decode_manifest;
use crate::codec::message;
use crate::{Result, TableId, TxnError};

/// What a manifest object holds.
#[derive(Debug)]
pub(crate) struct Manifest {
    pub(crate) files: Vec<Arc<FileEntry>>,
    /// The union of the files' sketches.
    pub(crate) sketches: Sketches,
}

/// Names a manifest object and sums it up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ManifestRef {
    pub(crate) key: Key,
    pub(crate) crc: u32,
    pub(crate) file_count: u64,
    pub(crate) row_count: u64,
    pub(crate) byte_size: u64,
    pub(crate) first_seq: u64,
    pub(crate) last_seq: u64,
    /// Whether the files do not know their position and all have `first_seq`: the manifest of a transaction.
    pub(crate) of_transaction: bool,
}

impl ManifestRef {
    pub(crate) fn encode(&self) -> message::ManifestRef {
        message::ManifestRef {
            key: self.key.to_string(),
            crc: self.crc,
            file_count: self.file_count,
            row_count: self.row_count,
            byte_size: self.byte_size,
            first_seq: self.first_seq,
            last_seq: self.last_seq,
            of_transaction: self.of_transaction,
        }
    }

    pub(crate) fn decode(reference: message::ManifestRef) -> Result<Self, Invalid> {
        Ok(Self {
            key: decode_key(reference.key)?,
            crc: reference.crc,
            file_count: reference.file_count,
            row_count: reference.row_count,
            byte_size: reference.byte_size,
            first_seq: reference.first_seq,
            last_seq: reference.last_seq,
            of_transaction: reference.of_transaction,
        })
    }
}

/// A manifest that is read at most once for all snapshots that name it.
#[derive(Debug)]
pub(crate) struct ManifestHandle {
    pub(crate) reference: ManifestRef,
    table: TableId,
    store: Arc<dyn ObjectStore>,
    loaded: OnceCell<Arc<Manifest>>,
}

impl ManifestHandle {
    pub(crate) fn new(reference: ManifestRef, table: TableId, store: Arc<dyn ObjectStore>) -> Self {
        Self { reference, table, store, loaded: OnceCell::new() }
    }

    /// Returns the manifest, read from the store the first time.
    pub(crate) async fn load(&self) -> Result<Arc<Manifest>> {
        self.loaded.get_or_try_init(|| self.read()).await.cloned()
    }

    async fn read(&self) -> Result<Arc<Manifest>> {
        let ManifestRef { key, crc, file_count, .. } = &self.reference;
        let bytes = self.store.get(key).await?;
        let added_seq = if self.reference.of_transaction { self.reference.first_seq } else { 0 };
        let (manifest, found) = decode_manifest(key.as_str(), &bytes, self.table, added_seq)?;
        if found != *crc {
            return Err(TxnError::damaged(key, format!("expected CRC {crc:08x}, found {found:08x}")));
        }
        if manifest.files.len() as u64 != *file_count {
            let found = manifest.files.len();
            return Err(TxnError::damaged(key, format!("expected {file_count} files, found {found}")));
        }
        Ok(Arc::new(manifest))
    }
}
