//! For tests of operators: plans from Rust, random rows, and running a fragment to its rows.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_format::{Batch, DataType, Dictionary, Selection, Value, Vector};
use canopy_proto::plan::{self, operator};
use canopy_storage::{MemoryStore, ObjectStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::column_expression;
use crate::convert::{type_to_proto, value_to_proto};
use crate::run::{Executor, ExecutorOptions, FragmentRun, OutputBatch, Split};
use crate::{CancelToken, Result};

pub(crate) type Row = Vec<Value>;

/// Rows of some columns, by fragment id.
pub(crate) struct Table {
    pub(crate) fragment: u32,
    pub(crate) columns: Vec<(u32, DataType)>,
    pub(crate) rows: Vec<Row>,
}

pub(crate) fn operator(id: u32, kind: operator::Kind) -> plan::Operator {
    plan::Operator { id, estimated_rows: -1.0, kind: Some(kind) }
}

pub(crate) fn columns(columns: &[(u32, DataType)]) -> Vec<plan::Column> {
    columns.iter().map(|(id, t)| plan::Column { id: *id, r#type: Some(type_to_proto(t)) }).collect()
}

pub(crate) fn col(id: u32, data_type: &DataType) -> plan::Expression {
    column_expression(id, data_type)
}

pub(crate) fn call(
    function: &str,
    arguments: Vec<plan::Expression>,
    data_type: &DataType,
) -> plan::Expression {
    plan::Expression {
        r#type: Some(type_to_proto(data_type)),
        kind: Some(plan::expression::Kind::Call(plan::Call {
            function: function.into(),
            arguments,
            safe: false,
        })),
    }
}

pub(crate) fn literal(value: &Value, data_type: &DataType) -> plan::Expression {
    plan::Expression {
        r#type: Some(type_to_proto(data_type)),
        kind: Some(plan::expression::Kind::Literal(value_to_proto(value))),
    }
}

pub(crate) fn sort_key(id: u32, data_type: &DataType, descending: bool, nulls_last: bool) -> plan::SortKey {
    plan::SortKey { expression: Some(col(id, data_type)), descending, nulls_last }
}

impl Table {
    /// The operator that reads these rows.
    pub(crate) fn read(&self) -> plan::Operator {
        operator(
            1000 + self.fragment,
            operator::Kind::ExchangeRead(plan::ExchangeRead {
                fragment_id: self.fragment,
                columns: columns(&self.columns),
                merge_keys: vec![],
            }),
        )
    }

    /// The rows as batches of mixed sizes and forms, some with selections.
    pub(crate) fn batches(&self, rng: &mut StdRng) -> Vec<Batch> {
        let mut out = Vec::new();
        let mut rows = &self.rows[..];
        while !rows.is_empty() {
            let len = rng.random_range(1..=rows.len().min(1500));
            let (now, later) = rows.split_at(len);
            rows = later;
            let noise = rng.random_range(0..3) == 0;
            // With a selection, every row has an unwanted one before it.
            let physical: Vec<&Row> = if noise {
                now.iter().flat_map(|row| [&self.rows[0], row]).take(2048).collect()
            } else {
                now.iter().collect()
            };
            if noise && physical.len() < now.len() * 2 {
                out.push(self.batch(&now.iter().collect::<Vec<_>>(), rng));
                continue;
            }
            let batch = self.batch(&physical, rng);
            let selection: Option<Selection> = noise.then(|| (0..len as u16).map(|i| i * 2 + 1).collect());
            out.push(batch.with_selection(selection));
        }
        out
    }

    fn batch(&self, rows: &[&Row], rng: &mut StdRng) -> Batch {
        let columns = self.columns.iter().enumerate().map(|(index, (_, data_type))| {
            let values: Vec<Value> = rows.iter().map(|row| row[index].clone()).collect();
            let flat = Vector::from_values(data_type, &values).unwrap();
            if values.iter().all(|v| *v == values[0]) {
                return Vector::constant(data_type.clone(), values[0].clone(), values.len());
            }
            match rng.random_range(0..3) {
                0 => Vector::dictionary((0..values.len() as u32).collect(), None, Dictionary::new(flat)),
                _ => flat,
            }
        });
        Batch::new(columns.collect(), rows.len())
    }
}

/// How a test runs a plan.
pub(crate) struct Run<'a> {
    pub(crate) root: plan::Operator,
    pub(crate) tables: &'a [&'a Table],
    pub(crate) threads: usize,
    pub(crate) memory: u64,
    pub(crate) exchange: Option<plan::Exchange>,
    pub(crate) seed: u64,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) splits: Vec<Split>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(root: plan::Operator, tables: &'a [&'a Table], threads: usize) -> Self {
        Self {
            root,
            tables,
            threads,
            memory: 1 << 30,
            exchange: None,
            seed: 7,
            store: Arc::new(MemoryStore::new()),
            splits: vec![],
        }
    }

    pub(crate) fn outputs(self) -> Result<(Vec<OutputBatch>, Vec<plan::OperatorProfile>)> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let executor = Executor::new(ExecutorOptions {
            threads: self.threads,
            memory_limit_bytes: self.memory,
            io: runtime.handle().clone(),
        });
        let mut inputs = HashMap::new();
        let mut rng = StdRng::seed_from_u64(self.seed);
        for table in self.tables {
            let (sender, receiver) = tokio::sync::mpsc::channel(2);
            let batches = table.batches(&mut rng);
            runtime.spawn(async move {
                for batch in batches {
                    if sender.send(Ok(batch)).await.is_err() {
                        return;
                    }
                }
            });
            inputs.insert(table.fragment, receiver);
        }
        let fragment = plan::Fragment {
            id: 1,
            root: Some(self.root),
            output: self.exchange,
            ..plan::Fragment::default()
        };
        let mut handle = executor.run(FragmentRun {
            context: plan::QueryContext::default(),
            fragment,
            splits: self.splits,
            inputs,
            store: self.store,
            task: 3,
            cancel: CancelToken::new(),
        });
        let outcome = runtime.block_on(async move {
            let mut outputs = Vec::new();
            while let Some(output) = handle.output.recv().await {
                outputs.push(output?);
            }
            Ok((outputs, handle.finished.await?))
        });
        assert_eq!(executor.memory_used(), 0, "reservations outlive their query");
        outcome
    }

    pub(crate) fn rows(self) -> Result<Vec<Row>> {
        let (outputs, _) = self.outputs()?;
        Ok(outputs.iter().flat_map(|output| batch_rows(&output.batch)).collect())
    }
}

