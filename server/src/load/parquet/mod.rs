//! Parquet files to batches: a reader a row group.

mod file;
mod input;

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType as ArrowType, Field as ArrowField};
use canopy_format::arrow::{array_to_vector, schema_from_arrow};
use canopy_format::{BATCH_ROWS, Batch, Bitmap, DataType, Field, Mode, Schema, Value, Values, Vector};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use self::file::{ParquetFile, guarded};
use self::input::Input;
use super::name::{make_unique, valid_name};
use super::{BatchReader, LoadOptions, NESTING_MAX, Source};
use crate::error::{Result, ServerError};

/// Rows decoded at once; they are handed out in slices of a batch.
const DECODE_ROWS: usize = 4 * BATCH_ROWS;

/// Derives the columns from the footers: those of the first file, then those that only later files have.
pub(super) fn detect(sources: &[Source], _options: &LoadOptions) -> Result<Schema> {
    let mut columns: Vec<(String, DataType)> = Vec::new();
    for source in sources {
        let file = ParquetFile::open(source)?;
        let failed = |error| ServerError::from(error).in_file(&source.name);
        for field in file.schema().fields() {
            check_nesting(source, field, 0)?;
        }
        let found = schema_from_arrow(file.schema()).map_err(failed)?;
        let mut names: Vec<String> = found.fields.iter().map(|field| valid_name(&field.name, "_")).collect();
        make_unique(&mut names);
        for (name, field) in names.into_iter().zip(&found.fields) {
            let column_type = field.column_type();
            match columns.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                None => columns.push((name, column_type)),
                Some((_, known)) if *known == column_type => {}
                Some((_, known)) => {
                    return Err(ServerError::invalid(format!(
                        "{}: column {name}: expected {known}, as in the files before, found {column_type}",
                        source.name
                    )));
                }
            }
        }
    }
    let columns = columns.iter().map(|(name, column_type)| (name.as_str(), column_type, Mode::Nullable));
    Ok(Schema::from_types(columns)?)
}

fn check_nesting(source: &Source, field: &ArrowField, depth: usize) -> Result<()> {
    if depth > NESTING_MAX {
        let message = format!("{}: columns are nested deeper than {NESTING_MAX} levels", source.name);
        return Err(ServerError::invalid(message));
    }
    match field.data_type() {
        ArrowType::Struct(parts) => parts.iter().try_for_each(|part| check_nesting(source, part, depth + 1)),
        ArrowType::List(item) | ArrowType::Map(item, _) => check_nesting(source, item, depth),
        _ => Ok(()),
    }
}

/// Returns a reader for each row group that has rows.
pub(super) fn open(
    sources: &[Source],
    options: &LoadOptions,
    schema: &Arc<Schema>,
) -> Result<Vec<BatchReader>> {
    let mut readers = Vec::new();
    for source in sources {
        let file = ParquetFile::open(source)?;
        let plan = Arc::new(Plan::new(file, options, schema)?);
        let mut first_row = 0;
        for (index, group) in plan.file.footer().row_groups().iter().enumerate() {
            if group.num_rows() > 0 {
                let reader = RowGroupReader {
                    plan: plan.clone(),
                    row_group: index,
                    next_row: first_row,
                    reader: None,
                    ready: VecDeque::new(),
                };
                readers.push(BatchReader::new(&source.name, reader));
            }
            first_row += group.num_rows().max(0) as u64;
        }
    }
    Ok(readers)
}

/// How a file's columns become the table's.
struct Plan {
    file: ParquetFile,
    schema: Arc<Schema>,
    /// The leaves to read.
    mask: ProjectionMask,
    /// Where each column of the table stands among those that are read; None for a missing one.
    places: Vec<Option<usize>>,
}

