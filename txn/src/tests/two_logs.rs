//! Two logs over one store, as two processes have them.

use std::sync::Arc;

use super::support::*;
use crate::{Log, Transaction, TxnError};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_writers_lose_nothing_and_readers_see_whole_commits() {
    const COMMITS: u128 = 200;
    let store = memory();
    let system = |seed| options_with(Arc::new(canopy_storage::SystemClock), seed);
    let one = Log::open(Arc::clone(&store), system(1)).await.unwrap();
    let two = Log::open(Arc::clone(&store), system(2)).await.unwrap();
    let reader = Log::open(Arc::clone(&store), system(3)).await.unwrap();
    let (left, right) = (create_table(&one, "left").await, create_table(&two, "right").await);
    let write = |log: Log, first: u128| async move {
        let mut infos = Vec::new();
        for number in first..first + COMMITS {
            let mut transaction = Transaction::begin(&log).await.unwrap();
            for table in [left, right] {
                let new = file(&log, table, number, 1).await;
                transaction.append(table, vec![new]).unwrap();
            }
            infos.push((number, transaction.commit().await.unwrap()));
        }
        infos
    };
    let writers = [tokio::spawn(write(one, 0)), tokio::spawn(write(two, COMMITS))];
    let mut seen = 0;
    while !writers.iter().all(|writer| writer.is_finished()) {
        let snapshot = reader.snapshot().await.unwrap();
        let whole = numbers(&snapshot, left).await;
        assert_eq!(whole, numbers(&snapshot, right).await);
        assert!(whole.len() >= seen);
        seen = whole.len();
        tokio::task::yield_now().await;
    }
    let mut infos = Vec::new();
    for writer in writers {
        infos.extend(writer.await.unwrap());
    }
    infos.sort_by_key(|(_, info)| info.seq);
    let snapshot = reader.snapshot().await.unwrap();
    assert_eq!(numbers(&snapshot, left).await, (0..2 * COMMITS).collect::<Vec<_>>());
    assert_eq!(snapshot.seq(), 3 + 2 * COMMITS as u64);
    let mut expected = Vec::new();
    for (number, info) in infos {
        expected.push(number);
        expected.sort_unstable();
        assert_eq!(numbers(&reader.snapshot_at(info.seq).await.unwrap(), right).await, expected);
        let by_time = reader.snapshot_as_of(info.timestamp_us).await.unwrap();
        assert_eq!(by_time.seq(), info.seq);
    }
}

#[tokio::test]
async fn many_transactions_share_a_record_and_losers_hurt_nobody() {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    append(&log, table, 1000, 1).await.unwrap();
    let base = log.snapshot().await.unwrap();
    let files = base.table_by_id(table).unwrap().files().await.unwrap();
    let mut waiting = Vec::new();
    for number in 0..20 {
        let mut transaction = Transaction::begin_at(&log, Arc::clone(&base));
        if number % 4 == 3 {
            // All of these rewrite the same file: one may win.
            let new = file(&log, table, number, 1).await;
            transaction.rewrite(table, &files.files, vec![new]).unwrap();
        } else {
            let new = file(&log, table, number, 1).await;
            transaction.append(table, vec![new]).unwrap();
        }
        waiting.push(transaction.commit());
    }
    let results = futures::future::join_all(waiting).await;
    let mut rewrites = 0;
    for (number, result) in results.iter().enumerate() {
        match result {
            Ok(_) if number % 4 == 3 => rewrites += 1,
            Ok(_) => {}
            Err(TxnError::Conflict { .. }) => assert_eq!(number % 4, 3),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(rewrites, 1);
    let after = log.snapshot().await.unwrap();
    assert!(after.seq() <= base.seq() + 2, "20 transactions took {} records", after.seq() - base.seq());
    assert_eq!(numbers(&after, table).await.len(), 16);
}
