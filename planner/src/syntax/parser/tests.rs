//! Small tables: what is accepted and as what tree, what is refused and how.

use super::super::ast::ExprKind;
use super::super::unparse;
use super::super::{MAX_STATEMENT_BYTES, ParseErrorKind};
use super::{parse_expression, parse_script, parse_statement};

/// Parses an expression and compares its canonical text, which shows the tree's shape.
#[track_caller]
fn check(text: &str, expected: &str) {
    match parse_expression(text) {
        Ok(expression) => assert_eq!(unparse::expression(&expression), expected),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn check_statement(text: &str, expected: &str) {
    match parse_statement(text) {
        Ok(statement) => assert_eq!(unparse::statement(&statement), expected),
        Err(error) => panic!("{text}: {error}"),
    }
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    match parse_script(text) {
        Ok(_) => panic!("{text} is accepted"),
        Err(error) => assert_eq!(error.to_string(), expected),
    }
}

#[test]
fn operators_group_by_precedence() {
    check("(a + b) * c", "(a + b) * c");
    check("a + (b * c)", "a + b * c");
    check("a - (b - c)", "a - (b - c)");
    check("(a || b) * c", "a || b * c");
    check("a | (b ^ (c & (d << (e + f))))", "a | b ^ c & d << e + f");
    check("NOT (a = b)", "NOT a = b");
    check("(NOT a) = b", "(NOT a) = b");
    check("a OR (b AND NOT c)", "a OR b AND NOT c");
    check("(a OR b) AND c", "(a OR b) AND c");
    check("(a = b) = c", "(a = b) = c");
    check("- -1", "- -1");
    check("-(a.b[0])", "-a.b[0]");
    check("a BETWEEN b | c AND d AND e", "a BETWEEN b | c AND d AND e");
    check("(a.b).c", "(a.b).c");
    check("(x).upper().(safe.length)(1)", "(x).upper().(safe.length)(1)");
}

#[test]
fn what_other_parsers_get_wrong() {
    check("rb'\\a'", "b\"\\\\a\"");
    check("'it\\'s \\x41 \\u0041'", "\"it's A A\"");
    check("ARRAY<INT64>[1, 2]", "ARRAY<INT64>[1, 2]");
    check("RANGE<DATE> '[2020-01-01, 2020-01-02)'", "RANGE<DATE> \"[2020-01-01, 2020-01-02)\"");
    check("0xFF", "255");
    check(
        "ARRAY<STRUCT<a INT64, b ARRAY<INT64>>>[(1, [2])]",
        "ARRAY<STRUCT<a INT64, b ARRAY<INT64>>>[(1, [2])]",
    );
    check("STRUCT<INT64>(5) >> 1", "STRUCT<INT64>(5) >> 1");
    check("DATE '2020-01-01' 'x'", "DATE \"2020-01-01x\"");
    check("f(x -> x + 1, (a, b) -> a)", "f((x) -> x + 1, (a, b) -> a)");
    check("x IN ((SELECT 1), 2)", "x IN ((SELECT 1), 2)");
    check("((SELECT 1) + 1)", "(SELECT 1) + 1");
    check("((SELECT 1) UNION ALL (SELECT 2))", "((SELECT 1) UNION ALL (SELECT 2))");
    check("@@time_zone", "@@time_zone");
    check("a[OFFSET(1)] + a[SAFE_ORDINAL(2)]", "a[OFFSET(1)] + a[SAFE_ORDINAL(2)]");
    check(
        "EXTRACT(WEEK(MONDAY) FROM d AT TIME ZONE 'UTC')",
        "EXTRACT(WEEK(MONDAY) FROM d AT TIME ZONE \"UTC\")",
    );
    check("INTERVAL '1-2' YEAR TO MONTH", "INTERVAL \"1-2\" YEAR TO MONTH");
    check(
        "ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY y DESC NULLS LAST LIMIT 3) OVER (w ROWS 1 PRECEDING)",
        "ARRAY_AGG(DISTINCT x IGNORE NULLS ORDER BY y DESC NULLS LAST LIMIT 3) OVER (w ROWS 1 PRECEDING)",
    );
}

#[test]
fn statements_come_back_as_text() {
    for text in [
        "SELECT * EXCEPT (a) FROM my-project-1.ds.t AS t, t.items AS i WITH OFFSET AS o",
        "SELECT a FROM t FOR SYSTEM_TIME AS OF x JOIN (u JOIN v ON c) ON d",
        "FROM t |> WHERE a > 1 |> AGGREGATE COUNT(*) AS n GROUP BY b |> ORDER BY n DESC |> LIMIT 3",
        "WITH RECURSIVE a AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM a WHERE n < 9) SELECT * FROM a",
        "SELECT 1 FULL UNION ALL BY NAME SELECT 2",
        "LOAD DATA INTO ds.t FROM FILES (format = \"PARQUET\", uris = [\"file:///a\"])",
        "CREATE TABLE t (a INT64 NOT NULL, b ARRAY<STRUCT<c STRING(10)>> OPTIONS(d = 1)) PARTITION BY a AS SELECT 1",
        "EXPLAIN ANALYZE SELECT 1",
        "INSERT INTO t (a) VALUES (1), (DEFAULT)",
        "INSERT INTO t (SELECT 1)",
        "MERGE INTO t USING (SELECT 1 AS a) AS s ON t.a = s.a WHEN NOT MATCHED BY SOURCE THEN DELETE",
        "IF a THEN SELECT 1; ELSEIF b THEN SELECT 2; ELSE SELECT 3; END IF",
        "l: FOR r IN (SELECT 1) DO BREAK l; END FOR",
        "BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN RAISE; END",
        "EXECUTE IMMEDIATE \"SELECT ?\" INTO a USING 1 AS b",
    ] {
        check_statement(text, text);
    }
    check_statement("SELECT 1 FROM a JOIN b JOIN c ON x ON y", "SELECT 1 FROM a JOIN (b JOIN c ON x) ON y");
}

#[test]
fn errors_say_where() {
    check_error("SELECT x y z", "Syntax error: Expected end of input but got identifier \"z\" at [1:12]");
    check_error("SELECT", "Syntax error: Unexpected end of statement at [1:7]");
    check_error("SELECT 1,\n  FROM", "Syntax error: Unexpected end of statement at [2:7]");
    check_error("SELECT (1", "Syntax error: Expected \")\" but got end of statement at [1:10]");
    check_error("SELECT 1 AS select", "Syntax error: Unexpected keyword SELECT at [1:13]");
    check_error("SELECT 'a", "Syntax error: Unclosed string literal at [1:8]");
    check_error("SELECT '\\q'", "Syntax error: Illegal escape sequence: \\q at [1:9]");
    check_error("SELECT 123_456", "Syntax error: Missing whitespace between literal and alias at [1:11]");
    check_error(
        "SELECT a = b = c",
        "Syntax error: Expression to the left of comparison must be parenthesized at [1:14]",
    );
    check_error("DESCRIBE t", "Statement DESCRIBE is not supported at [1:1]");
}

#[test]
fn deep_text_is_refused_and_long_chains_are_not() {
    let deep = |open: &str, middle: &str, close: &str, count: usize| {
        format!("SELECT {}{middle}{}", open.repeat(count), close.repeat(count))
    };
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("-", "1", ""),
        ("NOT ", "a", ""),
        ("[", "1", "]"),
        ("f(", "1", ")"),
        ("(SELECT ", "1", ")"),
        ("CASE WHEN a THEN ", "1", " END"),
        ("CAST(", "1", " AS INT64)"),
        ("", "a", " + 1"),
        ("", "a", ".b[0]"),
        ("1 FROM (SELECT ", "1", ")"),
        ("CAST(1 AS ARRAY<", "INT64", ">)"),
        ("1 FROM a", " JOIN b ON c", ""),
        ("1 |> JOIN (SELECT ", "1", ")"),
        ("1 FROM (a JOIN ", "b", ")"),
    ] {
        let error = parse_script(&deep(open, middle, close, 20_000)).expect_err(open);
        assert!(matches!(error.kind, ParseErrorKind::TooDeep | ParseErrorKind::Syntax), "{open}: {error}");
    }
    let blocks = format!("{}{}", "BEGIN ".repeat(20_000), "END; ".repeat(20_000));
    assert!(parse_script(&blocks).is_err());
    for chain in [" OR a", " AND a", ", a"] {
        assert!(parse_script(&format!("SELECT a{}", chain.repeat(20_000))).is_ok(), "{chain}");
    }
    assert!(parse_script(&format!("SELECT a{}", " + a".repeat(400))).is_ok());
}

#[test]
fn the_deepest_tree_fits_a_small_stack() {
    let run = || {
        for depth in 1..200 {
            let nested = format!("SELECT {}1{}", "(SELECT f(x IN (".repeat(depth), ")))".repeat(depth));
            if let Ok(tree) = parse_script(&nested) {
                assert_eq!(parse_script(&unparse::script(&tree)).map(|again| again.len()), Ok(1));
            }
        }
        for chain in [" + a", " || a", ".b[0].f()"] {
            let text = format!("SELECT a{}", chain.repeat(1000 / chain.len()));
            if let Ok(tree) = parse_script(&text) {
                let again = parse_script(&unparse::script(&tree.clone()));
                assert_eq!(again.map(|again| again.len()), Ok(1));
            }
        }
        let chain = parse_script(&format!("SELECT a{}", " + a".repeat(490))).expect("as deep as may be");
        assert_eq!(parse_script(&unparse::script(&chain.clone())).map(|again| again.len()), Ok(1));
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no overflow");
}

#[test]
fn long_text_is_refused() {
    let error =
        parse_statement(&format!("SELECT '{}'", "a".repeat(MAX_STATEMENT_BYTES))).expect_err("too long");
    assert_eq!(error.kind, ParseErrorKind::TooLarge);
    let error = parse_script(&format!("SELECT 1; SELECT '{}'", "a".repeat(MAX_STATEMENT_BYTES)));
    assert_eq!(error.map_err(|error| error.kind), Err(ParseErrorKind::TooLarge));
}

#[test]
fn positional_parameters_count_up() {
    let expression = parse_expression("? + ?").expect("an expression");
    let ExprKind::Binary { right, .. } = expression.kind else { panic!("a sum") };
    assert_eq!(format!("{:?}", right.kind), "Parameter(Positional(2))");
}
