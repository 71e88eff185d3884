//! Runs the reference suite's parser cases, where they are there, and holds what passes.
//!
//! `parser_conformance.left_out` lists what BigQuery lacks; `parser_conformance.ratchet` lists the cases that
//! fail today: a case that fails and is not in it is a loss, one in it that passes must be taken out. To write
//! the ratchet anew: `UPDATE_RATCHET=1 cargo test -p canopy-planner --test parser_conformance`, and read the diff.
//! The suite is looked for in `../shared/conformance` beside the workspace, or in `CANOPY_CONFORMANCE`.

#![allow(clippy::print_stdout, reason = "the rates are what this test is for")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use canopy_planner::syntax::{self, ParseError, ast};
use support::left_out::LeftOut;
use support::test_file::{self, Case};

/// The shares that must be reached, in percent.
const TARGET: usize = 95;

fn suite() -> Option<PathBuf> {
    let root = match std::env::var_os("CANOPY_CONFORMANCE") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance"),
    };
    let found = root.join("parser/raw").is_dir();
    if !found {
        eprintln!("skipped: no conformance suite at {}", root.display());
    }
    found.then_some(root)
}

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn parse(case: &Case) -> Result<Vec<ast::Statement>, ParseError> {
    match case.is_script() {
        true => syntax::parse_script(&case.sql),
        false => syntax::parse_statement(&case.sql).map(|statement| vec![statement]),
    }
}

#[derive(Default)]
struct Tally {
    valid: usize,
    accepted: usize,
    invalid: usize,
    rejected: usize,
    placed: usize,
    worded: usize,
    left_out: usize,
    unparsed_wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.valid += other.valid;
        self.accepted += other.accepted;
        self.invalid += other.invalid;
        self.rejected += other.rejected;
        self.placed += other.placed;
        self.worded += other.worded;
        self.left_out += other.left_out;
        self.unparsed_wrong.extend(other.unparsed_wrong.iter().cloned());
    }

    /// Runs a case; false when it fails.
    fn run(&mut self, case: &Case) -> bool {
        let outcome = parse(case);
        if case.error.is_none() {
            self.valid += 1;
            let Ok(statements) = outcome else { return false };
            self.accepted += 1;
            if let Some(why) = round_trip_fault(&statements) {
                self.unparsed_wrong.push(format!("{}: {why}", case.id));
            }
            return true;
        }
        self.invalid += 1;
        let Err(error) = outcome else { return false };
        self.rejected += 1;
        self.placed +=
            usize::from(case.error_position() == Some((error.position.line, error.position.column)));
        let worded = case.error.as_deref().is_some_and(|e| e.replace("[at ", "at [") == error.to_string());
        self.worded += usize::from(worded);
        true
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name:48} valid {:5}/{:<5} invalid {:5}/{:<5} placed {:5} worded {:5} left out {}",
            self.accepted, self.valid, self.rejected, self.invalid, self.placed, self.worded, self.left_out
        )
    }
}

/// Writes the trees as text, parses that, and says where the trees differ.
fn round_trip_fault(statements: &[ast::Statement]) -> Option<String> {
    for statement in statements {
        let text = syntax::unparse::statement(statement);
        match syntax::parse_script(&format!("{text};")) {
            Err(error) => return Some(format!("{error} in {text}")),
            Ok(again) => {
                let before = without_spans(&format!("{:?}", statement));
                let after =
                    again.iter().map(|s| without_spans(&format!("{s:?}"))).collect::<Vec<_>>().join(" ");
                if before != after {
                    return Some(format!("another tree from {text}"));
                }
            }
        }
    }
    None
}

