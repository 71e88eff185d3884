//! Which inputs of an inner join meet first.
//!
//! Up to [`INPUTS_MAX`] connected inputs: dynamic programming over subsets (Vance & Maier 1996, "Rapid
//! Bushy Join-order Optimization with Cartesian Products"), here over connected subsets only, within a
//! budget of splits. Beyond: greedy operator ordering (Fegaras 1998). The cost is C_out, the sum of all
//! intermediate rows, and the bytes of the smaller side of each join, which will be built.

mod graph;

use std::collections::HashMap;

use crate::algebra::{Column, Expr, JoinKind, Relation};
use crate::rule::predicate::filter;
use crate::rule::pushdown::{inner, left_deep};
use crate::statistics::{self, Estimate};
use graph::{Graph, Subset};

/// Most inputs that are ordered exhaustively.
const INPUTS_MAX: usize = 12;
/// Most splits of subsets looked at before the greedy way is taken.
const SPLITS_MAX: usize = 200_000;
/// Rows that a built byte counts for.
const ROWS_PER_BUILT_BYTE: f64 = 1.0 / 64.0;

/// Returns the joined relation of all inputs under all conjuncts.
pub(crate) fn order(inputs: Vec<Relation>, conjuncts: Vec<Expr>) -> Relation {
    if inputs.len() > graph::INPUTS_REPRESENTABLE {
        return left_deep(inputs, conjuncts);
    }
    let estimates: Vec<Estimate> = inputs.iter().map(statistics::relation).collect();
    let graph = Graph::new(&inputs, conjuncts);
    let mut search = Search { graph: &graph, best: HashMap::new() };
    for (index, estimate) in estimates.into_iter().enumerate() {
        search.best.insert(
            Subset::of(index),
            Candidate { estimate, cost: 0.0, split: None, width: inputs[index].columns() },
        );
    }
    // Parts that no conjunct connects are ordered by themselves, then multiplied, small ones first.
    let mut parts: Vec<Subset> = graph.components();
    for part in &parts {
        search.solve(*part);
    }
    while parts.len() > 1 {
        parts.sort_by(|a, b| search.best[b].estimate.rows.total_cmp(&search.best[a].estimate.rows));
        let (Some(a), Some(b)) = (parts.pop(), parts.pop()) else { break };
        search.consider(a.union(b), a, b);
        parts.push(a.union(b));
    }
    let Some(whole) = parts.pop() else { return filter(Relation::one_row(), graph.conjuncts) };
    let choices: HashMap<Subset, (Subset, Subset)> =
        search.best.iter().filter_map(|(subset, candidate)| Some((*subset, candidate.split?))).collect();
    let mut inputs: Vec<Option<Relation>> = inputs.into_iter().map(Some).collect();
    let mut used = vec![false; graph.conjuncts.len()];
    let relation = build(whole, &choices, &graph, &mut inputs, &mut used);
    let left = graph.conjuncts.iter().zip(&used).filter(|(_, used)| !**used).map(|(e, _)| e.clone());
    filter(relation, left.collect())
}

/// The best way known to join a subset.
struct Candidate {
    estimate: Estimate,
    cost: f64,
    split: Option<(Subset, Subset)>,
    width: Vec<Column>,
}

struct Search<'g> {
    graph: &'g Graph,
    best: HashMap<Subset, Candidate>,
}

impl Search<'_> {
    fn solve(&mut self, part: Subset) {
        // A conjunct over three inputs may leave a connected set without two connected halves.
        let solved = part.count() <= INPUTS_MAX && self.exhaustive(part) && self.best.contains_key(&part);
        if !solved {
            self.greedy(part);
        }
    }

    /// Dynamic programming; false when the budget is used up.
    fn exhaustive(&mut self, part: Subset) -> bool {
        let mut splits = 0;
        // Subsets of a set have smaller numbers than the set: counting up visits them first.
        for subset in part.subsets() {
            if subset.count() < 2 || !self.graph.is_connected(subset) {
                continue;
            }
            for left in subset.halves() {
                splits += 1;
                let right = subset.without(left);
                if self.best.contains_key(&left) && self.best.contains_key(&right) {
                    self.consider(subset, left, right);
                }
            }
            if splits > SPLITS_MAX {
                return false;
            }
        }
        true
    }

    /// Joins the pair with the fewest rows, again and again.
    fn greedy(&mut self, part: Subset) {
        let mut parts: Vec<Subset> = part.singles().collect();
        while parts.len() > 1 {
            let mut choice: Option<(f64, usize, usize)> = None;
            for a in 0..parts.len() {
                for b in a + 1..parts.len() {
                    if !self.graph.is_connected(parts[a].union(parts[b])) {
                        continue;
                    }
                    let rows = self.joined(parts[a], parts[b]).rows;
                    if choice.is_none_or(|(least, ..)| rows < least) {
                        choice = Some((rows, a, b));
                    }
                }
            }
            // Nothing connects what is left but conjuncts over three and more.
            let (a, b) = choice.map_or((0, 1), |(_, a, b)| (a, b));
            let (right, left) = (parts.swap_remove(b), parts.swap_remove(a));
            self.consider(left.union(right), left, right);
            parts.push(left.union(right));
        }
    }

    fn joined(&self, left: Subset, right: Subset) -> Estimate {
        let on = self.graph.between(left, right);
        statistics::join(&self.best[&left].estimate, &self.best[&right].estimate, JoinKind::Inner, &on)
    }

    fn consider(&mut self, subset: Subset, left: Subset, right: Subset) {
        let (a, b) = (&self.best[&left], &self.best[&right]);
        let built = a.estimate.bytes(&a.width).min(b.estimate.bytes(&b.width));
        let below = a.cost + b.cost + built * ROWS_PER_BUILT_BYTE;
        // The rows of a subset do not depend on how it was joined: estimated once.
        let rows = match self.best.get(&subset) {
            Some(known) => known.estimate.rows,
            None => {
                let estimate = self.joined(left, right);
                let cost = below + estimate.rows;
                let width = a.width.iter().chain(&b.width).cloned().collect();
                self.best.insert(subset, Candidate { estimate, cost, split: Some((left, right)), width });
                return;
            }
        };
        let cost = below + rows;
        if let Some(known) = self.best.get_mut(&subset)
            && cost < known.cost
        {
            known.cost = cost;
            known.split = Some((left, right));
        }
    }
}

fn build(
    subset: Subset,
    choices: &HashMap<Subset, (Subset, Subset)>,
    graph: &Graph,
    inputs: &mut [Option<Relation>],
    used: &mut [bool],
) -> Relation {
    let Some((left, right)) = choices.get(&subset) else {
        let input = subset.singles().next().and_then(|single| inputs[single.first()].take());
        return input.unwrap_or_else(Relation::one_row);
    };
    let on = graph.take_between(*left, *right, used);
    let left = build(*left, choices, graph, inputs, used);
    let right = build(*right, choices, graph, inputs, used);
    inner(left, right, on)
}
