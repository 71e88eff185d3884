//! From arrays to element rows, in batches of bounded size.

use std::sync::Arc;

use canopy_format::vector::Form;
use canopy_format::{Batch, Dictionary, Values, Vector};
use canopy_proto::plan;

use super::super::compile::invalid;
use super::super::{EvalContext, Layout, Program};
use crate::convert::type_from_proto;
use crate::function::same_shape;
use crate::{ExecError, Result};

/// Most element rows at once.
const ELEMENTS_MAX: usize = 8192;

/// One array of the subquery.
pub(super) struct Source {
    /// Gives the array, over the columns so far.
    pub array: Program,
    /// The element column's type.
    element: canopy_format::DataType,
    /// WITH OFFSET adds a column.
    offset: bool,
    /// LEFT JOIN: a row without elements passes once, with NULLs.
    outer: bool,
}

impl Source {
    /// Returns the source, and the layout with its columns added.
    pub fn compile(message: &plan::ArraySource, layout: Layout) -> Result<(Self, Layout)> {
        let Some(array) = &message.array else { return invalid("array source without an array") };
        let Some(column) = &message.element else { return invalid("array source without an element column") };
        let array = Program::compile(std::slice::from_ref(array), &layout)?;
        let element = match &column.r#type {
            Some(declared) => type_from_proto(declared)?,
            None => return invalid("element column without a type"),
        };
        let found = &array.types()[0];
        if !found.element().is_some_and(|own| same_shape(own, &element)) {
            return invalid(format!("elements of {found} are not {element}"));
        }
        let mut columns = layout.columns().to_vec();
        columns.push((column.id, element.clone()));
        if let Some(offset) = &message.offset {
            columns.push((offset.id, canopy_format::DataType::Int64));
        }
        let mut ids: Vec<u32> = columns.iter().map(|(id, _)| *id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair[0] == pair[1]) {
            return invalid("an array source's column id is taken");
        }
        let source = Self { array, element, offset: message.offset.is_some(), outer: message.outer };
        Ok((source, Layout::new(columns)))
    }
}

/// Unnests `sources` one within the other over the rows of `columns`. `groups` gives the outermost row of
/// each. Batches of at most [`ELEMENTS_MAX`] rows go to `take`, rows in order.
pub(super) fn expand(
    sources: &[Source],
    columns: Vec<Vector>,
    groups: &[u32],
    context: &EvalContext,
    take: &mut dyn FnMut(Vec<Vector>, &[u32]) -> Result<()>,
) -> Result<()> {
    let Some((source, deeper)) = sources.split_first() else { return take(columns, groups) };
    let batch = Batch::new(columns, groups.len());
    let array = source.array.evaluate(&batch, context)?.remove(0).flatten();
    let (Some((Values::List(list), validity)), columns) = (array.as_flat(), batch.into_columns()) else {
        return Err(ExecError::Internal("an array is no list".into()));
    };
    let mut carried: Vec<Carried> = columns.into_iter().map(Carried::new).collect();
    let mut chunk = Chunk::default();
    for row in 0..groups.len() {
        let present = validity.is_none_or(|validity| validity.get(row));
        let (start, end) = (list.offsets[row] as usize, list.offsets[row + 1] as usize);
        if !present || start == end {
            if source.outer {
                chunk.parents.push(row as u32);
                chunk.elements.push(None);
                chunk.offsets.push(0);
            }
        } else {
            let mut at = start;
            while at < end {
                let count = (end - at).min(ELEMENTS_MAX.saturating_sub(chunk.parents.len()).max(1));
                chunk.parents.extend(std::iter::repeat_n(row as u32, count));
                chunk.elements.extend((at..at + count).map(|element| Some(element as u32)));
                chunk.offsets.extend((at - start..at - start + count).map(|offset| offset as i64));
                at += count;
                if chunk.parents.len() >= ELEMENTS_MAX {
                    chunk.pass(source, deeper, &list.child, &mut carried, groups, context, take)?;
                }
            }
        }
        if chunk.parents.len() >= ELEMENTS_MAX {
            chunk.pass(source, deeper, &list.child, &mut carried, groups, context, take)?;
        }
    }
    chunk.pass(source, deeper, &list.child, &mut carried, groups, context, take)
}

/// Element rows being gathered.
#[derive(Default)]
struct Chunk {
    parents: Vec<u32>,
    elements: Vec<Option<u32>>,
    offsets: Vec<i64>,
}

impl Chunk {
    #[allow(clippy::too_many_arguments)]
    fn pass(
        &mut self,
        source: &Source,
        deeper: &[Source],
        child: &Vector,
        carried: &mut [Carried],
        groups: &[u32],
        context: &EvalContext,
        take: &mut dyn FnMut(Vec<Vector>, &[u32]) -> Result<()>,
    ) -> Result<()> {
        let Chunk { parents, elements, offsets } = std::mem::take(self);
        if parents.is_empty() {
            return Ok(());
        }
        context.cancel.check()?;
        let mut columns: Vec<Vector> = carried.iter_mut().map(|column| column.rows(&parents)).collect();
        columns.push(super::super::retype::retype(element_rows(child, &elements), &source.element));
        if source.offset {
            let present: canopy_format::Bitmap = elements.iter().map(Option::is_some).collect();
            let all = present.count_ones() == elements.len();
            columns.push(Vector::flat(
                canopy_format::DataType::Int64,
                Values::I64(offsets.into_iter().collect()),
                (!all).then_some(present),
            ));
        }
        let inner: Vec<u32> = parents.iter().map(|&parent| groups[parent as usize]).collect();
        expand(deeper, columns, &inner, context, take)
    }
}

/// The elements as a column: a slice where they stand together, as they mostly do.
fn element_rows(child: &Vector, elements: &[Option<u32>]) -> Vector {
    let first = elements[0].unwrap_or(0);
    let together = elements.iter().zip(first..).all(|(element, at)| *element == Some(at));
    if together {
        return child.slice(first as usize, elements.len());
    }
    if child.is_empty() {
        return Vector::nulls(child.data_type().clone(), elements.len());
    }
    let rows: Vec<u32> = elements.iter().map(|element| element.unwrap_or(0)).collect();
    let present: canopy_format::Bitmap = elements.iter().map(Option::is_some).collect();
    let all = present.count_ones() == elements.len();
    crate::function::structure::masked(&child.gather(&rows), (!all).then_some(&present))
}

/// A column of the outer row, repeated for each of its elements.
struct Carried {
    column: Vector,
    dictionary: Option<Arc<Dictionary>>,
}

impl Carried {
    fn new(column: Vector) -> Self {
        Self { column, dictionary: None }
    }

    fn rows(&mut self, parents: &[u32]) -> Vector {
        match self.column.form() {
            Form::Constant(value) => {
                Vector::constant(self.column.data_type().clone(), value.clone(), parents.len())
            }
            // A few elements of a large batch: copying them is cheaper than functions of the whole batch.
            Form::Flat { .. } if parents.len() * 2 >= self.column.len() => {
                let dictionary = self.dictionary.get_or_insert_with(|| Dictionary::new(self.column.clone()));
                Vector::dictionary(canopy_format::Buffer::from(parents), None, dictionary.clone())
            }
            _ => self.column.gather(parents),
        }
    }
}
