use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::join_all;

use super::{CacheOptions, CachedStore, DiskOptions};
use crate::{
    FaultOptions, FaultRates, FaultStore, Key, MemoryStore, ObjectStore, StorageError, SystemClock,
    conformance,
};

const MIB: u64 = 1 << 20;

fn key(name: &str) -> Key {
    Key::new(name).unwrap()
}

fn options(memory_bytes_max: u64, disk: Option<&Path>) -> CacheOptions {
    let disk = disk.map(|path| DiskOptions { directory: path.to_owned(), bytes_max: MIB });
    CacheOptions { memory_bytes_max, disk, is_immutable: Arc::new(|key| key.as_str().starts_with("data/")) }
}

/// An object of 1,000 known bytes at `data/a`, and a cache before it.
async fn cache(options: CacheOptions) -> (Arc<MemoryStore>, CachedStore) {
    let inner = Arc::new(MemoryStore::new());
    let bytes: Bytes = (0..1000u32).map(|i| i as u8).collect();
    inner.put(&key("data/a"), bytes).await.unwrap();
    (inner.clone(), CachedStore::new(inner, options).await.unwrap())
}

fn expected(range: std::ops::Range<u64>) -> Vec<u8> {
    range.map(|i| i as u8).collect()
}

#[tokio::test]
async fn keeps_the_contract_for_what_it_does_not_cache() {
    let (_, store) = cache(options(MIB, None)).await;
    conformance::check(&store, "other/").await;
    assert_eq!(store.counters().misses, 0);
}

#[tokio::test]
async fn blocks_come_from_memory_the_second_time() {
    let (inner, store) = cache(options(MIB, None)).await;
    let ranges = [10..20, 500..700, 10..20, 0..0];
    for _ in 0..3 {
        let parts = store.get_ranges(&key("data/a"), &ranges).await.unwrap();
        for (range, part) in ranges.iter().zip(parts) {
            assert_eq!(part, expected(range.clone()));
        }
        assert_eq!(store.get_range(&key("data/a"), 10..20).await.unwrap(), expected(10..20));
        assert_eq!(store.get(&key("data/a")).await.unwrap(), expected(0..1000));
    }
    let counted = store.counters();
    // Three ranges and the whole object were missed once each.
    assert_eq!((counted.misses, counted.miss_bytes), (4, 1210));
    assert_eq!(counted.memory_hits, 2 * 6 + 1);
    let requests = inner.counters().requests;
    inner.delete(&key("data/a")).await.unwrap();
    store.get(&key("data/a")).await.unwrap();
    assert_eq!(inner.counters().requests, requests + 1, "only the delete reached the store");
}

#[tokio::test]
async fn errors_are_not_kept() {
    let (inner, store) = cache(options(MIB, None)).await;
    let missing = store.get_range(&key("data/b"), 0..2).await;
    assert!(matches!(missing, Err(StorageError::NotFound { .. })), "{missing:?}");
    inner.put(&key("data/b"), "ok".into()).await.unwrap();
    assert_eq!(store.get_range(&key("data/b"), 0..2).await.unwrap(), "ok");
    let outside = store.get_ranges(&key("data/b"), &[0..1, 1..3]).await;
    assert!(matches!(outside, Err(StorageError::RangeOutside { .. })), "{outside:?}");
    assert_eq!(store.get_ranges(&key("data/b"), &[0..1, 1..2]).await.unwrap(), ["o", "k"]);
}

#[tokio::test]
async fn short_answers_are_not_kept() {
    let inner = Arc::new(MemoryStore::new());
    inner.put(&key("data/a"), "0123456789".into()).await.unwrap();
    let get = FaultRates { truncated_read: 0.5, ..FaultRates::default() };
    let faulty = FaultStore::new(inner, FaultOptions { get, ..FaultOptions::new(1) }, Arc::new(SystemClock));
    let store = CachedStore::new(Arc::new(faulty), options(MIB, None)).await.unwrap();
    let mut failed = 0;
    for start in 0..8 {
        for _ in 0..20 {
            match store.get_range(&key("data/a"), start..start + 2).await {
                Ok(bytes) => assert_eq!(bytes.len(), 2),
                Err(error) => {
                    failed += 1;
                    assert!(error.is_transient(), "{error:?}");
                }
            }
        }
    }
    assert!(failed > 0);
}

