use std::collections::BTreeMap;

use canopy_format::{DataType, Value};
use canopy_proto::plan::{self, AggregatePhase, operator::Kind};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::aggregate::{CallShape, prepare};
use crate::convert::type_to_proto;
use crate::operator::testing::{Row, Run, Table, any_table, call, col, operator, sorted};

const CALLS: [(&str, bool); 7] = [
    ("$count_star", false),
    ("count", true),
    ("sum", true),
    ("avg", true),
    ("min", true),
    ("max", true),
    ("countif", true),
];

fn calls(argument: &(u32, DataType), flag: &(u32, DataType), distinct: bool) -> Vec<plan::AggregateCall> {
    let make = |(index, (name, takes)): (usize, &(&str, bool))| {
        let argument = if *name == "countif" { flag } else { argument };
        let arguments = if *takes { vec![col(argument.0, &argument.1)] } else { vec![] };
        let shape = CallShape {
            arguments: if *takes { vec![argument.1.clone()] } else { vec![] },
            ..CallShape::default()
        };
        let result = prepare(name, &shape).unwrap().return_type();
        plan::AggregateCall {
            output_id: 100 + index as u32,
            function: (*name).into(),
            arguments,
            r#type: Some(type_to_proto(&result)),
            distinct: distinct && *takes,
            ..Default::default()
        }
    };
    CALLS.iter().enumerate().map(make).collect()
}

fn aggregate(
    id: u32,
    input: plan::Operator,
    phase: AggregatePhase,
    keys: &[(u32, DataType)],
    calls: Vec<plan::AggregateCall>,
) -> plan::Operator {
    let keys =
        keys.iter().map(|(id, t)| plan::NamedExpression { column_id: *id, expression: Some(col(*id, t)) });
    operator(
        id,
        Kind::Aggregate(Box::new(plan::Aggregate {
            input: Some(Box::new(input)),
            phase: phase as i32,
            keys: keys.collect(),
            calls,
            estimated_groups: -1.0,
        })),
    )
}

fn as_number(value: &Value) -> Option<i128> {
    Some(match value {
        Value::Int64(v) => *v as i128,
        Value::Numeric(v) => *v,
        Value::Float64(v) => (*v * 2.0) as i128,
        _ => return None,
    })
}

/// The same results by plain loops.
fn naive(rows: &[Row], keys: usize, data_type: &DataType, distinct: bool) -> Vec<Row> {
    let mut groups: BTreeMap<String, (Row, Vec<Row>)> = BTreeMap::new();
    for row in rows {
        let key = row[..keys].to_vec();
        groups.entry(format!("{key:?}")).or_insert((key, vec![])).1.push(row.clone());
    }
    if keys == 0 && rows.is_empty() {
        groups.insert(String::new(), (vec![], vec![]));
    }
    groups
        .into_values()
        .map(|(key, rows)| {
            let mut values: Vec<&Value> =
                rows.iter().map(|row| &row[keys]).filter(|v| !v.is_null()).collect();
            values.sort_by_key(|v| as_number(v));
            let mut flags = rows.iter().filter(|row| row[keys + 1] == Value::Bool(true)).count() as i64;
            if distinct {
                values.dedup();
                flags = flags.min(1);
            }
            let count = values.len() as i128;
            let total: i128 = values.iter().filter_map(|v| as_number(v)).sum();
            let wrap = |v: i128| match (count, data_type) {
                (0, _) => Value::Null,
                (_, DataType::Int64) => Value::Int64(v as i64),
                (_, DataType::Float64) => Value::Float64(v as f64 / 2.0),
                _ => Value::Numeric(v),
            };
            let average = match (count, data_type) {
                (0, _) => Value::Null,
                (_, DataType::Numeric) => Value::Numeric((total * 2 + count) / (count * 2)),
                (_, DataType::Float64) => Value::Float64(total as f64 / 2.0 / count as f64),
                _ => Value::Float64(total as f64 / count as f64),
            };
            let mut out = key;
            out.extend([
                Value::Int64(rows.len() as i64),
                Value::Int64(count as i64),
                wrap(total),
                average,
                values.first().map_or(Value::Null, |v| (*v).clone()),
                values.last().map_or(Value::Null, |v| (*v).clone()),
                Value::Int64(flags),
            ]);
            out
        })
        .collect()
}

