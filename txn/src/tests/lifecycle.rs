//! One log, one process: catalog, files, checkpoints, time travel.

use std::sync::Arc;
use std::time::Duration;

use canopy_format::{DataType, Field, FieldId, Mode};
use canopy_storage::ManualClock;

use super::support::*;
use crate::{AsOfReason, Log, Settled, Transaction, TxnError, UNCOMMITTED};

#[tokio::test]
async fn a_new_warehouse_has_main() {
    let store = memory();
    let first = log(&store, 1).await.snapshot().await.unwrap();
    let second = log(&store, 2).await.snapshot().await.unwrap();
    assert_eq!((first.seq(), first.domain()), (1, second.domain()));
    assert_eq!(first.datasets().map(|d| d.name.to_string()).collect::<Vec<_>>(), ["main"]);
}

#[tokio::test]
async fn read_only_writes_nothing() {
    let store = memory();
    let mut read_only = options(1);
    read_only.read_only = true;
    let error = Log::open(Arc::clone(&store), read_only.clone()).await.unwrap_err();
    assert!(matches!(error, TxnError::NoWarehouse { .. }), "{error}");
    log(&store, 2).await;
    let log = Log::open(Arc::clone(&store), read_only).await.unwrap();
    let mut transaction = Transaction::begin(&log).await.unwrap();
    transaction.create_dataset("d", Default::default()).unwrap();
    assert!(matches!(transaction.commit().await, Err(TxnError::ReadOnly { .. })));
    assert!(matches!(log.session().await, Err(TxnError::ReadOnly { .. })));
}

#[tokio::test]
async fn tables_files_schemas_and_options_survive_reopening() {
    let store = memory();
    for checkpoint in [false, true] {
        let log = log(&store, 10 + u64::from(checkpoint)).await;
        let name = format!("t{checkpoint}");
        let table = create_table(&log, &name).await;
        append(&log, table, 1, 10).await.unwrap();
        append(&log, table, 2, 20).await.unwrap();
        let mut transaction = Transaction::begin(&log).await.unwrap();
        let files = transaction.snapshot().table_by_id(table).unwrap().files().await.unwrap();
        let new = file(&log, table, 3, 5).await;
        transaction.rewrite(table, &files.files[..1], vec![new]).unwrap();
        let mut wider = schema();
        wider.fields.push(Field::scalar(3, "extra", DataType::Numeric, Mode::Nullable));
        wider.next_field_id = 4;
        transaction.set_schema(table, wider.clone()).unwrap();
        transaction.set_options(table, [("description".to_owned(), "d".to_owned())].into()).unwrap();
        transaction.commit().await.unwrap();
        if checkpoint {
            log.checkpoint().await.unwrap();
        }
        let before = log.snapshot().await.unwrap();
        let again = super::support::log(&store, 20 + u64::from(checkpoint)).await;
        let after = again.snapshot().await.unwrap();
        let (old, new) = (before.table("main", &name).unwrap(), after.table("main", &name).unwrap());
        assert_eq!((old.id, old.created_us, old.modified_us), (new.id, new.created_us, new.modified_us));
        assert_eq!((&old.schemas, &old.options, old.last), (&new.schemas, &new.options, new.last));
        assert_eq!((new.row_count(), new.byte_size(), new.file_count()), (25, 250, 2));
        assert_eq!(*new.schema, wider);
        let (old, new) = (old.files().await.unwrap(), new.files().await.unwrap());
        assert_eq!(old.files, new.files);
        assert_eq!(old.distinct_sketches, new.distinct_sketches);
        assert_eq!(&*new.distinct_sketches[&FieldId(1)], &[3; 16]);
        assert_eq!(new.files[1].schema_id, 0);
    }
}

#[tokio::test]
async fn a_transaction_sees_its_own_changes_and_nobody_else_does() {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    append(&log, table, 1, 10).await.unwrap();
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let second = transaction.create_table("main", "b", schema(), Default::default()).unwrap();
    let new = file(&log, second, 2, 20).await;
    transaction.append(second, vec![new]).unwrap();
    let new = file(&log, table, 3, 30).await;
    transaction.append(table, vec![new]).unwrap();
    let own = transaction.snapshot();
    assert_eq!(numbers(&own, second).await, [2]);
    assert_eq!(numbers(&own, table).await, [1, 3]);
    assert!(log.snapshot().await.unwrap().table("main", "b").is_none());
    // What it added itself it can take out again, as if it had never been.
    let files = own.table_by_id(table).unwrap().files().await.unwrap();
    assert_eq!(files.files[1].added_seq, UNCOMMITTED);
    let new = file(&log, table, 4, 40).await;
    transaction.rewrite(table, &files.files, vec![new]).unwrap();
    assert_eq!(numbers(&transaction.snapshot(), table).await, [4]);
    transaction.commit().await.unwrap();
    let committed = log.snapshot().await.unwrap();
    assert_eq!(numbers(&committed, table).await, [4]);
    assert_eq!(numbers(&committed, second).await, [2]);
    assert_eq!(committed.table_by_id(table).unwrap().row_count(), 40);
}

