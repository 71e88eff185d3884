//! Statements other than queries.

use std::fmt::Write;

use canopy_format::{Field, Mode, Schema};

use super::{BoundStatement, bound};

fn check(sql: &str, expected: &str) {
    let found = match bound(sql) {
        Ok(statement) => describe(&statement),
        Err(error) => error,
    };
    assert_eq!(found.trim_end(), expected.trim(), "{sql}");
}

fn describe(statement: &BoundStatement) -> String {
    let mut text = statement.type_name().to_owned();
    match statement {
        BoundStatement::CreateTable(create) => {
            write!(text, " {}", create.name.join(".")).unwrap();
            flags(&mut text, &[("or replace", create.or_replace), ("if not exists", create.if_not_exists)]);
            schema(&mut text, &create.schema);
            for (clause, parts) in [("partition", &create.partition_by), ("cluster", &create.cluster_by)] {
                if !parts.is_empty() {
                    write!(text, "\n{clause} by {}", parts.join(" | ")).unwrap();
                }
            }
            create
                .options
                .iter()
                .for_each(|o| write!(text, "\noption {} = {:?}", o.name, o.value.value).unwrap());
            create.query.iter().for_each(|query| write!(text, "\n{query}").unwrap());
        }
        BoundStatement::DropTable(drop) => {
            write!(text, " {}", drop.name.join(".")).unwrap();
            flags(&mut text, &[("if exists", drop.if_exists)]);
        }
        BoundStatement::CreateSchema(create) => {
            write!(text, " {}", create.name.join(".")).unwrap();
            flags(&mut text, &[("or replace", create.or_replace), ("if not exists", create.if_not_exists)]);
        }
        BoundStatement::DropSchema(drop) => {
            write!(text, " {}", drop.name.join(".")).unwrap();
            flags(&mut text, &[("if exists", drop.if_exists), ("cascade", drop.cascade)]);
        }
        BoundStatement::Insert(insert) => {
            write!(text, " {}\n{}", insert.table.name, insert.source).unwrap();
        }
        BoundStatement::LoadData(load) => {
            write!(text, " {} {} {:?}", load.name.join("."), load.format, load.uris).unwrap();
            flags(&mut text, &[("overwrite", load.overwrite)]);
            load.schema.iter().for_each(|own| schema(&mut text, own));
            load.options
                .iter()
                .for_each(|o| write!(text, "\noption {} = {:?}", o.name, o.value.value).unwrap());
        }
        BoundStatement::ExportData(export) => {
            write!(text, " {} {}\n{}", export.format, export.uri, export.query).unwrap();
        }
        BoundStatement::Explain { analyze, statement } => {
            flags(&mut text, &[("analyze", *analyze)]);
            write!(text, " {}", describe(statement)).unwrap();
        }
        BoundStatement::CreateView(create) => write!(text, " {}", create.name.join(".")).unwrap(),
        BoundStatement::CreateRoutine(create) => write!(text, " {}", create.name.join(".")).unwrap(),
        BoundStatement::Query(query) => write!(text, "\n{query}").unwrap(),
        other => write!(text, " {other:?}").unwrap(),
    }
    text
}

fn flags(text: &mut String, flags: &[(&str, bool)]) {
    flags.iter().filter(|(_, set)| *set).for_each(|(name, _)| write!(text, " {name}").unwrap());
}

fn schema(text: &mut String, schema: &Schema) {
    fn fields(text: &mut String, list: &[Field], depth: usize) {
        for field in list {
            let mode = match field.mode {
                Mode::Nullable => "",
                Mode::Required => " required",
                Mode::Repeated => " repeated",
            };
            let kind = if field.children.is_empty() { field.data_type.to_string() } else { "STRUCT".into() };
            write!(text, "\n{:depth$}{} {} {kind}{mode}", "", field.id.0, field.name).unwrap();
            field.parameters.iter().for_each(|p| write!(text, " {p:?}").unwrap());
            field.default_expression.iter().for_each(|d| write!(text, " default {d}").unwrap());
            field.description.iter().for_each(|d| write!(text, " -- {d}").unwrap());
            fields(text, &field.children, depth + 2);
        }
    }
    fields(text, &schema.fields, 0);
}

