//! The search: estimates first, then the cheapest are built until no estimate promises better.

use super::report::{CandidateReport, ChoiceReport};
use super::{Context, Scheme};
use crate::encoding::Node;

/// A tree of several nodes must be so much cheaper than a single node to be worth its moving parts.
pub(super) const MARGIN: f64 = 1.02;
/// How much dearer than forecast the previous block's tree may be and still be taken without a search.
const MISS: f64 = 1.10;

/// One candidate on its way.
struct Candidate<'s, V: ?Sized, S> {
    scheme: &'s dyn Scheme<V, S>,
    estimated_bytes: usize,
    decode_ns: f64,
    composite: bool,
    cost: f64,
}

/// The cost that is compared.
fn handicapped(cost: f64, composite: bool) -> f64 {
    if composite { cost * MARGIN } else { cost }
}

/// Returns the cheapest tree, and what was considered. At least one scheme applies to any values.
pub(super) fn search<V: ?Sized, S>(
    values: &V,
    statistics: &S,
    schemes: &[&dyn Scheme<V, S>],
    context: &Context<'_>,
) -> (Node, ChoiceReport) {
    if let Some(node) = reuse(values, statistics, schemes, context) {
        return (node, ChoiceReport::default());
    }
    let mut candidates: Vec<Candidate<'_, V, S>> = schemes
        .iter()
        .filter_map(|&scheme| {
            let estimate = scheme.estimate(values, statistics, context)?;
            let cost = context.cost.of(estimate.bytes, estimate.decode_ns);
            Some(Candidate {
                scheme,
                estimated_bytes: estimate.bytes,
                decode_ns: estimate.decode_ns,
                composite: estimate.composite,
                cost: handicapped(cost, estimate.composite),
            })
        })
        .collect();
    // A stable sort: among equals the one named first in the registry wins, in every run.
    candidates.sort_by(|a, b| a.cost.total_cmp(&b.cost));
    let mut best: Option<(usize, f64, Node)> = None;
    let mut report = ChoiceReport::default();
    for candidate in &candidates {
        let mut entry = CandidateReport {
            encoding: candidate.scheme.encoding().name(),
            id: candidate.scheme.encoding() as u8,
            estimated_bytes: candidate.estimated_bytes,
            bytes: None,
            decode_ns: candidate.decode_ns,
            cost: candidate.cost,
            chosen: false,
        };
        let promising = best.as_ref().is_none_or(|(_, cost, _)| candidate.cost < *cost);
        if promising && let Some(node) = candidate.scheme.encode(values, statistics, context) {
            let cost = handicapped(context.cost.node(&node), candidate.composite);
            entry.bytes = Some(node.byte_size());
            entry.cost = cost;
            if best.as_ref().is_none_or(|(_, least, _)| cost < *least) {
                best = Some((report.candidates.len(), cost, node));
            }
        }
        report.candidates.push(entry);
    }
    let (index, _, node) = best.unwrap_or_else(|| unreachable!("plain values always apply"));
    report.candidates[index].chosen = true;
    (node, report)
}

/// The previous block's tree, if it does about as well again.
fn reuse<V: ?Sized, S>(
    values: &V,
    statistics: &S,
    schemes: &[&dyn Scheme<V, S>],
    context: &Context<'_>,
) -> Option<Node> {
    let hint = context.hint()?;
    let scheme = schemes.iter().find(|scheme| scheme.encoding() == hint.encoding)?;
    let node = scheme.encode(values, statistics, context)?;
    let forecast = hint.value_cost * node.len as f64;
    (context.cost.node(&node) <= forecast * MISS).then_some(node)
}
