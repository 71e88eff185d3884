//! Query parameters stand for their values.

use canopy_format::{DataType, Value};

use super::{BindContext, BoundStatement, TestCatalog, bind};
use crate::bind::{Parameters, TypedValue};
use crate::syntax::parse_statement;

fn check(sql: &str, parameters: Parameters, expected: &str) {
    let statement = parse_statement(sql).unwrap();
    let context = BindContext { text: sql.to_owned(), parameters, ..BindContext::default() };
    let found = match bind(&statement, &TestCatalog::new(), &context) {
        Ok(BoundStatement::Query(query)) => query.relation.to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(found, expected, "{sql}");
}

fn typed(data_type: DataType, value: impl Into<Value>) -> TypedValue {
    TypedValue { data_type, value: value.into() }
}

#[test]
fn named() {
    let parameters = Parameters::Named(vec![
        ("Day".into(), typed(DataType::String, "2024-01-02")),
        ("most".into(), typed(DataType::Int64, 5)),
    ]);
    check(
        "SELECT x FROM u JOIN t USING (a) WHERE d = @day LIMIT @MOST",
        parameters,
        "\
Limit 5
  Project x#2
    Filter $equal(d#7, DATE 2024-01-02)
      InnerJoin on $equal(a#1, a#4)
        Scan main.u a#1, x#2, y#3
        Scan main.t a#4, b#5, c#6, d#7, n#8, flag#9, ts#10
",
    );
}

#[test]
fn positional() {
    let parameters = Parameters::Positional(vec![typed(DataType::Int64, 1), typed(DataType::String, "k")]);
    check(
        "SELECT a + ? FROM u WHERE y = ?",
        parameters,
        "\
Project #4 := $add(a#1, 1)
  Filter $equal(y#3, \"k\")
    Scan main.u a#1, x#2, y#3
",
    );
}
