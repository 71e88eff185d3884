//! Making dates and times of parts, of each other, and of the query's clock.

use canopy_format::{DataType, Value, Vector};

use super::extract::civil_micros;
use super::trunc::zone_of;
use super::{civil, zone};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("current_date", &["STRING? -> DATE"], |call| {
            current(call, |m| Value::Date(civil::split(m).0 as i32))
        })
        .reads_context()
        .doc("The date of the query's start, in a zone.")
        .examples(&[("CURRENT_DATE('UTC') >= DATE '2024-01-01'", "TRUE")]),
        Function::scalar("current_datetime", &["STRING? -> DATETIME"], |call| current(call, Value::Datetime))
            .reads_context()
            .doc("The civil time of the query's start, in a zone.")
            .examples(&[("CURRENT_DATETIME() >= DATETIME '2024-01-01 00:00:00'", "TRUE")]),
        Function::scalar("current_time", &["STRING? -> TIME"], |call| {
            current(call, |m| Value::Time(civil::split(m).1))
        })
        .reads_context()
        .doc("The time of day of the query's start, in a zone.")
        .examples(&[("CURRENT_TIME() >= TIME '00:00:00'", "TRUE")]),
        Function::scalar("current_timestamp", &["-> TIMESTAMP"], |call| {
            let now = Value::Timestamp(call.context.now_us);
            Ok(Vector::constant(DataType::Timestamp, now, call.rows))
        })
        .reads_context()
        .doc("The moment of the query's start.")
        .examples(&[("CURRENT_TIMESTAMP() = CURRENT_TIMESTAMP()", "TRUE")]),
        Function::scalar(
            "date",
            &[
                "INT64, INT64, INT64 -> DATE",
                "DATE -> DATE",
                "TIMESTAMP, STRING? -> DATE",
                "DATETIME -> DATE",
                "STRING -> DATE",
            ],
            date,
        )
        .reads_context()
        .doc("The date of year, month and day, or of a datetime or timestamp.")
        .examples(&[
            ("DATE(2016, 12, 25)", "DATE '2016-12-25'"),
            ("DATE(2016, 2, 30)", "ERROR: Input calculates to invalid date: 2016-02-30"),
        ]),
        Function::scalar(
            "datetime",
            &[
                "INT64, INT64, INT64, INT64, INT64, INT64 -> DATETIME",
                "DATE, TIME? -> DATETIME",
                "TIMESTAMP, STRING? -> DATETIME",
                "DATETIME -> DATETIME",
                "STRING -> DATETIME",
            ],
            datetime,
        )
        .reads_context()
        .doc("The datetime of six parts, of a date and a time, or of a timestamp.")
        .examples(&[("DATETIME(2008, 12, 25, 5, 30, 0)", "DATETIME '2008-12-25 05:30:00'")]),
        Function::scalar(
            "time",
            &[
                "INT64, INT64, INT64 -> TIME",
                "TIMESTAMP, STRING? -> TIME",
                "DATETIME -> TIME",
                "TIME -> TIME",
                "STRING -> TIME",
            ],
            time,
        )
        .reads_context()
        .doc("The time of hour, minute and second, or of a datetime or timestamp.")
        .examples(&[("TIME(15, 30, 0)", "TIME '15:30:00'")]),
        Function::scalar(
            "timestamp",
            &[
                "STRING, STRING? -> TIMESTAMP",
                "DATE, STRING? -> TIMESTAMP",
                "DATETIME, STRING? -> TIMESTAMP",
                "TIMESTAMP -> TIMESTAMP",
            ],
            timestamp,
        )
        .reads_context()
        .doc("The moment of a text, date or datetime, in a zone.")
        .examples(&[("TIMESTAMP('2008-12-25 15:30:00', 'UTC')", "TIMESTAMP '2008-12-25 15:30:00+00'")]),
    ]
}

/// The query's time in the zone of the first argument, if there is one.
fn current(call: &Call<'_>, make: fn(i64) -> Value) -> Result<Vector> {
    let now = call.context.now_us;
    if call.len() == 0 {
        let value = make(zone::to_civil(&call.context.time_zone, now));
        return Ok(Vector::constant(call.return_type.clone(), value, call.rows));
    }
    let mut zone = call.prepared(0, zone_of);
    call.values(|row| Ok(make(zone::to_civil(&*zone.get(row)?, now))))
}

