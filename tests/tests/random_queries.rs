//! Random queries give the same rows however they are run: with the optimizer and without, with SIMD kernels and
//! scalar ones, on one thread, on several, and on a tree of servers.
//!
//! `CANOPY_SEED` replays a seed (each query's own is printed when it fails), `CANOPY_QUERIES` says how many queries are
//! tried from there on. A query that fails is cut down before it is shown.
#![allow(clippy::print_stderr)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use canopy_proto::query::ExecuteRequest;
use canopy_server::client::Client;
use canopy_server::results::collect;
use canopy_tests::engine;
use canopy_tests::queries::generate::Generator;
use canopy_tests::queries::shrink::smaller;
use canopy_tests::queries::{Node, tables};
use canopy_tests::tree::Tree;

/// The first seed, where none is given.
const SEED: u64 = 20_260;
/// Queries of a run.
const QUERIES: u64 = 60;
/// The longest that one may take, in any way of running it.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is said of one that takes longer.
const TOO_LONG: &str = "no answer in time";
/// Cuts that are tried on a query that fails.
const CUTS_MAX: usize = 400;

/// One way to run queries.
struct Way {
    name: &'static str,
    client: Arc<dyn Client>,
    options: &'static [(&'static str, &'static str)],
}

/// What a query gave: its rows, sorted, or an error.
type Answer = Result<Vec<String>, String>;

impl Way {
    async fn answer(&self, sql: &str) -> Answer {
        let options: HashMap<String, String> =
            self.options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = ExecuteRequest { sql: sql.to_owned(), options, ..Default::default() };
        let results = match tokio::time::timeout(PATIENCE, collect(&*self.client, request)).await {
            Ok(results) => results.map_err(|error| format!("{}: {}", error.reason, error.message))?,
            Err(_) => return Err(TOO_LONG.to_owned()),
        };
        let mut rows: Vec<String> = results
            .last()
            .map(engine::text_rows)
            .unwrap_or_default()
            .into_iter()
            // The zeros are one group and one place in every order: which of them comes out is anybody's choice.
            .map(|row| row.join("\t").replace("-0.0", "0.0").replace("-0\t", "0\t"))
            .map(|row| if row == "-0" { "0".to_owned() } else { row.replace("\t-0", "\t0") })
            .collect();
        rows.sort();
        Ok(rows)
    }
}

/// Why a query does not pass: two ways that differ, or what must not happen at all.
async fn failure(ways: &[Way], sql: &str) -> Option<String> {
    let expected = ways[0].answer(sql).await;
    if let Some(bad) = breaks(&expected) {
        return Some(format!("{}: {bad}", ways[0].name));
    }
    if expected.as_ref().is_err_and(|error| error == TOO_LONG) {
        return None;
    }
    for way in &ways[1..] {
        let found = way.answer(sql).await;
        if let Some(bad) = breaks(&found) {
            return Some(format!("{}: {bad}", way.name));
        }
        match (&expected, &found) {
            (Ok(expected), Ok(found)) if expected != found => {
                let differing = |a: &[String], b: &[String]| {
                    let rows: Vec<&String> = a.iter().filter(|row| !b.contains(row)).take(4).collect();
                    format!("{} rows, of them alone {rows:?}", a.len())
                };
                return Some(format!(
                    "{}: {}\n{}: {}",
                    ways[0].name,
                    differing(expected, found),
                    way.name,
                    differing(found, expected)
                ));
            }
            // What one plan needs and another does not may be unsupported; any other error is an answer.
            (Ok(_), Err(error)) | (Err(error), Ok(_)) if !error.contains("not supported") => {
                return Some(format!("only one of {} and {} fails: {error}", ways[0].name, way.name));
            }
            _ => {}
        }
    }
    None
}

/// An answer that is a bug whatever the query.
fn breaks(answer: &Answer) -> Option<&str> {
    answer.as_ref().err().filter(|error| error.starts_with("internalError")).map(String::as_str)
}

/// Cuts a failing query down, one cut at a time, as long as it fails.
async fn shrunk(ways: &[Way], mut query: Node, mut why: String) -> (Node, String) {
    let mut tried = 0;
    'cut: loop {
        for candidate in smaller(&query) {
            tried += 1;
            if tried > CUTS_MAX {
                return (query, why);
            }
            if let Some(still) = failure(ways, &candidate.sql()).await {
                (query, why) = (candidate, still);
                continue 'cut;
            }
        }
        return (query, why);
    }
}

fn from_environment(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}: expected a number, found {text:?}")),
        Err(_) => default,
    }
}

async fn fill(client: &dyn Client, seed: u64) {
    for statement in tables::create(seed) {
        engine::ok(client, &statement).await;
    }
}

#[test]
fn answers_do_not_depend_on_the_plan() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (first, count) = (from_environment("CANOPY_SEED", SEED), from_environment("CANOPY_QUERIES", QUERIES));
    let failures = runtime.block_on(async {
        let (one, many) = (engine::open("memory:", 1).await, engine::open("memory:", 3).await);
        let tree = Tree::start(1, 2).await;
        for client in [&one, &many, &tree.client] {
            fill(&**client, SEED).await;
        }
        let way = |name, client: &Arc<dyn Client>, options| Way { name, client: client.clone(), options };
        let ways = [
            way("one thread", &one, &[] as &[_]),
            way("optimizer off", &one, &[("optimizer", "off")]),
            way("scalar kernels", &one, &[("kernels", "scalar")]),
            way("three threads", &many, &[]),
            way(
                "three threads, optimizer off, scalar kernels",
                &many,
                &[("optimizer", "off"), ("kernels", "scalar")],
            ),
            way("tree", &tree.client, &[]),
        ];
        let mut failures = Vec::new();
        let mut answered = 0;
        for seed in first..first + count {
            let query = Generator::new(seed).statement();
            let sql = query.sql();
            let Some(why) = failure(&ways, &sql).await else {
                answered += u64::from(ways[0].answer(&sql).await.is_ok_and(|rows| !rows.is_empty()));
                continue;
            };
            // Trying cuts of what stands still would take too long itself.
            let (small, why_small) = match why.contains(TOO_LONG) {
                true => (query, why),
                false => shrunk(&ways, query, why).await,
            };
            failures.push(format!(
                "CANOPY_SEED={seed} CANOPY_QUERIES=1\n{}\n{why_small}\nfrom {sql}",
                small.sql()
            ));
        }
        eprintln!("{answered} of {count} queries from seed {first} have rows to compare");
        // Most must say something, or the generator and the language have drifted apart.
        assert!(
            answered * 3 >= count || !failures.is_empty(),
            "only {answered} of {count} queries have rows"
        );
        failures
    });
    assert!(failures.is_empty(), "{} queries fail:\n\n{}", failures.len(), failures.join("\n\n"));
}
