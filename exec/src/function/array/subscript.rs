//! Elements by position: `[OFFSET(i)]`, `[ORDINAL(i)]`, their SAFE_ forms, ARRAY_FIRST and ARRAY_LAST.

use canopy_format::{Bitmap, Value, Vector};

use super::{list, range};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, ErrorMode, fail};

const ELEMENT: &[&str] = &["ARRAY<T1>, INT64 -> T1"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "$subscript_offset",
            &["ARRAY<T1>, INT64 -> T1", "JSON, INT64 -> JSON", "JSON, STRING -> JSON"],
            |call| match call.arguments[0].data_type() {
                canopy_format::DataType::Json => crate::function::json::subscript(call),
                _ => positioned(call, 0, false),
            },
        )
        .usages(&["array[index]", "array[OFFSET(index)]", "json[name]", "json[index]"])
        .doc("The element at a position from 0.")
        .examples(&[("[10, 20][OFFSET(1)]", "20")]),
        Function::scalar("$subscript_ordinal", ELEMENT, |call| positioned(call, 1, false))
            .usages(&["array[ORDINAL(index)]"])
            .doc("The element at a position from 1.")
            .examples(&[("[10, 20][ORDINAL(1)]", "10")]),
        Function::scalar("$safe_subscript_offset", ELEMENT, |call| positioned(call, 0, true))
            .usages(&["array[SAFE_OFFSET(index)]"])
            .doc("The element at a position from 0; NULL outside the array.")
            .examples(&[("[10, 20][SAFE_OFFSET(2)]", "CAST(NULL AS INT64)")]),
        Function::scalar("$safe_subscript_ordinal", ELEMENT, |call| positioned(call, 1, true))
            .usages(&["array[SAFE_ORDINAL(index)]"])
            .doc("The element at a position from 1; NULL outside the array.")
            .examples(&[("[10, 20][SAFE_ORDINAL(0)]", "CAST(NULL AS INT64)")]),
        Function::scalar("array_first", &["ARRAY<T1> -> T1"], |call| {
            element(call, |_, length| match length {
                0 => fail("ARRAY_FIRST cannot get the first element of an empty array"),
                _ => Ok(Some(0)),
            })
        })
        .doc("The first element; an error when there is none.")
        .examples(&[("ARRAY_FIRST(['a', 'b'])", "'a'")]),
        Function::scalar("array_last", &["ARRAY<T1> -> T1"], |call| {
            element(call, |_, length| match length {
                0 => fail("ARRAY_LAST cannot get the last element of an empty array"),
                length => Ok(Some(length - 1)),
            })
        })
        .doc("The last element; an error when there is none.")
        .examples(&[("ARRAY_LAST(['a', 'b'])", "'b'")]),
    ]
}

fn positioned(call: &Call<'_>, base: i64, safe: bool) -> Result<Vector> {
    let position = call.i64s(1);
    element(call, |row, length| {
        let position = position.get(row);
        let index = position.checked_sub(base).and_then(|index| usize::try_from(index).ok());
        match index.filter(|&index| index < length) {
            Some(index) => Ok(Some(index)),
            None if safe => Ok(None),
            None => fail(format!("Array index {position} is out of bounds")),
        }
    })
}

/// The element that `choose` picks by row and array length.
fn element(call: &Call<'_>, choose: impl Fn(usize, usize) -> Result<Option<usize>>) -> Result<Vector> {
    let list = list(call, 0)?;
    let mut places = vec![None; call.rows];
    for (row, place) in places.iter_mut().enumerate() {
        if call.validity.as_ref().is_some_and(|validity| !validity.get(row)) {
            continue;
        }
        let elements = range(&list, row);
        *place = match choose(row, elements.len()) {
            Ok(index) => index.map(|index| (elements.start + index) as u32),
            Err(crate::ExecError::Evaluation(_)) if call.errors == ErrorMode::Null => None,
            Err(error) => return Err(error),
        };
    }
    if places.iter().all(Option::is_none) {
        return Ok(Vector::constant(call.return_type.clone(), Value::Null, call.rows));
    }
    let present: Bitmap = places.iter().map(Option::is_some).collect();
    let all = present.count_ones() == call.rows;
    // A place that exists stands in for rows without one.
    let any = places.iter().flatten().next().copied().unwrap_or(0);
    let rows: Vec<u32> = places.iter().map(|place| place.unwrap_or(any)).collect();
    Ok(crate::function::structure::masked(&list.child.gather(&rows), (!all).then_some(&present)))
}
