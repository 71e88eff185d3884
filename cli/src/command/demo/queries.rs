//! The queries of the demo, and whether their answers are right.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use canopy_bench::documents::{self, Document, NestedQuery};
use canopy_bench::tpch;
use canopy_format::Value;
use canopy_proto::query::ExecuteRequest;
use canopy_server::client::Client;
use canopy_server::results::{StatementResult, collect};
use canopy_server::text::format_value;

use super::load::progress;

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
pub(super) enum Verdict {
    /// As expected.
    Right,
    /// There is nothing to compare with.
    Unchecked,
    /// Not as expected: the difference.
    Wrong(String),
    /// There is none: the error.
    Failed(String),
}

/// A query that was run.
pub(super) struct Answer {
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

/// Runs TPC-H's queries and those over documents.
pub(super) async fn run(
    client: &dyn Client,
    dataset: &str,
    scale: f64,
    documents: &[Document],
) -> Vec<Answer> {
    let count = tpch::QUERY_COUNT + documents::QUERIES.len();
    let bar = progress(count as u64, "{pos}/{len} queries");
    if !std::io::stderr().is_terminal() {
        eprintln!("running {count} queries");
    }
    let mut answers = Vec::with_capacity(count);
    for (index, title) in TITLES.into_iter().enumerate() {
        let number = index + 1;
        let name = format!("q{number:02}");
        bar.set_message(format!("{name} {title}"));
        let check = |rows: &[Vec<String>]| tpch_verdict(number, scale, rows);
        answers.push(ask(client, dataset, name, title, &tpch::query(number, scale), check).await);
        bar.inc(1);
    }
    for query in documents::QUERIES {
        bar.set_message(format!("{} {}", query.name, query.title));
        let check = |rows: &[Vec<String>]| nested_verdict(query, documents, rows);
        answers.push(ask(client, dataset, query.name.to_owned(), query.title, query.sql, check).await);
        bar.inc(1);
    }
    bar.finish_and_clear();
    answers
}

async fn ask(
    client: &dyn Client,
    dataset: &str,
    name: String,
    title: &'static str,
    sql: &str,
    check: impl Fn(&[Vec<String>]) -> Verdict,
) -> Answer {
    let request = ExecuteRequest { sql: sql.into(), default_dataset: dataset.into(), ..Default::default() };
    let started = Instant::now();
    let outcome = collect(client, request).await;
    let elapsed = started.elapsed();
    let result = outcome.map(|mut results| results.pop().unwrap_or_default());
    match result {
        Err(error) => {
            let verdict = Verdict::Failed(error.to_string());
            Answer { name, title, elapsed, rows: 0, bytes_processed: 0, verdict }
        }
        Ok(result) => {
            let rows = texts(&result);
            let (verdict, bytes_processed) = (check(&rows), result.statistics.bytes_processed);
            Answer { name, title, elapsed, rows: rows.len(), bytes_processed, verdict }
        }
    }
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
