//! MAX_BY and MIN_BY, which are ANY_VALUE with HAVING: the value of a row whose key is the greatest or least.

use canopy_format::vector::VectorBuilder;
use canopy_format::{Bitmap, DataType, Value, Values, Vector};

use super::any_value::value_bytes;
use super::input::{Groups, fields};
use super::{AggregateFunction, AggregateStates, HavingKey, no_signature};
use crate::Result;
use crate::function::Function;
use crate::operator::sort::key::{Direction, SortKeys, check_orderable};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("max_by", &["T1, T2 -> T1"], |arguments| by("max_by", arguments, true))
            .doc("Returns the first argument of a row where the second is greatest; rows where that is NULL do not count.")
            .examples(&[(
                "(SELECT MAX_BY(x, LENGTH(x)) FROM UNNEST(['a', 'abc', 'ab']) AS x)",
                "'abc'",
            )]),
        Function::aggregate("min_by", &["T1, T2 -> T1"], |arguments| by("min_by", arguments, false))
            .doc("Returns the first argument of a row where the second is least; rows where that is NULL do not count.")
            .examples(&[(
                "(SELECT MIN_BY(x, LENGTH(x)) FROM UNNEST(['abc', 'a', 'ab']) AS x)",
                "'a'",
            )]),
    ]
}

fn by(name: &str, arguments: &[DataType], greatest: bool) -> Result<Box<dyn AggregateFunction>> {
    let [value, key] = arguments else { return Err(no_signature(name, arguments)) };
    check_orderable(key)?;
    Ok(Box::new(ExtremeBy::new(value, &HavingKey { data_type: key.clone(), greatest })))
}

/// The value of the best row. Its arguments are the value and the key.
pub(super) struct ExtremeBy {
    value: DataType,
    key: HavingKey,
}

impl ExtremeBy {
    pub(super) fn new(value: &DataType, key: &HavingKey) -> Self {
        Self { value: value.clone(), key: key.clone() }
    }
}

impl AggregateFunction for ExtremeBy {
    fn return_type(&self) -> DataType {
        self.value.clone()
    }

    fn state_type(&self) -> DataType {
        DataType::structure([("value", self.value.clone()), ("key", self.key.data_type.clone())])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        let (value_type, key_type) = (self.value.clone(), self.key.data_type.clone());
        let (greatest, state_type) = (self.key.greatest, self.state_type());
        Box::new(States { value_type, key_type, state_type, greatest, best: Vec::new(), bytes: 0 })
    }
}

struct States {
    value_type: DataType,
    key_type: DataType,
    state_type: DataType,
    greatest: bool,
    /// The best row of each group that has one.
    best: Vec<Option<Best>>,
    bytes: usize,
}

struct Best {
    rank: Box<[u8]>,
    key: Value,
    value: Value,
}

impl States {
    fn add(&mut self, values: &Vector, keys: &Vector, groups: &[u32]) {
        let ranks = Ranks::of(keys, self.greatest);
        Groups::Each(groups).for_each(ranks.present.as_ref(), |group, row| {
            let rank = ranks.keys.bytes(row);
            if self.best[group].as_ref().is_none_or(|best| rank < &best.rank[..]) {
                let key = keys.value(row);
                let value = if is_nan(&key) { Value::Null } else { values.value(row) };
                let best = Best { rank: rank.into(), key, value };
                self.bytes += rank.len() + value_bytes(&best.key) + value_bytes(&best.value);
                self.best[group] = Some(best);
            }
        });
    }

    fn column(
        &self,
        data_type: &DataType,
        range: std::ops::Range<usize>,
        pick: fn(&Best) -> &Value,
    ) -> Result<Vector> {
        let mut builder = VectorBuilder::new(data_type);
        for best in &self.best[range] {
            builder.push(best.as_ref().map_or(&Value::Null, pick))?;
        }
        Ok(builder.finish())
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.best.resize_with(groups, || None);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.add(&arguments[0], &arguments[1], groups);
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = fields(states)?;
        self.add(&parts[0], &parts[1], groups);
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let values = self.column(&self.value_type, first..first + count, |best| &best.value)?;
        let keys = self.column(&self.key_type, first..first + count, |best| &best.key)?;
        Ok(Vector::flat(self.state_type.clone(), Values::Struct(vec![values, keys]), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        self.column(&self.value_type, first..first + count, |best| &best.value)
    }

    fn byte_size(&self) -> usize {
        self.best.capacity() * size_of::<Option<Best>>() + self.bytes
    }
}

/// True of NaN: no key is equal to it, so where it is the best no row counts.
pub(super) fn is_nan(key: &Value) -> bool {
    matches!(key, Value::Float64(number) if number.is_nan())
}

/// Keys of HAVING as bytes of which the least are the best.
pub(super) struct Ranks {
    pub(super) keys: SortKeys,
    /// Rows with a key.
    pub(super) present: Option<Bitmap>,
}

impl Ranks {
    /// As MIN and MAX do, a NaN wins either way.
    pub(super) fn of(keys: &Vector, greatest: bool) -> Self {
        let flat = keys.flatten();
        let present = flat.validity();
        let column = match flat.as_flat() {
            Some((Values::F64(values), _)) if greatest => {
                // Descending, NaN comes last. Where it stands as a NULL it comes first: rows without a key
                // are left out by `present`.
                let numbers: Bitmap = values.iter().map(|value| !value.is_nan()).collect();
                Vector::flat(DataType::Float64, Values::F64(values.clone()), Some(numbers))
            }
            _ => flat.clone(),
        };
        let direction = Direction { descending: greatest, nulls_last: false };
        let rows = column.len();
        Self { keys: SortKeys::encode(&[column], &[direction], rows), present }
    }
}
