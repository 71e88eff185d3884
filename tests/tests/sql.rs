//! Runs every file under `tests/sql` on an engine in this process, with one thread and with several.

use std::path::Path;

use canopy_bench::tpch::{self, QUERY_COUNT};
use canopy_proto::query::ExecuteRequest;
use canopy_server::results::collect;
use canopy_tests::engine;
use canopy_tests::sql_file::{self, Outcome, Record};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sql")
}

/// Runs a file's records; `$DATA` in them is the folder of input files, `$SCRATCH` one to write to.
async fn run_file(text: &str, threads: usize) -> Vec<(Record, Outcome)> {
    let client = engine::open("memory:", threads).await;
    let scratch = tempfile::tempdir().expect("a folder for files");
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let (scratch, data) = (scratch.path().to_str().unwrap_or_default(), data.to_str().unwrap_or_default());
    let mut outcomes = Vec::new();
    for record in sql_file::parse(text).expect("a well-formed file") {
        let outcome = match engine::run(
            &*client,
            &record.sql.replace("$DATA", data).replace("$SCRATCH", scratch),
        )
        .await
        {
            Ok(results) => {
                let rows = results.last().map(engine::text_rows).unwrap_or_default();
                Ok(rows.into_iter().map(|row| row.join("\t")).collect())
            }
            Err(error) => Err(error.message),
        };
        outcomes.push((record, outcome));
    }
    outcomes
}

fn check_all(threads: usize) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut wrong = Vec::new();
    let mut records = 0;
    for path in sql_file::files(&folder()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let outcomes = runtime.block_on(run_file(&text, threads));
        records += outcomes.len();
        if std::env::var("CANOPY_REFRESH").is_ok_and(|value| value == "1") {
            std::fs::write(&path, sql_file::updated(&text, &outcomes)).unwrap();
        }
        for (record, outcome) in &outcomes {
            if let Some(difference) = sql_file::difference(record, outcome) {
                wrong.push(format!("{}:{}\n{}\n{difference}", path.display(), record.line, record.sql));
            }
        }
    }
    assert!(records > 0, "no records under {}", folder().display());
    assert!(wrong.is_empty(), "{} of {records} records differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn sql_files_with_one_thread() {
    check_all(1);
}

#[test]
fn sql_files_with_three_threads() {
    check_all(3);
}

#[test]
fn parameters_by_name_and_by_position() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = engine::open("memory:", 2).await;
        let check = async |sql: &str, parameters: &[(&str, &str, &str)], expected: Result<&str, &str>| {
            let parameters = parameters.iter().map(|(name, data_type, value)| {
                canopy_server::client::parameter(name, data_type, value).expect("a good parameter")
            });
            let request = ExecuteRequest {
                sql: sql.to_owned(),
                parameters: parameters.collect(),
                ..Default::default()
            };
            match (collect(&*client, request).await, expected) {
                (Ok(results), Ok(expected)) => {
                    let rows = engine::text_rows(&results[0]);
                    let rows: Vec<String> = rows.into_iter().map(|row| row.join("|")).collect();
                    assert_eq!(rows.join("\n"), expected, "{sql}");
                }
                (Err(error), Err(expected)) => assert!(error.message.contains(expected), "{sql}: {error}"),
                (found, expected) => panic!("{sql}: expected {expected:?}, found {found:?}"),
            }
        };
        check("SELECT @a + 1, @b", &[("a", "INT64", "41"), ("b", "STRING", "x")], Ok("42|x")).await;
        check(
            "SELECT ? || ?, ?",
            &[("", "STRING", "a"), ("", "STRING", "b"), ("", "DATE", "2024-02-29")],
            Ok("ab|2024-02-29"),
        )
        .await;
        check(
            "SELECT x FROM UNNEST([1, 2, 3]) AS x WHERE x > @least ORDER BY x",
            &[("least", "INT64", "1")],
            Ok("2\n3"),
        )
        .await;
        check("SELECT @missing", &[("a", "INT64", "1")], Err("missing")).await;
        check("SELECT ?, ?", &[("", "INT64", "1")], Err("parameter")).await;
        check("SELECT LOWER(@a)", &[("a", "INT64", "1")], Err("No matching signature")).await;
    });
}

#[test]
fn rows_of_an_earlier_time() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = engine::embedded("memory:", 2).await;
        let client = canopy_server::embedded(engine.clone());
        let mut then = Vec::new();
        let steps = [
            ("CREATE TABLE t AS SELECT 1 AS a", Some("1")),
            ("INSERT INTO t VALUES (2), (3)", Some("1,2,3")),
            ("CREATE OR REPLACE TABLE t AS SELECT 9 AS a", Some("9")),
            ("DROP TABLE t", None),
        ];
        for (sql, expected) in steps {
            engine::ok(&*client, sql).await;
            then.push((engine.warehouse().snapshot().await.unwrap().timestamp_us(), expected));
        }
        for (at, expected) in then {
            let sql = format!(
                "SELECT STRING_AGG(CAST(a AS STRING), ',' ORDER BY a) FROM t FOR SYSTEM_TIME AS OF TIMESTAMP_MICROS({at})"
            );
            match (engine::run(&*client, &sql).await, expected) {
                (Ok(results), Some(expected)) => assert_eq!(engine::text_rows(&results[0])[0][0], expected, "{sql}"),
                (Err(error), None) => assert!(error.message.contains("Not found: Table main.t"), "{error}"),
                (found, expected) => panic!("{sql}: expected {expected:?}, found {found:?}"),
            }
        }
        let long_ago = "SELECT * FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '2001-01-01 00:00:00+00'";
        assert!(engine::run(&*client, long_ago).await.is_err());
    });
}

#[test]
fn tpch_in_one_process_with_one_thread_and_with_several() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap();
    runtime.block_on(async {
        canopy_tests::tpch::fill(uri).await;
        for threads in [1, 3] {
            let client = engine::open(uri, threads).await;
            let mut wrong = Vec::new();
            for number in 1..=QUERY_COUNT {
                let results = engine::run(&*client, &tpch::query(number, canopy_tests::tpch::SCALE)).await;
                let outcome = results.map_err(|error| error.to_string()).and_then(|results| {
                    let rows = results.last().map(engine::text_rows).unwrap_or_default();
                    let empty = |text: String| if text == "NULL" { String::new() } else { text };
                    let rows: Vec<Vec<String>> =
                        rows.into_iter().map(|row| row.into_iter().map(empty).collect()).collect();
                    tpch::compare(number, canopy_tests::tpch::SCALE, &rows).map_err(|error| error.to_string())
                });
                wrong.extend(outcome.err().map(|error| format!("query {number}: {error}")));
            }
            assert!(wrong.is_empty(), "{threads} threads:\n{}", wrong.join("\n"));
        }
    });
}
