//! The report: what was measured, what was wanted, as text and as JSON.

use std::fmt::Write;
use std::time::Duration;

use serde::Serialize;

use super::Options;
use super::peers::Peers;

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// TPC-H's scale.
    pub scale: f64,
    /// Runs of each measure.
    pub runs: usize,
    /// Bytes of each data set.
    pub sizes: Vec<Size>,
    /// Times of each scan.
    pub speeds: Vec<Speed>,
    /// Time of checksumming every byte of lineitem, as a share of decoding it.
    pub checksum_share: Option<f64>,
    /// The measures that have a target.
    pub targets: Vec<Target>,
}

/// Bytes of one data set.
#[derive(Debug, Clone, Serialize)]
pub struct Size {
    /// Which target it counts for.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Our file with the default preset.
    pub canopy: u64,
    /// With the preset for local disks.
    pub canopy_hot: u64,
    /// With the preset for archives.
    pub canopy_cold: u64,
    /// Parquet, zstd level 3.
    pub parquet_zstd3: u64,
    /// Parquet, Snappy.
    pub parquet_snappy: u64,
    /// As CSV; None for nested rows.
    pub csv: Option<u64>,
    /// Others.
    pub peers: Peers,
}

/// Times of one scan.
#[derive(Debug, Clone, Serialize)]
pub struct Speed {
    /// A short name.
    pub name: String,
    /// What is done.
    pub what: String,
    /// Ours, in units of `what` a second.
    pub canopy: f64,
    /// Parquet's with zstd level 3.
    pub parquet_zstd3: f64,
    /// How many times faster ours is.
    pub ratio: f64,
}

impl Speed {
    pub(super) fn new(name: &str, what: &str, units: f64, times: &[Duration]) -> Self {
        let per_second = |time: Duration| units / time.as_secs_f64();
        Self {
            name: name.to_owned(),
            what: what.to_owned(),
            canopy: per_second(times[0]),
            parquet_zstd3: per_second(times[1]),
            ratio: times[1].as_secs_f64() / times[0].as_secs_f64(),
        }
    }
}

/// A measure with a target.
#[derive(Debug, Clone, Serialize)]
pub struct Target {
    /// What is measured.
    pub measure: String,
    /// What came out.
    pub found: f64,
    /// What it must be.
    pub must: f64,
    /// What it should be.
    pub aim: f64,
    /// Whether smaller is better.
    pub at_most: bool,
}

impl Target {
    fn verdict(&self) -> &'static str {
        let reaches = |limit: f64| if self.at_most { self.found <= limit } else { self.found >= limit };
        match (reaches(self.must), reaches(self.aim)) {
            (_, true) => "aim met",
            (true, false) => "met",
            _ => "NOT MET",
        }
    }
}

