//! Binds the reference suite's query cases, where they are there: what binds must have the result columns
//! and types that the suite expects, and nothing may panic.
//!
//! `BINDER_REPORT=1 cargo test -p canopy-planner --test binder_conformance -- --nocapture` lists what does not
//! bind. The suite is looked for in `../shared/conformance` beside the workspace, or in `CANOPY_CONFORMANCE`.

#![allow(clippy::print_stdout, reason = "the rates are what this test is for")]

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use canopy_format::{DataType, Schema};
use canopy_planner::algebra::{Expr, Named, Query, Relation};
use canopy_planner::bind::{BindContext, BindError, BoundStatement, Parameters, TypedValue, bind};
use canopy_planner::catalog::{Catalog, CatalogError, TableSource};
use canopy_planner::syntax::parse_statement;
use serde_json::Value as Json;

/// Of the cases that the suite has no error for, in percent, how many must bind with the right types.
const BOUND_MIN: usize = 55;

fn suite() -> Option<PathBuf> {
    let root = match std::env::var_os("CANOPY_CONFORMANCE") {
        Some(root) => PathBuf::from(root),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance"),
    };
    let cases = root.join("googlesql/cases.jsonl");
    if !cases.is_file() {
        eprintln!("skipped: no conformance suite at {}", root.display());
        return None;
    }
    Some(cases)
}

/// Tables that a case's setup created.
#[derive(Debug, Default)]
struct CaseCatalog(Mutex<Vec<(String, Arc<TableSource>)>>);

impl CaseCatalog {
    fn add(&self, path: &[String], schema: Schema) {
        let name = path.join(".");
        let table = TableSource { name: name.clone(), schema, files: Vec::new(), layout: Default::default() };
        self.0.lock().unwrap().push((name, Arc::new(table)));
    }
}

impl Catalog for CaseCatalog {
    fn table(&self, path: &[String], _: Option<i64>) -> Result<Arc<TableSource>, CatalogError> {
        let name = path.join(".");
        let tables = self.0.lock().unwrap();
        let found = tables.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        found.map(|(_, table)| table.clone()).ok_or(CatalogError::TableNotFound(name))
    }

    fn names_like(&self, _: &[String]) -> Vec<String> {
        Vec::new()
    }

    fn snapshot_seq(&self) -> u64 {
        0
    }
}

enum Outcome {
    Right,
    WrongColumns(String),
    Refused(BindError),
    Other(&'static str, String),
}

fn bind_text(sql: &str, catalog: &CaseCatalog, parameters: &Parameters) -> Result<BoundStatement, Outcome> {
    let statement = parse_statement(sql).map_err(|error| Outcome::Other("unparsed", error.to_string()))?;
    let context = BindContext { text: sql.into(), parameters: parameters.clone(), ..Default::default() };
    bind(&statement, catalog, &context).map_err(Outcome::Refused)
}

/// The type as the binder reads it, field names left out.
fn type_of(text: &str) -> Option<DataType> {
    let sql = format!("SELECT CAST(NULL AS {text})");
    match bind_text(&sql, &CaseCatalog::default(), &Parameters::None) {
        Ok(BoundStatement::Query(query)) => Some(nameless(&query.output[0].column.data_type)),
        _ => None,
    }
}

fn nameless(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Array(element) => DataType::array(nameless(element)),
        DataType::Struct(fields) => {
            DataType::structure(fields.iter().map(|field| ("", nameless(&field.data_type))))
        }
        other => other.clone(),
    }
}

fn run(case: &Json) -> Outcome {
    let catalog = CaseCatalog::default();
    for setup in texts(&case["setup"]) {
        match bind_text(setup, &catalog, &Parameters::None) {
            Ok(BoundStatement::CreateTable(create)) => catalog.add(&create.name, create.schema),
            Ok(other) => return Outcome::Other("setup", other.type_name().into()),
            Err(Outcome::Refused(error)) => return Outcome::Other("setup", error.to_string()),
            Err(Outcome::Other(_, error)) => return Outcome::Other("setup", error),
            Err(other) => return other,
        }
    }
    let Some(parameters) = parameters(case) else { return Outcome::Other("parameters", String::new()) };
    match bind_text(case["sql"].as_str().unwrap_or_default(), &catalog, &parameters) {
        Ok(BoundStatement::Query(query)) => compare(&query, &case["expected"]),
        Ok(_) => Outcome::Right,
        Err(outcome) => outcome,
    }
}

