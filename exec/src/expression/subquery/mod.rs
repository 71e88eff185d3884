//! Subqueries over a row's own arrays, run as segmented reductions, never as joins.
//!
//! `(SELECT SUM(x) FROM UNNEST(items) x WHERE ...)`: the elements of a batch's arrays become rows of
//! element batches; columns of the outer row are carried along as dictionaries whose codes are the
//! outer row numbers, so that nothing is copied and functions of them run once an outer row. Elements
//! are filtered like any batch, then reduced with the outer row as the group.

mod collect;
mod expand;
mod order;
mod reduce;
#[cfg(test)]
mod tests;

use canopy_format::{Batch, DataType, Values, Vector};
use canopy_proto::plan::{self, array_subquery};

use self::collect::Collect;
use self::expand::Source;
use self::reduce::Reduce;
use super::compile::invalid;
use super::evaluate::Frame;
use super::{Layout, Predicate, Program};
use crate::Result;

use crate::kernel::bits::BitWords;

/// Deepest nesting of subqueries within subqueries.
const DEPTH_MAX: usize = 150;

/// A compiled subquery.
pub(super) struct Subquery {
    sources: Vec<Source>,
    filter: Option<Predicate>,
    result: Outcome,
    /// Types of the outer layout, in order.
    outer: Vec<DataType>,
    /// Outer columns that are read, by position.
    used: Vec<(usize, DataType)>,
}

enum Outcome {
    Exists,
    Reduce(Box<Reduce>),
    Array(Box<Collect>),
    Scalar(Box<Collect>),
}

impl Subquery {
    /// Returns the subquery compiled over the layout of the outer row.
    pub fn compile(
        message: &plan::ArraySubquery,
        declared: &DataType,
        layout: &Layout,
        depth: usize,
    ) -> Result<Self> {
        if depth > DEPTH_MAX {
            return invalid(format!("subqueries nested deeper than {DEPTH_MAX}"));
        }
        if message.sources.is_empty() {
            return invalid("array subquery without arrays");
        }
        let mut inner = layout.clone();
        let mut sources = Vec::with_capacity(message.sources.len());
        for source in &message.sources {
            let (source, grown) = Source::compile(source, inner)?;
            inner = grown;
            sources.push(source);
        }
        let filter =
            message.filter.as_ref().map(|filter| Predicate::compile(std::slice::from_ref(filter), &inner));
        let filter = filter.transpose()?;
        let result = match &message.result {
            Some(array_subquery::Result::Exists(_)) if *declared == DataType::Bool => Outcome::Exists,
            Some(array_subquery::Result::Exists(_)) => return invalid(format!("EXISTS of type {declared}")),
            Some(array_subquery::Result::Reduce(reduce)) => {
                Outcome::Reduce(Box::new(Reduce::compile(reduce, declared, layout, &inner)?))
            }
            Some(array_subquery::Result::Array(collect)) => match declared.element() {
                Some(element) => Outcome::Array(Box::new(Collect::compile(collect, element, &inner)?)),
                None => return invalid(format!("ARRAY subquery of type {declared}")),
            },
            Some(array_subquery::Result::Scalar(collect)) => {
                Outcome::Scalar(Box::new(Collect::compile(collect, declared, &inner)?))
            }
            None => return invalid("array subquery without a result"),
        };
        let outer: Vec<DataType> = layout.columns().iter().map(|(_, data_type)| data_type.clone()).collect();
        let mut subquery = Self { sources, filter, result, outer, used: Vec::new() };
        subquery.used = subquery.columns_below(layout.len());
        Ok(subquery)
    }

    /// The outer columns that any part reads.
    fn columns_below(&self, count: usize) -> Vec<(usize, DataType)> {
        let mut used: Vec<(usize, DataType)> = Vec::new();
        for program in self.programs() {
            for (position, data_type) in &program.columns {
                if *position < count && !used.iter().any(|(own, _)| own == position) {
                    used.push((*position, data_type.clone()));
                }
            }
        }
        used
    }

    fn programs(&self) -> Vec<&Program> {
        let mut programs: Vec<&Program> = self.sources.iter().map(|source| &source.array).collect();
        programs.extend(self.filter.iter().map(Predicate::program));
        match &self.result {
            Outcome::Exists => {}
            Outcome::Reduce(reduce) => programs.extend(reduce.programs()),
            Outcome::Array(collect) | Outcome::Scalar(collect) => programs.push(&collect.program),
        }
        programs
    }

    /// The outer columns that are read: positions and types.
    pub fn outer_columns(&self) -> &[(usize, DataType)] {
        &self.used
    }

    /// True when equal rows give equal results.
    pub fn is_deterministic(&self) -> bool {
        self.programs().iter().all(|program| program.is_deterministic())
    }

    /// The subquery's value for every row of the frame.
    pub fn evaluate(&self, frame: &Frame<'_>) -> Result<Vector> {
        // Columns that are not read are stood in for by NULLs, which weigh nothing.
        let mut outer: Vec<Vector> =
            self.outer.iter().map(|data_type| Vector::nulls(data_type.clone(), frame.rows)).collect();
        for (position, _) in &self.used {
            outer[*position] = frame.column(*position);
        }
        let rows = frame.rows;
        match &self.result {
            Outcome::Exists => {
                let mut found = BitWords::filled(false, rows);
                self.elements(frame, &outer, &mut |_, groups| {
                    groups.iter().for_each(|&group| found.set(group as usize));
                    Ok(())
                })?;
                Ok(Vector::flat(DataType::Bool, Values::Bool(found.finish()), None))
            }
            Outcome::Reduce(reduce) => {
                let mut running = reduce.start(rows);
                self.elements(frame, &outer, &mut |batch, groups| running.add(batch, groups, frame.context))?;
                running.finish(outer, rows, frame.context)
            }
            Outcome::Array(collect) => {
                let mut running = collect.start();
                self.elements(frame, &outer, &mut |batch, groups| running.add(batch, groups, frame.context))?;
                running.arrays(rows)
            }
            Outcome::Scalar(collect) => {
                let mut running = collect.start();
                self.elements(frame, &outer, &mut |batch, groups| running.add(batch, groups, frame.context))?;
                running.scalars(rows)
            }
        }
    }

    /// Gives `take` the elements that pass the filter, batch by batch, with the outer row of each.
    fn elements(
        &self,
        frame: &Frame<'_>,
        outer: &[Vector],
        take: &mut dyn FnMut(&Batch, &[u32]) -> Result<()>,
    ) -> Result<()> {
        let groups: Vec<u32> = (0..frame.rows as u32).collect();
        expand::expand(&self.sources, outer.to_vec(), &groups, frame.context, &mut |columns, groups| {
            let batch = Batch::new(columns, groups.len());
            let Some(filter) = &self.filter else { return take(&batch, groups) };
            let batch = filter.select(batch, frame.context)?;
            match batch.selection() {
                None => take(&batch, groups),
                Some(selection) => {
                    let groups: Vec<u32> = selection.iter().map(|&row| groups[row as usize]).collect();
                    take(&batch, &groups)
                }
            }
        })
    }
}
