//! A cache of blocks in memory and on a local disk, in front of a slower store.
//!
//! It holds immutable objects only, as the caller's predicate tells them, so nothing ever has to be invalidated. A block is exactly a range that was
//! asked for, not a fixed grid: a file reader asks for the same ranges each time, and a grid would read bytes that nobody wants.
//! Callers that ask for one block at the same time share one request.

mod disk;
mod fifo;
mod memory;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, Shared, WeakShared, join_all};
use parking_lot::Mutex;

use crate::{Counters, Key, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError};
use disk::{DiskCounts, DiskTier};
use memory::MemoryTier;

/// Abandoned requests are swept out of the table when it has grown to this.
const FLIGHTS_SWEPT_AT: usize = 1024;

/// What a cache holds and where.
#[derive(Clone)]
pub struct CacheOptions {
    /// Bytes held in memory at most, keys and bookkeeping included.
    pub memory_bytes_max: u64,
    /// The tier on disk.
    pub disk: Option<DiskOptions>,
    /// Tells which objects never change once written; only these are cached.
    pub is_immutable: Arc<dyn Fn(&Key) -> bool + Send + Sync>,
}

impl fmt::Debug for CacheOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheOptions")
            .field("memory_bytes_max", &self.memory_bytes_max)
            .field("disk", &self.disk)
            .finish_non_exhaustive()
    }
}

/// Where a cache's disk tier is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskOptions {
    /// A directory for one process alone.
    pub directory: PathBuf,
    /// Bytes held there at most, but for the few blocks being written.
    pub bytes_max: u64,
}

/// A store with a cache in front.
#[derive(Debug)]
pub struct CachedStore {
    shared: Arc<Inner>,
}

/// One cached piece: an object's key and the range asked for. A whole object is `0..u64::MAX`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Block {
    key: Arc<Key>,
    start: u64,
    end: u64,
}

impl Block {
    const WHOLE: Range<u64> = 0..u64::MAX;
}

type Fetch = Shared<BoxFuture<'static, Result<Arc<Vec<Bytes>>>>>;
type WeakFetch = WeakShared<BoxFuture<'static, Result<Arc<Vec<Bytes>>>>>;

#[derive(Debug)]
struct Inner {
    store: Arc<dyn ObjectStore>,
    options: CacheOptions,
    memory: MemoryTier,
    disk: Option<Arc<DiskTier>>,
    /// Requests under way: which one brings a block, and at which place of its answer.
    flights: Mutex<HashMap<Block, (WeakFetch, usize)>>,
    shared_hits: AtomicU64,
    misses: AtomicU64,
    miss_bytes: AtomicU64,
}

impl CachedStore {
    /// Returns `store` with a cache in front; takes in what an earlier process left on the cache's disk.
    ///
    /// # Errors
    /// [`StorageError::Invalid`] when the disk tier's directory cannot be used or belongs to another process.
    pub async fn new(store: Arc<dyn ObjectStore>, options: CacheOptions) -> Result<Self> {
        let disk = match options.disk.clone() {
            None => None,
            Some(DiskOptions { directory, bytes_max }) => {
                let uri = store.uri().to_owned();
                let opened =
                    tokio::task::spawn_blocking(move || DiskTier::open(directory, bytes_max, &uri)).await;
                let opened = opened.map_err(|stopped| StorageError::Invalid {
                    reason: format!("the cache's directory could not be opened: {stopped}"),
                })?;
                Some(Arc::new(opened?))
            }
        };
        let memory = MemoryTier::new(options.memory_bytes_max);
        let (shared_hits, misses, miss_bytes) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let flights = Mutex::default();
        let inner = Inner { store, options, memory, disk, flights, shared_hits, misses, miss_bytes };
        Ok(Self { shared: Arc::new(inner) })
    }

    /// Waits until the blocks on their way to the disk are there.
    pub async fn flush(&self) {
        if let Some(disk) = &self.shared.disk {
            disk.flush().await;
        }
    }

    fn caches(&self, key: &Key) -> bool {
        (self.shared.options.is_immutable)(key)
    }

