//! The small operators, exchanges, limits of fragments, and cancelling.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_format::{Batch, DataType, Value, Vector};
use canopy_proto::plan::{self, exchange, operator::Kind};
use canopy_storage::MemoryStore;

use super::testing::*;
use crate::run::{Executor, ExecutorOptions, FragmentRun};
use crate::{CancelToken, ExecError};

const INT: DataType = DataType::Int64;

fn numbers(rows: i64) -> Table {
    let rows = (0..rows).map(|i| vec![Value::Int64(i), Value::Int64(i % 10)]).collect();
    Table { fragment: 5, columns: vec![(0, INT), (1, INT)], rows }
}

fn boxed(operator: plan::Operator) -> Option<Box<plan::Operator>> {
    Some(Box::new(operator))
}

#[test]
fn limit_cuts_over_all_workers() {
    let table = numbers(10_000);
    let check = |limit: Option<u64>, offset: u64, expected: usize| {
        let plan =
            operator(1, Kind::Limit(Box::new(plan::Limit { input: boxed(table.read()), limit, offset })));
        for threads in [1, 3] {
            assert_eq!(Run::new(plan.clone(), &[&table], threads).rows().unwrap().len(), expected);
        }
    };
    check(Some(10), 0, 10);
    check(Some(3000), 8000, 2000);
    check(None, 9999, 1);
    check(Some(0), 0, 0);
    check(Some(5), 20_000, 0);
}

#[test]
fn filters_projections_unions_and_values() {
    let table = numbers(5000);
    let ten = literal(&Value::Int64(10), &INT);
    let small = plan::Filter {
        input: boxed(table.read()),
        predicate: Some(call("$less", vec![col(0, &INT), ten.clone()], &DataType::Bool)),
    };
    let sum =
        plan::NamedExpression { column_id: 7, expression: Some(call("$add", vec![col(0, &INT), ten], &INT)) };
    let project =
        plan::Project { input: boxed(operator(1, Kind::Filter(Box::new(small)))), columns: vec![sum] };
    let row = |v: i64| plan::ValuesRow { values: vec![value_to_proto(&Value::Int64(v))] };
    let values = plan::Values { columns: columns(&[(8, INT)]), rows: vec![row(-1), row(-2)] };
    let union = plan::Union {
        inputs: vec![operator(2, Kind::Project(Box::new(project))), operator(3, Kind::Values(values))],
        columns: columns(&[(9, INT)]),
        input_columns: vec![plan::ColumnIds { ids: vec![7] }, plan::ColumnIds { ids: vec![8] }],
    };
    let plan = operator(4, Kind::Union(union));
    for threads in [1, 3] {
        let found = sorted(Run::new(plan.clone(), &[&table], threads).rows().unwrap());
        assert_eq!(found, sorted((10..20).chain([-1, -2]).map(|v| vec![Value::Int64(v)]).collect()));
    }
    let one = plan::Values { columns: vec![], rows: vec![plan::ValuesRow { values: vec![] }] };
    let (outputs, _) = Run::new(operator(1, Kind::Values(one)), &[], 2).outputs().unwrap();
    assert_eq!(outputs.iter().map(|output| output.batch.rows()).sum::<usize>(), 1);
}

use crate::convert::value_to_proto;