impl Plan {
    fn new(file: ParquetFile, options: &LoadOptions, schema: &Arc<Schema>) -> Result<Self> {
        let failed = |column: &str, why: &str| {
            ServerError::invalid(format!("{}: column {column}: {why}", file.source.name))
        };
        let (mut places, mut leaves) = (vec![None; schema.fields.len()], Vec::new());
        let (mut leaf, mut read) = (0, 0);
        for field in file.schema().fields() {
            check_nesting(&file.source, field, 0)?;
            let Some(column) = find(&schema.fields, field.name()) else {
                if !options.ignore_unknown_values {
                    return Err(failed(field.name(), "no such column in the table"));
                }
                leaf += count_leaves(field);
                continue;
            };
            if places[column].is_some() {
                return Err(failed(field.name(), "the file has the column twice"));
            }
            let before = leaves.len();
            keep_leaves(field, &schema.fields[column], options.ignore_unknown_values, &mut leaf, &mut leaves);
            if leaves.len() > before {
                places[column] = Some(read);
                read += 1;
            }
        }
        for (field, place) in schema.fields.iter().zip(&places) {
            if field.mode == Mode::Required && place.is_none() {
                return Err(failed(&field.name, "the column is REQUIRED and not in the file"));
            }
        }
        let mask = ProjectionMask::leaves(file.metadata.parquet_schema(), leaves);
        Ok(Self { file, schema: schema.clone(), mask, places })
    }

    fn reader(&self, row_group: usize) -> Result<ParquetRecordBatchReader> {
        let range = self.file.row_group_range(row_group)?;
        let input = Input::open(&self.file.source, range)?;
        guarded(&self.file.source.name, &format!("row group {row_group}"), || {
            ParquetRecordBatchReaderBuilder::new_with_metadata(input, self.file.metadata.clone())
                .with_row_groups(vec![row_group])
                .with_projection(self.mask.clone())
                .with_batch_size(DECODE_ROWS)
                .build()
        })
    }

    fn convert(&self, record: &RecordBatch) -> Result<Batch> {
        let rows = record.num_rows();
        let mut columns = Vec::with_capacity(self.places.len());
        for (field, place) in self.schema.fields.iter().zip(&self.places) {
            let column_type = field.column_type();
            let column = match place.and_then(|place| record.columns().get(place)) {
                Some(array) => array_to_vector(array, &column_type, &field.name)?,
                None => Vector::nulls(column_type.clone(), rows),
            };
            if let Some((path, row)) = missing_value(&column, field, None) {
                return Err(ServerError::invalid(format!(
                    "column {path}: row {row}: expected a value, as the column is REQUIRED, found NULL"
                )));
            }
            columns.push(if column_type.holds(&|t| *t == DataType::Json) {
                canonical_json(&column, &field.name)?
            } else {
                column
            });
        }
        Ok(Batch::new(columns, rows))
    }
}

/// The field of this name without case, or of the name that detection made of it.
fn find(fields: &[Field], name: &str) -> Option<usize> {
    let position = |name: &str| fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    position(name).or_else(|| position(&valid_name(name, "_")))
}

fn count_leaves(field: &ArrowField) -> usize {
    match field.data_type() {
        ArrowType::Struct(parts) => parts.iter().map(|part| count_leaves(part)).sum(),
        ArrowType::List(item) | ArrowType::Map(item, _) => count_leaves(item),
        _ => 1,
    }
}

/// Collects the leaves of a field; with `ignore_unknown` only those that its column has.
fn keep_leaves(
    field: &ArrowField,
    column: &Field,
    ignore_unknown: bool,
    leaf: &mut usize,
    keep: &mut Vec<usize>,
) {
    match field.data_type() {
        ArrowType::List(item) | ArrowType::Map(item, _) => {
            keep_leaves(item, column, ignore_unknown, leaf, keep)
        }
        ArrowType::Struct(parts) if ignore_unknown && !column.children.is_empty() => {
            for part in parts {
                match column.children.iter().find(|child| child.name.eq_ignore_ascii_case(part.name())) {
                    Some(child) => keep_leaves(part, child, ignore_unknown, leaf, keep),
                    None => *leaf += count_leaves(part),
                }
            }
        }
        _ => {
            let count = count_leaves(field);
            keep.extend(*leaf..*leaf + count);
            *leaf += count;
        }
    }
}

