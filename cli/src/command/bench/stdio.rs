//! Statements from standard input, answers to standard output, a JSON line each: for scripts that time several
//! engines in turns.
//!
//! In: `{"sql": "..."}`. Out: `{"ms": 1.25, "columns": ["n"], "rows": [["1"]]}`, values as CAST AS STRING writes
//! them and NULL as null, or `{"error": "..."}`. The time is from text to last row, without writing the line.

use std::io::Write;
use std::time::Instant;

use canopy_format::Value;
use canopy_server::results::{StatementResult, collect};
use canopy_server::text::format_value;
use serde_json::json;

use crate::failure::{Failure, Result};
use crate::session::Session;

/// Answers until standard input ends.
pub(super) async fn run(session: &Session) -> Result {
    // Nothing else waits in this process while a line is awaited.
    for line in std::io::stdin().lines() {
        let line = line.map_err(|error| Failure::failed(format!("cannot read standard input: {error}")))?;
        let answer = answer(session, &line).await;
        writeln!(std::io::stdout(), "{answer}").map_err(crate::render::failed)?;
    }
    Ok(())
}

async fn answer(session: &Session, line: &str) -> serde_json::Value {
    let request: serde_json::Value = match serde_json::from_str(line) {
        Ok(request) => request,
        Err(error) => return json!({ "error": format!("expected a JSON object: {error}") }),
    };
    let Some(sql) = request["sql"].as_str() else { return json!({ "error": "expected \"sql\"" }) };
    let started = Instant::now();
    let outcome = collect(&*session.client, session.request(sql)).await;
    let elapsed = started.elapsed();
    match outcome {
        Err(error) => json!({ "error": error.to_string() }),
        Ok(mut results) => {
            let result = results.pop().unwrap_or_default();
            let columns: Vec<&str> = result.columns.iter().map(|(name, _)| name.as_str()).collect();
            json!({ "ms": elapsed.as_secs_f64() * 1e3, "columns": columns, "rows": rows(&result) })
        }
    }
}

fn rows(result: &StatementResult) -> Vec<Vec<Option<String>>> {
    let text = |(value, (_, data_type)): (Value, &(String, _))| match value {
        Value::Null => None,
        value => Some(format_value(&value, data_type)),
    };
    let rows = result.rows().into_iter();
    rows.map(|row| row.into_iter().zip(&result.columns).map(text).collect()).collect()
}
