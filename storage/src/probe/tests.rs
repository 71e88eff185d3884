use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;

use super::{ProbeOptions, probe};
use crate::{Key, LocalStore, MemoryStore, ObjectMeta, ObjectStore, PutOutcome, Result, StorageError};

/// How [`Liar`] breaks its promises.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    IgnoresAbsent,
    ChecksThenWrites,
    LastWriterStays,
    IgnoresVersion,
    CreatesByVersion,
    ReadsOld,
}

/// A store in memory that breaks one promise.
#[derive(Debug)]
struct Liar {
    lie: Lie,
    inner: MemoryStore,
}

#[async_trait]
impl ObjectStore for Liar {
    fn uri(&self) -> &str {
        "liar:"
    }

    async fn get(&self, key: &Key) -> Result<Bytes> {
        match self.inner.get(key).await {
            Ok(bytes) if self.lie == Lie::ReadsOld && bytes == "second" => Ok(Bytes::from_static(b"first")),
            read => read,
        }
    }

    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.inner.get_range(key, range).await
    }

    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.inner.head(key).await
    }

    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.inner.put(key, bytes).await
    }

    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        match self.lie {
            Lie::IgnoresAbsent => {
                self.inner.put(key, bytes).await.unwrap();
                PutOutcome::Created("1".to_owned())
            }
            Lie::ChecksThenWrites => {
                if self.inner.head(key).await.is_ok() {
                    return PutOutcome::Exists;
                }
                tokio::task::yield_now().await;
                self.inner.put(key, bytes).await.unwrap();
                PutOutcome::Created("1".to_owned())
            }
            Lie::LastWriterStays => match self.inner.put_if_absent(key, bytes.clone()).await {
                PutOutcome::Exists if key.as_str().contains("race") => {
                    self.inner.put(key, bytes).await.unwrap();
                    PutOutcome::Exists
                }
                outcome => outcome,
            },
            _ => self.inner.put_if_absent(key, bytes).await,
        }
    }

    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        let current = self.inner.head(key).await.map(|meta| meta.version);
        match (self.lie, current) {
            (Lie::IgnoresVersion, Ok(current)) => self.inner.put_if_match(key, bytes, &current).await,
            (Lie::CreatesByVersion, Err(_)) => self.inner.put_if_absent(key, bytes).await,
            _ => self.inner.put_if_match(key, bytes, version).await,
        }
    }

    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.inner.list(prefix).await
    }

    async fn delete(&self, key: &Key) -> Result<()> {
        self.inner.delete(key).await
    }
}

async fn check(lie: Lie, expected: &str) {
    let store = Liar { lie, inner: MemoryStore::new() };
    let error = probe(&store, &ProbeOptions::default()).await.unwrap_err();
    let StorageError::Unsafe { reason, .. } = &error else { panic!("{lie:?}: {error:?}") };
    assert_eq!(reason, expected);
    assert!(store.list("").await.unwrap().is_empty(), "{lie:?}: something is left behind");
}

#[tokio::test]
async fn stores_that_break_a_promise_are_refused() {
    check(Lie::IgnoresAbsent, "a create of an existing key succeeded").await;
    check(Lie::ChecksThenWrites, "32 of 32 writers that raced for one key won").await;
    check(Lie::LastWriterStays, "the stored bytes are not those of the winner of a race").await;
    check(Lie::IgnoresVersion, "a replace of a stale version succeeded").await;
    check(Lie::CreatesByVersion, "a replace of a version of an absent key succeeded").await;
    check(Lie::ReadsOld, "wrote \"second\" and read \"first\"").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn honest_stores_pass_and_are_left_empty() {
    let folder = tempfile::tempdir().unwrap();
    let local = LocalStore::with_sync(folder.path(), false).unwrap();
    for store in [&MemoryStore::new() as &dyn ObjectStore, &local] {
        let report = probe(store, &ProbeOptions::default()).await.unwrap();
        assert_eq!((report.races, report.writes, report.unknown), (4, 128, 0));
        assert!(store.list("").await.unwrap().is_empty());
    }
}
