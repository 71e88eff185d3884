//! JSON values as values of a column.

use canopy_format::{DataType, Field, Mode, RangeElement, RangeValue, Value};

use super::super::csv::abbreviate;
use super::super::name::valid_name;
use super::super::text;
use super::parse::{Json, Node};

/// A value that does not fit its column.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Where in the line.
    pub offset: usize,
    /// The dotted path of the column; empty for the row itself.
    pub path: String,
    /// What was expected and what was found.
    pub reason: String,
}

impl Misfit {
    fn new(node: &Node<'_>, expected: &str) -> Self {
        Self {
            offset: node.offset,
            path: String::new(),
            reason: format!("expected {expected}, found {}", show(node)),
        }
    }

    /// The same, found inside of field `name`.
    fn within(mut self, name: &str) -> Self {
        self.path = if self.path.is_empty() { name.to_owned() } else { format!("{name}.{}", self.path) };
        self
    }
}

/// Converts objects to rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Converter {
    /// Fields without a column are left out.
    pub ignore_unknown: bool,
}

impl Converter {
    /// The members of an object in the order of `fields`; NULL for those that are missing.
    pub fn row(&self, node: &Node<'_>, fields: &[Field]) -> Result<Vec<Value>, Misfit> {
        let Json::Object(members) = &node.value else { return Err(Misfit::new(node, "an object")) };
        let mut places: Vec<Option<&Node<'_>>> = vec![None; fields.len()];
        let mut next = 0;
        for (name, member) in members {
            let Some(place) = find(fields, name, next) else {
                if self.ignore_unknown {
                    continue;
                }
                let reason = "no such field in the table".to_owned();
                return Err(Misfit { offset: member.offset, path: name.to_string(), reason });
            };
            if places[place].replace(member).is_some() {
                let reason = "the field is given twice".to_owned();
                return Err(Misfit { offset: member.offset, path: name.to_string(), reason });
            }
            next = place + 1;
        }
        let mut values = Vec::with_capacity(fields.len());
        for (field, place) in fields.iter().zip(places) {
            let value = match place {
                Some(member) => self.column(member, field).map_err(|misfit| misfit.within(&field.name))?,
                None => Value::Null,
            };
            if value.is_null() && field.mode == Mode::Required {
                let offset = place.map_or(node.offset, |member| member.offset);
                let reason = "expected a value, as the field is REQUIRED, found none".to_owned();
                return Err(Misfit { offset, path: field.name.clone(), reason });
            }
            values.push(value);
        }
        Ok(values)
    }

    fn column(&self, node: &Node<'_>, field: &Field) -> Result<Value, Misfit> {
        match (&node.value, field.mode) {
            // In a JSON column null is a value of JSON; anywhere else it is NULL.
            (Json::Null, Mode::Repeated) => Ok(Value::Null),
            (Json::Array(elements), Mode::Repeated) => elements
                .iter()
                .map(|element| self.value(element, field))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            (_, Mode::Repeated) => Err(Misfit::new(node, &field.column_type().to_string())),
            _ => self.value(node, field),
        }
    }

    fn value(&self, node: &Node<'_>, field: &Field) -> Result<Value, Misfit> {
        let data_type = &field.data_type;
        let parsed = match (&node.value, data_type) {
            (Json::Null, _) => Some(Value::Null),
            (value, DataType::Json) => super::canonical(value),
            (Json::Object(_), DataType::Struct(_)) => Some(Value::Struct(self.row(node, &field.children)?)),
            (Json::Object(_), DataType::Range(element)) => range(node, *element),
            (Json::Bool(value), DataType::Bool) => Some(Value::Bool(*value)),
            (Json::Bool(value), DataType::String) => Some(Value::String(value.to_string().into())),
            (Json::String(text), _) => text::parse(text, data_type),
            (Json::Number(text), DataType::String) => Some(Value::String((*text).into())),
            (Json::Number(text), DataType::Int64) => text::parse(text, data_type).or_else(|| whole(text)),
            (
                Json::Number(text),
                DataType::Float64 | DataType::Numeric | DataType::BigNumeric | DataType::Timestamp,
            ) => text::parse(text, data_type),
            _ => None,
        };
        parsed.ok_or_else(|| Misfit::new(node, &data_type.to_string()))
    }
}

/// An object of `start` and `end`, where null is unbounded.
fn range(node: &Node<'_>, element: RangeElement) -> Option<Value> {
    let Json::Object(members) = &node.value else { return None };
    let bound =
        |name: &str| match members.iter().find(|(found, _)| found == name).map(|(_, node)| &node.value) {
            None | Some(Json::Null) => Some(None),
            Some(Json::String(text)) => match text::parse(text, &element.data_type())? {
                Value::Date(days) => Some(Some(i64::from(days))),
                Value::Datetime(micros) | Value::Timestamp(micros) => Some(Some(micros)),
                _ => None,
            },
            Some(_) => None,
        };
    RangeValue::new(bound("start")?, bound("end")?).map(Value::Range)
}

/// A whole number spelled with a point or an exponent.
fn whole(text: &str) -> Option<Value> {
    let Some(Value::Numeric(scaled)) = text::parse(text, &DataType::Numeric) else { return None };
    const ONE: i128 = 1_000_000_000;
    let exact = scaled % ONE == 0 && text::is_exact_numeric(text);
    i64::try_from(scaled / ONE).ok().filter(|_| exact).map(Value::Int64)
}

/// The field of this name without case; `hint` is tried first, as rows repeat an order.
fn find(fields: &[Field], name: &str, hint: usize) -> Option<usize> {
    if fields.get(hint).is_some_and(|field| field.name == name) {
        return Some(hint);
    }
    let position = |name: &str| fields.iter().position(|field| field.name.eq_ignore_ascii_case(name));
    position(name).or_else(|| position(&valid_name(name, "")))
}

/// A value for messages: its type by the words of the table, and its start.
pub(super) fn show(node: &Node<'_>) -> String {
    match &node.value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => format!("BOOL {value}"),
        Json::Number(text) => format!("number {}", abbreviate(text)),
        Json::String(text) => format!("STRING {:?}", abbreviate(text)),
        Json::Array(_) => "an array".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}
