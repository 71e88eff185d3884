//! The choice of encoding: exact sizes where they are cheap to know, samples else, under one cost model.
//!
//! Cost of a block = bytes x nanoseconds to fetch a byte + values x nanoseconds to decode one. The decode
//! times are rough, and only their order matters: those of raw, bit-packed and run-length values are from
//! `examples/decode_speed.rs`, those of dictionaries and compressed pages are estimates.

use std::hash::{BuildHasherDefault, Hasher as StdHasher};

use super::text::Codec;
use super::{BLOCK_VALUES, DEPTH_MAX, Lane, Node, bitpack, constant, dictionary, raw, rle, text};
use crate::StringVector;

/// What a byte costs against a nanosecond of decoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    /// Nanoseconds to bring a byte to the decoder.
    pub byte_ns: f64,
}

impl Default for Cost {
    /// The object store's: 0.4 GB/s a core.
    fn default() -> Self {
        Self { byte_ns: 2.5 }
    }
}

impl Cost {
    /// Cost of `bytes` encoded bytes, and `decode_ns` more.
    pub(crate) fn of(&self, bytes: usize, decode_ns: f64) -> f64 {
        bytes as f64 * self.byte_ns + decode_ns
    }

    /// Cost of a page of text.
    pub(crate) fn text(&self, codec: Codec, raw_bytes: usize, packed_bytes: usize) -> f64 {
        let decode_ns_per_byte = match codec {
            Codec::Plain => 0.05,
            Codec::Lz4 => 0.5,
            Codec::Zstd => 1.2,
        };
        self.of(packed_bytes, raw_bytes as f64 * decode_ns_per_byte)
    }
}

/// Nanoseconds to decode one value.
const RAW_NS: f64 = 0.3;
const BIT_PACKED_NS: f64 = 0.2;
const RUN_LENGTH_NS: f64 = 0.3;
const DICTIONARY_NS: f64 = 0.9;

/// Bytes that a node's header takes beside what the estimates count.
const NODE_BYTES: usize = 24;

/// Returns the cheapest tree for fixed-width values.
pub(crate) fn encode_fixed<L: Lane>(values: &[L], cost: &Cost, depth: usize) -> Node {
    let Some(first) = values.first() else { return raw::encode(values) };
    let runs = 1 + values.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if runs == 1 {
        return constant::encode(*first, values.len());
    }
    let count = values.len() as f64;
    let raw_cost = cost.of(values.len() * L::BYTES + NODE_BYTES, count * RAW_NS);
    let packed_cost = match L::PACKED_BITS {
        0 => f64::INFINITY,
        _ => cost.of(bitpack::estimate(values) + NODE_BYTES, count * BIT_PACKED_NS),
    };
    let mut best_cost = raw_cost.min(packed_cost);
    let mut best = None;
    // Encoding trees end with children that are raw or packed.
    if depth + 2 < DEPTH_MAX && values.len() > 16 {
        if runs <= values.len() / 4 {
            let node = rle::encode(values, cost, depth);
            let node_cost = cost.of(node.byte_size(), count * RUN_LENGTH_NS);
            if node_cost < best_cost {
                (best_cost, best) = (node_cost, Some(node));
            }
        }
        if let Some(node) = try_dictionary(values, cost, best_cost, depth) {
            best = Some(node);
        }
    }
    best.unwrap_or_else(
        || if packed_cost <= raw_cost { bitpack::encode(values) } else { raw::encode(values) },
    )
}

/// A dictionary, where it costs less than `cost_max`. Codes alone are a lower bound that ends most tries
/// early.
fn try_dictionary<L: Lane>(values: &[L], cost: &Cost, cost_max: f64, depth: usize) -> Option<Node> {
    let count = values.len() as f64;
    let affordable = (cost_max - count * DICTIONARY_NS) / cost.byte_ns;
    if affordable <= 0.0 || L::BYTES < 8 {
        return None;
    }
    let limit = distinct_limit(affordable as usize, values.len(), L::BYTES);
    let codes = dictionary::fixed_codes(values, limit)?;
    let node = dictionary::encode_fixed(&codes, cost, depth);
    (cost.of(node.byte_size(), count * DICTIONARY_NS) < cost_max).then_some(node)
}

/// The most distinct values of which codes and entries together fit `bytes`.
fn distinct_limit(bytes: usize, values: usize, entry_bytes: usize) -> usize {
    let fits = |bits: &u32| values * *bits as usize / 8 + (1usize << (bits - 1)) * entry_bytes <= bytes;
    let Some(bits) = (1..=16u32).rev().find(fits) else { return 1 };
    let entries = bytes.saturating_sub(values * bits as usize / 8) / entry_bytes;
    entries.min(1 << bits).min(values / 2)
}

/// Returns the cheapest tree for text.
pub(crate) fn encode_text(values: &StringVector, cost: &Cost) -> Node {
    let first = (!values.is_empty()).then(|| values.bytes(0));
    if let Some(first) = first
        && (1..values.len()).all(|row| values.bytes(row) == first)
    {
        let parameters = bytes::Bytes::copy_from_slice(first);
        return Node { parameters, ..Node::new(super::Encoding::Constant, values.len()) };
    }
    if let Some(codes) = dictionary::text_codes(values, (values.len() / 2).min(BLOCK_VALUES)) {
        let node = dictionary::encode_text(values, &codes, cost, 0);
        let count = values.len() as f64;
        // Codes decode faster than text, and spare the executor work a row: they may be a tenth larger.
        if cost.of(node.byte_size(), count * BIT_PACKED_NS) < text::estimate(values, cost) * 1.1 {
            return node;
        }
    }
    text::encode(values, cost, 0)
}

/// A small, fast hasher for dictionaries: its output never reaches a file.
#[derive(Default)]
pub(crate) struct MixHasher(u64);

/// Builds [`MixHasher`]s.
pub(crate) type Hasher = BuildHasherDefault<MixHasher>;

impl StdHasher for MixHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = crate::sketch::hash_bytes(bytes, self.0);
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = crate::sketch::mix(self.0 ^ value);
    }

    fn write_u128(&mut self, value: u128) {
        self.write_u64(value as u64);
        self.write_u64((value >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}
