//! `canopy inspect`: what is inside a `.cnpy` file.

use std::collections::HashMap;
use std::io::Write;

use canopy_format::file::{ColumnReport, FileReport, NodeReport, Preset};
use canopy_format::{DataType, Field, FieldId, FileReader, Value};
use indicatif::{HumanBytes, HumanCount};

use crate::args::InspectArguments;
use crate::failure::{Failure, Result};
use crate::render::grid::{self, Head};
use crate::render::value;

/// Runs the command.
pub async fn run(arguments: InspectArguments) -> Result {
    let report = report(&arguments).await?;
    let mut out = std::io::stdout().lock();
    let written = match arguments.json {
        true => serde_json::to_writer_pretty(&mut out, &report)
            .map_err(std::io::Error::from)
            .and_then(|()| writeln!(out)),
        false => summary(&report, &mut out)
            .and_then(|()| columns(&report, &mut out))
            .and_then(|()| sizes(&report, &mut out))
            .and_then(|()| if arguments.blocks { blocks(&report, &mut out) } else { Ok(()) })
            .and_then(|()| if arguments.choices { choices(&report, &mut out) } else { Ok(()) }),
    };
    written.map_err(|error| Failure::Failed(crate::render::failed(error)))
}

async fn report(arguments: &InspectArguments) -> Result<FileReport> {
    let name = arguments.file.display().to_string();
    let metadata = std::fs::metadata(&arguments.file)
        .map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
    if !metadata.is_file() {
        return Err(Failure::failed(format!(
            "{name} is no file; the files of a warehouse are below its table/"
        )));
    }
    let bytes = std::fs::read(&arguments.file)
        .map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
    let reader = FileReader::open_bytes(&name, bytes.into()).map_err(|error| error.to_string())?;
    let report = match arguments.choices {
        true => reader.explain(Preset::default()).await,
        false => reader.report().await,
    };
    let mut report = report.map_err(|error| error.to_string())?;
    // The report's bounds are for debugging; people and tools read them as GoogleSQL writes values.
    let bounds = bounds(&reader)?;
    for column in report.columns.iter_mut().filter(|column| column.stream == "values") {
        if let Some((min, max)) = bounds.get(&column.field_id) {
            (column.min, column.max) = (min.clone(), max.clone());
        }
    }
    Ok(report)
}

type Bounds = HashMap<u32, (Option<String>, Option<String>)>;

/// Lower and upper bounds of the leaves, as text.
fn bounds(reader: &FileReader) -> Result<Bounds> {
    fn leaves<'a>(fields: &'a [Field], types: &mut HashMap<FieldId, &'a DataType>) {
        for field in fields {
            types.insert(field.id, &field.data_type);
            leaves(&field.children, types);
        }
    }
    let mut types = HashMap::new();
    leaves(&reader.schema().fields, &mut types);
    let statistics = reader.statistics().map_err(|error| error.to_string())?;
    let text = |bound: &Option<Value>, field: &FieldId| {
        bound.as_ref().zip(types.get(field)).map(|(bound, data_type)| value::text(bound, data_type))
    };
    let columns = statistics.columns.iter();
    Ok(columns.map(|c| (c.field_id.0, (text(&c.min, &c.field_id), text(&c.max, &c.field_id)))).collect())
}

fn summary(report: &FileReport, out: &mut dyn Write) -> std::io::Result<()> {
    let raw: u64 = report.columns.iter().map(|column| column.raw_bytes).sum();
    let encoded: u64 = report.columns.iter().map(|column| column.encoded_bytes).sum();
    let stripes = report.stripes.len();
    writeln!(out, "file     {}", report.name)?;
    writeln!(out, "uuid     {}", report.uuid)?;
    writeln!(
        out,
        "rows     {} in {stripes} stripe{}",
        HumanCount(report.row_count),
        if stripes == 1 { "" } else { "s" }
    )?;
    writeln!(
        out,
        "size     {} ({} columns, {} footer and metadata)",
        HumanBytes(report.byte_size),
        HumanBytes(encoded),
        HumanBytes(report.footer_bytes)
    )?;
    writeln!(
        out,
        "raw      {} of values, {:.2} times the file",
        HumanBytes(raw),
        raw as f64 / report.byte_size.max(1) as f64
    )
}

fn columns(report: &FileReport, out: &mut dyn Write) -> std::io::Result<()> {
    let heads = heads(&[
        ("id", true),
        ("column", false),
        ("type", false),
        ("mode", false),
        ("stream", false),
        ("r", true),
        ("d", true),
        ("values", true),
        ("nulls", true),
        ("distinct", true),
        ("min", false),
        ("max", false),
    ]);
    let rows: Vec<Vec<String>> = report.columns.iter().map(column_row).collect();
    writeln!(out, "\nColumns, with the highest repetition level r and definition level d of each stream")?;
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}

