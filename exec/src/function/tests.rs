use canopy_format::{DataType, Value};

use super::*;

fn argument(text: &str) -> (Option<DataType>, Option<Value>) {
    let literal = |value| (None::<DataType>, Some(value));
    let (data_type, value) = match text {
        "NULL" => return (None, None),
        "1" => literal(Value::Int64(1)),
        "1.5" => literal(Value::Float64(1.5)),
        "'s'" => literal(Value::from("s")),
        "INT64" => (Some(DataType::Int64), None),
        "FLOAT64" => (Some(DataType::Float64), None),
        "NUMERIC" => (Some(DataType::Numeric), None),
        "BIGNUMERIC" => (Some(DataType::BigNumeric), None),
        "STRING" => (Some(DataType::String), None),
        "BYTES" => (Some(DataType::Bytes), None),
        "BOOL" => (Some(DataType::Bool), None),
        "DATE" => (Some(DataType::Date), None),
        "DATETIME" => (Some(DataType::Datetime), None),
        "TIMESTAMP" => (Some(DataType::Timestamp), None),
        "INTERVAL" => (Some(DataType::Interval), None),
        "ARRAY<INT64>" => (Some(DataType::array(DataType::Int64)), None),
        "ARRAY<FLOAT64>" => (Some(DataType::array(DataType::Float64)), None),
        other => panic!("no such test argument: {other}"),
    };
    let of_literal = value.as_ref().map(|v| match v {
        Value::Int64(_) => DataType::Int64,
        Value::Float64(_) => DataType::Float64,
        _ => DataType::String,
    });
    (data_type.or(of_literal), value)
}

fn with_arguments<R>(text: &str, run: impl FnOnce(&[Argument<'_>]) -> R) -> R {
    let parts: Vec<_> = text.split(", ").filter(|t| !t.is_empty()).map(argument).collect();
    let arguments: Vec<Argument> = parts
        .iter()
        .map(|(data_type, literal)| Argument {
            data_type: data_type.clone(),
            literal: literal.as_ref(),
            parameter: false,
        })
        .collect();
    run(&arguments)
}

/// `function(arguments)` resolves to `(casts) -> result`, or fails with the message.
fn check(name: &str, arguments: &str, expected: &str) {
    let function = find(name).expect("a function of the catalog");
    let found = with_arguments(arguments, |arguments| match resolve(function, arguments) {
        Ok(found) => {
            let types: Vec<String> = found.argument_types.iter().map(ToString::to_string).collect();
            format!("({}) -> {}", types.join(", "), found.return_type)
        }
        Err(error) => error.to_string(),
    });
    assert_eq!(found, expected, "{name}({arguments})");
}

#[test]
fn calls_resolve_with_the_fewest_coercions() {
    check("$add", "INT64, INT64", "(INT64, INT64) -> INT64");
    check("$add", "INT64, NUMERIC", "(NUMERIC, NUMERIC) -> NUMERIC");
    check("$subtract", "1, NUMERIC", "(NUMERIC, NUMERIC) -> NUMERIC");
    check("$multiply", "NUMERIC, 1.5", "(NUMERIC, NUMERIC) -> NUMERIC");
    check("$multiply", "NUMERIC, FLOAT64", "(FLOAT64, FLOAT64) -> FLOAT64");
    check("$divide", "INT64, INT64", "(FLOAT64, FLOAT64) -> FLOAT64");
    check("$divide", "NUMERIC, INT64", "(NUMERIC, NUMERIC) -> NUMERIC");
    check("$add", "DATE, INTERVAL", "(DATE, INTERVAL) -> DATETIME");
    check("$add", "DATE, 1", "(DATE, INT64) -> DATE");
    check("$add", "1, NULL", "(INT64, INT64) -> INT64");
    check("$less", "DATE, 's'", "(DATE, DATE) -> BOOL");
    check("$equal", "INT64, 1.5", "(FLOAT64, FLOAT64) -> BOOL");
    check("$equal", "NUMERIC, 1.5", "(NUMERIC, NUMERIC) -> BOOL");
    check("$case", "BOOL, INT64, BOOL, NUMERIC, NULL", "(BOOL, NUMERIC, BOOL, NUMERIC, NUMERIC) -> NUMERIC");
    check("if", "BOOL, INT64, 1.5", "(BOOL, FLOAT64, FLOAT64) -> FLOAT64");
    check("$in", "DATE, 's', 's'", "(DATE, DATE, DATE) -> BOOL");
    check("$array", "1, 1.5", "(FLOAT64, FLOAT64) -> ARRAY<FLOAT64>");
    check("$array", "", "() -> ARRAY<INT64>");
    check("$struct", "INT64, STRING", "(INT64, STRING) -> STRUCT<INT64, STRING>");
    check("substring", "STRING, 1", "(STRING, INT64) -> STRING");
    check("current_date", "", "() -> DATE");
    check("array_length", "ARRAY<INT64>", "(ARRAY<INT64>) -> INT64");
    check("coalesce", "NULL, STRING", "(STRING, STRING) -> STRING");
    check("$is_null", "ARRAY<INT64>", "(ARRAY<INT64>) -> BOOL");
}

#[test]
fn refusals_speak_like_bigquery() {
    check(
        "LOWER",
        "INT64",
        "No matching signature for function LOWER for argument types: INT64. \
         Supported signatures: LOWER(STRING); LOWER(BYTES)",
    );
    check(
        "$not",
        "INT64",
        "No matching signature for function NOT for argument types: INT64. Supported signature: NOT(BOOL)",
    );
    check(
        "$shift_left",
        "STRING, INT64",
        "No matching signature for operator << for argument types: STRING, INT64. \
         Supported signatures: INT64 << INT64; BYTES << INT64",
    );
    check(
        "$equal",
        "ARRAY<INT64>, ARRAY<INT64>",
        "Equality is not defined for arguments of type ARRAY<INT64>",
    );
    check(
        "$concat",
        "STRING, INT64",
        "No matching signature for operator || for argument types: STRING, INT64. Supported signatures: \
         ||(STRING, [STRING, ...]); ||(BYTES, [BYTES, ...]); ||(ARRAY, [ARRAY, ...])",
    );
}

#[test]
fn supertypes() {
    let check = |arguments: &str, expected: &str| {
        let found = with_arguments(arguments, |a| supertype(a).map_or("none".into(), |t| t.to_string()));
        assert_eq!(found, expected, "supertype of {arguments}");
    };
    check("INT64, NUMERIC, FLOAT64", "FLOAT64");
    check("INT64, NUMERIC", "NUMERIC");
    check("1, 1.5", "FLOAT64");
    check("NULL", "INT64");
    check("NULL, DATE", "DATE");
    check("DATE, DATETIME", "DATETIME");
    check("DATE, TIMESTAMP", "none");
    check("STRING, INT64", "none");
    check("ARRAY<INT64>, ARRAY<FLOAT64>", "none");
}
