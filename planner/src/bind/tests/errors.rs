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
fn windows() {
    for (sql, expected) in [
        (
            "SELECT ROW_NUMBER() FROM t",
            "Analytic function ROW_NUMBER cannot be called without an OVER clause at [1:8]",
        ),
        (
            "SELECT a FROM t WHERE RANK() OVER (ORDER BY a) = 1",
            "Analytic function not allowed in WHERE clause at [1:23]",
        ),
        (
            "SELECT a FROM t QUALIFY a > 1",
            "The QUALIFY clause requires analytic function to be present at [1:25]",
        ),
        ("SELECT SUM(a) OVER w FROM t", "Unrecognized window alias w at [1:20]"),
        (
            "SELECT b FROM t GROUP BY ROLLUP(a)",
            "SELECT list expression references column b which is neither grouped nor aggregated at [1:8]",
        ),
    ] {
        check(sql, expected);
    }
}

#[test]
fn not_supported() {
    for (sql, expected) in [
        (
            "SELECT SAFE.ROW_NUMBER() OVER () FROM t",
            "SAFE. before a window function is not supported at [1:8]",
        ),
        ("SELECT a FROM t ORDER BY a COLLATE 'und:ci'", "COLLATE is not supported at [1:36]"),
    ] {
        check(sql, expected);
    }
}

#[test]
fn types() {
    for (sql, expected) in [
        (
            "SELECT LOWER(a) FROM t",
            "No matching signature for function LOWER for argument types: INT64. Supported signatures: LOWER(STRING); \
             LOWER(BYTES) at [1:8]",
        ),
        ("SELECT a FROM t WHERE a", "WHERE clause should return type BOOL, but returns INT64 at [1:23]"),
        ("SELECT CAST(flag AS DATE) FROM t", "Invalid cast from BOOL to DATE at [1:13]"),
        ("SELECT d FROM t WHERE d = 'soon'", "Could not cast literal \"soon\" to type DATE at [1:23]"),
        ("SELECT DATE '2023-02-29'", "Invalid DATE literal \"2023-02-29\" at [1:13]"),
        (
            "SELECT TIMESTAMP '2023-02-28 25:00:00'",
            "Invalid TIMESTAMP literal \"2023-02-28 25:00:00\" at [1:18]",
        ),
        ("SELECT 9223372036854775808", "Invalid integer literal: 9223372036854775808 at [1:8]"),
        (
            "SELECT [1, 'a']",
            "Array elements of types {INT64, STRING} do not have a common supertype at [1:8]",
        ),
        ("SELECT EXTRACT(FOO FROM d) FROM t", "A valid date part name is required but found FOO at [1:16]"),
        (
            "SELECT DATE_TRUNC(d, FORTNIGHT) FROM t",
            "A valid date part name is required but found FORTNIGHT at [1:22]",
        ),
        (
            "SELECT a[0] FROM t",
            "Subscript access using [] is not supported on values of type INT64 at [1:10]",
        ),
        (
            "SELECT * FROM t, UNNEST(t.a)",
            "Values referenced in UNNEST must be arrays. UNNEST contains expression of type INT64 at [1:25]",
        ),
        (
            "SELECT tags FROM documents ORDER BY tags",
            "ORDER BY does not support expressions of type ARRAY at [1:37]",
        ),
        (
            "SELECT body, COUNT(*) FROM documents GROUP BY body",
            "Grouping by expressions of type JSON is not allowed at [1:47]",
        ),
        ("SELECT a FROM t LIMIT -1", "LIMIT expects a non-negative integer literal or parameter at [1:23]"),
        (
            "SELECT a FROM t ORDER BY 3",
            "ORDER BY column number item is out of range. Column numbers must be between 1 and 1, but found 3 at [1:26]",
        ),
    ] {
        check(sql, expected);
    }
}

#[test]
fn queries() {
    for (sql, expected) in [
        (
            "SELECT a FROM t UNION ALL SELECT a, x FROM u",
            "Queries in UNION ALL have mismatched column count; query 1 has 1 columns, query 2 has 2 columns at [1:17]",
        ),
        (
            "SELECT a FROM t UNION ALL SELECT y FROM u",
            "Column 1 in UNION ALL has incompatible types: INT64, STRING at [1:17]",
        ),
        (
            "SELECT (SELECT a, x FROM u)",
            "Scalar subquery cannot have more than one column unless using SELECT AS STRUCT to build STRUCT values \
             at [1:9]",
        ),
        (
            "SELECT 1 IN (SELECT a, x FROM u)",
            "Subquery of type IN must have only one output column at [1:14]",
        ),
        (
            "SELECT 'x' IN (SELECT a FROM u)",
            "Cannot execute IN subquery with uncomparable types STRING and INT64 at [1:8]",
        ),
        (
            "SELECT * FROM t JOIN u USING (x)",
            "Column x in USING clause not found on left side of join at [1:31]",
        ),
        (
            "SELECT * FROM t JOIN u",
            "INNER JOIN must have an immediately following ON or USING clause at [1:17]",
        ),
        ("SELECT * EXCEPT (zz) FROM u", "Column zz in SELECT * EXCEPT list does not exist at [1:18]"),
        ("SELECT *", "SELECT * must have a FROM clause at [1:8]"),
        ("SELECT a.* FROM t", "Dot-star is not supported for type INT64 at [1:8]"),
        ("WITH w AS (SELECT t.a) SELECT (SELECT 1 FROM w) FROM t", "Unrecognized name: t.a at [1:19]"),
        ("WITH w AS (SELECT 1), W AS (SELECT 2) SELECT 1", "Duplicate alias W for WITH subquery at [1:23]"),
        ("SELECT @missing", "Query parameter 'missing' not found at [1:8]"),
        ("SELECT ?", "Too few positional parameters: found 0, expected at least 1 at [1:8]"),
        (
            "SELECT * FROM t FOR SYSTEM_TIME AS OF TIMESTAMP '1960-01-01'",
            "Table main.t has no snapshot at that time at [1:15]",
        ),
    ] {
        check(sql, expected);
    }
}
