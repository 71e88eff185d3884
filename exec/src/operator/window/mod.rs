//! Window functions: rows are partitioned and sorted, each row's frame is found, and each call computes a
//! value a row over it (Leis et al., "Efficient Processing of Window Functions in Analytical SQL
//! Queries", VLDB 2015).
//!
//! [`sink`] keeps the rows, cuts them into parts by the hash of their partition keys and puts each part in
//! order ([`order`]); parts are the unit of parallel work, and where there is one part only its calls
//! and columns are. [`frame`] finds the frames, [`range`] those with distances in the sort key. Functions that
//! are no aggregates stand in the catalog; aggregates run over frames as [`aggregate`] chooses.

mod aggregate;
mod frame;
mod order;
mod range;
mod sink;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use canopy_format::{DataType, Vector};
use canopy_proto::plan;

pub(crate) use sink::WindowSink;

use self::frame::FrameSpec;
use super::key::KeyLayout;
use super::sort::SortPlan;
use super::{Columns, FragmentContext, required};
use crate::aggregate::{AggregateFunction, CallShape};
use crate::convert::type_from_proto;
use crate::expression::{Layout, Program};
use crate::function::window::{RowOrder, WindowFunction, WindowInput};
use crate::memory::Reservation;
use crate::{ExecError, Result};

/// Most calls of one window operator.
const CALLS_MAX: usize = 10_000;

/// A validated and compiled window operator.
pub(crate) struct WindowPlan {
    /// None without PARTITION BY.
    partition: Option<(Program, KeyLayout)>,
    /// The order, its longest form first, then the prefixes that some calls have.
    orders: Vec<Arc<SortPlan>>,
    /// What arguments and frames need beside the input's columns.
    computed: Program,
    calls: Vec<Call>,
    /// Types of the rows that are kept: the input's columns, then what is computed.
    kept_types: Vec<DataType>,
    input_count: usize,
    output: Columns,
}

/// One call.
struct Call {
    function: Function,
    name: String,
    distinct: bool,
    /// Positions among the kept columns.
    arguments: Vec<usize>,
    filter: Option<usize>,
    ignore_nulls: Option<bool>,
    /// Which of [`WindowPlan::orders`].
    order: usize,
    frame: FrameSpec,
}

enum Function {
    Aggregate(Box<dyn AggregateFunction>),
    Window(Box<dyn WindowFunction>),
}

/// Gathers the expressions of calls; plain columns of the input are not computed again.
struct Slots<'a> {
    layout: &'a Layout,
    expressions: Vec<plan::Expression>,
}

impl Slots<'_> {
    /// Returns the position of the expression among the kept columns.
    fn add(&mut self, expression: &plan::Expression) -> usize {
        if let Some(plan::expression::Kind::Column(id)) = &expression.kind
            && let Some((position, _)) = self.layout.find(*id)
        {
            return position;
        }
        let known = self.expressions.iter().position(|other| other == expression);
        let index = known.unwrap_or_else(|| {
            self.expressions.push(expression.clone());
            self.expressions.len() - 1
        });
        self.layout.len() + index
    }
}

