//! The hash table of groups: keys to numbers from 0, in order of first appearance.
//!
//! Open addressing with linear probing over 8-byte slots: half of a slot is hash bits that decide nearly
//! every comparison, half the group's number; keys stand apart in a column. The salted layout is DuckDB's
//! and Umbra's; the load stays below a half.

use canopy_format::Vector;

use crate::kernel::prefetch::prefetch;
use crate::operator::key::{EncodedKeys, KeyLayout, Keys};

/// Slots looked at ahead of time.
const AHEAD: usize = 12;

/// Numbers of groups by key.
pub(crate) struct GroupTable {
    layout: KeyLayout,
    /// Salt in the upper half, group number + 1 in the lower; 0 is free.
    slots: Vec<u64>,
    keys: Keys,
    hashes: Vec<u64>,
    /// The group of the NULL key, where NULLs stand apart from keys.
    null_group: Option<u32>,
}

impl GroupTable {
    pub(crate) fn new(layout: KeyLayout) -> Self {
        let keys = layout.empty();
        Self { layout, slots: vec![0; 1024], keys, hashes: Vec::new(), null_group: None }
    }

    /// Number of groups.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Replaces `groups` with the group of each row, new ones included.
    pub(crate) fn find(&mut self, rows: &EncodedKeys, groups: &mut Vec<u32>) {
        groups.clear();
        groups.reserve(rows.hashes.len());
        for row in 0..rows.hashes.len() {
            if let Some(&ahead) = rows.hashes.get(row + AHEAD) {
                prefetch(&self.slots, ahead as usize & (self.slots.len() - 1));
            }
            groups.push(self.find_one(rows, row));
        }
    }

    /// Returns the group of one row.
    #[inline(always)]
    pub(crate) fn find_one(&mut self, rows: &EncodedKeys, row: usize) -> u32 {
        if rows.nulls.as_ref().is_some_and(|nulls| nulls[row]) {
            return match self.null_group {
                Some(group) => group,
                None => {
                    let group = self.add(rows, row, 0);
                    self.null_group = Some(group);
                    group
                }
            };
        }
        let hash = rows.hashes[row];
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                let group = self.add(rows, row, hash);
                self.slots[at] = hash >> 32 << 32 | (group as u64 + 1);
                if (self.len() + 1) * 2 > self.slots.len() {
                    self.grow();
                }
                return group;
            }
            let group = (slot as u32 - 1) as usize;
            if slot >> 32 == hash >> 32 && self.keys.equal(group, &rows.keys, row) {
                return group as u32;
            }
            at = (at + 1) & mask;
        }
    }

    fn add(&mut self, rows: &EncodedKeys, row: usize, hash: u64) -> u32 {
        let group = self.hashes.len() as u32;
        self.keys.push(&rows.keys, row);
        self.hashes.push(hash);
        group
    }

    fn grow(&mut self) {
        let capacity = self.slots.len() * 4;
        let mask = capacity - 1;
        self.slots.clear();
        self.slots.resize(capacity, 0);
        for (group, &hash) in self.hashes.iter().enumerate() {
            if self.null_group == Some(group as u32) {
                continue;
            }
            let mut at = hash as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = hash >> 32 << 32 | (group as u64 + 1);
        }
    }

    /// The key columns of groups `first .. first + count`.
    pub(crate) fn key_columns(&self, first: usize, count: usize) -> Vec<Vector> {
        self.layout.decode(&self.keys, first, count, self.null_group)
    }

    /// Takes all groups out as rows of keys; the table is empty after.
    pub(crate) fn take(&mut self) -> EncodedKeys {
        let nulls = self.null_group.take().map(|group| {
            let mut nulls = vec![false; self.hashes.len()];
            nulls[group as usize] = true;
            nulls
        });
        self.slots.fill(0);
        let keys = std::mem::replace(&mut self.keys, self.layout.empty());
        EncodedKeys { keys, hashes: std::mem::take(&mut self.hashes), nulls, unmatched: None }
    }

    pub(crate) fn byte_size(&self) -> usize {
        self.slots.capacity() * 8 + self.hashes.capacity() * 8 + self.keys.byte_size()
    }
}
