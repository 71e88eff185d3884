//! Cases of the GoogleSQL reference implementation's compliance suite: their records, and whether a result
//! is the expected one.
//!
//! Start from [`load`]; [`run`] runs one case on an engine and says what became of it.

mod compare;
mod run;
mod value;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;

pub use run::{Outcome, Verdict, run, set_up};

/// The zone that the reference implementation works in where a file names none.
const REFERENCE_TIME_ZONE: &str = "America/Los_Angeles";
/// What names a file's zone in its first lines.
const ZONE_OPTION: &str = "[default_time_zone=";

/// The variable that names the suite's folder.
const PATH: &str = "CANOPY_CONFORMANCE";

/// One case.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// `<file>:<name>`.
    pub id: String,
    /// The file that it comes from.
    pub file: String,
    /// Statements that the query depends on, in order.
    pub setup: Vec<String>,
    /// The statement under test.
    pub sql: String,
    /// Named parameters as expressions.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// What must come of it.
    pub expected: Expected,
    /// Other results are right too: nothing to compare.
    #[serde(default)]
    pub nondeterministic: bool,
    /// An array of the result holds NULL elements, which may be refused.
    #[serde(default)]
    pub null_array_elements: bool,
    /// Computed with 32-bit floats in the reference.
    #[serde(default)]
    pub float32: bool,
    /// The tolerance of floats in bits of the last place.
    #[serde(default)]
    pub float_margin_ulp_bits: Option<u32>,
    /// The time zone that the expected result assumes; where the record has none, the file's.
    #[serde(default)]
    pub default_time_zone: Option<String>,
}

/// A query parameter.
#[derive(Debug, Clone, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value, as an expression.
    pub sql: String,
}

/// What a case expects.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Expected {
    /// An error, whatever its text.
    Error {
        /// The reference's message.
        error: String,
    },
    /// A changed table.
    Dml {
        /// The change.
        dml: Change,
    },
    /// Rows.
    Rows(Table),
}

/// What a statement changed.
#[derive(Debug, Clone, Deserialize)]
pub struct Change {
    /// The table.
    pub table: String,
    /// All its rows afterwards.
    pub table_after: Table,
}

/// Columns and rows.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// Whether the rows' order counts.
    #[serde(default)]
    pub ordered: bool,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each a list of values.
    pub rows: Vec<Vec<Json>>,
}

/// A column.
#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    /// Its name; None when anonymous.
    pub name: Option<String>,
    /// Its type in GoogleSQL.
    pub r#type: String,
}

/// Where the cases are: `CANOPY_CONFORMANCE`, or the shared folder beside the project.
pub fn path() -> PathBuf {
    let suite = match std::env::var_os(PATH) {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance"),
    };
    suite.join("googlesql/cases.jsonl")
}

/// Reads the cases, one a line, with the time zone that each runs in.
///
/// # Errors
/// When the file cannot be read; a line that is no case, with its number.
pub fn load(path: &Path) -> Result<Vec<Case>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let case = |(number, line): (usize, &str)| {
        serde_json::from_str(line).map_err(|error| format!("{} line {}: {error}", path.display(), number + 1))
    };
    let mut cases = text.lines().enumerate().map(case).collect::<Result<Vec<Case>, String>>()?;
    let mut zones: HashMap<String, String> = HashMap::new();
    for case in cases.iter_mut().filter(|case| case.default_time_zone.is_none()) {
        let zone = zones.entry(case.file.clone());
        let zone = zone.or_insert_with(|| file_time_zone(&path.with_file_name("raw").join(&case.file)));
        case.default_time_zone = Some(zone.clone());
    }
    Ok(cases)
}

/// Returns the zone that a file of the suite says its cases run in, the reference's where it says nothing.
fn file_time_zone(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let option = text.lines().find_map(|line| line.strip_prefix(ZONE_OPTION)?.strip_suffix(']'));
    option.unwrap_or(REFERENCE_TIME_ZONE).to_owned()
}
