//! The choice of encodings: exact sizes where statistics tell them, samples else, under one cost model.
//!
//! Every encoding is a [`Scheme`] in the [`registry`]: it says what it would take, and builds its tree when asked.
//! [`search`] compares them by `bytes x nanoseconds to fetch one + nanoseconds to decode` ([`cost`]) and builds
//! the cheapest until no estimate promises better. A stream keeps its last tree ([`memory`]), which is tried
//! first. The result depends on values, cost and the stream's earlier blocks only: the same input gives the same
//! bytes, on any number of threads.

mod context;
mod cost;
mod hasher;
mod memory;
mod registry;
mod report;
mod scheme;
mod search;
mod statistics;
#[cfg(test)]
mod tests;
mod text;

use super::{Lane, Node, raw};
use crate::StringVector;

pub(crate) use context::Context;
pub(crate) use cost::{Cost, FSST_BYTE_NS, codec_ns, value_ns};
pub(crate) use hasher::Hasher;
pub(crate) use memory::{Memory, Tree};
pub use report::{CandidateReport, ChoiceReport};
pub(crate) use scheme::{Estimate, Scheme};
pub(crate) use statistics::Statistics;
pub(crate) use text::TextStatistics;

/// Bytes that a node's header takes beside what the estimates count.
pub(crate) const NODE_BYTES: usize = 24;

/// Returns the cheapest tree for fixed-width values.
pub(crate) fn fixed<L: Lane>(values: &[L], context: &Context<'_>) -> Node {
    explain_fixed(values, context).0
}

/// Returns the cheapest tree for text.
pub(crate) fn text(values: &StringVector, context: &Context<'_>) -> Node {
    explain_text(values, context).0
}

/// Returns the cheapest tree for the ends of values.
pub(crate) fn plain_text(values: &StringVector, context: &Context<'_>) -> Node {
    search::search(values, &TextStatistics::of(values), registry::PLAIN_TEXT, context).0
}

/// Returns the cheapest tree for the entries of a dictionary.
pub(crate) fn entries(values: &StringVector, context: &Context<'_>) -> Node {
    search::search(values, &TextStatistics::of(values), registry::ENTRIES, context).0
}

/// Returns the cheapest tree for fixed-width values, and what was considered.
pub(crate) fn explain_fixed<L: Lane>(values: &[L], context: &Context<'_>) -> (Node, ChoiceReport) {
    if values.is_empty() {
        return (raw::encode(values), ChoiceReport::default());
    }
    let statistics = Statistics::of(values);
    search::search(values, &statistics, registry::fixed::<L>(), context)
}

/// Returns the cheapest tree for text, and what was considered.
pub(crate) fn explain_text(values: &StringVector, context: &Context<'_>) -> (Node, ChoiceReport) {
    let statistics = TextStatistics::of(values);
    search::search(values, &statistics, registry::TEXT, context)
}

/// Positions of a sample of `len` values, at most `count`: scattered without a period that data could share, and
/// the same in every run.
pub(crate) fn scattered(len: usize, count: usize) -> impl Iterator<Item = usize> {
    let all = len <= count;
    (0..if all { len } else { count }).map(move |index| match all {
        true => index,
        // The golden ratio's multiples spread evenly (Knuth, "Sorting and Searching", section 6.4).
        false => {
            let fraction = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
            ((fraction * len as u64) >> 32) as usize
        }
    })
}
