//! Plans as text: TPC-H in `tests/tpch/`, and the optimizer's rules case by case in `tests/rules/`.
//!
//! `CANOPY_REFRESH=1 cargo test -p canopy-planner --test plans` writes what the planner makes now; read the
//! difference before committing it.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use canopy_planner::explain::render;
use canopy_planner::optimizer::{OptimizerContext, optimize};

const TPCH: &str = include_str!("../src/bind/tests/tpch.sql");
const RULE: &str = "----";

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn is_refresh() -> bool {
    std::env::var_os("CANOPY_REFRESH").is_some()
}

/// Compares with the file's text, or writes it.
fn check(file: &Path, found: &str, failures: &mut String) {
    if is_refresh() {
        fs::write(file, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(file).unwrap_or_default();
    if expected != found {
        failures.push_str(&format!("{}\nexpected\n{expected}\nfound\n{found}\n", file.display()));
    }
}

fn tpch(leaf_count: u32, suffix: &str) {
    let mut failures = String::new();
    let queries: Vec<&str> = TPCH.split(';').map(str::trim).filter(|query| !query.is_empty()).collect();
    assert_eq!(queries.len(), 22);
    for (index, sql) in queries.into_iter().enumerate() {
        let plan = common::planned(sql, leaf_count).plan;
        let file = folder("tpch").join(format!("q{:02}{suffix}.txt", index + 1));
        check(&file, &render(&plan, None), &mut failures);
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn tpch_in_one_process() {
    tpch(1, "");
}

#[test]
fn tpch_over_four_leaves() {
    tpch(4, "_leaves");
}

/// Cases in `tests/rules/*.txt`: the SQL, a line of dashes, the optimised algebra, an empty line.
#[test]
fn rules() {
    let mut failures = String::new();
    let mut files: Vec<_> =
        fs::read_dir(folder("rules")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut fresh = String::new();
        for case in text.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
            let sql = case.split(&format!("\n{RULE}\n")).next().unwrap();
            let found = match optimize(common::bound(sql), &OptimizerContext::default()) {
                Ok(query) => query.to_string(),
                Err(error) => error.to_string(),
            };
            fresh.push_str(&format!("{sql}\n{RULE}\n{}\n\n", found.trim_end()));
        }
        check(&file, &format!("{}\n", fresh.trim_end()), &mut failures);
    }
    assert!(failures.is_empty(), "{failures}");
}
