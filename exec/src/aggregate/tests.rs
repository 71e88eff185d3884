use canopy_format::{DataType, Interval, Value, Vector};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{AggregateStates, CallShape, OrderKey, functions, prepare};
use crate::ExecError;

fn ints(values: &[i64]) -> Vec<Value> {
    values.iter().map(|&v| Value::Int64(v)).collect()
}

fn vector(data_type: &DataType, values: &[Value]) -> Vector {
    Vector::from_values(data_type, values).unwrap()
}

/// Checks the one group's result, and that parts merged through their states give the same.
fn check(name: &str, columns: &[(DataType, Vec<Value>)], expected: Value) {
    let shape =
        CallShape { arguments: columns.iter().map(|(t, _)| t.clone()).collect(), ..CallShape::default() };
    check_shape(name, &shape, columns, expected);
}

fn check_shape(name: &str, shape: &CallShape, columns: &[(DataType, Vec<Value>)], expected: Value) {
    let function = prepare(name, shape).unwrap();
    let arguments: Vec<Vector> = columns.iter().map(|(t, values)| vector(t, values)).collect();
    let rows = arguments[0].len();
    let result = |states: &dyn AggregateStates| states.finish(0, 1).unwrap().value(0);
    let mut whole = function.new_states();
    whole.resize(1);
    whole.update_one(&arguments, rows).unwrap();
    assert_eq!(result(&*whole), expected, "{name}");
    let mut merged = function.new_states();
    merged.resize(1);
    for part in [0..rows / 2, rows / 2..rows] {
        let mut states = function.new_states();
        states.resize(3);
        let cut: Vec<Vector> = arguments.iter().map(|a| a.slice(part.start, part.len())).collect();
        states.update(&cut, &vec![1; part.len()]).unwrap();
        let partial = states.states(0, 3).unwrap();
        assert_eq!(*partial.data_type(), function.state_type(), "{name}");
        // Groups 0 and 2 have seen nothing: they change nothing.
        merged.merge(&partial, &[0, 0, 0]).unwrap();
    }
    assert_eq!(result(&*merged), expected, "{name} merged");
    assert_eq!(*whole.finish(0, 1).unwrap().data_type(), function.return_type(), "{name}");
}

#[test]
fn results_and_merged_results() {
    use DataType::{Bool, Float64, Int64, Numeric, String};
    let numbers = || vec![Value::Int64(3), Value::Null, Value::Int64(-1), Value::Int64(6)];
    let none = || vec![Value::Null, Value::Null];
    let floats = |values: &[f64]| (Float64, values.iter().map(|&v| Value::Float64(v)).collect::<Vec<_>>());
    let text = |values: &[&str]| (String, values.iter().map(|&v| Value::from(v)).collect::<Vec<_>>());
    check("sum", &[(Int64, numbers())], 8.into());
    check("sum", &[(Int64, none())], Value::Null);
    check("avg", &[(Int64, numbers())], Value::Float64(8.0 / 3.0));
    let thirds = vec![Value::Numeric(1_000_000_000), Value::Numeric(1), Value::Numeric(0)];
    check("avg", &[(Numeric, thirds)], Value::Numeric(333_333_334));
    check("count", &[(Int64, numbers())], 3.into());
    check("countif", &[(Bool, vec![true.into(), Value::Null, false.into()])], 1.into());
    check("min", &[(Int64, numbers())], (-1).into());
    check("max", &[text(&["b", "a text of more than twelve bytes", ""])], "b".into());
    check("min", &[floats(&[1.0, f64::NAN])], Value::Float64(f64::NAN));
    check("max", &[floats(&[f64::NAN, 1.0])], Value::Float64(f64::NAN));
    let months =
        [Interval { months: 1, ..Interval::default() }, Interval { days: 29, ..Interval::default() }];
    check("max", &[(DataType::Interval, months.map(Value::Interval).to_vec())], Value::Interval(months[0]));
    check("any_value", &[(Int64, vec![Value::Null, 4.into()])], 4.into());
    check("logical_and", &[(Bool, vec![true.into(), Value::Null])], true.into());
    check("logical_or", &[(Bool, none())], Value::Null);
    check("bit_xor", &[(Int64, ints(&[12, 10, 1]))], 7.into());
    check("bit_and", &[(Int64, ints(&[12, 10]))], 8.into());
    check("bit_or", &[(Int64, ints(&[12, 10]))], 14.into());
    check("string_agg", &[text(&["a", "b", "c"])], "a,b,c".into());
    check("string_agg", &[text(&["a", "b"]), text(&["--", "--"])], "a--b".into());
    check("array_agg", &[(Int64, numbers())], Value::Array(numbers()));
    let lists = [ints(&[1, 2]), ints(&[]), ints(&[3])].map(Value::Array).to_vec();
    check("array_concat_agg", &[(DataType::array(Int64), lists)], Value::Array(ints(&[1, 2, 3])));
    check("var_samp", &[floats(&[1.0, 3.0, 5.0, 7.0])], Value::Float64(20.0 / 3.0));
    check("stddev_pop", &[floats(&[1.0, 3.0])], Value::Float64(1.0));
    check("stddev", &[floats(&[1.0])], Value::Null);
    check("corr", &[floats(&[1.0, 2.0, 3.0]), floats(&[2.0, 4.0, 6.0])], Value::Float64(1.0));
    check("covar_pop", &[floats(&[1.0, 3.0]), floats(&[1.0, 3.0])], Value::Float64(1.0));
}

