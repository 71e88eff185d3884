//! Writing compressed pages of numbers.

use bytes::Bytes;

use crate::encoding::choose::{Context, Cost, Estimate, NODE_BYTES, Scheme, Statistics, codec_ns, value_ns};
use crate::encoding::text::Codec;
use crate::encoding::{EXPANSION_MAX, Encoding, Lane, Node, PAGE_VALUES};

/// COMPRESSED as a candidate.
pub(crate) struct CompressedScheme;

/// Stretches of neighbours that a sample compresses, and values of each.
const STRETCHES: usize = 4;
const STRETCH: usize = 1024;

/// Bytes that each difference from the least value needs.
fn width<L: Lane>(statistics: &Statistics<L>) -> usize {
    (statistics.range_bits() as usize).div_ceil(8).max(1)
}

/// The bytes of a page before compression.
fn lay_out<L: Lane>(values: &[L], base: L, width: usize, planes: bool) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(values.len() * L::BYTES);
    match planes {
        false => {
            for value in values {
                value.wrapping_sub(base).write(&mut bytes);
                bytes.truncate(bytes.len() - (L::BYTES - width));
            }
        }
        true => {
            let mut whole = Vec::with_capacity(values.len() * L::BYTES);
            values.iter().for_each(|value| value.wrapping_sub(base).write(&mut whole));
            for plane in 0..width {
                bytes.extend(whole.chunks_exact(L::BYTES).map(|value| value[plane]));
            }
        }
    }
    bytes
}

/// Compresses with the codec of least cost.
fn pack(raw: Vec<u8>, cost: &Cost) -> (Codec, Vec<u8>) {
    let packed = Codec::Zstd.compress(&raw);
    let modest = raw.len() <= packed.len().saturating_mul(EXPANSION_MAX);
    let gain =
        cost.text(Codec::Zstd, raw.len(), packed.len()) < cost.text(Codec::Plain, raw.len(), raw.len());
    if modest && gain { (Codec::Zstd, packed) } else { (Codec::Plain, raw) }
}

/// What a sample becomes in the better layout: planes or not, raw and packed bytes.
fn sample<L: Lane>(values: &[L], base: L, width: usize, cost: &Cost) -> (bool, usize, usize) {
    let stretches = (0..STRETCHES).flat_map(|stretch| {
        let start = values.len() * stretch / STRETCHES;
        &values[start..values.len().min(start + STRETCH)]
    });
    let sampled: Vec<L> = stretches.copied().collect();
    let packed = |planes| pack(lay_out(&sampled, base, width, planes), cost).1.len();
    let (rows, raw) = (packed(false), sampled.len() * width);
    match width {
        1 => (false, raw, rows),
        _ => {
            let planes = packed(true);
            // Planes cost a gather of bytes when decoding.
            if planes * 20 < rows * 19 { (true, raw, planes) } else { (false, raw, rows) }
        }
    }
}

impl<L: Lane> Scheme<[L], Statistics<L>> for CompressedScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Compressed
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        if values.len() < STRETCH || statistics.runs == 1 {
            return None;
        }
        let width = width(statistics);
        let decode_ns =
            values.len() as f64 * (width as f64 * codec_ns(Codec::Zstd) + value_ns(Encoding::Compressed));
        // Hopeless where even no bytes at all would not pay for decompressing.
        let plain = context.cost.of(statistics.plain_bytes(values), 0.0);
        if decode_ns >= plain {
            return None;
        }
        let (_, raw, packed) = sample(values, statistics.min, width, context.cost);
        // Whole pages compress better than samples do.
        let bytes = values.len() * width * packed / raw.max(1);
        let bytes = NODE_BYTES + L::BYTES + bytes * 19 / 20;
        Some(Estimate { bytes, decode_ns, composite: true })
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        let (base, width) = (statistics.min, width(statistics));
        let (planes, _, _) = sample(values, base, width, context.cost);
        let mut parameters = vec![width as u8, planes as u8];
        base.write(&mut parameters);
        let mut node = Node::new(Encoding::Compressed, values.len());
        for page in values.chunks(PAGE_VALUES) {
            let (codec, packed) = pack(lay_out(page, base, width, planes), context.cost);
            parameters.push(codec as u8);
            node.pages.push(Bytes::from(packed));
        }
        node.parameters = parameters.into();
        Some(node)
    }
}
