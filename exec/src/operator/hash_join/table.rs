//! The build side: its columns, and a directory from keys to rows.
//!
//! Rows of one bucket stand together, and the directory holds where each bucket ends: the "unchained"
//! layout of Birler, Schmidt, Fent and Neumann, "Simple, Efficient, and Robust Hash Tables for Join
//! Processing" (DaMoN 2024). Sixteen bits beside each end are a small Bloom filter of the bucket, which
//! turns most misses away at the first look. Dense integer keys index the directory by value instead.

use std::sync::atomic::{AtomicBool, Ordering};

use canopy_format::Vector;

use crate::kernel::prefetch::prefetch;
use crate::operator::key::{EncodedKeys, KeyLayout, Keys};
use crate::{ExecError, Result};

/// Widest range of integers that is addressed directly however few rows there are.
const RANGE_ALWAYS: u64 = 1 << 16;
/// Directory entries a row that direct addressing may cost.
const RANGE_PER_ROW: u64 = 8;
/// Probes looked at ahead of time.
const AHEAD: usize = 16;

/// A complete build side.
pub(crate) struct JoinTable {
    pub(super) columns: Vec<Vector>,
    /// The evaluated key columns, kept where NOT IN has to look at them.
    pub(super) key_columns: Vec<Vector>,
    pub(super) rows: usize,
    keys: Keys,
    addressing: Addressing,
    /// For each bucket: where it ends in `entries`, and its filter in the lower 16 bits.
    directory: Vec<u64>,
    /// Rows by bucket.
    entries: Vec<u32>,
    /// The keys of `entries`, where keys are single words.
    words: Vec<u64>,
    /// Rows with a NULL key.
    pub(super) null_rows: Vec<u32>,
    /// Rows that have had a match; empty where nobody asks.
    matched: Vec<AtomicBool>,
    pub(super) _memory: Vec<crate::memory::Reservation>,
}

enum Addressing {
    /// By the hash's upper bits: the shift that leaves them.
    Hash { shift: u32 },
    /// By the key's distance from the least; every key of a bucket is equal.
    Direct { least: i64 },
    /// One bucket with every row: there are no keys.
    All,
}

/// Buckets of a batch's rows.
#[derive(Default)]
pub(super) struct Probes {
    keys: EncodedKeys,
    /// First and last entry of each row's bucket.
    ranges: Vec<(u32, u32)>,
}

impl JoinTable {
    pub(super) fn new(
        layout: &KeyLayout,
        keys: EncodedKeys,
        columns: Vec<Vector>,
        key_columns: Vec<Vector>,
        rows: usize,
        track_matches: bool,
    ) -> Result<Self> {
        if u32::try_from(rows).is_err() {
            return Err(ExecError::Evaluation(format!(
                "{rows} rows are too many for the build side of a join"
            )));
        }
        let is_null = |row: usize| keys.nulls.as_ref().is_some_and(|nulls| nulls[row]);
        let is_usable =
            |row: usize| !is_null(row) && !keys.unmatched.as_ref().is_some_and(|unmatched| unmatched[row]);
        let usable: Vec<u32> = (0..rows).filter(|&row| is_usable(row)).map(|row| row as u32).collect();
        let addressing = choose(layout, &keys, &usable);
        let mut table = Self {
            columns,
            key_columns,
            rows,
            null_rows: (0..rows).filter(|&row| is_null(row)).map(|row| row as u32).collect(),
            keys: Keys::default(),
            directory: Vec::new(),
            entries: Vec::new(),
            words: Vec::new(),
            matched: if track_matches {
                (0..rows).map(|_| AtomicBool::new(false)).collect()
            } else {
                Vec::new()
            },
            addressing: Addressing::All,
            _memory: Vec::new(),
        };
        let buckets = match &addressing {
            (Addressing::Hash { shift }, _) => 1usize << (64 - shift),
            (Addressing::Direct { .. }, range) => *range,
            (Addressing::All, _) => 1,
        };
        table.addressing = addressing.0;
        table.fill(&keys, &usable, buckets);
        table.keys = keys.keys;
        Ok(table)
    }

    /// Counts rows a bucket, then puts each where its bucket is.
    fn fill(&mut self, keys: &EncodedKeys, usable: &[u32], buckets: usize) {
        let bucket_of: Vec<u32> =
            usable.iter().map(|&row| self.bucket(keys, row as usize).unwrap_or(0) as u32).collect();
        let mut next = vec![0u32; buckets + 1];
        bucket_of.iter().for_each(|&bucket| next[bucket as usize + 1] += 1);
        for bucket in 1..=buckets {
            next[bucket] += next[bucket - 1];
        }
        self.directory = next[1..].iter().map(|&end| (end as u64) << 16).collect();
        self.entries = vec![0; usable.len()];
        let words = keys.keys.as_words().filter(|&(_, width)| width == 1).map(|(words, _)| words);
        if words.is_some() {
            self.words = vec![0; usable.len()];
        }
        for (&row, &bucket) in usable.iter().zip(&bucket_of) {
            let at = &mut next[bucket as usize];
            self.entries[*at as usize] = row;
            if let Some(words) = words {
                self.words[*at as usize] = words[row as usize];
            }
            *at += 1;
            self.directory[bucket as usize] |= filter_bits(keys.hashes[row as usize]);
        }
    }

