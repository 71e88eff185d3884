//! Other formats' files of the same rows, written by Python where it has them.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::{Failure, Options};

/// What the peers made of a file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Peers {
    /// DuckDB's own database file.
    pub duckdb: Option<Peer>,
    /// A Vortex file.
    pub vortex: Option<Peer>,
}

/// A peer's file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Peer {
    /// The peer's version.
    pub version: String,
    /// Bytes of its file.
    pub bytes: u64,
    /// Seconds to decode all of it into Arrow, on one core; not every peer offers that.
    pub decode_seconds: Option<f64>,
}

/// Has the peers rewrite a Parquet file. Nothing without a Python.
pub(super) fn rewrite(
    options: &Options,
    parquet: &Path,
    say: &mut dyn FnMut(&str),
) -> Result<Peers, Failure> {
    let Some(python) = &options.python else { return Ok(Peers::default()) };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("files/peers.py");
    let output = Command::new(python).arg(script).arg(parquet).output()?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    if !complaint.is_empty() {
        say(complaint.trim_end());
    }
    if !output.status.success() {
        return Err(format!("peers.py failed on {}", parquet.display()).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
