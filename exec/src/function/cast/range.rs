//! Ranges as text: `[2020-01-01, 2020-12-31)`, an unbounded side as `UNBOUNDED`.

use canopy_format::{DataType, RangeElement, RangeValue, Value};
use jiff::tz::TimeZone;

use super::{format_in_zone, parse_date, parse_datetime, parse_timestamp};
use crate::Result;
use crate::function::call::fail;

/// `[2020-01-01, UNBOUNDED)`, timestamps in the zone.
pub fn range_text(range: RangeValue, element: RangeElement, time_zone: &TimeZone) -> String {
    let data_type = element.data_type();
    let bound = |bound: &Value| match bound {
        Value::Null => "UNBOUNDED".to_owned(),
        value => format_in_zone(value, &data_type, time_zone),
    };
    let [start, end] = &range.bounds(element);
    format!("[{}, {})", bound(start), bound(end))
}

/// Returns the range that a text spells; bounds are spelled as literals of the element are, or `UNBOUNDED` or
/// `NULL` where there is none.
///
/// # Errors
/// For other texts, and where the start is not before the end.
pub fn parse_range(text: &str, element: RangeElement, time_zone: &TimeZone) -> Result<RangeValue> {
    let data_type = DataType::Range(element);
    let inner = text.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(')'));
    let Some((start, end)) = inner.and_then(|inner| inner.split_once(',')) else {
        return fail(format!("Invalid {data_type} value: \"{text}\"; expected \"[start, end)\""));
    };
    let (start, end) = (parse_bound(start, element, time_zone)?, parse_bound(end, element, time_zone)?);
    match RangeValue::new(start, end) {
        Some(range) => Ok(range),
        None => fail(EMPTY),
    }
}

/// What is said of a range that would hold nothing.
pub(in crate::function) const EMPTY: &str = "Range start element must be smaller than range end element";

fn parse_bound(text: &str, element: RangeElement, time_zone: &TimeZone) -> Result<Option<i64>> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("UNBOUNDED") || text.eq_ignore_ascii_case("NULL") {
        return Ok(None);
    }
    Ok(Some(match element {
        RangeElement::Date => i64::from(parse_date(text)?),
        RangeElement::Datetime => parse_datetime(text)?,
        RangeElement::Timestamp => parse_timestamp(text, time_zone)?,
    }))
}
