//! Nested data: answers equal to a flat oracle's, and records that come back as they went in; in this
//! process and through a tree of server processes.
#![allow(clippy::print_stderr)]

use std::sync::Arc;

use canopy_bench::documents::{self, Document, QUERIES};
use canopy_format::{Batch, DataType, Schema, Value};
use canopy_server::client::{Client, connect};
use canopy_server::engine::Engine;
use canopy_tests::cluster::{Canopy, Cluster};
use canopy_tests::engine::{self, ok};
use canopy_tests::random::{self, Random};

/// Documents of a seed: enough for two batches.
const DOCUMENTS: usize = 3000;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Makes the table in several files, so that several leaves have some of it.
async fn create_spread(engine: &Arc<Engine>, name: &str, schema: Schema, batches: Vec<Batch>, key: &str) {
    let whole = format!("{name}_whole");
    engine.create_table_from("main", &whole, schema, batches.into_iter()).await.unwrap();
    let client = canopy_server::embedded(engine.clone());
    let mut script = format!("CREATE TABLE {name} AS SELECT * FROM {whole} WHERE MOD({key}, 3) = 0;");
    for part in 1..3 {
        script += &format!("INSERT INTO {name} SELECT * FROM {whole} WHERE MOD({key}, 3) = {part};");
    }
    ok(&*client, &script).await;
}

async fn create_documents(engine: &Arc<Engine>, seed: u64) -> Vec<Document> {
    let all: Vec<Document> = documents::documents(seed, DOCUMENTS).collect();
    let batches = documents::batches(all.clone().into_iter()).collect();
    let client = canopy_server::embedded(engine.clone());
    ok(&*client, "DROP TABLE IF EXISTS documents; DROP TABLE IF EXISTS documents_whole").await;
    create_spread(engine, documents::TABLE, documents::schema(), batches, "doc_id").await;
    all
}

/// Runs every nested query and compares its rows with the oracle's.
async fn check_queries(client: &dyn Client, all: &[Document], when: &str) {
    for query in QUERIES {
        let results = ok(client, query.sql).await;
        let result = results.last().unwrap();
        let text = |(value, (_, data_type)): (&Value, &(String, DataType))| match value {
            Value::Null => String::new(),
            value => engine::text(value, data_type),
        };
        let rows: Vec<Vec<String>> =
            result.rows().iter().map(|row| row.iter().zip(&result.columns).map(text).collect()).collect();
        assert_eq!(rows, (query.oracle)(all), "{when}: {} {}", query.name, query.sql);
    }
}

/// Compares a table with the records that it must hold, in order of the key.
async fn check_records(client: &dyn Client, table: &str, key: &str, expected: &[Vec<Value>], when: &str) {
    let results = ok(client, &format!("SELECT * FROM {table} ORDER BY {key}")).await;
    let found = results.last().unwrap().rows();
    assert_eq!(found.len(), expected.len(), "{when}: rows of {table}");
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found, expected, "{when}: a record of {table}");
    }
}

fn rows_of(batches: &[Batch]) -> Vec<Vec<Value>> {
    let row = |batch: &Batch, row: usize| batch.columns().iter().map(|column| column.value(row)).collect();
    batches.iter().flat_map(|batch| (0..batch.rows()).map(move |at| row(batch, at))).collect()
}

#[test]
fn documents_answer_as_the_oracle_and_come_back_as_they_went_in() {
    runtime().block_on(async {
        for (seed, threads) in [(1, 1), (7, 3), (42, 2)] {
            let when = format!("seed {seed}, {threads} threads");
            let engine = engine::embedded("memory:", threads).await;
            let all = create_documents(&engine, seed).await;
            let client = canopy_server::embedded(engine);
            check_queries(&*client, &all, &when).await;
            let batches: Vec<Batch> = documents::batches(all.into_iter()).collect();
            check_records(&*client, "documents", "doc_id", &rows_of(&batches), &when).await;
        }
    });
}

#[test]
fn documents_through_mixers_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap().to_owned();
    runtime().block_on(async {
        let engine = engine::embedded(&uri, 2).await;
        let all = create_documents(&engine, 3).await;
        let mut random = Random::new(11);
        let schema = random::schema(&mut random);
        let records = random::records(&mut random, &schema, 500);
        let batches = random::batches(&schema, &records);
        create_spread(&engine, "random", schema, batches, "id").await;

        let cluster =
            tokio::task::spawn_blocking(move || Cluster::start(&Canopy::new(uri), 2, 3)).await.unwrap();
        let client = connect(&cluster.root.address).await.unwrap();
        check_queries(&*client, &all, "through the tree").await;
        let batches: Vec<Batch> = documents::batches(all.into_iter()).collect();
        check_records(&*client, "documents", "doc_id", &rows_of(&batches), "through the tree").await;
        check_records(&*client, "random", "id", &records, "through the tree").await;
    });
}

/// Seeds of random schemas; `CANOPY_SEED` runs one of them.
fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("CANOPY_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => vec![seed],
        None => (0..count).collect(),
    }
}

#[test]
fn random_records_come_back_as_they_went_in() {
    runtime().block_on(async {
        for seed in seeds(40) {
            let mut random = Random::new(seed);
            let schema = random::schema(&mut random);
            let count = [0, 1, 100, 1500, 5000][random.below(5) as usize];
            let records = random::records(&mut random, &schema, count);
            let when = format!("CANOPY_SEED={seed}");
            eprintln!("{when}: {count} records of {}", random::create_table("t", &schema));
            let engine = engine::embedded("memory:", 1 + (seed % 3) as usize).await;
            let batches = random::batches(&schema, &records);
            engine.create_table_from("main", "t", schema, batches.into_iter()).await.unwrap();
            let client = canopy_server::embedded(engine);
            check_records(&*client, "t", "id", &records, &when).await;
            ok(&*client, "CREATE TABLE copy AS SELECT * FROM t").await;
            check_records(&*client, "copy", "id", &records, &when).await;
        }
    });
}

#[test]
fn random_literals_come_back_as_they_were_written() {
    runtime().block_on(async {
        for seed in seeds(25) {
            let mut random = Random::new(seed.wrapping_mul(31).wrapping_add(5));
            let schema = random::schema(&mut random);
            let records = random::records(&mut random, &schema, 12);
            let when = format!("CANOPY_SEED={seed}");
            eprintln!("{when}: {}", random::create_table("t", &schema));
            let client = engine::open("memory:", 2).await;
            ok(&*client, &random::create_table("t", &schema)).await;
            let types: Vec<DataType> = schema.fields.iter().map(|field| field.column_type()).collect();
            let row = |row: &Vec<Value>| {
                let values =
                    row.iter().zip(&types).map(|(value, data_type)| random::literal(value, data_type));
                format!("({})", values.collect::<Vec<_>>().join(", "))
            };
            let rows: Vec<String> = records.iter().map(row).collect();
            ok(&*client, &format!("INSERT INTO t VALUES {}", rows.join(", "))).await;
            check_records(&*client, "t", "id", &records, &when).await;
        }
    });
}
