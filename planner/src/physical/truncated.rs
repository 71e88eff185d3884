//! Tests on a stored time that a comparison of its truncation implies: `DATE(ts) = '2024-01-02'` holds only for values
//! of that day, so files and pages of other days are left out. The comparison itself is still computed.

use canopy_format::{ColumnTest, Comparison, DataType, FieldId, Value};

use crate::algebra::Expr;

const HOUR_US: i64 = 3_600_000_000;
const DAY_US: i64 = 24 * HOUR_US;

/// A truncation of a stored column.
struct Truncation<'e> {
    column: &'e Expr,
    /// Values that fall together are less than this apart, in the column's unit.
    width: i64,
    /// From the literal's unit to the column's.
    scale: i64,
}

/// Returns tests that hold wherever the comparison does; none when nothing is known. `is_utc`: DATE of a TIMESTAMP is
/// its date in UTC.
pub(super) fn tests(
    left: &Expr,
    comparison: Comparison,
    literal: &Value,
    is_utc: bool,
    stored: impl Fn(&Expr) -> Option<FieldId>,
) -> Vec<(FieldId, ColumnTest)> {
    let Some(truncation) = truncation(left, is_utc) else { return Vec::new() };
    let Some(field) = stored(truncation.column) else { return Vec::new() };
    let value = match literal {
        Value::Date(days) => i64::from(*days),
        Value::Datetime(micros) | Value::Timestamp(micros) => *micros,
        _ => return Vec::new(),
    };
    let in_column = |value: Option<i64>| match truncation.column.data_type() {
        DataType::Date => i32::try_from(value?).ok().map(Value::Date),
        DataType::Datetime => value.map(Value::Datetime),
        DataType::Timestamp => value.map(Value::Timestamp),
        _ => None,
    };
    let low = value.checked_mul(truncation.scale);
    let high = low.and_then(|low| low.checked_add(truncation.width));
    // A value is at or above its truncation, and less than a width above it.
    let (wants_low, wants_high) = match comparison {
        Comparison::Equal => (true, true),
        Comparison::Greater | Comparison::GreaterOrEqual => (true, false),
        Comparison::Less | Comparison::LessOrEqual => (false, true),
        Comparison::NotEqual => (false, false),
    };
    let low = in_column(low).filter(|_| wants_low).map(|low| (Comparison::GreaterOrEqual, low));
    let high = in_column(high).filter(|_| wants_high).map(|high| (Comparison::Less, high));
    low.into_iter().chain(high).map(|(c, value)| (field, ColumnTest::Compare(c, value))).collect()
}

fn truncation(expr: &Expr, is_utc: bool) -> Option<Truncation<'_>> {
    match expr {
        Expr::Cast { input, data_type: DataType::Date, format: None, .. } => date_of(input, is_utc),
        Expr::Call { function, arguments, .. } => match (&**function, arguments.as_slice()) {
            ("date", [column]) => date_of(column, is_utc),
            ("date_trunc", [column, part]) => Some(Truncation {
                column,
                width: width(part, 1, DataType::Date == *column.data_type())?,
                scale: 1,
            }),
            ("datetime_trunc", [column, part]) => {
                let is_datetime = DataType::Datetime == *column.data_type();
                Some(Truncation { column, width: width(part, DAY_US, is_datetime)?, scale: 1 })
            }
            ("timestamp_trunc", [column, part]) => {
                let fits = is_utc && DataType::Timestamp == *column.data_type();
                Some(Truncation { column, width: width(part, DAY_US, fits)?, scale: 1 })
            }
            _ => None,
        },
        _ => None,
    }
}

fn date_of(column: &Expr, is_utc: bool) -> Option<Truncation<'_>> {
    let fits = match column.data_type() {
        DataType::Timestamp => is_utc,
        DataType::Datetime => true,
        _ => false,
    };
    fits.then_some(Truncation { column, width: DAY_US, scale: DAY_US })
}

/// The most that values of one part are apart.
fn width(part: &Expr, day: i64, fits: bool) -> Option<i64> {
    let Expr::Literal(Value::String(part), _) = part else { return None };
    let days = match part.as_ref() {
        "HOUR" if day == DAY_US => return fits.then_some(HOUR_US),
        "DAY" => 1,
        "MONTH" => 31,
        "QUARTER" => 92,
        "YEAR" => 366,
        _ => return None,
    };
    fits.then_some(days * day)
}
