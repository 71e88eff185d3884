//! Making the data and loading it.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_bench::documents::{self, Document};
use canopy_bench::tpch;
use canopy_format::{Batch, Schema};
use canopy_server::Ingested;
use canopy_server::engine::Engine;
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::{Failure, Result};

/// The documents are the same in every demo.
pub(super) const DOCUMENTS_SEED: u64 = 2010;

/// A table that was loaded.
pub(super) struct Loaded {
    /// Its name.
    pub name: &'static str,
    /// What became of its rows.
    pub ingested: Ingested,
    /// How long making and loading them took.
    pub elapsed: Duration,
}

/// Makes all tables, one commit each.
pub(super) async fn run(
    engine: &Engine,
    dataset: &str,
    scale: f64,
    documents: &Arc<[Document]>,
) -> Result<Vec<Loaded>> {
    let bar = bar(scale, documents.len());
    let mut loaded = Vec::new();
    for table in tpch::TABLES {
        let batches = tpch::batches(table, scale);
        loaded.push(load(engine, dataset, table.name(), tpch::schema(table), batches, &bar).await?);
    }
    let documents = documents.clone();
    let owned = (0..documents.len()).map(move |index| documents[index].clone());
    let batches = documents::batches(owned);
    loaded.push(load(engine, dataset, documents::TABLE, documents::schema(), batches, &bar).await?);
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

/// A bar over about as many rows as there will be; only on a terminal.
fn bar(scale: f64, documents: usize) -> ProgressBar {
    const ROWS_A_SCALE: f64 = 8_660_000.0;
    let bar = progress((ROWS_A_SCALE * scale) as u64 + documents as u64, "{human_pos} rows");
    if !std::io::stderr().is_terminal() {
        eprintln!("loading {} tables", tpch::TABLES.len() + 1);
    }
    bar
}

/// A bar that says how far it is in its own words.
pub(super) fn progress(length: u64, position: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = format!("{{elapsed_precise}} [{{bar:30}}] {position}  {{msg}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}