impl WindowPlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(message: &plan::Window, input: &Layout) -> Result<Arc<Self>> {
        if message.calls.len() > CALLS_MAX {
            return Err(ExecError::InvalidPlan(format!("window with more than {CALLS_MAX} calls")));
        }
        let partition = match message.partition_by.as_slice() {
            [] => None,
            keys => {
                let program = Program::compile(keys, input)?;
                let layout = KeyLayout::for_groups(program.types())?;
                Some((program, layout))
            }
        };
        let mut slots = Slots { layout: input, expressions: Vec::new() };
        let mut order_counts = vec![message.order_by.len()];
        let mut output = input.columns().to_vec();
        let mut calls = Vec::with_capacity(message.calls.len());
        for call in &message.calls {
            let compiled = compile_call(call, &message.order_by, &mut slots, &mut order_counts)?;
            let aggregate = required(&call.call, "call of a window")?;
            output.push((aggregate.output_id, compiled.function.return_type()));
            calls.push(compiled);
        }
        let orders = order_counts
            .iter()
            .map(|&count| SortPlan::new(&message.order_by[..count], input))
            .collect::<Result<Vec<_>>>()?;
        let computed = Program::compile(&slots.expressions, input)?;
        let mut kept_types: Vec<DataType> = input.columns().iter().map(|(_, t)| t.clone()).collect();
        kept_types.extend(computed.types());
        Ok(Arc::new(Self {
            partition,
            orders,
            computed,
            calls,
            kept_types,
            input_count: input.len(),
            output,
        }))
    }

    /// The columns of the result.
    pub(crate) fn output_layout(&self) -> Layout {
        Layout::new(self.output.clone())
    }

    /// The values of one call for the rows of one part, in order.
    fn evaluate(
        &self,
        call: &Call,
        orders: &[RowOrder],
        columns: &dyn Fn(usize) -> Vector,
        context: &FragmentContext,
        memory: &mut Reservation,
    ) -> Result<Vector> {
        context.cancel.check()?;
        let order = &orders[call.order];
        let frames = frame::frames(&call.frame, order, columns)?;
        memory.grow_by((frames.starts.len() + frames.ends.len()) * 4)?;
        let arguments: Vec<Vector> = call.arguments.iter().map(|&slot| columns(slot)).collect();
        match &call.function {
            Function::Window(function) => function.evaluate(&WindowInput {
                arguments: &arguments,
                order,
                frames: &frames,
                ignore_nulls: call.ignore_nulls,
            }),
            Function::Aggregate(function) => {
                let kept = aggregate::kept(call.filter.map(columns), call.ignore_nulls, &arguments)?;
                let call = aggregate::Aggregation {
                    function: &**function,
                    name: &call.name,
                    distinct: call.distinct,
                    cancel: &context.cancel,
                    memory,
                };
                match kept {
                    None => call.evaluate(&arguments, order, &frames),
                    Some(kept) => {
                        let arguments: Vec<Vector> =
                            arguments.iter().map(|argument| argument.gather(&kept)).collect();
                        let (order, frames) = aggregate::compress(&kept, order, &frames);
                        call.evaluate(&arguments, &order, &frames)
                    }
                }
            }
        }
    }
}

impl Function {
    fn return_type(&self) -> DataType {
        match self {
            Function::Aggregate(function) => function.return_type(),
            Function::Window(function) => function.return_type(),
        }
    }
}

fn compile_call(
    message: &plan::WindowCall,
    order_by: &[plan::SortKey],
    slots: &mut Slots<'_>,
    order_counts: &mut Vec<usize>,
) -> Result<Call> {
    let call = required(&message.call, "call of a window")?;
    let types = call
        .arguments
        .iter()
        .map(|argument| type_from_proto(required(&argument.r#type, "type of an expression")?))
        .collect::<Result<Vec<DataType>>>()?;
    if !call.order_by.is_empty() || call.limit.is_some() {
        return Err(ExecError::InvalidPlan(
            "a window call with ORDER BY or LIMIT among its arguments".into(),
        ));
    }
    let is_window = crate::function::find(&call.function)
        .is_some_and(|function| function.kind == crate::function::FunctionKind::Window);
    let function = match is_window {
        true if call.distinct || call.filter.is_some() => {
            return Err(ExecError::InvalidPlan(format!("{} takes no DISTINCT or filter", call.function)));
        }
        true => Function::Window(crate::function::window::prepare(&call.function, &types)?),
        false => {
            let shape = CallShape { arguments: types, distinct: call.distinct, ..CallShape::default() };
            Function::Aggregate(crate::aggregate::prepare(&call.function, &shape)?)
        }
    };
    let count = message.order_key_count as usize;
    let Some(keys) = order_by.get(..count) else {
        return Err(ExecError::InvalidPlan(format!(
            "a window call by {count} of {} sort keys",
            order_by.len()
        )));
    };
    let order = order_counts.iter().position(|known| *known == count).unwrap_or_else(|| {
        order_counts.push(count);
        order_counts.len() - 1
    });
    let frame = FrameSpec::new(message.frame.as_ref(), keys, &mut |expression| slots.add(expression))?;
    Ok(Call {
        function,
        name: call.function.clone(),
        distinct: call.distinct,
        arguments: call.arguments.iter().map(|argument| slots.add(argument)).collect(),
        filter: call.filter.as_ref().map(|filter| slots.add(filter)),
        ignore_nulls: match call.null_handling {
            0 => None,
            handling => Some(handling == 1),
        },
        order,
        frame,
    })
}
