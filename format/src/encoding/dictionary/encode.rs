//! Writing dictionaries.

use std::collections::HashMap;

use super::SORTED;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, TextStatistics};
use crate::encoding::{Encoding, Lane, Node, choose};
use crate::{StringVector, View};

/// Distinct values in ascending order, and a code for each position.
#[derive(Debug)]
pub(crate) struct Codes<V> {
    pub(crate) values: Vec<V>,
    pub(crate) codes: Vec<u32>,
}

/// Texts looked at before the search for repetition goes on.
const SAMPLE: usize = 4096;

/// True when so many of the first texts are distinct that a dictionary cannot pay.
fn hopeless(seen: usize, distinct: usize, limit: usize) -> bool {
    distinct > limit || (seen == SAMPLE && distinct > SAMPLE / 2)
}

/// Returns the dictionary of fixed-width values; None when more than `limit` are distinct.
pub(crate) fn fixed_codes<L: Lane>(values: &[L], limit: usize) -> Option<Codes<L>> {
    let mut index: HashMap<L, u32, choose::Hasher> = HashMap::default();
    let mut distinct = Vec::new();
    let mut codes = Vec::with_capacity(values.len());
    for value in values {
        if distinct.len() > limit {
            return None;
        }
        codes.push(*index.entry(*value).or_insert_with(|| {
            distinct.push(*value);
            distinct.len() as u32 - 1
        }));
    }
    (distinct.len() <= limit).then(|| sorted(distinct, codes, L::compare))
}

/// Returns the dictionary of text, as rows that hold the distinct values; None when more than `limit` are
/// distinct.
pub(crate) fn text_codes(values: &StringVector, limit: usize) -> Option<Codes<u32>> {
    let mut index: HashMap<&[u8], u32, choose::Hasher> = HashMap::default();
    let mut inline: HashMap<u128, u32, choose::Hasher> = HashMap::default();
    // Short values seen last, by a cheap hash: few distinct ones never reach the map again.
    let mut recent = [(0u128, u32::MAX); RECENT];
    let mut distinct: Vec<u32> = Vec::new();
    let mut codes = Vec::with_capacity(values.len());
    for (row, view) in values.views().iter().enumerate() {
        if hopeless(row, distinct.len(), limit) {
            return None;
        }
        let mut fresh = || {
            distinct.push(row as u32);
            distinct.len() as u32 - 1
        };
        codes.push(match view.is_inline() {
            true => {
                let key = View::as_u128(view);
                let slot = &mut recent[slot_of(key)];
                if slot.0 != key || slot.1 == u32::MAX {
                    *slot = (key, *inline.entry(key).or_insert_with(fresh));
                }
                slot.1
            }
            false => *index.entry(values.bytes(row)).or_insert_with(&mut fresh),
        });
    }
    let order = |a: &u32, b: &u32| values.bytes(*a as usize).cmp(values.bytes(*b as usize));
    (distinct.len() <= limit).then(|| sorted(distinct, codes, order))
}

/// Entries of the table of values seen last.
const RECENT: usize = 256;

fn slot_of(key: u128) -> usize {
    let folded = key as u64 ^ (key >> 64) as u64;
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as usize
}

/// Puts the distinct values into order and renames the codes.
fn sorted<V: Copy>(
    distinct: Vec<V>,
    mut codes: Vec<u32>,
    compare: impl Fn(&V, &V) -> std::cmp::Ordering,
) -> Codes<V> {
    let mut order: Vec<u32> = (0..distinct.len() as u32).collect();
    order.sort_by(|&a, &b| compare(&distinct[a as usize], &distinct[b as usize]));
    let mut rank = vec![0u32; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| rank[old as usize] = new as u32);
    codes.iter_mut().for_each(|code| *code = rank[*code as usize]);
    Codes { values: order.iter().map(|&old| distinct[old as usize]).collect(), codes }
}

fn node(values: Node, codes: Node) -> Node {
    let len = codes.len as usize;
    Node {
        parameters: vec![SORTED].into(),
        children: vec![values, codes],
        ..Node::new(Encoding::Dictionary, len)
    }
}

/// Returns the node of fixed-width values.
pub(crate) fn encode_fixed<L: Lane>(codes: &Codes<L>, context: &Context<'_>) -> Node {
    node(
        choose::fixed(&codes.values, &context.values(Encoding::Dictionary, 0)),
        context.encode(Encoding::Dictionary, 1, &codes.codes),
    )
}

/// Returns the node of text.
pub(crate) fn encode_text(values: &StringVector, codes: &Codes<u32>, context: &Context<'_>) -> Node {
    let entries: StringVector = codes.values.iter().map(|&row| values.bytes(row as usize)).collect();
    node(
        choose::entries(&entries, &context.child(Encoding::Dictionary, 0)),
        context.encode(Encoding::Dictionary, 1, &codes.codes),
    )
}

/// DICTIONARY as a candidate.
pub(crate) struct DictionaryScheme;

impl DictionaryScheme {
    /// Bytes of the codes, as if packed.
    fn code_bytes(len: usize, distinct: usize) -> usize {
        len * (usize::BITS - distinct.saturating_sub(1).leading_zeros()) as usize / 8
    }
}

impl<L: Lane> Scheme<[L], Statistics<L>> for DictionaryScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Dictionary
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let len = values.len();
        // Numbers of 32 bits are dates, lengths, codes: packing does as well without the detour.
        if !context.may_nest(Encoding::Dictionary) || L::BYTES < 8 || len <= 16 {
            return None;
        }
        let distinct = statistics.distinct(values);
        let entry_bits = (statistics.range_bits() + 1).saturating_sub(distinct.max(1).ilog2());
        let bytes =
            3 * NODE_BYTES + Self::code_bytes(len, distinct) + distinct * (entry_bits as usize + 1) / 8;
        // The estimate of how many are distinct may be half of what there is, never far above it.
        (distinct <= len / 2 && bytes < statistics.plain_bytes(values)).then(|| {
            Estimate::tree(
                Encoding::Dictionary,
                len,
                bytes,
                len as f64 * choose::value_ns(Encoding::BitPacked),
            )
        })
    }

    fn encode(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.may_nest(Encoding::Dictionary) {
            return None;
        }
        statistics.codes(values).map(|codes| encode_fixed(codes, context))
    }
}

impl Scheme<StringVector, TextStatistics> for DictionaryScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Dictionary
    }

    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Estimate> {
        if !context.may_nest(Encoding::Dictionary) {
            return None;
        }
        let codes = statistics.codes(values)?;
        let entry_bytes: usize = codes.values.iter().map(|&row| values.bytes(row as usize).len() + 1).sum();
        // Entries often compress to half; what they really take is found when the tree is built.
        let bytes = 3 * NODE_BYTES + Self::code_bytes(values.len(), codes.values.len()) + entry_bytes / 2;
        let child_ns = values.len() as f64 * choose::value_ns(Encoding::BitPacked) + entry_bytes as f64;
        Some(Estimate { decode_ns: child_ns, ..Estimate::tree(Encoding::Dictionary, 0, bytes, 0.0) })
    }

    fn encode(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Node> {
        if !context.may_nest(Encoding::Dictionary) {
            return None;
        }
        statistics.codes(values).map(|codes| encode_text(values, codes, context))
    }
}
