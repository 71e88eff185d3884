//! IN, over a list or an array.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_format::{DataType, Value, Vector};

use super::compare::sql_equal;
use crate::Result;
use crate::function::Function;
use crate::function::call::Call;
use crate::kernel::compare::compare_rows;
use crate::kernel::hash::hash_vector;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$in", &["=T1, T1... -> BOOL"], in_list)
            .handles_nulls()
            .usages(&["value [NOT] IN (value, ...)", "value [NOT] IN (subquery)"])
            .doc("Whether the value equals one of the list; NULL if it might equal a NULL.")
            .examples(&[("2 IN (1, 2)", "TRUE"), ("3 IN (1, NULL)", "CAST(NULL AS BOOL)")]),
        Function::scalar("$in_array", &["=T1, ARRAY<T1> -> BOOL"], in_array)
            .handles_nulls()
            .usages(&["value [NOT] IN UNNEST(array)"])
            .doc("Whether the value equals an element of the array.")
            .examples(&[("2 IN UNNEST([1, 2])", "TRUE"), ("2 IN UNNEST([])", "FALSE")]),
    ]
}

/// Values that are looked up many times: by hash, as one vector.
struct Members {
    values: Vector,
    /// Positions by hash; collisions are compared.
    by_hash: HashMap<u64, Vec<u32>>,
    has_null: bool,
}

impl Members {
    fn new(call: &Call<'_>, data_type: &DataType, list: &[Value]) -> Result<Self> {
        let values: Vec<Value> = list.iter().filter(|value| !value.is_null()).cloned().collect();
        let has_null = values.len() < list.len();
        let values = Vector::from_values(data_type, &values)?;
        let mut hashes = vec![0; values.len()];
        hash_vector(call.context.tier(), &values, &mut hashes);
        let mut by_hash: HashMap<u64, Vec<u32>> = HashMap::new();
        for (row, hash) in hashes.into_iter().enumerate() {
            by_hash.entry(hash).or_default().push(row as u32);
        }
        Ok(Self { values, by_hash, has_null })
    }

    fn test(&self, call: &Call<'_>, probe: &Vector) -> Result<Vector> {
        let mut hashes = vec![0; probe.len()];
        hash_vector(call.context.tier(), probe, &mut hashes);
        let floats = *probe.data_type() == DataType::Float64;
        call.bool_options(|row| {
            if probe.is_null(row) {
                return Ok(if self.values.is_empty() && !self.has_null { Some(false) } else { None });
            }
            let nan = floats && matches!(probe.value(row), Value::Float64(value) if value.is_nan());
            let found = !nan
                && self.by_hash.get(&hashes[row]).is_some_and(|rows| {
                    rows.iter().any(|&member| compare_rows(probe, row, &self.values, member as usize).is_eq())
                });
            Ok(if found {
                Some(true)
            } else if self.has_null {
                None
            } else {
                Some(false)
            })
        })
    }
}

/// The lists that a hash table serves: hash equality is SQL equality for all but STRUCTs with NULLs.
fn hashable(data_type: &DataType) -> bool {
    data_type.is_scalar()
}

/// The table of a constant list, made once while the list stays the same.
fn members(call: &Call<'_>, probe: &Vector, list: &Value) -> Result<Arc<Members>> {
    let Value::Array(values) = list else { return Members::new(call, probe.data_type(), &[]).map(Arc::new) };
    call.state.kept(1, list, || Members::new(call, probe.data_type(), values))
}

fn in_list(call: &Call<'_>) -> Result<Vector> {
    let Some((probe, list)) = call.arguments.split_first() else {
        return Ok(Vector::nulls(DataType::Bool, call.rows));
    };
    let constants: Option<Vec<Value>> = list.iter().map(|item| item.as_constant().cloned()).collect();
    if let Some(constants) = constants.filter(|_| hashable(probe.data_type())) {
        return members(call, probe, &Value::Array(constants))?.test(call, probe);
    }
    call.bool_options(|row| {
        let value = probe.value(row);
        Ok(any_equal(&value, list.iter().map(|item| item.value(row))))
    })
}

fn any_equal(value: &Value, list: impl Iterator<Item = Value>) -> Option<bool> {
    let mut unknown = false;
    for item in list {
        match sql_equal(value, &item) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(false) }
}

fn in_array(call: &Call<'_>) -> Result<Vector> {
    let [probe, array] = call.arguments else { return Ok(Vector::nulls(DataType::Bool, call.rows)) };
    match array.as_constant() {
        // A NULL array has no elements.
        Some(Value::Null) => return Ok(Vector::constant(DataType::Bool, Value::Bool(false), call.rows)),
        Some(list @ Value::Array(_)) if hashable(probe.data_type()) => {
            return members(call, probe, list)?.test(call, probe);
        }
        _ => {}
    }
    call.bool_options(|row| match array.value(row) {
        Value::Array(elements) => Ok(any_equal(&probe.value(row), elements.into_iter())),
        _ => Ok(Some(false)),
    })
}
