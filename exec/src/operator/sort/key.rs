//! Sort keys as bytes whose order is SQL's: normalized keys, compared with one `memcmp`.
//!
//! Each column is a byte that places NULL, then the value big-endian with its sign flipped; text is
//! escaped (`00` becomes `00 ff`) and ends in `00 00`; DESC inverts the value's bytes. The idea is from
//! System R ("An Encoding Method for Multifield Sorting and Indexing", Blasgen et al. 1977).

use std::cmp::Ordering;

use canopy_format::vector::pow10;
use canopy_format::{DataType, I256, Interval, Values, Vector};

use crate::{ExecError, Result};

/// How one column is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Direction {
    pub(crate) descending: bool,
    pub(crate) nulls_last: bool,
}

/// Sort keys of some rows.
#[derive(Debug, Default)]
pub(crate) struct SortKeys {
    bytes: Vec<u8>,
    /// End of each key.
    ends: Vec<usize>,
    /// The first eight bytes of each key, big-endian: most comparisons end here.
    prefixes: Vec<u64>,
}

/// Checks that a type can be ordered by.
pub(crate) fn check_orderable(data_type: &DataType) -> Result<()> {
    match data_type {
        DataType::Array(_) | DataType::Struct(_) | DataType::Json => {
            Err(ExecError::InvalidPlan(format!("{data_type} cannot be ordered by")))
        }
        _ => Ok(()),
    }
}

impl SortKeys {
    /// Returns the keys of `rows` rows of the columns, one direction a column.
    pub(crate) fn encode(columns: &[Vector], directions: &[Direction], rows: usize) -> Self {
        let flat: Vec<Vector> = columns.iter().map(Vector::flatten).collect();
        let mut keys = Self::default();
        keys.ends.reserve(rows);
        keys.prefixes.reserve(rows);
        for row in 0..rows {
            let start = keys.bytes.len();
            for (vector, direction) in flat.iter().zip(directions) {
                put(&mut keys.bytes, vector, row, *direction);
            }
            keys.ends.push(keys.bytes.len());
            keys.prefixes.push(prefix(&keys.bytes[start..]));
        }
        keys
    }

    /// Number of keys.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(crate) fn bytes(&self, row: usize) -> &[u8] {
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.bytes[start..self.ends[row]]
    }

    /// How row `a` of these keys stands to row `b` of others.
    #[inline]
    pub(crate) fn compare(&self, a: usize, other: &SortKeys, b: usize) -> Ordering {
        match self.prefixes[a].cmp(&other.prefixes[b]) {
            Ordering::Equal => self.bytes(a).cmp(other.bytes(b)),
            order => order,
        }
    }

    /// The rows in order; equal keys keep theirs.
    pub(crate) fn sorted(&self) -> Vec<u32> {
        let mut rows: Vec<(u64, u32)> =
            self.prefixes.iter().enumerate().map(|(row, &prefix)| (prefix, row as u32)).collect();
        rows.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| self.bytes(a.1 as usize).cmp(self.bytes(b.1 as usize)))
                .then(a.1.cmp(&b.1))
        });
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The keys of these rows, in this order.
    pub(crate) fn gather(&self, rows: &[u32]) -> Self {
        let mut out = Self::default();
        for &row in rows {
            out.push(self, row as usize);
        }
        out
    }

    /// Appends a key.
    pub(crate) fn push(&mut self, other: &SortKeys, row: usize) {
        self.bytes.extend_from_slice(other.bytes(row));
        self.ends.push(self.bytes.len());
        self.prefixes.push(other.prefixes[row]);
    }

    /// Appends all keys of another batch.
    pub(crate) fn append(&mut self, other: &SortKeys) {
        let base = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| base + end));
        self.prefixes.extend_from_slice(&other.prefixes);
    }

    pub(crate) fn byte_size(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 16
    }
}

/// The first eight bytes of a key as a number that orders alike.
pub(crate) fn prefix(key: &[u8]) -> u64 {
    let mut word = [0; 8];
    let len = key.len().min(8);
    word[..len].copy_from_slice(&key[..len]);
    u64::from_be_bytes(word)
}