#[tokio::test]
async fn staging_refuses_what_cannot_be() {
    let store = memory();
    let log = log(&store, 1).await;
    let table = create_table(&log, "a").await;
    let mut transaction = Transaction::begin(&log).await.unwrap();
    let check = |result: crate::Result<()>, expected: &str| {
        assert_eq!(result.unwrap_err().to_string(), expected);
    };
    check(transaction.create_dataset("main", Default::default()), "already exists: dataset main");
    check(transaction.drop_dataset("none"), "not found: dataset none");
    check(transaction.drop_dataset("main"), "dataset main still has 1 table(s)");
    let twice = transaction.create_table("main", "a", schema(), Default::default());
    check(twice.map(drop), "already exists: table main.a");
    let nowhere = transaction.create_table("none", "a", schema(), Default::default());
    check(nowhere.map(drop), "not found: dataset none");
    let foreign = file_at(canopy_storage::Key::new("x.cnpy").unwrap(), 1, 1);
    check(
        transaction.append(table, vec![foreign]),
        "x.cnpy is not the key of a data file: expected table/<table>/data/<session>/<n>.cnpy",
    );
    assert!(transaction.is_empty());
    let base = transaction.base().seq();
    assert_eq!(transaction.commit().await.unwrap().seq, base);
    assert_eq!(log.snapshot().await.unwrap().seq(), base);
}

#[tokio::test]
async fn drop_and_create_again_in_one_transaction() {
    let store = memory();
    let log = log(&store, 1).await;
    let old = create_table(&log, "a").await;
    append(&log, old, 1, 10).await.unwrap();
    let mut transaction = Transaction::begin(&log).await.unwrap();
    transaction.drop_table(old).unwrap();
    let new = transaction.create_table("main", "a", schema(), Default::default()).unwrap();
    transaction.create_dataset("d", Default::default()).unwrap();
    let commit = transaction.commit().await.unwrap();
    let snapshot = log.snapshot().await.unwrap();
    assert_eq!(snapshot.table("main", "a").unwrap().id, new);
    assert!(snapshot.table_by_id(old).is_none());
    let before = log.snapshot_at(commit.seq - 1).await.unwrap();
    assert_eq!(numbers(&before, old).await, [1]);
    let mut transaction = Transaction::begin(&log).await.unwrap();
    transaction.drop_dataset("d").unwrap();
    transaction.commit().await.unwrap();
    assert!(log.snapshot().await.unwrap().dataset("d").is_none());
}

#[tokio::test]
async fn as_of_every_commit_with_and_without_memory_of_it() {
    let store = memory();
    let clock = Arc::new(ManualClock::new(START_US));
    let mut options = options_with(clock.clone(), 1);
    options.checkpoint_every = 7;
    let log = Log::open(Arc::clone(&store), options.clone()).await.unwrap();
    let table = create_table(&log, "a").await;
    let mut commits = Vec::new();
    for number in 0..40 {
        clock.advance(Duration::from_secs(number as u64 % 3));
        commits.push(append(&log, table, number, 1).await.unwrap());
        tokio::task::yield_now().await;
    }
    options.seed = [9; 32];
    let fresh = Log::open(Arc::clone(&store), options).await.unwrap();
    assert!(store.list("checkpoint/").await.unwrap().len() >= 3);
    for log in [&log, &fresh] {
        for (count, commit) in (1..).zip(&commits) {
            let expected: Vec<u128> = (0..count).collect();
            let by_time = log.snapshot_as_of(commit.timestamp_us).await.unwrap();
            assert_eq!((by_time.seq(), by_time.timestamp_us()), (commit.seq, commit.timestamp_us));
            assert_eq!(numbers(&by_time, table).await, expected);
            let by_seq = log.snapshot_at(commit.seq).await.unwrap();
            assert_eq!(numbers(&by_seq, table).await, expected);
            let just_before = log.snapshot_as_of(commit.timestamp_us - 1).await.unwrap();
            assert_eq!(just_before.seq(), commit.seq - 1);
        }
    }
    clock.advance(Duration::from_secs(60));
    let reason = async |at: i64| match log.snapshot_as_of(at).await {
        Err(TxnError::AsOf { reason, .. }) => Some(reason),
        _ => None,
    };
    let now = log.shared.now_us();
    assert_eq!(reason(now + 1).await, Some(AsOfReason::Future));
    assert_eq!(reason(now).await, None);
    let created_us = log.snapshot().await.unwrap().created_us();
    assert_eq!(reason(created_us - 1).await, Some(AsOfReason::BeforeCreation { created_us }));
    assert_eq!(reason(created_us).await, None);
    clock.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(reason(created_us).await, Some(AsOfReason::BeyondRetention { oldest_us: now }));
    assert!(matches!(log.snapshot_at(0).await, Err(TxnError::AsOf { .. })));
    assert!(matches!(log.snapshot_at(1000).await, Err(TxnError::AsOf { reason: AsOfReason::Future, .. })));
}

