//! `canopy sql`, as scripts use it.

mod common;

use common::Canopy;

const ROWS: &str = "SELECT 1 AS n, 'a' AS word UNION ALL SELECT 2, NULL ORDER BY n";

#[test]
fn every_format_prints_the_rows() {
    let canopy = Canopy::new();
    let check = |format: &str, expected: &str| assert_eq!(canopy.sql(format, ROWS), expected, "{format}");
    check("csv", "n,word\n1,a\n2,\n");
    check("json", "[\n{\"n\":1,\"word\":\"a\"},\n{\"n\":2,\"word\":null}\n]\n");
    check("jsonl", "{\"n\":1,\"word\":\"a\"}\n{\"n\":2,\"word\":null}\n");
    check("table", "┌───┬──────┐\n│ n │ word │\n├───┼──────┤\n│ 1 │ a    │\n│ 2 │ NULL │\n└───┴──────┘\n");
    check("vertical", "─── row 1 ───\n   n: 1\nword: a\n─── row 2 ───\n   n: 2\nword: NULL\n");
    let full: serde_json::Value = serde_json::from_str(&canopy.sql("json-full", ROWS)).unwrap();
    assert_eq!(full["schema"][0], serde_json::json!({"name": "n", "type": "INT64"}));
    assert_eq!(full["rows"], serde_json::json!([[1, "a"], [2, null]]));
    assert_eq!(full["statistics"]["rows"], 2);
}

#[test]
fn rows_go_to_stdout_as_csv_when_nobody_watches() {
    let ran = Canopy::new().run(&["sql", "-c", "SELECT 1 AS one"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "one\n1\n"));
}

#[test]
fn arrow_can_be_read_back() {
    let canopy = Canopy::new();
    let output = canopy.command().args(["sql", "--format", "arrow", "-c", ROWS]).output().unwrap();
    let reader = arrow_ipc::reader::StreamReader::try_new(output.stdout.as_slice(), None).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
}

#[test]
fn statements_of_a_script_each_print_their_own_document() {
    let canopy = Canopy::new();
    let script = "CREATE TABLE t AS SELECT 1 AS a; SELECT a FROM t; -- twice\nSELECT a + 1 AS b FROM t;";
    let ran = canopy.run_with_input(&["sql", "--format", "json"], script);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout, "[\n{\"a\":1}\n]\n[\n{\"b\":2}\n]\n");
    // The next process finds what this one made.
    std::fs::write(canopy.path().join("script.sql"), "SELECT a FROM main.t").unwrap();
    let ran = canopy.run(&["sql", "-f", "script.sql"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "a\n1\n"), "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_failed_statement_is_1_and_names_its_place() {
    let canopy = Canopy::new();
    let check = |sql: &str, expected: &[&str]| {
        let ran = canopy.run(&["sql", "-c", sql]);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{sql}: {}", ran.stderr);
        assert!(expected.iter().all(|part| ran.stderr.contains(part)), "{sql}: {}", ran.stderr);
    };
    check("SELECT\n  x", &["error: Unrecognized name: x", "\n    x\n    ^\n"]);
    check("SELEC 1", &["Syntax error", "\n  SELEC 1\n  ^\n"]);
    check("SELECT * FROM nothing", &["nothing", "\n  SELECT * FROM nothing\n                ^\n"]);
    check("SELECT 1; SELECT 2 +", &["Syntax error"]);
}

#[test]
fn a_statement_that_fails_while_it_runs_is_1_too() {
    let ran = Canopy::new().run(&["sql", "-c", "SELECT 1 / x FROM UNNEST([1, 0]) AS x"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("division by zero"), "{}", ran.stderr);
}

#[test]
fn parameters_have_types() {
    let canopy = Canopy::new();
    let check = |parameters: &[&str], sql: &str, expected: &str| {
        let mut arguments = vec!["sql", "-c", sql];
        parameters.iter().for_each(|parameter| arguments.extend(["--param", parameter]));
        let ran = canopy.run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (0, expected), "{sql}: {}", ran.stderr);
    };
    check(&["a:INT64:2", "b::x:y"], "SELECT @a + 1 AS n, @b AS s", "n,s\n3,x:y\n");
    check(&[":INT64:5", ":INT64:7"], "SELECT ? - ? AS n", "n\n-2\n");
    check(&["a:INT64:NULL"], "SELECT @a IS NULL AS n", "n\ntrue\n");
    check(&["a:ARRAY<INT64>:[1, 2]"], "SELECT ARRAY_LENGTH(@a) AS n", "n\n2\n");
    check(&["d:DATE:2020-02-28"], "SELECT DATE_ADD(@d, INTERVAL 1 DAY) AS d", "d\n2020-02-29\n");
}

