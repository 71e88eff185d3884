//! Record shredding: a column of nested values into streams of slots.
//!
//! Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets" (VLDB 2010), section 4.1, give each
//! leaf repetition and definition levels of its own. Leaves under one repeated field share most of them, so
//! we store the lengths of its lists once, as the structure stream of the field, and with each leaf only what
//! tells NULLs apart below it: one validity plane for each optional step. [`super::Levels`] gives the levels
//! back.

use super::shape::{Shape, Step, StreamKind};
use crate::{Bitmap, Buffer, BufferMut, DataType, FormatError, Mode, Result, Values, Vector};

/// One stream's slots of a stripe.
#[derive(Debug)]
pub(crate) struct StreamInput {
    pub(crate) stream: usize,
    pub(crate) slots: usize,
    /// A plane for each step; None where every bit is set.
    pub(crate) planes: Vec<Option<Bitmap>>,
    pub(crate) payload: Payload,
}

/// What stands in the slots.
#[derive(Debug)]
pub(crate) enum Payload {
    /// List lengths, 0 under a NULL.
    Lengths(Buffer<u32>),
    /// Values, unspecified under a NULL.
    Values(Values),
}

/// Returns the streams of a top-level column, in the order of the shape.
///
/// # Errors
/// [`FormatError::Value`] naming the column when a REQUIRED field is NULL.
pub(crate) fn shred(shape: &Shape, node: usize, column: &Vector) -> Result<Vec<StreamInput>> {
    let mut out = Vec::new();
    visit(shape, node, column, &[], &mut out)?;
    Ok(out)
}

fn visit(
    shape: &Shape,
    node: usize,
    column: &Vector,
    planes: &[Option<Bitmap>],
    out: &mut Vec<StreamInput>,
) -> Result<()> {
    let flat = column.flatten();
    let Some((values, validity)) = flat.as_flat() else { unreachable!("flatten returns a flat vector") };
    let present = narrow(planes.last(), validity);
    match shape.nodes[node].mode {
        Mode::Required => {
            check_required(shape, node, planes.last(), validity)?;
            visit_value(shape, node, values, flat.len(), planes, out)
        }
        Mode::Nullable => visit_value(shape, node, values, flat.len(), &[planes, &[present]].concat(), out),
        Mode::Repeated => {
            let Values::List(list) = values else { unreachable!("a repeated field is carried as a list") };
            let (lengths, elements) = live_elements(list, present.as_ref());
            let planes = [planes, &[present]].concat();
            let stream = shape.nodes[node].structure.expect("a repeated node has a structure stream");
            out.push(StreamInput { stream, slots: flat.len(), planes, payload: Payload::Lengths(lengths) });
            let elements = elements.flatten();
            let Some((values, validity)) = elements.as_flat() else {
                unreachable!("flatten returns a flat vector")
            };
            visit_value(shape, node, values, elements.len(), &[narrow(None, validity)], out)
        }
    }
}

/// Goes on below a node's own mode.
fn visit_value(
    shape: &Shape,
    node: usize,
    values: &Values,
    slots: usize,
    planes: &[Option<Bitmap>],
    out: &mut Vec<StreamInput>,
) -> Result<()> {
    if let Values::Struct(children) = values {
        for (child, column) in shape.nodes[node].children.iter().zip(children) {
            visit(shape, *child, column, planes, out)?;
        }
        return Ok(());
    }
    let stream = shape.nodes[node].values.expect("a scalar node has a stream of values");
    debug_assert_eq!(shape.stream(stream).kind, StreamKind::Values);
    debug_assert_eq!(shape.stream(stream).steps.len(), planes.len());
    out.push(StreamInput {
        stream,
        slots,
        planes: planes.to_vec(),
        payload: Payload::Values(values.clone()),
    });
    Ok(())
}

/// A plane within its parent; None where every bit is set.
fn narrow(parent: Option<&Option<Bitmap>>, validity: Option<&Bitmap>) -> Option<Bitmap> {
    let parent = parent.and_then(Option::as_ref);
    Bitmap::and_options(parent, validity).filter(|bits| bits.count_ones() < bits.len())
}

fn check_required(
    shape: &Shape,
    node: usize,
    parent: Option<&Option<Bitmap>>,
    validity: Option<&Bitmap>,
) -> Result<()> {
    let Some(validity) = validity else { return Ok(()) };
    let parent = parent.and_then(Option::as_ref);
    let missing = (0..validity.len()).find(|&i| !validity.get(i) && parent.is_none_or(|p| p.get(i)));
    match missing {
        None => Ok(()),
        Some(slot) => Err(FormatError::Value {
            column: shape.nodes[node].path.clone(),
            reason: format!("NULL in the REQUIRED field, at value {slot} of its stripe"),
        }),
    }
}

/// Lengths of the lists that are not NULL, and their elements without gaps.
fn live_elements(list: &crate::ListVector, present: Option<&Bitmap>) -> (Buffer<u32>, Vector) {
    let rows = list.offsets.len() - 1;
    let alive = |row: usize| present.is_none_or(|bits| bits.get(row));
    let lengths = BufferMut::from_fn(rows, |row| match alive(row) {
        true => list.offsets[row + 1] - list.offsets[row],
        false => 0,
    });
    let (first, last) = (list.offsets[0] as usize, list.offsets[rows] as usize);
    let total: usize = lengths.iter().map(|&n| n as usize).sum();
    if total == last - first {
        return (lengths.freeze(), list.child.slice(first, total));
    }
    // A NULL list, or one under a NULL parent, may still own elements in memory: they are left out.
    let kept: Vec<u32> = (0..rows)
        .filter(|&row| alive(row))
        .flat_map(|row| list.offsets[row]..list.offsets[row + 1])
        .collect();
    (lengths.freeze(), list.child.gather(&kept))
}

/// Whether a column's type is the field's, names of struct fields aside (ids decide, not names).
pub(crate) fn same_shape(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Array(a), DataType::Array(b)) => same_shape(a, b),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_shape(&a.data_type, &b.data_type))
        }
        (a, b) => a == b,
    }
}

/// The steps of a stream that stand for a struct node's own presence.
pub(crate) fn step_of(steps: &[Step], node: usize) -> Option<usize> {
    steps.iter().position(|step| matches!(step, Step::Element(n) | Step::Present(n) if *n == node))
}
