//! What was measured: a table, and JSON for machines.

use std::io::Write;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount};
use serde_json::json;

use super::Measured;
use crate::args::{BenchArguments, Global};
use crate::render::grid::{self, Head};
use crate::render::value::duration;

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// The geometric mean of the medians.
fn geometric_mean(measured: &[Measured]) -> Duration {
    let logarithms = measured.iter().map(|query| median(&query.times).as_secs_f64().max(1e-9).ln());
    Duration::from_secs_f64((logarithms.sum::<f64>() / measured.len().max(1) as f64).exp())
}

/// Prints the table, and writes the JSON where that was asked for.
pub(super) fn print(
    arguments: &BenchArguments,
    global: &Global,
    measured: &[Measured],
) -> std::io::Result<()> {
    let mut rows: Vec<Vec<String>> = measured.iter().map(row).collect();
    let total = measured.iter().map(|query| median(&query.times)).sum();
    rows.push(line("total", duration(total)));
    rows.push(line("geometric mean", duration(geometric_mean(measured))));
    let heads = [
        ("query", false),
        ("what it asks", false),
        ("median", true),
        ("fastest", true),
        ("slowest", true),
        ("rows", true),
        ("processed", true),
        ("answer", false),
    ];
    let heads: Vec<Head> = heads.iter().map(|(name, is_right)| Head::new(name, *is_right)).collect();
    let mut out = std::io::stdout().lock();
    grid::write(&mut out, &heads, &rows, None, grid::terminal_width())?;
    if let Some(path) = &arguments.json {
        serde_json::to_writer_pretty(std::fs::File::create(path)?, &document(arguments, global, measured))?;
        writeln!(out, "written to {}", path.display())?;
    }
    Ok(())
}

fn line(name: &str, time: String) -> Vec<String> {
    let mut row = vec![String::new(); 8];
    row[0] = name.to_owned();
    row[2] = time;
    row
}

fn row(query: &Measured) -> Vec<String> {
    vec![
        query.name.clone(),
        query.title.to_owned(),
        duration(median(&query.times)),
        duration(query.times.iter().min().copied().unwrap_or_default()),
        duration(query.times.iter().max().copied().unwrap_or_default()),
        HumanCount(query.rows as u64).to_string(),
        HumanBytes(query.bytes_processed).to_string(),
        query.verdict.word().to_owned(),
    ]
}

fn document(arguments: &BenchArguments, global: &Global, measured: &[Measured]) -> serde_json::Value {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let queries = measured.iter().map(|query| {
        json!({
            "query": query.name,
            "median_ms": milliseconds(median(&query.times)),
            "times_ms": query.times.iter().copied().map(milliseconds).collect::<Vec<_>>(),
            "rows": query.rows,
            "bytes_processed": query.bytes_processed,
            "answer": query.verdict.word(),
        })
    });
    json!({
        "workload": arguments.workload.name(),
        "scale": arguments.scale,
        "runs": arguments.runs,
        "cold": arguments.cold,
        "threads": global.threads,
        "geometric_mean_ms": milliseconds(geometric_mean(measured)),
        "total_ms": measured.iter().map(|query| milliseconds(median(&query.times))).sum::<f64>(),
        "queries": queries.collect::<Vec<_>>(),
    })
}
