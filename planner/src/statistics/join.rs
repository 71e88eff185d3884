//! Rows of a join.

use super::estimate::{Estimate, expression};
use super::selectivity;
use crate::algebra::{Expr, JoinKind};

/// Least share of rows that an anti join is believed to keep.
const ANTI_LEAST: f64 = 0.1;

/// Returns the estimate of a join of two estimated inputs.
pub fn join(left: &Estimate, right: &Estimate, kind: JoinKind, on: &[Expr]) -> Estimate {
    let both = combined(left, right);
    let keys = Keys::of(left, right, on);
    let residual: f64 = keys.residual.iter().map(|conjunct| selectivity(&both, conjunct)).product();
    let inner = left.rows * right.rows / keys.domain() * residual;
    match kind {
        JoinKind::Inner => narrowed(both, inner, &keys),
        JoinKind::Left => with_rows(both, inner.max(left.rows)),
        JoinKind::Right => with_rows(both, inner.max(right.rows)),
        JoinKind::Full => with_rows(both, inner.max(left.rows).max(right.rows)),
        JoinKind::Semi => left.clone().with_rows(left.rows * keys.matched(right, residual)),
        JoinKind::Anti | JoinKind::NullAwareAnti => {
            left.clone().with_rows(left.rows * (1.0 - keys.matched(right, residual)).max(ANTI_LEAST))
        }
        JoinKind::Mark => left.clone(),
        JoinKind::Single => with_rows(both, left.rows),
    }
}

fn combined(left: &Estimate, right: &Estimate) -> Estimate {
    let mut columns = left.columns.clone();
    columns.extend(right.columns.iter().map(|(id, column)| (*id, column.clone())));
    Estimate { rows: left.rows * right.rows, columns }
}

fn with_rows(mut estimate: Estimate, rows: f64) -> Estimate {
    estimate.rows = rows;
    for column in estimate.columns.values_mut() {
        column.distinct = column.distinct.min(rows.max(1.0));
    }
    estimate
}

fn narrowed(estimate: Estimate, rows: f64, keys: &Keys) -> Estimate {
    let mut estimate = with_rows(estimate, rows);
    for (a, b) in &keys.pairs {
        let (Expr::Column(a), Expr::Column(b)) = (a, b) else { continue };
        let least = estimate.column(a).distinct.min(estimate.column(b).distinct);
        for id in [a.id, b.id] {
            if let Some(column) = estimate.columns.get_mut(&id) {
                column.distinct = least;
                column.null_fraction = 0.0;
            }
        }
    }
    estimate
}

/// The equalities between the two sides.
struct Keys<'a> {
    /// Left and right side of each.
    pairs: Vec<(&'a Expr, &'a Expr)>,
    residual: Vec<&'a Expr>,
    /// Domain of all keys together and rows it came from, by side.
    left: (f64, f64),
    right: (f64, f64),
    /// Distinct keys in the rows at hand.
    right_distinct: f64,
}

impl<'a> Keys<'a> {
    fn of(left: &Estimate, right: &Estimate, on: &'a [Expr]) -> Self {
        let mut keys = Keys {
            pairs: Vec::new(),
            residual: Vec::new(),
            left: (1.0, 1.0),
            right: (1.0, 1.0),
            right_distinct: 1.0,
        };
        for conjunct in on {
            match sides(left, right, conjunct) {
                Some((a, b)) => {
                    let (l, r) = (expression(left, a), expression(right, b));
                    keys.left = (keys.left.0 * l.domain.max(1.0), keys.left.1.max(l.base_rows));
                    keys.right = (keys.right.0 * r.domain.max(1.0), keys.right.1.max(r.base_rows));
                    keys.right_distinct *= r.distinct.max(1.0);
                    keys.pairs.push((a, b));
                }
                None => keys.residual.push(conjunct),
            }
        }
        keys.right_distinct = keys.right_distinct.min(right.rows.max(1.0));
        keys
    }

    /// What the cross product is divided by: the larger domain. A product of domains that exceeds
    /// its table's rows says only that keys are nearly unique there; of two such, the smaller table is the
    /// one whose rows are the key's values (partsupp under lineitem).
    fn domain(&self) -> f64 {
        let (left_capped, right_capped) = (self.left.0 > self.left.1, self.right.0 > self.right.1);
        match (left_capped, right_capped) {
            (true, true) => self.left.1.min(self.right.1),
            (true, false) if self.pairs.len() > 1 => self.right.0.min(self.left.1),
            (false, true) if self.pairs.len() > 1 => self.left.0.min(self.right.1),
            _ => self.left.0.min(self.left.1).max(self.right.0.min(self.right.1)),
        }
        .max(1.0)
    }

    /// The share of left rows with a match.
    fn matched(&self, right: &Estimate, residual: f64) -> f64 {
        if self.pairs.is_empty() {
            return if right.rows >= 1.0 { residual.max(0.5) } else { right.rows };
        }
        (self.right_distinct / self.domain()).min(1.0) * residual.max(0.25)
    }
}

/// Takes apart an equality of an expression of the left with one of the right.
fn sides<'a>(left: &Estimate, right: &Estimate, conjunct: &'a Expr) -> Option<(&'a Expr, &'a Expr)> {
    let Expr::Call { function, arguments, .. } = conjunct else { return None };
    let ("$equal" | "$is_not_distinct", [a, b]) = (&**function, arguments.as_slice()) else { return None };
    let (in_a, in_b) = (a.columns(), b.columns());
    let within = |ids: &std::collections::HashSet<_>, side: &Estimate| {
        !ids.is_empty() && ids.iter().all(|id| side.columns.contains_key(id))
    };
    if within(&in_a, left) && within(&in_b, right) {
        Some((a, b))
    } else if within(&in_a, right) && within(&in_b, left) {
        Some((b, a))
    } else {
        None
    }
}
