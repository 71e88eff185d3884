//! The cache's disk: a file per block, checked by CRC-32 when it is read, and still there after a restart.
//!
//! A file is named by a 128-bit hash of store, key and range, and repeats them, so that a
//! collision is a miss and never a wrong answer:
//!
//! ```text
//! magic "CNPYBLK1" · crc32 of the rest: u32 · name length: u32 · start: u64 · end: u64 · data length: u64 · name · data
//! ```
//!
//! Nothing is synced: what a crash leaves half written fails its CRC and is dropped.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use bytes::{Buf, Bytes};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::Block;
use super::fifo::S3Fifo;
use crate::{Result, StorageError};

const MAGIC: &[u8; 8] = b"CNPYBLK1";
const HEADER_BYTES: usize = 40;

/// Blocks that wait for the disk hold at most this many KiB of memory; further ones are not kept.
const WAITING_KIB_MAX: u32 = 64 << 10;

#[derive(Debug)]
pub(super) struct DiskTier {
    folder: PathBuf,
    store: String,
    index: Mutex<S3Fifo<u128, ()>>,
    /// Counts KiB that may still wait for the disk.
    waiting: Arc<Semaphore>,
    counts: Counts,
    /// Held open: the lock on the directory lasts as long.
    _lock: File,
}

#[derive(Debug, Default)]
struct Counts {
    hits: AtomicU64,
    hit_bytes: AtomicU64,
    corrupt: AtomicU64,
    skipped: AtomicU64,
}

/// What the tier has counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct DiskCounts {
    pub hits: u64,
    pub hit_bytes: u64,
    pub corrupt: u64,
    pub skipped: u64,
    pub bytes: u64,
}

impl DiskTier {
    /// Opens the directory and takes in the blocks that are there. Blocks the thread meanwhile.
    pub(super) fn open(folder: PathBuf, bytes_max: u64, store: &str) -> Result<Self> {
        let invalid = |what: &str, error: io::Error| StorageError::Invalid {
            reason: format!("cache directory {}: {what}: {error}", folder.display()),
        };
        fs::create_dir_all(&folder).map_err(|error| invalid("cannot be made", error))?;
        let lock = File::create(folder.join("lock")).map_err(|error| invalid("cannot be written", error))?;
        lock.try_lock().map_err(|error| invalid("is in use by another process", error.into()))?;
        let mut index = S3Fifo::new(bytes_max);
        for (name, bytes) in scan(&folder).map_err(|error| invalid("cannot be read", error))? {
            for (left, ()) in index.insert(name, (), bytes) {
                let _ = fs::remove_file(block_path(&folder, left));
            }
        }
        Ok(Self {
            folder,
            store: store.to_owned(),
            index: Mutex::new(index),
            waiting: Arc::new(Semaphore::new(WAITING_KIB_MAX as usize)),
            counts: Counts::default(),
            _lock: lock,
        })
    }

    /// Returns the block if it is there and whole.
    pub(super) async fn get(self: &Arc<Self>, block: &Block) -> Option<Bytes> {
        let name = self.name(block);
        self.index.lock().get(&name)?;
        let (tier, block) = (Arc::clone(self), block.clone());
        let read = tokio::task::spawn_blocking(move || tier.read(name, &block)).await;
        let bytes = read.ok().flatten()?;
        self.counts.hits.fetch_add(1, Ordering::Relaxed);
        self.counts.hit_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Some(bytes)
    }

