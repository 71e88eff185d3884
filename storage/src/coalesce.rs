//! Neighbouring ranges as one read.
//!
//! A request to a remote store costs some 10 to 100 ms before its first byte, so it is cheaper to read a gap
//! and throw it away than to ask twice. At 100 MB/s a gap of 1 MiB costs about as much as a request.

use std::ops::Range;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::object::check_order;
use crate::{Key, ObjectStore, Result};

/// Gaps up to this many bytes are read through.
pub const GAP_BYTES_MAX: u64 = 1 << 20;

/// A merged read grows to this many bytes at most, unless one range alone is longer.
pub const MERGED_BYTES_MAX: u64 = 16 << 20;

/// Merged reads of one call that run at the same time.
const PARALLEL_READS: usize = 16;

/// One read that covers several of the ranges asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedRange {
    /// What to read.
    pub range: Range<u64>,
    /// Which of the ranges asked for lie inside, by index, in order of their start.
    pub parts: Vec<usize>,
}

/// Returns few reads that cover `ranges`, which may come in any order and overlap.
///
/// Each index is in exactly one of the reads, which come in order of their start. A gap between neighbours in one read is
/// at most `gap` bytes, and a read of more than one range has at most `max` bytes.
///
/// ```
/// use canopy_storage::coalesce::coalesce;
///
/// let merged = coalesce(&[100..110, 0..10, 12..20], 5, 1000);
/// assert_eq!(merged[0].range, 0..20);
/// assert_eq!(merged[0].parts, [1, 2]);
/// assert_eq!(merged[1].range, 100..110);
/// ```
pub fn coalesce(ranges: &[Range<u64>], gap: u64, max: u64) -> Vec<MergedRange> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&i| (ranges[i].start, ranges[i].end));
    let mut merged: Vec<MergedRange> = Vec::new();
    for i in order {
        let next = &ranges[i];
        if let Some(last) = merged.last_mut() {
            let end = last.range.end.max(next.end);
            let near = next.start <= last.range.end.saturating_add(gap);
            let contained = end == last.range.end;
            if near && (contained || end - last.range.start <= max) {
                last.range.end = end;
                last.parts.push(i);
                continue;
            }
        }
        merged.push(MergedRange { range: next.clone(), parts: vec![i] });
    }
    merged
}

/// Returns `ranges` of one object in the order asked, by merged reads through `store.get_range`.
pub(crate) async fn get_ranges<S: ObjectStore + ?Sized>(
    store: &S,
    key: &Key,
    ranges: &[Range<u64>],
) -> Result<Vec<Bytes>> {
    for range in ranges {
        check_order(key, range)?;
    }
    let reads = coalesce(ranges, GAP_BYTES_MAX, MERGED_BYTES_MAX);
    let mut out = vec![Bytes::new(); ranges.len()];
    let mut done = stream::iter(reads.into_iter().map(|read| async move {
        let bytes = store.get_range(key, read.range.clone()).await?;
        Ok::<_, crate::StorageError>((read, bytes))
    }))
    .buffer_unordered(PARALLEL_READS);
    while let Some((read, bytes)) = done.try_next().await? {
        for part in read.parts {
            // Offsets inside a buffer in memory fit; a store that answers short is caught by the slice's length.
            let start = ((ranges[part].start - read.range.start) as usize).min(bytes.len());
            let end = ((ranges[part].end - read.range.start) as usize).min(bytes.len());
            out[part] = bytes.slice(start..end);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::coalesce;

    #[test]
    fn neighbours_merge_up_to_the_gap_and_the_maximum() {
        let check = |ranges: &[std::ops::Range<u64>], gap, max, expected: &[(u64, u64, &[usize])]| {
            let merged = coalesce(ranges, gap, max);
            let merged: Vec<(u64, u64, &[usize])> =
                merged.iter().map(|m| (m.range.start, m.range.end, m.parts.as_slice())).collect();
            assert_eq!(merged, expected);
        };
        check(&[], 10, 100, &[]);
        check(&[0..10, 20..30], 10, 100, &[(0, 30, &[0, 1])]);
        check(&[0..10, 21..30], 10, 100, &[(0, 10, &[0]), (21, 30, &[1])]);
        check(&[0..60, 60..120], 0, 100, &[(0, 60, &[0]), (60, 120, &[1])]);
        check(&[0..200, 50..60], 0, 100, &[(0, 200, &[0, 1])]);
        check(&[5..5, 0..3, 0..3], 2, 100, &[(0, 5, &[1, 2, 0])]);
        check(&[u64::MAX - 1..u64::MAX, 0..1], u64::MAX, 9, &[(0, 1, &[1]), (u64::MAX - 1, u64::MAX, &[0])]);
    }

    proptest! {
        #[test]
        fn every_range_is_covered_once(
            ranges in prop::collection::vec((0u64..5000, 0u64..300).prop_map(|(s, n)| s..s + n), 0..40),
            gap in 0u64..100, max in 1u64..1000,
        ) {
            let merged = coalesce(&ranges, gap, max);
            let mut seen: Vec<usize> = merged.iter().flat_map(|m| m.parts.clone()).collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..ranges.len()).collect::<Vec<_>>());
            for read in &merged {
                for &part in &read.parts {
                    prop_assert!(read.range.start <= ranges[part].start && ranges[part].end <= read.range.end);
                }
                let longest = read.parts.iter().map(|&p| ranges[p].end - ranges[p].start).max().unwrap();
                prop_assert!(read.range.end - read.range.start <= max.max(longest));
            }
        }
    }
}
