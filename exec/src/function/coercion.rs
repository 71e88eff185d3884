//! Implicit coercion: which types stand in for which, and the common type of several arguments.

use std::sync::Arc;

use canopy_format::{DataType, StructField, Value};

use super::Argument;

/// True when a value of type `from` may stand where `to` is wanted. `literal` is true for literals and
/// query parameters, which coerce more freely: a STRING to dates and times, a FLOAT64 to NUMERIC.
pub fn coerces(from: &DataType, to: &DataType, literal: bool) -> bool {
    coercion_cost(from, to, literal).is_some()
}

/// How far `to` is from `from`, 0 for the same type; None when it does not coerce.
pub(super) fn coercion_cost(from: &DataType, to: &DataType, literal: bool) -> Option<u32> {
    use DataType::*;
    if from == to {
        return Some(0);
    }
    match (from, to) {
        (Int64, Float64) | (Numeric, BigNumeric) | (BigNumeric, Float64) | (Date, Datetime) => Some(1),
        (Int64, Numeric) | (Numeric, Float64) => Some(2),
        (Int64, BigNumeric) => Some(3),
        (Float64, Numeric) if literal => Some(4),
        (Float64, BigNumeric) if literal => Some(5),
        (String, Date | Time | Datetime | Timestamp) if literal => Some(6),
        (Struct(from), Struct(to)) if from.len() == to.len() => {
            let costs = from.iter().zip(to.iter());
            let costs = costs.map(|(f, t)| coercion_cost(&f.data_type, &t.data_type, literal));
            costs.sum()
        }
        (Array(from), Array(to)) if literal => coercion_cost(from, to, literal),
        (Array(from), Array(to)) if same_shape(from, to) => Some(0),
        _ => None,
    }
}

/// True when the types differ at most in field names.
pub(crate) fn same_shape(a: &DataType, b: &DataType) -> bool {
    match (a, b) {
        (DataType::Array(a), DataType::Array(b)) => same_shape(a, b),
        (DataType::Struct(a), DataType::Struct(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same_shape(&a.data_type, &b.data_type))
        }
        _ => a == b,
    }
}

/// The type that all arguments coerce to: of set operations, CASE, IN, array elements. Untyped NULLs
/// fit any type; INT64 when there is nothing else. None when the arguments have no common type.
pub fn supertype(arguments: &[Argument<'_>]) -> Option<DataType> {
    let typed: Vec<(&DataType, &Argument)> =
        arguments.iter().filter_map(|a| a.data_type.as_ref().map(|t| (t, a))).collect();
    if typed.is_empty() {
        return Some(DataType::Int64);
    }
    // Types that some argument has come first, those of columns before those of literals.
    let mut candidates: Vec<DataType> = Vec::new();
    for literal in [false, true] {
        for (data_type, _) in typed.iter().filter(|(_, a)| a.is_flexible() == literal) {
            if !candidates.contains(data_type) {
                candidates.push((*data_type).clone());
            }
        }
    }
    let fits = |to: &DataType| {
        typed.iter().all(|(from, argument)| match argument.literal {
            Some(value) => literal_coerces(value, from, to),
            None => coerces(from, to, argument.parameter),
        })
    };
    let found = match candidates.iter().find(|to| fits(to)) {
        Some(found) => found.clone(),
        None => structural_supertype(&typed).filter(|to| fits(to))?,
    };
    Some(named_as(found, typed[0].0))
}

/// The type with the names that STRUCT fields have in another type of its shape: those of the first argument count.
fn named_as(data_type: DataType, names: &DataType) -> DataType {
    match (data_type, names) {
        (DataType::Struct(fields), DataType::Struct(names)) if fields.len() == names.len() => {
            let named = fields.iter().zip(names.iter()).map(|(field, name)| StructField {
                name: name.name.clone(),
                data_type: named_as(field.data_type.clone(), &name.data_type),
            });
            DataType::Struct(named.collect())
        }
        (DataType::Array(element), DataType::Array(names)) => {
            DataType::array(named_as((*element).clone(), names))
        }
        (other, _) => other,
    }
}

/// True when the literal may stand where `to` is wanted: NULLs in it fit any type.
fn literal_coerces(value: &Value, from: &DataType, to: &DataType) -> bool {
    match (value, from, to) {
        (Value::Null, _, _) => true,
        (Value::Array(values), DataType::Array(from), DataType::Array(to)) => {
            values.iter().all(|value| literal_coerces(value, from, to))
        }
        (Value::Struct(values), DataType::Struct(from), DataType::Struct(to)) => {
            let mut parts = values.iter().zip(from.iter().zip(to.iter()));
            from.len() == to.len()
                && parts.all(|(value, (from, to))| literal_coerces(value, &from.data_type, &to.data_type))
        }
        (_, from, to) => coerces(from, to, true),
    }
}

/// Supertypes that no argument has: STRUCTs field by field, ARRAYs of literals element by element.
fn structural_supertype(typed: &[(&DataType, &Argument)]) -> Option<DataType> {
    let part = |data_type: &DataType, argument: &Argument, literal: Option<&Value>| {
        (data_type.clone(), argument.parameter, argument.literal.is_some(), literal.cloned())
    };
    let combine = |parts: Vec<(DataType, bool, bool, Option<Value>)>| {
        let arguments: Vec<Argument> = parts
            .iter()
            .map(|(data_type, parameter, is_literal, value)| match value {
                Some(Value::Null) if *data_type == DataType::Int64 => Argument::null(),
                _ => Argument {
                    data_type: Some(data_type.clone()),
                    literal: value.as_ref(),
                    // Without its value at hand, a literal is as flexible as a parameter.
                    parameter: *parameter || *is_literal,
                },
            })
            .collect();
        supertype(&arguments)
    };
    match typed[0].0 {
        DataType::Array(_) if typed.iter().all(|(_, a)| a.is_flexible()) => {
            let elements = typed.iter().map(|(t, a)| Some(part(t.element()?, a, None)));
            Some(DataType::array(combine(elements.collect::<Option<_>>()?)?))
        }
        DataType::Struct(first) => {
            let mut fields = Vec::with_capacity(first.len());
            for (index, field) in first.iter().enumerate() {
                let column = typed.iter().map(|(t, a)| {
                    let own = t.fields().filter(|own| own.len() == first.len())?;
                    let value = match a.literal {
                        Some(Value::Struct(values)) => values.get(index),
                        _ => None,
                    };
                    Some(part(&own[index].data_type, a, value))
                });
                let data_type = combine(column.collect::<Option<_>>()?)?;
                fields.push(StructField { name: field.name.clone(), data_type });
            }
            Some(DataType::Struct(Arc::from(fields)))
        }
        _ => None,
    }
}
