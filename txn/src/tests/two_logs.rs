//! Two logs over one store, as two processes have them.

use std::sync::Arc;

use canopy_storage::{FaultOptions, FaultRates, FaultStore, ObjectStore};

use super::support::*;
use crate::{Log, Settled, Transaction, TxnError};

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

#[tokio::test]
async fn a_repeated_key_in_one_record_waits_for_the_first_to_be_durable() {
    let store = memory();
    let table = create_table(&log(&store, 1).await, "a").await;
    for fails in [true, false] {
        let rates = FaultRates { error_before: f64::from(u8::from(fails)), ..FaultRates::default() };
        let faults = FaultOptions { conditional_put: rates, ..FaultOptions::new(1) };
        let faulty: Arc<dyn ObjectStore> =
            Arc::new(FaultStore::new(Arc::clone(&store), faults, manual_clock()));
        let faulty = log(&faulty, 2 + u64::from(fails)).await;
        let helper = log(&store, 4 + u64::from(fails)).await;
        let mut waiting = Vec::new();
        for number in [1, 2] {
            let mut transaction = Transaction::begin(&faulty).await.unwrap();
            transaction.set_idempotency_key("once").unwrap();
            let new = file(&helper, table, number, 1).await;
            transaction.append(table, vec![new]).unwrap();
            waiting.push(transaction.commit());
        }
        let told = futures::future::join_all(waiting).await;
        match fails {
            true => assert!(told.iter().all(|told| told.is_err()), "{told:?}"),
            false => assert_eq!(told[0].as_ref().unwrap(), told[1].as_ref().unwrap()),
        }
        let expected: &[u128] = if fails { &[] } else { &[1] };
        assert_eq!(numbers(&helper.snapshot().await.unwrap(), table).await, expected);
    }
}

#[tokio::test]
async fn the_committer_is_started_again_after_its_runtime_is_gone() {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    let held = log.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // Ends as soon as the commit is on its way: the committer is dropped with the runtime.
        runtime.block_on(async {
            let transaction = append(&held, table, 1, 1);
            let _ = futures::FutureExt::now_or_never(transaction);
        });
    })
    .join()
    .unwrap();
    append(&log, table, 2, 1).await.unwrap();
    assert!(numbers(&log.snapshot().await.unwrap(), table).await.contains(&2));
}

#[tokio::test]
async fn a_commit_and_its_rejection_agree_who_was_first() {
    let store = memory();
    let (one, two) = (log(&store, 1).await, log(&store, 2).await);
    let table = create_table(&one, "a").await;
    let mut outcomes = [0, 0];
    for number in 0..60 {
        let settler = if number % 3 == 0 { &two } else { &one };
        let mut transaction = Transaction::begin(&one).await.unwrap();
        let new = file(&one, table, number, 1).await;
        transaction.append(table, vec![new]).unwrap();
        let ticket = transaction.ticket();
        let (told, settled) = if number % 2 == 0 {
            tokio::join!(transaction.commit(), settler.settle(ticket))
        } else {
            let (settled, told) = tokio::join!(settler.settle(ticket), transaction.commit());
            (told, settled)
        };
        match (told, settled.unwrap()) {
            (Ok(told), Settled::Committed(found)) => {
                assert_eq!(told, found);
                outcomes[0] += 1;
            }
            (Err(TxnError::Rejected { .. }), Settled::Rejected) => outcomes[1] += 1,
            (told, settled) => panic!("the writer heard {told:?}, the settler {settled:?}"),
        }
    }
    assert!(outcomes.iter().all(|count| *count > 0), "{outcomes:?}");
    assert_eq!(numbers(&two.snapshot().await.unwrap(), table).await.len(), outcomes[0]);
}