#[tokio::test]
async fn callers_at_the_same_time_share_a_request() {
    let inner = Arc::new(MemoryStore::new());
    inner.put(&key("data/a"), Bytes::from(vec![1; 100])).await.unwrap();
    let get = FaultRates { delay: 1.0, ..FaultRates::default() };
    let slow = FaultOptions { get, delay_max: Duration::from_millis(30), ..FaultOptions::new(1) };
    let slow = FaultStore::new(inner, slow, Arc::new(SystemClock));
    let store = CachedStore::new(Arc::new(slow), options(MIB, None)).await.unwrap();
    let key = key("data/a");
    let before = store.counters().requests;
    // Every call wants a block of its own and one that all want; one call asks past the end and fails alone.
    let ranges: Vec<_> = (0..20u64).map(|i| [i..i + 1, 50..60]).collect();
    let bad = [50..60, 90..101];
    let calls = ranges.iter().chain([&bad]).map(|ranges| store.get_ranges(&key, ranges));
    let mut results = join_all(calls).await;
    assert!(matches!(results.pop(), Some(Err(StorageError::RangeOutside { .. }))));
    for result in results {
        assert_eq!(result.unwrap().iter().map(Bytes::len).collect::<Vec<_>>(), [1, 10]);
    }
    let counted = store.counters();
    assert_eq!((counted.misses, counted.shared_hits), (21, 20), "{counted:?}");
    assert!(counted.requests - before <= 22 * 2, "{counted:?}");
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_strand_others() {
    let inner = Arc::new(MemoryStore::new());
    inner.put(&key("data/a"), Bytes::from(vec![1; 100])).await.unwrap();
    let get = FaultRates { delay: 1.0, ..FaultRates::default() };
    let slow = FaultOptions { get, delay_max: Duration::from_millis(50), ..FaultOptions::new(2) };
    let slow = FaultStore::new(inner, slow, Arc::new(SystemClock));
    let store = Arc::new(CachedStore::new(Arc::new(slow), options(MIB, None)).await.unwrap());
    let first = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.get_range(&key("data/a"), 0..10).await }
    });
    tokio::time::sleep(Duration::from_millis(1)).await;
    let of = key("data/a");
    let second = store.get_range(&of, 0..10);
    tokio::pin!(second);
    assert!(futures::poll!(&mut second).is_pending());
    first.abort();
    assert_eq!(second.await.unwrap().len(), 10);
    // And one that was alone leaves nothing behind that blocks the next.
    let lonely = store.get_range(&of, 10..20);
    let _ = tokio::time::timeout(Duration::from_micros(1), lonely).await;
    assert_eq!(store.get_range(&key("data/a"), 10..20).await.unwrap().len(), 10);
}

#[tokio::test]
async fn memory_is_bounded() {
    let (_, store) = cache(options(2000, None)).await;
    for start in 0..500 {
        store.get_range(&key("data/a"), start..start + 100).await.unwrap();
        assert!(store.counters().memory_bytes <= 2000);
    }
    assert!(store.counters().memory_bytes > 1000);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let folders =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path())).collect()
}

#[tokio::test]
async fn the_disk_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, store) = cache(options(0, Some(folder.path()))).await;
    let ranges = [0..10, 100..300];
    store.get_ranges(&key("data/a"), &ranges).await.unwrap();
    store.get(&key("data/a")).await.unwrap();
    store.flush().await;
    assert_eq!(files(folder.path()).len(), 3);
    drop(store);
    fs::write(files(folder.path())[0].with_extension("tmp"), "half").unwrap();

    let store = CachedStore::new(inner, options(0, Some(folder.path()))).await.unwrap();
    assert!(files(folder.path()).iter().all(|path| path.extension().is_none()));
    let parts = store.get_ranges(&key("data/a"), &ranges).await.unwrap();
    assert_eq!(parts, [expected(0..10), expected(100..300)]);
    assert_eq!(store.get(&key("data/a")).await.unwrap(), expected(0..1000));
    let counted = store.counters();
    assert_eq!((counted.disk_hits, counted.disk_hit_bytes, counted.misses), (3, 1210, 0));
}

#[tokio::test]
async fn damage_on_disk_is_noticed_and_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = cache(options(0, Some(folder.path()))).await;
    store.get_range(&key("data/a"), 0..10).await.unwrap();
    store.flush().await;
    let [file] = files(folder.path()).try_into().unwrap();
    let whole = fs::read(&file).unwrap();
    let mut damages: Vec<Vec<u8>> = (0..whole.len()).map(|length| whole[..length].to_vec()).collect();
    damages.extend((0..whole.len()).map(|at| {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        flipped
    }));
    let count = damages.len() as u64;
    for damaged in damages {
        fs::write(&file, damaged).unwrap();
        assert_eq!(store.get_range(&key("data/a"), 0..10).await.unwrap(), expected(0..10));
        store.flush().await;
        assert_eq!(fs::read(&file).unwrap(), whole, "the block was fetched and written again");
    }
    assert_eq!(store.counters().disk_corrupt, count);
}

#[tokio::test]
async fn a_file_that_vanishes_is_a_miss() {
    let folder = tempfile::tempdir().unwrap();
    let (_, store) = cache(options(0, Some(folder.path()))).await;
    store.get_range(&key("data/a"), 0..10).await.unwrap();
    store.flush().await;
    fs::remove_file(&files(folder.path())[0]).unwrap();
    assert_eq!(store.get_range(&key("data/a"), 0..10).await.unwrap(), expected(0..10));
    assert_eq!((store.counters().misses, store.counters().disk_corrupt), (2, 0));
}

#[tokio::test]
async fn the_disk_is_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(0, Some(folder.path()));
    options.disk = Some(DiskOptions { directory: folder.path().to_owned(), bytes_max: 5000 });
    let (_, store) = cache(options).await;
    for start in 0..100 {
        store.get_range(&key("data/a"), start..start + 500).await.unwrap();
        store.flush().await;
    }
    let bytes: u64 = files(folder.path()).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert!((2500..=5000).contains(&bytes), "{bytes}");
    assert_eq!(store.counters().disk_bytes, bytes);
}

#[tokio::test]
async fn a_directory_serves_one_cache() {
    let folder = tempfile::tempdir().unwrap();
    let (inner, _first) = cache(options(0, Some(folder.path()))).await;
    let error = CachedStore::new(inner, options(0, Some(folder.path()))).await.unwrap_err();
    assert!(error.to_string().contains("is in use by another process"), "{error}");
}