#[test]
fn unnest_gives_a_row_an_element() {
    let list = DataType::array(INT);
    let array = |values: &[i64]| Value::Array(values.iter().map(|&v| Value::Int64(v)).collect());
    let mut rows = vec![
        vec![Value::Int64(1), array(&[7, 8])],
        vec![Value::Int64(2), array(&[])],
        vec![Value::Int64(3), Value::Null],
        vec![Value::Int64(4), Value::Array(vec![Value::Null])],
    ];
    let long: Vec<i64> = (0..5000).collect();
    rows.push(vec![Value::Int64(5), array(&long)]);
    let table = Table { fragment: 5, columns: vec![(0, INT), (1, list.clone())], rows };
    for outer in [false, true] {
        let unnest = plan::Unnest {
            input: boxed(table.read()),
            array: Some(col(1, &list)),
            element: columns(&[(2, INT)]).pop(),
            offset: columns(&[(3, INT)]).pop(),
            outer,
        };
        let project = plan::Project {
            input: boxed(operator(1, Kind::Unnest(Box::new(unnest)))),
            columns: [0, 2, 3]
                .map(|id| plan::NamedExpression { column_id: id + 20, expression: Some(col(id, &INT)) })
                .to_vec(),
        };
        let row = |a: i64, b: Value, c: Value| vec![Value::Int64(a), b, c];
        let mut expected =
            vec![row(1, 7.into(), 0.into()), row(1, 8.into(), 1.into()), row(4, Value::Null, 0.into())];
        expected.extend(long.iter().map(|&v| row(5, v.into(), v.into())));
        if outer {
            expected.push(row(2, Value::Null, Value::Null));
            expected.push(row(3, Value::Null, Value::Null));
        }
        let found = Run::new(operator(2, Kind::Project(Box::new(project))), &[&table], 2).rows().unwrap();
        assert_eq!(sorted(found), sorted(expected), "outer {outer}");
    }
}

#[test]
fn a_single_row_is_exactly_one() {
    let check = |rows: i64, expected: Result<Row, &str>| {
        let table = numbers(rows);
        let plan = operator(1, Kind::SingleRow(Box::new(plan::SingleRow { input: boxed(table.read()) })));
        match (Run::new(plan, &[&table], 2).rows(), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, vec![expected]),
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{error}"),
            (found, expected) => panic!("{found:?} {expected:?}"),
        }
    };
    check(0, Ok(vec![Value::Null, Value::Null]));
    check(1, Ok(vec![0.into(), 0.into()]));
    check(2, Err("Scalar subquery produced more than one element"));
}

#[test]
fn row_numbers_differ() {
    let table = numbers(5000);
    let number = plan::RowNumber { input: boxed(table.read()), column: columns(&[(9, INT)]).pop() };
    let rows = Run::new(operator(1, Kind::RowNumber(Box::new(number))), &[&table], 3).rows().unwrap();
    let different: HashSet<String> = rows.iter().map(|row| format!("{:?}", row[2])).collect();
    assert_eq!(different.len(), 5000);
    // The task of the test harness is 3.
    assert!(rows.iter().all(|row| matches!(row[2], Value::Int64(v) if v >> 40 == 3)));
}

#[test]
fn a_hash_exchange_sends_equal_keys_one_way_and_loses_nothing() {
    let table = numbers(20_000);
    let hash = plan::HashPartition { column_ids: vec![1], partition_count: 4 };
    let exchange = Some(plan::Exchange { kind: Some(exchange::Kind::Hash(hash)) });
    let (outputs, _) = Run { exchange, ..Run::new(table.read(), &[&table], 2) }.outputs().unwrap();
    let mut part_of: HashMap<String, u32> = HashMap::new();
    let mut rows = 0;
    for output in &outputs {
        assert!(output.partition < 4);
        for row in batch_rows(&output.batch) {
            rows += 1;
            let part = *part_of.entry(format!("{:?}", row[1])).or_insert(output.partition);
            assert_eq!(part, output.partition);
        }
    }
    assert_eq!((rows, part_of.len()), (20_000, 10));
    assert!(outputs.len() < 60, "{} batches are too small", outputs.len());
}

#[test]
fn merged_exchanges_come_out_in_order() {
    let mut table = numbers(6000);
    table.rows.reverse();
    let mut read = table.read();
    if let Some(Kind::ExchangeRead(read)) = &mut read.kind {
        read.merge_keys = vec![sort_key(0, &INT, false, false)];
    }
    let rows = Run::new(read, &[&table], 3).rows().unwrap();
    assert!(rows.iter().zip(0..).all(|(row, i)| row[0] == Value::Int64(i)));
}

