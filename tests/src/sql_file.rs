//! `.slt` files: statements with the rows or the error that they must give.
//!
//! ```text
//! # a comment
//! statement ok
//! CREATE TABLE t (a INT64)
//!
//! statement error Unrecognized name: b
//! SELECT b FROM t
//!
//! query
//! SELECT a, 'x' AS s FROM t ORDER BY a
//! ----
//! 1<tab>x
//! ```
//!
//! A record ends at an empty line. Columns are separated by tabs, values are text as CAST AS STRING
//! writes it, NULL is `NULL`. `query unordered` compares rows as a multiset; of `query contains` each
//! expected row must be part of a found one, in order. With `CANOPY_REFRESH=1` the
//! expected rows are written anew: read them before you commit them.

use std::path::Path;

/// One record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line it starts at, from 1.
    pub line: usize,
    /// The text.
    pub sql: String,
    /// What must come of it.
    pub expected: Expected,
}

/// What a record expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// Success.
    Ok,
    /// An error that contains the text.
    Error(String),
    /// Rows, columns separated by tabs.
    Rows {
        /// The rows.
        rows: Vec<String>,
        /// Whether their order counts.
        ordered: bool,
    },
    /// Texts that rows contain, in order.
    Parts(Vec<String>),
}

/// Reads a file's text.
///
/// # Errors
/// A line that fits no record.
pub fn parse(text: &str) -> Result<Vec<Record>, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut records = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let head = lines[at];
        if head.trim().is_empty() || head.starts_with('#') {
            at += 1;
            continue;
        }
        let end = (at..lines.len()).find(|&i| lines[i].trim().is_empty()).unwrap_or(lines.len());
        records.push(record(at + 1, head, &lines[at + 1..end])?);
        at = end;
    }
    Ok(records)
}

fn record(line: usize, head: &str, body: &[&str]) -> Result<Record, String> {
    let split = body.iter().position(|text| *text == "----");
    let (sql, rows) = body.split_at(split.unwrap_or(body.len()));
    let rows: Vec<String> = rows.iter().skip(1).map(|row| (*row).to_owned()).collect();
    let expected = match head.trim_end() {
        "statement ok" => Expected::Ok,
        "query" => Expected::Rows { rows, ordered: true },
        "query contains" => Expected::Parts(rows),
        "query unordered" => Expected::Rows { rows, ordered: false },
        other => match other.strip_prefix("statement error ") {
            Some(text) => Expected::Error(text.to_owned()),
            None => return Err(format!("line {line}: expected statement or query, found {other:?}")),
        },
    };
    Ok(Record { line, sql: sql.join("\n"), expected })
}

/// What a record gave: rows joined by tabs, or an error's text.
pub type Outcome = Result<Vec<String>, String>;

/// Why an outcome is not the expected one.
pub fn difference(record: &Record, outcome: &Outcome) -> Option<String> {
    match (&record.expected, outcome) {
        (Expected::Ok, Ok(_)) => None,
        (Expected::Error(text), Err(error)) if error.contains(text.as_str()) => None,
        (Expected::Error(text), Err(error)) => {
            Some(format!("expected an error with {text:?}, found: {error}"))
        }
        (Expected::Error(text), Ok(_)) => Some(format!("expected an error with {text:?}, found success")),
        (_, Err(error)) => Some(format!("expected success, found: {error}")),
        (Expected::Parts(parts), Ok(found)) => {
            let mut rows = found.iter();
            let missing = parts.iter().find(|part| !rows.any(|row| row.contains(part.as_str())))?;
            Some(format!("expected {missing:?} next in\n{}", found.join("\n")))
        }
        (Expected::Rows { rows, ordered }, Ok(found)) => {
            let (mut expected, mut found) = (rows.clone(), found.clone());
            if !ordered {
                expected.sort();
                found.sort();
            }
            (expected != found)
                .then(|| format!("expected rows\n{}\nfound\n{}", expected.join("\n"), found.join("\n")))
        }
    }
}

/// The file's text with the rows that were found in place of the expected ones.
pub fn updated(text: &str, outcomes: &[(Record, Outcome)]) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    for (record, outcome) in outcomes {
        let start = record.line - 1;
        let end = (start..lines.len()).find(|&i| lines[i].trim().is_empty()).unwrap_or(lines.len());
        out.extend(lines[at..start].iter().map(|line| (*line).to_owned()));
        match (&record.expected, outcome) {
            (Expected::Rows { .. }, Ok(rows)) => {
                out.push(lines[start].to_owned());
                out.extend(record.sql.lines().map(str::to_owned));
                out.push("----".to_owned());
                out.extend(rows.iter().cloned());
            }
            _ => out.extend(lines[start..end].iter().map(|line| (*line).to_owned())),
        }
        at = end;
    }
    out.extend(lines[at..].iter().map(|line| (*line).to_owned()));
    out.join("\n") + "\n"
}

/// All `.slt` files below a folder, sorted.
///
/// # Panics
/// When the folder cannot be read.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a readable folder") {
            let path = entry.expect("a readable entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "slt") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# comment\nstatement ok\nCREATE TABLE t (a INT64)\n\nstatement error no such\nSELECT b\n\nquery unordered\nSELECT 1,\n  2\n----\n1\t2\n3\t4\n";

    #[test]
    fn records_of_all_kinds() {
        let records = parse(TEXT).unwrap();
        assert_eq!(records.len(), 3);
        assert_eq!(records[1].expected, Expected::Error("no such".into()));
        assert_eq!(records[2].sql, "SELECT 1,\n  2");
        assert_eq!(difference(&records[2], &Ok(vec!["3\t4".into(), "1\t2".into()])), None);
        assert!(difference(&records[2], &Ok(vec!["3\t4".into()])).is_some());
        assert!(difference(&records[1], &Ok(vec![])).is_some());
        let parts =
            Record { line: 1, sql: String::new(), expected: Expected::Parts(vec!["b".into(), "c".into()]) };
        assert_eq!(difference(&parts, &Ok(vec!["ab".into(), "x".into(), "cd".into()])), None);
        assert!(difference(&parts, &Ok(vec!["bc".into()])).is_some(), "one row is one part");
        assert!(parse("select 1").unwrap_err().contains("line 1"));
    }

    #[test]
    fn updating_with_the_expected_rows_changes_nothing() {
        let records = parse(TEXT).unwrap();
        let outcome = |record: &Record| match &record.expected {
            Expected::Rows { rows, .. } => Ok(rows.clone()),
            Expected::Error(error) => Err(error.clone()),
            Expected::Ok | Expected::Parts(_) => Ok(Vec::new()),
        };
        let outcomes: Vec<_> = records.into_iter().map(|record| (record.clone(), outcome(&record))).collect();
        assert_eq!(updated(TEXT, &outcomes), TEXT);
    }
}
