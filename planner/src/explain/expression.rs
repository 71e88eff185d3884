//! Expressions of a plan as text.

use canopy_exec::convert::{type_from_proto, value_from_proto};
use canopy_exec::function::operator_symbol;
use canopy_format::Value;
use canopy_proto::plan::{self, array_subquery, expression::Kind};

/// Returns the expression as text.
pub(super) fn expression(expression: &plan::Expression) -> String {
    match &expression.kind {
        None => "?".to_owned(),
        Some(Kind::Column(id)) => format!("#{id}"),
        Some(Kind::Literal(value)) => literal(value, expression.r#type.as_ref()),
        Some(Kind::Call(call)) => describe_call(call),
        Some(Kind::Cast(cast)) => {
            let name = if cast.safe { "safe_cast" } else { "cast" };
            format!("{name}({} as {})", boxed(&cast.input), type_name(expression.r#type.as_ref()))
        }
        Some(Kind::Field(field)) => format!("{}.{}", boxed(&field.input), field.index),
        Some(Kind::ArraySubquery(subquery)) => array(subquery),
    }
}

/// Returns the expression as text; `?` for none.
pub(super) fn optional(value: Option<&plan::Expression>) -> String {
    value.map_or_else(|| "?".to_owned(), expression)
}

fn boxed(value: &Option<Box<plan::Expression>>) -> String {
    optional(value.as_deref())
}

/// Returns column ids as `#1, #2`.
pub(super) fn ids(columns: &[u32]) -> String {
    columns.iter().map(|id| format!("#{id}")).collect::<Vec<_>>().join(", ")
}

fn list(expressions: &[plan::Expression]) -> String {
    expressions.iter().map(expression).collect::<Vec<_>>().join(", ")
}

/// An operator's argument, in parentheses where it is an operator itself.
pub(super) fn operand(argument: &plan::Expression) -> String {
    let text = expression(argument);
    match &argument.kind {
        Some(Kind::Call(call)) if is_infix(&call.function) => format!("({text})"),
        _ => text,
    }
}

fn is_infix(function: &str) -> bool {
    matches!(function, "$and" | "$or" | "$not" | "$like" | "$in") || operator_symbol(function).is_some()
}

fn describe_call(call: &plan::Call) -> String {
    let safe = if call.safe { "safe." } else { "" };
    let joined = |symbol: &str| call.arguments.iter().map(operand).collect::<Vec<_>>().join(symbol);
    match (call.function.as_str(), call.arguments.as_slice()) {
        ("$and", _) => joined(" and "),
        ("$or", _) => joined(" or "),
        ("$not", [inner]) => format!("not {}", operand(inner)),
        ("$like", [value, pattern]) => format!("{} like {}", operand(value), operand(pattern)),
        ("$in", [value, items @ ..]) => format!("{} in ({})", operand(value), list(items)),
        ("$is_null", [inner]) => format!("{} is null", operand(inner)),
        ("$is_not_null", [inner]) => format!("{} is not null", operand(inner)),
        ("$is_not_distinct", [a, b]) => format!("{} is not distinct from {}", operand(a), operand(b)),
        (name, [a, b]) if !call.safe && operator_symbol(name).is_some_and(|symbol| symbol.len() <= 2) => {
            format!("{} {} {}", operand(a), operator_symbol(name).unwrap_or(name), operand(b))
        }
        (name, arguments) => format!("{safe}{}({})", name.trim_start_matches('$'), list(arguments)),
    }
}

fn array(subquery: &plan::ArraySubquery) -> String {
    let source = |source: &plan::ArraySource| {
        let element = source.element.as_ref().map_or(0, |column| column.id);
        format!("#{element} of {}", optional(source.array.as_ref()))
    };
    let sources = subquery.sources.iter().map(source).collect::<Vec<_>>().join(", ");
    let filter = subquery.filter.as_ref().map(|filter| format!(" where {}", expression(filter)));
    let result = match &subquery.result {
        Some(array_subquery::Result::Reduce(reduce)) => {
            let calls =
                reduce.aggregates.iter().map(|call| format!("#{} = {}", call.output_id, aggregate(call)));
            format!("{}: {}", calls.collect::<Vec<_>>().join(", "), boxed(&reduce.result))
        }
        Some(array_subquery::Result::Exists(_)) => "exists".to_owned(),
        Some(array_subquery::Result::Array(collect)) => format!("array {}", boxed(&collect.value)),
        Some(array_subquery::Result::Scalar(collect)) => format!("value {}", boxed(&collect.value)),
        None => "?".to_owned(),
    };
    format!("[{result} for {sources}{}]", filter.unwrap_or_default())
}

/// Returns an aggregate call as text.
pub(super) fn aggregate(call: &plan::AggregateCall) -> String {
    let name = call.function.trim_start_matches('$');
    let distinct = if call.distinct { "distinct " } else { "" };
    let mut text = format!("{name}({distinct}{}", list(&call.arguments));
    if let Some(having) = &call.having {
        let which = if having.greatest { "max" } else { "min" };
        text.push_str(&format!(" having {which} {}", optional(having.key.as_ref())));
    }
    if !call.order_by.is_empty() {
        text.push_str(&format!(" order by {}", sort_keys(&call.order_by)));
    }
    if let Some(limit) = call.limit {
        text.push_str(&format!(" limit {limit}"));
    }
    text.push(')');
    if let Some(filter) = &call.filter {
        text.push_str(&format!(" where {}", expression(filter)));
    }
    text
}

/// Returns sort keys as text.
pub(super) fn sort_keys(keys: &[plan::SortKey]) -> String {
    let one = |key: &plan::SortKey| {
        let direction = if key.descending { " desc" } else { "" };
        let nulls = match (key.descending, key.nulls_last) {
            (false, true) => " nulls last",
            (true, false) => " nulls first",
            _ => "",
        };
        format!("{}{direction}{nulls}", optional(key.expression.as_ref()))
    };
    keys.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn type_name(data_type: Option<&plan::Type>) -> String {
    match data_type.map(type_from_proto) {
        Some(Ok(data_type)) => data_type.to_string(),
        _ => "?".to_owned(),
    }
}

/// Returns a literal as text.
pub(super) fn literal(message: &plan::Literal, data_type: Option<&plan::Type>) -> String {
    let value = data_type
        .and_then(|data_type| type_from_proto(data_type).ok())
        .and_then(|data_type| value_from_proto(message, &data_type).ok());
    match value {
        Some(value) => value_text(&value),
        None => "?".to_owned(),
    }
}

fn value_text(value: &Value) -> String {
    let all = |values: &[Value]| values.iter().map(value_text).collect::<Vec<_>>().join(", ");
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(v) => v.to_string(),
        Value::Int64(v) => v.to_string(),
        Value::Float64(v) => format!("{v:?}"),
        Value::Numeric(v) => decimal(*v),
        Value::String(v) | Value::Json(v) => format!("{v:?}"),
        Value::Date(v) => {
            match jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(i64::from(*v))) {
                Ok(date) => date.to_string(),
                Err(_) => format!("day {v}"),
            }
        }
        Value::Timestamp(v) => match jiff::Timestamp::from_microsecond(*v) {
            Ok(timestamp) => timestamp.to_string(),
            Err(_) => format!("{v} us"),
        },
        Value::Time(v) | Value::Datetime(v) => format!("{v} us"),
        Value::Array(values) => format!("[{}]", all(values)),
        Value::Struct(values) => format!("({})", all(values)),
        other => format!("{other:?}"),
    }
}

/// A NUMERIC, scaled by 10^9, without trailing zeros.
fn decimal(value: i128) -> String {
    const SCALE: u128 = 1_000_000_000;
    let sign = if value < 0 { "-" } else { "" };
    let (whole, fraction) = (value.unsigned_abs() / SCALE, value.unsigned_abs() % SCALE);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{}", format!("{fraction:09}").trim_end_matches('0'))
}
