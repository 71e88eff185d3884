//! UNNEST: a row for each element of a row's array.

use std::sync::Arc;

use canopy_format::vector::Form;
use canopy_format::{BATCH_ROWS, Batch, Bitmap, Buffer, DataType, Values, Vector};

use super::FragmentContext;
use crate::expression::Program;
use crate::pipeline::{Operator, OperatorFactory};
use crate::{ExecError, Result};

pub(crate) struct UnnestFactory {
    pub(crate) context: Arc<FragmentContext>,
    /// The array, then nothing else.
    pub(crate) array: Arc<Program>,
    pub(crate) with_offset: bool,
    pub(crate) outer: bool,
}

impl OperatorFactory for UnnestFactory {
    fn start(&self) -> Result<Box<dyn Operator>> {
        Ok(Box::new(Unnest {
            context: self.context.clone(),
            array: self.array.clone(),
            with_offset: self.with_offset,
            outer: self.outer,
            current: None,
        }))
    }
}

struct Unnest {
    context: Arc<FragmentContext>,
    array: Arc<Program>,
    with_offset: bool,
    outer: bool,
    current: Option<Current>,
}

/// A batch whose elements are going out.
struct Current {
    columns: Vec<Vector>,
    child: Arc<Vector>,
    element_type: DataType,
    /// The row, and the element in `child`; none for a row that has none.
    parents: Vec<u32>,
    elements: Vec<Option<u32>>,
    /// The element's place in its array.
    places: Vec<i64>,
    start: usize,
}

impl Operator for Unnest {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let array = self.array.evaluate(&batch, &self.context.evaluation)?.swap_remove(0).flatten();
        let element_type = array.data_type().element().cloned();
        let (Form::Flat { values: Values::List(list), validity }, Some(element_type)) =
            (array.form(), element_type)
        else {
            return Err(ExecError::InvalidPlan(format!("UNNEST of {}", array.data_type())));
        };
        let mut current = Current {
            columns: batch.compact().into_columns(),
            child: list.child.clone(),
            element_type,
            parents: Vec::new(),
            elements: Vec::new(),
            places: Vec::new(),
            start: 0,
        };
        for row in 0..array.len() {
            let present = validity.as_ref().is_none_or(|bits| bits.get(row));
            let range = list.offsets[row]..list.offsets[row + 1];
            if !present || range.is_empty() {
                if self.outer {
                    current.parents.push(row as u32);
                    current.elements.push(None);
                    current.places.push(0);
                }
                continue;
            }
            current.parents.resize(current.parents.len() + range.len(), row as u32);
            current.places.extend(0..range.len() as i64);
            current.elements.extend(range.map(Some));
        }
        self.current = Some(current);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Batch>> {
        let Some(current) = &mut self.current else { return Ok(None) };
        let (start, end) = (current.start, current.parents.len().min(current.start + BATCH_ROWS));
        if start == end {
            self.current = None;
            return Ok(None);
        }
        current.start = end;
        let parents = &current.parents[start..end];
        let mut columns: Vec<Vector> = current.columns.iter().map(|column| column.gather(parents)).collect();
        let elements = &current.elements[start..end];
        let missing: Option<Bitmap> =
            elements.contains(&None).then(|| elements.iter().map(Option::is_some).collect());
        columns.push(element_column(current, elements, missing.as_ref()));
        if self.with_offset {
            let places: Buffer<i64> = current.places[start..end].into();
            columns.push(Vector::flat(DataType::Int64, Values::I64(places), missing));
        }
        Ok(Some(Batch::new(columns, end - start)))
    }
}

fn element_column(current: &Current, elements: &[Option<u32>], present: Option<&Bitmap>) -> Vector {
    let Some(present) = present else {
        // Neighbours that follow each other need no copy.
        let first = elements[0].unwrap_or(0);
        let consecutive = elements.iter().zip(first..).all(|(element, at)| *element == Some(at));
        if consecutive {
            return current.child.slice(first as usize, elements.len());
        }
        let rows: Vec<u32> = elements.iter().flatten().copied().collect();
        return current.child.gather(&rows);
    };
    if current.child.is_empty() {
        return Vector::nulls(current.element_type.clone(), elements.len());
    }
    let rows: Vec<u32> = elements.iter().map(|element| element.unwrap_or(0)).collect();
    super::rows::mask(&current.child.gather(&rows), present)
}
