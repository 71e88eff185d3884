//! ARRAY(SELECT ...) and scalar subqueries: the elements' values, in order, cut by LIMIT and OFFSET.

use std::sync::Arc;

use canopy_format::vector::concat;
use canopy_format::{Batch, Bitmap, BufferMut, DataType, ListVector, Values, Vector};
use canopy_proto::plan;

use super::super::compile::invalid;
use super::super::{EvalContext, Layout, Program};
use super::order::{self, Direction};
use crate::function::same_shape;
use crate::{ExecError, Result};

/// What is collected of each element, and in which order.
pub(super) struct Collect {
    /// Gives the value, then the sort keys.
    pub program: Program,
    directions: Vec<Direction>,
    limit: usize,
    offset: usize,
    element: DataType,
}

impl Collect {
    /// Returns the collection of `element` values over the layout.
    pub fn compile(message: &plan::Collect, element: &DataType, layout: &Layout) -> Result<Self> {
        let Some(value) = &message.value else { return invalid("collection of no value") };
        let (keys, directions) = order::keys(&message.order_by)?;
        let mut expressions = vec![(**value).clone()];
        expressions.extend(keys);
        let program = Program::compile(&expressions, layout)?;
        let found = &program.types()[0];
        if !same_shape(found, element) {
            return invalid(format!("a collected value is {found}, not {element}"));
        }
        let bounded = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self {
            program,
            directions,
            limit: message.limit.map_or(usize::MAX, bounded),
            offset: bounded(message.offset),
            element: element.clone(),
        })
    }

    /// Returns an empty collection.
    pub fn start(&self) -> Collecting<'_> {
        Collecting { plan: self, parts: vec![Vec::new(); self.program.types().len()], groups: Vec::new() }
    }
}

/// Values collected so far: outer rows ascend.
pub(super) struct Collecting<'a> {
    plan: &'a Collect,
    parts: Vec<Vec<Vector>>,
    groups: Vec<u32>,
}

impl Collecting<'_> {
    /// Adds a batch of elements.
    pub fn add(&mut self, batch: &Batch, groups: &[u32], context: &EvalContext) -> Result<()> {
        for (parts, vector) in self.parts.iter_mut().zip(self.plan.program.evaluate(batch, context)?) {
            parts.push(vector);
        }
        self.groups.extend(groups);
        Ok(())
    }

    /// All values in order of outer row and keys, and how many rows each outer row keeps.
    fn ordered(&self, rows: usize) -> (Vector, Vec<u32>, Vec<u32>) {
        let types = self.plan.program.types();
        let joined = |index: usize| concat(&types[index], &self.parts[index]);
        let values = super::super::retype::retype(joined(0), &self.plan.element);
        let keys: Vec<Vector> = (1..types.len()).map(joined).collect();
        let mut order: Vec<u32> = (0..self.groups.len() as u32).collect();
        if !keys.is_empty() {
            // Rows come grouped: a stable sort within each group keeps them so.
            order.sort_by(|&a, &b| {
                let group = self.groups[a as usize].cmp(&self.groups[b as usize]);
                group.then_with(|| order::compare(&keys, &self.plan.directions, a, b))
            });
        }
        let mut kept = Vec::with_capacity(order.len());
        let mut counts = vec![0u32; rows];
        let mut seen = vec![0usize; if self.plan.offset > 0 { rows } else { 0 }];
        for row in order {
            let group = self.groups[row as usize] as usize;
            if let Some(seen) = seen.get_mut(group) {
                *seen += 1;
                if *seen <= self.plan.offset {
                    continue;
                }
            }
            if (counts[group] as usize) < self.plan.limit {
                counts[group] += 1;
                kept.push(row);
            }
        }
        (values, kept, counts)
    }

    /// The ARRAY of each outer row; empty for rows without elements.
    pub fn arrays(&self, rows: usize) -> Result<Vector> {
        let (values, kept, counts) = self.ordered(rows);
        let mut offsets = BufferMut::with_capacity(rows + 1);
        offsets.push(0u32);
        let mut end = 0;
        for count in counts {
            end += count;
            offsets.push(end);
        }
        let list = ListVector { offsets: offsets.freeze(), child: Arc::new(values.gather(&kept).flatten()) };
        Ok(Vector::flat(DataType::array(self.plan.element.clone()), Values::List(list), None))
    }

    /// The one value of each outer row; NULL for rows without elements.
    pub fn scalars(&self, rows: usize) -> Result<Vector> {
        let (values, kept, counts) = self.ordered(rows);
        if counts.iter().any(|&count| count > 1) {
            return Err(ExecError::Evaluation("Scalar subquery produced more than one element".into()));
        }
        if kept.is_empty() {
            return Ok(Vector::nulls(self.plan.element.clone(), rows));
        }
        let mut next = kept.iter();
        let places: Vec<u32> =
            counts.iter().map(|&count| if count == 1 { *next.next().unwrap_or(&0) } else { 0 }).collect();
        let present: Bitmap = counts.iter().map(|&count| count == 1).collect();
        let all = present.count_ones() == rows;
        Ok(crate::function::structure::masked(&values.gather(&places), (!all).then_some(&present)))
    }
}
