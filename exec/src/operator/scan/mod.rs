//! Reading tables: stripes fetched ahead on the I/O runtime, decoded batch by batch on the workers.
//!
//! Of each batch the predicates' columns are tested first, while encoded where the format can; the
//! others are read only if a row is left ("late materialization"). Filters that joins make at run time
//! are tests like any other, given up when they drop too little.

mod fetch;
mod order;
mod read;
mod resolve;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use canopy_format::{DataType, DeletedRows, FormatError};
use canopy_proto::plan;
use canopy_storage::{Key, ObjectStore, StorageError};
use parking_lot::Mutex;

use super::validate::columns_of;
use super::{Columns, FragmentContext, column, required};
use crate::expression::{Layout, Predicate};
use crate::pipeline::{Metrics, Source, SourceReader};
use crate::run::Split;
use crate::{ExecError, Result};

/// Most files and columns of a scan.
const FILES_MAX: usize = 1_000_000;
const COLUMNS_MAX: usize = 10_000;
/// Highest number of a file's first row: with 2^40 rows of a file it is still an INT64.
const FIRST_ROW_MAX: u64 = 1 << 62;
/// Most bytes of one deletion vector: that of a file with 2^30 rows.
const DELETION_VECTOR_BYTES_MAX: u64 = 256 << 20;

/// A validated scan.
pub(crate) struct ScanPlan {
    files: Vec<File>,
    columns: Vec<ScanColumn>,
    predicates: Vec<plan::ColumnPredicate>,
    /// Position in the output of the column that numbers rows.
    row_number: Option<usize>,
    /// Over the output's columns, then the hidden ones.
    residual: Option<Predicate>,
    /// Positions in `columns` of those that only the residual reads.
    hidden: Vec<usize>,
    /// Filter id, and position in `columns`.
    runtime_filters: Vec<(u32, usize)>,
    /// With which probability a stripe is read.
    sample_fraction: Option<f64>,
    splits: Vec<Split>,
    pub(crate) output: Columns,
}

struct File {
    key: Key,
    byte_size: u64,
    footer_offset: u64,
    file_id: u64,
    first_row: u64,
    deletion_vector: Option<DeletionVector>,
}

/// Where a file's deleted rows are written down.
struct DeletionVector {
    key: Key,
    range: Range<u64>,
}

impl File {
    fn new(message: &plan::DataFile) -> Result<Self> {
        if message.first_row > FIRST_ROW_MAX {
            return Err(ExecError::InvalidPlan(format!("file that starts at row {}", message.first_row)));
        }
        let invalid = |error: StorageError| ExecError::InvalidPlan(error.to_string());
        let deletion_vector = message.deletion_vector.as_ref().map(|vector| {
            if vector.length > DELETION_VECTOR_BYTES_MAX {
                let (found, limit) = (vector.length, DELETION_VECTOR_BYTES_MAX);
                return Err(ExecError::InvalidPlan(format!(
                    "deletion vector of {found} bytes, over the limit of {limit}"
                )));
            }
            let range = vector.offset..vector.offset.saturating_add(vector.length);
            Ok(DeletionVector { key: Key::new(vector.key.clone()).map_err(invalid)?, range })
        });
        Ok(Self {
            key: Key::new(message.key.clone()).map_err(invalid)?,
            byte_size: message.byte_size,
            footer_offset: message.footer_offset,
            file_id: message.file_id,
            first_row: message.first_row,
            deletion_vector: deletion_vector.transpose()?,
        })
    }

    /// Reads the deleted rows; none where all rows count.
    async fn deleted_rows(&self, store: &dyn ObjectStore, row_count: u64) -> Result<DeletedRows> {
        let Some(vector) = &self.deletion_vector else { return Ok(DeletedRows::default()) };
        let bytes = store.get_range(&vector.key, vector.range.clone()).await.map_err(FormatError::from)?;
        Ok(DeletedRows::decode(&bytes, row_count, vector.key.as_str())?)
    }
}

struct ScanColumn {
    data_type: DataType,
    field: plan::FieldProjection,
    /// Part of the output.
    emitted: bool,
}

