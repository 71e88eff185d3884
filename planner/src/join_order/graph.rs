//! The graph of a join: inputs, and conjuncts as edges between sets of them.

use std::collections::{HashMap, HashSet};

use crate::algebra::{ColumnId, Expr, Relation};
use crate::rule::predicate::{as_call, is_deterministic};
use crate::rule::transitive;

/// A set of inputs, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Subset(u128);

impl Subset {
    pub fn of(input: usize) -> Self {
        Subset(1 << input)
    }

    pub fn union(self, other: Self) -> Self {
        Subset(self.0 | other.0)
    }

    pub fn without(self, other: Self) -> Self {
        Subset(self.0 & !other.0)
    }

    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The lowest input.
    pub fn first(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Each input by itself.
    pub fn singles(self) -> impl Iterator<Item = Subset> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let lowest = rest & rest.wrapping_neg();
            rest &= !lowest;
            (lowest != 0).then_some(Subset(lowest))
        })
    }

    /// All subsets but the empty one, smaller numbers first.
    pub fn subsets(self) -> impl Iterator<Item = Subset> {
        let all = self.0;
        let mut at = 0u128;
        std::iter::from_fn(move || {
            at = at.wrapping_sub(all) & all;
            (at != 0).then_some(Subset(at))
        })
    }

    /// The subsets that hold the lowest input, the whole left out: one of each split in two.
    pub fn halves(self) -> impl Iterator<Item = Subset> {
        let lowest = self.0 & self.0.wrapping_neg();
        let rest = Subset(self.0 & !lowest);
        std::iter::once(Subset(lowest))
            .chain(rest.subsets().map(move |half| Subset(half.0 | lowest)))
            .filter(move |half| *half != self)
    }
}

/// Inputs and conjuncts.
pub(super) struct Graph {
    pub conjuncts: Vec<Expr>,
    /// The inputs that each conjunct needs; empty for those that cannot stand on a join.
    needs: Vec<Subset>,
    /// For equalities of two columns, the class of equal columns they belong to.
    classes: Vec<Option<usize>>,
    inputs: usize,
}

/// Most inputs that a [`Subset`] can name.
pub(super) const INPUTS_REPRESENTABLE: usize = 127;

impl Graph {
    pub fn new(inputs: &[Relation], conjuncts: Vec<Expr>) -> Self {
        let mut input_of: HashMap<ColumnId, usize> = HashMap::new();
        for (index, input) in inputs.iter().enumerate().take(INPUTS_REPRESENTABLE) {
            input_of.extend(input.columns().into_iter().map(|column| (column.id, index)));
        }
        let needs = conjuncts.iter().map(|conjunct| {
            let columns: HashSet<ColumnId> = conjunct.columns();
            let inputs: Option<Vec<usize>> = columns.iter().map(|id| input_of.get(id).copied()).collect();
            match inputs {
                Some(inputs) if is_deterministic(conjunct) => {
                    inputs.into_iter().fold(Subset(0), |all, input| all.union(Subset::of(input)))
                }
                _ => Subset(0),
            }
        });
        let columns = transitive::classes(&conjuncts);
        let class = |conjunct: &Expr| match as_call(conjunct) {
            Some(("$equal", [Expr::Column(a), Expr::Column(_)])) => {
                columns.iter().position(|class| class.iter().any(|c| c.id == a.id))
            }
            _ => None,
        };
        let classes = conjuncts.iter().map(class).collect();
        Graph { needs: needs.collect(), classes, conjuncts, inputs: inputs.len() }
    }

    /// The parts that conjuncts connect, as sets.
    pub fn components(&self) -> Vec<Subset> {
        let mut parts: Vec<Subset> = (0..self.inputs).map(Subset::of).collect();
        for need in &self.needs {
            let (met, mut rest): (Vec<Subset>, Vec<Subset>) =
                parts.iter().partition(|part| part.meets(*need));
            rest.extend(met.into_iter().reduce(Subset::union));
            parts = rest;
        }
        parts
    }

    /// True when conjuncts within the subset connect it.
    pub fn is_connected(&self, subset: Subset) -> bool {
        let Some(mut reached) = subset.singles().next() else { return false };
        loop {
            let before = reached;
            for need in &self.needs {
                if need.is_within(subset) && need.meets(reached) {
                    reached = reached.union(*need);
                }
            }
            if reached == before {
                return reached == subset;
            }
        }
    }

    /// The conjuncts to test once the two sets meet. Of equalities of one class one is enough: within each
    /// set the class's columns are equal already.
    pub fn between(&self, left: Subset, right: Subset) -> Vec<Expr> {
        let indexes: Vec<usize> = self.indexes_between(left, right).collect();
        self.one_of_each_class(&indexes)
    }

    /// As [`Graph::between`], noting which need not be tested again.
    pub fn take_between(&self, left: Subset, right: Subset, used: &mut [bool]) -> Vec<Expr> {
        let indexes: Vec<usize> = self.indexes_between(left, right).collect();
        indexes.iter().for_each(|index| used[*index] = true);
        self.one_of_each_class(&indexes)
    }

    fn one_of_each_class(&self, indexes: &[usize]) -> Vec<Expr> {
        let mut seen = HashSet::new();
        let kept =
            indexes.iter().filter(|index| self.classes[**index].is_none_or(|class| seen.insert(class)));
        kept.map(|index| self.conjuncts[*index].clone()).collect()
    }

    fn indexes_between(&self, left: Subset, right: Subset) -> impl Iterator<Item = usize> + '_ {
        let both = left.union(right);
        let crosses = move |need: &Subset| need.is_within(both) && need.meets(left) && need.meets(right);
        self.needs.iter().enumerate().filter(move |(_, need)| crosses(need)).map(|(index, _)| index)
    }
}
