//! Functions of INTERVAL.

use canopy_format::{Interval, Vector};

use super::civil;
use super::interval::{checked, justify_days, justify_hours, justify_interval};
use crate::Result;
use crate::function::Function;
use crate::function::call::Call;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "make_interval",
            &["INT64?, INT64?, INT64?, INT64?, INT64?, INT64? -> INTERVAL"],
            make,
        )
        .doc("The interval of years, months, days, hours, minutes and seconds.")
        .examples(&[("MAKE_INTERVAL(1, 6, 15)", "CAST('1-6 15 0:0:0' AS INTERVAL)")]),
        Function::scalar("justify_days", &["INTERVAL -> INTERVAL"], |call| each(call, justify_days))
            .doc("Turns each 30 days into a month.")
            .examples(&[("JUSTIFY_DAYS(INTERVAL 29 DAY)", "INTERVAL 29 DAY")]),
        Function::scalar("justify_hours", &["INTERVAL -> INTERVAL"], |call| each(call, justify_hours))
            .doc("Turns each 24 hours into a day.")
            .examples(&[("JUSTIFY_HOURS(INTERVAL 48 HOUR)", "INTERVAL 2 DAY")]),
        Function::scalar("justify_interval", &["INTERVAL -> INTERVAL"], |call| each(call, justify_interval))
            .doc("Turns hours into days and days into months.")
            .examples(&[("JUSTIFY_INTERVAL(INTERVAL 30 DAY)", "INTERVAL 1 MONTH")]),
    ]
}

fn each(call: &Call<'_>, change: fn(Interval) -> Result<Interval>) -> Result<Vector> {
    let input = call.intervals(0);
    call.interval_rows(|row| change(input.get(row)))
}

fn make(call: &Call<'_>) -> Result<Vector> {
    let parts: Vec<_> = (0..call.len()).map(|index| call.i64s(index)).collect();
    call.interval_rows(|row| {
        let part = |index: usize| parts.get(index).map_or(0, |part| part.get(row));
        let months = part(0).saturating_mul(12).saturating_add(part(1));
        let seconds = part(3) as i128 * 3_600 + part(4) as i128 * 60 + part(5) as i128;
        checked(months, part(2), seconds * 1_000_000)
    })
}

/// EXTRACT of an interval. The part functions are those of dates and times; a day with known fields
/// tells which field is asked for.
pub(super) fn extract(call: &Call<'_>, of_day: fn(i64) -> i64, of_time: fn(i64) -> i64) -> Result<Vector> {
    let input = call.intervals(0);
    // 1970-03-02: its year, month and day differ, and all other days' parts are refused by the signatures.
    let field = of_day(civil::to_days(1970, 3, 2));
    call.i64_rows(|row| {
        let interval = input.get(row);
        let sign = if interval.micros < 0 { -1 } else { 1 };
        let micros = interval.micros.unsigned_abs() as i64;
        Ok(match field {
            1970 => interval.months as i64 / 12,
            3 => interval.months as i64 % 12,
            2 => interval.days as i64,
            _ => sign * of_time(micros),
        })
    })
}
