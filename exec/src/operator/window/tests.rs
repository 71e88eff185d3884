use std::cmp::Ordering;

use canopy_format::{DataType, Value, Vector};
use canopy_proto::plan::{self, FrameBoundKind, FrameUnit, operator::Kind};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::aggregate::{CallShape, prepare};
use crate::convert::{type_to_proto, value_to_proto};
use crate::kernel::compare::compare_values;
use crate::operator::testing::{Row, Run, Table, any_table, col, operator, sort_key, sorted};

const INT: DataType = DataType::Int64;
/// Columns: partition, sort key, row id, value.
const PARTITION: u32 = 0;
const KEY: u32 = 1;
const ID: u32 = 2;
const VALUE: u32 = 3;

/// One end of a frame: so many before (negative) or after; None is unbounded.
type End = Option<i64>;

#[derive(Debug, Clone)]
struct Spec {
    function: &'static str,
    unit: FrameUnit,
    start: End,
    end: End,
    ignore_nulls: bool,
}

fn bound(end: End, unbounded: FrameBoundKind, data_type: &DataType, unit: FrameUnit) -> plan::FrameBound {
    let offset = |offset: i64| match (unit, data_type) {
        (FrameUnit::Range, DataType::Numeric) => Value::Numeric(offset as i128 * 1_000_000_000),
        (FrameUnit::Range, DataType::Float64) => Value::Float64(offset as f64),
        _ => Value::Int64(offset),
    };
    let (kind, offset) = match end {
        None => (unbounded, None),
        Some(0) => (FrameBoundKind::CurrentRow, None),
        Some(n) if n < 0 => (FrameBoundKind::Preceding, Some(offset(-n))),
        Some(n) => (FrameBoundKind::Following, Some(offset(n))),
    };
    plan::FrameBound { kind: kind as i32, offset: offset.as_ref().map(value_to_proto) }
}

fn call(spec: &Spec, output_id: u32, key: &DataType) -> plan::WindowCall {
    let arguments = if spec.function == "$count_star" { vec![] } else { vec![col(VALUE, &INT)] };
    plan::WindowCall {
        call: Some(plan::AggregateCall {
            output_id,
            function: spec.function.into(),
            arguments,
            r#type: Some(type_to_proto(&INT)),
            null_handling: spec.ignore_nulls as u32,
            ..plan::AggregateCall::default()
        }),
        // RANGE frames are by the key alone; ROWS frames need an order without ties.
        order_key_count: if spec.unit == FrameUnit::Range { 1 } else { 2 },
        frame: Some(plan::WindowFrame {
            unit: spec.unit as i32,
            start: Some(bound(spec.start, FrameBoundKind::UnboundedPreceding, key, spec.unit)),
            end: Some(bound(spec.end, FrameBoundKind::UnboundedFollowing, key, spec.unit)),
        }),
    }
}

/// Whether row `j` is in the frame of row `i`, both by their place in the sorted partition.
fn in_frame(spec: &Spec, rows: &[&Row], i: usize, j: usize) -> bool {
    let number = |value: &Value| match value {
        Value::Int64(v) => Some(*v as f64),
        Value::Numeric(v) => Some(*v as f64 / 1e9),
        Value::Float64(v) => Some(*v),
        _ => None,
    };
    let distance = |end: i64, row: usize| -> Ordering {
        if spec.unit == FrameUnit::Rows {
            return (row as i64).cmp(&(i as i64 + end));
        }
        match (number(&rows[row][KEY as usize]), number(&rows[i][KEY as usize])) {
            (Some(other), Some(own)) => other.total_cmp(&(own + end as f64)),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
        }
    };
    spec.start.is_none_or(|start| distance(start, j).is_ge())
        && spec.end.is_none_or(|end| distance(end, j).is_le())
}

/// The value of the function over these values, in order.
fn expected(spec: &Spec, values: Vec<Value>) -> Value {
    let values: Vec<Value> = values.into_iter().filter(|v| !(spec.ignore_nulls && v.is_null())).collect();
    match spec.function {
        "first_value" => return values.first().cloned().unwrap_or_default(),
        "last_value" => return values.last().cloned().unwrap_or_default(),
        _ => {}
    }
    let arguments = if spec.function == "$count_star" { vec![] } else { vec![INT] };
    let shape = CallShape { arguments: arguments.clone(), ..CallShape::default() };
    let mut states = prepare(spec.function, &shape).unwrap().new_states();
    states.resize(1);
    let vector = Vector::from_values(&INT, &values).unwrap();
    let inputs: Vec<Vector> = arguments.iter().map(|_| vector.clone()).collect();
    states.update(&inputs, &vec![0; values.len()]).unwrap();
    states.finish(0, 1).unwrap().value(0)
}

fn naive(table: &Table, specs: &[Spec]) -> Vec<Row> {
    let mut rows: Vec<&Row> = table.rows.iter().collect();
    let compare = |a: &Value, b: &Value| match (a.is_null(), b.is_null()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        _ => compare_values(a, b),
    };
    rows.sort_by(|a, b| {
        (0..3).fold(Ordering::Equal, |order, column| order.then_with(|| compare(&a[column], &b[column])))
    });
    let mut out = Vec::new();
    for partition in rows.chunk_by(|a, b| compare(&a[0], &b[0]).is_eq()) {
        for i in 0..partition.len() {
            let mut row = partition[i].clone();
            for spec in specs {
                let inside = (0..partition.len()).filter(|&j| in_frame(spec, partition, i, j));
                let values = inside.map(|j| partition[j][VALUE as usize].clone()).collect();
                row.push(expected(spec, values));
            }
            out.push(row);
        }
    }
    out
}

