//! EXTRACT: one function a part.

use canopy_format::{DataType, Interval, Vector};

use super::trunc::zone_of;
use super::{civil, zone};
use crate::Result;
use crate::function::Function;
use crate::function::call::Call;

const OF_DATE: &[&str] = &["DATE -> INT64", "TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64"];
const OF_BOTH: &[&str] =
    &["DATE -> INT64", "TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64", "INTERVAL -> INT64"];
const OF_TIME: &[&str] =
    &["TIMESTAMP, STRING? -> INT64", "DATETIME -> INT64", "TIME -> INT64", "INTERVAL -> INT64"];

/// Defines the function of a part of dates, and of intervals if they have it.
macro_rules! date_part {
    ($name:literal, $examples:expr, $part:expr, $interval:expr) => {
        Function::scalar($name, OF_BOTH, |call| extract(call, $part, |_| 0, $interval))
            .reads_context()
            .usages(&["EXTRACT(part FROM value [AT TIME ZONE zone])"])
            .doc("The part of a date, time or interval, a timestamp's in a zone.")
            .examples($examples)
    };
    ($name:literal, $examples:expr, $part:expr) => {
        Function::scalar($name, OF_DATE, |call| extract(call, $part, |_| 0, |_, _| 0))
            .reads_context()
            .usages(&["EXTRACT(part FROM value [AT TIME ZONE zone])"])
            .doc("The part of a date or time, a timestamp's in a zone.")
            .examples($examples)
    };
}

/// Defines the function of a part of times.
macro_rules! time_part {
    ($name:literal, $examples:expr, $part:expr) => {
        Function::scalar($name, OF_TIME, |call| extract(call, |_| 0, $part, of_time))
            .reads_context()
            .usages(&["EXTRACT(part FROM value [AT TIME ZONE zone])"])
            .doc("The part of a time, a timestamp's in a zone.")
            .examples($examples)
    };
}

pub(super) fn functions() -> Vec<Function> {
    let mut all = vec![
        date_part!(
            "$extract_year",
            &[("EXTRACT(YEAR FROM DATE '2013-12-25')", "2013")],
            |d| { civil::from_days(d).0 },
            |i, _| i.months as i64 / 12
        ),
        date_part!("$extract_isoyear", &[("EXTRACT(ISOYEAR FROM DATE '2005-01-01')", "2004")], |d| {
            civil::iso_week(d).0
        }),
        date_part!("$extract_quarter", &[("EXTRACT(QUARTER FROM DATE '2013-12-25')", "4")], |d| {
            (civil::from_days(d).1 as i64 - 1) / 3 + 1
        }),
        date_part!(
            "$extract_month",
            &[("EXTRACT(MONTH FROM DATE '2013-12-25')", "12")],
            |d| { civil::from_days(d).1 as i64 },
            |i, _| i.months as i64 % 12
        ),
        date_part!("$extract_isoweek", &[("EXTRACT(ISOWEEK FROM DATE '2005-01-01')", "53")], |d| {
            civil::iso_week(d).1
        }),
        date_part!(
            "$extract_day",
            &[("EXTRACT(DAY FROM DATE '2013-12-25')", "25")],
            |d| { civil::from_days(d).2 as i64 },
            |i, _| i.days as i64
        ),
        date_part!("$extract_dayofweek", &[("EXTRACT(DAYOFWEEK FROM DATE '2013-12-25')", "4")], |d| {
            civil::weekday(d) as i64 + 1
        }),
        date_part!("$extract_dayofyear", &[("EXTRACT(DAYOFYEAR FROM DATE '2013-12-25')", "359")], |d| {
            civil::day_of_year(d)
        }),
        time_part!("$extract_hour", &[("EXTRACT(HOUR FROM TIME '15:30:45')", "15")], |t| {
            civil::time_parts(t).0
        }),
        time_part!("$extract_minute", &[("EXTRACT(MINUTE FROM TIME '15:30:45')", "30")], |t| {
            civil::time_parts(t).1
        }),
        time_part!("$extract_second", &[("EXTRACT(SECOND FROM TIME '15:30:45')", "45")], |t| {
            civil::time_parts(t).2
        }),
        time_part!(
            "$extract_millisecond",
            &[("EXTRACT(MILLISECOND FROM TIME '15:30:45.678')", "678")],
            |t| { civil::time_parts(t).3 / 1_000 }
        ),
        time_part!(
            "$extract_microsecond",
            &[("EXTRACT(MICROSECOND FROM TIME '15:30:45.678')", "678000")],
            |t| { civil::time_parts(t).3 }
        ),
        Function::scalar("$extract_date", &["TIMESTAMP, STRING? -> DATE", "DATETIME -> DATE"], |call| {
            let mut micros = civil_micros(call);
            call.date_rows(|row| Ok(civil::split(micros(row)?).0 as i32))
        })
        .reads_context()
        .usages(&["EXTRACT(DATE FROM value [AT TIME ZONE zone])"])
        .doc("The date of a datetime, or of a timestamp in a zone.")
        .examples(&[("EXTRACT(DATE FROM DATETIME '2013-12-25 15:30:00')", "DATE '2013-12-25'")]),
        Function::scalar("$extract_time", &["TIMESTAMP, STRING? -> TIME", "DATETIME -> TIME"], |call| {
            let mut micros = civil_micros(call);
            call.i64_rows(|row| Ok(civil::split(micros(row)?).1))
        })
        .reads_context()
        .usages(&["EXTRACT(TIME FROM value [AT TIME ZONE zone])"])
        .doc("The time of a datetime, or of a timestamp in a zone.")
        .examples(&[("EXTRACT(TIME FROM DATETIME '2013-12-25 15:30:00')", "TIME '15:30:00'")]),
        Function::scalar("$extract_datetime", &["TIMESTAMP, STRING? -> DATETIME"], |call| {
            let mut micros = civil_micros(call);
            call.i64_rows(&mut micros)
        })
        .reads_context()
        .usages(&["EXTRACT(DATETIME FROM value [AT TIME ZONE zone])"])
        .doc("The civil time of a timestamp in a zone.")
        .examples(&[(
            "EXTRACT(DATETIME FROM TIMESTAMP '2013-12-25 15:30:00+00')",
            "DATETIME '2013-12-25 15:30:00'",
        )]),
    ];
    all.extend(weeks());
    all
}

