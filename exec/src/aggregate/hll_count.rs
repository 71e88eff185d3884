//! HLL_COUNT.INIT, MERGE and MERGE_PARTIAL: sketches of distinct values that are kept as BYTES.
//!
//! The hash of a value is FarmHash's fingerprint of its bytes, which never changes: sketches outlive us.
//! The partial state of all three is a sketch in its own bytes.

use canopy_format::vector::pow10;
use canopy_format::{DataType, StringBuilder, Value, Values, Vector};

use super::hyperloglog::{PRECISION_DEFAULT, PRECISION_MAX, PRECISION_MIN, Sketch};
use super::input::{Groups, column, flat, unexpected};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::{Function, fingerprint};
use crate::{ExecError, Result};

pub(super) fn functions() -> Vec<Function> {
    let init = ["INT64", "NUMERIC", "BIGNUMERIC", "STRING", "BYTES"]
        .map(|data_type| format!("{data_type}, INT64? -> BYTES"));
    let init: Vec<&str> = init.iter().map(String::as_str).collect();
    vec![
        Function::aggregate("hll_count.init", &init, |arguments| match kind(arguments.first()) {
            Some(kind) if arguments.len() <= 2 => Ok(Box::new(HllCount(Step::Init(kind)))),
            _ => Err(no_signature("hll_count.init", arguments)),
        })
        .doc("Returns an HLL++ sketch of the non-NULL values, of the precision given (10 to 24, 15 by default).")
        .examples(&[("(SELECT HLL_COUNT.EXTRACT(HLL_COUNT.INIT(x)) FROM UNNEST([7, 7, 8]) AS x)", "2")]),
        Function::aggregate("hll_count.merge", &["BYTES -> INT64"], |_| Ok(Box::new(HllCount(Step::Merge))))
            .doc("Returns about how many different values there are in all of the sketches.")
            .examples(&[(
                "(SELECT HLL_COUNT.MERGE(y) FROM (SELECT HLL_COUNT.INIT(x) AS y FROM UNNEST([7, 7, 8]) AS x))",
                "2",
            )]),
        Function::aggregate("hll_count.merge_partial", &["BYTES -> BYTES"], |_| {
            Ok(Box::new(HllCount(Step::MergePartial)))
        })
        .doc("Returns one sketch of the values of all of the sketches.")
        .examples(&[(
            "(SELECT HLL_COUNT.EXTRACT(HLL_COUNT.MERGE_PARTIAL(y)) FROM (SELECT HLL_COUNT.INIT(x) AS y FROM UNNEST([7, 7, 8]) AS x))",
            "2",
        )]),
    ]
}

/// The kind of a type's sketches: those of different kinds do not merge.
fn kind(data_type: Option<&DataType>) -> Option<u8> {
    Some(match data_type? {
        DataType::Int64 => 1,
        DataType::Numeric => 2,
        DataType::BigNumeric => 3,
        DataType::String => 4,
        DataType::Bytes => 5,
        _ => return None,
    })
}

/// The error of bytes that are no sketch, or not one of the same values as others.
fn invalid(step: Step) -> ExecError {
    let name = match step {
        Step::Init(_) => "HLL_COUNT.INIT",
        Step::Merge => "HLL_COUNT.MERGE",
        Step::MergePartial => "HLL_COUNT.MERGE_PARTIAL",
    };
    ExecError::Evaluation(format!("Invalid or incompatible sketch in {name}"))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Values of this kind in, a sketch out.
    Init(u8),
    /// Sketches in, the estimate out.
    Merge,
    /// Sketches in, a sketch out.
    MergePartial,
}

struct HllCount(Step);

impl AggregateFunction for HllCount {
    fn return_type(&self) -> DataType {
        if self.0 == Step::Merge { DataType::Int64 } else { DataType::Bytes }
    }

    fn state_type(&self) -> DataType {
        DataType::Bytes
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States { step: self.0, sketches: Vec::new(), precision: PRECISION_DEFAULT, bytes: 0 })
    }
}

struct States {
    step: Step,
    /// The group's sketch and its kind; None before the first value.
    sketches: Vec<Option<(Sketch, u8)>>,
    precision: u8,
    bytes: usize,
}

