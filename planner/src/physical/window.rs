//! Window functions: rows of a partition are brought to one task, which sorts them once for all calls.

use std::collections::HashSet;

use canopy_exec::convert::value_to_proto;
use canopy_proto::plan::{self, FrameBoundKind, operator::Kind};

use super::relation::with;
use super::stream::{Location, Stream};
use super::{Planner, expression};
use crate::algebra::{ColumnId, Expr, FrameBound, FrameUnit, Window, WindowCall, WindowFrame};
use crate::error::{PlanError, Result};
use crate::statistics;

impl Planner<'_> {
    /// Returns the stream of a window's rows with the wanted calls' columns.
    pub(super) fn window(
        &mut self,
        window: &Window,
        wanted: &HashSet<ColumnId>,
        top: bool,
    ) -> Result<Stream> {
        let calls: Vec<&WindowCall> =
            window.calls.iter().filter(|call| wanted.contains(&call.call.output.id)).collect();
        let mut needed = wanted.clone();
        window.outputs().for_each(|output| {
            needed.remove(&output.id);
        });
        if calls.is_empty() {
            return self.relation(&window.input, &needed, top);
        }
        let keys = window.partition_by.iter().chain(window.order_by.iter().map(|key| &key.expr));
        let needed = with(&needed, keys.chain(calls.iter().flat_map(|call| call.call.exprs())));
        let input = self.relation(&window.input, &needed, top)?;
        let input = self.fragments.narrow(input, &needed);
        let (input, partition_by) = self.by_partition(input, &window.partition_by)?;
        let message = plan::Window {
            input: None,
            partition_by: expression::expressions(&partition_by)?,
            order_by: expression::sort_keys(&window.order_by)?,
            calls: calls.iter().map(|call| call_message(call)).collect::<Result<_>>()?,
        };
        let outputs = calls.iter().map(|call| &call.call.output);
        let estimate = statistics::window(input.estimate.clone(), outputs.clone());
        let mut columns = input.columns.clone();
        columns.extend(outputs.cloned());
        let stream =
            self.push(input, estimate, |input| Kind::Window(Box::new(plan::Window { input, ..message })));
        Ok(Stream { columns, order: Vec::new(), ..stream })
    }

    /// Brings the rows of each partition to one task; returns the keys as they are there.
    fn by_partition(&mut self, input: Stream, keys: &[Expr]) -> Result<(Stream, Vec<Expr>)> {
        let within = match &input.location {
            Location::Hash(ids) if !ids.is_empty() => {
                ids.iter().all(|id| keys.iter().any(|key| key.as_column() == Some(*id)))
            }
            _ => input.is_whole(),
        };
        if within {
            return Ok((input, keys.to_vec()));
        }
        if keys.is_empty() {
            return Ok((self.fragments.collect(input), Vec::new()));
        }
        let (input, columns) = self.as_columns(input, keys)?;
        let ids: Vec<ColumnId> = columns.iter().map(|column| column.id).collect();
        let keys = columns.into_iter().map(Expr::Column).collect();
        Ok((self.fragments.hash(input, &ids), keys))
    }
}

fn call_message(call: &WindowCall) -> Result<plan::WindowCall> {
    let count = u32::try_from(call.order_key_count);
    Ok(plan::WindowCall {
        call: Some(expression::aggregate_call(&call.call)?),
        order_key_count: count.map_err(|_| PlanError::Internal("a window of too many sort keys".into()))?,
        frame: call.frame.as_ref().map(frame_message),
    })
}

fn frame_message(frame: &WindowFrame) -> plan::WindowFrame {
    let unit = match frame.unit {
        FrameUnit::Rows => plan::FrameUnit::Rows,
        FrameUnit::Range => plan::FrameUnit::Range,
    };
    plan::WindowFrame {
        unit: unit as i32,
        start: Some(bound_message(&frame.start)),
        end: Some(bound_message(&frame.end)),
    }
}

fn bound_message(bound: &FrameBound) -> plan::FrameBound {
    let (kind, offset) = match bound {
        FrameBound::UnboundedPreceding => (FrameBoundKind::UnboundedPreceding, None),
        FrameBound::Preceding(offset) => (FrameBoundKind::Preceding, Some(offset)),
        FrameBound::CurrentRow => (FrameBoundKind::CurrentRow, None),
        FrameBound::Following(offset) => (FrameBoundKind::Following, Some(offset)),
        FrameBound::UnboundedFollowing => (FrameBoundKind::UnboundedFollowing, None),
    };
    plan::FrameBound { kind: kind as i32, offset: offset.map(value_to_proto) }
}