#[test]
fn schemas() {
    check("CREATE SCHEMA IF NOT EXISTS shop", "CREATE_SCHEMA shop if not exists");
    check("DROP SCHEMA IF EXISTS shop CASCADE", "DROP_SCHEMA shop if exists cascade");
    check("DROP TABLE IF EXISTS main.t", "DROP_TABLE main.t if exists");
}

#[test]
fn create_table() {
    check(
        "CREATE OR REPLACE TABLE shop.orders (
  id INT64 NOT NULL, code STRING(10) DEFAULT 'x' OPTIONS (description = 'a code'), price NUMERIC(12, 2),
  lines ARRAY<STRUCT<sku STRING NOT NULL, n INT64, tags ARRAY<STRING(3)>>>, day DATE
) PARTITION BY DATE_TRUNC(day, MONTH) CLUSTER BY id, code OPTIONS (description = 'orders')",
        "
CREATE_TABLE shop.orders or replace
1 id INT64 required
2 code STRING MaxLength(10) default 'x' -- a code
3 price NUMERIC Decimal { precision: 12, scale: 2 }
4 lines STRUCT repeated
  5 sku STRING required
  6 n INT64
  7 tags STRING repeated MaxLength(3)
8 day DATE
partition by DATE_TRUNC(day, MONTH)
cluster by id | code
option description = String(\"orders\")",
    );
    check("CREATE TABLE n LIKE u", "CREATE_TABLE n\n1 a INT64\n2 x INT64\n3 y STRING");
    check(
        "CREATE TABLE n AS SELECT a AS k, [x] AS xs, STRUCT(y AS y) AS s FROM u",
        "
CREATE_TABLE_AS_SELECT n
1 k INT64
2 xs INT64 repeated
3 s STRUCT
  4 y STRING
Query k INT64 = a#1, xs ARRAY<INT64> = xs#4, s STRUCT<y STRING> = s#5
  Project a#1, xs#4 := $array(x#2), s#5 := $struct(y#3)
    Scan main.u a#1, x#2, y#3",
    );
    check(
        "CREATE TABLE n (k NUMERIC, y STRING) AS SELECT a, y FROM u",
        "
CREATE_TABLE_AS_SELECT n
1 k NUMERIC
2 y STRING
Query k NUMERIC = k#4, y STRING = y#5
  Project k#4 := cast(a#1 as NUMERIC), y#5 := y#3
    Project a#1, y#3
      Scan main.u a#1, x#2, y#3",
    );
    for (sql, expected) in [
        ("CREATE TABLE n (a INT64, A STRING)", "Duplicate column name A at [1:26]"),
        ("CREATE TABLE n (a ARRAY<ARRAY<INT64>>)", "Arrays of arrays are not supported at [1:25]"),
        (
            "CREATE TABLE n (a NUMERIC(40, 2))",
            "In NUMERIC(P, S), S must be between 0 and 9 and P between max(1, S) and S + 29 at [1:19]",
        ),
        ("CREATE TABLE n (a INTT)", "Type not found: INTT at [1:19]"),
        (
            "CREATE TABLE n (a INT64 DEFAULT 'x')",
            "Value has type STRING which cannot be coerced to INT64 at [1:33]",
        ),
        (
            "CREATE TABLE n AS SELECT a + 1 FROM u",
            "CREATE TABLE columns must be named, but column 1 has no name at [1:19]",
        ),
        (
            "CREATE TABLE n AS SELECT a, x AS a FROM u",
            "CREATE TABLE has columns with duplicate name a at [1:19]",
        ),
        ("CREATE TABLE n (a INT64) PARTITION BY DATE(b)", "Unrecognized name: b at [1:44]"),
        (
            "CREATE TABLE n (a INT64 PRIMARY KEY)",
            "Enforced constraints are not supported; add NOT ENFORCED at [1:25]",
        ),
        ("CREATE TABLE n (a INT64) CLUSTER BY a, A", "Duplicate CLUSTER BY column a at [1:40]"),
    ] {
        check(sql, expected);
    }
}

