//! Writing text.

use bytes::Bytes;

use super::Codec;
use crate::StringVector;
use crate::encoding::choose::{Context, Cost, Estimate, NODE_BYTES, Scheme, TextStatistics};
use crate::encoding::{EXPANSION_MAX, Encoding, Node, PAGE_VALUES, choose};

/// Bytes of the sample that an estimate compresses.
const SAMPLE_BYTES: usize = 64 << 10;

/// Returns the values, each page compressed when that costs less.
pub(crate) fn encode(values: &StringVector, context: &Context<'_>) -> Node {
    let mut node = Node::new(Encoding::Text, values.len());
    let lengths: Vec<u32> = values.views().iter().map(|view| view.len() as u32).collect();
    let mut parameters = Vec::new();
    for start in (0..values.len()).step_by(PAGE_VALUES) {
        let end = values.len().min(start + PAGE_VALUES);
        let mut raw = Vec::with_capacity(lengths[start..end].iter().map(|&n| n as usize).sum());
        (start..end).for_each(|row| raw.extend_from_slice(values.bytes(row)));
        let (codec, page) = best(&raw, context.cost);
        parameters.push(codec as u8);
        parameters.extend((raw.len() as u32).to_le_bytes());
        node.pages.push(page);
    }
    node.parameters = parameters.into();
    node.children.push(context.encode(Encoding::Text, 0, &lengths));
    node
}

/// Compresses with the codec of least cost.
fn best(raw: &[u8], cost: &Cost) -> (Codec, Bytes) {
    let mut best = (Codec::Plain, raw.to_vec());
    let mut best_cost = cost.text(Codec::Plain, raw.len(), raw.len());
    // Tiny pages gain nothing from compression but a frame header.
    for codec in if raw.len() < 64 { [].as_slice() } else { [Codec::Zstd, Codec::Lz4].as_slice() } {
        // What decodes no faster than the better packed one before it cannot win.
        let slower = best.0 == Codec::Zstd && choose::codec_ns(*codec) >= choose::codec_ns(Codec::Zstd);
        if slower || cost.text(*codec, raw.len(), 0) >= best_cost {
            continue;
        }
        let packed = codec.compress(raw);
        let packed_cost = cost.text(*codec, raw.len(), packed.len());
        // A page that shrinks too well could not be told from a bomb.
        let modest = raw.len() <= packed.len().saturating_mul(EXPANSION_MAX);
        if modest && packed.len() < raw.len() && packed_cost < best_cost {
            (best, best_cost) = ((*codec, packed), packed_cost);
        }
    }
    (best.0, Bytes::from(best.1))
}

/// TEXT as a candidate: it always applies.
pub(crate) struct TextScheme;

impl Scheme<StringVector, TextStatistics> for TextScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Text
    }

    /// From the compression of a sample of neighbouring values.
    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Estimate> {
        let sample = statistics.sample(values);
        let mut bytes = Vec::new();
        for row in 0..sample.len() {
            if bytes.len() >= SAMPLE_BYTES {
                break;
            }
            bytes.extend_from_slice(sample.bytes(row));
        }
        let (codec, packed) = best(&bytes, context.cost);
        let total = statistics.total_bytes;
        let ratio = packed.len() as f64 / bytes.len().max(1) as f64;
        let length_bytes = values.len() / 2;
        Some(Estimate {
            bytes: 2 * NODE_BYTES + length_bytes + (total as f64 * ratio) as usize,
            decode_ns: total as f64 * choose::codec_ns(codec)
                + values.len() as f64 * choose::value_ns(Encoding::Text),
            composite: false,
        })
    }

    fn encode(&self, values: &StringVector, _: &TextStatistics, context: &Context<'_>) -> Option<Node> {
        Some(encode(values, context))
    }
}
