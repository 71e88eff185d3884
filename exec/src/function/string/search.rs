//! Finding, replacing and splitting by literal text.

use canopy_format::{DataType, Value, Vector};

use super::{TEXT_TEST, count, offset_of};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::kernel::search::Finder;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("starts_with", TEXT_TEST, |call| {
            let (text, part) = (call.bytes(0), call.bytes(1));
            call.bool_rows(|row| Ok(text.get(row).starts_with(part.get(row))))
        })
        .doc("Whether the first text begins with the second.")
        .examples(&[("STARTS_WITH('bar', 'b')", "TRUE")]),
        Function::scalar("ends_with", TEXT_TEST, |call| {
            let (text, part) = (call.bytes(0), call.bytes(1));
            call.bool_rows(|row| Ok(text.get(row).ends_with(part.get(row))))
        })
        .doc("Whether the first text ends with the second.")
        .examples(&[("ENDS_WITH('apple', 'e')", "TRUE")]),
        Function::scalar("strpos", &["STRING, STRING -> INT64", "BYTES, BYTES -> INT64"], instr)
            .doc("The position of the second text in the first, from 1; 0 when it is not there.")
            .examples(&[("STRPOS('foo@example.com', '@')", "4")]),
        Function::scalar(
            "instr",
            &["STRING, STRING, INT64?, INT64? -> INT64", "BYTES, BYTES, INT64?, INT64? -> INT64"],
            instr,
        )
        .doc("The position of an occurrence of the second text, searched from a position (negative: backwards).")
        .examples(&[("INSTR('banana', 'an', 1, 2)", "4"), ("INSTR('banana', 'an', -1, 1)", "4")]),
        Function::scalar(
            "replace",
            &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"],
            replace,
        )
        .doc("The text with all occurrences of the second replaced by the third.")
        .examples(&[("REPLACE('cherry pie', 'pie', 'cobbler')", "'cherry cobbler'")]),
        Function::scalar(
            "translate",
            &["STRING, STRING, STRING -> STRING", "BYTES, BYTES, BYTES -> BYTES"],
            translate,
        )
        .doc("The text with each character of the second replaced by the one at its place in the third.")
        .examples(&[("TRANSLATE('This is a cookie', 'sco', 'zku')", "'Thiz iz a kuukie'")]),
        Function::scalar("split", &["STRING, STRING? -> ARRAY<STRING>", "BYTES, BYTES -> ARRAY<BYTES>"], split)
            .doc("The parts between a delimiter, a comma by default.")
            .examples(&[("SPLIT('b-d', '-')", "['b', 'd']")]),
    ]
}

/// Byte positions of all occurrences, overlapping ones too.
fn occurrences(text: &[u8], part: &[u8]) -> Vec<usize> {
    if part.is_empty() || part.len() > text.len() {
        return Vec::new();
    }
    (0..=text.len() - part.len()).filter(|&at| text[at..].starts_with(part)).collect()
}

fn instr(call: &Call<'_>) -> Result<Vector> {
    let (input, part) = (call.bytes(0), call.bytes(1));
    let position = (call.len() > 2).then(|| call.i64s(2));
    let occurrence = (call.len() > 3).then(|| call.i64s(3));
    let text = *call.arguments[0].data_type() == DataType::String;
    let tier = call.context.tier();
    let at_character = |row: usize, at: usize| match text {
        true => count(&input.text(row)[..at]) as i64 + 1,
        false => at as i64 + 1,
    };
    if position.is_none() {
        return call.i64_rows(|row| {
            let found = Finder::new(part.get(row)).find(tier, input.get(row));
            Ok(found.map_or(0, |at| at_character(row, at)))
        });
    }
    call.i64_rows(|row| {
        let position = position.as_ref().map_or(1, |position| position.get(row));
        let occurrence = occurrence.as_ref().map_or(1, |occurrence| occurrence.get(row));
        if position == 0 {
            return fail("Position in INSTR must be non-zero");
        }
        if occurrence <= 0 {
            return fail("Occurrence in INSTR must be positive");
        }
        let value = input.get(row);
        let size = if text { count(input.text(row)) } else { value.len() } as i64;
        if position.unsigned_abs() > size as u64 {
            return Ok(0);
        }
        let index = if position > 0 { position - 1 } else { size + position } as usize;
        let from = if text { offset_of(input.text(row), index).unwrap_or(value.len()) } else { index };
        let all = occurrences(value, part.get(row)).into_iter();
        let nth = (occurrence - 1) as usize;
        let found = match position > 0 {
            true => all.filter(|&at| at >= from).nth(nth),
            false => all.filter(|&at| at <= from).rev().nth(nth),
        };
        Ok(found.map_or(0, |at| at_character(row, at)))
    })
}

fn replace(call: &Call<'_>) -> Result<Vector> {
    let (input, from, to) = (call.bytes(0), call.bytes(1), call.bytes(2));
    let tier = call.context.tier();
    call.strings(|row, out| {
        let (mut rest, from) = (input.get(row), from.get(row));
        if !from.is_empty() {
            let finder = Finder::new(from);
            while let Some(at) = finder.find(tier, rest) {
                out.extend(&rest[..at]);
                out.extend(to.get(row));
                rest = &rest[at + from.len()..];
            }
        }
        out.extend(rest);
        Ok(true)
    })
}

fn translate(call: &Call<'_>) -> Result<Vector> {
    let (input, from, to) = (call.bytes(0), call.bytes(1), call.bytes(2));
    if *call.return_type == DataType::Bytes {
        return call.strings(|row, out| {
            for byte in input.get(row) {
                match from.get(row).iter().position(|other| other == byte) {
                    None => out.push(*byte),
                    Some(at) => out.extend(to.get(row).get(at)),
                }
            }
            Ok(true)
        });
    }
    call.strings(|row, out| {
        let from: Vec<char> = from.text(row).chars().collect();
        let to: Vec<char> = to.text(row).chars().collect();
        let mut result = String::new();
        for character in input.text(row).chars() {
            match from.iter().position(|other| *other == character) {
                None => result.push(character),
                Some(at) => result.extend(to.get(at)),
            }
        }
        out.extend(result.as_bytes());
        Ok(true)
    })
}

fn split(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let delimiter = (call.len() > 1).then(|| call.bytes(1));
    if *call.return_type == DataType::array(DataType::String) {
        return call.values(|row| {
            let text = input.text(row);
            let parts: Vec<Value> = match delimiter.as_ref().map_or(",", |delimiter| delimiter.text(row)) {
                "" if text.is_empty() => vec![Value::from("")],
                "" => text.chars().map(|character| Value::String(character.to_string().into())).collect(),
                delimiter => text.split(delimiter).map(Value::from).collect(),
            };
            Ok(Value::Array(parts))
        });
    }
    let tier = call.context.tier();
    call.values(|row| {
        let mut rest = input.get(row);
        let delimiter = delimiter.as_ref().map_or(&b","[..], |delimiter| delimiter.get(row));
        if delimiter.is_empty() && rest.is_empty() {
            return Ok(Value::Array(vec![Value::Bytes([][..].into())]));
        }
        if delimiter.is_empty() {
            return Ok(Value::Array(rest.iter().map(|byte| Value::Bytes([*byte][..].into())).collect()));
        }
        let finder = Finder::new(delimiter);
        let mut parts = Vec::new();
        while let Some(at) = finder.find(tier, rest) {
            parts.push(Value::Bytes(rest[..at].into()));
            rest = &rest[at + delimiter.len()..];
        }
        parts.push(Value::Bytes(rest.into()));
        Ok(Value::Array(parts))
    })
}