impl ScanPlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(operator_id: u32, message: &plan::Scan, splits: &[Split]) -> Result<Arc<Self>> {
        if message.files.len() > FILES_MAX || message.columns.len() > COLUMNS_MAX {
            return Err(ExecError::InvalidPlan("scan of too many files or columns".into()));
        }
        let (mut columns, mut output, mut ids) = (Vec::new(), Vec::new(), Vec::new());
        let mut row_number = None;
        for scan_column in &message.columns {
            let (id, data_type) = column(required(&scan_column.column, "column of a scan")?)?;
            if scan_column.row_number {
                let is_good = data_type == DataType::Int64 && !scan_column.filter_only;
                if !is_good || row_number.replace(output.len()).is_some() {
                    return Err(ExecError::InvalidPlan("column of row numbers".into()));
                }
                output.push((id, data_type));
                continue;
            }
            let field = required(&scan_column.field, "field of a scan's column")?.clone();
            let emitted = !scan_column.filter_only;
            if emitted {
                output.push((id, data_type.clone()));
            }
            ids.push(id);
            columns.push(ScanColumn { data_type, field, emitted });
        }
        let files = message.files.iter().map(File::new);
        let runtime_filters = message.runtime_filters.iter().map(|filter| {
            match ids.iter().position(|&id| id == filter.column_id) {
                Some(position) => Ok((filter.filter_id, position)),
                None => Err(ExecError::InvalidPlan(format!("runtime filter on column {}", filter.column_id))),
            }
        });
        let read: HashSet<u32> = message.filters.iter().flat_map(columns_of).collect();
        let is_hidden = |&position: &usize| !columns[position].emitted && read.contains(&ids[position]);
        let hidden: Vec<usize> = (0..columns.len()).filter(is_hidden).collect();
        let seen = hidden.iter().map(|&position| (ids[position], columns[position].data_type.clone()));
        let seen = output.iter().cloned().chain(seen).collect();
        let residual = match message.filters.is_empty() {
            true => None,
            false => Some(Predicate::compile(&message.filters, &Layout::new(seen))?),
        };
        let files: Vec<File> = files.collect::<Result<_>>()?;
        let splits: Vec<Split> =
            splits.iter().filter(|split| split.operator_id == operator_id).copied().collect();
        if let Some(split) = splits.iter().find(|split| split.file_index as usize >= files.len()) {
            return Err(ExecError::InvalidPlan(format!(
                "split of file {} of {}",
                split.file_index,
                files.len()
            )));
        }
        Ok(Arc::new(Self {
            files,
            columns,
            predicates: message.predicates.clone(),
            row_number,
            residual,
            hidden,
            runtime_filters: runtime_filters.collect::<Result<_>>()?,
            sample_fraction: message.sample_fraction,
            splits,
            output,
        }))
    }

    /// What to read: a file, and which of its stripes.
    fn units(&self) -> Vec<(usize, u32, u32)> {
        match self.splits.is_empty() {
            true => (0..self.files.len()).map(|file| (file, 0, u32::MAX)).collect(),
            false => self
                .splits
                .iter()
                .map(|split| (split.file_index as usize, split.first_stripe, split.stripe_count))
                .collect(),
        }
    }
}

/// A scan as the source of a pipeline. Reading ahead begins with the first reader.
pub(crate) struct ScanSource {
    plan: Arc<ScanPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    stripes: Mutex<Option<fetch::Stripes>>,
}

impl ScanSource {
    pub(crate) fn new(plan: Arc<ScanPlan>, context: Arc<FragmentContext>, metrics: Arc<Metrics>) -> Self {
        Self { plan, context, metrics, stripes: Mutex::default() }
    }
}

impl Source for ScanSource {
    fn start(&self) -> Result<Box<dyn SourceReader>> {
        let mut stripes = self.stripes.lock();
        let stripes = stripes.get_or_insert_with(|| fetch::start(&self.plan, &self.context, &self.metrics));
        let reader = read::Reader::new(&self.plan, &self.context, &self.metrics, stripes.clone());
        Ok(Box::new(reader))
    }
}
