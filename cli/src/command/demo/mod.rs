//! `canopy demo`: makes data, loads it, queries it, checks the answers.

mod report;

use std::path::Path;
use std::sync::Arc;

use canopy_server::engine::Engine;

use crate::args::{DemoArguments, Global};
use crate::command::workload;
use crate::failure::{Failure, Result};
use crate::session::{local_path, open_engine};

/// Runs the command.
pub async fn run(global: &Global, arguments: DemoArguments) -> Result {
    if global.connect.is_some() {
        return Err(Failure::usage("demo runs in this process: leave out --connect"));
    }
    if !(arguments.scale > 0.0 && arguments.scale <= 1000.0) {
        return Err(Failure::usage(format!("expected a scale above 0, found {}", arguments.scale)));
    }
    let warehouse = arguments.directory.as_deref().unwrap_or(&global.warehouse);
    if let Some(path) = local_path(warehouse) {
        must_be_free(path)?;
    }
    let engine = open_engine(global, warehouse).await?;
    must_be_empty(&engine, warehouse).await?;
    eprintln!(
        "canopy demo: TPC-H at scale {} and {} web documents, in {warehouse}",
        arguments.scale, arguments.documents
    );
    let documents: Arc<[_]> =
        canopy_bench::documents::documents(workload::DOCUMENTS_SEED, arguments.documents).collect();
    let mut sources = workload::tpch_tables(arguments.scale);
    sources.push(workload::documents_table(&documents));
    let loaded = workload::load_all(&engine, &global.dataset, sources).await?;
    let client = canopy_server::embedded(engine);
    let mut questions = workload::tpch_questions(arguments.scale);
    questions.extend(workload::document_questions(&documents));
    let answers = workload::ask_all(&*client, &global.dataset, &questions).await;
    report::print(&loaded, &answers, warehouse, global).map_err(crate::render::failed)?;
    workload::all_right(answers.iter().map(|answer| (answer.name.as_str(), &answer.verdict)))
}

/// A directory that holds something else is left alone.
fn must_be_free(path: &Path) -> Result {
    if path.is_file() {
        return Err(Failure::failed(format!("{} is a file; name a directory", path.display())));
    }
    let mut entries = std::fs::read_dir(path).into_iter().flatten();
    if !path.join("log").exists() && entries.next().is_some() {
        return Err(Failure::failed(format!(
            "{} holds something that is no warehouse; name a fresh directory with --directory",
            path.display()
        )));
    }
    Ok(())
}

/// A warehouse that holds tables is left alone.
async fn must_be_empty(engine: &Engine, warehouse: &str) -> Result {
    let tables = engine.list_tables("").await.map_err(|error| error.to_string())?;
    match tables.datasets.iter().any(|dataset| !dataset.tables.is_empty()) {
        true => Err(Failure::failed(format!(
            "the warehouse {warehouse} holds tables already; name a fresh directory with --directory, such as \
             --directory ./demo"
        ))),
        false => Ok(()),
    }
}
