//! Expressions are written as little Lisp forms here; GoogleSQL text is tested end to end elsewhere.

use std::sync::Arc;

use canopy_format::{Batch, Buffer, DataType, Dictionary, Value, Vector};
use canopy_proto::plan::{self, expression::Kind};

use super::*;
use crate::convert::{type_to_proto, value_to_proto};
use crate::function::{self, Argument};

pub(crate) fn column(id: u32, data_type: DataType) -> plan::Expression {
    plan::Expression { r#type: Some(type_to_proto(&data_type)), kind: Some(Kind::Column(id)) }
}

pub(crate) fn literal(value: Value, data_type: DataType) -> plan::Expression {
    plan::Expression {
        r#type: Some(type_to_proto(&data_type)),
        kind: Some(Kind::Literal(value_to_proto(&value))),
    }
}

pub(crate) fn int(value: i64) -> plan::Expression {
    literal(Value::Int64(value), DataType::Int64)
}

pub(crate) fn text(value: &str) -> plan::Expression {
    literal(Value::from(value), DataType::String)
}

pub(crate) fn type_of(expression: &plan::Expression) -> DataType {
    crate::convert::type_from_proto(expression.r#type.as_ref().expect("a typed expression")).expect("a type")
}

pub(crate) fn cast(input: plan::Expression, to: DataType) -> plan::Expression {
    if type_of(&input) == to {
        return input;
    }
    let cast = plan::Cast { input: Some(Box::new(input)), safe: false, format: None, time_zone: None };
    plan::Expression { r#type: Some(type_to_proto(&to)), kind: Some(Kind::Cast(Box::new(cast))) }
}

/// A call resolved as the binder does, arguments cast.
pub(crate) fn call(name: &str, arguments: &[plan::Expression]) -> plan::Expression {
    let function = function::find(name).unwrap_or_else(|| panic!("no function {name}"));
    let defaults = function.named.iter();
    let defaults = defaults.map(|named| literal(named.default.clone(), named.data_type.clone()));
    let arguments: Vec<plan::Expression> = arguments.iter().cloned().chain(defaults).collect();
    let given: Vec<Argument> = arguments.iter().map(|a| Argument::of(type_of(a))).collect();
    let resolution = function::resolve(function, &given).unwrap_or_else(|error| panic!("{error}"));
    let arguments =
        arguments.iter().zip(&resolution.argument_types).map(|(a, t)| cast(a.clone(), t.clone())).collect();
    let call = plan::Call { function: name.to_owned(), arguments, safe: false };
    plan::Expression { r#type: Some(type_to_proto(&resolution.return_type)), kind: Some(Kind::Call(call)) }
}

pub(crate) fn safe(mut expression: plan::Expression) -> plan::Expression {
    if let Some(Kind::Call(call)) = &mut expression.kind {
        call.safe = true;
    }
    expression
}

fn numeric(text: &str) -> Value {
    Value::Numeric(function::cast::parse_numeric(text).expect("a NUMERIC"))
}

/// Rows of (1: a INT64, 2: s STRING, 3: p NUMERIC, 4: d DATE, 5: g STRING as a dictionary).
fn batch() -> (Layout, Batch) {
    let a = [1, 2, 0, 4, 5].map(Value::Int64).to_vec();
    let s = ["PROMO BRUSHED", "green", "", "forest green metal", "x"].map(Value::from).to_vec();
    let p = ["10.50", "0.01", "99999.99", "1.00", "2.25"].map(numeric).to_vec();
    let d = [8_000, 9_000, 10_000, 0, -1].map(Value::Date).to_vec();
    let with_null = |mut values: Vec<Value>, row: usize| {
        values[row] = Value::Null;
        values
    };
    let entries = Vector::from_values(&DataType::String, &["aa", "bb"].map(Value::from)).expect("strings");
    let g = Vector::dictionary(Buffer::from(&[0u32, 1, 1, 0, 1][..]), None, Dictionary::new(entries));
    let columns = vec![
        Vector::from_values(&DataType::Int64, &a).expect("integers"),
        Vector::from_values(&DataType::String, &with_null(s, 4)).expect("strings"),
        Vector::from_values(&DataType::Numeric, &p).expect("numerics"),
        Vector::from_values(&DataType::Date, &with_null(d, 4)).expect("dates"),
        g,
    ];
    let layout = Layout::new(vec![
        (1, DataType::Int64),
        (2, DataType::String),
        (3, DataType::Numeric),
        (4, DataType::Date),
        (5, DataType::String),
    ]);
    (layout, Batch::new(columns, 5))
}

fn a() -> plan::Expression {
    column(1, DataType::Int64)
}
fn s() -> plan::Expression {
    column(2, DataType::String)
}
fn p() -> plan::Expression {
    column(3, DataType::Numeric)
}
fn d() -> plan::Expression {
    column(4, DataType::Date)
}
fn g() -> plan::Expression {
    column(5, DataType::String)
}

/// The expression's values over the test rows, or its error; the same on a selection of all rows, and
/// with scalar kernels.
fn check(expression: plan::Expression, expected: &str) {
    let (layout, batch) = batch();
    let run = |batch: &Batch, scalar_kernels: bool| {
        let program = Program::compile(std::slice::from_ref(&expression), &layout)?;
        let mut context = EvalContext::default();
        context.scalar_kernels = scalar_kernels;
        let vector = program.evaluate(batch, &context)?.remove(0);
        Ok::<_, ExecError>(
            vector
                .iter_values()
                .map(|value| function::format_value(&value, vector.data_type()))
                .collect::<Vec<_>>()
                .join(" | "),
        )
    };
    let show = |result: Result<String>| result.unwrap_or_else(|error| error.to_string());
    assert_eq!(show(run(&batch, false)), expected);
    assert_eq!(show(run(&batch, true)), expected, "with scalar kernels");
    let selection = Buffer::from(&[0u16, 1, 2, 3, 4][..]);
    let selected = batch.with_selection(Some(selection));
    assert_eq!(show(run(&selected, false)), expected, "through a selection");
}

fn check_filter(conjuncts: &[plan::Expression], expected: &[u16]) {
    let (layout, batch) = batch();
    let predicate = Predicate::compile(conjuncts, &layout).expect("a predicate");
    let selected = predicate.select(batch, &EvalContext::default()).expect("a selection");
    let rows: Vec<u16> = match selected.selection() {
        Some(rows) => rows.to_vec(),
        None => (0..selected.rows() as u16).collect(),
    };
    assert_eq!(rows, expected);
}

#[test]
fn arithmetic() {
    check(call("$add", &[a(), int(1)]), "2 | 3 | 1 | 5 | 6");
    check(call("$multiply", &[a(), a()]), "1 | 4 | 0 | 16 | 25");
    check(call("$subtract", &[int(1), p()]), "-9.5 | 0.99 | -99998.99 | 0 | -1.25");
    let discounted =
        call("$multiply", &[p(), call("$subtract", &[int(1), literal(numeric("0.05"), DataType::Numeric)])]);
    check(discounted, "9.975 | 0.0095 | 94999.9905 | 0.95 | 2.1375");
    check(call("$divide", &[int(10), a()]), "division by zero: 10 / 0");
    check(safe(call("$divide", &[int(10), a()])), "10 | 5 | NULL | 2.5 | 2");
    check(call("$divide", &[p(), int(3)]), "3.5 | 0.003333333 | 33333.33 | 0.333333333 | 0.75");
    check(call("$add", &[a(), int(i64::MAX)]), "int64 overflow: 1 + 9223372036854775807");
    check(call("$multiply", &[a(), int(i64::MAX)]), "int64 overflow: 2 * 9223372036854775807");
    check(
        call("$add", &[literal(Value::Numeric(10i128.pow(38) - 1), DataType::Numeric), int(1)]),
        "numeric overflow: 99999999999999999999999999999.999999999 + 1",
    );
}

#[test]
fn comparison_and_logic() {
    check(call("$less", &[a(), int(2)]), "true | false | true | false | false");
    check(
        call("$greater_or_equal", &[p(), literal(numeric("1"), DataType::Numeric)]),
        "true | false | true | true | true",
    );
    check(call("$equal", &[s(), text("green")]), "false | true | false | false | NULL");
    check(call("$less", &[s(), text("forest green metals")]), "true | false | true | true | NULL");
    check(call("$equal", &[g(), text("bb")]), "false | true | true | false | true");
    let null = literal(Value::Null, DataType::Bool);
    check(
        call("$and", &[call("$less", &[a(), int(2)]), null.clone()]),
        "NULL | false | NULL | false | false",
    );
    check(call("$or", &[call("$less", &[a(), int(2)]), null]), "true | NULL | true | NULL | NULL");
    check(call("$not", &[call("$is_null", &[s()])]), "true | true | true | true | false");
    check(call("$in", &[a(), int(1), int(5)]), "true | false | false | false | true");
    check(
        call("$in", &[s(), text("x"), literal(Value::Null, DataType::String)]),
        "NULL | NULL | NULL | NULL | NULL",
    );
    check(
        call("$less", &[d(), literal(Value::Date(9_000), DataType::Date)]),
        "true | false | false | true | NULL",
    );
}

#[test]
fn like_patterns() {
    let check = |pattern: &str, expected: &str| check(call("$like", &[s(), text(pattern)]), expected);
    check("PROMO%", "true | false | false | false | NULL");
    check("%green%", "false | true | false | true | NULL");
    check("%green", "false | true | false | false | NULL");
    check("%o%s%", "false | false | false | true | NULL");
    check("gr__n", "false | true | false | false | NULL");
    check("%", "true | true | true | true | NULL");
    check("", "false | false | true | false | NULL");
    check("%_reen m%", "false | false | false | true | NULL");
    check("\\", "LIKE pattern ends with a backslash");
}

#[test]
fn special_forms_evaluate_only_what_is_needed() {
    let ratio = call("$divide", &[int(10), a()]);
    let nonzero = call("$not_equal", &[a(), int(0)]);
    check(
        call("if", &[nonzero.clone(), ratio.clone(), literal(Value::Float64(-1.0), DataType::Float64)]),
        "10 | 5 | -1 | 2.5 | 2",
    );
    let big = call("$greater", &[ratio.clone(), literal(Value::Float64(2.0), DataType::Float64)]);
    check(call("$and", &[nonzero.clone(), big.clone()]), "true | true | false | true | false");
    check(call("$and", &[big.clone(), nonzero.clone()]), "true | true | false | true | false");
    check(
        call("$or", &[big.clone(), call("$not", std::slice::from_ref(&nonzero))]),
        "true | true | true | true | false",
    );
    check(call("coalesce", &[s(), g(), text("z")]), "PROMO BRUSHED | green |  | forest green metal | bb");
    check(call("nullif", &[a(), int(4)]), "1 | 2 | 0 | NULL | 5");
    check(
        call(
            "$case",
            &[
                call("$equal", &[a(), int(0)]),
                text("zero"),
                call("$like", &[s(), text("PROMO%")]),
                g(),
                text("other"),
            ],
        ),
        "aa | other | zero | other | other",
    );
    check_filter(&[big, nonzero], &[0, 1, 3]);
}

#[test]
fn filters_narrow_the_selection() {
    check_filter(&[call("$less", &[a(), int(5)]), call("$is_not_null", &[d()])], &[0, 1, 2, 3]);
    check_filter(&[call("$less", &[a(), int(0)])], &[]);
    check_filter(
        &[call("$and", &[call("$like", &[s(), text("%green%")]), call("$equal", &[g(), text("aa")])])],
        &[3],
    );
    check_filter(&[], &[0, 1, 2, 3, 4]);
}

#[test]
fn dates() {
    check(call("$extract_year", &[d()]), "1991 | 1994 | 1997 | 1970 | NULL");
    let quarter = call("$interval", &[int(3), text("MONTH")]);
    check(call("date_add", &[d(), quarter]), "1992-02-27 | 1994-11-23 | 1997-08-19 | 1970-04-01 | NULL");
    check(
        call("date_trunc", &[d(), text("MONTH")]),
        "1991-11-01 | 1994-08-01 | 1997-05-01 | 1970-01-01 | NULL",
    );
    check(
        call("date_diff", &[d(), literal(Value::Date(0), DataType::Date), text("YEAR")]),
        "21 | 24 | 27 | 0 | NULL",
    );
    check(
        cast(d(), DataType::Timestamp),
        "1991-11-27 00:00:00+00 | 1994-08-23 00:00:00+00 | 1997-05-19 00:00:00+00 | 1970-01-01 00:00:00+00 | NULL",
    );
}

#[test]
fn common_subexpressions_are_one_node() {
    let (layout, _) = batch();
    let sum = call("$add", &[a(), int(1)]);
    let expressions =
        [call("$multiply", &[sum.clone(), sum.clone()]), sum.clone(), call("$less", &[sum, int(3)])];
    let program = Program::compile(&expressions, &layout).expect("a program");
    // a, 1, a + 1, the product, 3, the comparison.
    assert_eq!(program.nodes.len(), 6);
}

#[test]
fn functions_of_a_dictionary_keep_it() {
    let (layout, batch) = batch();
    let program = Program::compile(&[call("$like", &[g(), text("b%")])], &layout).expect("a program");
    let run = || program.evaluate(&batch, &EvalContext::default()).expect("values").remove(0);
    let dictionary = |vector: &Vector| match vector.form() {
        canopy_format::vector::Form::Dictionary { dictionary, .. } => Arc::clone(dictionary),
        other => panic!("not a dictionary: {other:?}"),
    };
    let (first, second) = (run(), run());
    assert_eq!(first.value(1), Value::Bool(true));
    assert_eq!(dictionary(&first).id, dictionary(&second).id, "computed once a dictionary");
}

#[test]
fn broken_plans_are_refused() {
    let check = |expression: plan::Expression, expected: &str| {
        let (layout, _) = batch();
        let found = Program::compile(&[expression], &layout).map(|_| ()).expect_err("a broken plan");
        assert_eq!(found.to_string(), expected);
    };
    check(column(99, DataType::Int64), "invalid plan: column 99 is not in the input");
    check(column(1, DataType::String), "invalid plan: column 1 is INT64, not STRING");
    check(plan::Expression::default(), "invalid plan: expression without a type");
    let mut unknown = call("$add", &[a(), a()]);
    if let Some(Kind::Call(call)) = &mut unknown.kind {
        call.function = "no_such".into();
    }
    check(unknown, "invalid plan: unknown function no_such");
    let mut wrong = call("$add", &[a(), a()]);
    if let Some(Kind::Call(call)) = &mut wrong.kind {
        call.arguments.pop();
    }
    check(wrong, "invalid plan: function $add does not take (INT64) and give INT64");
    let mut deep = a();
    for _ in 0..400 {
        deep = call("$unary_minus", &[deep]);
    }
    check(deep, "invalid plan: expression nested deeper than 150");
    check(
        literal(Value::Numeric(i128::MIN), DataType::Numeric),
        "invalid plan: a literal is outside the range of NUMERIC",
    );
    check(
        literal(Value::Date(i32::MAX), DataType::Date),
        "invalid plan: a literal is outside the range of DATE",
    );
    check(cast(a(), DataType::Date), "invalid plan: no cast from INT64 to DATE");
}
