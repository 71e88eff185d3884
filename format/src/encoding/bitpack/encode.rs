//! Writing bit-packed vectors.

use bytes::Bytes;

use super::{BYTES_PER_BIT, ENTRY_BYTES};
use crate::encoding::{Encoding, Lane, Node, PAGE_VALUES, VECTOR_VALUES};

/// How one vector will be packed.
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

/// Chooses the base (the minimum) and the width with the fewest bytes, exceptions counted.
fn plan<L: Lane>(values: &[L]) -> Plan {
    let base = values.iter().map(|v| v.to_signed()).min().unwrap_or(0);
    let mut by_width = [0usize; 65];
    for value in values {
        let difference = (value.to_signed() as u64).wrapping_sub(base as u64);
        by_width[64 - difference.leading_zeros() as usize] += 1;
    }
    let widest = by_width.iter().rposition(|&count| count > 0).unwrap_or(0);
    let mut best = Plan { base, width: widest as u32, exceptions: 0 };
    let mut exceptions = 0;
    for width in (0..widest).rev() {
        exceptions += by_width[width + 1];
        let candidate = Plan { base, width: width as u32, exceptions };
        if candidate.bytes::<L>() < best.bytes::<L>() {
            best = candidate;
        }
    }
    best
}

/// Returns the exact bytes that [`encode`] will take for the pages.
pub(crate) fn estimate<L: Lane>(values: &[L]) -> usize {
    values.chunks(VECTOR_VALUES).map(|vector| plan(vector).bytes::<L>()).sum()
}

/// Returns the values bit-packed.
pub(crate) fn encode<L: Lane>(values: &[L]) -> Node {
    let mut node = Node::new(Encoding::BitPacked, values.len());
    for page in values.chunks(PAGE_VALUES) {
        let plans: Vec<Plan> = page.chunks(VECTOR_VALUES).map(plan).collect();
        let mut entries = Vec::with_capacity(plans.len() * ENTRY_BYTES);
        let mut data = Vec::new();
        for (vector, plan) in page.chunks(VECTOR_VALUES).zip(&plans) {
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
