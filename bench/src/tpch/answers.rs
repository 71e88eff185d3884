//! The answers for a few scales, computed by another engine (`bench/tpch/make_answers.py`).

use super::QUERY_COUNT;

type Answers = [&'static str; QUERY_COUNT];

const SCALE_001: Answers = [
    include_str!("../../tpch/answers/sf0.01/q01.csv"),
    include_str!("../../tpch/answers/sf0.01/q02.csv"),
    include_str!("../../tpch/answers/sf0.01/q03.csv"),
    include_str!("../../tpch/answers/sf0.01/q04.csv"),
    include_str!("../../tpch/answers/sf0.01/q05.csv"),
    include_str!("../../tpch/answers/sf0.01/q06.csv"),
    include_str!("../../tpch/answers/sf0.01/q07.csv"),
    include_str!("../../tpch/answers/sf0.01/q08.csv"),
    include_str!("../../tpch/answers/sf0.01/q09.csv"),
    include_str!("../../tpch/answers/sf0.01/q10.csv"),
    include_str!("../../tpch/answers/sf0.01/q11.csv"),
    include_str!("../../tpch/answers/sf0.01/q12.csv"),
    include_str!("../../tpch/answers/sf0.01/q13.csv"),
    include_str!("../../tpch/answers/sf0.01/q14.csv"),
    include_str!("../../tpch/answers/sf0.01/q15.csv"),
    include_str!("../../tpch/answers/sf0.01/q16.csv"),
    include_str!("../../tpch/answers/sf0.01/q17.csv"),
    include_str!("../../tpch/answers/sf0.01/q18.csv"),
    include_str!("../../tpch/answers/sf0.01/q19.csv"),
    include_str!("../../tpch/answers/sf0.01/q20.csv"),
    include_str!("../../tpch/answers/sf0.01/q21.csv"),
    include_str!("../../tpch/answers/sf0.01/q22.csv"),
];

const SCALE_01: Answers = [
    include_str!("../../tpch/answers/sf0.1/q01.csv"),
    include_str!("../../tpch/answers/sf0.1/q02.csv"),
    include_str!("../../tpch/answers/sf0.1/q03.csv"),
    include_str!("../../tpch/answers/sf0.1/q04.csv"),
    include_str!("../../tpch/answers/sf0.1/q05.csv"),
    include_str!("../../tpch/answers/sf0.1/q06.csv"),
    include_str!("../../tpch/answers/sf0.1/q07.csv"),
    include_str!("../../tpch/answers/sf0.1/q08.csv"),
    include_str!("../../tpch/answers/sf0.1/q09.csv"),
    include_str!("../../tpch/answers/sf0.1/q10.csv"),
    include_str!("../../tpch/answers/sf0.1/q11.csv"),
    include_str!("../../tpch/answers/sf0.1/q12.csv"),
    include_str!("../../tpch/answers/sf0.1/q13.csv"),
    include_str!("../../tpch/answers/sf0.1/q14.csv"),
    include_str!("../../tpch/answers/sf0.1/q15.csv"),
    include_str!("../../tpch/answers/sf0.1/q16.csv"),
    include_str!("../../tpch/answers/sf0.1/q17.csv"),
    include_str!("../../tpch/answers/sf0.1/q18.csv"),
    include_str!("../../tpch/answers/sf0.1/q19.csv"),
    include_str!("../../tpch/answers/sf0.1/q20.csv"),
    include_str!("../../tpch/answers/sf0.1/q21.csv"),
    include_str!("../../tpch/answers/sf0.1/q22.csv"),
];

const SCALE_1: Answers = [
    include_str!("../../tpch/answers/sf1/q01.csv"),
    include_str!("../../tpch/answers/sf1/q02.csv"),
    include_str!("../../tpch/answers/sf1/q03.csv"),
    include_str!("../../tpch/answers/sf1/q04.csv"),
    include_str!("../../tpch/answers/sf1/q05.csv"),
    include_str!("../../tpch/answers/sf1/q06.csv"),
    include_str!("../../tpch/answers/sf1/q07.csv"),
    include_str!("../../tpch/answers/sf1/q08.csv"),
    include_str!("../../tpch/answers/sf1/q09.csv"),
    include_str!("../../tpch/answers/sf1/q10.csv"),
    include_str!("../../tpch/answers/sf1/q11.csv"),
    include_str!("../../tpch/answers/sf1/q12.csv"),
    include_str!("../../tpch/answers/sf1/q13.csv"),
    include_str!("../../tpch/answers/sf1/q14.csv"),
    include_str!("../../tpch/answers/sf1/q15.csv"),
    include_str!("../../tpch/answers/sf1/q16.csv"),
    include_str!("../../tpch/answers/sf1/q17.csv"),
    include_str!("../../tpch/answers/sf1/q18.csv"),
    include_str!("../../tpch/answers/sf1/q19.csv"),
    include_str!("../../tpch/answers/sf1/q20.csv"),
    include_str!("../../tpch/answers/sf1/q21.csv"),
    include_str!("../../tpch/answers/sf1/q22.csv"),
];

/// An answer that is not the expected one.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("query {query}: {reason}")]
pub struct AnswerError {
    /// The query's number.
    pub query: usize,
    /// What differs.
    pub reason: String,
}

/// The expected rows of a query as text, a list of columns a row; None for a scale without answers.
pub fn answer(number: usize, scale: f64) -> Option<Vec<Vec<String>>> {
    let answers = match scale {
        0.01 => &SCALE_001,
        0.1 => &SCALE_01,
        1.0 => &SCALE_1,
        _ => return None,
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answers[number - 1].as_bytes());
    let rows = reader.records().map(|record| record.expect("a well-formed file of ours"));
    Some(rows.map(|record| record.iter().map(str::to_owned).collect()).collect())
}

/// Compares rows (values as CAST AS STRING writes them, NULL empty) with the expected ones. The order of
/// rows that tie is not defined, so rows compare as multisets; numbers compare by value, to the last digit.
///
/// # Errors
/// The first difference.
pub fn compare(number: usize, scale: f64, rows: &[Vec<String>]) -> Result<(), AnswerError> {
    let fail = |reason: String| Err(AnswerError { query: number, reason });
    let Some(expected) = answer(number, scale) else {
        return fail(format!("there are no answers for scale {scale}; there are for 0.01, 0.1 and 1"));
    };
    if rows.len() != expected.len() {
        return fail(format!("expected {} rows, found {}", expected.len(), rows.len()));
    }
    let canonical = |rows: &[Vec<String>]| {
        let mut rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|value| plain(value)).collect()).collect();
        rows.sort();
        rows
    };
    for (found, expected) in canonical(rows).iter().zip(canonical(&expected)) {
        if *found != expected {
            return fail(format!("expected row {expected:?}, found {found:?}"));
        }
    }
    Ok(())
}

/// A decimal number without trailing zeros; any other text as it is.
fn plain(value: &str) -> String {
    let is_decimal = value.contains('.') && value.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    match is_decimal {
        true => value.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(of: &[&[&str]]) -> Vec<Vec<String>> {
        of.iter().map(|row| row.iter().map(|value| value.to_string()).collect()).collect()
    }

    #[test]
    fn an_answer_equals_itself_in_any_order_and_nothing_else() {
        let mut expected = answer(1, 0.01).unwrap();
        expected.reverse();
        compare(1, 0.01, &expected).unwrap();
        expected[0][2].push('1');
        assert!(compare(1, 0.01, &expected).unwrap_err().reason.contains("expected row"));
        assert!(compare(6, 0.01, &rows(&[])).unwrap_err().reason.contains("expected 1 rows, found 0"));
        assert!(compare(6, 3.0, &rows(&[])).unwrap_err().reason.contains("no answers"));
    }
}
