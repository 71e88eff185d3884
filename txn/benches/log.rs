//! Measures the log: commit latency, group commit, snapshots, and opening a table of many files.
//!
//! `cargo bench -p canopy-txn --bench log [-- FILES [COLUMNS]]`. A number is worth little without its machine: the local
//! store's latency is that of the disk's fsync.
#![allow(clippy::print_stdout)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_format::{ColumnStatistics, DataType, FieldId, FileStatistics, Mode, Schema, Value};
use canopy_storage::{Key, LocalStore, MemoryStore, ObjectStore};
use canopy_txn::{Log, LogOptions, NewFile, TableId, Transaction};

fn file(key: Key, number: u64, columns: u32) -> NewFile {
    let column = |field| ColumnStatistics {
        field_id: FieldId(field),
        value_count: 1_000_000,
        null_count: number % 97,
        min: Some(Value::Int64((number * 1000) as i64)),
        max: Some(Value::Int64((number * 1000 + 999) as i64)),
        distinct_sketch: (0..2048u64).map(|i| ((i * (number + 7)) % 13) as u8).collect(),
        encoded_bytes: 4_000_000 + number,
        raw_bytes: 8_000_000,
    };
    let statistics = FileStatistics {
        row_count: 1_000_000,
        byte_size: 64_000_000 + number,
        footer_offset: 63_000_000 + number,
        uuid: (u128::from(number) << 64 | 7).to_be_bytes(),
        columns: (1..=columns).map(column).collect(),
    };
    NewFile::new(key, statistics)
}

async fn open(store: &Arc<dyn ObjectStore>) -> Log {
    Log::open(Arc::clone(store), LogOptions::system()).await.unwrap()
}

async fn create_table(log: &Log, name: &str) -> TableId {
    let mut transaction = Transaction::begin(log).await.unwrap();
    let schema = Schema::from_types([("id", &DataType::Int64, Mode::Nullable)]).unwrap();
    let table = transaction.create_table("main", name, schema, Default::default()).unwrap();
    transaction.commit().await.unwrap();
    table
}

async fn append(log: &Log, table: TableId, number: u64, columns: u32) {
    let mut transaction = Transaction::begin(log).await.unwrap();
    let key = transaction.data_key(table).await.unwrap();
    transaction.append(table, vec![file(key, number, columns)]).unwrap();
    transaction.commit().await.unwrap();
}

fn percentiles(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)];
    format!("p50 {:>9.3?}  p99 {:>9.3?}", at(50), at(99))
}

async fn commits(what: &str, store: Arc<dyn ObjectStore>) {
    let log = open(&store).await;
    let table = create_table(&log, "t").await;
    let mut times = Vec::new();
    for number in 0..300 {
        let start = Instant::now();
        append(&log, table, number, 16).await;
        times.push(start.elapsed());
    }
    println!("{what:<14} one writer, begin to answer       {}", percentiles(times));
    let start = Instant::now();
    let before = log.snapshot().await.unwrap().seq();
    let writers = (0..64u64).map(|writer| {
        let log = log.clone();
        tokio::spawn(async move {
            for number in 0..20 {
                append(&log, table, 1000 + writer * 100 + number, 16).await;
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let elapsed = start.elapsed();
    let records = log.snapshot().await.unwrap().seq() - before;
    let rate = 64.0 * 20.0 / elapsed.as_secs_f64();
    println!("{what:<14} 64 writers                        {rate:>6.0} commits/s in {records} records");
    let start = Instant::now();
    for _ in 0..1000 {
        log.snapshot().await.unwrap();
    }
    println!("{what:<14} snapshot with nothing new         {:?}", start.elapsed() / 1000);
}

async fn many_files(files: u64, columns: u32) {
    let store: Arc<dyn ObjectStore> = Arc::new(MemoryStore::new());
    let log = open(&store).await;
    let table = create_table(&log, "t").await;
    let start = Instant::now();
    for first in (0..files).step_by(4096) {
        let mut transaction = Transaction::begin(&log).await.unwrap();
        let session = log.session().await.unwrap();
        let batch = (first..files.min(first + 4096)).map(|n| file(session.data_key(table), n, columns));
        transaction.append(table, batch.collect()).unwrap();
        transaction.commit().await.unwrap();
    }
    println!("{files} files of {columns} columns: committed in {:?}", start.elapsed());
    append(&log, table, files, columns).await;
    let start = Instant::now();
    log.checkpoint().await.unwrap();
    println!("checkpoint                        {:?}", start.elapsed());
    for number in 1..=100 {
        append(&log, table, files + number, columns).await;
    }
    let size = async |prefix: &str| {
        let listed = store.list(prefix).await.unwrap();
        listed.iter().map(|meta| meta.size).sum::<u64>() / 1024
    };
    println!(
        "manifests {} KiB, checkpoints {} KiB, records {} KiB",
        size("table/").await,
        size("checkpoint/").await,
        size("log/").await
    );
    let start = Instant::now();
    let log = open(&store).await;
    println!("open (checkpoint + 100 records)   {:?}", start.elapsed());
    let snapshot = log.snapshot().await.unwrap();
    let state = Arc::clone(snapshot.table_by_id(table).unwrap());
    let start = Instant::now();
    let all = state.files().await.unwrap();
    println!("files, first time                 {:?} ({} files)", start.elapsed(), all.files.len());
    let start = Instant::now();
    state.files().await.unwrap();
    println!("files, again                      {:?}", start.elapsed());
    let start = Instant::now();
    append(&log, table, files + 200, columns).await;
    println!("append                            {:?}", start.elapsed());
    let snapshot = log.snapshot().await.unwrap();
    let start = Instant::now();
    snapshot.table_by_id(table).unwrap().files().await.unwrap();
    println!("files, after one more commit      {:?}", start.elapsed());
}

#[tokio::main]
async fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let files = numbers.first().copied().unwrap_or(100_000);
    let columns = numbers.get(1).map_or(16, |columns| *columns as u32);
    let folder = tempfile::tempdir().unwrap();
    let local = |name: &str, sync| Arc::new(LocalStore::with_sync(folder.path().join(name), sync).unwrap());
    commits("memory", Arc::new(MemoryStore::new())).await;
    commits("local", local("synced", true)).await;
    commits("local unsynced", local("unsynced", false)).await;
    many_files(files, columns).await;
}
