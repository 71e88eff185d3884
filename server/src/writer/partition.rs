//! Rows apart by partition.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_format::{Batch, Schema};
use canopy_planner::partition::{Layout, Partitioning};

use super::PartitionId;

/// Tells the partition of each row.
pub(super) struct Partitioner {
    partitioning: Partitioning,
    /// Position of the partition column.
    column: usize,
    /// Names of partitions by their unit, those that were met.
    names: HashMap<Option<i64>, Arc<str>>,
}

impl Partitioner {
    /// Returns a partitioner; None for a table without partitions.
    pub(super) fn new(layout: &Layout, schema: &Schema) -> Option<Self> {
        let partitioning = layout.partitioning.clone()?;
        let column = schema.fields.iter().position(|field| field.id == partitioning.field)?;
        Some(Self { partitioning, column, names: HashMap::new() })
    }

    /// Returns the rows of each partition, those of one in their order.
    pub(super) fn split(&mut self, batch: Batch) -> Vec<(PartitionId, Batch)> {
        let mut rows: Vec<(Arc<str>, Vec<u32>)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        let mut last: Option<(Option<i64>, usize)> = None;
        for (row, value) in batch.column(self.column).iter_values().enumerate() {
            let unit = self.partitioning.unit(&value);
            let place = match last {
                Some((known, place)) if known == unit => place,
                _ => {
                    let partitioning = &self.partitioning;
                    let name = self.names.entry(unit).or_insert_with(|| partitioning.id(unit).into());
                    *places.entry(name.clone()).or_insert_with(|| {
                        rows.push((name.clone(), Vec::new()));
                        rows.len() - 1
                    })
                }
            };
            last = Some((unit, place));
            rows[place].1.push(row as u32);
        }
        if let [(only, _)] = rows.as_slice() {
            return vec![(Some(only.clone()), batch)];
        }
        let gathered = |rows: &[u32]| {
            let columns = batch.columns().iter().map(|column| column.gather(rows)).collect();
            Batch::new(columns, rows.len())
        };
        rows.iter().map(|(name, rows)| (Some(name.clone()), gathered(rows))).collect()
    }
}