#[test]
fn a_command_line_that_makes_no_sense_is_2() {
    let canopy = Canopy::new();
    let check = |arguments: &[&str], expected: &str| {
        let ran = canopy.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    };
    check(&["sql", "--nonsense"], "unexpected argument '--nonsense'");
    check(&["sql", "--format", "xml"], "json-full");
    check(&["sql", "-c", "SELECT 1", "--param", "a=1"], "expected NAME:TYPE:VALUE");
    check(&["sql", "-c", "SELECT 1", "--param", "a:INT46:1"], "Type not found: INT46");
    check(&["sql", "-c", "SELECT 1", "--param", "a:INT64:x"], "INT64");
    check(&["sql", "-f", "missing.sql"], "cannot read missing.sql");
    check(&["load", "t", "file.dat"], "add --format");
    check(&["serve", "--role", "leaf"], "--root HOST:PORT");
    check(&["sql", "--memory", "2XB", "-c", "SELECT 1"], "unknown unit");
    check(&[], "Usage");
}

#[test]
fn timing_is_a_json_line_a_statement_on_stderr() {
    let ran = Canopy::new().run(&[
        "sql",
        "--warehouse",
        "memory:",
        "--timing",
        "-c",
        "SELECT 1; SELECT 2 UNION ALL SELECT 3",
    ]);
    let lines: Vec<serde_json::Value> =
        ran.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[1]["statement"], &lines[1]["rows"]), (&2.into(), &2.into()));
    assert!(lines.iter().all(|line| line["elapsed_ms"].as_f64().unwrap() > 0.0));
}

#[test]
fn a_dry_run_runs_nothing() {
    let canopy = Canopy::new();
    let ran = canopy.run(&["sql", "--dry-run", "-c", "CREATE TABLE t (a INT64)"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "statement 1 is valid and would process 0 bytes (0 B)\n")
    );
    let ran = canopy.run(&["sql", "--dry-run", "--format", "json", "-c", "SELECT 1 AS a"]);
    let line: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(line["schema"][0]["type"], "INT64");
    let ran = canopy.run(&["sql", "--dry-run", "-c", "SELECT * FROM t"]);
    assert_eq!(ran.code, 1, "the dry run made a table: {}", ran.stdout);
}

#[test]
fn a_new_warehouse_is_told_of_once() {
    let canopy = Canopy::new();
    let first = canopy.run(&["sql", "-c", "SELECT 1"]);
    assert_eq!(first.stderr, "note: made a new warehouse in ./warehouse\n");
    assert_eq!(canopy.run(&["sql", "-c", "SELECT 1"]).stderr, "");
    assert!(canopy.path().join("warehouse/log").is_dir());
}

#[test]
fn places_that_are_not_there_are_named() {
    let canopy = Canopy::new();
    std::fs::write(canopy.path().join("file"), "x").unwrap();
    let check = |arguments: &[&str], expected: &str| {
        let ran = canopy.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    };
    check(&["sql", "--warehouse", "file", "-c", "SELECT 1"], "cannot open the warehouse file");
    check(&["sql", "--connect", "127.0.0.1:1", "-c", "SELECT 1"], "cannot connect to 127.0.0.1:1");
    check(&["sql", "--warehouse", "ftp://x", "-c", "SELECT 1"], "ftp://x");
    check(&["inspect", "missing.cnpy"], "cannot read missing.cnpy");
    check(&["inspect", "file"], "file");
    check(&["inspect", "."], "is no file");
}
