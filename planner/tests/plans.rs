//! Plans as text: TPC-H in `tests/tpch/`, and the optimizer's rules case by case in `tests/rules/`.
//!
//! `CANOPY_REFRESH=1 cargo test -p canopy-planner --test plans` writes what the planner makes now; read the
//! difference before committing it.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use canopy_planner::algebra::Relation;
use canopy_planner::explain::render;
use canopy_planner::optimizer::{OptimizerContext, optimize};
use canopy_proto::plan::{Fragment, Operator};

const TPCH: &str = include_str!("../src/bind/tests/tpch.sql");
const RULE: &str = "\n----\n";
const END: &str = "\n====\n";

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

/// Cases in the folder's files: the SQL, a line of dashes, what is made of it, an empty line.
fn cases(name: &str, make: impl Fn(&str) -> String) {
    let mut failures = String::new();
    let mut files: Vec<_> = fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut fresh = String::new();
        // Plans hold empty lines themselves: a case ends with a line of equals signs.
        for case in text.split(END).map(str::trim).filter(|case| !case.is_empty()) {
            let sql = case.split("\n----").next().unwrap().trim();
            fresh.push_str(&format!("{sql}{RULE}{}{END}", make(sql).trim_end()));
        }
        check(&file, &fresh, &mut failures);
    }
    assert!(failures.is_empty(), "{failures}");
}

/// The optimised algebra.
#[test]
fn rules() {
    cases("rules", |sql| match optimize(common::bound(sql), &OptimizerContext::default()) {
        Ok(query) => query.to_string(),
        Err(error) => error.to_string(),
    });
}

/// What scans read and test, in the physical plan of one process.
#[test]
fn scans() {
    cases("scans", |sql| render(&common::planned(sql, 1).plan, None));
}

/// Whatever the query, nothing of subqueries and correlation is left, however it is cut into fragments.
#[test]
fn every_case_plans_for_any_number_of_leaves() {
    for name in ["rules", "scans"] {
        for file in fs::read_dir(folder(name)).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            for case in text.split(END).map(str::trim).filter(|case| !case.is_empty()) {
                let sql = case.split("\n----").next().unwrap().trim();
                let query = optimize(common::bound(sql), &OptimizerContext::default()).unwrap();
                assert!(!query.relation.has_subquery(), "{sql}");
                query.relation.for_each(&mut |relation| {
                    assert!(!matches!(relation, Relation::Join(join) if join.dependent), "{sql}");
                });
                for leaf_count in [1, 2, 7] {
                    let plan = common::planned(sql, leaf_count).plan;
                    one_reader_each(&plan.fragments, sql);
                }
            }
        }
    }
}

/// Every fragment but the root is read, and by no fragment twice.
fn one_reader_each(fragments: &[Fragment], sql: &str) {
    let reads: Vec<Vec<u32>> =
        fragments.iter().map(|fragment| reads(fragment.root.as_ref().unwrap())).collect();
    for (reader, reads) in fragments.iter().zip(&reads) {
        let mut unique = reads.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), reads.len(), "fragment {} reads one twice: {sql}", reader.id);
        assert!(reads.iter().all(|read| *read < reader.id), "inputs stand before readers: {sql}");
    }
    for fragment in &fragments[..fragments.len() - 1] {
        assert!(
            reads.iter().flatten().any(|read| *read == fragment.id),
            "nobody reads {}: {sql}",
            fragment.id
        );
    }
}

fn reads(operator: &Operator) -> Vec<u32> {
    // The text of a message names every exchange read in it, at any depth.
    let text = format!("{operator:?}");
    let mut ids = Vec::new();
    for part in text.split("ExchangeRead { fragment_id: ").skip(1) {
        ids.push(part.split(',').next().unwrap().parse().unwrap());
    }
    ids
}
