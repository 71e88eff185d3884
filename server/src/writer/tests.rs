//! Partitions and clusters of batches.

use canopy_format::{Batch, DataType, Mode, Schema, Value, Vector};
use canopy_planner::partition::{Layout, Partitioning};

use super::cluster::Clustering;
use super::partition::Partitioner;

fn schema() -> Schema {
    Schema::from_types([("d", &DataType::Date, Mode::Nullable), ("n", &DataType::Int64, Mode::Nullable)])
        .unwrap()
}

fn batch(rows: &[(Option<i32>, Option<i64>)]) -> Batch {
    let dates: Vec<Value> = rows.iter().map(|row| row.0.map_or(Value::Null, Value::Date)).collect();
    let numbers: Vec<Value> = rows.iter().map(|row| row.1.map_or(Value::Null, Value::Int64)).collect();
    let columns = vec![
        Vector::from_values(&DataType::Date, &dates).unwrap(),
        Vector::from_values(&DataType::Int64, &numbers).unwrap(),
    ];
    Batch::new(columns, rows.len())
}

fn numbers(batch: &Batch) -> Vec<Value> {
    batch.column(1).iter_values().collect()
}

#[test]
fn rows_go_to_their_partitions() {
    let partitioning = Partitioning::parse("DATE_TRUNC(d, MONTH)", &schema()).unwrap();
    let layout = Layout { partitioning: Some(partitioning), ..Layout::default() };
    let mut partitioner = Partitioner::new(&layout, &schema()).unwrap();
    let parts = partitioner.split(batch(&[
        (Some(0), Some(1)),
        (Some(31), Some(2)),
        (None, Some(3)),
        (Some(30), Some(4)),
        (Some(31), None),
    ]));
    let found: Vec<(&str, Vec<Value>)> =
        parts.iter().map(|(name, batch)| (name.as_deref().unwrap(), numbers(batch))).collect();
    let expected = [
        ("197001", vec![Value::Int64(1), Value::Int64(4)]),
        ("197002", vec![Value::Int64(2), Value::Null]),
        ("__NULL__", vec![Value::Int64(3)]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn clusters_sort_by_their_columns() {
    let layout = Layout { cluster_by: vec!["D".into(), "n".into()], ..Layout::default() };
    let clustering = Clustering::new(&layout, &schema()).unwrap();
    let first = batch(&[(Some(2), Some(5)), (None, Some(9)), (Some(2), Some(1))]);
    let second = batch(&[(Some(-1), Some(0)), (Some(2), None)]);
    let sorted = clustering.sorted(vec![first, second]);
    let expected = [Value::Int64(9), Value::Int64(0), Value::Null, Value::Int64(1), Value::Int64(5)];
    assert_eq!(numbers(&sorted), expected);
}
