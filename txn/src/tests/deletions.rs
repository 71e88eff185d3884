//! Deletion vectors: set by one transaction, set again, lost to whoever came first, kept by checkpoints.

use std::sync::Arc;

use canopy_storage::ObjectStore;

use super::support::{file, log, memory, options, schema};
use crate::{DeletionVector, FileEntry, Log, Options, TableId, Transaction, TxnError};

async fn files(transaction: &Transaction, table: TableId) -> Vec<Arc<FileEntry>> {
    let snapshot = transaction.snapshot();
    snapshot.table_by_id(table).unwrap().files().await.unwrap().files.clone()
}

async fn vector(transaction: &Transaction, table: TableId, cardinality: u64) -> DeletionVector {
    let key = transaction.deletion_key(table).await.unwrap();
    DeletionVector { key, offset: 0, length: 10, cardinality }
}

/// A table with one file of 100 rows.
async fn table() -> (Arc<dyn ObjectStore>, Log, TableId) {
    let store = memory();
    let log = log(&store, 1).await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let table = transaction.create_table("main", "t", schema(), Options::default()).unwrap();
    let new = file(&log, table, 1, 100).await;
    transaction.append(table, vec![new]).unwrap();
    transaction.commit().await.unwrap();
    (store, log, table)
}

async fn delete(transaction: &mut Transaction, table: TableId, cardinality: u64) {
    let file = files(transaction, table).await.remove(0);
    let vector = vector(transaction, table, cardinality).await;
    transaction.delete_rows(table, vec![(file, vector)]).unwrap();
}

#[tokio::test]
async fn rows_are_fewer_and_sketches_stay() {
    let (store, log, table) = table().await;
    let check = async |log: &Log, rows: u64| {
        let state = log.snapshot().await.unwrap().table_by_id(table).unwrap().clone();
        assert_eq!((state.row_count(), state.file_count()), (rows, 1));
        let files = state.files().await.unwrap();
        assert_eq!(files.files[0].live_row_count(), rows);
        assert_eq!(files.files[0].schema_id, 0);
        assert!(!files.distinct_sketches.is_empty());
    };
    log.checkpoint().await.unwrap();
    let mut transaction = Transaction::begin(&log).await.unwrap();
    delete(&mut transaction, table, 10).await;
    // Again within the transaction: the log sees the second only.
    delete(&mut transaction, table, 30).await;
    assert_eq!(transaction.snapshot().table_by_id(table).unwrap().row_count(), 70);
    transaction.commit().await.unwrap();
    check(&log, 70).await;
    log.checkpoint().await.unwrap();
    check(&Log::open(store.clone(), options(5)).await.unwrap(), 70).await;
}

#[tokio::test]
async fn first_deleter_wins_and_appends_pass() {
    let (_, log, table) = table().await;
    let mut first = Transaction::begin(&log).await.unwrap();
    let mut second = Transaction::begin(&log).await.unwrap();
    let mut third = Transaction::begin(&log).await.unwrap();
    delete(&mut first, table, 1).await;
    delete(&mut second, table, 2).await;
    let new = file(&log, table, 2, 5).await;
    third.append(table, vec![new]).unwrap();
    first.commit().await.unwrap();
    assert!(matches!(second.commit().await, Err(TxnError::Conflict { .. })));
    third.commit().await.unwrap();
    assert_eq!(log.snapshot().await.unwrap().table_by_id(table).unwrap().row_count(), 104);
}

#[tokio::test]
async fn a_file_outlives_the_abort_of_its_session() {
    let (store, log, table) = table().await;
    let other = Log::open(store.clone(), options(9)).await.unwrap();
    let written_by = log.session().await.unwrap().id();
    other.abort_session(written_by).await.unwrap();
    let mut transaction = Transaction::begin(&other).await.unwrap();
    delete(&mut transaction, table, 1).await;
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn shared_files_keep_their_deleted_rows_and_partitions() {
    let (_, log, table) = table().await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    delete(&mut transaction, table, 40).await;
    let mut new = file(&log, table, 3, 7).await;
    new.partition = Some("20240101".into());
    transaction.append(table, vec![new]).unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let copy = transaction.create_table("main", "copy", schema(), Options::default()).unwrap();
    let listed = transaction.base().table_by_id(table).unwrap().files().await.unwrap();
    transaction.share(copy, &listed).unwrap();
    transaction.commit().await.unwrap();
    log.checkpoint().await.unwrap();
    let reopened = Log::open(log.store().clone(), options(4)).await.unwrap();
    let state = reopened.snapshot().await.unwrap().table_by_id(copy).unwrap().clone();
    assert_eq!(state.row_count(), 67);
    let files = state.files().await.unwrap();
    assert_eq!(files.distinct_sketches, listed.distinct_sketches);
    let partitions: Vec<_> = files.files.iter().filter_map(|file| file.partition.as_deref()).collect();
    assert_eq!(partitions, ["20240101"]);
}
