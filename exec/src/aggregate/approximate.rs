//! APPROX_COUNT_DISTINCT: a [`Sketch`] a group, exact for few values.

use canopy_format::{DataType, StringBuilder, Values, Vector};

use super::hyperloglog::{PRECISION_DEFAULT, Sketch};
use super::input::{Groups, flat, unexpected};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::operator::key::KeyLayout;
use crate::{ExecError, Result};

/// The kind of sketches of this function; those of HLL_COUNT have others.
const KIND: u8 = 0;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("approx_count_distinct", &["=T1 -> INT64"], |arguments| match arguments {
            [argument] => Ok(Box::new(Distinct { layout: KeyLayout::for_groups(vec![argument.clone()])? })),
            _ => Err(no_signature("approx_count_distinct", arguments)),
        })
        .doc("Returns about how many different non-NULL values there are, within a percent, in fixed memory.")
        .examples(&[("(SELECT APPROX_COUNT_DISTINCT(x) FROM UNNEST([1, 2, 2, NULL]) AS x)", "2")]),
    ]
}

/// Spreads a key's hash over all bits: a table's needs its low and middle ones only (Steele, Lea and Flood,
/// "Fast Splittable Pseudorandom Number Generators", 2014: the finalizer).
fn mix(hash: u64) -> u64 {
    let z = (hash ^ hash >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

struct Distinct {
    layout: KeyLayout,
}

impl AggregateFunction for Distinct {
    fn return_type(&self) -> DataType {
        DataType::Int64
    }

    fn state_type(&self) -> DataType {
        DataType::Bytes
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { layout: self.layout.clone(), sketches: Vec::new(), bytes: 0 })
    }
}

struct States {
    layout: KeyLayout,
    /// None before the group's first value.
    sketches: Vec<Option<Sketch>>,
    bytes: usize,
}

impl States {
    fn change(&mut self, group: usize, change: impl FnOnce(&mut Sketch)) {
        let sketch = self.sketches[group].get_or_insert_with(|| Sketch::new(PRECISION_DEFAULT));
        let before = sketch.byte_size();
        change(sketch);
        self.bytes = (self.bytes + sketch.byte_size()).saturating_sub(before);
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sketches.resize(groups, None);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let keys = self.layout.encode(arguments, groups.len());
        let validity = arguments[0].validity();
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            self.change(group, |sketch| sketch.add(mix(keys.hashes[row])))
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let (values, validity) = flat(states);
        let Values::String(values) = &values else { return Err(unexpected(&values)) };
        let mut damaged = false;
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            let bytes = values.bytes(row);
            match Sketch::read(bytes) {
                Some((other, KIND)) => self.change(group, |sketch| sketch.merge(&other)),
                _ => damaged |= !bytes.is_empty(),
            }
        });
        match damaged {
            true => Err(ExecError::InvalidPlan("partial state of approx_count_distinct is no sketch".into())),
            false => Ok(()),
        }
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = StringBuilder::default();
        let mut bytes = Vec::new();
        for sketch in &self.sketches[first..first + count] {
            bytes.clear();
            if let Some(sketch) = sketch {
                sketch.write(KIND, &mut bytes);
            }
            builder.push(&bytes);
        }
        Ok(Vector::flat(DataType::Bytes, Values::String(builder.finish()), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let sketches = &self.sketches[first..first + count];
        let estimates = sketches.iter().map(|sketch| sketch.as_ref().map_or(0, Sketch::estimate));
        Ok(Vector::from_i64(estimates.collect()))
    }

    fn byte_size(&self) -> usize {
        self.sketches.capacity() * size_of::<Option<Sketch>>() + self.bytes
    }
}
