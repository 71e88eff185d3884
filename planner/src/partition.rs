//! PARTITION BY and CLUSTER BY: what the clauses say, and which partition a value belongs to.

use canopy_exec::function::format_value;
use canopy_format::{DataType, FieldId, Schema, Value};

use crate::bind::ingestion::{PARTITION_TIME, is_hidden};
use crate::bind::{BindError, Result};
use crate::syntax::ast::{self, ArgumentValue, ExprKind, Literal, Span, UnaryOp};
use crate::syntax::parse_expression;

/// The partition of rows whose value is NULL.
pub const NULL_PARTITION: &str = "__NULL__";
/// The partition of rows whose value is outside the range of an integer partitioning.
pub const UNPARTITIONED: &str = "__UNPARTITIONED__";

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// Whether a stored column is the hidden one of ingestion-time partitions, `_PARTITIONTIME`.
pub fn is_partition_time(field: &canopy_format::Field) -> bool {
    is_hidden(field)
}

/// How a table's rows are kept: apart by partition, sorted by cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// PARTITION BY.
    pub partitioning: Option<Partitioning>,
    /// Whether queries must have a filter on the partition column.
    pub require_partition_filter: bool,
    /// CLUSTER BY: names of columns.
    pub cluster_by: Vec<String>,
}

/// PARTITION BY of one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Partitioning {
    /// The column.
    pub field: FieldId,
    /// Its name.
    pub column: String,
    /// Its type.
    pub data_type: DataType,
    /// Which values stay together.
    pub by: PartitionBy,
}

/// Which values of a partition column stay together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionBy {
    /// Those of an hour.
    Hour,
    /// Those of a day.
    Day,
    /// Those of a month.
    Month,
    /// Those of a year.
    Year,
    /// `RANGE_BUCKET(column, GENERATE_ARRAY(start, end, interval))`.
    Range {
        /// The first value.
        start: i64,
        /// The first value beyond.
        end: i64,
        /// Values in a partition.
        interval: i64,
    },
}

impl Partitioning {
    /// Returns what the clause's expression says of the schema's columns.
    ///
    /// # Errors
    /// For an expression that does not partition, or a column of a type that it does not go with.
    pub fn new(expr: &ast::Expr, schema: &Schema) -> Result<Self> {
        match &expr.kind {
            ExprKind::Path(path) => Self::of(path, None, schema, expr.span),
            ExprKind::Call(call) => {
                let name = call.name.dotted().to_ascii_uppercase();
                match (name.as_str(), arguments(call).as_slice()) {
                    ("DATE", [ExprKind::Path(path)]) => {
                        Self::of(path, Some(("DATE", PartitionBy::Day)), schema, expr.span)
                    }
                    ("DATE_TRUNC" | "DATETIME_TRUNC" | "TIMESTAMP_TRUNC", [ExprKind::Path(path), part]) => {
                        let by = granularity(part).ok_or_else(|| unknown(expr.span))?;
                        Self::of(path, Some((&name, by)), schema, expr.span)
                    }
                    ("RANGE_BUCKET", [ExprKind::Path(path), ExprKind::Call(array)]) => {
                        let by = range(array).ok_or_else(|| unknown(expr.span))?;
                        Self::of(path, Some(("RANGE_BUCKET", by)), schema, expr.span)
                    }
                    _ => Err(unknown(expr.span)),
                }
            }
            _ => Err(unknown(expr.span)),
        }
    }

