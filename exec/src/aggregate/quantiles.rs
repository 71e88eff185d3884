//! APPROX_QUANTILES: the values at equal distances of rank, from a sketch that merges.
//!
//! The sketch keeps levels of values, one of level `l` standing for `2^l` rows. A level that is full is
//! sorted, and every other value of it moves up: Manku, Rajagopalan and Lindsay, "Approximate Medians and
//! other Quantiles in One Pass and with Limited Memory" (1998), with the random halves of Karnin, Lang and
//! Liberty, "Optimal Quantile Approximation in Streams" (2016). Up to [`LEVEL_MAX`] values are exact; the
//! least and the greatest always are.

use canopy_format::vector::VectorBuilder;
use canopy_format::{DataType, Value, Vector};

use super::any_value::value_bytes;
use super::input::positive;
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;
use crate::operator::sort::key::{Direction, SortKeys, check_orderable};

/// Values of a level: the rank error is about 1 in so many a level.
const LEVEL_MAX: usize = 2048;
/// Most levels: more than rows can fill.
const LEVELS_MAX: usize = 60;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("approx_quantiles", &["<T1, INT64 -> ARRAY<T1>"], |arguments| match arguments {
            [value, DataType::Int64] => {
                check_orderable(value)?;
                Ok(Box::new(Quantiles(value.clone())))
            }
            _ => Err(no_signature("approx_quantiles", arguments)),
        })
        .doc("Returns about the boundaries of so many parts of equal size, the least and the greatest value included.")
        .examples(&[("(SELECT APPROX_QUANTILES(x, 2) FROM UNNEST([1, 1, 1, 4, 5, 6, 7, 8, 9, 10]) AS x)", "[1, 5, 10]")]),
    ]
}

/// The sketches of values of the type.
struct Quantiles(DataType);

impl AggregateFunction for Quantiles {
    fn return_type(&self) -> DataType {
        DataType::array(self.0.clone())
    }

    fn state_type(&self) -> DataType {
        let item = DataType::structure([("level", DataType::Int64), ("value", self.0.clone())]);
        DataType::structure([
            ("number", DataType::Int64),
            ("least", self.0.clone()),
            ("greatest", self.0.clone()),
            ("items", DataType::array(item)),
        ])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            value_type: self.0.clone(),
            state_type: self.state_type(),
            sketches: Vec::new(),
            number: 1,
            bytes: 0,
        })
    }
}

#[derive(Clone)]
struct Item {
    /// Orders as the value does.
    rank: Box<[u8]>,
    value: Value,
}

#[derive(Clone, Default)]
struct Sketch {
    levels: Vec<Vec<Item>>,
    least: Option<Item>,
    greatest: Option<Item>,
    /// How often a level was halved: decides which half moves up.
    halved: u64,
}

impl Sketch {
    fn add(&mut self, level: usize, item: Item) {
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        self.levels[level].push(item);
        if self.levels[level].len() >= LEVEL_MAX && level + 1 < LEVELS_MAX {
            self.halve(level);
        }
    }

    /// Widens the bounds.
    fn cover(&mut self, item: &Item) {
        if self.least.as_ref().is_none_or(|least| item.rank < least.rank) {
            self.least = Some(item.clone());
        }
        if self.greatest.as_ref().is_none_or(|greatest| item.rank > greatest.rank) {
            self.greatest = Some(item.clone());
        }
    }

    fn halve(&mut self, level: usize) {
        let mut items = std::mem::take(&mut self.levels[level]);
        items.sort_by(|a, b| a.rank.cmp(&b.rank));
        self.halved += 1;
        // A fixed sequence that is as good as a coin: the same rows give the same answer.
        let coin = self.halved.wrapping_mul(0x9e37_79b9_7f4a_7c15).count_ones() as usize & 1;
        let kept = items.into_iter().enumerate().filter(|(at, _)| at % 2 == coin);
        kept.for_each(|(_, item)| self.add(level + 1, item));
    }

    /// The boundaries of `number` parts; None without values.
    fn boundaries(&self, number: u64) -> Option<Vec<Value>> {
        let (least, greatest) = (self.least.as_ref()?, self.greatest.as_ref()?);
        let mut items: Vec<(&Item, u128)> = Vec::new();
        for (level, held) in self.levels.iter().enumerate() {
            items.extend(held.iter().map(|item| (item, 1u128 << level)));
        }
        items.sort_by(|a, b| a.0.rank.cmp(&b.0.rank));
        let total: u128 = items.iter().map(|(_, weight)| weight).sum();
        let mut out = Vec::with_capacity(number as usize + 1);
        out.push(least.value.clone());
        let (mut at, mut passed) = (0, 0u128);
        for part in 1..number as u128 {
            // The value of rank `part * total / number`, rounded up.
            let wanted = (part * total).div_ceil(number as u128);
            while at + 1 < items.len() && passed + items[at].1 < wanted {
                passed += items[at].1;
                at += 1;
            }
            out.push(items[at].0.value.clone());
        }
        out.push(greatest.value.clone());
        Some(out)
    }
}