#[test]
fn insert() {
    check(
        "INSERT INTO u VALUES (1, 2, 'a'), (3, NULL, NULL)",
        "
INSERT main.u
Query a INT64 = a#1, x INT64 = x#2, y STRING = y#3
  Values 2 rows a#1, x#2, y#3",
    );
    check(
        "INSERT u (y, a) VALUES ('a', 1), (GENERATE_UUID(), DEFAULT), (UPPER('c'), 2)",
        "
INSERT main.u
Query a INT64 = a#2, x INT64 = x#7, y STRING = y#1
  Project a#2, x#7 := NULL, y#1
    UnionAll y#1, a#2 from #5, #6 from #3, #4
      Values 2 rows y#5, a#6
      Project #3 := generate_uuid(), #4 := NULL
        Values 1 rows",
    );
    check(
        "INSERT INTO main.t (n, d) SELECT a, '2024-02-29' FROM u",
        "
INSERT main.t
Query a INT64 = a#7, b STRING = b#8, c FLOAT64 = c#9, d DATE = d#6, n NUMERIC = n#5, flag BOOL = flag#10, ts TIMESTAMP = ts#11
  Project a#7 := NULL, b#8 := NULL, c#9 := NULL, d#6, n#5, flag#10 := NULL, ts#11 := NULL
    Project n#5 := cast(a#1 as NUMERIC), d#6 := DATE 2024-02-29
      Project a#1, #4 := \"2024-02-29\"
        Scan main.u a#1, x#2, y#3",
    );
    check(
        "INSERT baskets VALUES (1, [STRUCT(1.5 AS price, 2 AS quantity), (NULL, 3)], 7), (2, [], NULL)",
        "
INSERT main.baskets
Query id INT64 = id#1, items ARRAY<STRUCT<price NUMERIC, quantity INT64>> = items#2, limit_price NUMERIC = limit_price#3
  Values 2 rows id#1, items#2, limit_price#3",
    );
    for (sql, expected) in [
        ("INSERT u VALUES (1)", "Inserted row has wrong column count; Has 1, expected 3 at [1:17]"),
        (
            "INSERT u (a) SELECT a, x FROM u",
            "Inserted row has wrong column count; Has 2, expected 1 at [1:14]",
        ),
        (
            "INSERT u (a) VALUES ('x')",
            "Value has type STRING which cannot be inserted into column a, which has type INT64 at [1:22]",
        ),
        (
            "INSERT u (a) SELECT y FROM u",
            "Query column 1 has type STRING which cannot be inserted into column a, which has type INT64 at [1:14]",
        ),
        ("INSERT u (aa) VALUES (1)", "Column aa is not present in table main.u; Did you mean a? at [1:11]"),
        ("INSERT u (a, a) VALUES (1, 2)", "INSERT has columns with duplicate name: a at [1:14]"),
    ] {
        check(sql, expected);
    }
}

#[test]
fn jobs() {
    check(
        "LOAD DATA OVERWRITE shop.orders (id INT64) FROM FILES (format = 'csv', uris = ['file:///a', 'file:///b'], \
         skip_leading_rows = 1)",
        "
LOAD_DATA shop.orders CSV [\"file:///a\", \"file:///b\"] overwrite
1 id INT64
option skip_leading_rows = Int64(1)",
    );
    check("LOAD DATA INTO n FROM FILES (uris = ['x'])", "LOAD DATA requires the option format at [1:23]");
    check(
        "LOAD DATA INTO n FROM FILES (format = 'CSV', uris = 'x')",
        "Option uris must be of type ARRAY<STRING>, but is STRING at [1:23]",
    );
    check(
        "EXPORT DATA OPTIONS (uri = 'file:///out/*.parquet', format = 'PARQUET') AS SELECT a FROM u",
        "
EXPORT_DATA PARQUET file:///out/*.parquet
Query a INT64 = a#1
  Project a#1
    Scan main.u a#1, x#2, y#3",
    );
    check(
        "EXPLAIN ANALYZE SELECT a FROM u",
        "
EXPLAIN analyze SELECT
Query a INT64 = a#1
  Project a#1
    Scan main.u a#1, x#2, y#3",
    );
}