    async fn cached(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let key = Arc::new(key.clone());
        let block = |range: &Range<u64>| Block { key: Arc::clone(&key), start: range.start, end: range.end };
        let blocks: Vec<Block> = ranges.iter().map(block).collect();
        let mut out: Vec<Option<Bytes>> = blocks.iter().map(|block| self.shared.memory.get(block)).collect();
        let missing: Vec<usize> = (0..blocks.len()).filter(|&i| out[i].is_none()).collect();
        if !missing.is_empty() {
            let flights = self.shared.board(&blocks, &missing);
            let landed = flights.into_iter().map(|(i, fetch, place)| {
                let block = &blocks[i];
                async move { self.shared.land(block, fetch, place).await.map(|bytes| (i, bytes)) }
            });
            for result in join_all(landed).await {
                let (i, bytes) = result?;
                out[i] = Some(bytes);
            }
        }
        // Every block was in memory or came with a flight.
        Ok(out.into_iter().flatten().collect())
    }
}

impl Inner {
    /// Returns for each missing block the request that brings it: one under way, or else a new one for all the rest.
    fn board(self: &Arc<Self>, blocks: &[Block], missing: &[usize]) -> Vec<(usize, Fetch, usize)> {
        let mut boarded = Vec::with_capacity(missing.len());
        let mut wanted: Vec<Block> = Vec::new();
        let mut own: Vec<(usize, usize)> = Vec::new();
        let mut places: HashMap<&Block, usize> = HashMap::new();
        let mut flights = self.flights.lock();
        for &i in missing {
            let block = &blocks[i];
            let under_way = flights.get(block).and_then(|(fetch, place)| Some((fetch.upgrade()?, *place)));
            if let Some((fetch, place)) = under_way {
                self.shared_hits.fetch_add(1, Ordering::Relaxed);
                boarded.push((i, fetch, place));
                continue;
            }
            // A range asked for twice in one call is fetched once.
            let place = *places.entry(block).or_insert_with(|| {
                wanted.push(block.clone());
                wanted.len() - 1
            });
            own.push((i, place));
        }
        if !wanted.is_empty() {
            let fetch = Arc::clone(self).fetch(wanted.clone()).boxed().shared();
            if flights.len() >= FLIGHTS_SWEPT_AT {
                flights.retain(|_, (fetch, _)| fetch.upgrade().is_some());
            }
            if let Some(weak) = fetch.downgrade() {
                flights.extend(
                    wanted.into_iter().enumerate().map(|(place, block)| (block, (weak.clone(), place))),
                );
            }
            boarded.extend(own.into_iter().map(|(i, place)| (i, fetch.clone(), place)));
        }
        boarded
    }

    /// Returns the block from a request that brings it among others.
    async fn land(&self, block: &Block, fetch: Fetch, place: usize) -> Result<Bytes> {
        match fetch.await {
            Ok(all) if place < all.len() => Ok(all[place].clone()),
            Ok(_) => self.alone(block).await,
            // Another block of that request may be at fault: ask for this one alone.
            Err(StorageError::RangeOutside { start, end, .. })
                if (start, end) != (block.start, block.end) =>
            {
                self.alone(block).await
            }
            Err(error) => Err(error),
        }
    }

    async fn alone(&self, block: &Block) -> Result<Bytes> {
        let mut one = self.load(std::slice::from_ref(block)).await?;
        Ok(one.pop().unwrap_or_default())
    }

    /// Brings blocks of one object and strikes them off the table of requests under way.
    async fn fetch(self: Arc<Self>, blocks: Vec<Block>) -> Result<Arc<Vec<Bytes>>> {
        let loaded = self.load(&blocks).await;
        let mut flights = self.flights.lock();
        for block in &blocks {
            flights.remove(block);
        }
        loaded.map(Arc::new)
    }

    /// Returns blocks of one object from memory, from the disk, or else from the store, and keeps them.
    async fn load(&self, blocks: &[Block]) -> Result<Vec<Bytes>> {
        let on_disk = join_all(blocks.iter().map(|block| self.kept(block))).await;
        let missing: Vec<&Block> =
            blocks.iter().zip(&on_disk).filter(|(_, kept)| kept.is_none()).map(|(b, _)| b).collect();
        let mut asked = self.ask(&missing).await?.into_iter();
        let mut out = Vec::with_capacity(blocks.len());
        let mut to_disk = Vec::new();
        for (block, kept) in blocks.iter().zip(on_disk) {
            let bytes = match kept {
                Some(bytes) => bytes,
                None => {
                    let bytes = asked.next().unwrap_or_default();
                    to_disk.push((block.clone(), bytes.clone()));
                    bytes
                }
            };
            self.memory.insert(block.clone(), bytes.clone());
            out.push(bytes);
        }
        if let Some(disk) = &self.disk {
            disk.insert(to_disk);
        }
        Ok(out)
    }

