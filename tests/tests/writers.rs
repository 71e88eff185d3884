//! Two processes that append to one table at once: no commit is lost, a reader sees only whole ones, and the
//! rows of then come back as of an earlier time. On a local directory and on S3.

use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;

use canopy_format::Value;
use canopy_server::client::{Client, connect};
use canopy_storage::{LocalStore, ObjectStore, S3Store};
use canopy_tests::cluster::{Canopy, Server};
use canopy_tests::engine::ok;
use canopy_tests::services::{S3Server, or_ignore};
use canopy_txn::{Log, LogOptions};

/// Commits of each writer, and rows of each commit.
const COMMITS: i64 = 200;
const ROWS: i64 = 3;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Starts a process that appends, one statement and so one commit at a time.
fn start_writer(canopy: &Canopy, folder: &std::path::Path, writer: i64) -> Child {
    let insert = |n: i64| {
        format!("INSERT INTO t SELECT {writer}, {n}, part FROM UNNEST(GENERATE_ARRAY(1, {ROWS})) AS part;\n")
    };
    let path = folder.join(format!("writer{writer}.sql"));
    std::fs::write(&path, (0..COMMITS).map(insert).collect::<String>()).unwrap();
    let mut command = canopy.command(&["sql", "--threads", "1", "-f", path.to_str().unwrap()]);
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn integers(row: &[Value]) -> Vec<i64> {
    let integer = |value: &Value| match value {
        Value::Int64(value) => *value,
        Value::Null => 0,
        other => panic!("expected an INT64, found {other:?}"),
    };
    row.iter().map(integer).collect()
}

/// The rows, commits, and commits that are not whole, of a table as a query names it; and the position of
/// the snapshot that was read.
async fn state(client: &dyn Client, table: &str) -> ([i64; 3], u64) {
    let sql = format!(
        "SELECT SUM(c), COUNT(*), COUNTIF(c <> {ROWS}) FROM (SELECT writer, n, COUNT(*) AS c FROM {table} GROUP BY writer, n)"
    );
    let result = ok(client, &sql).await.pop().unwrap();
    let row = integers(&result.rows()[0]);
    (row.try_into().unwrap(), result.statistics.snapshot_seq)
}

async fn two_writers(canopy: &Canopy, store: Arc<dyn ObjectStore>) {
    let folder = tempfile::tempdir().unwrap();
    canopy.stdout(&["sql", "-c", "CREATE TABLE t (writer INT64, n INT64, part INT64)"]);
    let server = Server::start(canopy, "all", &[]);
    let client = connect(&server.address).await.unwrap();

    let mut writers = [1, 2].map(|writer| start_writer(canopy, folder.path(), writer));
    let mut seen: Vec<([i64; 3], u64)> = Vec::new();
    while writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
        let (now, seq) = state(&*client, "t").await;
        assert_eq!(now[2], 0, "every commit that is seen is whole");
        assert_eq!(now[0], now[1] * ROWS);
        if let Some((before, _)) = seen.last() {
            assert!(now[1] >= before[1], "{now:?} after {before:?}");
        }
        seen.push((now, seq));
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for writer in writers {
        let output = writer.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    let (end, _) = state(&*client, "t").await;
    assert_eq!(end, [2 * COMMITS * ROWS, 2 * COMMITS, 0]);
    let twice = "SELECT writer, n, part FROM t GROUP BY writer, n, part HAVING COUNT(*) <> 1";
    assert_eq!(ok(&*client, twice).await[0].rows().len(), 0, "every row is there once");
    let sums = ok(&*client, "SELECT COUNT(DISTINCT n), MIN(n), MAX(n), SUM(n) FROM t").await;
    let expected = [COMMITS, 0, COMMITS - 1, ROWS * COMMITS * (COMMITS - 1)];
    assert_eq!(integers(&sums[0].rows()[0]), expected);

    // The log tells when each snapshot that was seen came about.
    let log = Log::open(store, LogOptions::system()).await.unwrap();
    seen.dedup();
    assert!(seen.len() > 3, "the reader read while others wrote: {seen:?}");
    for (then, seq) in seen.iter().step_by((seen.len() / 8).max(1)) {
        let at = log.snapshot_at(*seq).await.unwrap().timestamp_us();
        let table = format!("t FOR SYSTEM_TIME AS OF TIMESTAMP_MICROS({at})");
        assert_eq!(state(&*client, &table).await.0, *then, "as of {at}, position {seq}");
        if then[1] > 1 {
            let table = format!("t FOR SYSTEM_TIME AS OF TIMESTAMP_MICROS({})", at - 1);
            let before = state(&*client, &table).await.0;
            assert!(before[1] < then[1], "a microsecond before {at}: {before:?}, then {then:?}");
        }
    }
}

#[test]
fn two_processes_lose_nothing_on_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let canopy = Canopy::new(folder.path().to_str().unwrap());
    let store = Arc::new(LocalStore::new(folder.path()).unwrap());
    runtime().block_on(two_writers(&canopy, store));
}

#[test]
fn two_processes_lose_nothing_on_s3() {
    let runtime = runtime();
    let Some(server) = or_ignore(runtime.block_on(S3Server::seaweedfs())) else { return };
    runtime.block_on(async {
        server.create_bucket("writers").await.unwrap();
        let environment = server.environment().into_iter().map(|(name, value)| (name.to_owned(), value));
        let canopy = Canopy { warehouse: "s3://writers/w".to_owned(), environment: environment.collect() };
        let store = S3Store::new("writers", "w", &server.options()).await.unwrap();
        two_writers(&canopy, Arc::new(store)).await;
    });
}
