//! Filters that a join makes from its build side for the scans of its probe side.
//!
//! The range of the keys prunes stripes and pages, a short list of them is tested exactly, and a longer
//! one by a register-blocked Bloom filter: one 64-bit word a key (Lang, Neumann, Kemper and Boncz,
//! "Performance-Optimal Filtering: Bloom Overtakes Cuckoo at High Throughput", VLDB 2019).

use std::collections::HashMap;
use std::sync::Arc;

use canopy_format::{ColumnTest, Comparison, DataType, MembershipFilter, Value, Vector};
use parking_lot::Mutex;

use super::aggregate::table::GroupTable;
use super::key::{EncodedKeys, KeyLayout};
use crate::Result;

/// Longest list of keys that is tested exactly.
const LIST_MAX: usize = 1000;
/// Bits of a Bloom filter a key.
const BITS_PER_KEY: usize = 12;
/// Most bytes of a Bloom filter; build sides too large for it get none.
const BLOOM_BYTES_MAX: usize = 16 << 20;

/// The filters of a fragment by id, as they become ready.
#[derive(Default)]
pub(crate) struct RuntimeFilters {
    ready: Mutex<HashMap<u32, Arc<Vec<ColumnTest>>>>,
}

impl RuntimeFilters {
    /// The tests of a filter; None while its build side is not complete.
    pub(crate) fn get(&self, filter_id: u32) -> Option<Arc<Vec<ColumnTest>>> {
        self.ready.lock().get(&filter_id).cloned()
    }

    /// Makes a filter ready.
    pub(crate) fn publish(&self, filter_id: u32, tests: Vec<ColumnTest>) {
        self.ready.lock().insert(filter_id, Arc::new(tests));
    }
}

/// Returns the tests that every value equal to one of `values` passes.
pub(crate) fn make(data_type: &DataType, values: &Vector) -> Result<Vec<ColumnTest>> {
    let layout = KeyLayout::for_join(vec![data_type.clone()], vec![false])?;
    let keys = layout.encode(std::slice::from_ref(values), values.len());
    let usable = |row: usize| {
        !keys.nulls.as_ref().is_some_and(|nulls| nulls[row])
            && !keys.unmatched.as_ref().is_some_and(|unmatched| unmatched[row])
    };
    let rows: Vec<u32> = (0..values.len()).filter(|&row| usable(row)).map(|row| row as u32).collect();
    if let Some(list) = short_list(data_type, values, &keys, &rows)? {
        return Ok(vec![ColumnTest::In(list.into())]);
    }
    let mut tests = Vec::new();
    if let (true, Some((words, 1))) = (layout.is_integer(), keys.keys.as_words()) {
        let present = || rows.iter().map(|&row| words[row as usize] as i64);
        if let (Some(least), Some(greatest)) = (present().min(), present().max()) {
            tests.push(ColumnTest::Compare(Comparison::GreaterOrEqual, integer(data_type, least)));
            tests.push(ColumnTest::Compare(Comparison::LessOrEqual, integer(data_type, greatest)));
        }
    }
    if rows.len() * BITS_PER_KEY / 8 <= BLOOM_BYTES_MAX {
        let bloom = Bloom::new(layout, rows.iter().map(|&row| keys.hashes[row as usize]), rows.len());
        tests.push(ColumnTest::MayContain(Arc::new(bloom)));
    }
    Ok(tests)
}

/// The different values, sorted, when they are few.
fn short_list(
    data_type: &DataType,
    values: &Vector,
    keys: &EncodedKeys,
    rows: &[u32],
) -> Result<Option<Vec<Value>>> {
    let mut table = GroupTable::new(KeyLayout::for_join(vec![data_type.clone()], vec![false])?);
    let mut list = Vec::new();
    for &row in rows {
        let before = table.len();
        table.find_one(keys, row as usize);
        if table.len() > before {
            if table.len() > LIST_MAX {
                return Ok(None);
            }
            list.push(values.value(row as usize));
        }
    }
    list.sort_by(crate::kernel::compare::compare_values);
    Ok(Some(list))
}

