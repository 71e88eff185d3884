//! Changing JSON: JSON_SET, JSON_REMOVE, JSON_ARRAY_APPEND, JSON_ARRAY_INSERT, JSON_STRIP_NULLS.
//!
//! Paths are taken in order, each on what the one before made. A path that does not fit the document changes
//! nothing.

use canopy_format::{DataType, Value, Vector};

use super::document::{Json, parse};
use super::encode::{Encoding, encode};
use super::path::{JsonPath, Step, find};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, Prepared, fail};

/// How long an index in a path may make an array.
const ARRAY_MAX: usize = 1_000_000;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("json_set", &["JSON, STRING, *, STRING..., *... -> JSON"], |call| {
            change(call, |json, path, value, create| set(json, &path.steps, encode_whole(value)?, create))
        })
        .handles_nulls()
        .named("create_if_missing", DataType::Bool, Value::Bool(true))
        .doc(
            "The document with values at paths replaced; what a path lacks is made, unless `create_if_missing => \
             FALSE`.",
        )
        .examples(&[
            ("JSON_SET(JSON '{\"a\": 1}', '$.b.c', 'foo')", "JSON '{\"a\":1,\"b\":{\"c\":\"foo\"}}'"),
            ("JSON_SET(JSON '[\"a\"]', '$[2]', 1)", "JSON '[\"a\",null,1]'"),
            ("JSON_SET(JSON '{\"a\": 1}', '$.b', 999, create_if_missing => FALSE)", "JSON '{\"a\":1}'"),
        ]),
        Function::scalar("json_array_append", &["JSON, STRING, *, STRING..., *... -> JSON"], |call| {
            change(call, append)
        })
        .handles_nulls()
        .named("append_each_element", DataType::Bool, Value::Bool(true))
        .doc(
            "The document with values appended to the arrays at paths; of an ARRAY each element, unless \
             `append_each_element => FALSE`.",
        )
        .examples(&[
            ("JSON_ARRAY_APPEND(JSON '[\"a\"]', '$', [1, 2])", "JSON '[\"a\",1,2]'"),
            ("JSON_ARRAY_APPEND(JSON '[\"a\"]', '$', [1, 2], append_each_element => FALSE)", "JSON '[\"a\",[1,2]]'"),
            ("JSON_ARRAY_APPEND(JSON '{\"a\": null}', '$.a', 10)", "JSON '{\"a\":[10]}'"),
        ]),
        Function::scalar("json_array_insert", &["JSON, STRING, *, STRING..., *... -> JSON"], |call| {
            change(call, insert)
        })
        .handles_nulls()
        .named("insert_each_element", DataType::Bool, Value::Bool(true))
        .doc(
            "The document with values inserted at array positions; of an ARRAY each element, unless \
             `insert_each_element => FALSE`. Beyond its end the array is filled with nulls.",
        )
        .examples(&[
            ("JSON_ARRAY_INSERT(JSON '[\"a\", \"b\"]', '$[1]', [1, 2])", "JSON '[\"a\",1,2,\"b\"]'"),
            ("JSON_ARRAY_INSERT(JSON '[\"a\"]', '$[3]', 'e')", "JSON '[\"a\",null,null,\"e\"]'"),
        ]),
        Function::scalar("json_remove", &["JSON, STRING, STRING... -> JSON"], remove)
            .doc("The document without the parts at the paths.")
            .examples(&[
                ("JSON_REMOVE(JSON '[\"a\", [\"b\", \"c\"], \"d\"]', '$[1]', '$[1]')", "JSON '[\"a\"]'"),
                ("JSON_REMOVE(JSON '{\"a\": 1, \"b\": 2}', '$.b', '$.x')", "JSON '{\"a\":1}'"),
            ]),
        Function::scalar("json_strip_nulls", &["JSON, STRING? -> JSON"], strip_nulls)
            .handles_nulls()
            .named("include_arrays", DataType::Bool, Value::Bool(true))
            .named("remove_empty", DataType::Bool, Value::Bool(false))
            .doc(
                "The document, or its part at the path, without members and elements that are null; those of arrays \
                 stay with `include_arrays => FALSE`. With `remove_empty => TRUE` empty objects (and arrays) go too.",
            )
            .examples(&[
                ("JSON_STRIP_NULLS(JSON '{\"a\": null, \"b\": [1, null]}')", "JSON '{\"b\":[1]}'"),
                (
                    "JSON_STRIP_NULLS(JSON '{\"a\": {\"b\": null}, \"c\": 1}', remove_empty => TRUE)",
                    "JSON '{\"c\":1}'",
                ),
            ]),
    ]
}

