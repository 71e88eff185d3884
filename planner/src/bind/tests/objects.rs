//! Views and SQL routines, inlined.

use std::sync::Arc;

use super::TestCatalog;
use crate::bind::{BindContext, BoundStatement, bind};
use crate::catalog::{Catalog, CatalogError, RoutineKind, RoutineSource, TableSource, ViewSource};
use crate::syntax::ast::{Path, StatementKind};
use crate::syntax::parse_statement;

/// The test tables, with objects of data set `main` declared by statements.
#[derive(Debug)]
struct Declared {
    tables: TestCatalog,
    views: Vec<Arc<ViewSource>>,
    routines: Vec<Arc<RoutineSource>>,
}

impl Declared {
    fn new(statements: &[&str]) -> Self {
        let mut declared = Self { tables: TestCatalog::new(), views: Vec::new(), routines: Vec::new() };
        for text in statements {
            let statement = (*text).to_owned();
            let name = |path: &Path, temporary: bool| match temporary {
                true => path.dotted(),
                false => format!("main.{}", path.dotted()),
            };
            let (name, kind) = match parse_statement(text).unwrap().kind {
                StatementKind::CreateView(create) => {
                    let name = name(&create.name, create.modifiers.temporary);
                    declared.views.push(Arc::new(ViewSource { name, statement }));
                    continue;
                }
                StatementKind::CreateFunction(create) => {
                    (name(&create.name, create.modifiers.temporary), RoutineKind::Function)
                }
                StatementKind::CreateTableFunction(create) => {
                    (name(&create.name, create.modifiers.temporary), RoutineKind::TableFunction)
                }
                other => panic!("{other:?}"),
            };
            declared.routines.push(Arc::new(RoutineSource { name, kind, statement }));
        }
        declared
    }
}

fn is_named(known: &str, path: &[String]) -> bool {
    let name = path.join(".");
    known.eq_ignore_ascii_case(&name) || known.eq_ignore_ascii_case(&format!("main.{name}"))
}

impl Catalog for Declared {
    fn table(&self, path: &[String], as_of_us: Option<i64>) -> Result<Arc<TableSource>, CatalogError> {
        self.tables.table(path, as_of_us)
    }

    fn view(&self, path: &[String]) -> Result<Option<Arc<ViewSource>>, CatalogError> {
        Ok(self.views.iter().find(|view| is_named(&view.name, path)).cloned())
    }

    fn routine(
        &self,
        path: &[String],
        kind: RoutineKind,
    ) -> Result<Option<Arc<RoutineSource>>, CatalogError> {
        let is = |routine: &&Arc<RoutineSource>| routine.kind == kind && is_named(&routine.name, path);
        Ok(self.routines.iter().find(is).cloned())
    }

    fn names_like(&self, path: &[String]) -> Vec<String> {
        self.tables.names_like(path)
    }

    fn snapshot_seq(&self) -> u64 {
        1
    }
}

fn check(declared: &[&str], sql: &str, expected: &str) {
    let statement = parse_statement(sql).unwrap_or_else(|error| panic!("{sql}\n{error}"));
    let context = BindContext { text: sql.to_owned(), ..BindContext::default() };
    let found = match bind(&statement, &Declared::new(declared), &context) {
        Ok(BoundStatement::Query(query)) => query.to_string(),
        Ok(other) => format!("{other:?}"),
        Err(error) => error.to_string(),
    };
    assert_eq!(found.trim_end(), expected, "{sql}");
}

#[test]
fn a_view_stands_for_its_query() {
    let view = "CREATE VIEW v(k, s) AS SELECT a, b FROM t WHERE a > 1";
    check(
        &[view],
        "SELECT k FROM v",
        "Query k INT64 = a#1\n  Project a#1\n    Project a#1, b#2\n      Filter $greater(a#1, 1)\n        \
         Scan main.t a#1, b#2, c#3, d#4, n#5, flag#6, ts#7",
    );
    check(&[view], "SELECT a FROM v", "Unrecognized name: a at [1:8]");
    check(
        &["CREATE VIEW v AS SELECT zz FROM t"],
        "SELECT 1 FROM v",
        "Unrecognized name: zz at [1:25], in view main.v at [1:15]",
    );
    check(
        &["CREATE VIEW v AS SELECT * FROM w", "CREATE VIEW w AS SELECT * FROM v"],
        "SELECT 1 FROM v",
        "View main.v refers to itself at [1:32], in view main.w at [1:32], in view main.v at [1:15]",
    );
    // The query's WITH definitions and parameters are none of the view's.
    check(
        &["CREATE VIEW v AS SELECT * FROM hidden"],
        "WITH hidden AS (SELECT 1) SELECT * FROM v",
        "Not found: Table main.hidden at [1:32], in view main.v at [1:41]",
    );
}

#[test]
fn a_function_stands_for_its_body() {
    let double = "CREATE FUNCTION double_of(x INT64) AS (x + x)";
    check(
        &[double],
        "SELECT double_of(3)",
        "Query f0_ INT64 = #2\n  Project #2 := $add(3, 3)\n    Values 1 rows",
    );
    for (declared, sql, expected) in [
        (
            double,
            "SELECT double_of('a')",
            "Argument x of function main.double_of has type INT64, and STRING does \
         not coerce to it at [1:18]",
        ),
        (
            double,
            "SELECT double_of()",
            "Number of arguments does not match for function main.double_of: it takes 1 \
         argument, but 0 given at [1:8]",
        ),
        (
            double,
            "SELECT double_of(y => 1)",
            "Named argument y not found in signature for call to function \
         main.double_of at [1:18]",
        ),
        (double, "SELECT doubl_of(1)", "Function not found: doubl_of at [1:8]"),
        (
            "CREATE FUNCTION f(x ANY TYPE) AS (x.a)",
            "SELECT f(1)",
            "Cannot access field a on a value with type INT64 at [1:37], in function main.f at [1:8]",
        ),
        (
            "CREATE FUNCTION f(x INT64) AS (f(x - 1))",
            "SELECT f(1)",
            "Function main.f refers to itself at [1:32], in function main.f at [1:8]",
        ),
    ] {
        check(&[declared], sql, expected);
    }
}

