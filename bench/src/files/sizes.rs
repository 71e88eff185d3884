//! Bytes of every data set in every format.

use std::io::Write;

use canopy_format::file::Preset;
use canopy_format::{Batch, Value};

use super::dataset::Dataset;
use super::report::{Report, Size};
use super::{Failure, Options, canopy, events, packages, parquet, peers, sensors, weblog};
use crate::{documents, tpch};

/// Makes each data set, writes it in every format, adds its sizes to the report.
pub(super) fn measure(
    options: &Options,
    report: &mut Report,
    say: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    let rows = |at_scale_1: f64| (at_scale_1 * options.scale).max(2_000.0) as usize;
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    for table in tpch::TABLES.into_iter().filter(|table| wanted(table.name())) {
        let batches = tpch::batches(table, options.scale).collect();
        let dataset = Dataset { name: table.name().to_owned(), schema: tpch::schema(table), batches };
        add(options, "tpch", &dataset, report, say)?;
    }
    if wanted("documents") {
        add(options, "nested", &documents_of(rows(500_000.0)), report, say)?;
    }
    if wanted("events") {
        add(options, "nested", &events::events(rows(300_000.0)), report, say)?;
    }
    if wanted("sensors") {
        add(options, "sensors", &sensors::sensors(rows(2_000_000.0)), report, say)?;
    }
    for dataset in weblog::weblog(rows(1_000_000.0)).iter().filter(|dataset| wanted(&dataset.name)) {
        add(options, "text", dataset, report, say)?;
    }
    for dataset in packages::datasets(options)?.iter().filter(|dataset| wanted(&dataset.name)) {
        add(options, "real", dataset, report, say)?;
    }
    Ok(())
}

/// The nested documents.
pub(super) fn documents_of(count: usize) -> Dataset {
    Dataset {
        name: "documents".to_owned(),
        schema: documents::schema(),
        batches: documents::batches(documents::documents(7, count)).collect(),
    }
}

fn add(
    options: &Options,
    group: &str,
    dataset: &Dataset,
    report: &mut Report,
    say: &mut dyn FnMut(&str),
) -> Result<(), Failure> {
    say(&format!("{}: {} rows", dataset.name, dataset.rows()));
    let file = canopy::write(dataset, Preset::ObjectStore)?.bytes;
    canopy::verify(&file, dataset)?;
    let [hot, cold] = [Preset::Hot, Preset::Cold].map(|preset| canopy::write(dataset, preset));
    let batches = dataset.record_batches()?;
    let zstd = parquet::write(&batches, parquet::zstd3())?;
    let snappy = parquet::write(&batches, ::parquet::basic::Compression::SNAPPY)?;
    drop(batches);
    let path = options.work.join(format!("{}.parquet", dataset.name));
    std::fs::File::create(&path)?.write_all(&zstd)?;
    std::fs::write(options.work.join(format!("{}.cnpy", dataset.name)), &file)?;
    let peers = peers::rewrite(options, &path, say)?;
    report.sizes.push(Size {
        group: group.to_owned(),
        name: dataset.name.clone(),
        rows: dataset.rows() as u64,
        canopy: file.len() as u64,
        canopy_hot: hot?.bytes.len() as u64,
        canopy_cold: cold?.bytes.len() as u64,
        parquet_zstd3: zstd.len() as u64,
        parquet_snappy: snappy.len() as u64,
        csv: csv_bytes(&dataset.batches),
        peers,
    });
    Ok(())
}

/// Bytes of the rows as CSV; None where a column is nested.
fn csv_bytes(batches: &[Batch]) -> Option<u64> {
    let mut bytes = 0;
    for batch in batches {
        for column in batch.columns() {
            for value in column.iter_values() {
                bytes += 1 + match value {
                    Value::Null => 0,
                    Value::Array(_) | Value::Struct(_) => return None,
                    Value::Int64(value) => value.to_string().len() as u64,
                    Value::Float64(value) => value.to_string().len() as u64,
                    Value::String(text) => text.len() as u64 + if text.contains([',', '"']) { 2 } else { 0 },
                    Value::Bool(value) => value.to_string().len() as u64,
                    Value::Date(_) => "2001-01-01".len() as u64,
                    Value::Timestamp(micros) if micros % 1_000_000 == 0 => {
                        "2001-01-01 01:01:01+00".len() as u64
                    }
                    Value::Timestamp(_) => "2001-01-01 01:01:01.000001+00".len() as u64,
                    Value::Numeric(value) => {
                        let digits = (value / 1_000_000_000).to_string().len() as u64;
                        digits + if value % 1_000_000_000 == 0 { 0 } else { 3 }
                    }
                    other => format!("{other:?}").len() as u64,
                };
            }
        }
    }
    Some(bytes)
}
