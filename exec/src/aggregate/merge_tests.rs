//! Every aggregate of the catalog: states of random parts, merged, give what one pass over all rows gives.

use canopy_format::{DataType, I256, Interval, RangeElement, RangeValue, Value, Vector};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::hyperloglog::Sketch;
use super::{AggregateFunction, CallShape, HavingKey, OrderKey, functions, prepare};
use crate::function::{Function, TypePattern};

/// Types that stand for any type.
const ANY: [DataType; 9] = [
    DataType::Int64,
    DataType::String,
    DataType::Float64,
    DataType::Numeric,
    DataType::BigNumeric,
    DataType::Bool,
    DataType::Date,
    DataType::Interval,
    DataType::Range(RangeElement::Datetime),
];
const GROUPS: usize = 3;

/// The argument types of every signature, an ANY as each of [`ANY`].
fn argument_types(function: &Function) -> Vec<Vec<DataType>> {
    let mut out = Vec::new();
    for signature in &function.signatures {
        for any in &ANY {
            let concrete = |pattern: &TypePattern| match pattern {
                TypePattern::Exact(data_type) => data_type.clone(),
                TypePattern::ArrayOfAny(_) => DataType::array(any.clone()),
                TypePattern::Any(2) => DataType::Int64,
                _ => any.clone(),
            };
            let required: Vec<DataType> = signature.required.iter().map(concrete).collect();
            let all = required.iter().cloned().chain(signature.optional.iter().map(concrete)).collect();
            for types in [required, all] {
                if !out.contains(&types) {
                    out.push(types);
                }
            }
        }
    }
    out
}

/// The value of an argument that is the same in all rows.
fn constant(function: &str, position: usize, data_type: &DataType) -> Option<Value> {
    Some(match (function, position, data_type) {
        ("string_agg", 1, DataType::String) => Value::from("-"),
        ("string_agg", 1, DataType::Bytes) => Value::Bytes(b"-".as_slice().into()),
        ("approx_quantiles" | "approx_top_count", 1, _) | ("approx_top_sum", 2, _) => Value::Int64(3),
        ("hll_count.init", 1, _) => Value::Int64(12),
        ("percentile_cont" | "percentile_disc", 1, DataType::Float64) => Value::Float64(0.3),
        ("percentile_cont" | "percentile_disc", 1, DataType::Numeric) => Value::Numeric(300_000_000),
        ("percentile_cont" | "percentile_disc", 1, _) => Value::BigNumeric(I256::from(3 * 10i128.pow(37))),
        _ => return None,
    })
}

