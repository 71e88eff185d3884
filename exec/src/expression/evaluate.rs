//! Evaluating nodes over the rows of a batch, or over some of them.

use std::cell::RefCell;
use std::sync::Arc;

use canopy_format::vector::Form;
use canopy_format::{Bitmap, Dictionary, Vector};

use super::node::{CallNode, Kind};
use super::retype::retype;
use super::{EvalContext, Program, special};
use crate::Result;
use crate::function::Nulls;
use crate::function::call::Call;

/// A set of rows, and what has been computed on them. A special form makes a frame of those rows that
/// need a branch; such a frame takes what its parent has computed already.
pub(super) struct Frame<'a> {
    pub program: &'a Program,
    pub context: &'a EvalContext,
    /// Number of rows.
    pub rows: usize,
    source: Source<'a>,
    memo: RefCell<Vec<Option<Vector>>>,
}

enum Source<'a> {
    /// A batch's columns, and the rows of them if not all.
    Batch(&'a [Vector], Option<Vec<u32>>),
    /// Rows of another frame.
    Parent(&'a Frame<'a>, Vec<u32>),
}

impl<'a> Frame<'a> {
    /// A frame of `selection` of a batch, or of all its rows.
    pub fn root(
        program: &'a Program,
        columns: &'a [Vector],
        selection: Option<Vec<u32>>,
        physical_rows: usize,
        context: &'a EvalContext,
    ) -> Self {
        let rows = selection.as_ref().map_or(physical_rows, Vec::len);
        let memo = RefCell::new(vec![None; program.nodes.len()]);
        Self { program, context, rows, source: Source::Batch(columns, selection), memo }
    }