    /// The bucket of a key; None when no bucket can have it.
    #[inline(always)]
    fn bucket(&self, keys: &EncodedKeys, row: usize) -> Option<usize> {
        match self.addressing {
            Addressing::Hash { shift } => Some((keys.hashes[row] >> shift) as usize),
            Addressing::Direct { least } => {
                let (words, _) = keys.keys.as_words()?;
                let distance = (words[row] as i64).wrapping_sub(least) as u64 as usize;
                (self.directory.is_empty() || distance < self.directory.len()).then_some(distance)
            }
            Addressing::All => Some(0),
        }
    }

    /// Finds the buckets of all rows of a batch.
    pub(super) fn probe(&self, keys: EncodedKeys) -> Probes {
        let rows = keys.hashes.len();
        let mut ranges = Vec::with_capacity(rows);
        let exact = !matches!(self.addressing, Addressing::Hash { .. });
        for row in 0..rows {
            if row + AHEAD < rows
                && let Some(bucket) = self.bucket(&keys, row + AHEAD)
            {
                prefetch(&self.directory, bucket);
            }
            let usable = !keys.nulls.as_ref().is_some_and(|nulls| nulls[row])
                && !keys.unmatched.as_ref().is_some_and(|unmatched| unmatched[row]);
            let range = match self.bucket(&keys, row) {
                Some(bucket) if usable => {
                    let slot = self.directory[bucket];
                    let start = if bucket == 0 { 0 } else { self.directory[bucket - 1] >> 16 };
                    let wanted = filter_bits(keys.hashes[row]);
                    match exact || slot & wanted == wanted {
                        true => (start as u32, (slot >> 16) as u32),
                        false => (0, 0),
                    }
                }
                _ => (0, 0),
            };
            if range.0 < range.1 {
                prefetch(&self.entries, range.0 as usize);
                prefetch(&self.words, range.0 as usize);
            }
            ranges.push(range);
        }
        Probes { keys, ranges }
    }

    /// Appends pairs of row and matching build row from `(row, entry)` on, until `limit` pairs or all rows;
    /// rows for which `skip` is true stay out, and with `first_only` a row ends at its first match.
    /// Returns where to go on.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn pairs(
        &self,
        probes: &Probes,
        (mut row, mut entry): (usize, u32),
        limit: usize,
        first_only: bool,
        skip: &[bool],
        probe_rows: &mut Vec<u32>,
        build_rows: &mut Vec<u32>,
    ) -> (usize, u32) {
        let exact = !matches!(self.addressing, Addressing::Hash { .. });
        let probe_words = probes.keys.keys.as_words().map_or(&[][..], |(words, _)| words);
        let by_word = !self.words.is_empty();
        while row < probes.ranges.len() {
            let (start, end) = probes.ranges[row];
            let mut at = start.max(entry);
            entry = 0;
            if !skip[row] {
                while at < end {
                    if probe_rows.len() >= limit {
                        return (row, at);
                    }
                    let equal = exact
                        || match by_word {
                            true => self.words[at as usize] == probe_words[row],
                            false => {
                                let build_row = self.entries[at as usize] as usize;
                                self.keys.equal(build_row, &probes.keys.keys, row)
                            }
                        };
                    if equal {
                        probe_rows.push(row as u32);
                        build_rows.push(self.entries[at as usize]);
                        if first_only {
                            break;
                        }
                    }
                    at += 1;
                }
            }
            row += 1;
        }
        (row, 0)
    }

    /// Notes that build rows have had a match.
    pub(super) fn mark(&self, build_rows: &[u32]) {
        for &row in build_rows {
            let flag = &self.matched[row as usize];
            // Reading first keeps the line shared when most are marked already.
            if !flag.load(Ordering::Relaxed) {
                flag.store(true, Ordering::Relaxed);
            }
        }
    }

    /// True when a build row has had a match.
    pub(super) fn is_matched(&self, row: usize) -> bool {
        self.matched[row].load(Ordering::Relaxed)
    }

    /// Bytes of directory, entries and keys.
    pub(super) fn byte_size(&self) -> usize {
        self.directory.capacity() * 8
            + self.entries.capacity() * 4
            + self.words.capacity() * 8
            + self.keys.byte_size()
            + self.matched.len()
    }
}

impl Probes {
    /// Rows whose key is NULL.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.keys.nulls.as_ref().is_some_and(|nulls| nulls[row])
    }
}

/// The filter bits of a hash: two of sixteen.
#[inline(always)]
fn filter_bits(hash: u64) -> u64 {
    1 << (hash & 15) | 1 << (hash >> 4 & 15)
}

/// How keys find their bucket, and for direct addressing how many buckets there are.
fn choose(layout: &KeyLayout, keys: &EncodedKeys, usable: &[u32]) -> (Addressing, usize) {
    if layout.types().is_empty() {
        return (Addressing::All, 1);
    }
    if let (true, Some((words, 1))) = (layout.is_integer(), keys.keys.as_words()) {
        let values = || usable.iter().map(|&row| words[row as usize] as i64);
        if let (Some(least), Some(greatest)) = (values().min(), values().max()) {
            let range = (greatest as i128 - least as i128) as u64;
            if range < RANGE_ALWAYS.max(usable.len() as u64 * RANGE_PER_ROW) {
                return (Addressing::Direct { least }, range as usize + 1);
            }
        }
    }
    let bits = usable.len().max(2).next_power_of_two().trailing_zeros();
    (Addressing::Hash { shift: 64 - bits }, 0)
}