/// Cuts `@12..34` out of a printed tree.
fn without_spans(tree: &str) -> String {
    let mut out = String::with_capacity(tree.len());
    let mut rest = tree;
    while let Some(at) = rest.find('@') {
        let after = rest[at + 1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        out.push_str(&rest[..at]);
        rest = after;
    }
    out + rest
}

#[test]
fn reference_cases_are_accepted_and_refused() {
    let Some(root) = suite() else { return };
    let rules =
        std::fs::read_to_string(beside("parser_conformance.left_out")).expect("the list of left-out cases");
    let rules = LeftOut::parse(&rules);
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(root.join("parser/raw")).expect("a folder").flatten().map(|e| e.path()).collect();
    paths.sort();
    let (mut total, mut failing, mut reasons) = (Tally::default(), BTreeMap::new(), BTreeMap::new());
    for path in paths {
        let mut tally = Tally::default();
        for case in test_file::read(&path) {
            if let Some(reason) = rules.reason(&case) {
                tally.left_out += 1;
                *reasons.entry(reason.to_owned()).or_insert(0) += 1;
            } else if !tally.run(&case) {
                failing.insert(case.id.clone(), describe(&case));
            }
        }
        println!("{}", tally.line(&path.file_name().unwrap_or_default().to_string_lossy()));
        total.add(&tally);
    }
    for (reason, count) in &reasons {
        println!("left out {count:5}: {reason}");
    }
    println!("{}", total.line("all"));
    for wrong in &total.unparsed_wrong {
        println!("unparse: {wrong}");
    }
    if std::env::var_os("SHOW_FAILING").is_some() {
        failing.values().for_each(|text| println!("{text}"));
    }
    hold(&failing.into_keys().collect());
    assert!(total.unparsed_wrong.is_empty(), "unparse is not the inverse of parse: see above");
    assert!(total.accepted * 100 >= total.valid * TARGET, "too few valid statements are accepted");
    assert!(total.rejected * 100 >= total.invalid * TARGET, "too few invalid statements are refused");
}

fn describe(case: &Case) -> String {
    let found = match parse(case) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => error.to_string(),
    };
    format!("--- {} [{}]\n{}\nexpected {:?}\nfound {found}", case.id, case.options, case.sql, case.error)
}

/// Compares with the ratchet.
fn hold(failing: &BTreeSet<String>) {
    let path = beside("parser_conformance.ratchet");
    if std::env::var_os("UPDATE_RATCHET").is_some() {
        let header = "# Cases of the reference suite that fail today, by id; see parser_conformance.rs.\n";
        let lines: String = failing.iter().map(|id| format!("{id}\n")).collect();
        std::fs::write(&path, format!("{header}{lines}")).expect("the ratchet is writable");
        return;
    }
    let text = std::fs::read_to_string(&path).expect("the ratchet file");
    let known: BTreeSet<String> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    let lost: Vec<_> = failing.difference(&known).collect();
    let won: Vec<_> = known.difference(failing).collect();
    assert!(lost.is_empty(), "cases that passed before fail now: {lost:#?}");
    assert!(won.is_empty(), "cases of the ratchet pass now, take them out (UPDATE_RATCHET=1): {won:#?}");
}

#[test]
fn statements_of_the_semantic_suite_parse() {
    let Some(root) = suite() else { return };
    let Ok(text) = std::fs::read_to_string(root.join("googlesql/cases.jsonl")) else { return };
    let (mut count, mut left_out, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let case: serde_json::Value = serde_json::from_str(line).expect("a case a line");
        let setup = case["setup"].as_array().into_iter().flatten().filter_map(|sql| sql.as_str());
        let parameters = case["parameters"].as_array().into_iter().flatten();
        for sql in case["sql"].as_str().into_iter().chain(setup) {
            count += 1;
            let refused =
                case["expected"]["error"].as_str().is_some_and(|error| error.contains("yntax error"));
            match syntax::parse_script(sql) {
                Ok(statements) if !refused => {
                    if let Some(why) = round_trip_fault(&statements) {
                        wrong.push(format!("{}: {why}", case["id"]));
                    }
                }
                Err(_) if refused => {}
                // INSERT OR REPLACE and its like are of other users of GoogleSQL.
                Err(error) if error.message.starts_with("INSERT OR") => left_out += 1,
                outcome => {
                    wrong.push(format!("{}: {:?}\n{sql}", case["id"], outcome.err().map(|e| e.to_string())))
                }
            }
        }
        for sql in parameters.filter_map(|parameter| parameter["sql"].as_str()) {
            count += 1;
            if let Err(error) = syntax::parse_expression(sql) {
                wrong.push(format!("{}: {error}\n{sql}", case["id"]));
            }
        }
    }
    println!(
        "semantic suite: {} of {count} texts parse, {left_out} left out",
        count - left_out - wrong.len()
    );
    wrong.iter().for_each(|wrong| println!("{wrong}"));
    assert!(wrong.is_empty());
}
