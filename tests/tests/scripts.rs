//! Scripts from outside: cancelled, out of time, abandoned, and transactions that others come before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_proto::query::ExecuteRequest;
use canopy_server::client::{Client, ClientError};
use canopy_server::engine::Engine;
use canopy_server::results::{StatementResult, collect};
use canopy_tests::engine;
use futures::StreamExt;

const ENDLESS: &str = "DECLARE x INT64 DEFAULT 0; CREATE TEMP TABLE t AS SELECT 1 AS a; \
                       LOOP SET x = MOD(x + 1, 10); END LOOP";
/// Until what must happen soon has happened.
const PATIENCE: Duration = Duration::from_secs(20);

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn open(uri: &str) -> (Arc<Engine>, Arc<dyn Client>) {
    let engine = engine::embedded(uri, 1).await;
    (engine.clone(), canopy_server::embedded(engine))
}

/// Datasets of temporary tables that are still there.
async fn temporary_datasets(engine: &Engine) -> usize {
    let snapshot = engine.warehouse().snapshot().await.unwrap();
    snapshot.datasets().filter(|dataset| dataset.name.starts_with("_temp_")).count()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn rows(results: Result<Vec<StatementResult>, ClientError>) -> Vec<Vec<String>> {
    engine::text_rows(results.expect("success").last().expect("a result"))
}

#[test]
fn an_endless_loop_can_be_cancelled() {
    runtime().block_on(async {
        let (engine, client) = open("memory:").await;
        let request =
            ExecuteRequest { sql: ENDLESS.to_owned(), job_id: "endless".to_owned(), ..Default::default() };
        let running = {
            let client = client.clone();
            tokio::spawn(async move { collect(&*client, request).await })
        };
        until("the loop runs", async || temporary_datasets(&engine).await == 1).await;
        client.cancel("endless").await.unwrap();
        let error = running.await.unwrap().unwrap_err();
        assert_eq!(error.reason, "stopped", "{error}");
        assert_eq!(temporary_datasets(&engine).await, 0, "temporary tables go before the answer comes");
    });
}

#[test]
fn a_script_ends_with_its_time() {
    runtime().block_on(async {
        let (engine, client) = open("memory:").await;
        // A handler does not get around the deadline.
        let sql = format!("BEGIN {ENDLESS}; EXCEPTION WHEN ERROR THEN SELECT 1; END");
        let request = ExecuteRequest { sql, timeout_ms: 300, ..Default::default() };
        let started = Instant::now();
        let error = collect(&*client, request).await.unwrap_err();
        assert!(error.message.contains("deadline"), "{error}");
        assert!(started.elapsed() < PATIENCE);
        assert_eq!(temporary_datasets(&engine).await, 0);
    });
}

#[test]
fn a_client_that_goes_away_leaves_nothing_behind() {
    runtime().block_on(async {
        let (engine, client) = open("memory:").await;
        engine::ok(&*client, "CREATE TABLE kept (a INT64)").await;
        let sql = format!("{ENDLESS}; ")
            .replace("LOOP SET", "BEGIN TRANSACTION; INSERT INTO kept VALUES (1); LOOP SET");
        let sql = sql.trim_end_matches("; ").to_owned();
        let mut responses = client.execute(ExecuteRequest { sql, ..Default::default() }).await.unwrap();
        until("the loop runs", async || temporary_datasets(&engine).await == 1).await;
        assert!(responses.next().await.is_some());
        drop(responses);
        until("temporary tables are dropped", async || temporary_datasets(&engine).await == 0).await;
        assert_eq!(rows(engine::run(&*client, "SELECT COUNT(*) FROM kept").await), [["0"]]);
        until("the job has ended", async || engine.jobs().running() == 0).await;
    });
}

/// Runs a script that waits in its transaction until another engine has committed.
async fn with_a_commit_between(
    first: &Arc<dyn Client>,
    script: &str,
    second: &Arc<dyn Client>,
    between: &str,
) -> Result<Vec<StatementResult>, ClientError> {
    let wait = "SET until_ = TIMESTAMP_ADD(CURRENT_TIMESTAMP(), INTERVAL 1500 MILLISECOND); \
                WHILE CURRENT_TIMESTAMP() < until_ DO END WHILE";
    let sql = format!("DECLARE until_ TIMESTAMP; {}", script.replace("WAIT", wait));
    let running = {
        let client = first.clone();
        tokio::spawn(async move { engine::run(&*client, &sql).await })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;
    engine::ok(&**second, between).await;
    running.await.unwrap()
}

#[test]
fn a_transaction_reads_one_state_of_all_tables_and_its_own_changes() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap();
    runtime().block_on(async {
        let ((_, first), (_, second)) = (open(uri).await, open(uri).await);
        engine::ok(&*first, "CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 10 AS x").await;
        let script = "BEGIN TRANSACTION; INSERT INTO a VALUES (2); WAIT; INSERT INTO b SELECT SUM(x) FROM b; \
                      SELECT (SELECT SUM(x) FROM a), (SELECT SUM(x) FROM b); COMMIT";
        let between = "INSERT INTO a VALUES (100); INSERT INTO b VALUES (1000)";
        let results = with_a_commit_between(&first, script, &second, between).await.unwrap();
        let seen = results.iter().rfind(|result| result.statement_type == "SELECT").unwrap();
        assert_eq!(engine::text_rows(seen), [["3", "20"]]);
        let sums = "SELECT (SELECT SUM(x) FROM a), (SELECT SUM(x) FROM b)";
        assert_eq!(rows(engine::run(&*second, sums).await), [["103", "1020"]]);
    });
}

#[test]
fn a_transaction_that_comes_second_changes_nothing_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap();
    runtime().block_on(async {
        let ((_, first), (_, second)) = (open(uri).await, open(uri).await);
        engine::ok(&*first, "CREATE TABLE a AS SELECT 1 AS x").await;
        let script =
            "BEGIN TRANSACTION; INSERT INTO a VALUES (2); CREATE TABLE b AS SELECT 1 AS x; WAIT; COMMIT";
        let between = "CREATE TABLE b AS SELECT 2 AS x";
        let error = with_a_commit_between(&first, script, &second, between).await.unwrap_err();
        assert!(error.message.contains("concurrent") || error.message.contains("lready"), "{error}");
        let sums = "SELECT (SELECT SUM(x) FROM a), (SELECT SUM(x) FROM b)";
        assert_eq!(rows(engine::run(&*second, sums).await), [["1", "2"]]);
    });
}
