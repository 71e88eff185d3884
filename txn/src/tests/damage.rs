//! Objects that are damaged, missing, foreign or too new: an error that names the object, or none where it was only a help.

use std::sync::Arc;

use canopy_storage::{Key, ObjectStore};

use super::support::*;
use crate::codec::envelope::Kind;
use crate::codec::{message, seal_message};
use crate::log::RecordReader;
use crate::{Log, TableId, TxnError, key};

async fn open(store: &Arc<dyn ObjectStore>) -> crate::Result<Log> {
    Log::open(Arc::clone(store), options(99)).await
}

async fn flip(store: &Arc<dyn ObjectStore>, key: &Key, at: usize) {
    let mut bytes = store.get(key).await.unwrap().to_vec();
    let at = at % bytes.len();
    bytes[at] ^= 0x10;
    store.put(key, bytes.into()).await.unwrap();
}

async fn warehouse(commits: u128) -> (Arc<dyn ObjectStore>, Log, TableId) {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    for number in 0..commits {
        append(&log, table, number, 1).await.unwrap();
    }
    (store, log, table)
}

async fn only_key(store: &Arc<dyn ObjectStore>, prefix: &str, part: &str) -> Key {
    let listed = store.list(prefix).await.unwrap();
    listed.into_iter().map(|meta| meta.key).find(|key| key.as_str().contains(part)).unwrap()
}

#[tokio::test]
async fn every_byte_of_a_record_counts() {
    let (store, _, _) = warehouse(2).await;
    let key = key::record(3);
    let length = store.get(&key).await.unwrap().len();
    for at in 0..length {
        flip(&store, &key, at).await;
        let error = open(&store).await.unwrap_err();
        assert!(error.to_string().starts_with(&format!("{key} is damaged")), "byte {at}: {error}");
        flip(&store, &key, at).await;
    }
    open(&store).await.unwrap();
}

#[tokio::test]
async fn a_lost_record_is_named() {
    let (store, _, _) = warehouse(30).await;
    for seq in [2, 3, 9, 20, 31] {
        let key = key::record(seq);
        let bytes = store.get(&key).await.unwrap();
        store.delete(&key).await.unwrap();
        let error = open(&store).await.unwrap_err().to_string();
        assert!(error.contains("missing") || error.contains("forked"), "{seq}: {error}");
        store.put(&key, bytes).await.unwrap();
    }
    open(&store).await.unwrap();
}

#[tokio::test]
async fn a_fork_is_named() {
    // Another history of the same log: the same start, then another third record.
    let (store, _, table) = warehouse(0).await;
    let copy = memory();
    for seq in [1, 2] {
        copy.put(&key::record(seq), store.get(&key::record(seq)).await.unwrap()).await.unwrap();
    }
    let (one, other) = (log(&store, 5).await, log(&copy, 6).await);
    for number in 0..2 {
        append(&one, table, number, 1).await.unwrap();
        append(&other, table, number, 2).await.unwrap();
    }
    store.put(&key::record(3), copy.get(&key::record(3)).await.unwrap()).await.unwrap();
    let error = open(&store).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} is damaged: the log forked", key::record(4))), "{error}");
    // A reader that has the true third record notices a false fourth one.
    let reader = log(&copy, 7).await;
    append(&other, table, 9, 1).await.unwrap();
    let true_fifth = copy.get(&key::record(5)).await.unwrap();
    copy.put(&key::record(5), store.get(&key::record(4)).await.unwrap()).await.unwrap();
    assert!(reader.snapshot().await.is_err());
    copy.put(&key::record(5), true_fifth).await.unwrap();
    reader.snapshot().await.unwrap();
}

