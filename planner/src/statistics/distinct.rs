//! Distinct values from HyperLogLog registers (Flajolet et al. 2007, "HyperLogLog: the analysis of a
//! near-optimal cardinality estimation algorithm").

/// Returns the number of distinct values over several sketches of equal length, or None where one is missing.
pub(super) fn merged_estimate<'a>(sketches: impl IntoIterator<Item = &'a [u8]>) -> Option<f64> {
    let mut merged: Vec<u8> = Vec::new();
    for sketch in sketches {
        if sketch.is_empty() || (!merged.is_empty() && merged.len() != sketch.len()) {
            return None;
        }
        if merged.is_empty() {
            merged.extend_from_slice(sketch);
        } else {
            merged.iter_mut().zip(sketch).for_each(|(a, b)| *a = (*a).max(*b));
        }
    }
    (!merged.is_empty()).then(|| estimate(&merged))
}

fn estimate(registers: &[u8]) -> f64 {
    let count = registers.len() as f64;
    let sum: f64 = registers.iter().map(|&r| 2f64.powi(-i32::from(r))).sum();
    let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
    let empty = registers.iter().filter(|&&r| r == 0).count();
    // Small counts: the share of empty registers is the better witness.
    if raw <= 2.5 * count && empty > 0 { count * (count / empty as f64).ln() } else { raw }
}
