//! From key columns to group numbers, past the hash table where a shortcut knows the answer.
//!
//! Dictionary codes index a small array of known groups for as long as the dictionaries stay the same,
//! and a dense range of integers indexes one by value; only what these do not know yet is hashed.

use canopy_format::vector::Form;
use canopy_format::{Values, Vector};

use super::table::GroupTable;
use crate::operator::key::KeyLayout;

/// Largest product of dictionary sizes that is indexed.
const CODES_MAX: usize = 1 << 16;
/// Largest range of integers that is indexed.
const RANGE_MAX: usize = 1 << 20;
/// No group known.
const UNKNOWN: u32 = u32::MAX;

pub(super) struct Grouper {
    layout: KeyLayout,
    pub(super) table: GroupTable,
    codes: CodeIndex,
    range: RangeIndex,
}

/// Groups by combined dictionary codes.
#[derive(Default)]
struct CodeIndex {
    /// Dictionary of each key column; 0 for a constant.
    dictionaries: Vec<u64>,
    groups: Vec<u32>,
}

/// Groups by `value - base`.
#[derive(Default)]
struct RangeIndex {
    base: i64,
    groups: Vec<u32>,
    given_up: bool,
}

impl Grouper {
    pub(super) fn new(layout: KeyLayout) -> Self {
        let table = GroupTable::new(layout.clone());
        Self { layout, table, codes: CodeIndex::default(), range: RangeIndex::default() }
    }

    /// Replaces `groups` with the group of each row.
    pub(super) fn find(&mut self, keys: &[Vector], rows: usize, groups: &mut Vec<u32>) {
        if self.find_by_code(keys, rows, groups) || self.find_by_range(keys, groups) {
            return;
        }
        self.table.find(&self.layout.encode(keys, rows), groups);
    }

    /// Forgets all groups, which the caller has taken out of the table.
    pub(super) fn reset(&mut self) {
        self.codes = CodeIndex::default();
        self.range = RangeIndex::default();
    }

    pub(super) fn byte_size(&self) -> usize {
        self.table.byte_size() + (self.codes.groups.capacity() + self.range.groups.capacity()) * 4
    }

    fn find_row(&mut self, keys: &[Vector], row: usize) -> u32 {
        let one: Vec<Vector> = keys.iter().map(|key| key.slice(row, 1)).collect();
        self.table.find_one(&self.layout.encode(&one, 1), 0)
    }

    fn find_by_code(&mut self, keys: &[Vector], rows: usize, groups: &mut Vec<u32>) -> bool {
        let mut total = 1usize;
        for key in keys {
            // One code more than entries stands for a NULL row.
            total = total.saturating_mul(match key.form() {
                Form::Dictionary { dictionary, .. } => dictionary.values.len() + 1,
                Form::Constant(_) => 1,
                _ => return false,
            });
        }
        if total > CODES_MAX || keys.iter().all(|key| key.as_constant().is_some()) && total != 1 {
            return false;
        }
        let id = |key: &Vector| match key.form() {
            Form::Dictionary { dictionary, .. } => dictionary.id,
            _ => 0,
        };
        let constant = keys.iter().any(|key| key.as_constant().is_some());
        if constant || !self.codes.dictionaries.iter().copied().eq(keys.iter().map(id)) {
            self.codes.dictionaries = keys.iter().map(id).collect();
            self.codes.groups.clear();
            self.codes.groups.resize(total, UNKNOWN);
        }
        groups.clear();
        groups.resize(rows, 0);
        for key in keys {
            let Form::Dictionary { codes, validity, dictionary } = key.form() else { continue };
            let size = dictionary.values.len() as u32 + 1;
            match validity {
                None => groups.iter_mut().zip(codes.iter()).for_each(|(at, &code)| *at = *at * size + code),
                Some(bits) => {
                    groups.iter_mut().zip(codes.iter()).enumerate().for_each(|(row, (at, &code))| {
                        *at = *at * size + if bits.get(row) { code } else { size - 1 };
                    })
                }
            }
        }
        for (row, at) in groups.iter_mut().enumerate() {
            let code = *at as usize;
            if self.codes.groups[code] == UNKNOWN {
                self.codes.groups[code] = self.find_row(keys, row);
            }
            *at = self.codes.groups[code];
        }
        true
    }

    fn find_by_range(&mut self, keys: &[Vector], groups: &mut Vec<u32>) -> bool {
        if self.range.given_up || !self.layout.is_integer() {
            return false;
        }
        match keys[0].as_flat() {
            Some((Values::I64(values), None)) => self.find_integers(&keys[0], values, groups),
            Some((Values::I32(values), None)) => {
                let wide: Vec<i64> = values.iter().map(|&value| value as i64).collect();
                self.find_integers(&keys[0], &wide, groups)
            }
            _ => false,
        }
    }

    fn find_integers(&mut self, key: &Vector, values: &[i64], groups: &mut Vec<u32>) -> bool {
        if !self.range.cover(values) {
            return false;
        }
        groups.clear();
        groups.reserve(values.len());
        for (row, &value) in values.iter().enumerate() {
            let at = (value - self.range.base) as usize;
            if self.range.groups[at] == UNKNOWN {
                self.range.groups[at] = self.find_row(std::slice::from_ref(key), row);
            }
            groups.push(self.range.groups[at]);
        }
        true
    }
}

impl RangeIndex {
    /// Widens to all of `values`; false, for good, when that is too wide.
    fn cover(&mut self, values: &[i64]) -> bool {
        let (Some(&least), Some(&greatest)) = (values.iter().min(), values.iter().max()) else { return true };
        let (low, high) = match self.groups.len() {
            0 => (least, greatest),
            len => (least.min(self.base), greatest.max(self.base + len as i64 - 1)),
        };
        let span = high as i128 - low as i128 + 1;
        if span > RANGE_MAX as i128 {
            *self = Self { given_up: true, ..Self::default() };
            return false;
        }
        let below = if self.groups.is_empty() { 0 } else { (self.base - low) as usize };
        if below > 0 {
            // Room below for more of the same, within the limit.
            self.groups.splice(0..0, std::iter::repeat_n(UNKNOWN, below));
        }
        self.base = low;
        if span as usize > self.groups.len() {
            self.groups.resize(span as usize, UNKNOWN);
        }
        true
    }
}
