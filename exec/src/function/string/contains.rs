//! CONTAINS_SUBSTR: a search over every field of a value, whatever its case and form.

use canopy_format::{DataType, Value, Vector};

use super::normalize::folded;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::{cast, json};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("contains_substr", &["*, STRING -> BOOL"], contains)
            .handles_nulls()
            .reads_context()
            .named("json_scope", DataType::String, Value::from("JSON_VALUES"))
            .doc(
                "Whether a text is part of a value, or of a field or element of it, in any case and Unicode form. \
                 NULL when it is not found and a field is NULL. Of JSON the values are searched, with `json_scope => \
                 'JSON_KEYS'` the names, with `'JSON_KEYS_AND_VALUES'` both.",
            )
            .examples(&[
                ("CONTAINS_SUBSTR('the blue house', 'Blue house')", "TRUE"),
                ("CONTAINS_SUBSTR('\\u2168', 'IX')", "TRUE"),
                ("CONTAINS_SUBSTR(('abc', ['def', 'ghi', 'jkl'], 'mno'), 'jk')", "TRUE"),
                ("CONTAINS_SUBSTR((23, NULL, 41), '35')", "CAST(NULL AS BOOL)"),
                ("CONTAINS_SUBSTR(JSON '{\"lunch\": \"soup\"}', 'lunch')", "FALSE"),
                ("CONTAINS_SUBSTR(JSON '{\"lunch\": \"soup\"}', 'lunch', json_scope => 'JSON_KEYS')", "TRUE"),
            ]),
    ]
}

/// Which parts of JSON are searched.
#[derive(Clone, Copy)]
struct Scope {
    keys: bool,
    values: bool,
}

fn scope(value: &Value) -> Result<Scope> {
    let Value::String(name) = value else { return fail("json_scope cannot be NULL") };
    match &**name {
        "JSON_VALUES" => Ok(Scope { keys: false, values: true }),
        "JSON_KEYS" => Ok(Scope { keys: true, values: false }),
        "JSON_KEYS_AND_VALUES" => Ok(Scope { keys: true, values: true }),
        other => fail(format!("Invalid json_scope: {other}")),
    }
}

fn wanted(value: &Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(folded(text)),
        _ => fail("The search value of CONTAINS_SUBSTR cannot be NULL"),
    }
}

fn contains(call: &Call<'_>) -> Result<Vector> {
    let input = &call.arguments[0];
    let mut wanted = call.prepared(1, wanted);
    let mut scope = call.prepared(2, scope);
    call.bool_options(|row| {
        let (wanted, scope) = (wanted.get(row)?, *scope.get(row)?);
        search(&input.value(row), input.data_type(), call, &|text| folded(text).contains(&*wanted), scope)
    })
}

/// Whether a part passes the test; None when none does and one is NULL.
fn search(
    value: &Value,
    data_type: &DataType,
    call: &Call<'_>,
    test: &dyn Fn(&str) -> bool,
    scope: Scope,
) -> Result<Option<bool>> {
    let parts: Vec<(&Value, &DataType)> = match (value, data_type) {
        (Value::Null, _) => return Ok(None),
        (Value::Array(elements), DataType::Array(element)) => {
            elements.iter().map(|value| (value, &**element)).collect()
        }
        (Value::Struct(values), DataType::Struct(fields)) => {
            values.iter().zip(fields.iter().map(|field| &field.data_type)).collect()
        }
        (Value::Json(text), _) => return json::any_text(text, scope.keys, scope.values, test).map(Some),
        _ => return Ok(Some(test(&cast::format_in_zone(value, data_type, &call.context.time_zone)))),
    };
    let mut found = Some(false);
    for (value, data_type) in parts {
        match search(value, data_type, call, test, scope)? {
            Some(true) => return Ok(Some(true)),
            None => found = None,
            Some(false) => {}
        }
    }
    Ok(found)
}