fn check(seed: u64, rows: usize, key: DataType, by_partition: bool) {
    let mut rng = StdRng::seed_from_u64(seed);
    let columns = [(PARTITION, DataType::String), (KEY, key.clone()), (ID, INT), (VALUE, INT)];
    let mut table = any_table(5, &columns, rows, 12, &mut rng);
    for (id, row) in table.rows.iter_mut().enumerate() {
        row[ID as usize] = Value::Int64(id as i64);
        if !by_partition {
            row[PARTITION as usize] = Value::Null;
        }
    }
    let functions = ["$count_star", "count", "sum", "avg", "min", "max", "bit_or", "bit_xor", "array_agg"];
    let mut specs = Vec::new();
    for function in functions.into_iter().chain(["first_value", "last_value"]) {
        let unit = [FrameUnit::Rows, FrameUnit::Range][rng.random_range(0..2)];
        let mut end = || [None, Some(0), Some(rng.random_range(-20..20))][rng.random_range(0..3)];
        let (mut start, mut stop) = (end(), end());
        if let (Some(a), Some(b)) = (start, stop) {
            (start, stop) = (Some(a.min(b)), Some(a.max(b)));
        }
        let ignore_nulls = matches!(function, "array_agg" | "first_value" | "last_value") && rng.random();
        // Values of peers come in any order: what sees the order gets ROWS.
        let unit = if matches!(function, "array_agg" | "first_value" | "last_value") {
            FrameUnit::Rows
        } else {
            unit
        };
        specs.push(Spec { function, unit, start, end: stop, ignore_nulls });
    }
    let calls = specs.iter().zip(10..).map(|(spec, id)| call(spec, id, &key)).collect();
    let window = plan::Window {
        input: Some(Box::new(table.read())),
        partition_by: if by_partition { vec![col(PARTITION, &DataType::String)] } else { vec![] },
        order_by: vec![sort_key(KEY, &key, false, false), sort_key(ID, &INT, false, false)],
        calls,
    };
    let expected = sorted(naive(&table, &specs));
    for threads in [1, 3] {
        let root = operator(1, Kind::Window(Box::new(window.clone())));
        let found = sorted(Run { seed, ..Run::new(root, &[&table], threads) }.rows().unwrap());
        for (found, expected) in found.iter().zip(&expected) {
            let same = close(found, expected);
            assert!(same, "seed {seed} threads {threads} {specs:#?}\n found {found}\n expected {expected}");
        }
        assert_eq!(found.len(), expected.len());
    }
}

/// Equal but for the last digits of floats, which depend on the order of additions.
fn close(a: &str, b: &str) -> bool {
    let round = |text: &str| {
        let mut out = String::new();
        for part in text.split_inclusive(|c: char| !(c.is_ascii_digit() || c == '.')) {
            let digits = part.find('.').map_or(part.len(), |dot| part.len().min(dot + 7));
            out.push_str(&part[..digits]);
        }
        out
    };
    a == b || round(a) == round(b)
}

#[test]
fn windows_equal_those_of_a_plain_search() {
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    for round in 0..6 {
        check(seed.wrapping_add(round), 300, INT, true);
        check(seed.wrapping_add(round), 120, DataType::Numeric, true);
        check(seed.wrapping_add(round), 90, DataType::Float64, false);
        check(seed.wrapping_add(round), 60, INT, false);
    }
    check(seed, 0, INT, true);
    check(seed, 0, INT, false);
}

#[test]
fn broken_windows_are_refused() {
    let table = Table { fragment: 5, columns: vec![(KEY, DataType::String)], rows: vec![] };
    let refused = |change: &dyn Fn(&mut plan::Window), text: &str| {
        let spec = Spec {
            function: "$count_star",
            unit: FrameUnit::Rows,
            start: Some(-1),
            end: None,
            ignore_nulls: false,
        };
        let mut call = call(&spec, 10, &INT);
        call.order_key_count = 1;
        let mut window = plan::Window {
            input: Some(Box::new(table.read())),
            partition_by: vec![],
            order_by: vec![sort_key(KEY, &DataType::String, false, false)],
            calls: vec![call],
        };
        change(&mut window);
        let error = Run::new(operator(1, Kind::Window(Box::new(window))), &[&table], 1).rows().unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    };
    refused(&|window| window.calls[0].order_key_count = 2, "by 2 of 1 sort keys");
    refused(&|window| window.calls[0].call = None, "missing call");
    refused(
        &|window| {
            if let Some(frame) = &mut window.calls[0].frame {
                frame.unit = FrameUnit::Range as i32;
            }
        },
        "a RANGE frame with offsets over STRING",
    );
    refused(
        &|window| {
            if let Some(call) = &mut window.calls[0].call {
                call.function = "lower".into();
            }
        },
        "lower is not an aggregate function",
    );
}