struct States {
    value_type: DataType,
    state_type: DataType,
    sketches: Vec<Sketch>,
    number: u64,
    bytes: usize,
}

impl States {
    /// Adds `values[i]` at `levels(i)` to group `groups[i]`.
    fn add(&mut self, values: &Vector, groups: &[u32], levels: impl Fn(usize) -> usize) {
        let direction = Direction { descending: false, nulls_last: false };
        let ranks = SortKeys::encode(std::slice::from_ref(values), &[direction], values.len());
        for (row, &group) in groups.iter().enumerate() {
            let item = Item { rank: ranks.bytes(row).into(), value: values.value(row) };
            self.bytes += size_of::<Item>() + item.rank.len() + value_bytes(&item.value);
            let sketch = &mut self.sketches[group as usize];
            sketch.cover(&item);
            sketch.add(levels(row), item);
        }
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sketches.resize(groups, Sketch::default());
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        if let Some(number) = positive(arguments.get(1), "APPROX_QUANTILES", "second")? {
            self.number = number;
        }
        self.add(&arguments[0], groups, |_| 0);
        // Halving sheds values: count anew now and then, not at each.
        self.bytes = self.bytes.min(self.sketches.len() * LEVEL_MAX * LEVELS_MAX * size_of::<Item>());
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let (mut values, mut levels, mut value_groups) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bounds, mut bound_groups) = (Vec::new(), Vec::new());
        for (row, &group) in groups.iter().enumerate() {
            let Value::Struct(parts) = states.value(row) else { continue };
            let [Value::Int64(number), least, greatest, Value::Array(items)] = &parts[..] else { continue };
            self.number = u64::try_from(*number).unwrap_or(1).clamp(1, super::input::POSITIVE_MAX);
            bounds.extend([least.clone(), greatest.clone()]);
            bound_groups.extend([group, group]);
            for item in items {
                let Value::Struct(item) = item else { continue };
                let [Value::Int64(level), value] = &item[..] else { continue };
                levels.push((*level).clamp(0, LEVELS_MAX as i64 - 1) as usize);
                values.push(value.clone());
                value_groups.push(group);
            }
        }
        let direction = Direction { descending: false, nulls_last: false };
        let column = Vector::from_values(&self.value_type, &bounds)?;
        let ranks = SortKeys::encode(&[column], &[direction], bounds.len());
        for (row, (value, &group)) in bounds.into_iter().zip(&bound_groups).enumerate() {
            self.sketches[group as usize].cover(&Item { rank: ranks.bytes(row).into(), value });
        }
        let column = Vector::from_values(&self.value_type, &values)?;
        self.add(&column, &value_groups, |row| levels[row]);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = VectorBuilder::new(&self.state_type);
        for sketch in &self.sketches[first..first + count] {
            let (Some(least), Some(greatest)) = (&sketch.least, &sketch.greatest) else {
                builder.push_null();
                continue;
            };
            let mut items = Vec::new();
            for (level, held) in sketch.levels.iter().enumerate() {
                let item = |item: &Item| Value::Struct(vec![Value::Int64(level as i64), item.value.clone()]);
                items.extend(held.iter().map(item));
            }
            let number = Value::Int64(self.number as i64);
            let parts = vec![number, least.value.clone(), greatest.value.clone(), Value::Array(items)];
            builder.push(&Value::Struct(parts))?;
        }
        Ok(builder.finish())
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = VectorBuilder::new(&DataType::array(self.value_type.clone()));
        for sketch in &self.sketches[first..first + count] {
            builder.push(&sketch.boundaries(self.number).map_or(Value::Null, Value::Array))?;
        }
        Ok(builder.finish())
    }

    fn byte_size(&self) -> usize {
        self.sketches.capacity() * size_of::<Sketch>() + self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_near_over_many_rows() {
        let rows = 300_000i64;
        let function = Quantiles(DataType::Int64);
        let mut states = function.new_states();
        states.resize(1);
        for start in (0..rows).step_by(2000) {
            let values = (start..start + 2000).map(|i| i * 7919 % rows).collect();
            let arguments = [Vector::from_i64(values), Vector::constant(DataType::Int64, 100.into(), 2000)];
            states.update(&arguments, &[0; 2000]).unwrap();
        }
        let Value::Array(found) = states.finish(0, 1).unwrap().value(0) else { panic!("no array") };
        assert_eq!((found.len(), &found[0], &found[100]), (101, &Value::Int64(0), &Value::Int64(rows - 1)));
        for (part, value) in found.iter().enumerate() {
            let Value::Int64(value) = value else { panic!("no number") };
            let apart = (value - part as i64 * rows / 100).abs();
            assert!(apart < rows / 200, "quantile {part} is {value}");
        }
    }
}
