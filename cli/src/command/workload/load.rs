//! Making a workload's tables and loading them.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_bench::documents::{self, Document};
use canopy_bench::{hits, tpch};
use canopy_format::{Batch, Schema};
use canopy_server::Ingested;
use canopy_server::engine::Engine;
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Failure, Result};

/// The documents are the same every time.
pub const DOCUMENTS_SEED: u64 = 2010;

/// A table that was loaded.
pub struct Loaded {
    /// Its name.
    pub name: &'static str,
    /// What became of its rows.
    pub ingested: Ingested,
    /// How long making and loading them took.
    pub elapsed: Duration,
}

/// A table to make.
pub struct Source {
    name: &'static str,
    schema: Schema,
    rows: u64,
    batches: Box<dyn Iterator<Item = Batch> + Send>,
}

/// TPC-H's tables.
pub fn tpch(scale: f64) -> Vec<Source> {
    const ROWS_A_SCALE: f64 = 6_000_000.0;
    let sources = tpch::TABLES.into_iter().map(|table| Source {
        name: table.name(),
        schema: tpch::schema(table),
        // Only lineitem's rows are many enough to matter to a bar.
        rows: if table == tpch::Table::LineItem { (ROWS_A_SCALE * scale * 1.44) as u64 } else { 0 },
        batches: tpch::batches(table, scale),
    });
    sources.collect()
}

/// The table of documents.
pub fn documents(documents: &Arc<[Document]>) -> Source {
    let (documents, rows) = (documents.clone(), documents.len() as u64);
    let owned = (0..documents.len()).map(move |index| documents[index].clone());
    let batches = Box::new(documents::batches(owned));
    Source { name: documents::TABLE, schema: documents::schema(), rows, batches }
}

/// The table of page views.
pub fn hits(scale: f64) -> Source {
    let rows = (hits::ROWS_A_SCALE * scale) as usize;
    let batches = Box::new(hits::batches(rows));
    Source { name: hits::TABLE, schema: hits::schema(), rows: rows as u64, batches }
}

/// Makes the tables, one commit each.
pub async fn load_all(engine: &Engine, dataset: &str, sources: Vec<Source>) -> Result<Vec<Loaded>> {
    let bar = progress(sources.iter().map(|source| source.rows).sum(), "{human_pos} rows");
    if !std::io::stderr().is_terminal() {
        eprintln!("loading {} tables", sources.len());
    }
    let mut loaded = Vec::new();
    for Source { name, schema, batches, .. } in sources {
        loaded.push(load(engine, dataset, name, schema, batches, &bar).await?);
    }
    bar.finish_and_clear();
    Ok(loaded)
}

async fn load(
    engine: &Engine,
    dataset: &str,
    name: &'static str,
    schema: Schema,
    batches: impl Iterator<Item = Batch> + Send + 'static,
    bar: &ProgressBar,
) -> Result<Loaded> {
    bar.set_message(format!("loading {name}"));
    let (started, counted) = (Instant::now(), bar.clone());
    let batches = batches.inspect(move |batch| counted.inc(batch.rows() as u64));
    let ingested = engine
        .create_table_from(dataset, name, schema, batches)
        .await
        .map_err(|error| Failure::failed(format!("cannot load {name}: {error}")))?;
    Ok(Loaded { name, ingested, elapsed: started.elapsed() })
}

/// A bar that says how far it is in its own words.
pub fn progress(length: u64, position: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = format!("{{elapsed_precise}} [{{bar:30}}] {position}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