fn put(out: &mut Vec<u8>, vector: &Vector, row: usize, direction: Direction) {
    let Some((values, validity)) = vector.as_flat() else { return };
    if validity.is_some_and(|bits| !bits.get(row)) {
        out.push(if direction.nulls_last { 2 } else { 0 });
        return;
    }
    out.push(1);
    let start = out.len();
    match values {
        Values::Bool(v) => out.push(v.get(row) as u8),
        Values::I32(v) => out.extend((v[row] as u32 ^ 1 << 31).to_be_bytes()),
        Values::I64(v) => out.extend((v[row] as u64 ^ 1 << 63).to_be_bytes()),
        Values::F64(v) => out.extend(float(v[row]).to_be_bytes()),
        Values::Decimal64 { values, scale } => {
            out.extend(wide((values[row] as i128).wrapping_mul(pow10(9 - scale))))
        }
        Values::Decimal128 { values, scale } => out.extend(wide(values[row].wrapping_mul(pow10(9 - scale)))),
        Values::Decimal256(v) => out.extend((v[row] ^ I256::MIN).to_be_bytes()),
        Values::Interval(v) => out.extend(wide(micros(v[row]))),
        Values::Range(v) => [v[row].start, v[row].end]
            .iter()
            .for_each(|&bound| out.extend((bound as u64 ^ 1 << 63).to_be_bytes())),
        Values::String(v) => {
            for &byte in v.bytes(row) {
                out.push(byte);
                if byte == 0 {
                    out.push(0xff);
                }
            }
            out.extend([0, 0]);
        }
        Values::List(_) | Values::Struct(_) => unreachable!("orderable types have no parts"),
    }
    if direction.descending {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

fn wide(value: i128) -> [u8; 16] {
    (value ^ i128::MIN).to_be_bytes()
}

fn micros(value: Interval) -> i128 {
    (value.months as i128 * 30 + value.days as i128) * 86_400_000_000 + value.micros as i128
}

/// Bits that order as GoogleSQL does: NaN below all, one zero.
fn float(value: f64) -> u64 {
    if value.is_nan() {
        return 0;
    }
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

#[cfg(test)]
mod tests {
    use canopy_format::Value;

    use super::*;

    /// Checks that values given in ascending order sort so in all four directions.
    fn check(data_type: &DataType, ascending: &[Value]) {
        let shuffled: Vec<usize> = (0..=ascending.len()).map(|i| i * 11 % (ascending.len() + 1)).collect();
        let values: Vec<Value> =
            shuffled.iter().map(|&i| ascending.get(i).cloned().unwrap_or_default()).collect();
        let vector = Vector::from_values(data_type, &values).unwrap();
        for (descending, nulls_last) in [(false, false), (false, true), (true, false), (true, true)] {
            let directions = [Direction { descending, nulls_last }];
            let keys = SortKeys::encode(std::slice::from_ref(&vector), &directions, values.len());
            let sorted: Vec<Value> = keys.sorted().iter().map(|&row| values[row as usize].clone()).collect();
            let mut expected = ascending.to_vec();
            if descending {
                expected.reverse();
            }
            expected.insert(if nulls_last { expected.len() } else { 0 }, Value::Null);
            assert_eq!(sorted, expected, "descending {descending} nulls last {nulls_last}");
        }
    }

    #[test]
    fn bytes_order_as_values_do() {
        check(&DataType::Int64, &[i64::MIN, -1, 0, 1, i64::MAX].map(Value::Int64));
        check(&DataType::Date, &[i32::MIN, -1, 0, 1, i32::MAX].map(Value::Date));
        let floats = [f64::NAN, f64::NEG_INFINITY, -1.5, 0.0, 1e-300, f64::INFINITY];
        check(&DataType::Float64, &floats.map(Value::Float64));
        check(&DataType::Numeric, &[-(10i128.pow(30)), -1, 0, 1, 10i128.pow(30)].map(Value::Numeric));
        check(&DataType::BigNumeric, &[-2, -1, 0, 1].map(|v: i128| Value::BigNumeric(I256::from(v))));
        check(&DataType::Bool, &[false, true].map(Value::Bool));
        check(&DataType::String, &["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "ä"].map(Value::from));
    }
}