impl States {
    fn set_precision(&mut self, argument: Option<&Vector>) -> Result<()> {
        let Some(argument) = argument.filter(|vector| !vector.is_empty()) else { return Ok(()) };
        let precision = match argument.value(0) {
            Value::Int64(precision) => u8::try_from(precision).unwrap_or(0),
            _ => 0,
        };
        if !(PRECISION_MIN..=PRECISION_MAX).contains(&precision) {
            return Err(ExecError::Evaluation(format!(
                "The precision of HLL_COUNT.INIT must be between {PRECISION_MIN} and {PRECISION_MAX}"
            )));
        }
        self.precision = precision;
        Ok(())
    }

    fn merge_bytes(&mut self, vector: &Vector, groups: &[u32]) -> Result<()> {
        let (values, validity) = flat(vector);
        let Values::String(values) = &values else { return Err(unexpected(&values)) };
        let mut outcome = Ok(());
        let step = self.step;
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            let mine = &mut self.sketches[group];
            let before = mine.as_ref().map_or(0, |(sketch, _)| sketch.byte_size());
            match (Sketch::read(values.bytes(row)), &mut *mine) {
                (Some(sketch), None) => *mine = Some(sketch),
                (Some((sketch, kind)), Some((mine, my_kind))) if *my_kind == kind => mine.merge(&sketch),
                _ => outcome = Err(invalid(step)),
            }
            let after = mine.as_ref().map_or(0, |(sketch, _)| sketch.byte_size());
            self.bytes = (self.bytes + after).saturating_sub(before);
        });
        outcome
    }
}

/// The bytes that a value is hashed by; numbers that are equal have the same.
fn each_value(values: &Values, mut visit: impl FnMut(usize, &[u8])) -> Result<()> {
    match values {
        Values::I64(v) => v.iter().enumerate().for_each(|(row, v)| visit(row, &v.to_le_bytes())),
        Values::Decimal64 { values, scale } => {
            let factor = pow10(9 - scale);
            let wide = |v: i64| (v as i128 * factor).to_le_bytes();
            values.iter().enumerate().for_each(|(row, &v)| visit(row, &wide(v)));
        }
        Values::Decimal128 { values, scale } => {
            let factor = pow10(9 - scale);
            // Values under a NULL are unspecified: the product may wrap there.
            let wide = |v: i128| v.wrapping_mul(factor).to_le_bytes();
            values.iter().enumerate().for_each(|(row, &v)| visit(row, &wide(v)));
        }
        Values::Decimal256(v) => v.iter().enumerate().for_each(|(row, v)| visit(row, &v.to_le_bytes())),
        Values::String(v) => (0..v.len()).for_each(|row| visit(row, v.bytes(row))),
        other => return Err(unexpected(other)),
    }
    Ok(())
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.sketches.resize(groups, None);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        let Step::Init(kind) = self.step else { return self.merge_bytes(&arguments[0], groups) };
        self.set_precision(arguments.get(1))?;
        let (values, validity) = flat(&arguments[0]);
        let (precision, sketches, held) = (self.precision, &mut self.sketches, &mut self.bytes);
        each_value(&values, |row, bytes| {
            if validity.as_ref().is_none_or(|bits| bits.get(row)) {
                let sketch = &mut sketches[groups[row] as usize];
                let (sketch, _) = sketch.get_or_insert_with(|| (Sketch::new(precision), kind));
                let before = sketch.byte_size();
                sketch.add(fingerprint(bytes));
                *held = (*held + sketch.byte_size()).saturating_sub(before);
            }
        })
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        self.merge_bytes(states, groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let sketches = &self.sketches[first..first + count];
        let mut builder = StringBuilder::default();
        let mut bytes = Vec::new();
        for sketch in sketches {
            bytes.clear();
            if let Some((sketch, kind)) = sketch {
                sketch.write(*kind, &mut bytes);
            }
            builder.push(&bytes);
        }
        let present: Vec<bool> = sketches.iter().map(Option::is_some).collect();
        Ok(column(DataType::Bytes, Values::String(builder.finish()), &present))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        if self.step != Step::Merge {
            return self.states(first, count);
        }
        let sketches = &self.sketches[first..first + count];
        let estimates = sketches.iter().map(|sketch| sketch.as_ref().map_or(0, |(s, _)| s.estimate()));
        Ok(Vector::from_i64(estimates.collect()))
    }

    fn byte_size(&self) -> usize {
        self.sketches.capacity() * size_of::<Option<(Sketch, u8)>>() + self.bytes
    }
}
