//! GROUP BY: rows or partial states in, groups out.
//!
//! Each worker groups what it sees in a table of its own ([`grouped`]). The phase PARTIAL streams: full
//! tables leave as partial states, and a table that does not reduce is given up for passing rows through
//! ([`partial`]). The other phases end in a sink that merges the workers' tables by ranges of hashes, all
//! workers at once ([`sink`]).

mod grouped;
mod grouper;
mod partial;
mod sink;
pub(crate) mod table;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

use canopy_format::{DataType, Vector};
use canopy_proto::plan::{self, AggregatePhase};

pub(crate) use partial::PartialFactory;
pub(crate) use sink::AggregateSink;

use super::key::KeyLayout;
use super::{Columns, column_expression};
use crate::aggregate::{AggregateFunction, CallShape, HavingKey, OrderKey, prepare};
use crate::convert::type_from_proto;
use crate::expression::{Layout, Program};
use crate::{ExecError, Result};

/// Most calls of one aggregate.
const CALLS_MAX: usize = 10_000;

/// A validated and compiled aggregate.
pub(crate) struct AggregatePlan {
    pub(crate) phase: AggregatePhase,
    /// None without keys.
    keys: Option<KeyLayout>,
    key_count: usize,
    /// Keys, then what the calls need.
    program: Program,
    calls: Vec<Call>,
    pub(crate) output: Columns,
}

struct Call {
    function: Box<dyn AggregateFunction>,
    /// Results of the program: arguments, sort keys and HAVING's key, or the one partial state.
    inputs: Range<usize>,
    /// Rows to take.
    filter: Option<usize>,
    /// Rows whose first argument is NULL are left out.
    ignore_nulls: bool,
}

/// True when rows, not states, come in.
fn takes_rows(phase: AggregatePhase) -> bool {
    matches!(phase, AggregatePhase::Single | AggregatePhase::Partial)
}

/// True when states, not results, go out.
fn gives_states(phase: AggregatePhase) -> bool {
    matches!(phase, AggregatePhase::Partial | AggregatePhase::Merge)
}

impl AggregatePlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(message: &plan::Aggregate, input: &Layout) -> Result<Arc<Self>> {
        let phase = message.phase();
        if phase == AggregatePhase::Unspecified {
            return Err(ExecError::InvalidPlan("aggregate without a phase".into()));
        }
        if message.calls.len() > CALLS_MAX {
            return Err(ExecError::InvalidPlan(format!("aggregate with more than {CALLS_MAX} calls")));
        }
        let mut expressions = Vec::new();
        let mut output = Vec::new();
        for key in &message.keys {
            let expression = super::required(&key.expression, "group key")?;
            output.push((key.column_id, expression_type(expression)?));
            expressions.push(expression.clone());
        }
        let key_types: Vec<DataType> = output.iter().map(|(_, data_type)| data_type.clone()).collect();
        let mut calls = Vec::with_capacity(message.calls.len());
        for call in &message.calls {
            let compiled = compile_call(call, phase, input, &mut expressions)?;
            let data_type = match gives_states(phase) {
                true => compiled.function.state_type(),
                false => compiled.function.return_type(),
            };
            output.push((call.output_id, data_type));
            calls.push(compiled);
        }
        Ok(Arc::new(Self {
            phase,
            keys: (!key_types.is_empty()).then(|| KeyLayout::for_groups(key_types)).transpose()?,
            key_count: message.keys.len(),
            program: Program::compile(&expressions, input)?,
            calls,
            output,
        }))
    }

    /// The columns of the result.
    pub(crate) fn output_layout(&self) -> Layout {
        Layout::new(self.output.clone())
    }
}

fn expression_type(expression: &plan::Expression) -> Result<DataType> {
    type_from_proto(super::required(&expression.r#type, "type of an expression")?)
}

fn compile_call(
    call: &plan::AggregateCall,
    phase: AggregatePhase,
    input: &Layout,
    expressions: &mut Vec<plan::Expression>,
) -> Result<Call> {
    let mut order_by = Vec::new();
    for key in &call.order_by {
        let data_type = expression_type(super::required(&key.expression, "sort key")?)?;
        super::sort::key::check_orderable(&data_type)?;
        order_by.push(OrderKey { data_type, descending: key.descending, nulls_last: key.nulls_last });
    }
    let shape = CallShape {
        arguments: call.arguments.iter().map(expression_type).collect::<Result<_>>()?,
        distinct: call.distinct,
        order_by,
        limit: call.limit,
        having: call.having.as_ref().map(having_key).transpose()?,
    };
    let function = prepare(&call.function, &shape)?;
    let start = expressions.len();
    if !takes_rows(phase) {
        let Some((_, found)) = input.find(call.output_id) else {
            return Err(ExecError::InvalidPlan(format!(
                "column {} with the partial state of {} is not there",
                call.output_id, call.function
            )));
        };
        let expected = function.state_type();
        if *found != expected {
            let text = format!("partial state of {} is {found}, expected {expected}", call.function);
            return Err(ExecError::InvalidPlan(text));
        }
        expressions.push(column_expression(call.output_id, found));
        return Ok(Call { function, inputs: start..start + 1, filter: None, ignore_nulls: false });
    }
    expressions.extend(call.arguments.iter().cloned());
    expressions.extend(call.order_by.iter().filter_map(|key| key.expression.clone()));
    expressions.extend(call.having.iter().filter_map(|having| having.key.clone()));
    let inputs = start..expressions.len();
    let filter = call.filter.as_ref().map(|filter| {
        expressions.push(filter.clone());
        expressions.len() - 1
    });
    // COUNT, SUM and the like leave NULLs out anyway; what collects values must be told.
    let ignore_nulls = call.null_handling == 1 && !call.arguments.is_empty();
    Ok(Call { function, inputs, filter, ignore_nulls })
}

fn having_key(having: &plan::AggregateHaving) -> Result<HavingKey> {
    let data_type = expression_type(super::required(&having.key, "key of HAVING")?)?;
    Ok(HavingKey { data_type, greatest: having.greatest })
}

/// Groups as rows: keys with their hashes, and the partial state of each call.
struct Chunk {
    keys: super::key::EncodedKeys,
    states: Vec<Vector>,
}