#[tokio::test]
async fn a_record_of_another_log_is_refused() {
    let (store, _, _) = warehouse(0).await;
    let (foreign, _, _) = warehouse(1).await;
    let bytes = foreign.get(&key::record(3)).await.unwrap();
    store.put(&key::record(3), bytes).await.unwrap();
    // Seeds are equal, so the two logs differ only by what follows from their clocks: take another seed too.
    let other = memory();
    let log = log(&other, 55).await;
    create_table(&log, "a").await;
    other.put(&key::record(3), foreign.get(&key::record(3)).await.unwrap()).await.unwrap();
    let error = open(&other).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("{} is damaged", key::record(3))), "{error}");
}

#[tokio::test]
async fn hint_and_checkpoints_are_only_help() {
    let (store, log, table) = warehouse(3).await;
    log.checkpoint().await.unwrap();
    append(&log, table, 3, 1).await.unwrap();
    log.checkpoint().await.unwrap();
    append(&log, table, 4, 1).await.unwrap();
    let check = async |what: &str| {
        let snapshot = open(&store).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let snapshot = snapshot.snapshot().await.unwrap();
        assert_eq!(numbers(&snapshot, table).await, [0, 1, 2, 3, 4], "{what}");
    };
    check("all there").await;
    flip(&store, &key::hint(), 20).await;
    check("damaged hint").await;
    store.put(&key::hint(), "".into()).await.unwrap();
    check("empty hint").await;
    store.delete(&key::hint()).await.unwrap();
    check("no hint").await;
    let mut checkpoints: Vec<Key> =
        store.list("checkpoint/").await.unwrap().into_iter().map(|meta| meta.key).collect();
    checkpoints.sort();
    flip(&store, &checkpoints[1], 50).await;
    check("damaged checkpoint").await;
    flip(&store, &checkpoints[0], 50).await;
    check("no good checkpoint").await;
    // The next checkpoint starts from what there is, and all is well again.
    open(&store).await.unwrap().checkpoint().await.unwrap();
    check("a new checkpoint").await;
}

#[tokio::test]
async fn a_damaged_or_missing_manifest_is_named() {
    let (store, log, table) = warehouse(3).await;
    log.checkpoint().await.unwrap();
    let key = only_key(&store, "table/", "/manifest/").await;
    let good = store.get(&key).await.unwrap();
    let files = async || {
        let snapshot = open(&store).await.unwrap().snapshot().await.unwrap();
        snapshot.table_by_id(table).unwrap().files().await.map(|files| files.files.len())
    };
    assert_eq!(files().await.unwrap(), 3);
    for at in 0..good.len() {
        flip(&store, &key, at).await;
        let error = files().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("{key} is damaged")), "byte {at}: {error}");
        store.put(&key, good.clone()).await.unwrap();
    }
    store.delete(&key).await.unwrap();
    let error = files().await.unwrap_err().to_string();
    assert_eq!(error, format!("object {key} not found in memory:"));
}

#[tokio::test]
async fn what_a_later_version_wrote_is_refused_by_name() {
    let (store, log, _) = warehouse(0).await;
    let head = log.snapshot().await.unwrap();
    let found = RecordReader::new(&*store).get(head.seq()).await.unwrap().unwrap();
    let record = |format, actions| message::Record {
        format,
        seq: head.seq() + 1,
        previous_crc: found.crc,
        timestamp_us: head.timestamp_us() + 1,
        domain: head.domain().to_bytes().to_vec(),
        transactions: vec![message::Transaction { id: vec![1; 16], actions, ..Default::default() }],
    };
    let unknown_action = vec![message::Action { kind: None }];
    for (record, needs) in
        [(record(2, vec![]), "format 2"), (record(1, unknown_action), "an action of a later version")]
    {
        let key = key::record(head.seq() + 1);
        store.put(&key, seal_message(Kind::Record, &record).unwrap().bytes).await.unwrap();
        let error = open(&store).await.unwrap_err();
        assert!(matches!(error, TxnError::Unsupported { .. }));
        assert_eq!(error.to_string(), format!("{key} needs {needs}, which this version cannot read"));
    }
}
