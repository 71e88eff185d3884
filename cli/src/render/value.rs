//! Values as text and as JSON.

use std::time::Duration;

use base64::Engine;
use canopy_format::{DataType, Value};
use canopy_server::text::format_value;
use serde_json::{Map, Number, json};

/// A value for a table or CSV: as CAST AS STRING writes it, arrays and structs as GoogleSQL literals.
pub fn text(value: &Value, data_type: &DataType) -> String {
    match (value, data_type) {
        (Value::Null, _) => "NULL".to_owned(),
        (Value::Array(elements), DataType::Array(element)) => {
            let parts: Vec<String> = elements.iter().map(|value| quoted(value, element)).collect();
            format!("[{}]", parts.join(", "))
        }
        (Value::Struct(parts), DataType::Struct(fields)) => {
            let parts = parts.iter().zip(fields.iter()).map(|(value, field)| match field.name.as_str() {
                "" => quoted(value, &field.data_type),
                name => format!("{name}: {}", quoted(value, &field.data_type)),
            });
            format!("{{{}}}", parts.collect::<Vec<_>>().join(", "))
        }
        (Value::Bytes(bytes), _) => base64::engine::general_purpose::STANDARD.encode(bytes),
        _ => format_value(value, data_type),
    }
}

fn quoted(value: &Value, data_type: &DataType) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        value => text(value, data_type),
    }
}

/// A value as the conformance suite encodes it: structs as lists of their fields.
pub fn json_full(value: &Value, data_type: &DataType) -> serde_json::Value {
    json_value(value, data_type, &|parts, _| serde_json::Value::Array(parts))
}

/// A value for a row object: structs as objects.
pub fn json_object(value: &Value, data_type: &DataType) -> serde_json::Value {
    json_value(value, data_type, &|parts, names| {
        let mut object = Map::new();
        for (index, (part, name)) in parts.into_iter().zip(names).enumerate() {
            let name = if name.is_empty() { format!("_field_{}", index + 1) } else { (*name).to_owned() };
            object.insert(name, part);
        }
        serde_json::Value::Object(object)
    })
}

type MakeStruct<'a> = &'a dyn Fn(Vec<serde_json::Value>, &[&str]) -> serde_json::Value;

fn json_value(value: &Value, data_type: &DataType, make_struct: MakeStruct) -> serde_json::Value {
    match (value, data_type) {
        (Value::Null, _) => serde_json::Value::Null,
        (Value::Bool(value), _) => json!(value),
        (Value::Int64(value), _) => json!(value),
        (Value::Float64(value), _) => match Number::from_f64(*value) {
            Some(number) => serde_json::Value::Number(number),
            None if value.is_nan() => json!("NaN"),
            None if *value > 0.0 => json!("Infinity"),
            None => json!("-Infinity"),
        },
        (Value::Bytes(bytes), _) => json!(base64::engine::general_purpose::STANDARD.encode(bytes)),
        (Value::Datetime(_), _) => json!(cut_zeros(&format_value(value, data_type)).replacen(' ', "T", 1)),
        (Value::Time(_), _) => json!(cut_zeros(&format_value(value, data_type))),
        (Value::Timestamp(_), _) => {
            let text = format_value(value, data_type);
            let text = text.strip_suffix("+00").unwrap_or(&text);
            json!(format!("{}Z", cut_zeros(text).replacen(' ', "T", 1)))
        }
        (Value::Range(range), DataType::Range(element)) => {
            let bounds = range.bounds(*element);
            let [start, end] = bounds.map(|bound| json_value(&bound, &element.data_type(), make_struct));
            json!({"start": start, "end": end})
        }
        (Value::Array(elements), DataType::Array(element)) => {
            elements.iter().map(|value| json_value(value, element, make_struct)).collect()
        }
        (Value::Struct(parts), DataType::Struct(fields)) => {
            let values = parts.iter().zip(fields.iter());
            let values = values.map(|(value, field)| json_value(value, &field.data_type, make_struct));
            let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
            make_struct(values.collect(), &names)
        }
        _ => json!(format_value(value, data_type)),
    }
}

/// Cuts trailing zeros of a fraction of a second.
fn cut_zeros(text: &str) -> &str {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => text,
    }
}

/// A duration for people: `3.1 ms`, `12.40 s`.
pub fn duration(elapsed: Duration) -> String {
    match elapsed.as_secs_f64() {
        seconds if seconds < 1.0 => format!("{:.1} ms", seconds * 1e3),
        seconds => format!("{seconds:.2} s"),
    }
}
