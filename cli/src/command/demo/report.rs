//! What the demo found, and what to try next.

use std::io::Write;
use std::time::Duration;

use canopy_server::Ingested;
use indicatif::{HumanBytes, HumanCount};

use crate::args::{DEFAULT_WAREHOUSE, Global};
use crate::command::workload::{Answer, Loaded, Verdict};
use crate::render::grid::{self, Head};
use crate::render::value::duration;
use crate::session::local_path;

/// Prints the tables.
pub(super) fn print(
    loaded: &[Loaded],
    answers: &[Answer],
    warehouse: &str,
    global: &Global,
) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    print_loaded(loaded, &mut out)?;
    print_answers(answers, &mut out)?;
    print_next(loaded, warehouse, global, &mut out)
}

fn heads(heads: &[(&str, bool)]) -> Vec<Head> {
    heads.iter().map(|(name, is_right)| Head::new(name, *is_right)).collect()
}

fn print_loaded(loaded: &[Loaded], out: &mut dyn Write) -> std::io::Result<()> {
    let mut total = Ingested::default();
    let mut elapsed = Duration::ZERO;
    let mut rows = Vec::new();
    for table in loaded {
        total.rows += table.ingested.rows;
        total.files += table.ingested.files;
        total.raw_bytes += table.ingested.raw_bytes;
        total.file_bytes += table.ingested.file_bytes;
        elapsed += table.elapsed;
        rows.push(loaded_row(table.name, &table.ingested, table.elapsed));
    }
    rows.push(loaded_row("all", &total, elapsed));
    let heads = heads(&[
        ("table", false),
        ("rows", true),
        ("files", true),
        ("raw", true),
        ("in files", true),
        ("ratio", true),
        ("made and loaded in", true),
    ]);
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}

fn loaded_row(name: &str, ingested: &Ingested, elapsed: Duration) -> Vec<String> {
    vec![
        name.to_owned(),
        HumanCount(ingested.rows).to_string(),
        ingested.files.to_string(),
        HumanBytes(ingested.raw_bytes).to_string(),
        HumanBytes(ingested.file_bytes).to_string(),
        format!("{:.2}", ingested.raw_bytes as f64 / ingested.file_bytes.max(1) as f64),
        duration(elapsed),
    ]
}

fn print_answers(answers: &[Answer], out: &mut dyn Write) -> std::io::Result<()> {
    let row = |answer: &Answer| {
        vec![
            answer.name.clone(),
            answer.title.to_owned(),
            duration(answer.elapsed),
            HumanCount(answer.rows as u64).to_string(),
            HumanBytes(answer.bytes_processed).to_string(),
            answer.verdict.word().to_owned(),
        ]
    };
    let mut rows: Vec<Vec<String>> = answers.iter().map(row).collect();
    let right = answers.iter().filter(|answer| answer.verdict == Verdict::Right).count();
    rows.push(vec![
        "all".into(),
        String::new(),
        duration(answers.iter().map(|answer| answer.elapsed).sum()),
        HumanCount(answers.iter().map(|answer| answer.rows as u64).sum()).to_string(),
        HumanBytes(answers.iter().map(|answer| answer.bytes_processed).sum()).to_string(),
        format!("{right} of {} ok", answers.len()),
    ]);
    let heads = heads(&[
        ("query", false),
        ("what it asks", false),
        ("time", true),
        ("rows", true),
        ("processed", true),
        ("answer", false),
    ]);
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}

/// Commands that can be copied as they stand.
fn print_next(
    loaded: &[Loaded],
    warehouse: &str,
    global: &Global,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let program = std::env::args().next().unwrap_or_else(|| "canopy".into());
    let mut options = String::new();
    if warehouse != DEFAULT_WAREHOUSE {
        options.push_str(&format!(" --warehouse '{warehouse}'"));
    }
    if global.dataset != "main" {
        options.push_str(&format!(" --dataset {}", global.dataset));
    }
    writeln!(out, "\nTry next:")?;
    writeln!(
        out,
        "  {program} sql{options} -c 'SELECT l_returnflag, COUNT(*) AS items, SUM(l_quantity) AS quantity \
         FROM lineitem GROUP BY l_returnflag ORDER BY l_returnflag'"
    )?;
    writeln!(
        out,
        "  {program} sql{options}        # a prompt: try .tables, then SELECT * FROM documents LIMIT 2\\G"
    )?;
    let largest = loaded.iter().max_by_key(|table| table.ingested.rows);
    let key = largest.and_then(|table| table.ingested.first_file.as_deref());
    if let (Some(path), Some(key)) = (local_path(warehouse), key) {
        writeln!(out, "  {program} inspect '{}'", path.join(key).display())?;
    }
    Ok(())
}
