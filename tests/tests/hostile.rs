//! Texts of unbounded depth or size: each is refused with an error that says so, and nothing breaks.

use std::time::{Duration, Instant};

use canopy_proto::query::ExecuteRequest;
use canopy_server::client::Client;
use canopy_server::results::collect;
use canopy_tests::engine;
use canopy_tests::tree::Tree;

/// The longest that one may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A text with `before` and `after` so many times around `inside`.
fn nested(before: &str, inside: &str, after: &str, depth: usize) -> String {
    format!("{}{inside}{}", before.repeat(depth), after.repeat(depth))
}

/// A text of so many parts with a separator between.
fn chain(part: &str, separator: &str, count: usize) -> String {
    vec![part; count].join(separator)
}

/// Texts, most of which are too much; an answer is as good as a refusal that is no internal error.
fn texts(depth: usize) -> Vec<(&'static str, String)> {
    let select = |text: String| format!("SELECT {text}");
    vec![
        ("parentheses", select(nested("(", "1", ")", depth))),
        ("subqueries", select(nested("(SELECT ", "1", ")", depth))),
        ("subqueries in FROM", nested("SELECT * FROM (", "SELECT 1 AS a", ")", depth)),
        ("EXISTS", select(nested("EXISTS(SELECT ", "1", ")", depth))),
        ("calls", select(nested("ABS(", "1", ")", depth))),
        ("CASE", select(nested("CASE WHEN TRUE THEN ", "1", " END", depth))),
        ("CAST", select(nested("CAST(", "1", " AS INT64)", depth))),
        ("NOT", select(format!("{}TRUE", "NOT ".repeat(depth)))),
        ("minus", select(format!("{}1", "- ".repeat(depth)))),
        ("plus", select(chain("1", " + ", depth))),
        ("AND", select(chain("TRUE", " AND ", depth))),
        ("OR", select(chain("a = 1", " OR ", depth) + " FROM UNNEST([1]) AS a")),
        ("concatenation", select(chain("'a'", " || ", depth))),
        ("comparison", select(chain("1", " = ", depth))),
        ("IN", select(format!("1 IN ({})", chain("1", ", ", depth)))),
        ("array", select(format!("[{}]", chain("1", ", ", depth)))),
        ("struct", select(nested("STRUCT(", "1", ")", depth))),
        ("struct type", select(format!("CAST(NULL AS {})", nested("STRUCT<a ", "INT64", ">", depth)))),
        ("fields", select(format!("a{}", ".a".repeat(depth)))),
        ("subscripts", select(format!("a{}", "[0]".repeat(depth)))),
        ("columns", select(chain("1", ", ", depth))),
        ("UNION ALL", chain("SELECT 1", " UNION ALL ", depth)),
        ("EXCEPT", nested("(", "SELECT 1", " EXCEPT DISTINCT SELECT 2)", depth)),
        ("WITH", nested("WITH a AS (", "SELECT 1", ") SELECT * FROM a", depth)),
        ("joins", format!("SELECT 1 FROM {}", chain("UNNEST([1])", " CROSS JOIN ", depth))),
        ("comma joins", format!("SELECT 1 FROM {}", chain("UNNEST([1])", ", ", depth))),
        (
            "parenthesized joins",
            format!("SELECT 1 FROM {}", nested("(", "UNNEST([1]) JOIN UNNEST([1]) ON TRUE", ")", depth)),
        ),
        ("GROUP BY", format!("SELECT 1 FROM UNNEST([1]) AS a GROUP BY {}", chain("a", ", ", depth))),
        ("ORDER BY", format!("SELECT 1 AS a ORDER BY {}", chain("a", ", ", depth))),
        ("pipes", format!("FROM UNNEST([1]) AS a {}", "|> WHERE TRUE ".repeat(depth))),
        ("pipe subqueries", nested("FROM (", "SELECT 1 AS a", " |> WHERE TRUE)", depth)),
        ("blocks", nested("BEGIN ", "SELECT 1;", " END;", depth)),
        ("IF", nested("IF TRUE THEN ", "SELECT 1;", " END IF;", depth)),
        ("loops", nested("LOOP ", "BREAK;", " END LOOP;", depth)),
        ("handlers", nested("BEGIN EXCEPTION WHEN ERROR THEN ", "SELECT 1;", " END;", depth)),
        ("statements", "SET @@query_label = 'a'; ".repeat(depth)),
        ("dynamic", format!("EXECUTE IMMEDIATE {}", nested("CONCAT(", "'SELECT 1'", ", '')", depth))),
        ("values", format!("SELECT * FROM UNNEST([{}])", chain("STRUCT(1 AS a, 2 AS b)", ", ", depth))),
        ("window", select(nested("SUM(", "1", ") OVER ()", depth))),
        ("EXPLAIN", format!("{}SELECT 1", "EXPLAIN ".repeat(depth))),
        ("open parentheses", select("(".repeat(depth))),
        ("open brackets", select("[".repeat(depth))),
        ("open blocks", "BEGIN ".repeat(depth)),
        ("open CASE", select("CASE ".repeat(depth))),
    ]
}