    /// Starts to write the blocks; some may be dropped instead when the disk is behind or fails.
    pub(super) fn insert(self: &Arc<Self>, blocks: Vec<(Block, Bytes)>) {
        let mut accepted = Vec::with_capacity(blocks.len());
        for (block, bytes) in blocks {
            let kib = u32::try_from(bytes.len().div_ceil(1024)).unwrap_or(u32::MAX).min(WAITING_KIB_MAX);
            match Arc::clone(&self.waiting).try_acquire_many_owned(kib) {
                Ok(permit) => accepted.push((block, bytes, permit)),
                Err(_) => self.skip(),
            }
        }
        if accepted.is_empty() {
            return;
        }
        let tier = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let mut last = None;
            for (block, bytes, permit) in accepted {
                if let Err(error) = tier.write(&block, &bytes) {
                    tier.skip();
                    tracing::warn!(folder = %tier.folder.display(), %error, "a block was not cached on disk");
                }
                last = Some(permit);
            }
            // In this order: who has waited for the last block may open the directory anew at once.
            drop(tier);
            drop(last);
        });
    }

    fn skip(&self) {
        self.counts.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until all blocks on their way are written.
    pub(super) async fn flush(&self) {
        // Never closed, so this cannot fail.
        drop(self.waiting.acquire_many(WAITING_KIB_MAX).await);
    }

    pub(super) fn counts(&self) -> DiskCounts {
        DiskCounts {
            hits: self.counts.hits.load(Ordering::Relaxed),
            hit_bytes: self.counts.hit_bytes.load(Ordering::Relaxed),
            corrupt: self.counts.corrupt.load(Ordering::Relaxed),
            skipped: self.counts.skipped.load(Ordering::Relaxed),
            bytes: self.index.lock().weight(),
        }
    }

    fn name(&self, block: &Block) -> u128 {
        let mut hash = fnv1a_128(FNV_OFFSET, self.store.as_bytes());
        hash = fnv1a_128(hash, &[0]);
        hash = fnv1a_128(hash, block.key.as_str().as_bytes());
        hash = fnv1a_128(hash, &[0]);
        hash = fnv1a_128(hash, &block.start.to_le_bytes());
        fnv1a_128(hash, &block.end.to_le_bytes())
    }

    fn read(&self, name: u128, block: &Block) -> Option<Bytes> {
        let path = block_path(&self.folder, name);
        match fs::read(&path) {
            Ok(file) => match decode(Bytes::from(file), &self.title(block), block) {
                Decoded::Data(data) => return Some(data),
                Decoded::Other => return None,
                Decoded::Corrupt => {
                    self.counts.corrupt.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(path = %path.display(), "a cached block was damaged and is dropped");
                }
            },
            // Removed since by an eviction, or by someone else's hand.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => tracing::warn!(path = %path.display(), %error, "a cached block cannot be read"),
        }
        self.index.lock().remove(&name);
        let _ = fs::remove_file(&path);
        None
    }

    fn write(&self, block: &Block, data: &[u8]) -> io::Result<()> {
        let name = self.name(block);
        let path = block_path(&self.folder, name);
        let temporary = path.with_extension("tmp");
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let title = self.title(block);
        let header = encode_header(&title, block, data);
        let mut file = File::create(&temporary)?;
        let written = file
            .write_all(&header)
            .and_then(|()| file.write_all(title.as_bytes()))
            .and_then(|()| file.write_all(data))
            .and_then(|()| fs::rename(&temporary, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        let bytes = (header.len() + title.len() + data.len()) as u64;
        let (left, kept) = {
            let mut index = self.index.lock();
            (index.insert(name, (), bytes), index.contains(&name))
        };
        // The name itself is handed back when it was there before, and then its new file stays.
        for (left, ()) in left.into_iter().filter(|(left, ())| *left != name || !kept) {
            let _ = fs::remove_file(block_path(&self.folder, left));
        }
        Ok(())
    }

    fn title(&self, block: &Block) -> String {
        format!("{}\0{}", self.store, block.key)
    }
}

fn block_path(folder: &Path, name: u128) -> PathBuf {
    folder.join(format!("{:02x}", name >> 120)).join(format!("{name:032x}"))
}

/// Returns the blocks in the directory, oldest first, and removes half-written ones.
fn scan(folder: &Path) -> io::Result<Vec<(u128, u64)>> {
    let mut found: Vec<(SystemTime, u128, u64)> = Vec::new();
    for parent in fs::read_dir(folder)? {
        let parent = parent?;
        if !parent.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(parent.path())? {
            let file = file?;
            let (file_name, meta) = (file.file_name(), file.metadata()?);
            let file_name = file_name.to_str().unwrap_or_default();
            if file_name.len() == 36 && file_name.ends_with(".tmp") {
                let _ = fs::remove_file(file.path());
            }
            // Files of other names are not ours and stay.
            let Ok(name) = u128::from_str_radix(file_name, 16) else { continue };
            if file_name.len() == 32 && block_path(folder, name) == file.path() {
                found.push((meta.modified()?, name, meta.len()));
            }
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().map(|(_, name, bytes)| (name, bytes)).collect())
}

fn encode_header(title: &str, block: &Block, data: &[u8]) -> Vec<u8> {
    let mut fields = Vec::with_capacity(HEADER_BYTES);
    // A key has at most 1,024 bytes and a URI comes from a command line.
    fields.extend_from_slice(&u32::try_from(title.len()).unwrap_or(u32::MAX).to_le_bytes());
    fields.extend_from_slice(&block.start.to_le_bytes());
    fields.extend_from_slice(&block.end.to_le_bytes());
    fields.extend_from_slice(&(data.len() as u64).to_le_bytes());
    let mut crc = crc32fast::Hasher::new();
    crc.update(&fields);
    crc.update(title.as_bytes());
    crc.update(data);
    [MAGIC.as_slice(), &crc.finalize().to_le_bytes(), &fields].concat()
}

enum Decoded {
    Data(Bytes),
    /// A whole block, but another one.
    Other,
    Corrupt,
}

fn decode(file: Bytes, title: &str, block: &Block) -> Decoded {
    if file.len() < HEADER_BYTES || &file[..8] != MAGIC {
        return Decoded::Corrupt;
    }
    let mut rest = file.slice(8..);
    let crc = rest.get_u32_le();
    if crc32fast::hash(&rest) != crc {
        return Decoded::Corrupt;
    }
    let title_length = rest.get_u32_le() as usize;
    let (start, end, data_length) = (rest.get_u64_le(), rest.get_u64_le(), rest.get_u64_le());
    if (title_length as u64).checked_add(data_length) != Some(rest.len() as u64) {
        return Decoded::Corrupt;
    }
    if (start, end) != (block.start, block.end) || rest[..title_length] != *title.as_bytes() {
        return Decoded::Other;
    }
    Decoded::Data(rest.slice(title_length..))
}

const FNV_OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const FNV_PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// Continues a 128-bit FNV-1a hash, which is the same in every release: names on disk must be.
fn fnv1a_128(hash: u128, bytes: &[u8]) -> u128 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(FNV_PRIME))
}
