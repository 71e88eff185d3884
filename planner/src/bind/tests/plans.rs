//! Queries and their algebra, in `plans/*.txt`: the SQL, a line of dashes, the algebra, an empty line.
//!
//! `CANOPY_REFRESH=1 cargo test -p canopy-planner` writes what the binder makes now; read the difference
//! before committing it.

use std::fs;
use std::path::Path;

use super::plan;

const RULE: &str = "----";

#[test]
fn plans() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bind/tests/plans");
    let refresh = std::env::var_os("CANOPY_REFRESH").is_some();
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let mut failures = String::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut fresh = String::new();
        for case in text.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
            let (sql, expected) = case.split_once(&format!("\n{RULE}\n")).unwrap_or((case, ""));
            let found = plan(sql);
            let found = found.trim_end();
            fresh.push_str(&format!("{sql}\n{RULE}\n{found}\n\n"));
            if found != expected {
                failures.push_str(&format!("{sql}\nexpected\n{expected}\nfound\n{found}\n\n"));
            }
        }
        if refresh {
            fs::write(&file, format!("{}\n", fresh.trim_end())).unwrap();
        }
    }
    assert!(refresh || failures.is_empty(), "{failures}");
}
