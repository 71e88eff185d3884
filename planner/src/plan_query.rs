//! The planner's back door: a bound query in, a physical plan out.

use std::thread;

use canopy_proto::plan::Plan;

use crate::algebra::{Expr, Query, Relation};
use crate::error::PlanError;
use crate::optimizer::{OptimizerContext, optimize};
use crate::physical::{self, PhysicalOptions};

/// A query that can be started.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedQuery {
    /// The plan.
    pub plan: Plan,
    /// Bytes of the scanned columns in the files that pruning left: what the query processes at most.
    pub bytes_processed: u64,
}

/// Levels of relations and expressions that are planned on the caller's stack. Rules call themselves for each
/// level, with up to 10 KiB a level when built without optimisation.
const DEPTH_INLINE: usize = 60;
/// Most levels: more are refused.
const DEPTH_MAX: usize = 3_000;
/// The stack for queries between the two; only what is touched of it takes memory.
const STACK_BYTES: usize = 256 << 20;

/// Optimizes a bound query and cuts it into fragments.
///
/// # Errors
/// [`PlanError::Unsupported`] names a construct that cannot run yet, or says that the query nests too deeply.
pub fn plan_query(query: Query, options: &PhysicalOptions) -> Result<PlannedQuery, PlanError> {
    match depth(&query.relation) {
        0..=DEPTH_INLINE => plan(query, options),
        found if found > DEPTH_MAX => {
            // Dropping it needs the stack that building it did not.
            on_large_stack(move || drop(query))?;
            Err(PlanError::Unsupported(format!("a query of {found} levels, over the limit of {DEPTH_MAX},")))
        }
        _ => on_large_stack(move || plan(query, options))?,
    }
}

fn plan(query: Query, options: &PhysicalOptions) -> Result<PlannedQuery, PlanError> {
    let context = OptimizerContext { query: options.context.clone(), rules: options.rules };
    let query = optimize(query, &context)?;
    let (plan, bytes_processed) = physical::plan_with_bytes(&query, options)?;
    physical::limits::check(&plan)?;
    Ok(PlannedQuery { plan, bytes_processed })
}

fn on_large_stack<T: Send>(run: impl FnOnce() -> T + Send) -> Result<T, PlanError> {
    thread::scope(|scope| {
        let started = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, run);
        let thread =
            started.map_err(|error| PlanError::Internal(format!("no thread to plan on: {error}")))?;
        thread.join().map_err(|_| PlanError::Internal("planning panicked".into()))
    })
}

/// A relation or expression to be looked at.
enum Node<'q> {
    Relation(&'q Relation),
    Expr(&'q Expr),
}

/// How deep relations and expressions stand in one another. Walks in a loop: the tree may be deeper than the stack.
fn depth(relation: &Relation) -> usize {
    let mut deepest = 0;
    let mut open = vec![(Node::Relation(relation), 1)];
    while let Some((node, level)) = open.pop() {
        deepest = deepest.max(level);
        match node {
            Node::Relation(relation) => {
                open.extend(relation.inputs().into_iter().map(|input| (Node::Relation(input), level + 1)));
                open.extend(relation.exprs().into_iter().map(|expr| (Node::Expr(expr), level + 1)));
            }
            Node::Expr(expr) => {
                if let Expr::Subquery(subquery) = expr {
                    open.push((Node::Relation(&subquery.relation), level + 1));
                }
                open.extend(expr.children().into_iter().map(|child| (Node::Expr(child), level + 1)));
            }
        }
    }
    deepest
}
