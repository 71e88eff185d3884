//! WITH RECURSIVE: in one place, iteration by iteration.

use std::collections::HashSet;

use canopy_proto::plan::{self, operator::Kind};

use super::stream::{Location, Stream};
use super::{Planner, expression};
use crate::algebra::{Column, ColumnId, Expr, Named, Recursive, Relation};
use crate::error::Result;
use crate::statistics::ITERATIONS;

impl Planner<'_> {
    /// Returns the stream of a recursion's rows.
    pub(super) fn recursive(&mut self, recursive: &Recursive) -> Result<Stream> {
        // An iteration cannot send its rows away: what it reads of tables is brought to it.
        self.recursion_depth += 1;
        let base = self.branch(&recursive.base, &recursive.base_columns)?;
        let estimate = crate::statistics::values(&recursive.columns, 0)
            .with_unknown(&recursive.columns, base.estimate.rows * ITERATIONS);
        self.rows_before.insert(recursive.id, recursive.columns.clone());
        let step = self.branch(&recursive.step, &recursive.step_columns)?;
        self.rows_before.remove(&recursive.id);
        self.recursion_depth -= 1;
        let message = plan::Recursive {
            base: Some(Box::new(base.operator)),
            step: Some(Box::new(step.operator)),
            recursion_id: recursive.id,
            columns: expression::columns(&recursive.columns),
            distinct: recursive.distinct,
        };
        Ok(Stream {
            operator: self.fragments.operator(estimate.rows, Kind::Recursive(Box::new(message))),
            columns: recursive.columns.clone(),
            location: Location::Single,
            partition_count: 1,
            estimate,
            order: Vec::new(),
        })
    }

    /// Returns the rows of base or step, in the order of the recursion's columns.
    fn branch(&mut self, relation: &Relation, ids: &[ColumnId]) -> Result<Stream> {
        let needed: HashSet<ColumnId> = ids.iter().copied().collect();
        let stream = self.relation(relation, &needed, false)?;
        let stream = self.fragments.collect(stream);
        let mut columns = Vec::with_capacity(ids.len());
        for id in ids {
            let Some(source) = stream.columns.iter().find(|column| column.id == *id).cloned() else {
                return Err(crate::PlanError::Internal(format!("a recursion lacks column {}", id.0)));
            };
            let column = self.fragments.ids.column(source.name.clone(), source.data_type.clone());
            columns.push(Named { column, expr: Expr::Column(source) });
        }
        self.arrange(stream, &columns)
    }

    /// Returns the stream of the rows of the iteration before.
    pub(super) fn read_rows_before(&mut self, id: u32, columns: &[Column]) -> Stream {
        let estimate = crate::statistics::values(columns, 0).with_unknown(columns, ITERATIONS);
        let message = plan::RecursiveRead { recursion_id: id, columns: expression::columns(columns) };
        Stream {
            operator: self.fragments.operator(estimate.rows, Kind::RecursiveRead(message)),
            columns: columns.to_vec(),
            location: Location::Single,
            partition_count: 1,
            estimate,
            order: Vec::new(),
        }
    }
}