async fn check(client: &dyn Client, name: &str, sql: String) {
    let length = sql.len();
    let started = Instant::now();
    let request = ExecuteRequest { sql, ..Default::default() };
    let answer = tokio::time::timeout(PATIENCE, collect(client, request)).await;
    let answer = answer.unwrap_or_else(|_| panic!("{name} of {length} bytes: no answer within {PATIENCE:?}"));
    if let Err(error) = answer {
        assert_ne!(error.reason, "internalError", "{name} of {length} bytes: {error}");
        assert!(
            error.message.len() < 4096,
            "{name} of {length} bytes: an error of {} bytes",
            error.message.len()
        );
    }
    assert!(started.elapsed() < PATIENCE, "{name}: {:?}", started.elapsed());
}

#[test]
fn no_text_breaks_the_engine() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = engine::open("memory:", 1).await;
        // Near the limits, and far past them.
        for depth in [60, 130, 520, 20_000] {
            for (name, sql) in texts(depth) {
                check(&*client, name, sql).await;
            }
        }
        for (name, sql) in [
            ("a long statement", format!("SELECT '{}'", "a".repeat(2 << 20))),
            ("a long script", "SELECT 1; ".repeat(2 << 20)),
            ("nothing", String::new()),
            ("semicolons", ";".repeat(100_000)),
            ("an unclosed string", format!("SELECT '{}", "a".repeat(100_000))),
            ("zeros", "\0".repeat(1000)),
        ] {
            check(&*client, name, sql).await;
        }
        assert_eq!(engine::text_rows(&engine::ok(&*client, "SELECT 1").await[0]), [["1"]]);
    });
}

/// Queries whose plans nest deep in a place that servers send one another.
fn plans(depth: usize) -> Vec<(&'static str, String)> {
    let joins: Vec<String> = (1..depth).map(|n| format!("JOIN t AS t{n} ON t{n}.a = t0.a")).collect();
    vec![
        ("calls", format!("SELECT SUM({}) FROM t", nested("ABS(", "a", ")", depth))),
        ("filter", format!("SELECT COUNT(*) FROM t WHERE {} > 0", nested("ABS(", "a", ")", depth))),
        ("sums", format!("SELECT {} FROM t", chain("a", " + ", depth))),
        ("subqueries", nested("SELECT a + 1 AS a FROM (", "SELECT a FROM t", ") WHERE a > 0", depth)),
        ("groups", nested("SELECT MAX(a) AS a FROM (", "SELECT a FROM t", " GROUP BY a)", depth)),
        ("limits", nested("SELECT a FROM (", "SELECT a FROM t", " ORDER BY a LIMIT 9)", depth)),
        // Each join is a stage of its own: many take long.
        ("joins", format!("SELECT COUNT(*) FROM t AS t0 {}", joins[..joins.len().min(12)].join(" "))),
        ("unions", chain("SELECT a FROM t", " UNION ALL ", depth)),
    ]
}

#[test]
fn deep_plans_are_answered_or_refused_alike_by_a_tree() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let (one, tree) = (engine::open("memory:", 1).await, Tree::start(1, 2).await);
        for client in [&one, &tree.client] {
            engine::ok(
                &**client,
                "CREATE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); INSERT INTO t VALUES (3)",
            )
            .await;
        }
        let mut wrong = Vec::new();
        for depth in [5, 20, 45, 110] {
            for (name, sql) in plans(depth) {
                let answer = async |client: &dyn Client| {
                    let answer = tokio::time::timeout(PATIENCE, engine::run(client, &sql)).await;
                    let Ok(answer) = answer else { return Err("internalError: no answer".to_owned()) };
                    let mut rows = answer
                        .map(|results| engine::text_rows(&results[0]))
                        .map_err(|error| format!("{}: {}", error.reason, error.message))?;
                    rows.sort();
                    Ok(rows)
                };
                let (here, there) = (answer(&*one).await, answer(&*tree.client).await);
                // What servers send one another may nest less deep than what one process takes.
                if there.as_ref().is_err_and(|error| error.starts_with("resourcesExceeded")) {
                    continue;
                }
                let broken =
                    [&here, &there].iter().any(|a| a.as_ref().is_err_and(|e| e.starts_with("internal")));
                if broken || here != there {
                    let shown = |answer: &Result<Vec<Vec<String>>, String>| {
                        answer
                            .as_ref()
                            .map_or_else(|error| error.chars().take(200).collect(), |_| "rows".to_owned())
                    };
                    wrong.push(format!(
                        "{depth} {name}: {} here, {} through the tree",
                        shown(&here),
                        shown(&there)
                    ));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
