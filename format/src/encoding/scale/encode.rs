//! Writing scaled integers.

use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, scattered, value_ns};
use crate::encoding::{Encoding, Lane, Node};

/// SCALE as a candidate.
pub(crate) struct ScaleScheme;

/// Values looked at before all are divided.
const SAMPLE: usize = 64;

/// The greatest common divisor of the differences from `base`, 1 when a look at a few shows that there is none.
pub(crate) fn factor<L: Lane>(values: &[L], base: L) -> L {
    let sample = scattered(values.len(), SAMPLE);
    let sampled = sample.fold(L::default(), |g, at| gcd(g, values[at].wrapping_sub(base)));
    match sampled == L::ONE {
        true => sampled,
        false => {
            let mut factor = sampled;
            for value in values {
                let difference = value.wrapping_sub(base);
                if factor == L::default() || difference.modulo(factor) != L::default() {
                    factor = gcd(factor, difference);
                    if factor == L::ONE {
                        break;
                    }
                }
            }
            factor
        }
    }
}

fn gcd<L: Lane>(mut a: L, mut b: L) -> L {
    while b != L::default() {
        (a, b) = (b, a.modulo(b));
    }
    a
}

/// Whether differences from the least value fit 64 bits in a lane that is wider.
fn narrows<L: Lane>(statistics: &Statistics<L>) -> bool {
    L::BYTES > 8 && statistics.range_bits() <= 64
}

impl<L: Lane> Scheme<[L], Statistics<L>> for ScaleScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Scale
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let usable = context.may_nest(Encoding::Scale) && !context.floats && statistics.runs > 1;
        if !usable || values.len() <= 16 {
            return None;
        }
        let factor = statistics.factor(values);
        if factor == L::ONE && !narrows(statistics) {
            return None;
        }
        let bits = L::BYTES as u32 * 8 - factor.leading_zeros();
        let plain = match narrows(statistics) {
            true => values.len() * statistics.range_bits() as usize / 8,
            false => statistics.plain_bytes(values),
        };
        let bytes = 2 * NODE_BYTES + 2 * L::BYTES + plain.saturating_sub(values.len() * bits as usize / 8);
        let child_ns = values.len() as f64 * value_ns(Encoding::BitPacked);
        Some(Estimate::tree(Encoding::Scale, values.len(), bytes, child_ns))
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        let (base, factor) = (statistics.min, statistics.factor(values));
        let worth = factor != L::ONE || narrows(statistics);
        if !context.may_nest(Encoding::Scale) || !worth || factor == L::default() || context.floats {
            return None;
        }
        let scaled = values.iter().map(|v| v.wrapping_sub(base).divide(factor));
        let (width, child) = match narrows(statistics) {
            true => {
                let narrow: Vec<u64> = scaled.map(|v| v.to_signed() as u64).collect();
                (8, context.encode(Encoding::Scale, 0, &narrow))
            }
            false => (L::BYTES, context.encode(Encoding::Scale, 0, &scaled.collect::<Vec<L>>())),
        };
        let mut parameters = vec![width as u8];
        base.write(&mut parameters);
        factor.write(&mut parameters);
        Some(Node {
            parameters: parameters.into(),
            children: vec![child],
            ..Node::new(Encoding::Scale, values.len())
        })
    }
}
