use canopy_format::{Batch, DataType, Value, Vector};
use canopy_proto::plan::{self, array_subquery, expression::Kind};

use crate::convert::type_to_proto;
use crate::expression::tests::{call, column, int, text, type_of};
use crate::expression::{EvalContext, Layout, Program};
use crate::function::format_value;

fn items_type() -> DataType {
    DataType::array(item_type())
}

fn item_type() -> DataType {
    DataType::structure([("n", DataType::Int64), ("t", DataType::array(DataType::String))])
}

/// Rows of (1: id INT64, 2: items ARRAY<STRUCT<n INT64, t ARRAY<STRING>>>): two items, none, NULL, three.
fn batch() -> (Layout, Batch) {
    let item = |n: Option<i64>, tags: &[&str]| {
        let tags = tags.iter().map(|tag| Value::from(*tag)).collect();
        Value::Struct(vec![n.map_or(Value::Null, Value::Int64), Value::Array(tags)])
    };
    let items = [
        Value::Array(vec![item(Some(1), &["a", "b"]), item(Some(2), &[])]),
        Value::Array(vec![]),
        Value::Null,
        Value::Array(vec![item(Some(5), &["c"]), item(None, &["a"]), item(Some(3), &["d", "e", "f"])]),
    ];
    let ids = [10, 20, 30, 40].map(Value::Int64);
    let columns = vec![
        Vector::from_values(&DataType::Int64, &ids).expect("ids"),
        Vector::from_values(&items_type(), &items).expect("items"),
    ];
    (Layout::new(vec![(1, DataType::Int64), (2, items_type())]), Batch::new(columns, 4))
}

