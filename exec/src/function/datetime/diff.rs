//! Counting parts between dates and times.

use canopy_format::{DataType, Vector};

use super::civil;
use super::part::Part;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const OF_DATE: &str = "DATE, DATE, PART -> INT64";
const OF_DATETIME: &str = "DATETIME, DATETIME, PART -> INT64";
const OF_TIMESTAMP: &str = "TIMESTAMP, TIMESTAMP, PART -> INT64";

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("date_diff", &[OF_DATE, OF_DATETIME, OF_TIMESTAMP], diff)
            .doc("The number of part boundaries between two dates.")
            .examples(&[
                ("DATE_DIFF(DATE '2010-07-07', DATE '2008-12-25', DAY)", "559"),
                ("DATE_DIFF(DATE '2017-10-15', DATE '2017-10-14', WEEK)", "1"),
            ]),
        Function::scalar("datetime_diff", &[OF_DATETIME, OF_DATE, OF_TIMESTAMP], diff)
            .doc("The number of part boundaries between two datetimes.")
            .examples(&[(
                "DATETIME_DIFF(DATETIME '2018-01-01 00:00:00', DATETIME '2017-12-31 23:59:59', YEAR)",
                "1",
            )]),
        Function::scalar("timestamp_diff", &[OF_TIMESTAMP, OF_DATE, OF_DATETIME], diff)
            .doc("The number of whole parts between two timestamps.")
            .examples(&[(
                "TIMESTAMP_DIFF(TIMESTAMP '2018-08-14 00:00:00+00', TIMESTAMP '2018-08-13 23:30:00+00', HOUR)",
                "0",
            )]),
        Function::scalar("time_diff", &["TIME, TIME, PART -> INT64"], diff)
            .doc("The number of part boundaries between two times.")
            .examples(&[("TIME_DIFF(TIME '15:30:00', TIME '14:35:00', MINUTE)", "55")]),
    ]
}

fn diff(call: &Call<'_>) -> Result<Vector> {
    let mut part = call.prepared(2, Part::of_value);
    match call.arguments[0].data_type() {
        DataType::Date => {
            let (a, b) = (call.dates(0), call.dates(1));
            call.i64_rows(|row| days_between(a.get(row) as i64, b.get(row) as i64, *part.get(row)?))
        }
        DataType::Timestamp => {
            let (a, b) = (call.i64s(0), call.i64s(1));
            call.i64_rows(|row| {
                let part = *part.get(row)?;
                match part.micros() {
                    Some(unit) => Ok(((a.get(row) as i128 - b.get(row) as i128) / unit as i128) as i64),
                    None => fail(format!("Unsupported date part {} for TIMESTAMP_DIFF", part.name())),
                }
            })
        }
        _ => {
            let (a, b) = (call.i64s(0), call.i64s(1));
            call.i64_rows(|row| {
                let (a, b, part) = (a.get(row), b.get(row), *part.get(row)?);
                match part.micros() {
                    Some(unit) => Ok(a.div_euclid(unit).saturating_sub(b.div_euclid(unit))),
                    None => days_between(civil::split(a).0, civil::split(b).0, part),
                }
            })
        }
    }
}

/// Boundaries of a date part between two days.
fn days_between(a: i64, b: i64, part: Part) -> Result<i64> {
    let months = |days: i64| {
        let (year, month, _) = civil::from_days(days);
        year * 12 + month as i64 - 1
    };
    // Weeks are counted from a Sunday before all dates; 1970-01-01 was a Thursday.
    let weeks = |days: i64, first: u32| (days + 4 - first as i64).div_euclid(7);
    Ok(match part {
        Part::Day => a - b,
        Part::Week(first) => weeks(a, first) - weeks(b, first),
        Part::IsoWeek => weeks(a, 1) - weeks(b, 1),
        Part::Month => months(a) - months(b),
        Part::Quarter => months(a).div_euclid(3) - months(b).div_euclid(3),
        Part::Year => months(a).div_euclid(12) - months(b).div_euclid(12),
        Part::IsoYear => civil::iso_week(a).0 - civil::iso_week(b).0,
        _ => return fail(format!("Unsupported date part {} for DATE_DIFF", part.name())),
    })
}
