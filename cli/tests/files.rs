//! `canopy load`, `export`, `inspect` and `demo`.

mod common;

use common::Canopy;

#[test]
fn files_go_in_and_come_out() {
    let canopy = Canopy::new();
    let file = |name: &str, text: &str| std::fs::write(canopy.path().join(name), text).unwrap();
    file("words.csv", "n,word\n1,one\n2,two\n");
    file("more.csv", "n,word\n3,three\n");
    let ran = canopy.run(&["load", "words", "words.csv", "more.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(canopy.sql("csv", "SELECT * FROM words ORDER BY n"), "n,word\n1,one\n2,two\n3,three\n");
    // Over the old rows. A table that is there has names of its own: nothing guesses at a header any more.
    let ran = canopy.run(&["load", "words", "more.csv"]);
    assert!(ran.stderr.contains("--option skip_leading_rows=1"), "{}", ran.stderr);
    let over = ["load", "words", "more.csv", "--overwrite", "--option", "skip_leading_rows=1"];
    let ran = canopy.run(&over);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(canopy.sql("csv", "SELECT n FROM words"), "n\n3\n");
    // Out and in again, another format each time.
    for name in ["out.json", "out.parquet", "out.csv"] {
        let ran = canopy.run(&["export", "words", name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        let table = format!("from_{}", &name[4..]);
        let ran = canopy.run(&["load", &table, name]);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(canopy.sql("csv", &format!("SELECT n, word FROM {table}")), "n,word\n3,three\n", "{name}");
    }
}

#[test]
fn bad_files_name_their_place_and_change_nothing() {
    let canopy = Canopy::new();
    std::fs::write(canopy.path().join("bad.jsonl"), "{\"a\": 1}\n{\"a\": 2\n").unwrap();
    canopy.sql("csv", "CREATE TABLE t (a INT64)");
    for (arguments, expected) in [
        (&["load", "t", "bad.jsonl"][..], "bad.jsonl line 2"),
        (&["load", "t", "missing.csv"], "missing.csv"),
        (&["load", "t", "bad.jsonl", "--option", "nonsense=1"], "nonsense"),
    ] {
        let ran = canopy.run(arguments);
        assert_eq!(ran.code, 1, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(canopy.sql("csv", "SELECT COUNT(*) AS n FROM t"), "n\n0\n");
}

#[test]
fn a_file_of_a_table_can_be_looked_into() {
    let canopy = Canopy::new();
    canopy.sql(
        "csv",
        "CREATE TABLE t AS SELECT n, [STRUCT('x' AS word, [n, 2] AS nums)] AS parts, DATE '2020-01-02' AS d \
         FROM UNNEST([1, 2, 3]) AS n",
    );
    let file = find_file(&canopy.path().join("warehouse")).expect("the table has a file");
    let file = file.to_str().unwrap();
    let ran = canopy.run(&["inspect", file]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for expected in ["rows     3 in 1 stripe", "parts.nums", "structure", "2020-01-02"] {
        assert!(ran.stdout.contains(expected), "no {expected:?} in {}", ran.stdout);
    }
    assert!(canopy.run(&["inspect", file, "--blocks"]).stdout.contains("\nBlocks\n"));
    let json: serde_json::Value =
        serde_json::from_str(&canopy.run(&["inspect", file, "--json"]).stdout).unwrap();
    assert_eq!(json["row_count"], 3);
    let paths: Vec<&str> =
        json["columns"].as_array().unwrap().iter().map(|column| column["path"].as_str().unwrap()).collect();
    assert!(paths.contains(&"parts.nums") && paths.contains(&"d"), "{paths:?}");
    // A flipped byte is found, with its place.
    let mut bytes = std::fs::read(file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(file, bytes).unwrap();
    let ran = canopy.run(&["inspect", file]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("checksum"), "{}", ran.stderr);
}

fn find_file(directory: &std::path::Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut found = entries.filter_map(|path| match path.is_dir() {
        true => find_file(&path),
        false => path.extension().is_some_and(|extension| extension == "cnpy").then_some(path),
    });
    found.next()
}

#[test]
fn the_demo_answers_everything_and_leaves_the_data_behind() {
    let canopy = Canopy::new();
    let ran = canopy.run(&["demo", "--scale", "0.01", "--documents", "500"]);
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("29 of 29 ok"), "{}", ran.stdout);
    assert_eq!(canopy.sql("csv", "SELECT COUNT(*) AS n FROM lineitem"), "n\n60175\n");
    // Once is enough, and other directories are left alone.
    let again = canopy.run(&["demo", "--scale", "0.01"]);
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("holds tables already"), "{}", again.stderr);
    let other = canopy.run(&["demo", "--directory", "."]);
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("no warehouse"), "{}", other.stderr);
}
