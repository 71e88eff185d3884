//! Random schemas and records: the file against the oracle, every subset of leaves. A failure names its seed.

use super::oracle::{self, Node};
use super::*;
use crate::{FieldId, I256, Interval, RangeElement, RangeValue};

/// Scalars that records are made of.
const SCALARS: [DataType; 12] = [
    DataType::Bool,
    DataType::Int64,
    DataType::Float64,
    DataType::Numeric,
    DataType::BigNumeric,
    DataType::String,
    DataType::Bytes,
    DataType::Date,
    DataType::Timestamp,
    DataType::Interval,
    DataType::Json,
    DataType::Range(RangeElement::Datetime),
];

struct Generator {
    numbers: Numbers,
    next_id: u32,
    /// One in how many values is NULL, and how long lists get.
    null_rate: u64,
    list_max: u64,
}

impl Generator {
    fn field(&mut self, depth: usize, leaves: &mut usize) -> Field {
        let id = self.next_id;
        self.next_id += 1;
        let mode = [Mode::Nullable, Mode::Required, Mode::Repeated][self.numbers.below(3) as usize];
        let name = format!("f{id}");
        if depth == 0 || *leaves <= 1 || self.numbers.below(3) == 0 {
            *leaves = leaves.saturating_sub(1);
            let data_type = SCALARS[self.numbers.below(SCALARS.len() as u64) as usize].clone();
            return Field::scalar(id, name, data_type, mode);
        }
        let count = 1 + self.numbers.below(3);
        let mut children = Vec::new();
        for _ in 0..count {
            children.push(self.field(depth - 1, leaves));
            if *leaves == 0 {
                break;
            }
        }
        Field::structure(id, name, mode, children)
    }

    fn null(&mut self) -> bool {
        self.null_rate > 0 && self.numbers.below(self.null_rate) == 0
    }

    fn value(&mut self, field: &Field) -> Value {
        match field.mode {
            Mode::Required => self.one(field),
            _ if self.null() => Value::Null,
            Mode::Nullable => self.one(field),
            Mode::Repeated => {
                let len = self.numbers.below(self.list_max + 1);
                let element = |g: &mut Self| if g.null() { Value::Null } else { g.one(field) };
                Value::Array((0..len).map(|_| element(self)).collect())
            }
        }
    }

    fn one(&mut self, field: &Field) -> Value {
        let n = self.numbers.next() as i64 >> self.numbers.below(64);
        match field.data_type {
            DataType::Bool => Value::Bool(n % 2 == 0),
            DataType::Int64 => Value::Int64(n),
            DataType::Float64 => Value::Float64(f64::from_bits(n as u64)),
            DataType::Numeric => Value::Numeric(n as i128 * 10i128.pow(self.numbers.below(10) as u32)),
            DataType::BigNumeric => Value::BigNumeric(I256::from(n) << self.numbers.below(190) as u32),
            DataType::String => Value::String("né ".repeat(self.numbers.below(9) as usize).into()),
            DataType::Bytes => Value::Bytes(n.to_le_bytes()[..self.numbers.below(9) as usize].into()),
            DataType::Date => Value::Date(n as i32),
            DataType::Timestamp => Value::Timestamp(n),
            DataType::Json => Value::Json(n.to_string().into()),
            DataType::Interval => {
                Value::Interval(Interval { months: n as i32, days: (n >> 8) as i32, micros: n })
            }
            DataType::Range(_) => Value::Range(RangeValue { start: n, end: i64::MAX }),
            DataType::Struct(_) => Value::Struct(field.children.iter().map(|c| self.value(c)).collect()),
            ref other => panic!("no values of {other}"),
        }
    }
}

/// The parts of a value whose leaves are wanted.
fn project(field: &Field, value: &Value, wanted: &[FieldId]) -> Option<Value> {
    let kept = ProjectedColumn::keeping(field, wanted)?;
    fn cut(field: &Field, kept: &ProjectedColumn, value: &Value) -> Value {
        match value {
            Value::Array(elements) => Value::Array(elements.iter().map(|e| cut(field, kept, e)).collect()),
            Value::Struct(parts) => {
                let parts = field.children.iter().zip(parts);
                let wanted = parts.filter_map(|(child, part)| {
                    let kept = kept.children.iter().find(|k| k.field == child.id)?;
                    Some(cut(child, kept, part))
                });
                Value::Struct(wanted.collect())
            }
            other => other.clone(),
        }
    }
    Some(cut(field, &kept, value))
}

fn check(seed: u64, rows: usize, null_rate: u64, list_max: u64) {
    let numbers = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut generator = Generator { numbers, next_id: 1, null_rate, list_max };
    let field = generator.field(4, &mut 5);
    let values: Vec<Value> = (0..rows).map(|_| generator.value(&field)).collect();
    let schema = Schema { fields: vec![field], next_field_id: generator.next_id };
    let field = &schema.fields[0];
    let context = format!("seed {seed}, {}", field.data_type);

    let reader =
        open(&write(&schema, std::slice::from_ref(&values)).unwrap_or_else(|e| panic!("{context}: {e}")));
    let node = Node::new(field, &values);
    let leaves = oracle::shred(&node, &values);
    for leaf in &leaves {
        let levels = now(reader.levels(leaf.field, 0)).unwrap();
        assert_eq!(levels, leaf.levels, "{context}: levels of f{}", leaf.field.0);
    }
    for subset in 1u32..1 << leaves.len() {
        let wanted: Vec<FieldId> =
            (0..leaves.len()).filter(|i| subset >> i & 1 == 1).map(|i| leaves[i].field).collect();
        let expected: Vec<Value> = values.iter().map(|v| project(field, v, &wanted).unwrap()).collect();
        assert!(oracle::assemble(&node, &leaves, &wanted) == expected, "{context}: oracle, {wanted:?}");
        let column = ProjectedColumn::keeping(field, &wanted).unwrap();
        let read = read_rows(&reader, &[column], 100).unwrap_or_else(|e| panic!("{context}: {e}"));
        assert!(read[0] == expected, "{context}: read, {wanted:?}");
    }
}

#[test]
fn records_of_random_schemas_come_back_in_every_projection() {
    (0..80).for_each(|seed| check(seed, 1 + seed as usize * 3 % 150, 4, 3));
}

#[test]
fn dense_sparse_and_ragged_records() {
    (1_000..1_015).for_each(|seed| check(seed, 150, 0, 3));
    (2_000..2_020).for_each(|seed| check(seed, 200, 2, 1));
    (3_000..3_004).for_each(|seed| check(seed, 12, 10, 10));
}

#[test]
fn one_enormous_record_among_small_ones() {
    let schema = one_column(&DataType::array(DataType::Int64));
    let list = |len: i64| Value::Array((0..len).map(Value::from).collect());
    let values = vec![list(2), Value::Null, list(200_000), list(0), list(1)];
    let file = write(&schema, std::slice::from_ref(&values)).unwrap();
    assert_eq!(read_rows(&open(&file), &whole(&schema), 1).unwrap(), [values]);
}