fn date(call: &Call<'_>) -> Result<Vector> {
    match call.arguments[0].data_type() {
        DataType::Int64 => {
            let (year, month, day) = (call.i64s(0), call.i64s(1), call.i64s(2));
            call.date_rows(|row| {
                let (year, month, day) = (year.get(row), month.get(row), day.get(row));
                match civil::checked_days(year, month, day) {
                    Some(days) => Ok(days),
                    None => fail(format!("Input calculates to invalid date: {year:04}-{month:02}-{day:02}")),
                }
            })
        }
        DataType::Date => Ok(call.arguments[0].clone()),
        DataType::String => {
            let mut local = local_text(call);
            call.date_rows(|row| Ok(civil::split(local(row)?).0 as i32))
        }
        _ => {
            let mut micros = civil_micros(call);
            call.date_rows(|row| Ok(civil::split(micros(row)?).0 as i32))
        }
    }
}

/// The civil time, in the default zone, of the datetime or timestamp that a STRING argument holds.
fn local_text<'a>(call: &'a Call<'_>) -> impl FnMut(usize) -> Result<i64> + 'a {
    let input = call.bytes(0);
    let zone = &call.context.time_zone;
    move |row| {
        // Without a zone of its own, a text is the civil time that it says.
        let text = input.text(row);
        cast::parse_datetime(text).or_else(|_| Ok(zone::to_civil(zone, cast::parse_timestamp(text, zone)?)))
    }
}

/// Microseconds of a time of day.
fn time_of(hour: i64, minute: i64, second: i64) -> Option<i64> {
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    valid.then(|| (hour * 3_600 + minute * 60 + second) * 1_000_000)
}

fn datetime(call: &Call<'_>) -> Result<Vector> {
    match call.arguments[0].data_type() {
        DataType::Int64 => {
            let parts: Vec<_> = (0..6).map(|index| call.i64s(index)).collect();
            call.i64_rows(|row| {
                let part = |index: usize| parts[index].get(row);
                let days = civil::checked_days(part(0), part(1), part(2));
                match (days, time_of(part(3), part(4), part(5))) {
                    (Some(days), Some(time)) => Ok(civil::midnight(days) + time),
                    _ => fail(format!(
                        "Input calculates to invalid datetime: {:04}-{:02}-{:02} {:02}:{:02}:{:02}",
                        part(0),
                        part(1),
                        part(2),
                        part(3),
                        part(4),
                        part(5)
                    )),
                }
            })
        }
        DataType::Date => {
            let days = call.dates(0);
            let time = (call.len() > 1).then(|| call.i64s(1));
            call.i64_rows(|row| {
                Ok(civil::midnight(days.get(row)) + time.as_ref().map_or(0, |time| time.get(row)))
            })
        }
        DataType::String => {
            let mut local = local_text(call);
            call.i64_rows(&mut local)
        }
        _ => {
            let mut micros = civil_micros(call);
            call.i64_rows(&mut micros)
        }
    }
}

fn time(call: &Call<'_>) -> Result<Vector> {
    if *call.arguments[0].data_type() == DataType::Int64 {
        let (hour, minute, second) = (call.i64s(0), call.i64s(1), call.i64s(2));
        return call.i64_rows(|row| {
            let (hour, minute, second) = (hour.get(row), minute.get(row), second.get(row));
            match time_of(hour, minute, second) {
                Some(time) => Ok(time),
                None => fail(format!("Input calculates to invalid time: {hour:02}:{minute:02}:{second:02}")),
            }
        });
    }
    if *call.arguments[0].data_type() == DataType::String {
        let mut local = local_text(call);
        return call.i64_rows(|row| Ok(civil::split(local(row)?).1));
    }
    let mut micros = civil_micros(call);
    call.i64_rows(|row| Ok(civil::split(micros(row)?).1))
}

fn timestamp(call: &Call<'_>) -> Result<Vector> {
    let mut named = (call.len() > 1).then(|| call.prepared(1, zone_of));
    let mut zone = |row: usize| match &mut named {
        Some(zone) => zone.get(row),
        None => Ok(std::sync::Arc::new(call.context.time_zone.clone())),
    };
    match call.arguments[0].data_type() {
        DataType::String => {
            let input = call.bytes(0);
            call.i64_rows(|row| cast::parse_timestamp(input.text(row), &*zone(row)?))
        }
        DataType::Date => {
            let input = call.dates(0);
            call.i64_rows(|row| zone::to_timestamp(&*zone(row)?, civil::midnight(input.get(row))))
        }
        DataType::Datetime => {
            let input = call.i64s(0);
            call.i64_rows(|row| zone::to_timestamp(&*zone(row)?, input.get(row)))
        }
        _ => Ok(call.arguments[0].clone()),
    }
}
