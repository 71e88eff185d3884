//! Writing fronts and rests.

use super::{FRONTS_MAX, REST_BITS_MIN};
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, scattered, value_ns};
use crate::encoding::{Encoding, Lane, Node, choose};

/// ALP-RD as a candidate.
pub(crate) struct AlpRdScheme;

/// Values of the sample that decides where to cut.
const SAMPLE: usize = 512;
/// Bits of an exception: its front and its position.
const EXCEPTION_BITS: usize = 32;

/// Where to cut, and the fronts that get codes.
struct Cut {
    rest_bits: u8,
    fronts: Vec<u16>,
    /// Bits of a value.
    bits: f64,
}

/// The cut with the fewest bits for a sample.
fn best<L: Lane>(values: &[L]) -> Cut {
    let sample: Vec<u64> = scattered(values.len(), SAMPLE).map(|at| values[at].to_signed() as u64).collect();
    let mut best: Option<Cut> = None;
    for rest_bits in REST_BITS_MIN..64 {
        let mut fronts: Vec<u16> = sample.iter().map(|v| (v >> rest_bits) as u16).collect();
        fronts.sort_unstable();
        let mut counted: Vec<(usize, u16)> =
            fronts.chunk_by(|a, b| a == b).map(|group| (group.len(), group[0])).collect();
        counted.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        counted.truncate(FRONTS_MAX);
        let covered: usize = counted.iter().map(|(count, _)| count).sum();
        let exceptions = (sample.len() - covered) as f64 / sample.len() as f64;
        let code_bits = usize::BITS - (counted.len() - 1).leading_zeros();
        let bits = code_bits as f64 + rest_bits as f64 + exceptions * EXCEPTION_BITS as f64;
        if best.as_ref().is_none_or(|best| bits < best.bits) {
            let fronts = counted.iter().map(|(_, front)| *front).collect();
            best = Some(Cut { rest_bits, fronts, bits });
        }
    }
    best.unwrap_or_else(|| unreachable!("sixteen cuts were tried"))
}

impl<L: Lane> Scheme<[L], Statistics<L>> for AlpRdScheme {
    fn encoding(&self) -> Encoding {
        Encoding::AlpRd
    }

    fn estimate(&self, values: &[L], _: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let usable = context.floats && L::BYTES == 8 && context.may_nest(Encoding::AlpRd);
        if !usable || values.len() < 1_024 {
            return None;
        }
        let cut = best(values);
        let bytes = (values.len() as f64 * cut.bits / 8.0) as usize + 5 * NODE_BYTES;
        let child_ns = 2.0 * values.len() as f64 * value_ns(Encoding::BitPacked);
        Some(Estimate::tree(Encoding::AlpRd, values.len(), bytes, child_ns))
    }

    fn encode(&self, values: &[L], _: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.floats || L::BYTES != 8 || !context.may_nest(Encoding::AlpRd) {
            return None;
        }
        let cut = best(values);
        let mask = (1u64 << cut.rest_bits) - 1;
        let mut codes = Vec::with_capacity(values.len());
        let (mut positions, mut others) = (Vec::<u32>::new(), Vec::<u32>::new());
        for (position, value) in values.iter().enumerate() {
            let front = (value.to_signed() as u64 >> cut.rest_bits) as u16;
            let code = cut.fronts.iter().position(|&known| known == front);
            if code.is_none() {
                positions.push(position as u32);
                others.push(front as u32);
            }
            codes.push(code.unwrap_or(0) as u32);
        }
        let rests: Vec<u64> = values.iter().map(|v| v.to_signed() as u64 & mask).collect();
        let mut parameters = vec![cut.rest_bits];
        cut.fronts.iter().for_each(|front| parameters.extend(front.to_le_bytes()));
        let children = vec![
            context.encode(Encoding::AlpRd, 0, &codes),
            choose::fixed(&rests, &context.child(Encoding::AlpRd, 1)),
            context.encode(Encoding::AlpRd, 2, &positions),
            context.encode(Encoding::AlpRd, 3, &others),
        ];
        Some(Node { parameters: parameters.into(), children, ..Node::new(Encoding::AlpRd, values.len()) })
    }
}
