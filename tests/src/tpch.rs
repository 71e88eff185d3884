//! TPC-H in tests: a warehouse with its tables in many files, and its queries with their answers.

use canopy_bench::tpch;
use canopy_server::engine::Engine;
use canopy_server::resources::{Resources, embedded_engine};
use std::sync::Arc;

use crate::cluster::Canopy;
use crate::engine;

/// The scale of tests: small enough for a debug build.
pub const SCALE: f64 = 0.01;

/// Files that the two big tables are spread over, so that every leaf has some.
const FILES: i64 = 8;

/// Fills the warehouse at `uri` with TPC-H's tables.
///
/// # Panics
/// When that fails.
pub async fn fill(uri: &str) {
    let resources = Resources { threads: 2, ..Default::default() };
    let engine: Arc<Engine> = embedded_engine(uri, &resources).await.expect("the warehouse opens");
    for table in tpch::TABLES {
        let batches = tpch::batches(table, SCALE);
        engine
            .create_table_from("main", table.name(), tpch::schema(table), batches)
            .await
            .expect("the table is made");
    }
    let client = canopy_server::embedded(engine);
    for (table, key) in [("lineitem", "l_orderkey"), ("orders", "o_orderkey")] {
        let mut script =
            format!("CREATE TABLE parts AS SELECT * FROM {table} WHERE MOD(DIV({key}, 8), {FILES}) = 0;");
        for part in 1..FILES {
            script += &format!(
                "INSERT INTO parts SELECT * FROM {table} WHERE MOD(DIV({key}, 8), {FILES}) = {part};"
            );
        }
        script += &format!("CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} WHERE FALSE;");
        for part in 0..FILES {
            script += &format!(
                "INSERT INTO {table} SELECT * FROM parts WHERE MOD(DIV({key}, 8), {FILES}) = {part};"
            );
        }
        script += "DROP TABLE parts;";
        engine::run(&*client, &script).await.expect("the table is spread");
    }
}

/// Runs one query with the `canopy` command and compares its rows with the answer.
///
/// # Errors
/// What the command said, or the first difference.
pub fn check(canopy: &Canopy, arguments: &[&str], number: usize) -> Result<(), String> {
    let sql = tpch::query(number, SCALE);
    let mut all = arguments.to_vec();
    all.extend(["sql", "--format", "csv", "-c", sql.as_str()]);
    let output = canopy.run(&all);
    if !output.status.success() {
        return Err(format!("query {number} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let rows = rows(&output.stdout).map_err(|error| format!("query {number}: bad CSV: {error}"))?;
    tpch::compare(number, SCALE, &rows).map_err(|error| error.to_string())
}

/// The rows of CSV with a header. A NULL alone in its row is an empty line, which readers of CSV skip.
fn rows(csv: &[u8]) -> csv::Result<Vec<Vec<String>>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(csv);
    let fields = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<String>>();
    if reader.headers()?.len() == 1 {
        let text = String::from_utf8_lossy(csv);
        return Ok(text.lines().skip(1).map(|line| vec![line.to_owned()]).collect());
    }
    reader.records().map(|record| Ok(fields(&record?))).collect()
}
