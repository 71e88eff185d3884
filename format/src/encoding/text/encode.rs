//! Writing text.

use bytes::Bytes;

use super::Codec;
use crate::StringVector;
use crate::encoding::{EXPANSION_MAX, Encoding, Node, PAGE_VALUES, choose};

/// Bytes of the sample that an estimate compresses.
const SAMPLE_BYTES: usize = 64 << 10;

/// Returns the values, each page compressed when that costs less.
pub(crate) fn encode(values: &StringVector, cost: &choose::Cost, depth: usize) -> Node {
    let mut node = Node::new(Encoding::Text, values.len());
    let lengths: Vec<u32> = values.views().iter().map(|view| view.len() as u32).collect();
    let mut parameters = Vec::new();
    for start in (0..values.len()).step_by(PAGE_VALUES) {
        let end = values.len().min(start + PAGE_VALUES);
        let mut raw = Vec::with_capacity(lengths[start..end].iter().map(|&n| n as usize).sum());
        (start..end).for_each(|row| raw.extend_from_slice(values.bytes(row)));
        let (codec, page) = best(&raw, cost);
        parameters.push(codec as u8);
        parameters.extend((raw.len() as u32).to_le_bytes());
        node.pages.push(page);
    }
    node.parameters = parameters.into();
    node.children.push(choose::encode_fixed(&lengths, cost, depth + 1));
    node
}

/// Compresses with the codec of least cost.
fn best(raw: &[u8], cost: &choose::Cost) -> (Codec, Bytes) {
    let mut best = (Codec::Plain, raw.to_vec());
    let mut best_cost = cost.text(Codec::Plain, raw.len(), raw.len());
    // Tiny pages gain nothing from compression but a frame header.
    for codec in if raw.len() < 64 { [].as_slice() } else { [Codec::Lz4, Codec::Zstd].as_slice() } {
        if cost.text(*codec, raw.len(), 0) >= best_cost {
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

/// Returns about what [`encode`] will cost, from a sample of whole values spread over the block.
pub(crate) fn estimate(values: &StringVector, cost: &choose::Cost) -> f64 {
    let total: usize = values.views().iter().map(|view| view.len()).sum();
    let mut sample = Vec::new();
    let stretches = 16.min(values.len());
    for stretch in 0..stretches {
        let start = values.len() * stretch / stretches;
        let limit = SAMPLE_BYTES / 16 * (stretch + 1);
        let end = (values.len() * (stretch + 1)) / stretches;
        for row in start..end {
            if sample.len() >= limit {
                break;
            }
            sample.extend_from_slice(values.bytes(row));
        }
    }
    let (codec, packed) = best(&sample, cost);
    let ratio = packed.len() as f64 / sample.len().max(1) as f64;
    cost.text(codec, total, (total as f64 * ratio) as usize) + cost.of(values.len(), 2.0)
}
