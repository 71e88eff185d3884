//! Distinct values of a column over several files, from the log's sketches.

use canopy_format::sketch;

/// Returns the number of distinct values over several sketches, or None where one is missing or broken.
pub(super) fn merged_estimate<'a>(sketches: impl IntoIterator<Item = &'a [u8]>) -> Option<f64> {
    let mut merged = Vec::new();
    for registers in sketches {
        // A sketch that is not there must not count as one of no values.
        sketch::estimate(registers)?;
        sketch::merge(&mut merged, registers);
    }
    sketch::estimate(&merged)
}