pub(crate) fn batch_rows(batch: &Batch) -> Vec<Row> {
    assert!(batch.selection().is_none());
    (0..batch.rows()).map(|row| batch.columns().iter().map(|column| column.value(row)).collect()).collect()
}

/// Rows in an order that does not depend on how they were made.
pub(crate) fn sorted(mut rows: Vec<Row>) -> Vec<String> {
    let mut out: Vec<String> = rows.drain(..).map(|row| format!("{row:?}")).collect();
    out.sort();
    out
}

/// A value of the type, NULL one time in eight, from few enough that they repeat.
pub(crate) fn any_value(data_type: &DataType, range: i64, rng: &mut StdRng) -> Value {
    if rng.random_range(0..8) == 0 {
        return Value::Null;
    }
    let n = rng.random_range(0..range);
    match data_type {
        DataType::Int64 => Value::Int64(n),
        DataType::Float64 => Value::Float64(n as f64 / 2.0),
        DataType::Numeric => Value::Numeric(n as i128 * 250_000_000),
        DataType::Bool => Value::Bool(n % 2 == 0),
        DataType::Date => Value::Date(n as i32 - 5),
        DataType::String if n % 2 == 0 => Value::from(format!("k{n}").as_str()),
        DataType::String => Value::from(format!("a much longer text number {n}").as_str()),
        other => panic!("no random {other}"),
    }
}

pub(crate) fn any_table(
    fragment: u32,
    columns: &[(u32, DataType)],
    rows: usize,
    range: i64,
    rng: &mut StdRng,
) -> Table {
    let rows = (0..rows).map(|_| columns.iter().map(|(_, t)| any_value(t, range, rng)).collect()).collect();
    Table { fragment, columns: columns.to_vec(), rows }
}
