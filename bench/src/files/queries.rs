//! The scans that are timed, as a careful hand writes them over each reader. Each returns its sum, so that both
//! can be held against each other.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int64Type};
use arrow_array::{Array, BooleanArray, RecordBatch};
use bytes::Bytes;
use canopy_format::{
    BATCH_ROWS, ColumnPredicate, ColumnTest, Comparison, FieldId, ProjectedColumn, StripeData, Value, Values,
    Vector,
};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ParquetRecordBatchReaderBuilder, RowFilter};

use super::Failure;
use super::canopy::{self, File};
use super::parquet::reader;

/// 1994-01-01 and 1995-01-01.
const YEAR: [i32; 2] = [8_766, 9_131];
/// l_discount in cents.
const DISCOUNT: [i128; 2] = [5, 7];
/// l_quantity in cents.
const QUANTITY: i128 = 2_400;
/// Of cents, as NUMERIC has them.
const CENT: i128 = 10_000_000;

const Q6_COLUMNS: [&str; 4] = ["l_quantity", "l_extendedprice", "l_discount", "l_shipdate"];

/// SUM(l_extendedprice * l_discount), in ten-thousandths.
pub(super) fn canopy_q6(file: &File) -> Result<u64, Failure> {
    let reader = file.open()?;
    let columns = canopy::columns(&reader, &Q6_COLUMNS);
    let compare = |comparison, value| ColumnTest::Compare(comparison, value);
    // By the column's place in the projection, the most selective first.
    let tests = [
        (3, compare(Comparison::GreaterOrEqual, Value::Date(YEAR[0]))),
        (3, compare(Comparison::Less, Value::Date(YEAR[1]))),
        (2, compare(Comparison::GreaterOrEqual, Value::Numeric(DISCOUNT[0] * CENT))),
        (2, compare(Comparison::LessOrEqual, Value::Numeric(DISCOUNT[1] * CENT))),
        (0, compare(Comparison::Less, Value::Numeric(QUANTITY * CENT))),
    ];
    let predicates: Vec<ColumnPredicate> = tests
        .iter()
        .map(|(column, test)| ColumnPredicate { field: columns[*column].field, test: test.clone() })
        .collect();
    let selection = reader.prune(&predicates)?;
    let projection = reader.projection(&columns)?;
    let mut sum = 0;
    for stripe in selection.stripes {
        let stripe = canopy::now(reader.fetch_stripe(&projection, stripe))??;
        sum += q6_of_stripe(&stripe, &tests)?;
    }
    Ok(sum)
}

fn q6_of_stripe(stripe: &std::sync::Arc<StripeData>, tests: &[(usize, ColumnTest)]) -> Result<u64, Failure> {
    let mut decoder = stripe.decoder();
    let mut sum = 0;
    for start in (0..decoder.rows()).step_by(BATCH_ROWS) {
        let rows = BATCH_ROWS.min(decoder.rows() - start);
        let mut mask = [u64::MAX; BATCH_ROWS / 64];
        for (column, test) in tests {
            decoder.filter(*column, test, start, rows, &mut mask)?;
        }
        let words = &mut mask[..rows.div_ceil(64)];
        if !rows.is_multiple_of(64) {
            words[rows / 64] &= (1 << (rows % 64)) - 1;
        }
        if words.iter().all(|&word| word == 0) {
            continue;
        }
        let (price, discount) = (decoder.read(1, start, rows)?, decoder.read(2, start, rows)?);
        let (price, discount) = (cents(&price)?, cents(&discount)?);
        for (index, &word) in words.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                let row = index * 64 + word.trailing_zeros() as usize;
                sum += (price[row] * discount[row]) as u64;
                word &= word - 1;
            }
        }
    }
    Ok(sum)
}

/// A column of money as 64-bit cents.
fn cents(vector: &Vector) -> Result<Vec<i64>, Failure> {
    let flat = vector.flatten();
    match flat.as_flat() {
        Some((Values::Decimal64 { values, scale: 2 }, _)) => Ok(values.to_vec()),
        Some((Values::Decimal64 { values, scale }, _)) if *scale < 2 => {
            let factor = 10i64.pow(2 - *scale as u32);
            Ok(values.iter().map(|value| value * factor).collect())
        }
        _ => Err("money is not kept as 64-bit cents".into()),
    }
}

/// The four columns of a batch, as Parquet has them.
fn q6_columns(batch: &RecordBatch) -> Result<[&[i128]; 3], Failure> {
    let money = |name: &str| -> Result<_, Failure> {
        let column = batch.column_by_name(name).ok_or("a column is missing")?;
        Ok(&column.as_primitive::<Decimal128Type>().values()[..])
    };
    Ok([money("l_quantity")?, money("l_extendedprice")?, money("l_discount")?])
}