#[test]
fn broken_fragments_are_invalid_plans() {
    let table = numbers(1);
    let check = |plan: plan::Operator, reason: &str| {
        let error = Run::new(plan, &[&table], 1).rows().unwrap_err();
        assert!(matches!(&error, ExecError::InvalidPlan(text) if text.contains(reason)), "{error}");
    };
    let limit = |id: u32, input: plan::Operator| {
        operator(id, Kind::Limit(Box::new(plan::Limit { input: boxed(input), limit: None, offset: 0 })))
    };
    check(plan::Operator::default(), "missing kind");
    check(limit(1005, table.read()), "operator id 1005 stands twice");
    check((0..300).fold(table.read(), |plan, id| limit(id, plan)), "nested deeper");
    let other = Table { fragment: 6, ..numbers(0) };
    check(other.read(), "rows of fragment 6 are not given");
    let wrong = Table { columns: vec![(0, INT)], ..numbers(0) };
    check(wrong.read(), "rows of fragment 5 are (INT64, INT64), expected (INT64)");
    let filter = plan::Filter { input: boxed(table.read()), predicate: Some(col(77, &DataType::Bool)) };
    check(operator(1, Kind::Filter(Box::new(filter))), "77");
}

#[test]
fn a_cancelled_query_stops_soon_and_gives_its_memory_back() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let options = ExecutorOptions { threads: 2, memory_limit_bytes: 1 << 30, io: runtime.handle().clone() };
    let executor = Executor::new(options);
    for (wait_for_input, deadline) in [(true, false), (false, false), (true, true)] {
        let (sender, receiver) = tokio::sync::mpsc::channel(1);
        let table = numbers(2000);
        let join = plan::NestedLoopJoin {
            kind: plan::JoinKind::Inner as i32,
            probe: boxed(table.read()),
            build: boxed(table.read()),
            ..Default::default()
        };
        let mut join = operator(1, Kind::NestedLoopJoin(Box::new(join)));
        if let Some(Kind::NestedLoopJoin(join)) = &mut join.kind {
            let build = Table { fragment: 6, columns: vec![(10, INT), (11, INT)], rows: vec![] }.read();
            join.build = boxed(build);
        }
        let (build_sender, build_receiver) = tokio::sync::mpsc::channel(4);
        let batch = |rows: i64| {
            let column = || Vector::from_i64((0..rows).collect());
            Batch::new(vec![column(), column()], rows as usize)
        };
        // A product of far more rows than anyone waits for.
        runtime.block_on(async {
            for _ in 0..4 {
                build_sender.send(Ok(batch(2000))).await.unwrap();
            }
        });
        drop(build_sender);
        let endless = runtime.spawn(async move {
            while !wait_for_input && sender.send(Ok(batch(2000))).await.is_ok() {}
            std::future::pending::<()>().await;
            drop(sender);
        });
        let cancel = match deadline {
            true => CancelToken::with_deadline(Instant::now() + Duration::from_millis(50)),
            false => CancelToken::new(),
        };
        let count = plan::Aggregate {
            input: boxed(join),
            phase: plan::AggregatePhase::Single as i32,
            ..Default::default()
        };
        let fragment = plan::Fragment {
            root: Some(operator(2, Kind::Aggregate(Box::new(count)))),
            ..Default::default()
        };
        let handle = executor.run(FragmentRun {
            context: plan::QueryContext::default(),
            fragment,
            splits: vec![],
            inputs: HashMap::from([(5, receiver), (6, build_receiver)]),
            store: Arc::new(MemoryStore::new()),
            task: 0,
            cancel: cancel.clone(),
        });
        std::thread::sleep(Duration::from_millis(60));
        let asked = Instant::now();
        cancel.cancel("enough");
        let error = runtime.block_on(handle.finished).unwrap_err();
        let reason = if deadline { "deadline exceeded" } else { "enough" };
        assert!(matches!(&error, ExecError::Cancelled(text) if text == reason), "{error}");
        assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
        assert_eq!(executor.memory_used(), 0);
        endless.abort();
    }
}
