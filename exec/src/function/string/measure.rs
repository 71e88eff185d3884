//! Lengths and distances.

use canopy_format::{Buffer, DataType, Value, Values, Vector};

use super::{TEXT_LENGTH, count};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Bytes, Call, fail};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("length", TEXT_LENGTH, |call| match call.arguments[0].data_type() {
            DataType::String => characters(call),
            _ => bytes(call),
        })
        .doc("Number of characters of a STRING, or of bytes of BYTES.")
        .examples(&[("LENGTH('абв')", "3"), ("LENGTH(b'abc')", "3")]),
        Function::scalar("char_length", &["STRING -> INT64"], characters)
            .aliases(&["character_length"])
            .doc("Number of characters.")
            .examples(&[("CHAR_LENGTH('абв')", "3")]),
        Function::scalar("byte_length", TEXT_LENGTH, bytes)
            .aliases(&["octet_length"])
            .cheap()
            .doc("Number of bytes.")
            .examples(&[("BYTE_LENGTH('абв')", "6")]),
        Function::scalar("edit_distance", &["STRING, STRING -> INT64", "BYTES, BYTES -> INT64"], |call| {
            match call.arguments[0].data_type() {
                DataType::Bytes => edit_distance(call, |bytes| bytes.to_vec()),
                _ => edit_distance(call, |bytes| String::from_utf8_lossy(bytes).chars().collect()),
            }
        })
        .named("max_distance", DataType::Int64, Value::Int64(i64::MAX))
        .doc("The Levenshtein distance, at most `max_distance`.")
        .examples(&[
            ("EDIT_DISTANCE('abcd', 'cde')", "3"),
            ("EDIT_DISTANCE('abcdefg', 'a', max_distance => 2)", "2"),
            ("EDIT_DISTANCE('a', 'b', max_distance => -1)", "ERROR: max_distance must be non-negative"),
        ]),
    ]
}

/// Lengths stand in the views: no byte is read.
fn bytes(call: &Call<'_>) -> Result<Vector> {
    match call.bytes(0) {
        Bytes::Many(column) => {
            let lengths: Buffer<i64> = column.views().iter().map(|view| view.len() as i64).collect();
            Ok(call.result(Values::I64(lengths), call.validity.clone()))
        }
        Bytes::One(value) => call.i64_rows(|_| Ok(value.len() as i64)),
    }
}

fn characters(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    call.i64_rows(|row| Ok(count(input.text(row)) as i64))
}

fn edit_distance<T: PartialEq>(call: &Call<'_>, symbols: fn(&[u8]) -> Vec<T>) -> Result<Vector> {
    let (a, b, most) = (call.bytes(0), call.bytes(1), call.i64s(2));
    call.i64_rows(|row| {
        let most = most.get(row);
        if most < 0 {
            return fail("max_distance must be non-negative");
        }
        let (a, b) = (symbols(a.get(row)), symbols(b.get(row)));
        let mut costs: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            call.context.cancel.check()?;
            let mut diagonal = std::mem::replace(&mut costs[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let change = diagonal + (x != y) as usize;
                diagonal = costs[j + 1];
                costs[j + 1] = change.min(diagonal + 1).min(costs[j] + 1);
            }
        }
        Ok((costs[b.len()] as i64).min(most))
    })
}