    /// Returns what a stored clause says.
    ///
    /// # Errors
    /// As [`Partitioning::new`], and for text that is no expression.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self> {
        let expr = parse_expression(text)
            .map_err(|error| BindError::new(format!("Syntax error: {}", error.message), error.span))?;
        Self::new(&expr, schema)
    }

    fn of(path: &ast::Path, by: Option<(&str, PartitionBy)>, schema: &Schema, span: Span) -> Result<Self> {
        let mut name = path.dotted();
        let mut by = by;
        if name.eq_ignore_ascii_case("_PARTITIONDATE") && schema.fields.iter().any(is_hidden) {
            name = PARTITION_TIME.to_owned();
            by = by.or(Some(("DATE", PartitionBy::Day)));
        }
        let field = schema.fields.iter().find(|field| field.name.eq_ignore_ascii_case(&name));
        let Some(field) = field else {
            return Err(BindError::new(format!("Unrecognized name: {name}"), path.span));
        };
        let data_type = field.column_type();
        let by = match (&data_type, by) {
            (DataType::Date, None) => Some(PartitionBy::Day),
            (DataType::Date, Some(("DATE_TRUNC", by))) if by != PartitionBy::Hour => Some(by),
            (DataType::Timestamp, Some(("DATE_TRUNC", by))) if is_hidden(field) => Some(by),
            (DataType::Datetime, Some(("DATETIME_TRUNC" | "DATE", by))) => Some(by),
            (DataType::Timestamp, Some(("TIMESTAMP_TRUNC" | "DATE", by))) => Some(by),
            (DataType::Int64, Some(("RANGE_BUCKET", by))) => Some(by),
            _ => None,
        };
        match by {
            Some(by) => Ok(Self { field: field.id, column: field.name.clone(), data_type, by }),
            None => {
                let message = format!(
                    "PARTITION BY expression must be DATE(<timestamp_column>), DATE(<datetime_column>), \
                     DATETIME_TRUNC(<datetime_column>, DAY/HOUR/MONTH/YEAR), a DATE column, TIMESTAMP_TRUNC(<timestamp_column>, \
                     DAY/HOUR/MONTH/YEAR), DATE_TRUNC(<date_column>, MONTH/YEAR), or RANGE_BUCKET(<int64_column>, \
                     GENERATE_ARRAY(<int64_value>, <int64_value>[, <int64_value>])); column {name} has type {data_type}"
                );
                Err(BindError::new(message, span))
            }
        }
    }

    /// Returns a number that tells values of different partitions apart, cheap to compute: days or hours, or the
    /// bucket. None for NULL.
    pub fn unit(&self, value: &Value) -> Option<i64> {
        match (value, self.by) {
            (Value::Date(days), _) => Some(i64::from(*days)),
            (Value::Timestamp(micros) | Value::Datetime(micros), PartitionBy::Hour) => {
                Some(micros.div_euclid(HOUR_US))
            }
            (Value::Timestamp(micros) | Value::Datetime(micros), _) => Some(micros.div_euclid(DAY_US)),
            (Value::Int64(value), PartitionBy::Range { start, end, interval }) => {
                let inside = *value >= start && *value < end;
                Some(if inside { start + (value - start) / interval * interval } else { i64::MIN })
            }
            _ => None,
        }
    }

    /// Returns the id of the partition of values with this [`unit`](Self::unit): `20240102`, `2024010203`, `202401`, `2024`,
    /// the first value of a range.
    pub fn id(&self, unit: Option<i64>) -> String {
        let Some(unit) = unit else { return NULL_PARTITION.to_owned() };
        let text = match self.by {
            PartitionBy::Range { .. } if unit == i64::MIN => return UNPARTITIONED.to_owned(),
            PartitionBy::Range { .. } => return unit.to_string(),
            PartitionBy::Hour => {
                let micros = unit.saturating_mul(HOUR_US);
                format_value(&Value::Datetime(micros), &DataType::Datetime)
            }
            _ => {
                let days = i32::try_from(unit).unwrap_or(i32::MAX);
                format_value(&Value::Date(days), &DataType::Date)
            }
        };
        let digits = match self.by {
            PartitionBy::Hour => 10,
            PartitionBy::Day => 8,
            PartitionBy::Month => 6,
            _ => 4,
        };
        text.chars().filter(char::is_ascii_digit).take(digits).collect()
    }
}

fn unknown(span: Span) -> BindError {
    let message = "PARTITION BY expression must be a DATE column, DATE(column), DATE_TRUNC, DATETIME_TRUNC or \
                   TIMESTAMP_TRUNC of a column by HOUR, DAY, MONTH or YEAR, or RANGE_BUCKET of an INT64 column";
    BindError::new(message, span)
}

