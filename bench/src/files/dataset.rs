//! A data set in memory: our batches, and the record batches that Parquet's writer takes.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Decimal128Type;
use arrow_array::{Array, ArrayRef, Decimal128Array, RecordBatch};
use arrow_schema::{DataType as ArrowType, Field as ArrowField, Schema as ArrowSchema};
use canopy_format::vector::VectorBuilder;
use canopy_format::{BATCH_ROWS, Batch, DataType, Field, Schema, Value, arrow};

use super::Failure;

/// Rows of one kind.
#[derive(Debug)]
pub(super) struct Dataset {
    pub(super) name: String,
    pub(super) schema: Schema,
    pub(super) batches: Vec<Batch>,
}

impl Dataset {
    /// Rows of all batches.
    pub(super) fn rows(&self) -> usize {
        self.batches.iter().map(Batch::rows).sum()
    }

    /// The same rows for Parquet. NUMERIC columns become DECIMAL(15, 2), which Parquet keeps in 64 bits: what
    /// anyone would declare for money, so that the comparison is with Parquet at its best.
    pub(super) fn record_batches(&self) -> Result<Vec<RecordBatch>, Failure> {
        let schema = Arc::new(arrow::arrow_schema(&self.schema));
        let mut out = Vec::with_capacity(self.batches.len());
        let mut money: Option<Arc<ArrowSchema>> = None;
        for batch in &self.batches {
            let batch = arrow::batch_to_record_batch(batch.clone(), &schema)?;
            let columns = batch.columns().iter().map(cents).collect::<Result<Vec<ArrayRef>, Failure>>()?;
            let money = money.get_or_insert_with(|| {
                let fields = schema.fields().iter().zip(&columns).map(|(field, column)| {
                    ArrowField::new(field.name(), column.data_type().clone(), field.is_nullable())
                });
                Arc::new(ArrowSchema::new(fields.collect::<Vec<_>>()))
            });
            out.push(RecordBatch::try_new(money.clone(), columns)?);
        }
        Ok(out)
    }
}

fn cents(column: &ArrayRef) -> Result<ArrayRef, Failure> {
    let ArrowType::Decimal128(_, 9) = column.data_type() else { return Ok(column.clone()) };
    let array = column.as_primitive::<Decimal128Type>();
    let values: Decimal128Array = array.unary(|value| value / 10_000_000);
    Ok(Arc::new(values.with_precision_and_scale(15, 2)?))
}

/// Batches of rows given as values.
pub(super) fn from_rows(name: &str, schema: Schema, rows: impl Iterator<Item = Vec<Value>>) -> Dataset {
    let types: Vec<DataType> = schema.fields.iter().map(Field::column_type).collect();
    let mut rows = rows.peekable();
    let mut batches = Vec::new();
    while rows.peek().is_some() {
        let mut builders: Vec<VectorBuilder> = types.iter().map(VectorBuilder::new).collect();
        let mut count = 0;
        for row in rows.by_ref().take(BATCH_ROWS) {
            for (builder, value) in builders.iter_mut().zip(&row) {
                builder.push(value).expect("the values follow the schema");
            }
            count += 1;
        }
        batches.push(Batch::new(builders.into_iter().map(VectorBuilder::finish).collect(), count));
    }
    Dataset { name: name.to_owned(), schema, batches }
}

/// A STRING value.
pub(super) fn text(value: impl AsRef<str>) -> Value {
    Value::from(value.as_ref())
}