fn check(key_types: &[DataType], data_type: DataType, rows: usize, range: i64, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut columns: Vec<(u32, DataType)> =
        key_types.iter().cloned().enumerate().map(|(i, t)| (i as u32, t)).collect();
    let (argument, flag) = ((50, data_type.clone()), (51, DataType::Bool));
    let keys = columns.clone();
    columns.extend([argument.clone(), flag.clone()]);
    let table = any_table(9, &columns, rows, range, &mut rng);
    for distinct in [false, true] {
        let expected = sorted(naive(&table.rows, keys.len(), &data_type, distinct));
        let calls = calls(&argument, &flag, distinct);
        let single = aggregate(1, table.read(), AggregatePhase::Single, &keys, calls.clone());
        let partial = aggregate(2, table.read(), AggregatePhase::Partial, &keys, calls.clone());
        let merge = aggregate(3, partial, AggregatePhase::Merge, &keys, calls.clone());
        let phased = aggregate(4, merge, AggregatePhase::Final, &keys, calls);
        for plan in [single, phased] {
            for threads in [1, 3] {
                let tables = [&table];
                let run = Run { seed, ..Run::new(plan.clone(), &tables, threads) };
                let found = sorted(run.rows().unwrap());
                assert!(
                    found == expected,
                    "seed {seed} threads {threads} distinct {distinct} keys {key_types:?}:\n{:?}\n{:?}",
                    &found[..found.len().min(3)],
                    &expected[..expected.len().min(3)]
                );
            }
        }
    }
}

#[test]
fn groups_equal_those_of_plain_loops() {
    use DataType::*;
    let seed: u64 = rand::rng().random();
    eprintln!("seed {seed}");
    check(&[], Int64, 0, 10, seed);
    check(&[], Numeric, 3000, 10, seed);
    check(&[Int64], Int64, 5000, 700, seed);
    check(&[Int64], Float64, 6000, 4_000_000, seed);
    check(&[String], Numeric, 5000, 300, seed);
    check(&[Int64, Date], Int64, 4000, 20, seed);
    check(&[Bool, String, Numeric], Float64, 4000, 8, seed);
}

#[test]
fn tables_that_leave_early_and_rows_that_pass_give_the_same() {
    let rows: Vec<Row> =
        (0..29_000).map(|i: i64| vec![Value::Int64(i * 7919 % 27_001), Value::Int64(1)]).collect();
    let table = Table { fragment: 9, columns: vec![(0, DataType::Int64), (1, DataType::Int64)], rows };
    let count = plan::AggregateCall {
        output_id: 5,
        function: "sum".into(),
        arguments: vec![col(1, &DataType::Int64)],
        r#type: Some(type_to_proto(&DataType::Int64)),
        ..Default::default()
    };
    let keys = [(0, DataType::Int64)];
    let single = aggregate(1, table.read(), AggregatePhase::Single, &keys, vec![count.clone()]);
    let partial = aggregate(2, table.read(), AggregatePhase::Partial, &keys, vec![count.clone()]);
    let last = aggregate(3, partial, AggregatePhase::Final, &keys, vec![count]);
    for plan in [single, last] {
        let rows = Run::new(plan, &[&table], 2).rows().unwrap();
        assert_eq!(rows.len(), 27_001);
        let total: i64 = rows.iter().map(|row| if let Value::Int64(v) = row[1] { v } else { 0 }).sum();
        assert_eq!(total, 29_000);
    }
}

#[test]
fn a_group_by_past_its_budget_names_itself() {
    let rows: Vec<Row> = (0..200_000).map(|i: i64| vec![Value::Int64(i * 1_000_003)]).collect();
    let table = Table { fragment: 9, columns: vec![(0, DataType::Int64)], rows };
    let plan = aggregate(17, table.read(), AggregatePhase::Single, &[(0, DataType::Int64)], vec![]);
    let error = Run { memory: 4 << 20, ..Run::new(plan, &[&table], 2) }.rows().unwrap_err();
    assert!(
        matches!(&error, crate::ExecError::OutOfMemory { operator, .. } if operator == "aggregate 17"),
        "{error}"
    );
}

#[test]
fn collected_values_come_in_the_order_asked_for() {
    let rows: Vec<Row> = [(1, 30), (2, 5), (1, 10), (1, 20), (2, 5)]
        .map(|(k, v)| vec![Value::Int64(k), Value::Int64(v)])
        .to_vec();
    let table = Table { fragment: 9, columns: vec![(0, DataType::Int64), (1, DataType::Int64)], rows };
    let collect = plan::AggregateCall {
        output_id: 5,
        function: "array_agg".into(),
        arguments: vec![col(1, &DataType::Int64)],
        distinct: true,
        order_by: vec![crate::operator::testing::sort_key(1, &DataType::Int64, true, false)],
        limit: Some(2),
        ..Default::default()
    };
    let positive = call(
        "$less",
        vec![
            col(1, &DataType::Int64),
            crate::operator::testing::literal(&Value::Int64(25), &DataType::Int64),
        ],
        &DataType::Bool,
    );
    let counted = plan::AggregateCall {
        output_id: 6,
        function: "$count_star".into(),
        filter: Some(positive),
        ..Default::default()
    };
    let plan =
        aggregate(1, table.read(), AggregatePhase::Single, &[(0, DataType::Int64)], vec![collect, counted]);
    let found = sorted(Run::new(plan, &[&table], 2).rows().unwrap());
    let list = |values: &[i64]| Value::Array(values.iter().map(|&v| Value::Int64(v)).collect());
    let expected = sorted(vec![
        vec![Value::Int64(1), list(&[30, 20]), Value::Int64(2)],
        vec![Value::Int64(2), list(&[5]), Value::Int64(2)],
    ]);
    assert_eq!(found, expected);
}
