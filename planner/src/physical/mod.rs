//! Makes a physical plan of an optimised query: operators, and the cut into fragments.
//!
//! Bottom up. Each relation becomes a [`stream::Stream`]: operators of the fragment under construction, and
//! where their rows are. An operator that needs its rows elsewhere ends the fragment with an exchange
//! and goes on in the next one (Graefe 1990, "Encapsulation of Parallelism in the Volcano Query Processing
//! System"). With one leaf every row is in one place already, so the whole query is one fragment
//! and the root only passes its rows on.

mod aggregate;
mod expression;
mod files;
mod join;
pub(crate) mod limits;
mod order;
mod recursive;
mod relation;
mod runtime_filter;
mod scan;
mod stream;
#[cfg(test)]
mod tests;
pub(crate) mod tree;
mod truncated;
mod window;

use std::collections::{HashMap, HashSet};

use canopy_exec::convert::type_to_proto;
use canopy_proto::plan;

use crate::algebra::{Column, ColumnId, Expr, Named, Query};
use crate::error::Result;
use crate::optimizer::Rules;
use crate::statistics::Estimate;
use stream::{Finished, Fragments, Location, Stream};

pub(crate) use expression::expression;

/// What the physical planner must know of the tree.
#[derive(Debug, Clone)]
pub struct PhysicalOptions {
    /// Leaves that can run tasks; with one, nothing is shuffled.
    pub leaf_count: u32,
    /// Tasks of a hash exchange's reader; 0 is one a leaf.
    pub partition_count: u32,
    /// Build sides up to this many bytes are broadcast rather than shuffled.
    pub broadcast_limit_bytes: u64,
    /// Aggregates of up to this many groups merge up the tree, others through a shuffle.
    pub tree_groups_max: u64,
    /// Which rewrites are made before.
    pub rules: Rules,
    /// Time, seed, snapshot and budget, written into the plan.
    pub context: plan::QueryContext,
}

impl Default for PhysicalOptions {
    fn default() -> Self {
        Self {
            leaf_count: 1,
            partition_count: 0,
            broadcast_limit_bytes: 64 << 20,
            tree_groups_max: 100_000,
            rules: Rules::default(),
            context: plan::QueryContext::default(),
        }
    }
}

/// Returns the physical plan of a query.
///
/// # Errors
/// [`crate::PlanError::Internal`] for a query that still holds subqueries or dependent joins, and
/// [`crate::PlanError::Unsupported`] for what no operator runs.
pub fn plan(query: &Query, options: &PhysicalOptions) -> Result<plan::Plan> {
    plan_with_bytes(query, options).map(|(plan, _)| plan)
}

/// As [`plan()`], with the bytes that its scans process at most.
pub(crate) fn plan_with_bytes(query: &Query, options: &PhysicalOptions) -> Result<(plan::Plan, u64)> {
    let partition_count = match options.partition_count {
        0 => options.leaf_count.max(1),
        count => count,
    };
    let mut planner = Planner {
        options,
        fragments: Fragments::new(query.ids.clone(), partition_count),
        shared: HashMap::new(),
        shared_read: HashSet::new(),
        bytes_processed: 0,
        rows_before: HashMap::new(),
        recursion_depth: 0,
    };
    let wanted: HashSet<ColumnId> = query.output.iter().map(|output| output.column.id).collect();
    let mut stream = planner.result(&query.relation, &wanted)?;
    // Inside a plan columns go by their ids; only here their order matters.
    let order = query.output.iter().map(|output| output.column.id);
    if !stream.columns.iter().map(|column| column.id).eq(order) {
        let passed = query
            .output
            .iter()
            .map(|output| Named { column: output.column.clone(), expr: Expr::Column(output.column.clone()) });
        stream = planner.arrange(stream, &passed.collect::<Vec<_>>())?;
    }
    let operator = stream.operator;
    let mut fragments = planner.fragments.finished;
    let id = fragments.last().map_or(0, |fragment| fragment.id) + 1;
    fragments.push(plan::Fragment {
        id,
        root: Some(operator),
        placement: plan::Placement::Root as i32,
        output: Some(plan::Exchange { kind: Some(plan::exchange::Kind::Gather(plan::Gather {})) }),
        mixer: None,
        partition_count: 0,
    });
    let output = query.output.iter().map(|output| plan::OutputColumn {
        column_id: output.column.id.0,
        name: output.name.clone(),
        r#type: Some(type_to_proto(&output.column.data_type)),
        anonymous: output.anonymous,
    });
    let plan = plan::Plan { context: Some(options.context.clone()), fragments, output: output.collect() };
    Ok((plan, planner.bytes_processed))
}

/// The state of planning one query.
struct Planner<'o> {
    options: &'o PhysicalOptions,
    fragments: Fragments,
    /// Shared rows by the id of their `With`.
    shared: HashMap<u32, Finished>,
    /// Which of them have a reader already.
    shared_read: HashSet<u32>,
    /// Bytes of the columns that scans read.
    bytes_processed: u64,
    /// The recursions around, and the columns of their rows before.
    rows_before: HashMap<u32, Vec<Column>>,
    /// How many recursions are around: within them all rows are in one place.
    recursion_depth: u32,
}

impl Planner<'_> {
    /// True when rows are spread over several leaves.
    fn is_distributed(&self) -> bool {
        self.options.leaf_count > 1
    }

    /// Puts an operator on a stream; columns, location and order stay unless the caller changes them.
    fn push(
        &mut self,
        stream: Stream,
        estimate: Estimate,
        kind: impl FnOnce(Option<Box<plan::Operator>>) -> plan::operator::Kind,
    ) -> Stream {
        let kind = kind(Some(Box::new(stream.operator)));
        let operator = self.fragments.operator(estimate.rows, kind);
        Stream { operator, estimate, ..stream }
    }

    /// Returns a stream of literal rows.
    fn values(&mut self, columns: &[Column], rows: &[Vec<canopy_format::Value>]) -> Stream {
        let estimate = crate::statistics::values(columns, rows.len());
        let kind = plan::operator::Kind::Values(expression::values(columns, rows));
        Stream {
            operator: self.fragments.operator(rows.len() as f64, kind),
            columns: columns.to_vec(),
            location: Location::Everywhere,
            partition_count: 0,
            estimate,
            order: Vec::new(),
        }
    }
}