fn arguments(call: &ast::FunctionCall) -> Vec<&ExprKind> {
    call.arguments
        .iter()
        .filter_map(|argument| match &argument.value {
            ArgumentValue::Expr(expr) => Some(&expr.kind),
            _ => None,
        })
        .collect()
}

fn granularity(part: &ExprKind) -> Option<PartitionBy> {
    let ExprKind::Path(path) = part else { return None };
    Some(match path.as_ident()?.value.to_ascii_uppercase().as_str() {
        "HOUR" => PartitionBy::Hour,
        "DAY" => PartitionBy::Day,
        "MONTH" => PartitionBy::Month,
        "YEAR" => PartitionBy::Year,
        _ => return None,
    })
}

fn range(array: &ast::FunctionCall) -> Option<PartitionBy> {
    if !array.name.dotted().eq_ignore_ascii_case("GENERATE_ARRAY") {
        return None;
    }
    let numbers: Vec<i64> = arguments(array).into_iter().map(integer).collect::<Option<_>>()?;
    let (start, end, interval) = match numbers[..] {
        [start, end] => (start, end, 1),
        [start, end, interval] => (start, end, interval),
        _ => return None,
    };
    // So that no arithmetic on values between them overflows.
    let bounded = start.checked_sub(end).is_some() && interval > 0 && start < end;
    bounded.then_some(PartitionBy::Range { start, end, interval })
}

fn integer(expr: &ExprKind) -> Option<i64> {
    match expr {
        ExprKind::Literal(Literal::Int(value)) => i64::try_from(*value).ok(),
        ExprKind::Unary { op: UnaryOp::Minus, operand } => integer(&operand.kind)?.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use canopy_format::{DataType, Mode, Schema, Value};

    use super::Partitioning;

    fn check(text: &str, value: Value, expected: &str) {
        let schema = Schema::from_types([
            ("d", &DataType::Date, Mode::Nullable),
            ("ts", &DataType::Timestamp, Mode::Nullable),
            ("dt", &DataType::Datetime, Mode::Nullable),
            ("n", &DataType::Int64, Mode::Nullable),
        ])
        .unwrap();
        let found = match Partitioning::parse(text, &schema) {
            Ok(partitioning) => partitioning.id(partitioning.unit(&value)),
            Err(_) => "error".to_owned(),
        };
        assert_eq!(found, expected, "{text} of {value:?}");
    }

    #[test]
    fn ids_of_partitions() {
        let noon = Value::Timestamp(1_704_110_400_000_000);
        check("d", Value::Date(19_723), "20240101");
        check("DATE_TRUNC(d, MONTH)", Value::Date(19_723), "202401");
        check("DATE_TRUNC(d, YEAR)", Value::Date(-1), "1969");
        check("DATE(ts)", noon.clone(), "20240101");
        check("TIMESTAMP_TRUNC(ts, HOUR)", noon.clone(), "2024010112");
        check("TIMESTAMP_TRUNC(ts, DAY)", Value::Timestamp(-1), "19691231");
        check("datetime_trunc(dt, hour)", Value::Datetime(-1), "1969123123");
        check("d", Value::Null, "__NULL__");
        let range = "RANGE_BUCKET(n, GENERATE_ARRAY(-10, 100, 10))";
        for (value, expected) in [
            (-10, "-10"),
            (-1, "-10"),
            (0, "0"),
            (99, "90"),
            (100, "__UNPARTITIONED__"),
            (i64::MIN, "__UNPARTITIONED__"),
        ] {
            check(range, Value::Int64(value), expected);
        }
    }

    #[test]
    fn what_does_not_partition() {
        for text in
            ["n", "ts", "x", "n + 1", "DATE_TRUNC(d, HOUR)", "DATE_TRUNC(d, WEEK)", "TIMESTAMP_TRUNC(d, DAY)"]
        {
            check(text, Value::Null, "error");
        }
        check("RANGE_BUCKET(n, GENERATE_ARRAY(10, 0, 1))", Value::Null, "error");
        check("RANGE_BUCKET(n, GENERATE_ARRAY(0, 10, 0))", Value::Null, "error");
    }
}
