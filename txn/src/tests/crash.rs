//! A process that dies: after every single call to the store, before and after its effect.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use canopy_storage::{Key, ObjectMeta, ObjectStore, PutOutcome, Result};

use super::support::*;
use crate::codec::envelope::Kind;
use crate::codec::{message, seal_message};
use crate::{Log, Transaction, TxnError, key};

/// A store that stops answering after some calls, as the death of its process looks to the world: the last call
/// has its effect or not, and nobody hears of it.
#[derive(Debug)]
struct DyingStore {
    inner: Arc<dyn ObjectStore>,
    calls_left: AtomicI64,
    last_takes_effect: bool,
    died: tokio::sync::Notify,
}

impl DyingStore {
    async fn call<T>(&self, call: impl Future<Output = T> + Send) -> T {
        let left = self.calls_left.fetch_sub(1, Ordering::SeqCst);
        if left > 0 {
            return call.await;
        }
        if left == 0 && self.last_takes_effect {
            drop(call.await);
        }
        self.died.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl ObjectStore for DyingStore {
    fn uri(&self) -> &str {
        self.inner.uri()
    }
    async fn get(&self, key: &Key) -> Result<Bytes> {
        self.call(self.inner.get(key)).await
    }
    async fn get_range(&self, key: &Key, range: Range<u64>) -> Result<Bytes> {
        self.call(self.inner.get_range(key, range)).await
    }
    async fn head(&self, key: &Key) -> Result<ObjectMeta> {
        self.call(self.inner.head(key)).await
    }
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<()> {
        self.call(self.inner.put(key, bytes)).await
    }
    async fn put_if_absent(&self, key: &Key, bytes: Bytes) -> PutOutcome {
        self.call(self.inner.put_if_absent(key, bytes)).await
    }
    async fn put_if_match(&self, key: &Key, bytes: Bytes, version: &str) -> PutOutcome {
        self.call(self.inner.put_if_match(key, bytes, version)).await
    }
    async fn list(&self, prefix: &str) -> Result<Vec<ObjectMeta>> {
        self.call(self.inner.list(prefix)).await
    }
    async fn delete(&self, key: &Key) -> Result<()> {
        self.call(self.inner.delete(key)).await
    }
}

/// Opens, creates a table, appends, rewrites, writes checkpoints. Sends how many appends were acknowledged.
async fn work(store: Arc<dyn ObjectStore>, acknowledged: tokio::sync::watch::Sender<u64>) {
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    for number in 0..4 {
        let mut transaction = Transaction::begin(&log).await.unwrap();
        let new = file(&log, table, number, 1).await;
        transaction.append(table, vec![new]).unwrap();
        if number == 2 {
            let base = transaction.snapshot().table_by_id(table).unwrap().files().await.unwrap();
            let new = file(&log, table, 100, 1).await;
            transaction.rewrite(table, &base.files[..1], vec![new]).unwrap();
        }
        transaction.commit().await.unwrap();
        acknowledged.send_replace(number as u64 + 1);
        log.checkpoint().await.unwrap();
    }
}

/// Returns whether the work came to its end within the calls.
async fn die_after(calls: i64, last_takes_effect: bool) -> bool {
    let inner = memory();
    let died = tokio::sync::Notify::new();
    let dying = Arc::new(DyingStore {
        inner: Arc::clone(&inner),
        calls_left: AtomicI64::new(calls),
        last_takes_effect,
        died,
    });
    let (sender, acknowledged) = tokio::sync::watch::channel(0);
    let mut process = tokio::spawn(work(dying.clone(), sender));
    let survived = tokio::select! {
        done = &mut process => {
            done.unwrap();
            true
        }
        () = dying.died.notified() => false,
    };
    process.abort();
    // Another process goes on: it sees what was acknowledged, at most one commit more, and can write.
    let log = log(&inner, 2).await;
    let snapshot = log.snapshot().await.unwrap();
    let acknowledged = *acknowledged.borrow();
    let table = match snapshot.table("main", "a") {
        Some(table) => table.id,
        None => {
            assert_eq!(acknowledged, 0);
            create_table(&log, "a").await
        }
    };
    let snapshot = log.snapshot().await.unwrap();
    let found = numbers(&snapshot, table).await;
    let states: [&[u128]; 5] = [&[], &[0], &[0, 1], &[1, 2, 100], &[1, 2, 3, 100]];
    let at = states.iter().position(|state| *state == found).unwrap_or_else(|| panic!("{found:?}")) as u64;
    assert!(at == acknowledged || at == acknowledged + 1, "{at} commits, {acknowledged} acknowledged");
    append(&log, table, 50, 1).await.unwrap();
    log.checkpoint().await.unwrap();
    let again = super::support::log(&inner, 3).await.snapshot().await.unwrap();
    assert_eq!(numbers(&again, table).await.len(), found.len() + 1);
    survived
}

#[tokio::test]
async fn death_after_every_call_leaves_whole_commits() {
    for last_takes_effect in [false, true] {
        let mut calls = 0;
        while !die_after(calls, last_takes_effect).await {
            calls += 1;
        }
        assert!(calls > 50, "{calls}");
    }
}

/// Does to the log what its garbage collection will do: boundary first, then the keys.
async fn collect(store: &Arc<dyn ObjectStore>, boundary: u64, delete: bool) {
    let sealed = seal_message(Kind::Boundary, &message::Boundary { seq: boundary }).unwrap();
    store.put(&key::boundary(), sealed.bytes).await.unwrap();
    for seq in 1..=boundary {
        if delete {
            store.delete(&key::record(seq)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn who_slept_while_the_log_was_collected_neither_reads_nor_writes_the_past() {
    for delete in [false, true] {
        let store = memory();
        let (awake, asleep, reader) = (log(&store, 1).await, log(&store, 2).await, log(&store, 3).await);
        let table = create_table(&awake, "a").await;
        let mut old = Transaction::begin(&asleep).await.unwrap();
        let new = file(&asleep, table, 100, 1).await;
        old.append(table, vec![new]).unwrap();
        let mut old_hint = None;
        for number in 0..5 {
            append(&awake, table, number, 1).await.unwrap();
            if number == 2 {
                awake.checkpoint().await.unwrap();
                old_hint = Some(store.get(&key::hint()).await.unwrap());
            }
        }
        let end = awake.checkpoint().await.unwrap();
        collect(&store, end, delete).await;
        let error = old.commit().await.unwrap_err();
        assert!(matches!(error, TxnError::TooOld { .. }) && error.is_retryable(), "{error}");
        // A key that came back (when keys were deleted, the sleeper's own record) is read by nobody.
        assert_eq!(numbers(&reader.snapshot().await.unwrap(), table).await, [0, 1, 2, 3, 4]);
        assert_eq!(numbers(&log(&store, 4).await.snapshot().await.unwrap(), table).await, [0, 1, 2, 3, 4]);
        append(&asleep, table, 5, 1).await.unwrap();
        append(&awake, table, 6, 1).await.unwrap();
        // A hint that is older than the boundary does not hold anyone up.
        if let Some(hint) = &old_hint {
            store.put(&key::hint(), hint.clone()).await.unwrap();
        }
        assert_eq!(numbers(&log(&store, 6).await.snapshot().await.unwrap(), table).await.len(), 7);
        assert_eq!(numbers(&reader.snapshot().await.unwrap(), table).await, [0, 1, 2, 3, 4, 5, 6]);
        let gone = log(&store, 5).await.snapshot_at(2).await;
        assert!(matches!(gone, Err(TxnError::AsOf { .. })) || !delete, "{gone:?}");
    }
}

#[tokio::test]
async fn a_log_without_records_and_checkpoints_is_not_taken_for_a_new_one() {
    let store = memory();
    let log = log(&store, 1).await;
    create_table(&log, "a").await;
    collect(&store, 2, true).await;
    let error = Log::open(Arc::clone(&store), options(2)).await.unwrap_err();
    assert!(error.to_string().starts_with("gc/boundary is damaged"), "{error}");
}
