//! A workload's questions, and whether their answers are right.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_bench::documents::{self, Document, NestedQuery};
use canopy_bench::{hits, tpch};
use canopy_format::Value;
use canopy_proto::query::ExecuteRequest;
use canopy_server::client::Client;
use canopy_server::results::{StatementResult, collect};
use canopy_server::text::format_value;

use super::load::progress;
use crate::failure::{Failure, Result};

/// What the specification calls its queries.
const TITLES: [&str; tpch::QUERY_COUNT] = [
    "pricing summary report",
    "minimum cost supplier",
    "shipping priority",
    "order priority checking",
    "local supplier volume",
    "forecasting revenue change",
    "volume shipping",
    "national market share",
    "product type profit measure",
    "returned item reporting",
    "important stock identification",
    "shipping modes and order priority",
    "customer distribution",
    "promotion effect",
    "top supplier",
    "parts/supplier relationship",
    "small-quantity-order revenue",
    "large volume customer",
    "discounted revenue",
    "potential part promotion",
    "suppliers who kept orders waiting",
    "global sales opportunity",
];

/// Whether an answer is right.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Right,
    /// There is nothing to compare with.
    Unchecked,
    /// Not as expected: the difference.
    Wrong(String),
    /// There is none: the error.
    Failed(String),
}

impl Verdict {
    /// For a table.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Right => "ok",
            Verdict::Unchecked => "unchecked",
            Verdict::Wrong(_) => "WRONG",
            Verdict::Failed(_) => "ERROR",
        }
    }
}

/// Fails where an answer is wrong or missing, naming every such query.
pub fn all_right<'a>(verdicts: impl IntoIterator<Item = (&'a str, &'a Verdict)>) -> Result {
    let mut wrong = String::new();
    for (name, verdict) in verdicts {
        match verdict {
            Verdict::Right | Verdict::Unchecked => {}
            Verdict::Wrong(reason) | Verdict::Failed(reason) => {
                wrong.push_str(&format!("\n  {name}: {}", reason.replace('\n', "\n    ")));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Failure::failed(format!("not every answer is right:{wrong}"))),
    }
}

/// A query that was run.
pub struct Answer {
    /// `q01`, `n1`.
    pub name: String,
    /// What it asks.
    pub title: &'static str,
    /// From text to last row.
    pub elapsed: Duration,
    /// Rows of the answer.
    pub rows: usize,
    /// Bytes of the columns that it read.
    pub bytes_processed: u64,
    /// Whether it is right.
    pub verdict: Verdict,
}

/// A query and how its answer is checked.
pub struct Question {
    /// `q01`, `n1`, `h01`.
    pub name: String,
    /// What it asks.
    pub title: &'static str,
    /// GoogleSQL.
    pub sql: String,
    check: Box<dyn Fn(&[Vec<String>]) -> Verdict + Send + Sync>,
}

/// TPC-H's queries for data of a scale.
pub fn tpch(scale: f64) -> Vec<Question> {
    let question = |(index, title)| {
        let number = index + 1;
        Question {
            name: format!("q{number:02}"),
            title,
            sql: tpch::query(number, scale),
            check: Box::new(move |rows| tpch_verdict(number, scale, rows)),
        }
    };
    TITLES.into_iter().enumerate().map(question).collect()
}

/// The queries over these documents.
pub fn documents(documents: &Arc<[Document]>) -> Vec<Question> {
    let question = |query: &'static NestedQuery| {
        let documents = documents.clone();
        Question {
            name: query.name.to_owned(),
            title: query.title,
            sql: query.sql.to_owned(),
            check: Box::new(move |rows| nested_verdict(query, &documents, rows)),
        }
    };
    documents::QUERIES.iter().map(question).collect()
}

