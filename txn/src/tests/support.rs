//! What the tests share: logs over stores, made-up files, and short ways to commit.

use std::sync::Arc;

use canopy_format::{ColumnStatistics, DataType, FieldId, FileStatistics, Mode, Schema, Value};
use canopy_storage::{Clock, ManualClock, MemoryStore, ObjectStore};

use crate::{CommitInfo, Log, LogOptions, NewFile, Result, Snapshot, TableId, Transaction};

pub(crate) const START_US: i64 = 1_700_000_000_000_000;

pub(crate) fn memory() -> Arc<dyn ObjectStore> {
    Arc::new(MemoryStore::new())
}

pub(crate) fn manual_clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::new(START_US))
}

pub(crate) fn options(seed: u64) -> LogOptions {
    options_with(manual_clock(), seed)
}

pub(crate) fn options_with(clock: Arc<dyn Clock>, seed: u64) -> LogOptions {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    LogOptions::new(clock, bytes)
}

pub(crate) async fn log(store: &Arc<dyn ObjectStore>, seed: u64) -> Log {
    Log::open(Arc::clone(store), options(seed)).await.unwrap()
}

pub(crate) fn schema() -> Schema {
    Schema::from_types([
        ("id", &DataType::Int64, Mode::Required),
        ("name", &DataType::String, Mode::Nullable),
    ])
    .unwrap()
}

/// A file that holds `rows` rows, with `id` from 0 on; `number` makes its UUID.
pub(crate) fn file_at(key: canopy_storage::Key, number: u128, rows: u64) -> NewFile {
    let column = |field: u32, min: Value, max: Value| ColumnStatistics {
        field_id: FieldId(field),
        value_count: rows,
        null_count: 0,
        min: Some(min),
        max: Some(max),
        distinct_sketch: vec![(number % 7) as u8; 16],
        encoded_bytes: rows * 4,
        raw_bytes: rows * 8,
    };
    let columns = vec![
        column(1, Value::Int64(0), Value::Int64(rows as i64)),
        column(2, Value::from("a"), Value::from("z")),
    ];
    let statistics = FileStatistics {
        row_count: rows,
        byte_size: rows * 10,
        footer_offset: rows * 9,
        uuid: number.to_be_bytes(),
        columns,
    };
    NewFile::new(key, statistics)
}

pub(crate) async fn file(log: &Log, table: TableId, number: u128, rows: u64) -> NewFile {
    file_at(log.session().await.unwrap().data_key(table), number, rows)
}

pub(crate) async fn create_table(log: &Log, name: &str) -> TableId {
    let mut transaction = Transaction::begin(log).await.unwrap();
    let table = transaction.create_table("main", name, schema(), Default::default()).unwrap();
    transaction.commit().await.unwrap();
    table
}

pub(crate) async fn append(log: &Log, table: TableId, number: u128, rows: u64) -> Result<CommitInfo> {
    let mut transaction = Transaction::begin(log).await?;
    let key = transaction.data_key(table).await?;
    transaction.append(table, vec![file_at(key, number, rows)])?;
    transaction.commit().await
}

/// The UUIDs of a table's files as small numbers, sorted.
pub(crate) async fn numbers(snapshot: &Snapshot, table: TableId) -> Vec<u128> {
    let files = snapshot.table_by_id(table).unwrap().files().await.unwrap();
    let mut numbers: Vec<u128> = files.files.iter().map(|file| file.id.0).collect();
    numbers.sort_unstable();
    numbers
}
