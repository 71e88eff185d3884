//! The planner's back door: a bound query in, a physical plan out.

use canopy_proto::plan::Plan;

use crate::algebra::Query;
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

/// Optimizes a bound query and cuts it into fragments.
///
/// # Errors
/// [`PlanError::Unsupported`] names a construct that cannot run yet.
pub fn plan_query(query: Query, options: &PhysicalOptions) -> Result<PlannedQuery, PlanError> {
    let context = OptimizerContext { query: options.context.clone() };
    let query = optimize(query, &context)?;
    let (plan, bytes_processed) = physical::plan_with_bytes(&query, options)?;
    Ok(PlannedQuery { plan, bytes_processed })
}
