//! What files weigh and how fast they scan, beside Parquet's: `bench/files/run`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a report")]

use std::path::PathBuf;
use std::process::ExitCode;

use canopy_bench::files::{Failure, Options, run};
use clap::Parser;

/// Files beside Parquet's: sizes and speeds on one core.
#[derive(Debug, Parser)]
struct Arguments {
    /// TPC-H's scale; the other data sets grow with it.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Runs of each measure; the median counts.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Where the report goes, as JSON; beside it, as Markdown.
    #[arg(long, default_value = "target/files-report.json")]
    out: PathBuf,
    /// Where files for the peers are put.
    #[arg(long, default_value = "target/files-report")]
    work: PathBuf,
    /// A Python with the peers; without, only Parquet is measured.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Only data sets and measures whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

fn main() -> ExitCode {
    match report(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn report(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { scale, runs, out, work, python, only } = arguments;
    let report = run(&Options { scale, runs, work, python, only }, &mut |text| eprintln!("{text}"))?;
    std::fs::write(&out, serde_json::to_vec_pretty(&report)?)?;
    let page = report.to_markdown();
    std::fs::write(out.with_extension("md"), &page)?;
    print!("{page}");
    Ok(())
}
