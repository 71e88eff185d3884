//! Schemas as messages: field ids, modes, type parameters, defaults and descriptions.

use canopy_format::{DataType, Field, FieldId, Mode, RangeElement, Schema, TypeParameters};

use super::{Invalid, message};

/// The deepest nesting of STRUCT: protobuf readers stop at 100 levels of messages.
pub(crate) const DEPTH_MAX: usize = 64;

const STRUCT: u32 = 14;

fn type_code(data_type: &DataType) -> Option<u32> {
    Some(match data_type {
        DataType::Bool => 1,
        DataType::Int64 => 2,
        DataType::Float64 => 3,
        DataType::Numeric => 4,
        DataType::BigNumeric => 5,
        DataType::String => 6,
        DataType::Bytes => 7,
        DataType::Date => 8,
        DataType::Time => 9,
        DataType::Datetime => 10,
        DataType::Timestamp => 11,
        DataType::Interval => 12,
        DataType::Json => 13,
        DataType::Struct(_) => STRUCT,
        DataType::Range(RangeElement::Date) => 15,
        DataType::Range(RangeElement::Datetime) => 17,
        DataType::Range(RangeElement::Timestamp) => 18,
        // A stored ARRAY is a mode, never a type.
        DataType::Array(_) => return None,
    })
}

fn scalar_type(code: u32) -> Option<DataType> {
    Some(match code {
        1 => DataType::Bool,
        2 => DataType::Int64,
        3 => DataType::Float64,
        4 => DataType::Numeric,
        5 => DataType::BigNumeric,
        6 => DataType::String,
        7 => DataType::Bytes,
        8 => DataType::Date,
        9 => DataType::Time,
        10 => DataType::Datetime,
        11 => DataType::Timestamp,
        12 => DataType::Interval,
        13 => DataType::Json,
        15 => DataType::Range(RangeElement::Date),
        17 => DataType::Range(RangeElement::Datetime),
        18 => DataType::Range(RangeElement::Timestamp),
        _ => return None,
    })
}

/// Returns the message of a schema that [`check_schema`](crate::state::check_schema) passed.
pub(crate) fn encode_schema(schema: &Schema) -> message::Schema {
    message::Schema {
        fields: schema.fields.iter().map(encode_field).collect(),
        next_field_id: schema.next_field_id,
    }
}

fn encode_field(field: &Field) -> message::Field {
    let (max_length, decimal) = match field.parameters {
        Some(TypeParameters::MaxLength(length)) => (Some(length), None),
        Some(TypeParameters::Decimal { precision, scale }) => (None, Some((precision, scale))),
        None => (None, None),
    };
    message::Field {
        id: field.id.0,
        name: field.name.clone(),
        // 0 is no type: a reader refuses it, and `check_schema` kept it out.
        data_type: type_code(&field.data_type).unwrap_or(0),
        mode: match field.mode {
            Mode::Nullable => 1,
            Mode::Required => 2,
            Mode::Repeated => 3,
        },
        max_length,
        precision: decimal.map(|(precision, _)| precision),
        scale: decimal.map(|(_, scale)| scale),
        children: field.children.iter().map(encode_field).collect(),
        default_expression: field.default_expression.clone(),
        description: field.description.clone(),
    }
}

/// Returns the schema of a message.
pub(crate) fn decode_schema(schema: message::Schema) -> Result<Schema, Invalid> {
    let fields = schema.fields.into_iter().map(decode_field).collect::<Result<_, _>>()?;
    Ok(Schema { fields, next_field_id: schema.next_field_id })
}

fn decode_field(field: message::Field) -> Result<Field, Invalid> {
    let damaged = |what: &str, code: u32| {
        Invalid::Unsupported(format!("{what} {code} of column {:?} (field id {})", field.name, field.id))
    };
    let mode = match field.mode {
        1 => Mode::Nullable,
        2 => Mode::Required,
        3 => Mode::Repeated,
        other => return Err(damaged("mode", other)),
    };
    let parameters = match (field.max_length, field.precision, field.scale) {
        (Some(length), _, _) => Some(TypeParameters::MaxLength(length)),
        (None, Some(precision), Some(scale)) => Some(TypeParameters::Decimal { precision, scale }),
        _ => None,
    };
    let mut decoded = match field.data_type {
        STRUCT => {
            let children = field.children.into_iter().map(decode_field).collect::<Result<_, _>>()?;
            Field::structure(field.id, field.name, mode, children)
        }
        code => {
            let data_type = scalar_type(code).ok_or_else(|| damaged("type", code))?;
            Field::scalar(field.id, field.name, data_type, mode)
        }
    };
    decoded.id = FieldId(field.id);
    decoded.parameters = parameters;
    decoded.default_expression = field.default_expression;
    decoded.description = field.description;
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use canopy_format::{DataType, Field, Mode, Schema, TypeParameters};
    use prost::Message;

    use super::{decode_schema, encode_schema};
    use crate::codec::message;

    #[test]
    fn keeps_every_part() {
        let mut fields: Vec<Field> = (1..)
            .zip(DataType::SCALARS)
            .map(|(id, data_type)| Field::scalar(id, format!("c{id}"), data_type, Mode::Nullable))
            .collect();
        fields[3].parameters = Some(TypeParameters::Decimal { precision: 38, scale: 0 });
        fields[5].parameters = Some(TypeParameters::MaxLength(u64::MAX));
        fields[1].mode = Mode::Required;
        fields[1].default_expression = Some("1 + 1".to_owned());
        fields[6].description = Some(String::new());
        let inner = Field::scalar(16, "x", DataType::Int64, Mode::Repeated);
        let nested = Field::structure(
            15,
            "inner",
            Mode::Repeated,
            vec![inner, Field::structure(17, "none", Mode::Nullable, vec![])],
        );
        fields.push(Field::structure(14, "outer", Mode::Required, vec![nested]));
        let schema = Schema { fields, next_field_id: 20 };
        let bytes = encode_schema(&schema).encode_to_vec();
        let decoded = decode_schema(message::Schema::decode(bytes.as_slice()).unwrap()).unwrap();
        assert_eq!(decoded, schema);
    }

    #[test]
    fn names_what_it_does_not_know() {
        let field =
            message::Field { id: 7, name: "geo".into(), data_type: 99, mode: 1, ..Default::default() };
        let error = decode_schema(message::Schema { fields: vec![field], next_field_id: 8 }).unwrap_err();
        assert!(format!("{error:?}").contains("type 99 of column"), "{error:?}");
    }
}
