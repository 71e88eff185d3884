//! Writing FLOAT64 as decimals.

use super::number::Exponents;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, scattered, value_ns};
use crate::encoding::{Encoding, Isa, Lane, Node, VECTOR_VALUES, choose};

/// Values of the sample of a block, and of a vector.
const SAMPLE: usize = 96;
const VECTOR_SAMPLE: usize = 32;
/// Pairs of exponents that vectors choose from.
const CANDIDATES: usize = 5;
/// Bits of an exception: its value and its position.
const EXCEPTION_BITS: usize = 80;

/// ALP as a candidate.
pub(crate) struct AlpScheme;

fn float<L: Lane>(value: L) -> f64 {
    f64::from_bits(value.to_signed() as u64)
}

fn sample<L: Lane>(values: &[L], count: usize) -> Vec<f64> {
    scattered(values.len(), count).map(|at| float(values[at])).collect()
}

/// Bits that a sample would take with these exponents.
fn bits(sample: &[f64], exponents: Exponents) -> usize {
    let (mut low, mut high, mut exceptions) = (i64::MAX, i64::MIN, 0);
    for &value in sample {
        let (integer, exact) = exponents.encode(value);
        if exact {
            low = low.min(integer);
            high = high.max(integer);
        } else {
            exceptions += 1;
        }
    }
    let width = if low < high { 64 - ((high - low) as u64).leading_zeros() as usize } else { 0 };
    (sample.len() - exceptions) * width + exceptions * EXCEPTION_BITS
}

/// The pairs with the fewest bits, best first; among equals the higher exponents, which err less often.
fn candidates(sample: &[f64]) -> Vec<(usize, Exponents)> {
    let mut sized: Vec<(usize, Exponents)> =
        Exponents::all().map(|exponents| (bits(sample, exponents), exponents)).collect();
    sized.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    sized.truncate(CANDIDATES);
    sized
}

impl<L: Lane> Scheme<[L], Statistics<L>> for AlpScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Alp
    }

    fn estimate(&self, values: &[L], _: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        if !context.floats || L::BYTES != 8 || !context.may_nest(Encoding::Alp) {
            return None;
        }
        let sample = sample(values, SAMPLE);
        let (bits, _) = candidates(&sample)[0];
        if bits > sample.len() * 56 {
            return None;
        }
        let bytes = 4 * NODE_BYTES + values.len() / 8 * bits / sample.len();
        let child_ns = values.len() as f64 * value_ns(Encoding::BitPacked);
        Some(Estimate::tree(Encoding::Alp, values.len(), bytes, child_ns))
    }

    fn encode(&self, values: &[L], _: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.floats || L::BYTES != 8 || !context.may_nest(Encoding::Alp) {
            return None;
        }
        let pairs = candidates(&sample(values, SAMPLE));
        let mut parameters = Vec::with_capacity(values.len().div_ceil(VECTOR_VALUES) * 2);
        let mut integers = vec![0u64; values.len()];
        let (mut positions, mut others) = (Vec::<u32>::new(), Vec::<u64>::new());
        for (index, vector) in values.chunks(VECTOR_VALUES).enumerate() {
            let exponents = best_for(vector, &pairs);
            parameters.extend([exponents.e, exponents.f]);
            let start = index * VECTOR_VALUES;
            let slots = &mut integers[start..start + vector.len()];
            let mut exact = [true; VECTOR_VALUES];
            let all = encode_vector(exponents, vector, slots, &mut exact);
            if all {
                continue;
            }
            // Under an exception stands the integer before, which widens nothing.
            let mut before = (0..vector.len()).find(|&i| exact[i]).map_or(0, |i| slots[i]);
            for (i, slot) in slots.iter_mut().enumerate() {
                if !exact[i] {
                    positions.push((start + i) as u32);
                    others.push(vector[i].to_signed() as u64);
                    *slot = before;
                }
                before = *slot;
            }
        }
        if positions.len() > values.len() / 3 {
            return None;
        }
        let children = vec![
            context.encode(Encoding::Alp, 0, &integers),
            context.encode(Encoding::Alp, 1, &positions),
            choose::fixed(&others, &context.values(Encoding::Alp, 2)),
        ];
        Some(Node { parameters: parameters.into(), children, ..Node::new(Encoding::Alp, values.len()) })
    }
}

/// The best of the pairs for a vector.
fn best_for<L: Lane>(vector: &[L], pairs: &[(usize, Exponents)]) -> Exponents {
    let sample = sample(vector, VECTOR_SAMPLE);
    let sized = pairs.iter().map(|(_, exponents)| (bits(&sample, *exponents), *exponents));
    sized.min_by_key(|(bits, _)| *bits).map_or(Exponents { e: 0, f: 0 }, |(_, exponents)| exponents)
}

/// Writes integers and whether each is exact; returns whether all are.
fn encode_vector<L: Lane>(
    exponents: Exponents,
    vector: &[L],
    integers: &mut [u64],
    exact: &mut [bool; VECTOR_VALUES],
) -> bool {
    Isa::detect().run(
        #[inline(always)]
        move || {
            let mut all = true;
            for ((slot, exact), &value) in integers.iter_mut().zip(exact.iter_mut()).zip(vector) {
                let (integer, same) = exponents.encode(float(value));
                *slot = integer as u64;
                *exact = same;
                all &= same;
            }
            all
        },
    )
}
