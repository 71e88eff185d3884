//! Writing differences.

use crate::encoding::bitpack::Packing;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, value_ns};
use crate::encoding::{Encoding, Isa, Lane, Node, VECTOR_VALUES, choose};

/// The differences of a block.
#[derive(Debug)]
pub(crate) struct Deltas<L: Lane> {
    bases: Vec<L>,
    differences: Vec<L>,
}

impl<L: Lane> Deltas<L> {
    pub(crate) fn of(values: &[L]) -> Self {
        let mut differences = Vec::with_capacity(values.len());
        let mut bases = Vec::with_capacity(values.len().div_ceil(VECTOR_VALUES));
        for vector in values.chunks(VECTOR_VALUES) {
            let first = differences.len();
            let second = vector.get(1).map_or(L::default(), |&second| second.wrapping_sub(vector[0]));
            differences.resize(first + vector.len(), second);
            let slots = &mut differences[first + 1..];
            Isa::detect().run(
                #[inline(always)]
                move || {
                    for (slot, (&a, &b)) in slots.iter_mut().zip(vector.iter().zip(&vector[1..])) {
                        *slot = b.wrapping_sub(a);
                    }
                },
            );
            bases.push(vector[0].wrapping_sub(differences[first]));
        }
        Self { bases, differences }
    }
}

/// DELTA as a candidate.
pub(crate) struct DeltaScheme;

/// Neighbours looked at to see whether differences are small: stretches of so many pairs.
const STRETCHES: usize = 8;
const STRETCH: usize = 32;

/// Whether differences of a sample take clearly fewer bits than the values when packed.
fn promising<L: Lane>(values: &[L], plain_bytes: usize) -> bool {
    let (mut bits, mut pairs) = (0usize, 0usize);
    for stretch in 0..STRETCHES {
        let start = values.len() * stretch / STRETCHES;
        for pair in values[start..values.len().min(start + STRETCH)].windows(2) {
            let (up, down) = (pair[1].wrapping_sub(pair[0]), pair[0].wrapping_sub(pair[1]));
            bits += L::BYTES * 8 - up.leading_zeros().max(down.leading_zeros()) as usize;
            pairs += 1;
        }
    }
    pairs > 0 && bits * values.len() * 10 < plain_bytes * 8 * pairs * 9
}

impl<L: Lane> Scheme<[L], Statistics<L>> for DeltaScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Delta
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let usable = context.may_nest(Encoding::Delta) && L::PACKED_BITS > 0 && !context.floats;
        if !usable || values.len() <= 16 || statistics.runs == 1 {
            return None;
        }
        promising(values, statistics.plain_bytes(values)).then(|| {
            let deltas = statistics.deltas(values);
            let packed = Packing::of(&deltas.differences).bytes;
            let bytes = 3 * NODE_BYTES + packed + deltas.bases.len() * L::BYTES;
            let child_ns = values.len() as f64 * value_ns(Encoding::BitPacked);
            Estimate::tree(Encoding::Delta, values.len(), bytes, child_ns)
        })
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.may_nest(Encoding::Delta) || L::PACKED_BITS == 0 {
            return None;
        }
        let deltas = statistics.deltas(values);
        let children = vec![
            context.encode(Encoding::Delta, 0, &deltas.bases),
            choose::fixed(&deltas.differences, &context.child(Encoding::Delta, 1)),
        ];
        Some(Node { children, ..Node::new(Encoding::Delta, values.len()) })
    }
}
