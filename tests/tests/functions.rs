//! The function catalog: every example is run, every function has a text, and `docs/functions.md` is up to date.

use std::path::Path;

use canopy_exec::function;
use canopy_server::client::Client;
use canopy_server::help;
use canopy_tests::engine;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

/// Type and value of an expression as text.
async fn value(client: &dyn Client, expression: &str) -> Result<(String, String), String> {
    let results =
        engine::run(client, &format!("SELECT {expression}")).await.map_err(|error| error.message)?;
    let result = results.last().expect("a result");
    let text = engine::text_rows(result).concat().join(" ");
    Ok((result.columns[0].1.to_string(), text))
}

/// What is wrong with an example, if anything.
async fn problem(client: &dyn Client, expression: &str, expected: &str) -> Option<String> {
    let found = value(client, expression).await;
    if let Some(message) = expected.strip_prefix("ERROR: ") {
        return match found {
            Err(error) if error.contains(message) => None,
            Err(error) => Some(format!("{expression} fails with {error:?}, not {message:?}")),
            Ok((_, found)) => Some(format!("{expression} is {found}, expected the error {message:?}")),
        };
    }
    match (found, value(client, expected).await) {
        (Err(error), _) => Some(format!("{expression} fails: {error}")),
        (_, Err(error)) => Some(format!("{expected}, the value of {expression}, fails: {error}")),
        // NULL has no type of its own.
        (Ok((_, found)), Ok((_, wanted))) if expected == "NULL" && found == wanted => None,
        (Ok(found), Ok(wanted)) if found == wanted => None,
        (Ok((found_type, found)), Ok((wanted_type, wanted))) => {
            Some(format!("{expression} is {found} ({found_type}), expected {wanted} ({wanted_type})"))
        }
    }
}

#[test]
fn every_example_holds() {
    runtime().block_on(async {
        let client = engine::open("memory:", 2).await;
        let mut problems = Vec::new();
        let mut count = 0;
        for function in function::all() {
            for (expression, expected) in function.examples {
                count += 1;
                let problem = problem(&*client, expression, expected).await;
                problems.extend(problem.map(|problem| format!("{}: {problem}", function.name)));
            }
        }
        assert!(problems.is_empty(), "{} of {count} examples:\n{}", problems.len(), problems.join("\n"));
    });
}

#[test]
fn every_function_has_a_text_and_an_example() {
    let missing: Vec<&str> = function::all()
        .iter()
        // What only plans call has no expression of its own to show.
        .filter(|function| function.name != "$match_rows")
        .filter(|function| function.doc.is_empty() || function.examples.is_empty())
        .map(|function| function.name)
        .collect();
    assert!(missing.is_empty(), "no doc or example: {}", missing.join(", "));
}

#[test]
fn the_page_of_functions_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/functions.md");
    let wanted = help::markdown();
    if std::env::var("CANOPY_REFRESH").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &wanted).expect("the page can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = found.lines().zip(wanted.lines()).position(|(found, wanted)| found != wanted);
    assert!(
        found == wanted,
        "docs/functions.md is stale at line {}: run CANOPY_REFRESH=1 cargo test --workspace --test functions",
        differs.map_or(found.lines().count().min(wanted.lines().count()), |line| line) + 1
    );
}