impl Report {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            scale: options.scale,
            runs: options.runs,
            sizes: Vec::new(),
            speeds: Vec::new(),
            checksum_share: None,
            targets: Vec::new(),
        }
    }

    /// Holds what was measured against the targets.
    pub(super) fn conclude(&mut self) {
        let groups = [
            ("tpch", "TPC-H, all tables, bytes relative to Parquet zstd-3", 0.80, 0.70),
            ("nested", "documents and events, bytes relative to Parquet zstd-3", 0.85, 0.70),
            ("sensors", "sensors, bytes relative to CSV", 0.10, 0.05),
            ("text", "URLs and log lines, bytes relative to Parquet zstd-3", 1.05, 0.95),
        ];
        for (group, measure, must, aim) in groups {
            let of_group = || self.sizes.iter().filter(|size| size.group == group);
            let whole = of_group().map(|size| match group {
                "sensors" => size.csv.unwrap_or_default(),
                _ => size.parquet_zstd3,
            });
            let (ours, whole) = (of_group().map(|size| size.canopy).sum::<u64>(), whole.sum::<u64>());
            if whole > 0 {
                self.target(measure, ours as f64 / whole as f64, must, aim, true);
            }
        }
        let speeds = [
            ("decode", "full decode of lineitem, relative to Parquet zstd-3", 4.0, 8.0),
            ("q6", "Q6-like filter and sum, relative to Parquet zstd-3", 5.0, 10.0),
            ("leaf_sum", "sum of a nested leaf, relative to Parquet zstd-3", 10.0, 30.0),
            ("wide", "open and read 1 of 10,000 columns, relative to Parquet zstd-3", 20.0, 50.0),
            ("write", "write of lineitem, relative to Parquet zstd-3", 1.0, 2.0),
        ];
        for (name, measure, must, aim) in speeds {
            if let Some(ratio) = self.speeds.iter().find(|speed| speed.name == name).map(|speed| speed.ratio)
            {
                self.target(measure, ratio, must, aim, false);
            }
        }
        if let Some(share) = self.checksum_share {
            self.target("checksums' share of scan time", share, 0.03, 0.01, true);
        }
    }

    fn target(&mut self, measure: &str, found: f64, must: f64, aim: f64, at_most: bool) {
        self.targets.push(Target { measure: measure.to_owned(), found, must, aim, at_most });
    }

    /// The report as a page of Markdown.
    pub fn to_markdown(&self) -> String {
        let mut page = String::new();
        // Writing to a String cannot fail.
        let _ = self.write_sizes(&mut page);
        let _ = self.write_speeds(&mut page);
        let _ = self.write_targets(&mut page);
        page
    }

    fn write_sizes(&self, page: &mut String) -> std::fmt::Result {
        writeln!(
            page,
            "Bytes of a file, and relative to Parquet with zstd level 3 (scale {}):\n",
            self.scale
        )?;
        writeln!(
            page,
            "| data set | rows | Parquet zstd-3 | Canopy | hot | cold | Parquet snappy | DuckDB | Vortex | CSV |"
        )?;
        writeln!(page, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for size in &self.sizes {
            let relative = |bytes: u64| format!("{:.3}", bytes as f64 / size.parquet_zstd3 as f64);
            let peer = |peer: &Option<super::peers::Peer>| {
                peer.as_ref().map_or("-".into(), |peer| relative(peer.bytes))
            };
            writeln!(
                page,
                "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
                size.name,
                size.rows,
                size.parquet_zstd3,
                relative(size.canopy),
                relative(size.canopy_hot),
                relative(size.canopy_cold),
                relative(size.parquet_snappy),
                peer(&size.peers.duckdb),
                peer(&size.peers.vortex),
                size.csv.map_or("-".into(), relative),
            )?;
        }
        writeln!(page)
    }

    fn write_speeds(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "One core, files in memory, median of {} runs in turns:\n", self.runs)?;
        writeln!(page, "| scan | Canopy | Parquet zstd-3 | ratio |")?;
        writeln!(page, "|---|--:|--:|--:|")?;
        for speed in &self.speeds {
            writeln!(
                page,
                "| {} | {:.3e} | {:.3e} | {:.2} |",
                speed.what, speed.canopy, speed.parquet_zstd3, speed.ratio
            )?;
        }
        for size in self.sizes.iter().filter(|size| size.name == "lineitem") {
            if let Some(seconds) = size.peers.vortex.as_ref().and_then(|vortex| vortex.decode_seconds) {
                writeln!(
                    page,
                    "\nVortex decodes lineitem into Arrow at {:.3e} rows/s.",
                    size.rows as f64 / seconds
                )?;
            }
        }
        writeln!(page)
    }

    fn write_targets(&self, page: &mut String) -> std::fmt::Result {
        writeln!(page, "| measure | found | must | aim | |")?;
        writeln!(page, "|---|--:|--:|--:|---|")?;
        for target in &self.targets {
            let Target { measure, found, must, aim, .. } = target;
            writeln!(page, "| {measure} | {found:.3} | {must} | {aim} | {} |", target.verdict())?;
        }
        Ok(())
    }
}