fn field(input: plan::Expression, index: u32) -> plan::Expression {
    let data_type = type_of(&input).fields().expect("a struct")[index as usize].data_type.clone();
    let access = plan::FieldAccess { input: Some(Box::new(input)), index };
    plan::Expression { r#type: Some(type_to_proto(&data_type)), kind: Some(Kind::Field(Box::new(access))) }
}

fn items() -> plan::Expression {
    column(2, items_type())
}

/// The element's `n`.
fn n() -> plan::Expression {
    field(column(100, item_type()), 0)
}

fn source(array: plan::Expression, id: u32) -> plan::ArraySource {
    let element = type_of(&array).element().expect("an array").clone();
    let column = |id: u32, data_type: &DataType| plan::Column { id, r#type: Some(type_to_proto(data_type)) };
    plan::ArraySource {
        array: Some(array),
        element: Some(column(id, &element)),
        offset: Some(column(id + 1, &DataType::Int64)),
        outer: false,
    }
}

fn subquery(
    sources: Vec<plan::ArraySource>,
    filter: Option<plan::Expression>,
    result: array_subquery::Result,
    data_type: DataType,
) -> plan::Expression {
    let subquery = plan::ArraySubquery { sources, filter: filter.map(Box::new), result: Some(result) };
    plan::Expression {
        r#type: Some(type_to_proto(&data_type)),
        kind: Some(Kind::ArraySubquery(Box::new(subquery))),
    }
}

fn aggregate(function: &str, arguments: &[plan::Expression], data_type: DataType) -> plan::AggregateCall {
    plan::AggregateCall {
        output_id: 900,
        function: function.into(),
        arguments: arguments.to_vec(),
        r#type: Some(type_to_proto(&data_type)),
        ..plan::AggregateCall::default()
    }
}

fn reduce(call: plan::AggregateCall, result: plan::Expression) -> array_subquery::Result {
    array_subquery::Result::Reduce(Box::new(plan::Reduce {
        aggregates: vec![call],
        result: Some(Box::new(result)),
    }))
}

fn collect(value: plan::Expression) -> plan::Collect {
    plan::Collect { value: Some(Box::new(value)), ..plan::Collect::default() }
}

fn check(expression: plan::Expression, expected: &str) {
    let (layout, batch) = batch();
    let found = Program::compile(std::slice::from_ref(&expression), &layout)
        .and_then(|program| program.evaluate(&batch, &EvalContext::default()))
        .map(|vectors| {
            let values = vectors[0].iter_values();
            values.map(|v| format_value(&v, vectors[0].data_type())).collect::<Vec<_>>().join(" | ")
        });
    assert_eq!(found.unwrap_or_else(|error| error.to_string()), expected);
}

#[test]
fn sums_and_counts() {
    let sum = || column(900, DataType::Int64);
    let result = |call: plan::AggregateCall| reduce(call, sum());
    check(
        subquery(
            vec![source(items(), 100)],
            None,
            result(aggregate("sum", &[n()], DataType::Int64)),
            DataType::Int64,
        ),
        "3 | NULL | NULL | 8",
    );
    let filter = call("$greater", &[n(), int(1)]);
    check(
        subquery(
            vec![source(items(), 100)],
            Some(filter),
            result(aggregate("$count_star", &[], DataType::Int64)),
            DataType::Int64,
        ),
        "1 | 0 | 0 | 2",
    );
    // The outer row's columns are seen within the subquery and over its result.
    let product = call("$multiply", &[n(), column(1, DataType::Int64)]);
    let over = call("$add", &[sum(), column(1, DataType::Int64)]);
    check(
        subquery(
            vec![source(items(), 100)],
            None,
            reduce(aggregate("sum", &[product], DataType::Int64), over),
            DataType::Int64,
        ),
        "40 | NULL | NULL | 360",
    );
}

#[test]
fn existence() {
    let filter = call("$equal", &[n(), int(3)]);
    check(
        subquery(
            vec![source(items(), 100)],
            Some(filter),
            array_subquery::Result::Exists(true),
            DataType::Bool,
        ),
        "false | false | false | true",
    );
}

#[test]
fn arrays_in_order_and_cut() {
    let numbers = DataType::array(DataType::Int64);
    let run = |collect: plan::Collect, expected: &str| {
        let result = array_subquery::Result::Array(Box::new(collect));
        check(subquery(vec![source(items(), 100)], None, result, numbers.clone()), expected);
    };
    run(collect(n()), "[1, 2] | [] | [] | [5, NULL, 3]");
    run(collect(column(101, DataType::Int64)), "[0, 1] | [] | [] | [0, 1, 2]");
    let descending = plan::SortKey { expression: Some(n()), descending: true, nulls_last: true };
    let ordered = plan::Collect { order_by: vec![descending], ..collect(n()) };
    run(ordered.clone(), "[2, 1] | [] | [] | [5, 3, NULL]");
    run(plan::Collect { limit: Some(1), offset: 1, ..ordered }, "[1] | [] | [] | [3]");
}

#[test]
fn scalars() {
    let run = |collect: plan::Collect, filter: Option<plan::Expression>, expected: &str| {
        let result = array_subquery::Result::Scalar(Box::new(collect));
        check(subquery(vec![source(items(), 100)], filter, result, DataType::Int64), expected);
    };
    run(collect(n()), None, "Scalar subquery produced more than one element");
    run(plan::Collect { limit: Some(1), ..collect(n()) }, None, "1 | NULL | NULL | 5");
    run(
        collect(n()),
        Some(call("$equal", &[column(101, DataType::Int64), int(1)])),
        "2 | NULL | NULL | NULL",
    );
}

#[test]
fn arrays_within_arrays() {
    let tags = field(column(100, item_type()), 1);
    let sources = || vec![source(items(), 100), source(tags.clone(), 200)];
    let both = call("$concat", &[column(200, DataType::String), text("!")]);
    check(
        subquery(
            sources(),
            None,
            array_subquery::Result::Array(Box::new(collect(both))),
            DataType::array(DataType::String),
        ),
        "[a!, b!] | [] | [] | [c!, a!, d!, e!, f!]",
    );
    // A left join keeps elements without inner ones.
    let mut outer = sources();
    outer[1].outer = true;
    check(
        subquery(
            outer,
            None,
            reduce(aggregate("$count_star", &[], DataType::Int64), column(900, DataType::Int64)),
            DataType::Int64,
        ),
        "3 | 0 | 0 | 5",
    );
}

#[test]
fn aggregates_with_order_and_distinct() {
    let strings = DataType::array(DataType::String);
    let tags = field(column(100, item_type()), 1);
    let mut agg = aggregate("array_agg", &[column(200, DataType::String)], strings.clone());
    agg.distinct = true;
    agg.order_by = vec![plan::SortKey {
        expression: Some(column(200, DataType::String)),
        descending: true,
        nulls_last: true,
    }];
    check(
        subquery(
            vec![source(items(), 100), source(tags, 200)],
            None,
            reduce(agg, column(900, strings.clone())),
            strings,
        ),
        "[b, a] | NULL | NULL | [f, e, d, c, a]",
    );
}

#[test]
fn more_elements_than_one_batch() {
    let count = 20_000;
    let numbers = Value::Array((0..count).map(Value::Int64).collect());
    let numbers_type = DataType::array(DataType::Int64);
    let columns = vec![
        Vector::from_values(&numbers_type, &[numbers.clone(), Value::Array(vec![Value::Int64(7)]), numbers])
            .expect("numbers"),
    ];
    let layout = Layout::new(vec![(1, numbers_type.clone())]);
    let sum = reduce(
        aggregate("sum", &[column(100, DataType::Int64)], DataType::Int64),
        column(900, DataType::Int64),
    );
    let expression = subquery(vec![source(column(1, numbers_type), 100)], None, sum, DataType::Int64);
    let program = Program::compile(&[expression], &layout).expect("a program");
    let found = program.evaluate(&Batch::new(columns, 3), &EvalContext::default()).expect("sums").remove(0);
    let total = count * (count - 1) / 2;
    let expected = [total, 7, total].map(Value::Int64);
    assert_eq!(found.iter_values().collect::<Vec<_>>(), expected);
}

#[test]
fn broken_subqueries_are_refused() {
    let refuse = |expression: plan::Expression, expected: &str| {
        let (layout, _) = batch();
        let found = Program::compile(&[expression], &layout).map(|_| ()).expect_err("a broken plan");
        assert_eq!(found.to_string(), expected);
    };
    let exists = || array_subquery::Result::Exists(true);
    refuse(subquery(vec![], None, exists(), DataType::Bool), "invalid plan: array subquery without arrays");
    refuse(
        subquery(vec![source(items(), 1)], None, exists(), DataType::Bool),
        "invalid plan: an array source's column id is taken",
    );
    refuse(
        subquery(vec![source(items(), 100)], None, exists(), DataType::Int64),
        "invalid plan: EXISTS of type INT64",
    );
    refuse(
        subquery(vec![source(items(), 100)], Some(n()), exists(), DataType::Bool),
        "invalid plan: a filter is INT64, not BOOL",
    );
    refuse(
        subquery(
            vec![source(items(), 100)],
            None,
            reduce(aggregate("lower", &[text("a")], DataType::String), column(900, DataType::String)),
            DataType::String,
        ),
        "invalid plan: lower is not an aggregate function",
    );
}
