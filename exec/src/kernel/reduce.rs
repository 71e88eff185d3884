//! Sums, extremes and counts of whole columns, without NULLs.

use super::tiered;

tiered! {
    /// The sum of 64-bit integers in 128 bits, which cannot overflow.
    pub fn sum_i64(values: &[i64]) -> i128 {
        // High and low halves add up apart: both vectorise, and neither overflows below 2^31 values.
        let mut total = 0i128;
        for chunk in values.chunks(1 << 20) {
            let (mut low, mut high) = (0u64, 0i64);
            for &value in chunk {
                low = low.wrapping_add(value as u32 as u64);
                high = high.wrapping_add(value >> 32);
            }
            total += ((high as i128) << 32) + low as i128;
        }
        total
    }
}

tiered! {
    /// The sum of floats in eight lanes, so that every tier adds in one order.
    pub fn sum_f64(values: &[f64]) -> f64 {
        let mut lanes = [0f64; 8];
        let (blocks, tail) = values.as_chunks::<8>();
        for block in blocks {
            for (lane, value) in lanes.iter_mut().zip(block) {
                *lane += value;
            }
        }
        for (lane, value) in lanes.iter_mut().zip(tail) {
            *lane += value;
        }
        let [a, b, c, d, e, f, g, h] = lanes;
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    }
}

/// The sum of 128-bit integers; None on overflow.
pub fn sum_i128(values: &[i128]) -> Option<i128> {
    values.iter().try_fold(0i128, |sum, &value| sum.checked_add(value))
}

tiered! {
    /// The least and greatest of 64-bit integers; None without values.
    pub fn extremes_i64(values: &[i64]) -> Option<(i64, i64)> {
        let first = *values.first()?;
        let (mut least, mut greatest) = (first, first);
        for &value in values {
            least = if value < least { value } else { least };
            greatest = if value > greatest { value } else { greatest };
        }
        Some((least, greatest))
    }
}

tiered! {
    /// The least and greatest of 32-bit integers; None without values.
    pub fn extremes_i32(values: &[i32]) -> Option<(i32, i32)> {
        let first = *values.first()?;
        let (mut least, mut greatest) = (first, first);
        for &value in values {
            least = if value < least { value } else { least };
            greatest = if value > greatest { value } else { greatest };
        }
        Some((least, greatest))
    }
}

tiered! {
    /// The least and greatest of floats as MIN and MAX see them: NaN when there is one.
    pub fn extremes_f64(values: &[f64]) -> Option<(f64, f64)> {
        let first = *values.first()?;
        let (mut least, mut greatest, mut nan) = (first, first, false);
        for &value in values {
            least = if value < least { value } else { least };
            greatest = if value > greatest { value } else { greatest };
            nan |= value.is_nan();
        }
        Some(if nan { (f64::NAN, f64::NAN) } else { (least, greatest) })
    }
}

tiered! {
    /// Number of set bits.
    pub fn count_ones(words: &[u64]) -> u64 {
        words.iter().map(|word| word.count_ones() as u64).sum()
    }
}
