//! Which rows of a file do not count any more: a set of row positions, and its bytes.
//!
//! Data files never change; DELETE and UPDATE write down which rows are gone. Positions come in chunks of
//! 65,536, each a list or a bitmap, whatever is smaller, as in Chambi, Lemire, Kaser and Godin, "Better bitmap performance
//! with Roaring bitmaps" (2016), without its runs. Rows 1, 2 and 65,540 are two chunks:
//!
//! ```text
//! magic "CDEL" · version 1 · 3 zero bytes · chunks: u32 = 2 · rows: u64 = 3
//! chunk 0 · count u32 = 2 · u16 1, 2
//! chunk 1 · count u32 = 1 · u16 4
//! CRC-32 of all before
//! ```
//!
//! A chunk with more than 4,096 rows is a bitmap of 8,192 bytes, lowest row in the lowest bit. All numbers are little endian.

use std::collections::BTreeMap;

use crate::{FormatError, Result};

const MAGIC: &[u8; 4] = b"CDEL";
const VERSION: u8 = 1;
const HEADER_BYTES: usize = 20;
const CHUNK_ROWS: usize = 1 << 16;
const CHUNK_WORDS: usize = CHUNK_ROWS / 64;
/// Rows up to which a list is smaller than a bitmap.
const LIST_ROWS_MAX: usize = 4096;

/// Positions of rows in one file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeletedRows {
    chunks: BTreeMap<u32, Box<[u64; CHUNK_WORDS]>>,
    len: u64,
}

