//! What a server takes of a plan: more is refused here, where the query can still be told to be at fault.

use canopy_exec::{OPERATOR_DEPTH_MAX, OPERATORS_MAX};
use canopy_proto::plan;

use super::tree::inputs;
use crate::error::{PlanError, Result};

/// Checks every fragment's operators, as the executor will. Walks in a loop: the tree may be deeper than the stack.
///
/// # Errors
/// [`PlanError::TooLarge`].
pub(crate) fn check(plan: &plan::Plan) -> Result<()> {
    for fragment in &plan.fragments {
        let mut count = 0;
        let mut open: Vec<(&plan::Operator, usize)> = fragment.root.iter().map(|root| (root, 1)).collect();
        while let Some((operator, depth)) = open.pop() {
            count += 1;
            if depth > OPERATOR_DEPTH_MAX {
                let what = format!("its plan nests deeper than {OPERATOR_DEPTH_MAX} operators");
                return Err(PlanError::TooLarge(what));
            }
            if count > OPERATORS_MAX {
                return Err(PlanError::TooLarge(format!("its plan has more than {OPERATORS_MAX} operators")));
            }
            open.extend(inputs(operator).into_iter().map(|input| (input, depth + 1)));
        }
    }
    Ok(())
}
