//! Which leaf runs what: rendezvous hashing of file parts (Thaler and Ravishankar, "Using Name-Based
//! Mappings to Increase Hit Rates", 1998), so that a part meets the same leaf's cache again and a change
//! of membership moves only what it must; with bounded loads (Mirrokni et al., 2018), so that no leaf
//! gets more than its share.

use canopy_proto::plan::Scan;
use canopy_proto::tree::Split;

/// Rows of a stripe.
const STRIPE_ROWS: u64 = 65_536;
/// Stripes that are handed out together: about a million rows, a few to tens of megabytes a column.
const PART_STRIPES: u32 = 16;
/// A leaf may get this much more than the mean: one quarter.
const LOAD_SLACK: f64 = 1.25;

/// Returns each leaf's splits of a scan, in leaf order; leaves without any are left out.
pub(super) fn assign_splits(operator_id: u32, scan: &Scan, leaves: &[String]) -> Vec<(String, Vec<Split>)> {
    let parts = parts(operator_id, scan);
    let total: u64 = parts.iter().map(|(_, split)| split.stripe_count as u64).sum();
    let load_max = (total as f64 * LOAD_SLACK / leaves.len() as f64).ceil() as u64;
    let mut loads = vec![0u64; leaves.len()];
    let mut assigned: Vec<Vec<Split>> = vec![Vec::new(); leaves.len()];
    for (key, split) in parts {
        let mut ranked: Vec<usize> = (0..leaves.len()).collect();
        ranked.sort_by_key(|&leaf| std::cmp::Reverse(rendezvous_weight(key, &leaves[leaf])));
        let stripes = split.stripe_count as u64;
        let chosen = ranked.iter().copied().find(|&leaf| loads[leaf] + stripes <= load_max.max(stripes));
        let chosen = chosen.unwrap_or(ranked[0]);
        loads[chosen] += stripes;
        assigned[chosen].push(split);
    }
    let by_leaf = leaves.iter().cloned().zip(assigned);
    by_leaf.filter(|(_, splits)| !splits.is_empty()).collect()
}

/// The leaf of a hash partition.
pub(super) fn assign_partition<'a>(query_id: &str, partition: u32, leaves: &'a [String]) -> &'a String {
    // Partitions spread evenly; where the circle begins differs by query.
    let start = fnv1a(query_id.as_bytes(), 0) as usize;
    &leaves[(start.wrapping_add(partition as usize)) % leaves.len()]
}

fn parts(operator_id: u32, scan: &Scan) -> Vec<(u64, Split)> {
    let mut parts = Vec::new();
    for (file_index, file) in scan.files.iter().enumerate() {
        let stripes = file.row_count.div_ceil(STRIPE_ROWS).max(1) as u32;
        for first_stripe in (0..stripes).step_by(PART_STRIPES as usize) {
            let stripe_count = PART_STRIPES.min(stripes - first_stripe);
            let key = fnv1a(file.key.as_bytes(), first_stripe as u64);
            parts.push((
                key,
                Split { operator_id, file_index: file_index as u32, first_stripe, stripe_count },
            ));
        }
    }
    parts
}

fn rendezvous_weight(key: u64, leaf: &str) -> u64 {
    mix(fnv1a(leaf.as_bytes(), key))
}

fn fnv1a(bytes: &[u8], seed: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ mix(seed);
    bytes.iter().fold(start, |hash, &byte| (hash ^ byte as u64).wrapping_mul(0x0100_0000_01b3))
}

/// The finaliser of SplitMix64: spreads every input bit over the whole word.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use canopy_proto::plan::DataFile;

    use super::*;

    fn scan(files: usize, rows: u64) -> Scan {
        let file = |i| DataFile { key: format!("t/data/s/{i}.cnpy"), row_count: rows, ..Default::default() };
        Scan { files: (0..files).map(file).collect(), ..Default::default() }
    }

    fn leaves(count: usize) -> Vec<String> {
        (0..count).map(|i| format!("10.0.0.{i}:7000")).collect()
    }

    fn owners(scan: &Scan, leaves: &[String]) -> Vec<(u32, u32, String)> {
        let mut owners: Vec<_> = assign_splits(1, scan, leaves)
            .into_iter()
            .flat_map(|(leaf, splits)| {
                splits.into_iter().map(move |s| (s.file_index, s.first_stripe, leaf.clone()))
            })
            .collect();
        owners.sort();
        owners
    }

    #[test]
    fn every_stripe_has_one_leaf_and_no_leaf_more_than_its_share() {
        let scan = scan(7, 3_000_000);
        let assigned = assign_splits(1, &scan, &leaves(4));
        let total: u32 = assigned.iter().flat_map(|(_, s)| s).map(|s| s.stripe_count).sum();
        assert_eq!(total, 7 * 46);
        for (leaf, splits) in &assigned {
            let load: u32 = splits.iter().map(|s| s.stripe_count).sum();
            assert!(load as f64 <= total as f64 * LOAD_SLACK / 4.0 + 1.0, "{leaf} has {load} of {total}");
        }
    }

    #[test]
    fn a_lost_leaf_moves_little_but_its_own_parts() {
        let scan = scan(40, 1_000_000);
        let before = owners(&scan, &leaves(4));
        let after = owners(&scan, &leaves(3));
        let moved = before.iter().zip(&after).filter(|(b, a)| b.2 != a.2).count();
        let lost = before.iter().filter(|b| b.2 == leaves(4)[3]).count();
        assert!(moved >= lost && moved <= lost + 8, "{moved} moved for {lost} lost");
    }

    #[test]
    fn an_empty_file_is_still_assigned() {
        assert_eq!(owners(&scan(1, 0), &leaves(2)).len(), 1);
    }
}