fn column_row(column: &ColumnReport) -> Vec<String> {
    // The values of a structure are the lengths of its lists: they are of no type of the schema's.
    let data_type = if column.stream == "structure" { "" } else { column.data_type.as_str() };
    vec![
        column.field_id.to_string(),
        column.path.clone(),
        data_type.to_owned(),
        column.mode.to_owned(),
        column.stream.to_owned(),
        column.repetition_max.to_string(),
        column.definition_max.to_string(),
        HumanCount(column.values).to_string(),
        HumanCount(column.nulls).to_string(),
        column.distinct.map_or(String::new(), |distinct| HumanCount(distinct.round() as u64).to_string()),
        column.min.clone().unwrap_or_default(),
        column.max.clone().unwrap_or_default(),
    ]
}

fn sizes(report: &FileReport, out: &mut dyn Write) -> std::io::Result<()> {
    let heads = heads(&[
        ("column", false),
        ("stream", false),
        ("blocks", true),
        ("raw", true),
        ("encoded", true),
        ("ratio", true),
        ("encodings", false),
    ]);
    let row = |column: &ColumnReport| {
        vec![
            column.path.clone(),
            column.stream.to_owned(),
            column.blocks.len().to_string(),
            HumanBytes(column.raw_bytes).to_string(),
            HumanBytes(column.encoded_bytes).to_string(),
            format!("{:.1}", column.ratio),
            encodings(column),
        ]
    };
    let rows: Vec<Vec<String>> = report.columns.iter().map(row).collect();
    writeln!(out, "\nSizes and encodings")?;
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}

fn heads(heads: &[(&str, bool)]) -> Vec<Head> {
    heads.iter().map(|(name, is_right)| Head::new(name, *is_right)).collect()
}

/// The different trees of a column's blocks, most frequent first.
fn encodings(column: &ColumnReport) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    for block in &column.blocks {
        let text = block.values.as_ref().map_or("all NULL".to_owned(), |node| tree(node, false));
        match counts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => counts.push((text, 1)),
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let texts: Vec<String> = counts.into_iter().map(|(text, _)| text).collect();
    texts.join(" | ")
}

/// An encoding with its children in parentheses, with its details if wanted.
fn tree(node: &NodeReport, detailed: bool) -> String {
    let mut text = node.encoding.to_owned();
    if detailed && !node.detail.is_empty() {
        text = format!("{text}[{}]", node.detail);
    }
    if !node.children.is_empty() {
        let children: Vec<String> = node.children.iter().map(|child| tree(child, detailed)).collect();
        text = format!("{text}({})", children.join(", "));
    }
    text
}

/// What was weighed for the first block of each column, cheapest first.
fn choices(report: &FileReport, out: &mut dyn Write) -> std::io::Result<()> {
    let heads = heads(&[
        ("column", false),
        ("stream", false),
        ("encoding", false),
        ("estimated bytes", true),
        ("bytes", true),
        ("decode us", true),
        ("cost us", true),
        ("", false),
    ]);
    let mut rows = Vec::new();
    for column in &report.columns {
        let Some(choice) = column.blocks.first().and_then(|block| block.choice.as_ref()) else { continue };
        for candidate in &choice.candidates {
            rows.push(vec![
                column.path.clone(),
                column.stream.to_owned(),
                candidate.encoding.to_owned(),
                HumanCount(candidate.estimated_bytes as u64).to_string(),
                candidate.bytes.map_or(String::new(), |bytes| HumanCount(bytes as u64).to_string()),
                format!("{:.1}", candidate.decode_ns / 1e3),
                format!("{:.1}", candidate.cost / 1e3),
                if candidate.chosen { "chosen".to_owned() } else { String::new() },
            ]);
        }
    }
    writeln!(out, "\nChoices for the first block of each column; bytes of those that were built")?;
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}

fn blocks(report: &FileReport, out: &mut dyn Write) -> std::io::Result<()> {
    let heads = heads(&[
        ("column", false),
        ("stream", false),
        ("stripe", true),
        ("offset", true),
        ("bytes", true),
        ("header", true),
        ("slots", true),
        ("nulls", true),
        ("validity", false),
        ("values", false),
    ]);
    let mut rows = Vec::new();
    for column in &report.columns {
        for block in &column.blocks {
            let validity: Vec<String> = block.validity.iter().map(|node| tree(node, true)).collect();
            let compacted = if block.compacted { " compacted" } else { "" };
            rows.push(vec![
                column.path.clone(),
                column.stream.to_owned(),
                block.stripe.to_string(),
                block.offset.to_string(),
                block.bytes.to_string(),
                block.header_bytes.to_string(),
                block.slots.to_string(),
                block.nulls.to_string(),
                format!("{}{compacted}", validity.join(", ")),
                block.values.as_ref().map_or("all NULL".to_owned(), |node| tree(node, true)),
            ]);
        }
    }
    writeln!(out, "\nBlocks")?;
    grid::write(out, &heads, &rows, None, grid::terminal_width()).map(drop)
}
