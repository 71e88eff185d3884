//! Writing dictionaries.

use std::collections::HashMap;

use super::SORTED;
use crate::encoding::{Encoding, Lane, Node, choose, text};
use crate::{StringVector, View};

/// Distinct values in ascending order, and a code for each position.
pub(crate) struct Codes<V> {
    pub(crate) values: Vec<V>,
    pub(crate) codes: Vec<u32>,
}

/// Values looked at before the search for repetition goes on.
const SAMPLE: usize = 4096;

/// True when so many of the first values are distinct that a dictionary cannot pay.
fn hopeless(seen: usize, distinct: usize, limit: usize) -> bool {
    distinct > limit || (seen == SAMPLE && distinct > SAMPLE / 2)
}

/// Returns the dictionary of fixed-width values; None when more than `limit` are distinct.
pub(crate) fn fixed_codes<L: Lane>(values: &[L], limit: usize) -> Option<Codes<L>> {
    let mut index: HashMap<L, u32, choose::Hasher> = HashMap::default();
    let mut distinct = Vec::new();
    let mut codes = Vec::with_capacity(values.len());
    for (seen, value) in values.iter().enumerate() {
        if hopeless(seen, distinct.len(), limit) {
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
            true => *inline.entry(View::as_u128(view)).or_insert_with(fresh),
            false => *index.entry(values.bytes(row)).or_insert_with(&mut fresh),
        });
    }
    let order = |a: &u32, b: &u32| values.bytes(*a as usize).cmp(values.bytes(*b as usize));
    (distinct.len() <= limit).then(|| sorted(distinct, codes, order))
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
pub(crate) fn encode_fixed<L: Lane>(codes: &Codes<L>, cost: &choose::Cost, depth: usize) -> Node {
    node(
        choose::encode_fixed(&codes.values, cost, depth + 1),
        choose::encode_fixed(&codes.codes, cost, depth + 1),
    )
}

/// Returns the node of text.
pub(crate) fn encode_text(
    values: &StringVector,
    codes: &Codes<u32>,
    cost: &choose::Cost,
    depth: usize,
) -> Node {
    let entries: StringVector = codes.values.iter().map(|&row| values.bytes(row as usize)).collect();
    node(text::encode(&entries, cost, depth + 1), choose::encode_fixed(&codes.codes, cost, depth + 1))
}