/// The path and row of a NULL in a REQUIRED field, under a parent that is present.
fn missing_value(vector: &Vector, field: &Field, parent: Option<&Bitmap>) -> Option<(String, usize)> {
    fn requires(field: &Field) -> bool {
        field.mode == Mode::Required || field.children.iter().any(requires)
    }
    if !requires(field) {
        return None;
    }
    let validity = vector.validity();
    if field.mode == Mode::Required
        && let Some(valid) = &validity
    {
        let row =
            (0..vector.len()).find(|&row| !valid.get(row) && parent.is_none_or(|parent| parent.get(row)));
        if let Some(row) = row {
            return Some((field.name.clone(), row));
        }
    }
    let flat = vector.flatten();
    let within = |parts: &[Vector], valid: Option<&Bitmap>| {
        let mut found = parts.iter().zip(&field.children);
        found.find_map(|(part, child)| missing_value(part, child, valid))
    };
    let found = match flat.as_flat()? {
        (Values::Struct(parts), _) => within(parts, validity.as_ref()),
        (Values::List(list), _) => {
            let elements = list.child.flatten();
            let valid = elements.validity();
            match elements.as_flat() {
                Some((Values::Struct(parts), _)) => within(parts, valid.as_ref()),
                _ => None,
            }
        }
        _ => None,
    };
    found.map(|(path, row)| (format!("{}.{path}", field.name), row))
}

/// The column with its JSON values checked and made canonical: files carry any text.
fn canonical_json(column: &Vector, name: &str) -> Result<Vector> {
    use canopy_exec::function::json::canonical_rounded;
    fn canonical(value: Value) -> Result<Value, String> {
        Ok(match value {
            Value::Json(text) => canonical_rounded(&text).map_err(|_| super::csv::abbreviate(&text))?,
            Value::Array(values) => {
                Value::Array(values.into_iter().map(canonical).collect::<Result<_, _>>()?)
            }
            Value::Struct(values) => {
                Value::Struct(values.into_iter().map(canonical).collect::<Result<_, _>>()?)
            }
            other => other,
        })
    }
    let mut values = Vec::with_capacity(column.len());
    for (row, value) in column.iter_values().enumerate() {
        values.push(canonical(value).map_err(|text| {
            ServerError::invalid(format!("column {name}: row {row}: expected JSON, found {text:?}"))
        })?);
    }
    Ok(Vector::from_values(column.data_type(), &values)?)
}

/// Reads one row group, opened when its first batch is wanted.
struct RowGroupReader {
    plan: Arc<Plan>,
    row_group: usize,
    /// Row of the file that is decoded next, from 0.
    next_row: u64,
    reader: Option<ParquetRecordBatchReader>,
    ready: VecDeque<Batch>,
}

impl Iterator for RowGroupReader {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty()
            && let Err(error) = self.decode()
        {
            return Some(Err(error));
        }
        self.ready.pop_front().map(Ok)
    }
}

impl RowGroupReader {
    fn decode(&mut self) -> Result<()> {
        let name = &self.plan.file.source.name;
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => self.reader.insert(self.plan.reader(self.row_group)?),
        };
        let place = format!("row group {}, from row {}", self.row_group, self.next_row);
        let Some(record) = guarded(name, &place, || reader.next().transpose().map_err(Into::into))? else {
            return Ok(());
        };
        let batch = self.plan.convert(&record).map_err(|error| error.in_file(&format!("{name} {place}")))?;
        let rows = batch.physical_rows();
        self.next_row += rows as u64;
        for offset in (0..rows).step_by(BATCH_ROWS) {
            self.ready.push_back(batch.clone().slice(offset, BATCH_ROWS.min(rows - offset)));
        }
        Ok(())
    }
}
