//! Holds the arrows of the crate table in ARCHITECTURE.md, and the tidiness that people forget.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each crate may import of ours: the crate table.
const ARROWS: &[(&str, &[&str])] = &[
    ("proto", &[]),
    ("storage", &[]),
    ("format", &["storage"]),
    ("txn", &["format", "storage"]),
    ("exec", &["proto", "format", "storage"]),
    ("planner", &["proto", "format", "exec"]),
    ("tree", &["proto", "exec", "format", "storage"]),
    ("server", &["proto", "storage", "format", "txn", "exec", "planner", "tree"]),
    ("bench", &["proto", "storage", "format", "txn", "exec", "planner", "tree", "server"]),
    ("cli", &["proto", "server", "bench", "format", "storage"]),
    ("tests", &["proto", "storage", "format", "txn", "exec", "planner", "tree", "server", "bench", "cli"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[test]
fn imports_point_down_the_crate_table() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    let metadata = MetadataCommand::new().current_dir(root()).no_deps().exec().unwrap();
    let mut wrong = Vec::new();
    for package in metadata.packages {
        let name = package.name.trim_start_matches("canopy-").to_owned();
        let Some(allowed) = allowed.get(name.as_str()) else {
            wrong.push(format!("{name} is not in the crate table"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            let Some(ours) = dependency.name.strip_prefix("canopy-") else { continue };
            if !allowed.contains(&ours) {
                wrong.push(format!("{name} must not import {ours}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every Rust source file of ours with its text.
fn sources() -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = entry.file_name().unwrap().to_string_lossy().into_owned();
            if entry.is_dir() && name != "target" && !name.starts_with('.') {
                walk(&entry, found);
            } else if name.ends_with(".rs") {
                found.push(entry);
            }
        }
    }
    let mut found = Vec::new();
    for (folder, _) in ARROWS {
        walk(&root().join(folder), &mut found);
    }
    found
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).unwrap()))
        .collect()
}

#[test]
fn no_debug_prints_and_no_files_past_a_room() {
    let print = concat!("dbg", "!(");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        if text.contains(print) {
            wrong.push(format!("{path}: a debug print"));
        }
        let lines = text.lines().count();
        if lines > 800 {
            wrong.push(format!("{path}: {lines} lines; is it still one room?"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_lives_in_kernels_buffers_and_row_storage_only() {
    // `fixed.rs` decodes into the spare room of buffers, and the tests of bit-packing call its kernel so.
    let may = [
        "format/src/buffer.rs",
        "format/src/string_view.rs",
        "format/src/encoding/fixed.rs",
        "format/src/encoding/bitpack/tests.rs",
        "kernel",
        "row",
    ];
    let word = concat!("unsa", "fe ");
    let outside: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| {
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            code.clone().any(|line| line.contains(word) && !line.contains('"'))
                && !may.iter().any(|m| path.contains(m))
        })
        .map(|(path, _)| path)
        .collect();
    assert!(outside.is_empty(), "unsafe code outside its places:\n{}", outside.join("\n"));
}