impl DeletedRows {
    /// Adds a row; returns false when it was there already.
    ///
    /// # Errors
    /// [`FormatError::Limit`] past row 2^48 - 1, which no file has.
    pub fn insert(&mut self, row: u64) -> Result<bool> {
        let (chunk, index) = (row >> 16, (row & 0xffff) as usize);
        let limit = u64::from(u32::MAX);
        let chunk = u32::try_from(chunk).map_err(|_| FormatError::Limit {
            what: "chunk of deleted rows".into(),
            found: chunk,
            limit,
        })?;
        let words = self.chunks.entry(chunk).or_insert_with(|| Box::new([0; CHUNK_WORDS]));
        let (word, bit) = (&mut words[index / 64], 1 << (index % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        self.len += u64::from(is_new);
        Ok(is_new)
    }

    /// Adds all rows of another set.
    pub fn merge(&mut self, other: &Self) {
        for (chunk, words) in &other.chunks {
            let own = self.chunks.entry(*chunk).or_insert_with(|| Box::new([0; CHUNK_WORDS]));
            own.iter_mut().zip(words.iter()).for_each(|(own, word)| *own |= word);
        }
        let ones =
            |words: &[u64; CHUNK_WORDS]| words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        self.len = self.chunks.values().map(|words| ones(words)).sum();
    }

    /// Whether a row is there.
    pub fn contains(&self, row: u64) -> bool {
        self.word(row) & 1 != 0
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Clears the bits of rows that are there: bit `i` of `mask`, lowest first, is the row `first + i`.
    pub fn clear(&self, first: u64, mask: &mut [u64]) {
        if self.is_empty() {
            return;
        }
        for (index, word) in mask.iter_mut().enumerate() {
            if *word != 0 {
                *word &= !self.word(first + 64 * index as u64);
            }
        }
    }

    /// The bits of 64 rows from one on, which may lie in two words.
    fn word(&self, first: u64) -> u64 {
        let aligned = |row: u64| {
            let chunk = u32::try_from(row >> 16).ok().and_then(|chunk| self.chunks.get(&chunk));
            chunk.map_or(0, |words| words[(row & 0xffff) as usize / 64])
        };
        match first % 64 {
            0 => aligned(first),
            shift => aligned(first) >> shift | aligned(first + 64) << (64 - shift),
        }
    }

    /// Returns the bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES + 4 + self.chunks.len() * 16);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&[VERSION, 0, 0, 0]);
        out.extend_from_slice(&(self.chunks.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.len.to_le_bytes());
        for (chunk, words) in &self.chunks {
            let count: u32 = words.iter().map(|word| word.count_ones()).sum();
            out.extend_from_slice(&chunk.to_le_bytes());
            out.extend_from_slice(&count.to_le_bytes());
            match count as usize > LIST_ROWS_MAX {
                true => words.iter().for_each(|word| out.extend_from_slice(&word.to_le_bytes())),
                false => rows_of(words).for_each(|row| out.extend_from_slice(&row.to_le_bytes())),
            }
        }
        let crc = crc32fast::hash(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// Returns the rows of bytes; `name` is for messages, `row_count` that of the file they belong to.
    ///
    /// # Errors
    /// [`FormatError::Damaged`], [`FormatError::Unsupported`] for a later version.
    pub fn decode(bytes: &[u8], row_count: u64, name: &str) -> Result<Self> {
        let damaged = |reason: &str| FormatError::Damaged {
            file: name.to_owned(),
            place: "deleted rows".to_owned(),
            reason: reason.to_owned(),
        };
        let Some((body, crc)) = bytes.split_last_chunk::<4>() else { return Err(damaged("too short")) };
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return Err(damaged("CRC-32 differs"));
        }
        let mut rest = body;
        if take::<4>(&mut rest) != Some(*MAGIC) {
            return Err(damaged("expected the magic CDEL"));
        }
        match take::<4>(&mut rest) {
            Some([VERSION, 0, 0, 0]) => {}
            other => {
                let needs = format!("deleted rows of version {other:?}");
                return Err(FormatError::Unsupported { file: name.to_owned(), needs });
            }
        }
        let chunks = take::<4>(&mut rest).map(u32::from_le_bytes).ok_or_else(|| damaged("too short"))?;
        let rows = take::<8>(&mut rest).map(u64::from_le_bytes).ok_or_else(|| damaged("too short"))?;
        if u64::from(chunks) > row_count.div_ceil(CHUNK_ROWS as u64) || rows > row_count {
            return Err(damaged("more rows than the file has"));
        }
        let mut decoded = Self::default();
        for _ in 0..chunks {
            let (chunk, words, count) =
                decode_chunk(&mut rest).ok_or_else(|| damaged("a chunk is not valid"))?;
            let highest = words.iter().rposition(|word| *word != 0).map_or(0, |at| at * 64 + top(words[at]));
            if (u64::from(chunk) << 16) + highest as u64 >= row_count {
                return Err(damaged("a row past the file's end"));
            }
            if decoded.chunks.last_key_value().is_some_and(|(last, _)| *last >= chunk) {
                return Err(damaged("chunks out of order"));
            }
            decoded.len += u64::from(count);
            decoded.chunks.insert(chunk, words);
        }
        match rest.is_empty() && decoded.len == rows {
            true => Ok(decoded),
            false => Err(damaged("the count of rows differs")),
        }
    }
}

/// The highest set bit.
fn top(word: u64) -> usize {
    63 - word.leading_zeros() as usize
}

fn rows_of(words: &[u64; CHUNK_WORDS]) -> impl Iterator<Item = u16> {
    words.iter().enumerate().flat_map(|(index, &word)| {
        (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| (index * 64 + bit) as u16)
    })
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*head)
}

/// Takes a chunk: its number, its rows and how many they are. None when it is not valid.
fn decode_chunk(bytes: &mut &[u8]) -> Option<(u32, Box<[u64; CHUNK_WORDS]>, u32)> {
    let chunk = u32::from_le_bytes(take(bytes)?);
    let count = u32::from_le_bytes(take(bytes)?);
    let mut words = Box::new([0u64; CHUNK_WORDS]);
    if count as usize > LIST_ROWS_MAX {
        for word in words.iter_mut() {
            *word = u64::from_le_bytes(take(bytes)?);
        }
    } else {
        for _ in 0..count {
            let row = u16::from_le_bytes(take(bytes)?) as usize;
            words[row / 64] |= 1 << (row % 64);
        }
    }
    let found: u32 = words.iter().map(|word| word.count_ones()).sum();
    (count > 0 && found == count).then_some((chunk, words, count))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::DeletedRows;
    use crate::FormatError;

    fn of(rows: impl IntoIterator<Item = u64>) -> DeletedRows {
        let mut deleted = DeletedRows::default();
        rows.into_iter().for_each(|row| assert!(deleted.insert(row).is_ok()));
        deleted
    }

    fn check_roundtrip(rows: BTreeSet<u64>) {
        let deleted = of(rows.iter().copied());
        assert_eq!(deleted.len(), rows.len() as u64);
        let row_count = rows.last().map_or(0, |last| last + 1);
        let decoded = DeletedRows::decode(&deleted.encode(), row_count, "test").unwrap();
        assert_eq!(decoded, deleted);
        if row_count > 0 {
            let error = DeletedRows::decode(&deleted.encode(), row_count - 1, "test").unwrap_err();
            assert!(matches!(error, FormatError::Damaged { .. }), "{error}");
        }
    }

    #[test]
    fn lists_and_bitmaps() {
        check_roundtrip(BTreeSet::new());
        check_roundtrip([0].into());
        check_roundtrip([1, 2, 65_540].into());
        check_roundtrip((0..4096).collect());
        check_roundtrip((10..4107).collect());
        check_roundtrip((0..200_000).collect());
    }

    #[test]
    fn hostile_bytes() {
        let good = of([1, 2, 65_540]).encode();
        for length in 0..good.len() {
            assert!(DeletedRows::decode(&good[..length], 1 << 20, "test").is_err());
        }
        for at in 0..good.len() - 4 {
            for value in [0, 1, 255] {
                let mut bytes = good.clone();
                bytes[at] = value;
                let end = bytes.len() - 4;
                let crc = crc32fast::hash(&bytes[..end]);
                bytes[end..].copy_from_slice(&crc.to_le_bytes());
                // Whatever it says, it neither panics nor allocates more than the file has.
                let _ = DeletedRows::decode(&bytes, 1 << 20, "test");
            }
        }
    }

    proptest! {
        #[test]
        fn masks_agree_with_the_set(
            rows in prop::collection::btree_set(0u64..140_000, 0..300),
            first in 0u64..140_000,
            words in prop::collection::vec(any::<u64>(), 1..33),
        ) {
            let deleted = of(rows.iter().copied());
            let mut mask = words.clone();
            deleted.clear(first, &mut mask);
            for (index, before) in words.iter().enumerate() {
                for bit in 0..64 {
                    let row = first + (index * 64 + bit) as u64;
                    let expected = before >> bit & 1 == 1 && !rows.contains(&row);
                    prop_assert_eq!(mask[index] >> bit & 1 == 1, expected, "row {}", row);
                }
            }
            let (even, odd): (Vec<u64>, Vec<u64>) = rows.iter().partition(|row| *row % 2 == 0);
            let mut merged = of(even);
            merged.merge(&of(odd));
            merged.merge(&deleted);
            prop_assert_eq!(&merged, &deleted);
            check_roundtrip(rows);
        }
    }
}
