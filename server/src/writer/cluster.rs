//! Rows in the order of a table's CLUSTER BY columns.

use std::cmp::Ordering;

use canopy_exec::kernel::compare::compare_values;
use canopy_format::vector::concat;
use canopy_format::{Batch, Schema, Value, Vector};
use canopy_planner::partition::Layout;

/// Sorts rows by some of their columns, NULL first.
pub(super) struct Clustering {
    /// Positions of the columns.
    columns: Vec<usize>,
}

impl Clustering {
    /// Returns a clustering; None for a table without clusters.
    pub(super) fn new(layout: &Layout, schema: &Schema) -> Option<Self> {
        let position =
            |name: &String| schema.fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
        let columns: Vec<usize> = layout.cluster_by.iter().filter_map(position).collect();
        (!columns.is_empty()).then_some(Self { columns })
    }

    /// Returns the rows of all batches, sorted.
    pub(super) fn sorted(&self, batches: Vec<Batch>) -> Batch {
        let rows: usize = batches.iter().map(Batch::rows).sum();
        let Some(first) = batches.first() else { return Batch::new(Vec::new(), 0) };
        let whole = |at: usize| -> Vector {
            let parts: Vec<Vector> = batches.iter().map(|batch| batch.column(at).clone()).collect();
            concat(first.column(at).data_type(), &parts)
        };
        let columns: Vec<Vector> = (0..first.columns().len()).map(whole).collect();
        let keys: Vec<Vec<Value>> =
            self.columns.iter().map(|at| columns[*at].iter_values().collect()).collect();
        let mut order: Vec<u32> = (0..rows as u32).collect();
        order.sort_by(|a, b| {
            let of = |key: &Vec<Value>| compare(&key[*a as usize], &key[*b as usize]);
            keys.iter().map(of).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
        });
        Batch::new(columns.iter().map(|column| column.gather(&order)).collect(), rows)
    }
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => compare_values(a, b),
        (a, b) => b.cmp(&a),
    }
}