fn any_value(function: &str, data_type: &DataType, rng: &mut StdRng) -> Value {
    if rng.random_bool(0.2) {
        return Value::Null;
    }
    let n: i64 = rng.random_range(0..9);
    match data_type {
        DataType::Bool => Value::Bool(n % 2 == 0),
        DataType::Int64 => Value::Int64(n),
        DataType::Float64 => Value::Float64(n as f64 / 4.0),
        DataType::Numeric => Value::Numeric(n as i128 * 125_000_000),
        DataType::BigNumeric => Value::BigNumeric(I256::from(n) * I256::from(10i128.pow(37))),
        DataType::String => Value::from(["", "a", "b", "a text of more than twelve bytes"][n as usize % 4]),
        DataType::Bytes if function.starts_with("hll_count.merge") => {
            let mut sketch = Sketch::new(10 + n as u8 % 3);
            (0..n).for_each(|i| sketch.add((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
            let mut bytes = Vec::new();
            sketch.write(1, &mut bytes);
            Value::Bytes(bytes.into())
        }
        DataType::Bytes => Value::Bytes([n as u8].as_slice().into()),
        DataType::Date => Value::Date(n as i32),
        DataType::Interval => Value::Interval(Interval { months: n as i32 % 2, days: n as i32, micros: n }),
        DataType::Range(_) => Value::Range(RangeValue { start: n, end: i64::MAX }),
        DataType::Array(element) => {
            Value::Array((0..n % 3).map(|_| any_value(function, element, rng)).collect())
        }
        other => panic!("no values of {other}"),
    }
}

/// Equal, floats but for the last digits.
fn near(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Float64(a), Value::Float64(b)) => {
            a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-9 * a.abs().max(1.0)
        }
        _ => a == b,
    }
}

fn results(
    function: &dyn AggregateFunction,
    columns: &[Vector],
    groups: &[u32],
    cuts: &[usize],
) -> Vec<Value> {
    let mut merged = function.new_states();
    merged.resize(GROUPS);
    for cut in cuts.windows(2) {
        let mut part = function.new_states();
        part.resize(GROUPS);
        let (start, len) = (cut[0], cut[1] - cut[0]);
        let arguments: Vec<Vector> = columns.iter().map(|column| column.slice(start, len)).collect();
        part.update(&arguments, &groups[start..start + len]).unwrap();
        let states = part.states(0, GROUPS).unwrap();
        assert_eq!(*states.data_type(), function.state_type());
        // Over the wire and back, as between servers.
        let message = crate::wire::encode(&canopy_format::Batch::new(vec![states], GROUPS));
        let back = crate::wire::decode(message).unwrap();
        merged.merge(&back.columns()[0], &[0, 1, 2]).unwrap();
    }
    merged.finish(0, GROUPS).unwrap().iter_values().collect()
}

fn check(name: &str, shape: &CallShape, rng: &mut StdRng, seed: u64) -> bool {
    let Ok(function) = prepare(name, shape) else { return false };
    let rows = rng.random_range(0..60);
    let keys = shape.order_by.iter().map(|key| key.data_type.clone());
    let having = shape.having.iter().map(|having| having.data_type.clone());
    let mut columns = Vec::new();
    for (position, data_type) in shape.arguments.iter().cloned().chain(keys).chain(having).enumerate() {
        let value = match position < shape.arguments.len() {
            true => constant(name, position, &data_type),
            false => None,
        };
        let values: Vec<Value> =
            (0..rows).map(|_| value.clone().unwrap_or_else(|| any_value(name, &data_type, rng))).collect();
        columns.push(Vector::from_values(&data_type, &values).unwrap());
    }
    // The last group sees no rows.
    let groups: Vec<u32> = (0..rows).map(|_| rng.random_range(0..GROUPS as u32 - 1)).collect();
    let mut whole = function.new_states();
    whole.resize(GROUPS);
    whole.update(&columns, &groups).unwrap();
    let expected: Vec<Value> = whole.finish(0, GROUPS).unwrap().iter_values().collect();
    let mut cuts: Vec<usize> = (0..rng.random_range(0..4)).map(|_| rng.random_range(0..=rows)).collect();
    cuts.extend([0, rows]);
    cuts.sort_unstable();
    let found = results(&*function, &columns, &groups, &cuts);
    for (expected, found) in expected.iter().zip(&found) {
        assert!(near(expected, found), "seed {seed}: {name} {shape:?}: {expected:?}, merged {found:?}");
    }
    true
}

#[test]
fn merged_parts_equal_a_single_pass() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    for function in functions() {
        let mut ran = 0;
        for arguments in argument_types(&function) {
            let plain = CallShape { arguments: arguments.clone(), ..CallShape::default() };
            let key = OrderKey { data_type: DataType::Int64, descending: true, nulls_last: false };
            let having = HavingKey { data_type: DataType::Float64, greatest: ran % 2 == 0 };
            let ordered = CallShape { order_by: vec![key], limit: Some(4), ..plain.clone() };
            let best = CallShape { having: Some(having), ..plain.clone() };
            for _ in 0..3 {
                ran += check(function.name, &plain, &mut rng, seed) as usize;
                check(function.name, &ordered, &mut rng, seed);
                check(function.name, &best, &mut rng, seed);
                if !arguments.is_empty() && !matches!(arguments[0], DataType::Array(_)) {
                    check(function.name, &CallShape { distinct: true, ..plain.clone() }, &mut rng, seed);
                    check(function.name, &CallShape { distinct: true, ..best.clone() }, &mut rng, seed);
                }
            }
        }
        assert!(ran > 0, "{} ran with no types", function.name);
    }
}
