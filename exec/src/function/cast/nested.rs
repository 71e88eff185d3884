//! Casts of ARRAYs and STRUCTs, element by element and field by field.

use std::sync::Arc;

use canopy_format::vector::concat;
use canopy_format::{DataType, ListVector, Values, Vector};

use crate::function::call::{Call, CallState, ErrorMode, fail};
use crate::{ExecError, Result};

pub(super) fn array(call: &Call<'_>) -> Result<Vector> {
    whole(call, |call| {
        let input = call.arguments[0].flatten();
        let (Some((Values::List(list), validity)), DataType::Array(element)) =
            (input.as_flat(), call.return_type)
        else {
            return fail("cast of an ARRAY that is none");
        };
        // Elements outside the rows of a slice are not cast: they could fail.
        let (first, last) = (list.offsets[0], list.offsets[list.offsets.len() - 1]);
        let child = list.child.slice(first as usize, (last - first) as usize);
        let list = ListVector {
            offsets: list.offsets.iter().map(|offset| offset - first).collect(),
            child: Arc::new(part(call, &child, element)?),
        };
        Ok(call.result(Values::List(list), validity.cloned()))
    })
}

pub(super) fn structure(call: &Call<'_>) -> Result<Vector> {
    whole(call, |call| {
        let input = call.arguments[0].flatten();
        let (Some((Values::Struct(children), validity)), DataType::Struct(fields)) =
            (input.as_flat(), call.return_type)
        else {
            return fail("cast of a STRUCT that is none");
        };
        // Fields of a NULL struct count as NULL, so that what lies there cannot fail.
        let fields: Result<Vec<Vector>> = children
            .iter()
            .zip(fields.iter())
            .map(|(child, field)| {
                part(call, &crate::function::structure::masked(child, validity), &field.data_type)
            })
            .collect();
        Ok(call.result(Values::Struct(fields?), validity.cloned()))
    })
}

/// Casts a part's values.
fn part(call: &Call<'_>, values: &Vector, to: &DataType) -> Result<Vector> {
    if values.data_type() == to {
        return Ok(values.clone());
    }
    let Some(cast) = super::find(values.data_type(), to, false) else {
        return fail(format!("no cast from {} to {to}", values.data_type()));
    };
    let flat = [values.flatten()];
    (cast.run)(&Call {
        arguments: &flat,
        rows: flat[0].len(),
        return_type: to,
        context: call.context,
        errors: ErrorMode::Raise,
        validity: flat[0].validity(),
        state: &CallState::default(),
    })
}

/// A value casts as a whole: under SAFE_CAST, one bad part makes all of it NULL.
fn whole(call: &Call<'_>, run: impl Fn(&Call<'_>) -> Result<Vector>) -> Result<Vector> {
    match run(call) {
        Err(ExecError::Evaluation(_)) if call.errors == ErrorMode::Null => {}
        other => return other,
    }
    let rows: Result<Vec<Vector>> = (0..call.rows)
        .map(|row| {
            let single = [call.arguments[0].slice(row, 1)];
            let one = Call {
                arguments: &single,
                rows: 1,
                return_type: call.return_type,
                context: call.context,
                errors: ErrorMode::Raise,
                validity: single[0].validity(),
                state: call.state,
            };
            match run(&one) {
                Err(ExecError::Evaluation(_)) => Ok(Vector::nulls(call.return_type.clone(), 1)),
                other => other,
            }
        })
        .collect();
    Ok(concat(call.return_type, &rows?))
}
