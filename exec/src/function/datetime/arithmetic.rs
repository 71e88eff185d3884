//! Moving dates and times by intervals.

use canopy_format::{DataType, Vector};

use super::civil;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::cast::{date_text, interval_text};
use crate::function::operators::{add_months, datetime_plus};

const MOVED: &[&str] =
    &["DATE, INTERVAL -> DATE", "DATETIME, INTERVAL -> DATETIME", "TIMESTAMP, INTERVAL -> TIMESTAMP"];
const MOVED_TIME: &[&str] = &["TIME, INTERVAL -> TIME"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("date_add", MOVED, |call| moved(call, 1))
            .doc("The date an interval later; months stop at the month's last day.")
            .examples(&[
                ("DATE_ADD(DATE '2008-12-25', INTERVAL 5 DAY)", "DATE '2008-12-30'"),
                ("DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", "DATE '2024-02-29'"),
            ]),
        Function::scalar("date_sub", MOVED, |call| moved(call, -1))
            .doc("The date an interval earlier.")
            .examples(&[("DATE_SUB(DATE '1998-12-01', INTERVAL 90 DAY)", "DATE '1998-09-02'")]),
        Function::scalar("datetime_add", MOVED, |call| moved(call, 1))
            .doc("The datetime an interval later.")
            .examples(&[(
                "DATETIME_ADD(DATETIME '2008-12-25 15:30:00', INTERVAL 10 MINUTE)",
                "DATETIME '2008-12-25 15:40:00'",
            )]),
        Function::scalar("datetime_sub", MOVED, |call| moved(call, -1))
            .doc("The datetime an interval earlier.")
            .examples(&[(
                "DATETIME_SUB(DATETIME '2008-12-25 15:30:00', INTERVAL 10 MINUTE)",
                "DATETIME '2008-12-25 15:20:00'",
            )]),
        Function::scalar("timestamp_add", MOVED, |call| moved(call, 1))
            .doc("The timestamp an interval of fixed length later.")
            .examples(&[(
                "TIMESTAMP_ADD(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)",
                "TIMESTAMP '2008-12-25 15:40:00+00'",
            )]),
        Function::scalar("timestamp_sub", MOVED, |call| moved(call, -1))
            .doc("The timestamp an interval of fixed length earlier.")
            .examples(&[(
                "TIMESTAMP_SUB(TIMESTAMP '2008-12-25 15:30:00+00', INTERVAL 10 MINUTE)",
                "TIMESTAMP '2008-12-25 15:20:00+00'",
            )]),
        Function::scalar("time_add", MOVED_TIME, |call| moved_time(call, 1))
            .doc("The time an interval later, past midnight again from 00:00:00.")
            .examples(&[("TIME_ADD(TIME '23:50:00', INTERVAL 20 MINUTE)", "TIME '00:10:00'")]),
        Function::scalar("time_sub", MOVED_TIME, |call| moved_time(call, -1))
            .doc("The time an interval earlier.")
            .examples(&[("TIME_SUB(TIME '00:10:00', INTERVAL 20 MINUTE)", "TIME '23:50:00'")]),
    ]
}

/// A DATE argument moved by `sign` times an INT64 argument of days.
pub(crate) fn date_plus_days(call: &Call<'_>, date: usize, days: usize, sign: i64) -> Result<Vector> {
    let (dates, days) = (call.dates(date), call.i64s(days));
    call.date_rows(|row| {
        let moved = days.get(row).checked_mul(sign).and_then(|d| d.checked_add(dates.get(row) as i64));
        match moved.filter(|days| (civil::DAYS_MIN..=civil::DAYS_MAX).contains(days)) {
            Some(days) => Ok(days as i32),
            None => fail(format!(
                "{} {} days {} date {} causes overflow",
                if sign > 0 { "Adding" } else { "Subtracting" },
                days.get(row),
                if sign > 0 { "to" } else { "from" },
                date_text(dates.get(row))
            )),
        }
    })
}

fn moved(call: &Call<'_>, sign: i64) -> Result<Vector> {
    let intervals = call.intervals(1);
    match call.return_type {
        DataType::Date => {
            let dates = call.dates(0);
            call.date_rows(|row| {
                let (date, interval) = (dates.get(row), intervals.get(row));
                if interval.micros != 0 {
                    return fail(format!(
                        "a DATE is moved by days, not by INTERVAL {}",
                        interval_text(interval)
                    ));
                }
                let months = add_months(date as i64, sign * interval.months as i64);
                let days = months.map(|days| days + sign * interval.days as i64);
                match days.ok().filter(|days| (civil::DAYS_MIN..=civil::DAYS_MAX).contains(days)) {
                    Some(days) => Ok(days as i32),
                    None => fail(format!(
                        "{} INTERVAL {} {} date {} causes overflow",
                        if sign > 0 { "Adding" } else { "Subtracting" },
                        interval_text(interval),
                        if sign > 0 { "to" } else { "from" },
                        date_text(date)
                    )),
                }
            })
        }
        DataType::Timestamp => {
            let input = call.i64s(0);
            call.i64_rows(|row| match intervals.get(row) {
                interval if interval.months != 0 => fail(
                    "TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part",
                ),
                interval => datetime_plus(input.get(row), interval, sign),
            })
        }
        _ => {
            let input = call.i64s(0);
            call.i64_rows(|row| datetime_plus(input.get(row), intervals.get(row), sign))
        }
    }
}

fn moved_time(call: &Call<'_>, sign: i64) -> Result<Vector> {
    let (input, intervals) = (call.i64s(0), call.intervals(1));
    call.i64_rows(|row| {
        let interval = intervals.get(row);
        if interval.months != 0 || interval.days != 0 {
            return fail(format!(
                "a TIME is moved by hours at most, not by INTERVAL {}",
                interval_text(interval)
            ));
        }
        let moved = input.get(row) as i128 + sign as i128 * interval.micros as i128;
        Ok(moved.rem_euclid(civil::DAY as i128) as i64)
    })
}
