//! The shape of JSON: JSON_TYPE, JSON_KEYS, JSON_FLATTEN.

use std::collections::BTreeSet;

use canopy_format::{DataType, Value, Vector};

use super::document::{Json, parse};
use super::path::Mode;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("json_type", &["JSON -> STRING"], |call| {
            let input = call.bytes(0);
            call.strings(|row, out| {
                let name = match parse(input.text(row))? {
                    Json::Null => "null",
                    Json::Bool(_) => "boolean",
                    Json::Number(_) => "number",
                    Json::String(_) => "string",
                    Json::Array(_) => "array",
                    Json::Object(_) => "object",
                };
                out.extend(name.as_bytes());
                Ok(true)
            })
        })
        .doc("The kind of a JSON value: object, array, string, number, boolean or null.")
        .examples(&[("JSON_TYPE(JSON '[1]')", "'array'"), ("JSON_TYPE(JSON 'null')", "'null'")]),
        Function::scalar("json_keys", &["JSON, INT64? -> ARRAY<STRING>"], keys)
            .handles_nulls()
            .named("mode", DataType::String, Value::from("strict"))
            .doc(
                "The names of all members, in order and each once, as paths without positions, down to a depth. \
                 Members inside arrays count with `mode => 'lax'`, inside arrays of arrays with `'lax recursive'`.",
            )
            .examples(&[
                ("JSON_KEYS(JSON '{\"a\": {\"b\": 1}}')", "['a', 'a.b']"),
                ("JSON_KEYS(JSON '{\"a\": {\"b\": 1}}', 1)", "['a']"),
                ("JSON_KEYS(JSON '{\"a\": [{\"b\": 1}, {\"c\": 2}]}', mode => 'lax')", "['a', 'a.b', 'a.c']"),
            ]),
        Function::scalar("json_flatten", &["JSON -> ARRAY<JSON>"], |call| {
            let input = call.bytes(0);
            call.values(|row| {
                let mut found = Vec::new();
                flatten(parse(input.text(row))?, &mut found);
                Ok(Value::Array(found))
            })
        })
        .doc("The values that are no arrays, of arrays within arrays to any depth.")
        .examples(&[("ARRAY_LENGTH(JSON_FLATTEN(JSON '[[[1, 2], 3], {\"a\": [4]}]'))", "4")]),
    ]
}

fn flatten(json: Json, found: &mut Vec<Value>) {
    match json {
        Json::Array(elements) => elements.into_iter().for_each(|element| flatten(element, found)),
        other => found.push(Value::Json(other.to_string().into())),
    }
}

fn keys(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mode_at = call.len() - 1;
    let modes = call.bytes(mode_at);
    let depths = (mode_at > 1).then(|| call.i64s(1));
    call.values(|row| {
        if call.is_null(0, row) || call.is_null(mode_at, row) {
            return Ok(Value::Null);
        }
        let depth = match &depths {
            Some(depths) if !call.is_null(1, row) => depths.get(row),
            _ => i64::MAX,
        };
        if depth < 1 {
            return fail("max_depth must be positive.");
        }
        let text = modes.text(row);
        let Some(mode) = Mode::of(text).filter(|_| !text.trim().is_empty()) else {
            return fail(format!("Invalid JSON mode specified: {text}"));
        };
        let mut found = BTreeSet::new();
        gather(&parse(input.text(row))?, "", depth, mode, false, &mut found);
        Ok(Value::Array(found.into_iter().map(|key| Value::String(key.into())).collect()))
    })
}

/// Adds the members' paths; `in_array` says that the value is the element of an array.
fn gather(json: &Json, prefix: &str, depth: i64, mode: Mode, in_array: bool, found: &mut BTreeSet<String>) {
    match json {
        Json::Object(members) if depth > 0 => {
            for (name, value) in members {
                let name = if is_plain(name) { name.clone() } else { quoted(name) };
                let path = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
                gather(value, &path, depth - 1, mode, false, found);
                found.insert(path);
            }
        }
        Json::Array(elements) if mode == Mode::LaxRecursive || mode == Mode::Lax && !in_array => {
            elements.iter().for_each(|element| gather(element, prefix, depth, mode, true, found));
        }
        _ => {}
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn quoted(name: &str) -> String {
    let mut out = String::from("\"");
    for character in name.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
    out
}
