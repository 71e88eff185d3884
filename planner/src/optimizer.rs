//! The optimizer: an ordered list of rewrites, each with its reason.

use canopy_exec::CancelToken;
use canopy_exec::expression::{self, EvalContext};
use canopy_format::Value;
use canopy_proto::plan::QueryContext;

use crate::algebra::{ColumnIds, Expr, Query, Relation};
use crate::error::Result;
use crate::{rule, validate};

/// What the optimizer must know beside the query.
#[derive(Debug, Clone, Default)]
pub struct OptimizerContext {
    /// Time, time zone and seed, for constants that depend on them.
    pub query: QueryContext,
    /// Which rewrites are made.
    pub rules: Rules,
}

/// Which rewrites are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rules {
    /// All of them.
    #[default]
    All,
    /// Only those without which a query cannot run: for tests that compare, and to find a rule at fault.
    Needed,
}

/// Column ids and shared relations' ids that a rule may take, and the means to compute constants.
pub(crate) struct Fresh {
    pub ids: ColumnIds,
    next_with: u32,
    eval: EvalContext,
}

impl Fresh {
    pub fn with_id(&mut self) -> u32 {
        self.next_with += 1;
        self.next_with
    }

    /// Returns the value of an expression over literals; None where it fails or is not fixed.
    pub fn fold(&self, expr: &Expr) -> Option<Value> {
        if !rule::predicate::is_deterministic(expr) {
            return None;
        }
        let message = crate::physical::expression(expr).ok()?;
        expression::fold(&message, &self.eval).ok()
    }
}

type Rule = fn(&mut Query, &mut Fresh) -> Result<()>;

/// Whether queries run without a rule, only longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Needed,
    Faster,
}

/// The rules, in order.
const RULES: &[(&str, Need, Rule)] = &[
    // Less to look at for all that follow, and literals where predicates compare with constants.
    ("fold", Need::Faster, rule::fold::apply),
    // A definition read once is rewritten together with its reader.
    ("shared", Need::Faster, rule::shared::apply),
    // Later rules know UNION ALL only.
    ("set_operation", Need::Needed, rule::set_operation::apply),
    // Limits find their sorts, which decorrelation must see as one.
    ("limit", Need::Needed, rule::limit::apply),
    // No rule below has to think of subqueries or correlation.
    ("subquery", Need::Needed, rule::subquery::apply),
    // The domains that decorrelation shares may be cheap.
    ("shared", Need::Faster, rule::shared::apply),
    // Predicates where they cost least, before the join order counts rows.
    ("pushdown", Need::Faster, rule::pushdown::apply),
    // What became constant on the way down.
    ("fold", Need::Faster, rule::fold::apply),
    // With the conditions of joins in place: those that no hash table serves.
    ("unequal_join", Need::Needed, rule::unequal_join::apply),
    // DISTINCT as groups, before anything counts groups.
    ("distinct", Need::Faster, rule::distinct::apply),
    // With all groups in place: what stands for keys that are equal and not the same.
    ("representative", Need::Needed, rule::representative::apply),
    // With all predicates in place: which inputs meet first.
    ("join_order", Need::Faster, rule::join_order::apply),
    // Projections that decorrelation and inlining left between limits and sorts.
    ("limit", Need::Needed, rule::limit::apply),
    // With all uses in their last form: which parts of nested columns are read.
    ("nested", Need::Faster, rule::nested::apply),
];

/// Returns an equivalent query without subqueries and dependent joins, cheaper to run.
///
/// # Errors
/// [`crate::PlanError::Unsupported`] for constructs that no rule can handle.
pub fn optimize(mut query: Query, context: &OptimizerContext) -> Result<Query> {
    let mut next_with = 0;
    query.relation.for_each(&mut |relation| match relation {
        Relation::With { id, .. } => next_with = next_with.max(*id),
        Relation::Recursive(recursive) => next_with = next_with.max(recursive.id),
        _ => {}
    });
    let eval = EvalContext::new(&context.query, CancelToken::default())?;
    let mut fresh = Fresh { ids: std::mem::take(&mut query.ids), next_with, eval };
    if cfg!(debug_assertions) {
        validate::check(&query, "bind")?;
    }
    for (name, need, rule) in RULES {
        if context.rules == Rules::Needed && *need == Need::Faster {
            continue;
        }
        rule(&mut query, &mut fresh)?;
        tracing::trace!(rule = name, plan = %query.relation, "optimized");
        if cfg!(debug_assertions) {
            validate::check(&query, name)?;
        }
    }
    query.ids = fresh.ids;
    Ok(query)
}