    async fn kept(&self, block: &Block) -> Option<Bytes> {
        self.disk.as_ref()?.get(block).await
    }

    /// Asks the store for blocks of one object.
    async fn ask(&self, blocks: &[&Block]) -> Result<Vec<Bytes>> {
        let Some(first) = blocks.first() else { return Ok(Vec::new()) };
        let ranges: Vec<Range<u64>> = blocks.iter().map(|block| block.start..block.end).collect();
        let all = match ranges.as_slice() {
            [range] if *range == Block::WHOLE => vec![self.store.get(&first.key).await?],
            [range] => vec![self.store.get_range(&first.key, range.clone()).await?],
            ranges => {
                let all = self.store.get_ranges(&first.key, ranges).await?;
                // Copied, because a slice of a merged read would keep all of it in memory.
                all.into_iter().map(|bytes| Bytes::copy_from_slice(&bytes)).collect()
            }
        };
        self.misses.fetch_add(all.len() as u64, Ordering::Relaxed);
        let bytes: usize = all.iter().map(Bytes::len).sum();
        self.miss_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        for (range, bytes) in ranges.iter().zip(&all) {
            check_length(&first.key, range, bytes, self.store.uri())?;
        }
        Ok(all)
    }
}

/// A block that came short must not be kept: it would stay short.
fn check_length(key: &Key, range: &Range<u64>, bytes: &Bytes, store: &str) -> Result<()> {
    if *range == Block::WHOLE || range.end - range.start == bytes.len() as u64 {
        return Ok(());
    }
    Err(StorageError::Unavailable {
        store: store.to_owned(),
        key: key.to_string(),
        operation: "get",
        attempts: 1,
        reason: format!("asked for {} bytes and got {}", range.end - range.start, bytes.len()),
    })
}

#[async_trait]
impl ObjectStore for CachedStore {
    fn uri(&self) -> &str {
        self.shared.store.uri()
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        if !self.caches(key) {
            return self.shared.store.get(key).await;
        }
        Ok(self.cached(key, &[Block::WHOLE]).await?.pop().unwrap_or_default())
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        if !self.caches(key) {
            return self.shared.store.get_range(key, range).await;
        }
        crate::object::check_order(key, &range)?;
        Ok(self.cached(key, &[range]).await?.pop().unwrap_or_default())
    }

    async fn get_ranges(&self, key: &Key, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if !self.caches(key) {
            return self.shared.store.get_ranges(key, ranges).await;
        }
        for range in ranges {
            crate::object::check_order(key, range)?;
        }
        self.cached(key, ranges).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.shared.store.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.shared.store.put(key, bytes).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        self.shared.store.put_if_absent(key, bytes).await
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        self.shared.store.put_if_match(key, bytes, version).await
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.shared.store.list(prefix).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.shared.store.delete(key).await
    }

    fn counters(&self) -> Counters {
        let (memory_hits, memory_hit_bytes) = self.shared.memory.hits();
        let disk = self.shared.disk.as_ref().map_or(DiskCounts::default(), |disk| disk.counts());
        let own = Counters {
            memory_hits,
            memory_hit_bytes,
            memory_bytes: self.shared.memory.bytes(),
            disk_hits: disk.hits,
            disk_hit_bytes: disk.hit_bytes,
            disk_corrupt: disk.corrupt,
            disk_skipped: disk.skipped,
            disk_bytes: disk.bytes,
            shared_hits: self.shared.shared_hits.load(Ordering::Relaxed),
            misses: self.shared.misses.load(Ordering::Relaxed),
            miss_bytes: self.shared.miss_bytes.load(Ordering::Relaxed),
            ..Counters::default()
        };
        self.shared.store.counters() + own
    }
}

#[cfg(test)]
mod tests;