#[test]
fn distinct_order_and_limit() {
    let key = |descending| OrderKey { data_type: DataType::Int64, descending, nulls_last: false };
    let column = || (DataType::Int64, ints(&[4, 1, 4, 9]));
    let arguments = vec![DataType::Int64];
    let shape = CallShape { arguments: arguments.clone(), distinct: true, ..CallShape::default() };
    check_shape("sum", &shape, &[column()], 14.into());
    check_shape("count", &shape, &[column()], 3.into());
    let shape = CallShape { arguments, order_by: vec![key(true)], limit: Some(3), ..CallShape::default() };
    check_shape("array_agg", &shape, &[column(), column()], Value::Array(ints(&[9, 4, 4])));
}

#[test]
fn an_int64_sum_fails_only_at_the_end() {
    let function =
        prepare("sum", &CallShape { arguments: vec![DataType::Int64], ..CallShape::default() }).unwrap();
    let mut states = function.new_states();
    states.resize(1);
    let mut add = |value: i64| {
        states.update_one(&[vector(&DataType::Int64, &[Value::Int64(value)])], 1).unwrap();
        states.finish(0, 1).map(|v| v.value(0))
    };
    add(i64::MAX).unwrap();
    assert!(matches!(add(1), Err(ExecError::Evaluation(text)) if text == "int64 overflow"));
    assert_eq!(add(-2).unwrap(), Value::Int64(i64::MAX - 1));
}

#[test]
fn an_approximate_count_is_near() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for count in [10usize, 1000, 50_000] {
        let values: Vec<i64> = (0..count).map(|_| rng.random()).collect();
        let shape = CallShape { arguments: vec![DataType::Int64], ..CallShape::default() };
        let function = prepare("approx_count_distinct", &shape).unwrap();
        let mut states = function.new_states();
        states.resize(1);
        let column = Vector::from_i64(values.iter().copied().collect());
        let arguments = [column];
        states.update_one(&arguments, count).unwrap();
        states.update_one(&arguments, count).unwrap();
        let Value::Int64(found) = states.finish(0, 1).unwrap().value(0) else { panic!("no count") };
        let error = (found as f64 - count as f64).abs() / count as f64;
        assert!(error < 0.12, "seed {seed}: {found} for {count}");
    }
}

#[test]
fn every_function_is_documented_and_in_the_catalog() {
    for function in functions() {
        assert!(!function.doc.is_empty(), "{}", function.name);
        let found = crate::function::find(function.name).unwrap();
        assert_eq!(found.kind, crate::function::FunctionKind::Aggregate, "{}", function.name);
    }
    let error = prepare("lower", &CallShape::default()).err().unwrap().to_string();
    assert!(error.contains("lower is not an aggregate function"), "{error}");
}