    /// A frame of some rows of this one.
    pub fn narrowed(&'a self, rows: Vec<u32>) -> Frame<'a> {
        Frame {
            program: self.program,
            context: self.context,
            rows: rows.len(),
            source: Source::Parent(self, rows),
            memo: RefCell::new(vec![None; self.program.nodes.len()]),
        }
    }

    /// The node's value in every row of the frame.
    pub fn evaluate(&self, node: usize) -> Result<Vector> {
        if let Some(known) = &self.memo.borrow()[node] {
            return Ok(known.clone());
        }
        let found = match self.inherited(node) {
            Some(found) => found,
            None => self.compute(node)?,
        };
        let found = retype(found, &self.program.nodes[node].data_type);
        self.memo.borrow_mut()[node] = Some(found.clone());
        Ok(found)
    }

    /// True when the node's value costs nothing here: on all rows rather than on some.
    pub fn is_known(&self, node: usize) -> bool {
        self.memo.borrow()[node].is_some()
            || matches!(self.program.nodes[node].kind, Kind::Column(_) | Kind::Constant(_))
    }

    fn inherited(&self, node: usize) -> Option<Vector> {
        let Source::Parent(parent, rows) = &self.source else { return None };
        if matches!(self.program.nodes[node].kind, Kind::Constant(_)) {
            return None;
        }
        let known = parent.memo.borrow()[node].clone();
        known.or_else(|| parent.inherited(node)).map(|known| known.gather(rows))
    }

    /// The batch's column at a position, in the rows of the frame.
    pub fn column(&self, position: usize) -> Vector {
        match &self.source {
            Source::Batch(columns, None) => columns[position].clone(),
            Source::Batch(columns, Some(rows)) => columns[position].gather(rows),
            Source::Parent(parent, rows) => parent.column(position).gather(rows),
        }
    }

    fn compute(&self, node: usize) -> Result<Vector> {
        let found = &self.program.nodes[node];
        match &found.kind {
            Kind::Column(position) => match &self.source {
                // Through the parent's node, so that a column is gathered once a frame.
                Source::Parent(parent, rows) => Ok(parent.evaluate(node)?.gather(rows)),
                Source::Batch(..) => Ok(self.column(*position)),
            },
            Kind::Constant(value) => Ok(Vector::constant(found.data_type.clone(), value.clone(), self.rows)),
            Kind::Call(call) => self.call(node, call),
            Kind::Special { form, arguments } => special::evaluate(self, *form, arguments, &found.data_type),
            Kind::Subquery(subquery) => subquery.evaluate(self),
        }
    }

    fn call(&self, node: usize, call: &CallNode) -> Result<Vector> {
        let arguments: Vec<Vector> =
            call.arguments.iter().map(|&argument| self.evaluate(argument)).collect::<Result<_>>()?;
        let deterministic = call.memo.is_enabled();
        if deterministic && arguments.iter().all(|argument| argument.as_constant().is_some()) {
            if self.rows == 0 {
                return Ok(Vector::nulls(self.program.nodes[node].data_type.clone(), 0));
            }
            let single: Vec<Vector> = arguments.iter().map(|argument| argument.slice(0, 1)).collect();
            let value = self.run(node, call, single, 1)?.value(0);
            return Ok(Vector::constant(self.program.nodes[node].data_type.clone(), value, self.rows));
        }
        if deterministic && let Some(peeled) = self.peel(node, call, &arguments)? {
            return Ok(peeled);
        }
        self.run(node, call, arguments, self.rows)
    }

    /// Runs the kernel on flat and constant arguments.
    fn run(&self, node: usize, call: &CallNode, mut arguments: Vec<Vector>, rows: usize) -> Result<Vector> {
        let data_type = &self.program.nodes[node].data_type;
        for argument in &mut arguments {
            if !matches!(argument.form(), Form::Flat { .. } | Form::Constant(_)) {
                *argument = argument.flatten();
            }
        }
        let mut validity: Option<Bitmap> = None;
        if call.nulls == Nulls::Propagate {
            for argument in &arguments {
                match argument.as_constant() {
                    Some(value) if value.is_null() => return Ok(Vector::nulls(data_type.clone(), rows)),
                    Some(_) => {}
                    None => validity = Bitmap::and_options(validity.as_ref(), argument.validity().as_ref()),
                }
            }
        }
        let result = (call.run)(&Call {
            arguments: &arguments,
            rows,
            return_type: data_type,
            context: self.context,
            errors: call.errors,
            validity,
            state: &call.state,
        })?;
        debug_assert_eq!(result.len(), rows, "a kernel gave another number of rows");
        Ok(result)
    }

    /// Runs a function of one dictionary argument and constants on the dictionary's entries: each entry
    /// once, and not again for the next batch of the same dictionary.
    fn peel(&self, node: usize, call: &CallNode, arguments: &[Vector]) -> Result<Option<Vector>> {
        let mut found = None;
        for (index, argument) in arguments.iter().enumerate() {
            match argument.form() {
                Form::Constant(_) => {}
                Form::Dictionary { codes, validity, dictionary } if found.is_none() => {
                    found = Some((index, codes, validity, dictionary));
                }
                _ => return Ok(None),
            }
        }
        let Some((index, codes, validity, dictionary)) = found else { return Ok(None) };
        if call.nulls == Nulls::Handled && validity.is_some() {
            return Ok(None);
        }
        // Other arguments are part of what the result depends on; literals are the same in every batch.
        let others_fixed = call.arguments.iter().enumerate().all(|(position, &argument)| {
            position == index || matches!(self.program.nodes[argument].kind, Kind::Constant(_))
        });
        let known = if others_fixed { call.memo.get(dictionary.id) } else { None };
        let result = match known {
            Some(result) => result,
            None => {
                let entries = dictionary.values.len();
                if entries > 2 * self.rows {
                    return Ok(None);
                }
                let over_entries: Vec<Vector> = arguments
                    .iter()
                    .enumerate()
                    .map(|(position, argument)| match (position == index, argument.as_constant()) {
                        (true, _) => dictionary.values.clone(),
                        (false, Some(value)) => {
                            Vector::constant(argument.data_type().clone(), value.clone(), entries)
                        }
                        (false, None) => argument.clone(),
                    })
                    .collect();
                // An entry that no row uses may fail: then the rows are computed one by one.
                let Ok(values) = self.run(node, call, over_entries, entries) else { return Ok(None) };
                let result: Arc<Dictionary> =
                    Dictionary::new(retype(values, &self.program.nodes[node].data_type));
                if others_fixed {
                    call.memo.put(dictionary.id, &result);
                }
                result
            }
        };
        Ok(Some(Vector::dictionary(codes.clone(), validity.clone(), result)))
    }
}