/// A value to put in: its JSON, or the elements of an ARRAY one by one.
struct NewValue<'a> {
    value: Value,
    data_type: &'a DataType,
}

fn encode_whole(new: &NewValue<'_>) -> Result<Json> {
    encode(&new.value, new.data_type, Encoding::Value(false))
}

impl NewValue<'_> {
    /// The values to put in when an ARRAY's elements go one by one.
    fn each(&self) -> Result<Vec<Json>> {
        match (&self.value, self.data_type) {
            (Value::Array(elements), DataType::Array(element)) => {
                elements.iter().map(|value| encode(value, element, Encoding::Value(false))).collect()
            }
            (Value::Null, DataType::Array(_)) => Ok(vec![Json::Null]),
            _ => Ok(vec![encode_whole(self)?]),
        }
    }
}

/// Applies `one` for each pair of path and value; the last argument is its switch.
fn change(
    call: &Call<'_>,
    one: fn(&mut Json, &JsonPath, &NewValue<'_>, bool) -> Result<()>,
) -> Result<Vector> {
    let input = call.bytes(0);
    let switch = call.len() - 1;
    let switches = call.bools(switch);
    let mut paths: Vec<Prepared<'_, JsonPath>> =
        (1..switch).step_by(2).map(|index| call.prepared(index, path_or_none)).collect();
    call.strings(|row, out| {
        if call.is_null(0, row) {
            return Ok(false);
        }
        let mut json = parse(input.text(row))?;
        if !call.is_null(switch, row) {
            for (pair, path) in paths.iter_mut().enumerate() {
                if call.is_null(1 + 2 * pair, row) {
                    continue;
                }
                let vector = &call.arguments[2 + 2 * pair];
                let new = NewValue { value: vector.value(row), data_type: vector.data_type() };
                one(&mut json, &*path.get(row)?, &new, switches.get(row))?;
            }
        }
        json.write(out);
        Ok(true)
    })
}

/// The path of a value; NULLs, which are not asked for, are the root.
fn path_or_none(value: &Value) -> Result<JsonPath> {
    match value {
        Value::Null => Ok(JsonPath::root()),
        value => JsonPath::standard(value),
    }
}

fn set(json: &mut Json, steps: &[Step], value: Json, create: bool) -> Result<()> {
    let Some((first, rest)) = steps.split_first() else {
        *json = value;
        return Ok(());
    };
    match (first, &mut *json) {
        (Step::Name(name), Json::Object(_)) => match json.member_mut(name) {
            Some(member) => set(member, rest, value, create)?,
            None if create => {
                let made = made(rest, value)?;
                json.insert(name, made);
            }
            None => {}
        },
        (Step::Index(index), Json::Array(elements)) => match elements.get_mut(*index) {
            Some(element) => set(element, rest, value, create)?,
            None if create => {
                checked(*index)?;
                elements.resize(*index, Json::Null);
                elements.push(made(rest, value)?);
            }
            None => {}
        },
        (_, Json::Null) if create => *json = made(steps, value)?,
        _ => {}
    }
    Ok(())
}

/// A value in the objects and arrays that the steps go through.
fn made(steps: &[Step], value: Json) -> Result<Json> {
    let mut json = value;
    for step in steps.iter().rev() {
        json = match step {
            Step::Name(name) => Json::Object(vec![(name.clone(), json)]),
            Step::Index(index) => {
                checked(*index)?;
                let mut elements = vec![Json::Null; *index];
                elements.push(json);
                Json::Array(elements)
            }
        };
    }
    Ok(json)
}

fn checked(index: usize) -> Result<()> {
    match index < ARRAY_MAX {
        true => Ok(()),
        false => fail(format!("Exceeded maximum array size of {ARRAY_MAX}")),
    }
}

fn append(json: &mut Json, path: &JsonPath, new: &NewValue<'_>, each: bool) -> Result<()> {
    let values = if each { new.each()? } else { vec![encode_whole(new)?] };
    match path.find(json) {
        Some(Json::Array(elements)) => elements.extend(values),
        Some(null @ Json::Null) => *null = Json::Array(values),
        _ => {}
    }
    Ok(())
}

fn insert(json: &mut Json, path: &JsonPath, new: &NewValue<'_>, each: bool) -> Result<()> {
    let Some((Step::Index(index), steps)) = path.steps.split_last() else { return Ok(()) };
    let values = if each { new.each()? } else { vec![encode_whole(new)?] };
    let Some(parent) = find(json, steps) else { return Ok(()) };
    if *parent == Json::Null {
        *parent = Json::Array(Vec::new());
    }
    if let Json::Array(elements) = parent {
        if *index > elements.len() {
            checked(*index)?;
            elements.resize(*index, Json::Null);
        }
        elements.splice(index..index, values);
    }
    Ok(())
}

fn remove(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let mut paths: Vec<_> = (1..call.len()).map(|index| call.prepared(index, JsonPath::standard)).collect();
    call.strings(|row, out| {
        let mut json = parse(input.text(row))?;
        for path in &mut paths {
            let path = path.get(row)?;
            let Some((last, steps)) = path.steps.split_last() else {
                return fail("The JSONPath cannot be '$'");
            };
            match (last, find(&mut json, steps)) {
                (Step::Name(name), Some(Json::Object(members))) => members.retain(|(own, _)| own != name),
                (Step::Index(index), Some(Json::Array(elements))) if *index < elements.len() => {
                    elements.remove(*index);
                }
                _ => {}
            }
        }
        json.write(out);
        Ok(true)
    })
}

fn strip_nulls(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let (arrays, empty) = (call.len() - 2, call.len() - 1);
    let mut path = (arrays > 1).then(|| call.prepared(1, path_or_none));
    let (in_arrays, remove_empty) = (call.bools(arrays), call.bools(empty));
    call.strings(|row, out| {
        if call.is_null(0, row) {
            return Ok(false);
        }
        let mut json = parse(input.text(row))?;
        let unknown = (1..call.len()).any(|index| call.is_null(index, row));
        let path = match &mut path {
            Some(path) if !unknown => Some(path.get(row)?),
            _ => None,
        };
        let part = match &path {
            Some(path) => path.find(&mut json),
            None => Some(&mut json),
        };
        if let Some(part) = part.filter(|_| !unknown) {
            let (arrays, empty) = (in_arrays.get(row), remove_empty.get(row));
            strip(part, arrays, empty);
            if empty && is_removed(part, arrays, empty) {
                *part = Json::Null;
            }
        }
        json.write(out);
        Ok(true)
    })
}

fn strip(json: &mut Json, arrays: bool, empty: bool) {
    match json {
        Json::Object(members) => members.retain_mut(|(_, value)| {
            strip(value, arrays, empty);
            !is_removed(value, arrays, empty)
        }),
        Json::Array(elements) => elements.retain_mut(|element| {
            strip(element, arrays, empty);
            !arrays || !is_removed(element, arrays, empty)
        }),
        _ => {}
    }
}

fn is_removed(json: &Json, arrays: bool, empty: bool) -> bool {
    match json {
        Json::Null => true,
        Json::Object(_) => empty && json.is_empty_container(),
        Json::Array(_) => empty && arrays && json.is_empty_container(),
        _ => false,
    }
}
