//! STRING_AGG: the group's texts joined by a delimiter.

use canopy_format::{DataType, StringBuilder, Values, Vector};

use super::input::{Groups, column, flat, unexpected};
use super::{AggregateFunction, AggregateStates, no_signature};
use crate::function::Function;
use crate::{ExecError, Result};

/// Largest joined text.
const BYTES_MAX: usize = 100 << 20;

pub(super) fn functions() -> Vec<Function> {
    let signatures = ["STRING, STRING? -> STRING", "BYTES, BYTES? -> BYTES"];
    vec![
        Function::aggregate("string_agg", &signatures, |arguments| match arguments {
            [text @ (DataType::String | DataType::Bytes)] => Ok(Box::new(StringAgg(text.clone()))),
            [text @ (DataType::String | DataType::Bytes), delimiter] if text == delimiter => {
                Ok(Box::new(StringAgg(text.clone())))
            }
            _ => Err(no_signature("string_agg", arguments)),
        })
        .doc("Returns the non-NULL texts joined by the delimiter (a comma when not given), NULL when there are none.")
        .examples(&[("(SELECT STRING_AGG(x, '-' ORDER BY x) FROM UNNEST(['b', NULL, 'a']) AS x)", "'a-b'")]),
    ]
}

struct StringAgg(DataType);

impl AggregateFunction for StringAgg {
    fn return_type(&self) -> DataType {
        self.0.clone()
    }

    /// The joined text so far, and the delimiter that a merge puts before the next.
    fn state_type(&self) -> DataType {
        DataType::structure([("text", self.0.clone()), ("delimiter", self.0.clone())])
    }

    fn new_states(&self) -> Box<dyn AggregateStates> {
        Box::new(States {
            data_type: self.0.clone(),
            state_type: self.state_type(),
            joined: Vec::new(),
            present: Vec::new(),
            delimiter: b",".to_vec(),
            bytes: 0,
        })
    }
}

struct States {
    data_type: DataType,
    state_type: DataType,
    joined: Vec<Vec<u8>>,
    present: Vec<bool>,
    delimiter: Vec<u8>,
    bytes: usize,
}

impl States {
    fn append(&mut self, group: usize, text: &[u8]) -> Result<()> {
        let joined = &mut self.joined[group];
        if self.present[group] {
            joined.extend_from_slice(&self.delimiter);
        }
        joined.extend_from_slice(text);
        self.present[group] = true;
        self.bytes += text.len() + self.delimiter.len();
        match joined.len() <= BYTES_MAX {
            true => Ok(()),
            false => Err(ExecError::Evaluation(format!("STRING_AGG result exceeds {BYTES_MAX} bytes"))),
        }
    }

    fn set_delimiter(&mut self, delimiter: Option<&Vector>) {
        if let Some(delimiter) = delimiter.filter(|vector| !vector.is_empty()) {
            match delimiter.value(0) {
                canopy_format::Value::String(text) => self.delimiter = text.as_bytes().to_vec(),
                canopy_format::Value::Bytes(bytes) => self.delimiter = bytes.to_vec(),
                _ => {}
            }
        }
    }

    fn add(&mut self, text: &Vector, groups: &[u32]) -> Result<()> {
        let (values, validity) = flat(text);
        let Values::String(values) = &values else { return Err(unexpected(&values)) };
        let mut outcome = Ok(());
        Groups::Each(groups).for_each(validity.as_ref(), |group, row| {
            if outcome.is_ok() {
                outcome = self.append(group, values.bytes(row));
            }
        });
        outcome
    }
}

impl AggregateStates for States {
    fn resize(&mut self, groups: usize) {
        self.joined.resize(groups, Vec::new());
        self.present.resize(groups, false);
    }

    fn update(&mut self, arguments: &[Vector], groups: &[u32]) -> Result<()> {
        self.set_delimiter(arguments.get(1));
        self.add(&arguments[0], groups)
    }

    fn merge(&mut self, states: &Vector, groups: &[u32]) -> Result<()> {
        let parts = super::input::fields(states)?;
        self.set_delimiter(parts.get(1));
        self.add(&parts[0], groups)
    }

    fn states(&self, first: usize, count: usize) -> Result<Vector> {
        let text = self.finish(first, count)?;
        let mut delimiters = StringBuilder::default();
        (0..count).for_each(|_| delimiters.push(&self.delimiter));
        let delimiters = Vector::flat(self.data_type.clone(), Values::String(delimiters.finish()), None);
        Ok(Vector::flat(self.state_type.clone(), Values::Struct(vec![text, delimiters]), None))
    }

    fn finish(&self, first: usize, count: usize) -> Result<Vector> {
        let mut builder = StringBuilder::default();
        self.joined[first..first + count].iter().for_each(|text| builder.push(text));
        let values = Values::String(builder.finish());
        Ok(column(self.data_type.clone(), values, &self.present[first..first + count]))
    }

    fn byte_size(&self) -> usize {
        self.joined.capacity() * 25 + self.bytes
    }
}