fn integer(data_type: &DataType, value: i64) -> Value {
    match data_type {
        DataType::Date => Value::Date(value as i32),
        DataType::Time => Value::Time(value),
        DataType::Datetime => Value::Datetime(value),
        DataType::Timestamp => Value::Timestamp(value),
        _ => Value::Int64(value),
    }
}

/// A Bloom filter of one word a key.
struct Bloom {
    layout: KeyLayout,
    words: Vec<u64>,
}

impl std::fmt::Debug for Bloom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bloom({} words)", self.words.len())
    }
}

/// The bits that a key sets in its word.
#[inline(always)]
fn bits_of(hash: u64) -> u64 {
    (1 << (hash & 63)) | (1 << (hash >> 6 & 63)) | (1 << (hash >> 12 & 63)) | (1 << (hash >> 18 & 63))
}

impl Bloom {
    fn new(layout: KeyLayout, hashes: impl Iterator<Item = u64>, count: usize) -> Self {
        let mut bloom = Self { layout, words: vec![0; (count * BITS_PER_KEY).div_ceil(64).max(1)] };
        for hash in hashes {
            let word = bloom.word_of(hash);
            bloom.words[word] |= bits_of(hash);
        }
        bloom
    }

    #[inline(always)]
    fn word_of(&self, hash: u64) -> usize {
        ((hash as u128 * self.words.len() as u128) >> 64) as usize
    }
}

impl MembershipFilter for Bloom {
    fn filter(&self, values: &Vector, mask: &mut [u64]) {
        let keys = self.layout.encode(std::slice::from_ref(values), values.len());
        for (index, hashes) in keys.hashes.chunks(64).enumerate() {
            if mask[index] == 0 {
                continue;
            }
            let mut found = 0u64;
            for (bit, &hash) in hashes.iter().enumerate() {
                let wanted = bits_of(hash);
                found |= ((self.words[self.word_of(hash)] & wanted == wanted) as u64) << bit;
            }
            // Rows past the vector's end are not this call's.
            let beyond = if hashes.len() == 64 { 0 } else { u64::MAX << hashes.len() };
            mask[index] &= found | beyond;
        }
        if let Some(validity) = values.validity() {
            for (index, word) in validity.iter_words().enumerate() {
                let left = values.len() - index * 64;
                let beyond = if left >= 64 { 0 } else { u64::MAX << left };
                mask[index] &= word | beyond;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bloom_filter_has_no_false_negative_and_few_false_positives() {
        let keys = Vector::from_i64((0..20_000i64).map(|i| i * 17).collect());
        let tests = make(&DataType::Int64, &keys).unwrap();
        let [ColumnTest::Compare(..), ColumnTest::Compare(_, greatest), ColumnTest::MayContain(bloom)] =
            &tests[..]
        else {
            panic!("{tests:?}")
        };
        assert_eq!(greatest, &Value::Int64(19_999 * 17));
        let passed = |vector: &Vector| {
            let mut mask = vec![u64::MAX; vector.len().div_ceil(64)];
            bloom.filter(vector, &mut mask);
            (0..vector.len()).filter(|i| mask[i / 64] >> (i % 64) & 1 == 1).count()
        };
        assert_eq!(passed(&keys), 20_000);
        let others = Vector::from_i64((0..20_001i64).map(|i| i * 17 + 1).collect());
        assert!(passed(&others) < 1000, "{} of 20,001", passed(&others));
        assert_eq!(passed(&Vector::nulls(DataType::Int64, 100)), 0);
    }

    #[test]
    fn few_keys_make_a_list() {
        let values = ["b".into(), Value::Null, "a".into(), "b".into()];
        let tests =
            make(&DataType::String, &Vector::from_values(&DataType::String, &values).unwrap()).unwrap();
        let [ColumnTest::In(list)] = &tests[..] else { panic!("{tests:?}") };
        assert_eq!(list[..], ["a".into(), "b".into()]);
        let none = make(&DataType::Int64, &Vector::nulls(DataType::Int64, 3)).unwrap();
        assert!(matches!(&none[..], [ColumnTest::In(list)] if list.is_empty()));
    }
}
