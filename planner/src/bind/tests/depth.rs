//! What nests as deep as the parser lets through binds, or is refused, on a small stack.

use std::thread;

use super::{BindContext, BoundStatement, TestCatalog, bind, bound};
use crate::physical::PhysicalOptions;
use crate::plan_query;
use crate::syntax::ast::Statement;
use crate::syntax::{MAX_NESTING, MAX_TREE_DEPTH, parse_statement};

/// Runs on a thread with a stack of its own.
fn with_stack<T: Send + 'static>(bytes: usize, run: impl FnOnce() -> T + Send + 'static) -> T {
    thread::Builder::new().stack_size(bytes).spawn(run).unwrap().join().unwrap()
}

/// Repeats on both sides of a middle, as deep as the parser takes it.
fn deepest(open: &'static str, middle: &'static str, close: &'static str) -> Statement {
    with_stack(64 << 20, move || {
        let parsed = |depth: u32| {
            let depth = depth as usize;
            parse_statement(&format!("SELECT {}{middle}{}", open.repeat(depth), close.repeat(depth))).ok()
        };
        let (mut fits, mut refused) = (1, MAX_NESTING.max(MAX_TREE_DEPTH) + 2);
        while fits + 1 < refused {
            let middle = fits.midpoint(refused);
            match parsed(middle) {
                Some(_) => fits = middle,
                None => refused = middle,
            }
        }
        parsed(fits).unwrap()
    })
}

#[test]
fn deep_nesting() {
    for (open, middle, close) in [
        ("ABS(", "1", ")"),
        ("NOT ", "TRUE", ""),
        ("(SELECT ", "1", ")"),
        ("ARRAY(SELECT AS STRUCT ", "1", ")"),
        ("EXISTS(SELECT ", "1", ")"),
        ("1 IN (SELECT ", "1", ")"),
        ("CASE WHEN TRUE THEN ", "1", " END"),
        ("CASE ", "1", " WHEN 1 THEN 2 END"),
        ("CAST(", "1", " AS INT64)"),
        ("STRUCT(", "1", ")"),
        ("(1 + ", "1", ")"),
        ("(", "TRUE", " BETWEEN TRUE AND TRUE)"),
        ("(SELECT x FROM (SELECT ", "1", " AS x))"),
        ("(SELECT COUNT(*) FROM t WHERE a = ", "1", ")"),
        ("", "1", " + 1"),
        ("", "'a'", " || 'b'"),
        ("", "STRUCT(1 AS a)", ".a"),
        ("", "[1]", "[OFFSET(0)]"),
        ("", "1", " UNION ALL SELECT 1"),
        ("", "1 FROM t", ", u"),
        ("", "1 FROM t", " CROSS JOIN u"),
        ("(SELECT a IN (SELECT a FROM t WHERE ", "TRUE", ") FROM t LIMIT 1)"),
        ("EXISTS(SELECT 1 FROM t AS o WHERE o.a IN (SELECT a FROM u WHERE ", "TRUE", "))"),
        ("(FROM t |> WHERE a IN ", "UNNEST([1])", " |> SELECT a |> LIMIT 1)"),
        ("", "1 AS a", " |> EXTEND 1"),
        ("", "1 AS a", " |> WHERE a = 1"),
        ("", "1 AS a", " |> AGGREGATE COUNT(*) AS a"),
        ("", "1 AS a", " |> UNION ALL (SELECT 1)"),
        ("", "1 AS a", " |> JOIN u USING (a) |> SELECT a"),
        ("ARRAY_TRANSFORM(", "[1]", ", e -> e + 1)"),
        ("WITH(a AS RAND(), a + ", "1", ")"),
    ] {
        let statement = deepest(open, middle, close);
        // Bound or refused, planned or refused, but neither a panic nor an overflow.
        with_stack(2 << 20, move || {
            let bound = bind(&statement, &TestCatalog::new(), &BindContext::default());
            if let Ok(BoundStatement::Query(query)) = bound {
                let _ = plan_query(query, &PhysicalOptions::default());
            }
        });
    }
}

#[test]
fn copies_do_not_explode() {
    let names = (1..40).map(|n| format!("a{n} AS a{} + a{}", n - 1, n - 1)).collect::<Vec<_>>().join(", ");
    let error = bound(&format!("SELECT WITH(a0 AS 1, {names}, a39)"));
    assert!(matches!(error, Err(text) if text.starts_with("The expression is too large")));
}