#[test]
fn a_volatile_argument_is_computed_once() {
    let declared = Declared::new(&["CREATE FUNCTION zero(x FLOAT64) AS (x - x)"]);
    let sql = "SELECT zero(RAND())";
    let context = BindContext { text: sql.to_owned(), ..BindContext::default() };
    let bound = bind(&parse_statement(sql).unwrap(), &declared, &context);
    let Ok(BoundStatement::Query(query)) = bound else { panic!("{bound:?}") };
    let text = query.to_string();
    assert_eq!(text.matches("rand()").count(), 1, "{text}");
}

#[test]
fn declarations() {
    for (sql, expected) in [
        (
            "CREATE VIEW v AS SELECT 1",
            "CREATE VIEW columns must be named, but column 1 has no name at [1:13]",
        ),
        ("CREATE VIEW v AS SELECT a, a FROM t", "CREATE VIEW has columns with duplicate name a at [1:13]"),
        (
            "CREATE VIEW v(x, y) AS SELECT a FROM t",
            "View column list has 2 columns, but the query has 1 at [1:13]",
        ),
        (
            "CREATE VIEW v AS SELECT @p AS a",
            "Query parameters cannot be used in the bodies of views and functions at [1:25]",
        ),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1 AS a", "MATERIALIZED VIEW is not supported at [1:1]"),
        ("CREATE FUNCTION f(x INT64) AS (y)", "Unrecognized name: y at [1:32]"),
        (
            "CREATE FUNCTION f(x INT64) RETURNS DATE AS (x)",
            "Function declared to return DATE but the function body produces incompatible type INT64 at [1:45]",
        ),
        ("CREATE FUNCTION f(x INT64, X STRING) AS (x)", "Duplicate argument name X at [1:28]"),
        (
            "CREATE TEMP FUNCTION abs(x INT64) AS (x)",
            "Function abs is built in: a temporary function needs another name at [1:22]",
        ),
        (
            "CREATE FUNCTION f(x INT64) RETURNS INT64 LANGUAGE js AS 'return x'",
            "LANGUAGE js is not supported at [1:51]",
        ),
        ("CREATE FUNCTION endless() AS (endless())", "Function not found: endless at [1:31]"),
        (
            "CREATE AGGREGATE FUNCTION f(x INT64) AS (SUM(x) + x)",
            "Function argument x cannot be referenced outside aggregate function calls unless marked as NOT AGGREGATE \
             at [1:42]",
        ),
        ("CREATE TABLE FUNCTION f(x INT64) AS SELECT y FROM t", "Unrecognized name: y at [1:44]"),
    ] {
        check(&[], sql, expected);
    }
    for sql in [
        "CREATE FUNCTION f(x ANY TYPE, y INT64 DEFAULT 3) RETURNS INT64 AS (x + y)",
        "CREATE AGGREGATE FUNCTION f(x INT64, y INT64 NOT AGGREGATE) AS (SUM(x) * y)",
        "CREATE TABLE FUNCTION f(given TABLE<a INT64>, least INT64) AS SELECT * FROM given WHERE a > least",
        "CREATE OR REPLACE VIEW v AS SELECT a FROM t",
    ] {
        let context = BindContext { text: sql.to_owned(), ..BindContext::default() };
        match bind(&parse_statement(sql).unwrap(), &Declared::new(&[]), &context).unwrap() {
            BoundStatement::CreateView(create) => assert_eq!(create.statement, sql),
            BoundStatement::CreateRoutine(create) => assert_eq!(create.statement, sql),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn aggregate_and_table_functions() {
    let total = "CREATE AGGREGATE FUNCTION total(x INT64, y INT64 NOT AGGREGATE) AS (SUM(x) * y)";
    check(
        &[total],
        "SELECT total(a, 2) FROM t",
        "Query f0_ INT64 = #11\n  Project #11 := $multiply(sum#10, 2)\n    Aggregate calls sum#10 := sum(a#1)\n      \
         Scan main.t a#1, b#2, c#3, d#4, n#5, flag#6, ts#7",
    );
    check(
        &[total],
        "SELECT 1 FROM t WHERE total(a, 2) > 1",
        "Aggregate function main.total not allowed in WHERE clause at [1:23]",
    );
    let above = "CREATE TABLE FUNCTION above(given TABLE<a INT64>, least INT64) AS SELECT a FROM given WHERE a > least";
    check(
        &[above],
        "SELECT * FROM above(TABLE u, 5)",
        "Query a INT64 = a#6\n  Project a#6\n    Project a#6\n      Filter $greater(a#6, 5)\n        \
         Project a#6 := a#4\n          Project a#4 := a#1\n            Scan main.u a#1, x#2, y#3",
    );
    check(&[above], "SELECT * FROM above(TABLE region, 5)", "Argument given has no column a at [1:15]");
    check(&[above], "SELECT * FROM abov(1)", "Table-valued function not found: abov at [1:15]");
}