fn passes(day: i32, discount: i128, quantity: i128) -> bool {
    (day >= YEAR[0])
        & (day < YEAR[1])
        & (discount >= DISCOUNT[0])
        & (discount <= DISCOUNT[1])
        & (quantity < QUANTITY)
}

/// Q6 by decoding the four columns and testing every row.
pub(super) fn parquet_q6(file: &Bytes) -> Result<u64, Failure> {
    let mut sum = 0;
    for batch in reader(file, &Q6_COLUMNS)? {
        let batch = batch?;
        let [quantity, price, discount] = q6_columns(&batch)?;
        let days = batch.column_by_name("l_shipdate").ok_or("no l_shipdate")?.as_primitive::<Date32Type>();
        for (row, &day) in days.values().iter().enumerate() {
            let pass = passes(day, discount[row], quantity[row]);
            sum += if pass { (price[row] * discount[row]) as u64 } else { 0 };
        }
    }
    Ok(sum)
}

/// Q6 with the reader's own row filter: prices are decoded for passing rows only.
pub(super) fn parquet_q6_filtered(file: &Bytes) -> Result<u64, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone())?.with_batch_size(8192);
    let mask = |columns: &[&str]| ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let tested = mask(&["l_quantity", "l_discount", "l_shipdate"]);
    let wanted = mask(&["l_extendedprice", "l_discount"]);
    let predicate = ArrowPredicateFn::new(tested, |batch| {
        let money = |index: usize| batch.column(index).as_primitive::<Decimal128Type>().values().clone();
        let (quantity, discount) = (money(0), money(1));
        let days = batch.column(2).as_primitive::<Date32Type>();
        let pass =
            days.values().iter().enumerate().map(|(row, &day)| passes(day, discount[row], quantity[row]));
        Ok(BooleanArray::from(pass.collect::<Vec<bool>>()))
    });
    let filter = RowFilter::new(vec![Box::new(predicate)]);
    let mut sum = 0;
    for batch in builder.with_projection(wanted).with_row_filter(filter).build()? {
        let batch = batch?;
        let money = |index: usize| batch.column(index).as_primitive::<Decimal128Type>();
        let (price, discount) = (money(0), money(1));
        sum += price.values().iter().zip(discount.values()).map(|(p, d)| (p * d) as u64).sum::<u64>();
    }
    Ok(sum)
}

/// The field id of name.language.votes.
const VOTES: FieldId = FieldId(11);

/// SUM of name.language.votes over all documents.
pub(super) fn canopy_leaf_sum(file: &File) -> Result<u64, Failure> {
    let reader = file.open()?;
    let columns: Vec<ProjectedColumn> =
        reader.schema().fields.iter().filter_map(|field| ProjectedColumn::keeping(field, &[VOTES])).collect();
    let mut sum = 0;
    for stripe in canopy::stripes(&reader, &columns)? {
        canopy::each_batch(&stripe?, columns.len(), |batch| {
            sum += leaf_sum(&batch[0])?;
            Ok(())
        })?;
    }
    Ok(sum)
}

/// The sum of the one INT64 leaf below a column.
fn leaf_sum(vector: &Vector) -> Result<u64, Failure> {
    let flat = vector.flatten();
    match flat.as_flat() {
        Some((Values::List(list), _)) => leaf_sum(&list.child),
        Some((Values::Struct(parts), _)) if parts.len() == 1 => leaf_sum(&parts[0]),
        Some((Values::I64(values), None)) => Ok(values.iter().sum::<i64>() as u64),
        Some((Values::I64(values), Some(validity))) => {
            Ok(values.iter().enumerate().filter(|(i, _)| validity.get(*i)).map(|(_, &v)| v).sum::<i64>()
                as u64)
        }
        _ => Err("not a path to one INT64 leaf".into()),
    }
}

/// The same from Parquet, through its own assembly of lists.
pub(super) fn parquet_leaf_sum(file: &Bytes) -> Result<u64, Failure> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(file.clone())?.with_batch_size(8192);
    let leaf = (0..builder.parquet_schema().num_columns())
        .find(|&leaf| builder.parquet_schema().column(leaf).path().string().contains("votes"))
        .ok_or("no votes in the Parquet file")?;
    let mask = ProjectionMask::leaves(builder.parquet_schema(), [leaf]);
    let mut sum = 0;
    for batch in builder.with_projection(mask).build()? {
        let mut array = batch?.column(0).clone();
        while !matches!(array.data_type(), arrow_schema::DataType::Int64) {
            array = match array.data_type() {
                arrow_schema::DataType::List(_) => array.as_list::<i32>().values().clone(),
                _ => array.as_struct().column(0).clone(),
            };
        }
        let votes = array.as_primitive::<Int64Type>();
        let valid = votes.values().iter().enumerate().filter(|(row, _)| votes.is_valid(*row));
        sum += valid.map(|(_, &vote)| vote as u64).sum::<u64>();
    }
    Ok(sum)
}
