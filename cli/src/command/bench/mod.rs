//! `canopy bench`: how long a workload's queries take, here and now.

mod report;
mod stdio;

use std::sync::Arc;
use std::time::Duration;

use canopy_bench::documents;
use canopy_server::client::Client;
use canopy_server::engine::Engine;

use crate::args::{BenchArguments, Global, Workload};
use crate::command::workload::{self, Question, Verdict};
use crate::failure::{Failure, Result};
use crate::session::{Session, open_engine};

/// Documents of the nested workload at scale 1.
const DOCUMENTS_A_SCALE: f64 = 500_000.0;

/// How a query did.
struct Measured {
    name: String,
    title: &'static str,
    /// One a run, in the order of the runs.
    times: Vec<Duration>,
    rows: usize,
    bytes_processed: u64,
    verdict: Verdict,
}

/// Runs the command.
pub async fn run(global: &Global, arguments: BenchArguments) -> Result {
    if arguments.stdio {
        return stdio::run(&Session::open(global).await?).await;
    }
    if !(arguments.scale > 0.0 && arguments.scale <= 1000.0) || arguments.runs == 0 {
        return Err(Failure::usage("expected a scale above 0 and at least one run"));
    }
    let questions = questions(&arguments)?;
    let client = prepare(global, &arguments).await?;
    let mut measured = first(&*client, global, &questions).await;
    for _ in 0..arguments.runs {
        // Round by round, so that a slow moment of the machine falls on all queries alike.
        let again = match arguments.cold {
            true => None,
            false => Some(client.clone()),
        };
        for (question, measured) in questions.iter().zip(&mut measured) {
            let client = match &again {
                Some(client) => client.clone(),
                None => Session::open(global).await?.client,
            };
            let answer = question.ask(&*client, &global.dataset).await;
            measured.times.push(answer.elapsed);
            if !matches!(answer.verdict, Verdict::Right | Verdict::Unchecked) {
                measured.verdict = answer.verdict;
            }
        }
    }
    report::print(&arguments, global, &measured).map_err(crate::render::failed)?;
    workload::all_right(measured.iter().map(|query| (query.name.as_str(), &query.verdict)))
}

/// One run that is not timed: it checks the answers, and warms what can be warmed.
async fn first(client: &dyn Client, global: &Global, questions: &[Question]) -> Vec<Measured> {
    let answers = workload::ask_all(client, &global.dataset, questions).await;
    let measured = answers.into_iter().map(|answer| Measured {
        name: answer.name,
        title: answer.title,
        times: Vec::new(),
        rows: answer.rows,
        bytes_processed: answer.bytes_processed,
        verdict: answer.verdict,
    });
    measured.collect()
}

fn documents_of(scale: f64) -> Arc<[documents::Document]> {
    let count = (DOCUMENTS_A_SCALE * scale).max(1.0) as usize;
    documents::documents(workload::DOCUMENTS_SEED, count).collect()
}

/// The workload's questions, those asked for.
fn questions(arguments: &BenchArguments) -> Result<Vec<Question>> {
    let mut questions = match arguments.workload {
        Workload::Tpch => workload::tpch_questions(arguments.scale),
        Workload::Nested => workload::document_questions(&documents_of(arguments.scale)),
        Workload::Hits => workload::hits_questions(),
    };
    if let Some(unknown) = arguments.queries.iter().find(|&name| questions.iter().all(|q| q.name != *name)) {
        let known: Vec<&str> = questions.iter().map(|question| question.name.as_str()).collect();
        return Err(Failure::usage(format!("no query {unknown}; there are {}", known.join(", "))));
    }
    if !arguments.queries.is_empty() {
        questions.retain(|question| arguments.queries.contains(&question.name));
    }
    Ok(questions)
}

/// A client of an engine that holds the workload's tables; makes those that are not there.
async fn prepare(global: &Global, arguments: &BenchArguments) -> Result<Arc<dyn Client>> {
    if global.connect.is_some() {
        return Ok(Session::open(global).await?.client);
    }
    let engine = open_engine(global, &global.warehouse).await?;
    if !is_loaded(&engine, global, arguments).await? {
        let sources = match arguments.workload {
            Workload::Tpch => workload::tpch_tables(arguments.scale),
            Workload::Nested => vec![workload::documents_table(&documents_of(arguments.scale))],
            Workload::Hits => vec![workload::hits_table(arguments.scale)],
        };
        workload::load_all(&engine, &global.dataset, sources).await?;
    }
    Ok(canopy_server::embedded(engine))
}

/// Whether the tables are there; their scale is the caller's word, and wrong answers tell.
async fn is_loaded(engine: &Engine, global: &Global, arguments: &BenchArguments) -> Result<bool> {
    let wanted: Vec<&str> = match arguments.workload {
        Workload::Tpch => canopy_bench::tpch::TABLES.into_iter().map(|table| table.name()).collect(),
        Workload::Nested => vec![documents::TABLE],
        Workload::Hits => vec![canopy_bench::hits::TABLE],
    };
    let listed = engine.list_tables("").await.map_err(|error| error.to_string())?;
    let there: Vec<&str> = listed
        .datasets
        .iter()
        .filter(|dataset| dataset.dataset == global.dataset)
        .flat_map(|dataset| dataset.tables.iter().map(|table| table.name.as_str()))
        .collect();
    match wanted.iter().filter(|name| there.contains(name)).count() {
        0 => Ok(false),
        count if count == wanted.len() => Ok(true),
        _ => Err(Failure::failed(format!(
            "the warehouse {} holds some of the tables {}; name a fresh one with --warehouse",
            global.warehouse,
            wanted.join(", ")
        ))),
    }
}
