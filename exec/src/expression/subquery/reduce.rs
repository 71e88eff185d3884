//! Aggregates over a row's elements, and an expression over them.

use std::collections::HashMap;

use canopy_format::vector::concat;
use canopy_format::{Batch, DataType, Vector};
use canopy_proto::plan;

use super::super::compile::invalid;
use super::super::{EvalContext, Layout, Predicate, Program};
use super::order::{self, Direction};
use crate::aggregate::{AggregateFunction, AggregateStates};
use crate::convert::type_from_proto;
use crate::function::{self, Implementation, same_shape};
use crate::kernel::compare::equal_rows;
use crate::kernel::hash::hash_vector;
use crate::{ExecError, Result};

/// The aggregates of a subquery and the expression over them.
pub(super) struct Reduce {
    calls: Vec<Call>,
    /// Over the outer row and the calls' results.
    result: Program,
}

struct Call {
    function: Box<dyn AggregateFunction>,
    /// The arguments, then the sort keys.
    program: Program,
    arguments: usize,
    directions: Vec<Direction>,
    distinct: bool,
    ignore_nulls: bool,
    limit: Option<usize>,
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
        let running = self.calls.iter().map(|call| {
            let mut states = call.function.new_states();
            states.resize(rows);
            Running { states, kept: vec![Vec::new(); call.program.types().len()], groups: Vec::new() }
        });
        Reducing { plan: self, running: running.collect() }
    }
}

impl Call {
    fn compile(message: &plan::AggregateCall, layout: &Layout) -> Result<Self> {
        let Some(found) = function::find(&message.function) else {
            return invalid(format!("unknown function {}", message.function));
        };
        let Implementation::Aggregate(factory) = &found.implementation else {
            return invalid(format!("{} is not an aggregate function", found.name));
        };
        let (keys, directions) = order::keys(&message.order_by)?;
        let arguments = message.arguments.len();
        let expressions: Vec<plan::Expression> = message.arguments.iter().cloned().chain(keys).collect();
        let program = Program::compile(&expressions, layout)?;
        let types = program.types();
        let function = factory(&types[..arguments])?;
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
            arguments,
            directions,
            distinct: message.distinct,
            ignore_nulls: message.null_handling == 1,
            limit: message.limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            filter: filter.transpose()?,
            declared,
        })
    }

    /// True when elements can go to the states as they come.
    fn streams(&self) -> bool {
        !self.distinct && self.limit.is_none() && self.directions.is_empty()
    }
}

/// A reduction under way.
pub(super) struct Reducing<'a> {
    plan: &'a Reduce,
    running: Vec<Running>,
}

struct Running {
    states: Box<dyn AggregateStates>,
    /// Arguments and keys of elements that wait for DISTINCT, ORDER BY or LIMIT.
    kept: Vec<Vec<Vector>>,
    groups: Vec<u32>,
}

impl Reducing<'_> {
    /// Adds a batch of elements.
    pub fn add(&mut self, batch: &Batch, groups: &[u32], context: &EvalContext) -> Result<()> {
        for (call, running) in self.plan.calls.iter().zip(&mut self.running) {
            let (batch, groups) = filtered(call, batch, groups, context)?;
            let mut vectors = call.program.evaluate(&batch, context)?;
            let mut groups = groups;
            if call.ignore_nulls && call.arguments > 0 && vectors[0].null_count() > 0 {
                let rows: Vec<u32> =
                    (0..groups.len() as u32).filter(|&row| !vectors[0].is_null(row as usize)).collect();
                groups = rows.iter().map(|&row| groups[row as usize]).collect();
                vectors = vectors.iter().map(|vector| vector.gather(&rows)).collect();
            }
            if groups.is_empty() {
                continue;
            }
            if call.streams() {
                running.states.update(&vectors, &groups)?;
                continue;
            }
            for (kept, vector) in running.kept.iter_mut().zip(vectors) {
                kept.push(vector);
            }
            running.groups.extend(groups);
        }
        Ok(())
    }

    /// The result for every outer row.
    pub fn finish(self, outer: Vec<Vector>, rows: usize, context: &EvalContext) -> Result<Vector> {
        let mut columns = outer;
        for (call, mut running) in self.plan.calls.iter().zip(self.running) {
            running.settle(call, context)?;
            let result = running.states.finish(0, rows)?;
            if result.len() != rows {
                return Err(ExecError::Internal("an aggregate gave another number of groups".into()));
            }
            columns.push(super::super::retype::retype(result, &call.declared));
        }
        Ok(self.plan.result.evaluate(&Batch::new(columns, rows), context)?.remove(0))
    }
}

impl Running {
    /// Gives the states what was kept: distinct, in order, cut by the limit.
    fn settle(&mut self, call: &Call, context: &EvalContext) -> Result<()> {
        if self.groups.is_empty() {
            return Ok(());
        }
        let types = call.program.types();
        let vectors: Vec<Vector> =
            types.iter().zip(&self.kept).map(|(data_type, parts)| concat(data_type, parts)).collect();
        let (arguments, keys) = vectors.split_at(call.arguments);
        let mut rows: Vec<u32> = (0..self.groups.len() as u32).collect();
        if call.distinct {
            rows = self.distinct(arguments, context);
        }
        if !keys.is_empty() {
            rows.sort_by(|&a, &b| {
                let group = self.groups[a as usize].cmp(&self.groups[b as usize]);
                group.then_with(|| order::compare(keys, &call.directions, a, b))
            });
        }
        if let Some(limit) = call.limit {
            let mut taken = HashMap::new();
            rows.retain(|&row| {
                let count = taken.entry(self.groups[row as usize]).or_insert(0usize);
                *count += 1;
                *count <= limit
            });
        }
        let arguments: Vec<Vector> = arguments.iter().map(|argument| argument.gather(&rows)).collect();
        let groups: Vec<u32> = rows.iter().map(|&row| self.groups[row as usize]).collect();
        self.states.update(&arguments, &groups)
    }

    /// The first row of every distinct pair of outer row and arguments.
    fn distinct(&self, arguments: &[Vector], context: &EvalContext) -> Vec<u32> {
        let mut hashes: Vec<u64> = self.groups.iter().map(|&group| group as u64).collect();
        arguments.iter().for_each(|argument| hash_vector(context.tier(), argument, &mut hashes));
        let mut seen: HashMap<u64, Vec<u32>> = HashMap::new();
        let same = |a: u32, b: u32| {
            self.groups[a as usize] == self.groups[b as usize]
                && arguments.iter().all(|argument| equal_rows(argument, a as usize, argument, b as usize))
        };
        let mut rows = Vec::new();
        for row in 0..self.groups.len() as u32 {
            let known = seen.entry(hashes[row as usize]).or_default();
            if !known.iter().any(|&other| same(other, row)) {
                known.push(row);
                rows.push(row);
            }
        }
        rows
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
