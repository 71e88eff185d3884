//! Parts of dates and times: YEAR, WEEK(MONDAY), MICROSECOND.

use canopy_format::Value;

use crate::Result;
use crate::function::call::fail;

/// A date or time part, as plans spell it in a STRING literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// YEAR.
    Year,
    /// ISOYEAR.
    IsoYear,
    /// QUARTER.
    Quarter,
    /// MONTH.
    Month,
    /// WEEK, or WEEK of a first day; 0 is Sunday.
    Week(u32),
    /// ISOWEEK.
    IsoWeek,
    /// DAY.
    Day,
    /// HOUR.
    Hour,
    /// MINUTE.
    Minute,
    /// SECOND.
    Second,
    /// MILLISECOND.
    Millisecond,
    /// MICROSECOND.
    Microsecond,
}

const WEEKDAYS: [&str; 7] = ["SUNDAY", "MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY"];

impl Part {
    /// Returns the part of a name, in any case: `DAY`, `WEEK(MONDAY)`.
    ///
    /// # Errors
    /// For other names.
    pub fn parse(name: &str) -> Result<Self> {
        let upper = name.to_ascii_uppercase();
        if let Some(day) = upper.strip_prefix("WEEK(").and_then(|rest| rest.strip_suffix(')'))
            && let Some(first) = WEEKDAYS.iter().position(|weekday| *weekday == day)
        {
            return Ok(Part::Week(first as u32));
        }
        Ok(match upper.as_str() {
            "YEAR" => Part::Year,
            "ISOYEAR" => Part::IsoYear,
            "QUARTER" => Part::Quarter,
            "MONTH" => Part::Month,
            "WEEK" => Part::Week(0),
            "ISOWEEK" => Part::IsoWeek,
            "DAY" => Part::Day,
            "HOUR" => Part::Hour,
            "MINUTE" => Part::Minute,
            "SECOND" => Part::Second,
            "MILLISECOND" => Part::Millisecond,
            "MICROSECOND" => Part::Microsecond,
            _ => return fail(format!("A valid date part name is required but found {name}")),
        })
    }

    /// As [`Part::parse`], of a STRING value.
    ///
    /// # Errors
    /// As [`Part::parse`].
    pub fn of_value(value: &Value) -> Result<Self> {
        match value {
            Value::String(name) => Part::parse(name),
            other => fail(format!("A valid date part name is required but found {other:?}")),
        }
    }

    /// The name.
    pub fn name(self) -> String {
        match self {
            Part::Year => "YEAR",
            Part::IsoYear => "ISOYEAR",
            Part::Quarter => "QUARTER",
            Part::Month => "MONTH",
            Part::Week(0) => "WEEK",
            Part::Week(first) => return format!("WEEK({})", WEEKDAYS[first as usize % 7]),
            Part::IsoWeek => "ISOWEEK",
            Part::Day => "DAY",
            Part::Hour => "HOUR",
            Part::Minute => "MINUTE",
            Part::Second => "SECOND",
            Part::Millisecond => "MILLISECOND",
            Part::Microsecond => "MICROSECOND",
        }
        .to_owned()
    }

    /// Microseconds of a part of fixed length up to a day.
    pub fn micros(self) -> Option<i64> {
        Some(match self {
            Part::Day => super::civil::DAY,
            Part::Hour => 3_600_000_000,
            Part::Minute => 60_000_000,
            Part::Second => 1_000_000,
            Part::Millisecond => 1_000,
            Part::Microsecond => 1,
            _ => return None,
        })
    }
}
