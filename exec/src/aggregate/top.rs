//! APPROX_TOP_COUNT and APPROX_TOP_SUM: the values of the greatest weight.
//!
//! Each group counts its values in a table. When that is full, only the better half is kept: values that
//! were never dropped are exact, and a value heavier than a table's share of the total is not lost. Tables
//! add up, as in Agarwal, Cormode, Huang, Phillips, Wei and Yi, "Mergeable Summaries" (2012).

use std::cmp::Ordering;
use std::collections::HashMap;

use canopy_format::vector::VectorBuilder;
use canopy_format::{DataType, Value, Vector};

use super::any_value::value_bytes;
use super::input::positive;
use super::weight::add;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;
use crate::kernel::compare::{compare_values, value_key};

/// Values of a table before it is halved, and how many times the wanted number at least.
const TABLE_MAX: usize = 1 << 16;
const TIMES_WANTED: usize = 4;

pub(super) fn functions() -> Vec<Function> {
    let weights =
        ["INT64", "NUMERIC", "BIGNUMERIC", "FLOAT64"].map(|weight| format!("T1, {weight}, INT64 -> *"));
    let weights: Vec<&str> = weights.iter().map(String::as_str).collect();
    vec![
        Function::aggregate("approx_top_count", &["T1, INT64 -> *"], |arguments| match arguments {
            [value, DataType::Int64] => Ok(Box::new(Top { value: value.clone(), weight: None })),
            _ => Err(no_signature("approx_top_count", arguments)),
        })
        .doc("Returns about the most frequent values, NULL included, with their counts: an ARRAY of STRUCT<value, count>.")
        .examples(&[("(SELECT APPROX_TOP_COUNT(x, 1)[OFFSET(0)].count FROM UNNEST(['a', 'b', 'a']) AS x)", "2")]),
        Function::aggregate("approx_top_sum", &weights, |arguments| match arguments {
            [value, weight, DataType::Int64] if weight.is_numeric() => {
                Ok(Box::new(Top { value: value.clone(), weight: Some(weight.clone()) }))
            }
            _ => Err(no_signature("approx_top_sum", arguments)),
        })
        .doc("Returns about the values whose weights, none of them negative, sum up to most: an ARRAY of STRUCT<value, sum>.")
        .examples(&[("(SELECT APPROX_TOP_SUM(x, 2, 1)[OFFSET(0)].sum FROM UNNEST(['a', 'b', 'a']) AS x)", "4")]),
    ]
}

struct Top {
    value: DataType,
    /// The type of weights; None counts rows.
    weight: Option<DataType>,
}

impl Top {
    fn result_type(&self, weight: &'static str) -> DataType {
        let weight_type = self.weight.clone().unwrap_or(DataType::Int64);
        DataType::array(DataType::structure([("value", self.value.clone()), (weight, weight_type)]))
    }
}

impl AggregateFunction for Top {
    fn return_type(&self) -> DataType {
        self.result_type(if self.weight.is_some() { "sum" } else { "count" })
    }

    fn state_type(&self) -> DataType {
        DataType::structure([("number", DataType::Int64), ("entries", self.result_type("weight"))])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            return_type: self.return_type(),
            state_type: self.state_type(),
            weighted: self.weight.is_some(),
            tables: Vec::new(),
            number: 1,
            bytes: 0,
        })
    }
}

/// Weights by value.
#[derive(Default)]
struct Table {
    entries: HashMap<Box<[u8]>, Entry>,
}

#[derive(Clone)]
struct Entry {
    value: Value,
    /// NULL before the first weight that is none.
    weight: Value,
}

impl Table {
    /// Adds a weight to a value's; returns the bytes that the table grew by.
    fn add(&mut self, value: Value, weight: &Value, number: usize) -> Result<usize> {
        let key = value_key(&value);
        if let Some(entry) = self.entries.get_mut(&key[..]) {
            entry.weight = add(&entry.weight, weight)?;
            return Ok(0);
        }
        let grown = key.len() + value_bytes(&value) + size_of::<Entry>() * 2;
        self.entries.insert(key.into_boxed_slice(), Entry { value, weight: weight.clone() });
        let most = TABLE_MAX.max(number * TIMES_WANTED);
        if self.entries.len() > most {
            let last = self.best(most / 2).last().map(|&last| last.clone());
            if let Some(last) = last {
                self.entries.retain(|_, entry| order(entry, &last) != Ordering::Greater);
            }
        }
        Ok(grown)
    }

    /// The best entries, best first.
    fn best(&self, count: usize) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self.entries.values().collect();
        entries.sort_unstable_by(|a, b| order(a, b));
        entries.truncate(count);
        entries
    }
}

/// Greater weights first, NULL last; of equal weights the lesser value, so that the order of rows never shows.
fn order(a: &Entry, b: &Entry) -> Ordering {
    compare_values(&b.weight, &a.weight).then_with(|| compare_values(&a.value, &b.value))
}

struct States {
    return_type: DataType,
    state_type: DataType,
    weighted: bool,
    tables: Vec<Table>,
    number: u64,
    bytes: usize,
}

impl States {
    fn entries(&self, table: &Table, count: usize) -> Value {
        let entry = |entry: &&Entry| Value::Struct(vec![entry.value.clone(), entry.weight.clone()]);
        Value::Array(table.best(count).iter().map(entry).collect())
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.tables.resize_with(groups, Table::default);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let (name, position) = match self.weighted {
            true => ("APPROX_TOP_SUM", "third"),
            false => ("APPROX_TOP_COUNT", "second"),
        };
        if let Some(number) = positive(arguments.last(), name, position)? {
            self.number = number;
        }
        for (row, &group) in groups.iter().enumerate() {
            let weight = match self.weighted {
                true => super::weight::checked(arguments[1].value(row))?,
                false => Value::Int64(1),
            };
            let table = &mut self.tables[group as usize];
            self.bytes += table.add(arguments[0].value(row), &weight, self.number as usize)?;
        }
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        for (row, &group) in groups.iter().enumerate() {
            let Value::Struct(parts) = states.value(row) else { continue };
            let [Value::Int64(number), Value::Array(entries)] = &parts[..] else { continue };
            self.number = u64::try_from(*number).unwrap_or(1).clamp(1, super::input::POSITIVE_MAX);
            for entry in entries {
                let Value::Struct(entry) = entry else { continue };
                let [value, weight] = &entry[..] else { continue };
                let table = &mut self.tables[group as usize];
                self.bytes += table.add(value.clone(), weight, self.number as usize)?;
            }
        }
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = VectorBuilder::new(&self.state_type);
        for table in &self.tables[first..first + count] {
            if table.entries.is_empty() {
                builder.push_null();
                continue;
            }
            let number = Value::Int64(self.number as i64);
            builder.push(&Value::Struct(vec![number, self.entries(table, usize::MAX)]))?;
        }
        Ok(builder.finish())
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = VectorBuilder::new(&self.return_type);
        for table in &self.tables[first..first + count] {
            match table.entries.is_empty() {
                true => builder.push_null(),
                false => builder.push(&self.entries(table, self.number as usize))?,
            }
        }
        Ok(builder.finish())
    }

    fn byte_size(&self) -> usize {
        self.tables.capacity() * size_of::<Table>() + self.bytes
    }
}
