//! Decoding rows of a stripe into vectors: CPU only, no waiting.

use std::sync::Arc;

use super::filter::CodeSets;
use super::projection::Plan;
use super::stripe::StripeData;
use crate::encoding::Flaw;
use crate::vector::concat;
use crate::{BufferMut, ColumnTest, DataType, FormatError, ListVector, Result, Value, Values, Vector};

/// Reads row ranges of one stripe; columns are numbered as in the projection.
#[derive(Debug)]
pub struct StripeDecoder {
    pub(super) data: Arc<StripeData>,
    pub(super) code_sets: CodeSets,
}

impl StripeDecoder {
    pub(super) fn new(data: Arc<StripeData>) -> Self {
        Self { data, code_sets: CodeSets::default() }
    }

    /// Rows of the stripe.
    pub fn rows(&self) -> usize {
        self.data.rows()
    }

    /// Returns rows `row_start .. row_start + row_count` of a column. Ranges that begin at multiples of 1,024
    /// are fastest.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] naming column, stripe and block.
    ///
    /// # Panics
    /// When the rows are outside the stripe, or there is no such column.
    pub fn read(&mut self, column_index: usize, row_start: usize, row_count: usize) -> Result<Vector> {
        assert!(row_start + row_count <= self.rows(), "rows outside the stripe");
        let data = self.data.clone();
        read_plan(&data, &data.projection.columns[column_index], row_start, row_count)
    }

    /// Clears the bits of rows that do not pass the test (bit `i` stands for row `row_start + i`), deciding
    /// on zone maps, dictionary entries, constants and frames of reference where it can. NULL rows pass
    /// `IsNull` only.
    ///
    /// # Errors
    /// [`FormatError::Damaged`] as for [`StripeDecoder::read`]; [`FormatError::Schema`] when the column is
    /// not one scalar field outside of repeated fields.
    ///
    /// # Panics
    /// When the rows are outside the stripe, the mask is too short, or there is no such column.
    pub fn filter(
        &mut self,
        column_index: usize,
        test: &ColumnTest,
        row_start: usize,
        row_count: usize,
        mask: &mut [u64],
    ) -> Result<()> {
        assert!(row_start + row_count <= self.rows(), "rows outside the stripe");
        assert!(mask.len() * 64 >= row_count, "mask shorter than its rows");
        let data = self.data.clone();
        self.filter_plan(&data.projection.columns[column_index], test, row_start, row_count, mask)
    }
}

/// Reads slots of a plan: rows at the top, elements below a list.
pub(super) fn read_plan(data: &StripeData, plan: &Plan, start: usize, len: usize) -> Result<Vector> {
    match plan {
        // A NULL array is stored empty, so that is what a later column has in earlier rows.
        Plan::Missing(data_type @ DataType::Array(_)) => {
            Ok(Vector::constant(data_type.clone(), Value::Array(Vec::new()), len))
        }
        Plan::Missing(data_type) => Ok(Vector::nulls(data_type.clone(), len)),
        Plan::Leaf { stream, data_type } => {
            let chunk = &data.streams[stream];
            let parts = chunk
                .read(data_type, start, len)
                .map_err(|(block, flaw)| data.damaged(*stream, block, flaw))?;
            match parts.len() {
                0 => Ok(Vector::nulls(data_type.clone(), 0)),
                _ => Ok(concat(data_type, &parts)),
            }
        }
        Plan::Struct { children, validity, data_type, .. } => {
            let parts = children
                .iter()
                .map(|child| read_plan(data, child, start, len))
                .collect::<Result<Vec<_>>>()?;
            let validity =
                validity.and_then(|(stream, plane)| data.streams[&stream].plane(plane, start, len));
            Ok(Vector::flat(data_type.clone(), Values::Struct(parts), validity))
        }
        Plan::List { stream, element, data_type } => {
            let all = data.offsets(*stream)?;
            let offsets = all.slice(start, len + 1);
            let (first, last) = (offsets[0] as usize, offsets[len] as usize);
            let child = read_plan(data, element, first, last - first)?;
            let offsets = match first {
                0 => offsets,
                _ => BufferMut::from_fn(len + 1, |i| offsets[i] - first as u32).freeze(),
            };
            let planes = data.reader.columns.of_stream(*stream)?.shape.stream(*stream).steps.len();
            let validity = data.streams[stream].plane(planes - 1, start, len);
            if child.data_type() != element.data_type() {
                let flaw = Flaw::Damaged(format!("elements of {}", child.data_type()));
                return Err(data.damaged(*stream, 0, flaw));
            }
            let list = ListVector { offsets, child: Arc::new(child) };
            Ok(Vector::flat(data_type.clone(), Values::List(list), validity))
        }
    }
}

/// The error of filtering something that is not a scalar column.
pub(super) fn not_scalar(plan: &Plan) -> FormatError {
    FormatError::Schema(format!("a filter needs one scalar column, found {}", plan.data_type()))
}
