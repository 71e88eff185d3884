//! Cutting dates and times down to the start of a part, and the last day of one.

use canopy_format::{DataType, Vector};

use super::part::Part;
use super::{civil, zone};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const OF_DATE: &str = "DATE, PART -> DATE";
const OF_DATETIME: &str = "DATETIME, PART -> DATETIME";
const OF_TIMESTAMP: &str = "TIMESTAMP, PART, STRING? -> TIMESTAMP";

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("date_trunc", &[OF_DATE, OF_DATETIME, OF_TIMESTAMP], trunc)
            .reads_context()
            .doc("The first date of the part that the date is in.")
            .examples(&[
                ("DATE_TRUNC(DATE '2008-12-25', MONTH)", "DATE '2008-12-01'"),
                ("DATE_TRUNC(DATE '2017-11-05', WEEK(MONDAY))", "DATE '2017-10-30'"),
            ]),
        Function::scalar("datetime_trunc", &[OF_DATETIME, OF_DATE, OF_TIMESTAMP], trunc)
            .reads_context()
            .doc("The start of the part that the datetime is in.")
            .examples(&[(
                "DATETIME_TRUNC(DATETIME '2008-12-25 15:30:00', DAY)",
                "DATETIME '2008-12-25 00:00:00'",
            )]),
        Function::scalar("timestamp_trunc", &[OF_TIMESTAMP, OF_DATE, OF_DATETIME], trunc)
            .reads_context()
            .doc("The start of the part that the timestamp is in, in a zone.")
            .examples(&[(
                "TIMESTAMP_TRUNC(TIMESTAMP '2008-12-25 15:30:00+00', DAY, 'America/Los_Angeles')",
                "TIMESTAMP '2008-12-25 08:00:00+00'",
            )]),
        Function::scalar("time_trunc", &["TIME, PART -> TIME"], trunc)
            .doc("The start of the part that the time is in.")
            .examples(&[("TIME_TRUNC(TIME '15:30:45', HOUR)", "TIME '15:00:00'")]),
        Function::scalar("last_day", &["DATE, PART? -> DATE", "DATETIME, PART? -> DATE"], last_day)
            .doc("The last day of the part that the date is in, the month by default.")
            .examples(&[("LAST_DAY(DATE '2008-11-25')", "DATE '2008-11-30'")]),
    ]
}

fn trunc(call: &Call<'_>) -> Result<Vector> {
    let mut part = call.prepared(1, Part::of_value);
    match call.arguments[0].data_type() {
        DataType::Date => {
            let input = call.dates(0);
            call.date_rows(|row| day(input.get(row) as i64, *part.get(row)?).map(|days| days as i32))
        }
        DataType::Timestamp => {
            let input = call.i64s(0);
            let mut named = (call.len() > 2).then(|| call.prepared(2, zone_of));
            call.i64_rows(|row| {
                let (micros, part) = (input.get(row), *part.get(row)?);
                let zone = match &mut named {
                    Some(zone) => zone.get(row)?,
                    None => std::sync::Arc::new(call.context.time_zone.clone()),
                };
                match part.micros() {
                    Some(unit) if unit < civil::DAY => {
                        // Offsets are whole seconds: smaller parts start at the same moments everywhere.
                        let offset = zone::offset_seconds(&zone, micros) * 1_000_000;
                        Ok((micros.saturating_add(offset).div_euclid(unit) * unit).saturating_sub(offset))
                    }
                    _ => zone::to_timestamp(&zone, civil_micros(zone::to_civil(&zone, micros), part)?),
                }
            })
        }
        _ => {
            let input = call.i64s(0);
            call.i64_rows(|row| civil_micros(input.get(row), *part.get(row)?))
        }
    }
}

/// The zone that a STRING value names.
pub(in crate::function) fn zone_of(value: &canopy_format::Value) -> Result<jiff::tz::TimeZone> {
    match value {
        canopy_format::Value::String(name) => zone::find(name),
        _ => fail("Invalid time zone"),
    }
}

fn civil_micros(micros: i64, part: Part) -> Result<i64> {
    match part.micros() {
        Some(unit) => Ok(micros.div_euclid(unit) * unit),
        None => Ok(day(civil::split(micros).0, part)? * civil::DAY),
    }
}

/// The first day of a date part.
fn day(days: i64, part: Part) -> Result<i64> {
    let (year, month, _) = civil::from_days(days);
    let week = |first: u32| days - (civil::weekday(days) as i64 - first as i64).rem_euclid(7);
    let start = match part {
        Part::Day => days,
        Part::Week(first) => week(first),
        Part::IsoWeek => week(1),
        Part::Month => civil::to_days(year, month, 1),
        Part::Quarter => civil::to_days(year, (month - 1) / 3 * 3 + 1, 1),
        Part::Year => civil::to_days(year, 1, 1),
        Part::IsoYear => civil::iso_year_start(civil::iso_week(days).0),
        _ => return fail(format!("Unsupported date part {} for a DATE", part.name())),
    };
    match start >= civil::DAYS_MIN {
        true => Ok(start),
        false => fail(format!("Truncating to {} is before 0001-01-01", part.name())),
    }
}

fn last_day(call: &Call<'_>) -> Result<Vector> {
    let mut part = (call.len() > 1).then(|| call.prepared(1, Part::of_value));
    let of_date = *call.arguments[0].data_type() == DataType::Date;
    let input = |row: usize| match of_date {
        true => call.dates(0).get(row) as i64,
        false => civil::split(call.i64s(0).get(row)).0,
    };
    call.date_rows(|row| {
        let days = input(row);
        let part = match &mut part {
            Some(part) => *part.get(row)?,
            None => Part::Month,
        };
        let start = day(days, part)?;
        let (year, month, _) = civil::from_days(start);
        let next = |months: u32| {
            let total = month - 1 + months;
            civil::to_days(year + (total / 12) as i64, total % 12 + 1, 1)
        };
        let end = match part {
            Part::Week(_) | Part::IsoWeek => start + 7,
            Part::Month => next(1),
            Part::Quarter => next(3),
            Part::Year => next(12),
            Part::IsoYear => civil::iso_year_start(civil::iso_week(days).0 + 1),
            _ => return fail(format!("Unsupported date part {} for LAST_DAY", part.name())),
        };
        Ok((end - 1) as i32)
    })
}
