//! What files weigh and how fast they scan, beside Parquet's: one report.
//!
//! | file | holds |
//! |---|---|
//! | `events.rs`, `sensors.rs`, `weblog.rs` | data sets made here; TPC-H and documents come from their own modules |
//! | `packages.rs`, `peers.rs` | data sets that Python packages ship, and other formats' files, where Python has them |
//! | `dataset.rs` | a data set in memory, in both engines' batches |
//! | `canopy.rs`, `parquet.rs` | writing and scanning with each |
//! | `measure.rs` | times, taken in turns |
//! | `queries.rs` | the scans that are timed, over both |
//! | `sizes.rs`, `speeds.rs` | the two halves of the report |
//! | `report.rs` | the report, as text and JSON |

mod canopy;
mod dataset;
mod events;
mod measure;
mod packages;
mod parquet;
mod peers;
mod queries;
mod report;
mod sensors;
mod sizes;
mod speeds;
mod weblog;

use std::path::PathBuf;

pub use report::Report;

/// What is measured.
#[derive(Debug, Clone)]
pub struct Options {
    /// TPC-H's scale; the other data sets grow with it.
    pub scale: f64,
    /// Runs of each measure; their median counts.
    pub runs: usize,
    /// Where Parquet files for the peers are put, and theirs.
    pub work: PathBuf,
    /// A Python that may have `duckdb`, `vortex`, `pyarrow` and packages with data.
    pub python: Option<PathBuf>,
    /// Only data sets and measures whose name contains this.
    pub only: Option<String>,
}

/// Whatever stops a report, in words.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures everything; progress goes to `say`.
///
/// # Errors
/// When a data set cannot be made, written or read back as it was.
pub fn run(options: &Options, say: &mut dyn FnMut(&str)) -> Result<Report, Failure> {
    std::fs::create_dir_all(&options.work)?;
    let mut report = Report::new(options);
    sizes::measure(options, &mut report, say)?;
    speeds::measure(options, &mut report, say)?;
    report.conclude();
    Ok(report)
}
