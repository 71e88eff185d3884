//! Functions of INTERVAL.

use canopy_format::{Interval, Vector};

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