fn texts(list: &Json) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Json::as_str)
}

/// Parameters whose values are literals; None for others.
fn parameters(case: &Json) -> Option<Parameters> {
    let mut named = Vec::new();
    for parameter in case["parameters"].as_array().into_iter().flatten() {
        let sql = format!("SELECT {}", parameter["sql"].as_str()?);
        let bound = bind_text(&sql, &CaseCatalog::default(), &Parameters::None).ok()?;
        let BoundStatement::Query(Query { relation: Relation::Project { columns, .. }, .. }) = bound else {
            return None;
        };
        let [Named { expr: Expr::Literal(value, data_type), .. }] = columns.as_slice() else { return None };
        let value = TypedValue { value: value.clone(), data_type: data_type.clone() };
        named.push((parameter["name"].as_str()?.to_owned(), value));
    }
    Some(if named.is_empty() { Parameters::None } else { Parameters::Named(named) })
}

fn compare(query: &Query, expected: &Json) -> Outcome {
    let wanted: Vec<&Json> = expected["columns"].as_array().into_iter().flatten().collect();
    let found: Vec<String> = query.output.iter().map(|c| c.column.data_type.to_string()).collect();
    if wanted.len() != query.output.len() && !query.value_table {
        return Outcome::WrongColumns(format!("{} columns, expected {}", found.len(), wanted.len()));
    }
    for (output, wanted) in query.output.iter().zip(&wanted) {
        let text = wanted["type"].as_str().unwrap_or_default();
        let found = nameless(&output.column.data_type);
        if type_of(text).is_some_and(|wanted| wanted != found) && !query.value_table {
            return Outcome::WrongColumns(format!("{found}, expected {text}"));
        }
        match wanted["name"].as_str() {
            Some(name) if !output.anonymous && !name.eq_ignore_ascii_case(&output.name) => {
                return Outcome::WrongColumns(format!("named {}, expected {name}", output.name));
            }
            _ => {}
        }
    }
    Outcome::Right
}

#[test]
fn cases_bind() {
    let Some(path) = suite() else { return };
    let text = std::fs::read_to_string(path).unwrap();
    let (mut valid, mut right, mut wrong, mut invalid, mut refused) = (0, 0, 0, 0, 0);
    let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut panics = Vec::new();
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| run(&case))) else {
            panics.push(id);
            continue;
        };
        if !case["expected"]["error"].is_null() {
            invalid += 1;
            refused += usize::from(!matches!(outcome, Outcome::Right));
            continue;
        }
        valid += 1;
        let reason = match outcome {
            Outcome::Right => {
                right += 1;
                continue;
            }
            Outcome::WrongColumns(what) => {
                wrong += 1;
                format!("wrong columns: {what}")
            }
            Outcome::Refused(error) => format!("{:?}: {}", error.kind, error.message),
            Outcome::Other(what, error) => format!("{what}: {error}"),
        };
        reasons.entry(reason).or_default().push(id);
    }
    if std::env::var_os("BINDER_REPORT").is_some() {
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        reasons.sort_by_key(|(_, ids)| std::cmp::Reverse(ids.len()));
        for (reason, ids) in reasons {
            println!("{:5} {reason} ({})", ids.len(), ids[0]);
        }
    }
    println!(
        "bound {right} of {valid}, {wrong} with wrong columns; refused {refused} of {invalid} with errors"
    );
    assert!(panics.is_empty(), "panicked: {panics:?}");
    assert!(right * 100 >= valid * BOUND_MIN, "bound {right} of {valid}, at least {BOUND_MIN} % must");
}