#[tokio::test]
async fn time_never_goes_back() {
    let store = memory();
    let fast = Log::open(Arc::clone(&store), options_with(Arc::new(ManualClock::new(START_US + 10)), 1))
        .await
        .unwrap();
    let slow = log(&store, 2).await;
    let table = create_table(&fast, "a").await;
    let mut last = i64::MIN;
    for number in 0..6 {
        let log = if number % 2 == 0 { &fast } else { &slow };
        let commit = append(log, table, number, 1).await.unwrap();
        assert!(commit.timestamp_us > last);
        last = commit.timestamp_us;
    }
}

#[tokio::test]
async fn an_idempotency_key_commits_once() {
    let store = memory();
    let (one, two) = (log(&store, 1).await, log(&store, 2).await);
    let table = create_table(&one, "a").await;
    let mut infos = Vec::new();
    for (log, number) in [(&one, 1), (&two, 2), (&one, 3)] {
        let mut transaction = Transaction::begin(log).await.unwrap();
        transaction.set_idempotency_key("load-7").unwrap();
        let new = file(log, table, number, 1).await;
        transaction.append(table, vec![new]).unwrap();
        infos.push(transaction.commit().await.unwrap());
        log.checkpoint().await.unwrap();
    }
    assert_eq!(infos[0], infos[1]);
    assert_eq!(infos[0], infos[2]);
    assert_eq!(numbers(&log(&store, 3).await.snapshot().await.unwrap(), table).await, [1]);
}

#[tokio::test]
async fn settling_and_fences() {
    let store = memory();
    let (one, two) = (log(&store, 1).await, log(&store, 2).await);
    let table = create_table(&one, "a").await;
    // Rejected before it is committed: it never is.
    let mut transaction = Transaction::begin(&one).await.unwrap();
    let new = file(&one, table, 1, 1).await;
    transaction.append(table, vec![new]).unwrap();
    let ticket = transaction.ticket();
    assert_eq!(two.settle(ticket).await.unwrap(), Settled::Rejected);
    assert!(matches!(transaction.commit().await, Err(TxnError::Rejected { .. })));
    assert_eq!(two.settle(ticket).await.unwrap(), Settled::Rejected);
    // Committed: settling says where.
    let mut transaction = Transaction::begin(&one).await.unwrap();
    let new = file(&one, table, 2, 1).await;
    transaction.append(table, vec![new]).unwrap();
    let ticket = transaction.ticket();
    let info = transaction.commit().await.unwrap();
    assert_eq!(two.settle(ticket).await.unwrap(), Settled::Committed(info));
    // An aborted session commits nothing any more, but others do.
    let mut transaction = Transaction::begin(&one).await.unwrap();
    let new = file(&one, table, 3, 1).await;
    transaction.append(table, vec![new]).unwrap();
    two.abort_session(one.session().await.unwrap().id()).await.unwrap();
    two.checkpoint().await.unwrap();
    assert!(matches!(transaction.commit().await, Err(TxnError::Rejected { .. })));
    append(&two, table, 4, 1).await.unwrap();
    assert_eq!(numbers(&log(&store, 3).await.snapshot().await.unwrap(), table).await, [2, 4]);
}

/// Servers spawn these on a runtime of many threads.
#[allow(dead_code)]
fn futures_can_be_spawned(store: Arc<dyn canopy_storage::ObjectStore>, log: Log, table: crate::TableId) {
    fn spawns<F: Future + Send + 'static>(_: F) {}
    let (one, two) = (log.clone(), log.clone());
    spawns(async move { Log::open(store, options(1)).await.map(drop) });
    spawns(async move {
        let snapshot = one.snapshot().await?;
        one.snapshot_at(1).await?;
        one.snapshot_as_of(1).await?;
        snapshot.table_by_id(table).unwrap().files().await?;
        one.checkpoint().await
    });
    spawns(async move {
        let transaction = Transaction::begin(&two).await?;
        two.settle(transaction.ticket()).await?;
        two.abort_session(two.session().await?.id()).await?;
        transaction.commit().await
    });
}
