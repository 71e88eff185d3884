//! Putting the rows of a part in order: partition by partition, each sorted by the window's ORDER BY.

use crate::function::window::RowOrder;
use crate::operator::aggregate::table::GroupTable;
use crate::operator::key::{EncodedKeys, KeyLayout};
use crate::operator::sort::key::SortKeys;

/// Returns the rows grouped by their partition keys, and where the partitions begin.
///
/// Partitions are numbered by a hash table and their rows dealt out by a counting sort, which costs
/// less than sorting by the keys, and takes keys that have no order.
pub(super) fn partitioned(layout: &KeyLayout, keys: &EncodedKeys, rows: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut table = GroupTable::new(layout.clone());
    let mut groups = Vec::with_capacity(rows.len());
    for &row in rows {
        groups.push(table.find_one(keys, row as usize));
    }
    let mut starts = vec![0u32; table.len() + 1];
    groups.iter().for_each(|&group| starts[group as usize + 1] += 1);
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut next = starts.clone();
    let mut order = vec![0u32; rows.len()];
    for (&row, &group) in rows.iter().zip(&groups) {
        let at = &mut next[group as usize];
        order[*at as usize] = row;
        *at += 1;
    }
    (order, starts)
}

/// Sorts the rows of each partition; equal keys keep the rows' order.
pub(super) fn sort_partitions(keys: &SortKeys, order: &mut [u32], partitions: &[u32]) {
    for pair in partitions.windows(2) {
        let rows = &mut order[pair[0] as usize..pair[1] as usize];
        rows.sort_unstable_by(|&a, &b| keys.compare(a as usize, keys, b as usize).then(a.cmp(&b)));
    }
}

/// Returns where partitions and peers begin; without keys all rows of a partition are peers.
pub(super) fn row_order(keys: Option<&SortKeys>, order: &[u32], partitions: &[u32]) -> RowOrder {
    let Some(keys) = keys else {
        return RowOrder { partitions: partitions.to_vec(), peers: partitions.to_vec() };
    };
    let mut peers = Vec::with_capacity(partitions.len());
    for pair in partitions.windows(2) {
        let rows = &order[pair[0] as usize..pair[1] as usize];
        peers.push(pair[0]);
        for (index, two) in rows.windows(2).enumerate() {
            if keys.compare(two[0] as usize, keys, two[1] as usize).is_ne() {
                peers.push(pair[0] + index as u32 + 1);
            }
        }
    }
    peers.extend(partitions.last());
    RowOrder { partitions: partitions.to_vec(), peers }
}
