//! APPROX_COUNT_DISTINCT by HyperLogLog (Flajolet et al. 2007) with 2^11 registers, about 2.3 % error;
//! small counts by linear counting. States are the registers, so they merge by maximum.

use canopy_format::{DataType, StringBuilder, Values, Vector};

use super::input::{Groups, flat, unexpected};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::Result;
use crate::function::Function;
use crate::operator::key::KeyLayout;

/// Bits of the hash that choose a register.
const REGISTER_BITS: u32 = 11;
const REGISTERS: usize = 1 << REGISTER_BITS;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::aggregate("approx_count_distinct", &["=T1 -> INT64"], |arguments| match arguments {
            [argument] => {
                Ok(Box::new(Distinct { layout: KeyLayout::for_groups(vec![argument.clone()])? }))
            }
            _ => Err(no_signature("approx_count_distinct", arguments)),
        })
        .doc("Returns about how many different non-NULL values there are, within a few percent, in fixed memory.")
        .examples(&[("(SELECT APPROX_COUNT_DISTINCT(x) FROM UNNEST([1, 2, 2, NULL]) AS x)", "2")]),
    ]
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
        Box::new(States { layout: self.layout.clone(), sketches: Vec::new(), used: 0 })
    }
}

struct States {
    layout: KeyLayout,
    /// Registers of each group; none before its first value.
    sketches: Vec<Option<Box<[u8; REGISTERS]>>>,
    used: usize,
}

impl States {
    fn sketch(&mut self, group: usize) -> &mut [u8; REGISTERS] {
        let sketch = &mut self.sketches[group];
        self.used += sketch.is_none() as usize;
        sketch.get_or_insert_with(|| Box::new([0; REGISTERS]))
    }
}

/// The registers' estimate.
fn estimate(registers: &[u8; REGISTERS]) -> i64 {
    let count = REGISTERS as f64;
    let sum: f64 = registers.iter().map(|&rank| (-(rank as f64)).exp2()).sum();
    let raw = 0.7213 / (1.0 + 1.079 / count) * count * count / sum;
    let empty = registers.iter().filter(|&&rank| rank == 0).count();
    let estimate = match raw <= 2.5 * count && empty > 0 {
        true => count * (count / empty as f64).ln(),
        false => raw,
    };
    estimate.round() as i64
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sketches.resize(groups, None);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let keys = self.layout.encode(arguments, groups.len());
        let validity = arguments[0].validity();
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            let hash = keys.hashes[row];
            let register = (hash >> (64 - REGISTER_BITS)) as usize;
            // The guard bit bounds the rank.
            let rank = (hash << REGISTER_BITS | 1 << (REGISTER_BITS - 1)).leading_zeros() as u8 + 1;
            let sketch = self.sketch(group);
            sketch[register] = sketch[register].max(rank);
        });
        Ok(())
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let (values, validity) = flat(states);
        let Values::String(values) = &values else { return Err(unexpected(&values)) };
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            let other = values.bytes(row);
            if !other.is_empty() {
                let sketch = self.sketch(group);
                sketch.iter_mut().zip(other).for_each(|(rank, &other)| *rank = (*rank).max(other.min(64)));
            }
        });
        Ok(())
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = StringBuilder::default();
        for sketch in &self.sketches[first..first + count] {
            builder.push(sketch.as_ref().map_or(&[][..], |registers| &registers[..]));
        }
        Ok(Vector::flat(DataType::Bytes, Values::String(builder.finish()), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let sketches = &self.sketches[first..first + count];
        Ok(Vector::from_i64(
            sketches
                .iter()
                .map(|sketch| sketch.as_ref().map_or(0, |registers| estimate(registers)))
                .collect(),
        ))
    }

    fn byte_size(&self) -> usize {
        self.sketches.capacity() * 8 + self.used * REGISTERS
    }
}
