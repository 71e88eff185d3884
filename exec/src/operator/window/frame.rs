//! Frames: for each row the range of rows that its call sees.

use canopy_format::{DataType, Value, Vector};
use canopy_proto::plan::{self, FrameBoundKind, FrameUnit};

use super::range::{self, RangeKey};
use crate::convert::{type_from_proto, value_from_proto};
use crate::function::window::{Frames, RowOrder};
use crate::operator::required;
use crate::{ExecError, Result};

/// A frame as the plan has it.
pub(super) enum FrameSpec {
    /// The whole partition.
    Whole,
    /// By numbers of rows; offsets are such numbers.
    Rows(Bound<u64>, Bound<u64>),
    /// By peers, or by distance in the sort key.
    Range(Bound<Value>, Bound<Value>, Option<RangeKey>),
}

/// One end of a frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound<O> {
    Partition { end: bool },
    Current,
    Preceding(O),
    Following(O),
}

impl FrameSpec {
    /// Reads a frame; `slot` gives the position at which the value of an expression will be.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`], and [`ExecError::Evaluation`] for offsets that are NULL or negative.
    pub(super) fn new(
        message: Option<&plan::WindowFrame>,
        keys: &[plan::SortKey],
        slot: &mut dyn FnMut(&plan::Expression) -> usize,
    ) -> Result<Self> {
        let Some(message) = message else { return Ok(FrameSpec::Whole) };
        let start = required(&message.start, "start of a frame")?;
        let end = required(&message.end, "end of a frame")?;
        if start.kind() == FrameBoundKind::UnboundedFollowing
            || end.kind() == FrameBoundKind::UnboundedPreceding
        {
            return Err(ExecError::InvalidPlan("a frame that begins at the end or ends at the start".into()));
        }
        match message.unit() {
            FrameUnit::Rows => {
                let count = |value: Value| match value {
                    Value::Int64(count) => Ok(count.max(0) as u64),
                    _ => Err(ExecError::InvalidPlan("a frame's offset in rows is no INT64".into())),
                };
                Ok(FrameSpec::Rows(
                    bound(start, &DataType::Int64)?.map(count)?,
                    bound(end, &DataType::Int64)?.map(count)?,
                ))
            }
            FrameUnit::Range => {
                let has_offset = |bound: &plan::FrameBound| {
                    matches!(bound.kind(), FrameBoundKind::Preceding | FrameBoundKind::Following)
                };
                if !has_offset(start) && !has_offset(end) {
                    return Ok(FrameSpec::Range(
                        bound(start, &DataType::Int64)?,
                        bound(end, &DataType::Int64)?,
                        None,
                    ));
                }
                let [key] = keys else {
                    return Err(ExecError::InvalidPlan(
                        "a RANGE frame with offsets needs one sort key".into(),
                    ));
                };
                let expression = required(&key.expression, "expression of a sort key")?;
                let data_type = type_from_proto(required(&expression.r#type, "type of an expression")?)?;
                let key = RangeKey::new(data_type.clone(), slot(expression), key.descending)?;
                let (start, end) = (bound(start, &data_type)?, bound(end, &data_type)?);
                Ok(FrameSpec::Range(start, end, Some(key)))
            }
            FrameUnit::Unspecified => Err(ExecError::InvalidPlan("a frame without a unit".into())),
        }
    }
}

fn bound(message: &plan::FrameBound, data_type: &DataType) -> Result<Bound<Value>> {
    let offset = || {
        let value = value_from_proto(required(&message.offset, "offset of a frame")?, data_type)?;
        check_offset(value)
    };
    Ok(match message.kind() {
        FrameBoundKind::UnboundedPreceding => Bound::Partition { end: false },
        FrameBoundKind::UnboundedFollowing => Bound::Partition { end: true },
        FrameBoundKind::CurrentRow => Bound::Current,
        FrameBoundKind::Preceding => Bound::Preceding(offset()?),
        FrameBoundKind::Following => Bound::Following(offset()?),
        FrameBoundKind::Unspecified => return Err(ExecError::InvalidPlan("a frame's end of no kind".into())),
    })
}

/// Offsets are there, and not negative.
fn check_offset(value: Value) -> Result<Value> {
    let shown = match &value {
        Value::Null => return Err(ExecError::Evaluation("The boundary offset value cannot be null".into())),
        Value::Int64(offset) if *offset < 0 => offset.to_string(),
        Value::Float64(offset) if offset.is_nan() => "nan".to_owned(),
        Value::Float64(offset) if *offset < 0.0 => offset.to_string(),
        Value::Numeric(offset) if *offset < 0 => "negative".to_owned(),
        Value::BigNumeric(offset) if offset.is_negative() => "negative".to_owned(),
        _ => return Ok(value),
    };
    Err(ExecError::Evaluation(format!(
        "Window frame offset for PRECEDING or FOLLOWING must be non-negative, but was {shown}"
    )))
}

impl<O> Bound<O> {
    fn map<P>(self, change: impl Fn(O) -> Result<P>) -> Result<Bound<P>> {
        Ok(match self {
            Bound::Partition { end } => Bound::Partition { end },
            Bound::Current => Bound::Current,
            Bound::Preceding(offset) => Bound::Preceding(change(offset)?),
            Bound::Following(offset) => Bound::Following(change(offset)?),
        })
    }
}

/// Returns each row's frame.
pub(super) fn frames(
    spec: &FrameSpec,
    order: &RowOrder,
    columns: &dyn Fn(usize) -> Vector,
) -> Result<Frames> {
    let rows = order.rows();
    let (mut starts, mut ends) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    match spec {
        FrameSpec::Whole => {
            unbounded(order, false, &mut starts);
            unbounded(order, true, &mut ends);
            return Ok(Frames { starts, ends, whole: true, running: true });
        }
        FrameSpec::Rows(start, end) => {
            rows_bound(*start, order, false, &mut starts);
            rows_bound(*end, order, true, &mut ends);
        }
        FrameSpec::Range(start, end, None) => {
            peers_bound(start, order, false, &mut starts);
            peers_bound(end, order, true, &mut ends);
        }
        FrameSpec::Range(start, end, Some(key)) => {
            let keys = range::keys(key, &columns(key.slot))?;
            match start {
                Bound::Preceding(_) | Bound::Following(_) => {
                    range::bounds(key, &keys, start, false, order, &mut starts)?;
                }
                _ => peers_bound(start, order, false, &mut starts),
            }
            match end {
                Bound::Preceding(_) | Bound::Following(_) => {
                    range::bounds(key, &keys, end, true, order, &mut ends)?;
                }
                _ => peers_bound(end, order, true, &mut ends),
            }
        }
    }
    let (from_start, to_end) = spec.unbounded();
    // A frame that ends before it begins is empty.
    starts.iter_mut().zip(&ends).for_each(|(start, &end)| *start = (*start).min(end));
    Ok(Frames { starts, ends, whole: from_start && to_end, running: from_start })
}

impl FrameSpec {
    /// Whether the frame begins with the partition, and whether it ends with it.
    fn unbounded(&self) -> (bool, bool) {
        fn ends<O: PartialEq>(start: &Bound<O>, end: &Bound<O>) -> (bool, bool) {
            (matches!(start, Bound::Partition { .. }), matches!(end, Bound::Partition { .. }))
        }
        match self {
            FrameSpec::Whole => (true, true),
            FrameSpec::Rows(start, end) => ends(start, end),
            FrameSpec::Range(start, end, _) => ends(start, end),
        }
    }
}

fn unbounded(order: &RowOrder, end: bool, out: &mut Vec<u32>) {
    for partition in order.partitions() {
        let bound = if end { partition.end } else { partition.start } as u32;
        out.resize(out.len() + partition.len(), bound);
    }
}

fn rows_bound(bound: Bound<u64>, order: &RowOrder, end: bool, out: &mut Vec<u32>) {
    if let Bound::Partition { end } = bound {
        return unbounded(order, end, out);
    }
    for partition in order.partitions() {
        let (first, last) = (partition.start as u64, partition.end as u64);
        for row in first..last {
            // An end is the row after the last.
            let row = row + end as u64;
            out.push(match bound {
                Bound::Preceding(offset) => row.saturating_sub(offset).max(first),
                Bound::Following(offset) => row.saturating_add(offset).min(last),
                Bound::Current | Bound::Partition { .. } => row,
            } as u32);
        }
    }
}

fn peers_bound<O>(bound: &Bound<O>, order: &RowOrder, end: bool, out: &mut Vec<u32>) {
    match bound {
        Bound::Partition { end } => unbounded(order, *end, out),
        _ => out.extend(order.peers().map(|peers| if end { peers.end } else { peers.start } as u32)),
    }
}
