//! How fast the same rows are written, decoded, filtered and summed, on one core, files in memory.

use std::time::Duration;

use arrow_array::RecordBatch;
use bytes::Bytes;
use canopy_format::file::Preset;
use canopy_format::{DataType, Field, FieldId, Mode, Schema, Vector};

use super::canopy::File;
use super::dataset::Dataset;
use super::report::{Report, Speed};
use super::{Failure, Options, canopy, measure, parquet, queries, sizes};
use crate::tpch;

/// Measures everything that the data sets allow.
pub(super) fn measure(
    options: &Options,
    report: &mut Report,
    say: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    if wanted("lineitem") {
        lineitem(options, report, say)?;
    }
    if wanted("documents") {
        leaf_sum(options, report, say)?;
    }
    if wanted("wide") {
        wide(options, report, say)?;
    }
    Ok(())
}

/// The same rows in both formats.
struct Pair {
    canopy: File,
    bytes: Bytes,
    parquet: Bytes,
}

impl Pair {
    fn new(dataset: &Dataset, batches: &[RecordBatch]) -> Result<Self, Failure> {
        let file = canopy::write(dataset, Preset::ObjectStore)?;
        let parquet = parquet::write(batches, parquet::zstd3())?;
        Ok(Self { canopy: File::new(&file)?, bytes: file.bytes, parquet })
    }
}

fn lineitem(options: &Options, report: &mut Report, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    say("speeds: lineitem");
    let table = tpch::Table::LineItem;
    let batches = tpch::batches(table, options.scale).collect();
    let dataset = Dataset { name: table.name().to_owned(), schema: tpch::schema(table), batches };
    let rows = dataset.rows() as f64;
    let records = dataset.record_batches()?;
    let times = measure::in_turns(
        options.runs.min(3),
        &mut [&mut || Ok(canopy::write(&dataset, Preset::ObjectStore)?.bytes.len() as u64), &mut || {
            Ok(parquet::write(&records, parquet::zstd3())?.len() as u64)
        }],
    )?;
    report.speeds.push(Speed::new("write", "lineitem, rows/s", rows, &times));
    let pair = Pair::new(&dataset, &records)?;
    drop((dataset, records));

    let times = measure::in_turns(
        options.runs,
        &mut [
            &mut || canopy::decode(&pair.canopy, &[]),
            &mut || parquet::decode(&pair.parquet, &[]),
            &mut || Ok(crc32fast::hash(&pair.bytes).into()),
        ],
    )?;
    report.speeds.push(Speed::new("decode", "lineitem, all columns, rows/s", rows, &times));
    report.checksum_share = Some(times[2].as_secs_f64() / times[0].as_secs_f64());

    let expected = queries::parquet_q6(&pair.parquet)?;
    agree("Q6", queries::canopy_q6(&pair.canopy)?, expected)?;
    agree("Q6 with a row filter", queries::parquet_q6_filtered(&pair.parquet)?, expected)?;
    let times = measure::in_turns(
        options.runs,
        &mut [
            &mut || queries::canopy_q6(&pair.canopy),
            &mut || queries::parquet_q6(&pair.parquet),
            &mut || queries::parquet_q6_filtered(&pair.parquet),
        ],
    )?;
    let better = times[1].min(times[2]);
    report.speeds.push(Speed::new("q6", "filter and sum as TPC-H Q6, rows/s", rows, &[times[0], better]));
    Ok(())
}

fn leaf_sum(options: &Options, report: &mut Report, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    say("speeds: documents");
    let dataset = sizes::documents_of((500_000.0 * options.scale).max(2_000.0) as usize);
    let rows = dataset.rows() as f64;
    let pair = Pair::new(&dataset, &dataset.record_batches()?)?;
    drop(dataset);
    let expected = queries::parquet_leaf_sum(&pair.parquet)?;
    agree("sum of a nested leaf", queries::canopy_leaf_sum(&pair.canopy)?, expected)?;
    let times = measure::in_turns(
        options.runs,
        &mut [&mut || queries::canopy_leaf_sum(&pair.canopy), &mut || {
            queries::parquet_leaf_sum(&pair.parquet)
        }],
    )?;
    report.speeds.push(Speed::new("leaf_sum", "sum of name.language.votes, documents/s", rows, &times));
    let times = measure::in_turns(
        options.runs,
        &mut [&mut || canopy::decode(&pair.canopy, &[]), &mut || parquet::decode(&pair.parquet, &[])],
    )?;
    report.speeds.push(Speed::new("decode_nested", "documents, all columns, documents/s", rows, &times));
    Ok(())
}

/// One column of ten thousand, from opening to its last value.
fn wide(options: &Options, report: &mut Report, say: &mut dyn FnMut(&str)) -> Result<(), Failure> {
    const COLUMNS: usize = 10_000;
    const ROWS: usize = 1_000;
    say("speeds: 10,000 columns");
    let fields =
        (0..COLUMNS).map(|i| Field::scalar(i as u32 + 1, format!("c{i}"), DataType::Int64, Mode::Required));
    let schema = Schema { fields: fields.collect(), next_field_id: COLUMNS as u32 + 1 };
    let columns = (0..COLUMNS).map(|i| Vector::sequence(i as i64, 1 + i as i64 % 7, ROWS));
    let batch = canopy_format::Batch::new(columns.collect(), ROWS);
    let dataset = Dataset { name: "wide".to_owned(), schema, batches: vec![batch] };
    let pair = Pair::new(&dataset, &dataset.record_batches()?)?;
    drop(dataset);
    let times: Vec<Duration> = measure::in_turns(
        options.runs.max(9),
        &mut [&mut || canopy::decode_column(&pair.canopy, FieldId(7_778)), &mut || {
            parquet::decode(&pair.parquet, &["c7777"])
        }],
    )?;
    report.speeds.push(Speed::new("wide", "open, read 1 of 10,000 columns, times/s", 1.0, &times));
    Ok(())
}

fn agree(what: &str, canopy: u64, parquet: u64) -> Result<(), Failure> {
    match canopy == parquet {
        true => Ok(()),
        false => Err(format!("{what}: {canopy} here, {parquet} from Parquet").into()),
    }
}
