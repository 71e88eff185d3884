//! Aggregates over a row's elements, and an expression over them.

use canopy_format::{Batch, DataType, Vector};
use canopy_proto::plan;

use super::super::compile::invalid;
use super::super::{EvalContext, Layout, Predicate, Program};
use super::order;
use crate::aggregate::{self, AggregateFunction, AggregateStates, CallShape, HavingKey, OrderKey};
use crate::convert::type_from_proto;
use crate::function::{self, same_shape};
use crate::{ExecError, Result};

/// The aggregates of a subquery and the expression over them.
pub(super) struct Reduce {
    calls: Vec<Call>,
    /// Over the outer row and the calls' results.
    result: Program,
}

struct Call {
    function: Box<dyn AggregateFunction>,
    /// The arguments, then the sort keys, then HAVING's key.
    program: Program,
    ignore_nulls: bool,
    filter: Option<Predicate>,
    declared: DataType,
}

impl Reduce {
    /// Returns the reduction: the calls see `inner`, the result sees `outer` and the calls.
    pub fn compile(
        message: &plan::Reduce,
        declared: &DataType,
        outer: &Layout,
        inner: &Layout,
    ) -> Result<Self> {
        let mut columns = outer.columns().to_vec();
        let mut calls = Vec::with_capacity(message.aggregates.len());
        for call in &message.aggregates {
            let compiled = Call::compile(call, inner)?;
            if columns.iter().any(|(id, _)| *id == call.output_id) {
                return invalid(format!("column id {} of an aggregate is taken", call.output_id));
            }
            columns.push((call.output_id, compiled.declared.clone()));
            calls.push(compiled);
        }
        let Some(result) = &message.result else { return invalid("reduction without a result") };
        let result = Program::compile(std::slice::from_ref(result), &Layout::new(columns))?;
        let found = &result.types()[0];
        if !same_shape(found, declared) {
            return invalid(format!("a reduction gives {found}, not {declared}"));
        }
        Ok(Self { calls, result })
    }

    /// All programs of the reduction.
    pub fn programs(&self) -> Vec<&Program> {
        let mut programs = vec![&self.result];
        for call in &self.calls {
            programs.push(&call.program);
            programs.extend(call.filter.iter().map(Predicate::program));
        }
        programs
    }

    /// Returns states for the rows.
    pub fn start(&self, rows: usize) -> Reducing<'_> {
        let states = self.calls.iter().map(|call| {
            let mut states = call.function.new_states();
            states.resize(rows);
            states
        });
        Reducing { plan: self, states: states.collect() }
    }
}

impl Call {
    fn compile(message: &plan::AggregateCall, layout: &Layout) -> Result<Self> {
        let Some(found) = function::find(&message.function) else {
            return invalid(format!("unknown function {}", message.function));
        };
        let (keys, directions) = order::keys(&message.order_by)?;
        let count = message.arguments.len();
        let having = message.having.as_ref().and_then(|having| having.key.clone());
        let expressions: Vec<plan::Expression> =
            message.arguments.iter().cloned().chain(keys).chain(having).collect();
        let program = Program::compile(&expressions, layout)?;
        let types = program.types();
        let order_by = types[count..].iter().zip(&directions).map(|(data_type, direction)| OrderKey {
            data_type: data_type.clone(),
            descending: direction.descending,
            nulls_last: direction.nulls_last,
        });
        let shape = CallShape {
            arguments: types[..count].to_vec(),
            distinct: message.distinct,
            order_by: order_by.collect(),
            limit: message.limit,
            having: message.having.as_ref().zip(types.last()).map(|(having, data_type)| HavingKey {
                data_type: data_type.clone(),
                greatest: having.greatest,
            }),
        };
        let function = aggregate::prepare(found.name, &shape)?;
        let declared = match &message.r#type {
            Some(declared) => type_from_proto(declared)?,
            None => return invalid("aggregate without a type"),
        };
        let given = function.return_type();
        if !same_shape(&given, &declared) {
            return invalid(format!("aggregate {} gives {given}, not {declared}", found.name));
        }
        let filter =
            message.filter.as_ref().map(|filter| Predicate::compile(std::slice::from_ref(filter), layout));
        Ok(Self {
            function,
            program,
            ignore_nulls: message.null_handling == 1 && count > 0,
            filter: filter.transpose()?,
            declared,
        })
    }
}

/// A reduction under way.
pub(super) struct Reducing<'a> {
    plan: &'a Reduce,
    states: Vec<Box<dyn AggregateStates>>,
}

impl Reducing<'_> {
    /// Adds a batch of elements.
    pub fn add(&mut self, batch: &Batch, groups: &[u32], context: &EvalContext) -> Result<()> {
        for (call, states) in self.plan.calls.iter().zip(&mut self.states) {
            let (batch, mut groups) = filtered(call, batch, groups, context)?;
            let mut vectors = call.program.evaluate(&batch, context)?;
            if call.ignore_nulls && vectors[0].null_count() > 0 {
                let rows: Vec<u32> =
                    (0..groups.len() as u32).filter(|&row| !vectors[0].is_null(row as usize)).collect();
                groups = rows.iter().map(|&row| groups[row as usize]).collect();
                vectors = vectors.iter().map(|vector| vector.gather(&rows)).collect();
            }
            if !groups.is_empty() {
                states.update(&vectors, &groups)?;
            }
        }
        Ok(())
    }

    /// The result for every outer row.
    pub fn finish(self, outer: Vec<Vector>, rows: usize, context: &EvalContext) -> Result<Vector> {
        let mut columns = outer;
        for (call, states) in self.plan.calls.iter().zip(self.states) {
            let result = states.finish(0, rows)?;
            if result.len() != rows {
                return Err(ExecError::Internal("an aggregate gave another number of groups".into()));
            }
            columns.push(super::super::retype::retype(result, &call.declared));
        }
        Ok(self.plan.result.evaluate(&Batch::new(columns, rows), context)?.remove(0))
    }
}

/// The elements that pass the call's own filter.
fn filtered(call: &Call, batch: &Batch, groups: &[u32], context: &EvalContext) -> Result<(Batch, Vec<u32>)> {
    let Some(filter) = &call.filter else { return Ok((batch.clone(), groups.to_vec())) };
    // Groups number the selected rows: carry them through the filter by position.
    let compact = batch.clone().compact();
    let selected = filter.select(compact, context)?;
    let groups = match selected.selection() {
        None => groups.to_vec(),
        Some(rows) => rows.iter().map(|&row| groups[row as usize]).collect(),
    };
    Ok((selected, groups))
}
