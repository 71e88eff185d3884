//! Writing bit-packed vectors.

use bytes::Bytes;

use super::{BYTES_PER_BIT, ENTRY_BYTES};
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics};
use crate::encoding::{Encoding, Lane, Node, PAGE_VALUES, VECTOR_VALUES};

/// How one vector will be packed.
#[derive(Debug)]
struct Plan {
    base: i64,
    width: u32,
    exceptions: usize,
}

impl Plan {
    fn bytes<L: Lane>(&self) -> usize {
        ENTRY_BYTES + self.width as usize * BYTES_PER_BIT + self.exceptions * (2 + L::BYTES)
    }
}

/// Chooses base and width with the fewest bytes, exceptions counted.
fn plan<L: Lane>(values: &[L]) -> Plan {
    let base = values.iter().map(|v| v.to_signed()).min().unwrap_or(0);
    let best = plan_from(values, base);
    match base_without_outliers(values).filter(|&fenced| fenced > base) {
        Some(fenced) => {
            let other = plan_from(values, fenced);
            if other.bytes::<L>() < best.bytes::<L>() { other } else { best }
        }
        None => best,
    }
}

/// Chooses the width; values below the base differ by so much (wrapped) that they become exceptions too.
fn plan_from<L: Lane>(values: &[L], base: i64) -> Plan {
    let mut by_width = [0usize; 65];
    for value in values {
        let difference = (value.to_signed() as u64).wrapping_sub(base as u64);
        by_width[64 - difference.leading_zeros() as usize] += 1;
    }
    let widest = by_width.iter().rposition(|&count| count > 0).unwrap_or(0);
    let width_max = widest.min(L::PACKED_BITS as usize);
    let mut exceptions: usize = by_width[width_max + 1..].iter().sum();
    let mut best = Plan { base, width: width_max as u32, exceptions };
    for width in (0..width_max).rev() {
        exceptions += by_width[width + 1];
        let candidate = Plan { base, width: width as u32, exceptions };
        if candidate.bytes::<L>() < best.bytes::<L>() {
            best = candidate;
        }
    }
    best
}

/// The least value that is not far below most others: a few low outliers would widen all differences.
/// None when there are too few values to tell.
fn base_without_outliers<L: Lane>(values: &[L]) -> Option<i64> {
    let mut sample: Vec<i64> =
        values.iter().step_by(values.len().div_ceil(32).max(1)).map(|v| v.to_signed()).collect();
    if sample.len() < 16 {
        return None;
    }
    sample.sort_unstable();
    let (low, high) = (sample[sample.len() / 4], sample[sample.len() * 3 / 4]);
    let fence = low.saturating_sub(high.saturating_sub(low).saturating_mul(4));
    values.iter().map(|v| v.to_signed()).filter(|&v| v >= fence).min()
}

/// How all vectors will be packed.
#[derive(Debug)]
pub(crate) struct Packing {
    plans: Vec<Plan>,
    /// Exact bytes of the pages.
    pub(crate) bytes: usize,
}

impl Packing {
    pub(crate) fn of<L: Lane>(values: &[L]) -> Self {
        let plans: Vec<Plan> = values.chunks(VECTOR_VALUES).map(plan).collect();
        Self { bytes: plans.iter().map(Plan::bytes::<L>).sum(), plans }
    }

    /// Returns the values packed as planned.
    pub(crate) fn encode<L: Lane>(&self, values: &[L]) -> Node {
        let mut node = Node::new(Encoding::BitPacked, values.len());
        for (page, plans) in values.chunks(PAGE_VALUES).zip(self.plans.chunks(PAGE_VALUES / VECTOR_VALUES)) {
            let mut entries = Vec::with_capacity(plans.len() * ENTRY_BYTES);
            let mut data = Vec::with_capacity(plans.iter().map(Plan::bytes::<L>).sum());
            for (vector, plan) in page.chunks(VECTOR_VALUES).zip(plans) {
                entries.extend((plan.base as u64).to_le_bytes());
                entries.extend([plan.width as u8, 0]);
                entries.extend((plan.exceptions as u16).to_le_bytes());
                entries.extend(((plans.len() * ENTRY_BYTES + data.len()) as u32).to_le_bytes());
                encode_vector(vector, plan, &mut data);
            }
            entries.extend_from_slice(&data);
            node.pages.push(Bytes::from(entries));
        }
        node
    }
}

/// BIT-PACKED as a candidate.
pub(crate) struct BitPackedScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for BitPackedScheme {
    fn encoding(&self) -> Encoding {
        Encoding::BitPacked
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, _: &Context<'_>) -> Option<Estimate> {
        let bytes = (L::PACKED_BITS > 0).then(|| statistics.packing(values).bytes + NODE_BYTES)?;
        Some(Estimate::leaf(Encoding::BitPacked, values.len(), bytes))
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, _: &Context<'_>) -> Option<Node> {
        (L::PACKED_BITS > 0).then(|| statistics.packing(values).encode(values))
    }
}

fn encode_vector<L: Lane>(values: &[L], plan: &Plan, out: &mut Vec<u8>) {
    let mut differences = [0u64; VECTOR_VALUES];
    let mut positions: Vec<u16> = Vec::new();
    for (position, value) in values.iter().enumerate() {
        let difference = (value.to_signed() as u64).wrapping_sub(plan.base as u64);
        match 64 - difference.leading_zeros() <= plan.width {
            true => differences[position] = difference,
            false => positions.push(position as u16),
        }
    }
    debug_assert_eq!(positions.len(), plan.exceptions);
    L::pack(&differences, plan.width, out);
    positions.iter().for_each(|position| out.extend(position.to_le_bytes()));
    positions.iter().for_each(|&position| values[position as usize].write(out));
}
