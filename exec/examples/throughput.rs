//! Rows a second through group-by, join and sort over generated batches.
//!
//! `cargo run --profile bench-quick -p canopy-exec --example throughput -- [million rows] [threads]`
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use canopy_exec::convert::type_to_proto;
use canopy_exec::{CancelToken, Executor, ExecutorOptions, FragmentRun};
use canopy_format::{Batch, DataType, Dictionary, Value, Values, Vector};
use canopy_proto::plan::{self, expression, operator};
use canopy_storage::MemoryStore;

const INT: DataType = DataType::Int64;

fn column(id: u32, data_type: &DataType) -> plan::Expression {
    plan::Expression { r#type: Some(type_to_proto(data_type)), kind: Some(expression::Kind::Column(id)) }
}

fn operator(id: u32, kind: operator::Kind) -> plan::Operator {
    plan::Operator { id, estimated_rows: -1.0, kind: Some(kind) }
}

fn read(fragment_id: u32, columns: &[(u32, DataType)]) -> Option<Box<plan::Operator>> {
    let columns = columns.iter().map(|(id, t)| plan::Column { id: *id, r#type: Some(type_to_proto(t)) });
    let read = plan::ExchangeRead { fragment_id, columns: columns.collect(), merge_keys: vec![] };
    Some(Box::new(operator(1000 + fragment_id, operator::Kind::ExchangeRead(read))))
}

fn aggregate(
    input: Option<Box<plan::Operator>>,
    keys: &[(u32, DataType)],
    calls: &[(&str, &[(u32, DataType)])],
) -> plan::Operator {
    let keys =
        keys.iter().map(|(id, t)| plan::NamedExpression { column_id: *id, expression: Some(column(*id, t)) });
    let calls = calls.iter().zip(500..).map(|((name, arguments), id)| plan::AggregateCall {
        output_id: id,
        function: (*name).into(),
        arguments: arguments.iter().map(|(id, t)| column(*id, t)).collect(),
        ..Default::default()
    });
    operator(
        900,
        operator::Kind::Aggregate(Box::new(plan::Aggregate {
            input,
            phase: plan::AggregatePhase::Single as i32,
            keys: keys.collect(),
            calls: calls.collect(),
            estimated_groups: -1.0,
        })),
    )
}

/// Batches of 2,048 rows, column `i` made by `make(i, row number)`.
fn batches(rows: usize, columns: usize, make: impl Fn(usize, i64) -> i64) -> Vec<Batch> {
    let batch = |start: usize| {
        let len = 2048.min(rows - start);
        let column = |index: usize| {
            Vector::from_i64((start..start + len).map(|row| make(index, row as i64)).collect())
        };
        Batch::new((0..columns).map(column).collect(), len)
    };
    (0..rows).step_by(2048).map(batch).collect()
}

fn scatter(row: i64, range: i64) -> i64 {
    ((row as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) as i64 % range
}

struct Bench {
    runtime: tokio::runtime::Runtime,
    executor: Arc<Executor>,
}

impl Bench {
    fn run(&self, name: &str, rows: usize, root: plan::Operator, inputs: &[(u32, Vec<Batch>)]) {
        let mut best = f64::MAX;
        let mut out = 0;
        for _ in 0..3 {
            let started = Instant::now();
            let mut receivers = HashMap::new();
            for (fragment, batches) in inputs {
                let (sender, receiver) = tokio::sync::mpsc::channel(64);
                let batches = batches.clone();
                self.runtime.spawn(async move {
                    for batch in batches {
                        if sender.send(Ok(batch)).await.is_err() {
                            return;
                        }
                    }
                });
                receivers.insert(*fragment, receiver);
            }
            let mut handle = self.executor.run(FragmentRun {
                context: plan::QueryContext::default(),
                fragment: plan::Fragment { root: Some(root.clone()), ..Default::default() },
                splits: vec![],
                inputs: receivers,
                store: Arc::new(MemoryStore::new()),
                task: 0,
                cancel: CancelToken::new(),
            });
            out = 0;
            self.runtime.block_on(async {
                while let Some(output) = handle.output.recv().await {
                    out += output.unwrap().batch.rows();
                }
                handle.finished.await.unwrap();
            });
            best = best.min(started.elapsed().as_secs_f64());
        }
        println!(
            "{name:<48} {:>8.1} M rows/s   {out} rows out, {:.0} ms",
            rows as f64 / best / 1e6,
            best * 1e3
        );
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter_map(|a| a.parse::<usize>().ok());
    let rows = arguments.next().unwrap_or(6) * 1_000_000;
    let threads = arguments.next().unwrap_or(2);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = ExecutorOptions { threads, memory_limit_bytes: 8 << 30, io: runtime.handle().clone() };
    let bench = Bench { executor: Executor::new(options), runtime };
    println!("{rows} rows, {threads} threads");

    let flags = ["A", "N", "R"].map(Value::from);
    let dictionary = Dictionary::new(Vector::from_values(&DataType::String, &flags).unwrap());
    let money: Vec<Batch> = (0..rows)
        .step_by(2048)
        .map(|start| {
            let flag = || {
                Vector::dictionary(
                    (0..2048).map(|i| (start as u32 + i) * 7 % 3).collect(),
                    None,
                    dictionary.clone(),
                )
            };
            let values = Values::Decimal64 { values: (0..2048).map(|i| i * 37).collect(), scale: 2 };
            let money = Vector::flat(DataType::Numeric, values, None);
            Batch::new(vec![flag(), flag(), money], 2048)
        })
        .collect();
    let text = [(0, DataType::String), (1, DataType::String)];
    let price: &[(u32, DataType)] = &[(2, DataType::Numeric)];
    let q1 = aggregate(
        read(1, &[text[0].clone(), text[1].clone(), price[0].clone()]),
        &text,
        &[
            ("sum", price),
            ("sum", price),
            ("sum", price),
            ("avg", price),
            ("avg", price),
            ("$count_star", &[]),
        ],
    );
    bench.run("group by 2 dictionaries, 6 calls (as Q1)", rows, q1, &[(1, money)]);

    let argument: &[(u32, DataType)] = &[(1, INT)];
    let two = [(0, INT), (1, INT)];
    let sums =
        |keys: &[(u32, DataType)]| aggregate(read(1, &two), keys, &[("sum", argument), ("$count_star", &[])]);
    let input = |range: i64| {
        vec![(1, batches(rows, 2, move |i, row| if i == 0 { scatter(row, range) } else { row }))]
    };
    bench.run("group by INT64, 1,000 groups", rows, sums(&two[..1]), &input(1000));
    bench.run("group by INT64, 500,000 dense groups", rows, sums(&two[..1]), &input(500_000));
    let sparse = |range: i64| {
        vec![(1, batches(rows, 2, move |i, row| if i == 0 { scatter(row, range) * 1_000_003 } else { row }))]
    };
    bench.run("group by INT64, 500,000 sparse groups", rows, sums(&two[..1]), &sparse(500_000));
    bench.run(
        "group by INT64, a quarter as many as rows, sorted",
        rows,
        sums(&two[..1]),
        &[(1, batches(rows, 2, |_, row| row / 4 * 3))],
    );
    bench.run("group by INT64, mostly unique", rows, sums(&two[..1]), &sparse(1 << 40));
    bench.run(
        "group by 2 INT64, 500,000 groups",
        rows,
        sums(&two),
        &[(1, batches(rows, 2, |i, row| scatter(row, 500_000) + i as i64))],
    );

    let key = |build_id: u32, id: u32| plan::JoinKey {
        probe: Some(column(id, &INT)),
        build: Some(column(build_id, &INT)),
        null_safe: false,
    };
    let build_columns = [(10, INT), (11, INT)];
    let join = |keys: Vec<plan::JoinKey>| {
        let join = plan::HashJoin {
            kind: plan::JoinKind::Inner as i32,
            probe: read(1, &two),
            build: read(2, &build_columns),
            keys,
            ..Default::default()
        };
        aggregate(
            Some(Box::new(operator(800, operator::Kind::HashJoin(Box::new(join))))),
            &[],
            &[("sum", &[(11, INT)]), ("sum", argument)],
        )
    };
    for (name, step, build_rows) in
        [("dense", 1, 1_500_000usize), ("sparse", 1_000_003, 1_500_000), ("sparse", 1_000_003, 10_000)]
    {
        let range = build_rows as i64;
        let inputs = vec![
            (1, batches(rows, 2, move |i, row| if i == 0 { scatter(row, range) * step } else { row })),
            (2, batches(build_rows, 2, move |_, row| row * step)),
        ];
        bench.run(&format!("join {build_rows} {name} keys"), rows, join(vec![key(10, 0)]), &inputs);
    }
    let inputs =
        vec![(1, batches(rows, 2, |_, row| scatter(row, 800_000))), (2, batches(800_000, 2, |_, row| row))];
    bench.run("join 800000 pairs of keys (as Q9)", rows, join(vec![key(10, 0), key(11, 1)]), &inputs);

    let sort_keys =
        vec![plan::SortKey { expression: Some(column(0, &INT)), descending: true, nulls_last: true }];
    let top_n = plan::TopN { input: read(1, &two), keys: sort_keys.clone(), limit: 100, offset: 0 };
    bench.run("top 100", rows, operator(700, operator::Kind::TopN(Box::new(top_n))), &input(1 << 30));
    let sort = plan::Sort { input: read(1, &two), keys: sort_keys };
    bench.run("sort", rows, operator(700, operator::Kind::Sort(Box::new(sort))), &input(1 << 30));
}