/// The queries over page views; peers' answers are what they can be checked against.
pub fn hits() -> Vec<Question> {
    let question = |(index, sql): (usize, &&str)| Question {
        name: format!("h{:02}", index + 1),
        title: "page views",
        sql: sql.trim_end().to_owned(),
        check: Box::new(|_| Verdict::Unchecked),
    };
    hits::QUERIES.iter().enumerate().map(question).collect()
}

impl Question {
    /// Asks it, from text to last row.
    pub async fn ask(&self, client: &dyn Client, dataset: &str) -> Answer {
        let request =
            ExecuteRequest { sql: self.sql.clone(), default_dataset: dataset.into(), ..Default::default() };
        let started = Instant::now();
        let outcome = collect(client, request).await;
        let elapsed = started.elapsed();
        let (name, title) = (self.name.clone(), self.title);
        match outcome.map(|mut results| results.pop().unwrap_or_default()) {
            Err(error) => {
                let verdict = Verdict::Failed(error.to_string());
                Answer { name, title, elapsed, rows: 0, bytes_processed: 0, verdict }
            }
            Ok(result) => {
                let rows = texts(&result);
                let (verdict, bytes_processed) = ((self.check)(&rows), result.statistics.bytes_processed);
                Answer { name, title, elapsed, rows: rows.len(), bytes_processed, verdict }
            }
        }
    }
}

/// Asks every question once.
pub async fn ask_all(client: &dyn Client, dataset: &str, questions: &[Question]) -> Vec<Answer> {
    let bar = progress(questions.len() as u64, "{pos}/{len} queries");
    if !std::io::stderr().is_terminal() {
        eprintln!("running {} queries", questions.len());
    }
    let mut answers = Vec::with_capacity(questions.len());
    for question in questions {
        bar.set_message(format!("{} {}", question.name, question.title));
        answers.push(question.ask(client, dataset).await);
        bar.inc(1);
    }
    bar.finish_and_clear();
    answers
}

/// Rows as the expected answers have them: values as CAST AS STRING writes them, NULL empty.
fn texts(result: &StatementResult) -> Vec<Vec<String>> {
    let text = |(value, (_, data_type)): (Value, &(String, _))| match value {
        Value::Null => String::new(),
        value => format_value(&value, data_type),
    };
    let rows = result.rows().into_iter();
    rows.map(|row| row.into_iter().zip(&result.columns).map(text).collect()).collect()
}

fn tpch_verdict(number: usize, scale: f64, rows: &[Vec<String>]) -> Verdict {
    if tpch::answer(number, scale).is_none() {
        return Verdict::Unchecked;
    }
    match tpch::compare(number, scale, rows) {
        Ok(()) => Verdict::Right,
        Err(error) => Verdict::Wrong(error.reason),
    }
}

fn nested_verdict(query: &NestedQuery, documents: &[Document], rows: &[Vec<String>]) -> Verdict {
    let expected = (query.oracle)(documents);
    if expected.len() != rows.len() {
        return Verdict::Wrong(format!("expected {} rows, found {}", expected.len(), rows.len()));
    }
    let different = expected.iter().zip(rows).find(|(expected, found)| expected != found);
    different.map_or(Verdict::Right, |(expected, found)| {
        Verdict::Wrong(format!("expected row {expected:?}, found {found:?}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_name_the_difference() {
        let documents: Vec<Document> = documents::documents(1, 10).collect();
        let query = &documents::QUERIES[0];
        let mut rows = (query.oracle)(&documents);
        assert_eq!(nested_verdict(query, &documents, &rows), Verdict::Right);
        rows[0][0] = "11".into();
        let Verdict::Wrong(reason) = nested_verdict(query, &documents, &rows) else { panic!("not wrong") };
        assert!(reason.starts_with("expected row [\"10\""), "{reason}");
        assert_eq!(tpch_verdict(1, 0.05, &[]), Verdict::Unchecked);
        assert_eq!(tpch_verdict(6, 0.01, &[]), Verdict::Wrong("expected 1 rows, found 0".into()));
    }
}
