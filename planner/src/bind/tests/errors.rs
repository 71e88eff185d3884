//! Statements that do not bind, and what is said about them.

use super::plan;

fn check(sql: &str, expected: &str) {
    assert_eq!(plan(sql), expected, "{sql}");
}

#[test]
fn names() {
    for (sql, expected) in [
        ("SELECT c_custky FROM customer", "Unrecognized name: c_custky; Did you mean c_custkey? at [1:8]"),
        ("SELECT foo FROM customer", "Unrecognized name: foo at [1:8]"),
        ("SELECT a FROM t, u", "Column name a is ambiguous at [1:8]"),
        ("SELECT * FROM custmer", "Not found: Table main.custmer; Did you mean main.customer? at [1:15]"),
        ("SELECT * FROM nowhere.t", "Not found: Dataset nowhere at [1:15]"),
        ("SELECT t.z FROM t", "Name z not found inside t at [1:10]"),
        ("SELECT t.flg FROM t", "Name flg not found inside t; Did you mean flag? at [1:10]"),
        ("SELECT a.b FROM t", "Cannot access field b on a value with type INT64 at [1:10]"),
        (
            "SELECT links.forwrd FROM documents",
            "Field name forwrd does not exist in STRUCT<backward ARRAY<INT64>, forward ARRAY<INT64>>; \
             Did you mean forward? at [1:14]",
        ),
        ("SELECT * FROM t, t", "Duplicate table alias t in the same FROM clause at [1:18]"),
        ("SELECT LOWR(b) FROM t", "Function not found: LOWR; Did you mean lower? at [1:8]"),
    ] {
        check(sql, expected);
    }
}

#[test]
fn grouping() {
    for (sql, expected) in [
        (
            "SELECT a, b FROM t GROUP BY a",
            "SELECT list expression references column b which is neither grouped nor aggregated at [1:11]",
        ),
        (
            "SELECT a, COUNT(*) + t.c FROM t GROUP BY a",
            "SELECT list expression references t.c which is neither grouped nor aggregated at [1:22]",
        ),
        (
            "SELECT COUNT(*) FROM t GROUP BY a HAVING b = 'x'",
            "HAVING clause expression references column b which is neither grouped nor aggregated at [1:42]",
        ),
        (
            "SELECT COUNT(*) FROM t GROUP BY a ORDER BY b",
            "ORDER BY clause expression references column b which is neither grouped nor aggregated at [1:44]",
        ),
        ("SELECT SUM(COUNT(*)) FROM t", "Aggregations of aggregations are not allowed at [1:12]"),
        ("SELECT a FROM t WHERE SUM(a) > 1", "Aggregate function SUM not allowed in WHERE clause at [1:23]"),
        (
            "SELECT SUM(a) AS s FROM t GROUP BY s",
            "Column s contains an aggregation function, which is not allowed in GROUP BY at [1:36]",
        ),
        (
            "SELECT a FROM t GROUP BY 2",
            "GROUP BY column number item is out of range. Column numbers must be between 1 and 1, but found 2 \
             at [1:26]",
        ),
        (
            "SELECT DISTINCT a FROM t ORDER BY b",
            "ORDER BY clause expression references column b which is not visible after SELECT DISTINCT at [1:35]",
        ),
        (
            "SELECT a FROM t HAVING a > 1",
            "The HAVING clause requires GROUP BY or aggregation to be present at [1:24]",
        ),
    ] {
        check(sql, expected);
    }
}

#[test]
fn not_supported() {
    for (sql, expected) in [
        (
            "SELECT ROW_NUMBER() OVER (ORDER BY a) FROM t",
            "Window function with OVER is not supported at [1:26]",
        ),
        ("SELECT a FROM t QUALIFY a > 1", "QUALIFY is not supported at [1:25]"),
        ("FROM t |> WHERE a > 1", "Pipe syntax is not supported at [1:8]"),
        ("WITH RECURSIVE r AS (SELECT 1) SELECT * FROM r", "WITH RECURSIVE is not supported at [1:1]"),
        ("SELECT a FROM t GROUP BY ROLLUP(a)", "ROLLUP is not supported at [1:26]"),
        ("DELETE FROM t WHERE a = 1", "DELETE is not supported at [1:1]"),
    ] {
        check(sql, expected);
    }
}
