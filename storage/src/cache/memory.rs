//! The cache's memory: blocks in shards, each under a lock of its own.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

use super::Block;
use super::fifo::S3Fifo;

const SHARDS_MAX: u64 = 16;

/// A shard is not made smaller than this, so that large blocks fit into one.
const SHARD_BYTES_MIN: u64 = 64 << 20;

/// Room that a block takes beside its bytes and its key.
const ENTRY_BYTES: u64 = 200;

#[derive(Debug)]
pub(super) struct MemoryTier {
    shards: Vec<Mutex<S3Fifo<Block, Bytes>>>,
    hasher: RandomState,
    hits: AtomicU64,
    hit_bytes: AtomicU64,
}

impl MemoryTier {
    pub(super) fn new(bytes_max: u64) -> Self {
        let count = (bytes_max / SHARD_BYTES_MIN).clamp(1, SHARDS_MAX);
        let shards = (0..count).map(|_| Mutex::new(S3Fifo::new(bytes_max / count))).collect();
        Self { shards, hasher: RandomState::new(), hits: AtomicU64::new(0), hit_bytes: AtomicU64::new(0) }
    }

    pub(super) fn get(&self, block: &Block) -> Option<Bytes> {
        let bytes = self.shard(block).lock().get(block).cloned()?;
        self.hits.fetch_add(1, Ordering::Relaxed);
        self.hit_bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Some(bytes)
    }

    pub(super) fn insert(&self, block: Block, bytes: Bytes) {
        let weight = bytes.len() as u64 + block.key.as_str().len() as u64 + ENTRY_BYTES;
        let left = self.shard(&block).lock().insert(block, bytes, weight);
        // Freed here, after the lock.
        drop(left);
    }

    pub(super) fn hits(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.hit_bytes.load(Ordering::Relaxed))
    }

    pub(super) fn bytes(&self) -> u64 {
        self.shards.iter().map(|shard| shard.lock().weight()).sum()
    }

    fn shard(&self, block: &Block) -> &Mutex<S3Fifo<Block, Bytes>> {
        // At most 16 shards, so the remainder fits.
        &self.shards[(self.hasher.hash_one(block) % self.shards.len() as u64) as usize]
    }
}
