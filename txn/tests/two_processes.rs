//! Two processes that write one warehouse on the local disk at once lose nothing.
//!
//! The test starts itself twice as a writer; an environment variable tells a writer from the test.
#![allow(clippy::print_stdout)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use canopy_format::{DataType, FileStatistics, Mode, Schema};
use canopy_storage::{LocalStore, ObjectStore};
use canopy_txn::{Log, LogOptions, NewFile, Transaction};

const WRITER: &str = "CANOPY_TXN_TEST_WRITER";
const COMMITS: u64 = 200;

async fn open(root: &Path) -> Log {
    // Without fsync: the test kills no machine, and two hundred syncs say nothing more.
    let store: Arc<dyn ObjectStore> = Arc::new(LocalStore::with_sync(root, false).unwrap());
    Log::open(store, LogOptions::system()).await.unwrap()
}

/// Appends one file to each of two tables per commit and prints the position of each.
#[tokio::main]
async fn write(root: &Path, first: u64) {
    let log = open(root).await;
    for number in first..first + COMMITS {
        let mut transaction = Transaction::begin(&log).await.unwrap();
        for name in ["left", "right"] {
            let table = transaction.snapshot().table("main", name).unwrap().id;
            let key = transaction.data_key(table).await.unwrap();
            let statistics = FileStatistics {
                row_count: 1,
                byte_size: 10,
                footer_offset: 5,
                uuid: u128::from(number).to_be_bytes(),
                columns: Vec::new(),
            };
            transaction.append(table, vec![NewFile::new(key, statistics)]).unwrap();
        }
        let commit = transaction.commit().await.unwrap();
        println!("committed {number} {} {}", commit.seq, commit.timestamp_us);
    }
}

fn spawn_writer(root: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "two_processes_lose_nothing", "--nocapture"])
        .env(WRITER, format!("{first} {}", root.display()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The commits that a writer reported: number, position, time.
fn reported(writer: Child) -> Vec<(u64, u64, i64)> {
    let output = writer.wait_with_output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let commits = text.lines().filter_map(|line| {
        // The test harness prints the test's name before the first line.
        let numbers = line.split_once("committed ")?.1;
        let numbers: Vec<i64> = numbers.split(' ').map(|number| number.parse().unwrap()).collect();
        Some((numbers[0] as u64, numbers[1] as u64, numbers[2]))
    });
    commits.collect()
}

async fn files(log: &Log, at: Option<i64>, name: &str) -> Vec<u64> {
    let snapshot = match at {
        Some(at) => log.snapshot_as_of(at).await.unwrap(),
        None => log.snapshot().await.unwrap(),
    };
    let table = snapshot.table("main", name).unwrap();
    let mut ids: Vec<u64> =
        table.files().await.unwrap().files.iter().map(|file| u64::try_from(file.id.0).unwrap()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn two_processes_lose_nothing() {
    if let Ok(job) = std::env::var(WRITER) {
        let (first, root) = job.split_once(' ').unwrap();
        return write(Path::new(root), first.parse().unwrap());
    }
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("warehouse");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log = runtime.block_on(async {
        let log = open(&root).await;
        let mut transaction = Transaction::begin(&log).await.unwrap();
        for name in ["left", "right"] {
            let schema = Schema::from_types([("id", &DataType::Int64, Mode::Nullable)]).unwrap();
            transaction.create_table("main", name, schema, Default::default()).unwrap();
        }
        transaction.commit().await.unwrap();
        log
    });
    let mut writers = [spawn_writer(&root, 0), spawn_writer(&root, COMMITS)];
    runtime.block_on(async {
        let mut seen = 0;
        while writers.iter_mut().any(|writer| writer.try_wait().unwrap().is_none()) {
            let snapshot = log.snapshot().await.unwrap();
            let [left, right] =
                ["left", "right"].map(|name| snapshot.table("main", name).unwrap().row_count());
            assert!(left == right && left >= seen, "left {left}, right {right}, before {seen}");
            seen = left;
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    let mut commits: Vec<_> = writers.into_iter().flat_map(reported).collect();
    assert_eq!(commits.len() as u64, 2 * COMMITS);
    commits.sort_by_key(|(_, seq, _)| *seq);
    runtime.block_on(async {
        let fresh = open(&root).await;
        let all: Vec<u64> = (0..2 * COMMITS).collect();
        for log in [&log, &fresh] {
            assert_eq!(files(log, None, "left").await, all);
            assert_eq!(files(log, None, "right").await, all);
        }
        let mut expected = BTreeSet::new();
        for (number, _, timestamp_us) in commits {
            expected.insert(number);
            let then = files(&fresh, Some(timestamp_us), "right").await;
            assert!(then.iter().eq(expected.iter()), "as of commit {number}");
        }
    });
}