/// EXTRACT(WEEK) counts weeks from Sunday; the others name the first day.
fn weeks() -> Vec<Function> {
    vec![
        date_part!("$extract_week", &[("EXTRACT(WEEK FROM DATE '2017-11-05')", "45")], |d| {
            civil::week_of_year(d, 0)
        }),
        date_part!("$extract_week_sunday", &[("EXTRACT(WEEK(SUNDAY) FROM DATE '2017-11-05')", "45")], |d| {
            civil::week_of_year(d, 0)
        }),
        date_part!("$extract_week_monday", &[("EXTRACT(WEEK(MONDAY) FROM DATE '2017-11-05')", "44")], |d| {
            civil::week_of_year(d, 1)
        }),
        date_part!(
            "$extract_week_tuesday",
            &[("EXTRACT(WEEK(TUESDAY) FROM DATE '2017-11-05')", "44")],
            |d| civil::week_of_year(d, 2)
        ),
        date_part!(
            "$extract_week_wednesday",
            &[("EXTRACT(WEEK(WEDNESDAY) FROM DATE '2017-11-05')", "44")],
            |d| civil::week_of_year(d, 3)
        ),
        date_part!(
            "$extract_week_thursday",
            &[("EXTRACT(WEEK(THURSDAY) FROM DATE '2017-11-05')", "44")],
            |d| civil::week_of_year(d, 4)
        ),
        date_part!("$extract_week_friday", &[("EXTRACT(WEEK(FRIDAY) FROM DATE '2017-11-05')", "44")], |d| {
            civil::week_of_year(d, 5)
        }),
        date_part!(
            "$extract_week_saturday",
            &[("EXTRACT(WEEK(SATURDAY) FROM DATE '2017-11-05')", "44")],
            |d| civil::week_of_year(d, 6)
        ),
    ]
}

/// The civil microseconds of a DATETIME, TIME or TIMESTAMP argument, a row at a time.
pub(super) fn civil_micros<'a>(call: &'a Call<'_>) -> impl FnMut(usize) -> Result<i64> + 'a {
    let input = call.i64s(0);
    let of_timestamp = *call.arguments[0].data_type() == DataType::Timestamp;
    let mut named = (of_timestamp && call.len() > 1).then(|| call.prepared(1, zone_of));
    move |row| {
        let micros = input.get(row);
        Ok(match &mut named {
            Some(zone) => zone::to_civil(&*zone.get(row)?, micros),
            None if of_timestamp => zone::to_civil(&call.context.time_zone, micros),
            None => micros,
        })
    }
}

/// A field of an interval's time: hours may pass 24, and all have the time's sign.
fn of_time(interval: Interval, part: fn(i64) -> i64) -> i64 {
    let micros = i64::try_from(interval.micros.unsigned_abs()).unwrap_or(i64::MAX);
    interval.micros.signum() * part(micros)
}

fn extract(
    call: &Call<'_>,
    of_day: fn(i64) -> i64,
    of_time: fn(i64) -> i64,
    of_interval: fn(Interval, fn(i64) -> i64) -> i64,
) -> Result<Vector> {
    match call.arguments[0].data_type() {
        DataType::Date => {
            let input = call.dates(0);
            call.i64_rows(|row| Ok(of_day(input.get(row) as i64)))
        }
        DataType::Interval => {
            let input = call.intervals(0);
            call.i64_rows(|row| Ok(of_interval(input.get(row), of_time)))
        }
        _ => {
            let mut micros = civil_micros(call);
            call.i64_rows(|row| {
                let (days, time) = civil::split(micros(row)?);
                Ok(of_day(days) + of_time(time))
            })
        }
    }
}
