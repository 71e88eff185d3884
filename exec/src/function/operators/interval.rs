//! Operators on INTERVAL: sums with dates and times, differences, multiples; and the interval constructor.

use canopy_format::{DataType, Interval, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::datetime::civil;
use crate::function::datetime::interval::{checked, from_part};
use crate::function::datetime::part::Part;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("$interval", &["INT64, STRING -> INTERVAL"], |call| {
            let count = call.i64s(0);
            let mut part = call.prepared(1, Part::of_value);
            call.interval_rows(|row| from_part(count.get(row), *part.get(row)?))
        })
        .usages(&["INTERVAL value part", "INTERVAL 'text' part TO part"])
        .doc("INTERVAL of a number of the named part: `INTERVAL 5 DAY`.")
        .examples(&[("INTERVAL 90 DAY", "CAST('0-0 90 0:0:0' AS INTERVAL)")]),
    ]
}

/// `a + sign * b`, part by part.
fn interval_plus(a: Interval, b: Interval, sign: i64) -> Result<Interval> {
    checked(
        a.months as i64 + sign * b.months as i64,
        a.days as i64 + sign * b.days as i64,
        a.micros as i128 + sign as i128 * b.micros as i128,
    )
}

/// The interval times a factor.
pub(super) fn scaled(interval: Interval, factor: i64) -> Result<Interval> {
    let wide = |part: i64| part as i128 * factor as i128;
    let narrow = |part: i128| i64::try_from(part).unwrap_or(if part < 0 { i64::MIN } else { i64::MAX });
    checked(
        narrow(wide(interval.months as i64)),
        narrow(wide(interval.days as i64)),
        interval.micros as i128 * factor as i128,
    )
}

/// A datetime moved by `sign` intervals: months (to the month's last day at most), then days, then time.
pub(in crate::function) fn datetime_plus(micros: i64, interval: Interval, sign: i64) -> Result<i64> {
    let (days, time) = civil::split(micros);
    let days = add_months(days, sign * interval.months as i64)? + sign * interval.days as i64;
    let moved = days as i128 * civil::DAY as i128 + time as i128 + sign as i128 * interval.micros as i128;
    match i64::try_from(moved).ok().filter(|micros| civil::in_range(*micros)) {
        Some(micros) => Ok(micros),
        None => fail(format!(
            "{} interval {} {} datetime {} causes overflow",
            if sign > 0 { "Adding" } else { "Subtracting" },
            crate::function::cast::interval_text(interval),
            if sign > 0 { "to" } else { "from" },
            crate::function::cast::datetime_text(micros),
        )),
    }
}

/// The day `months` later: the same day of the month, or the month's last.
pub(in crate::function) fn add_months(days: i64, months: i64) -> Result<i64> {
    if months == 0 {
        return Ok(days);
    }
    let (year, month, day) = civil::from_days(days);
    let total = year * 12 + (month as i64 - 1) + months;
    let (year, month) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
    if !(1..=9999).contains(&year) {
        return fail(format!(
            "date overflow: {} and {months} months are outside the years 1 to 9999",
            crate::function::cast::date_text(days as i32)
        ));
    }
    Ok(civil::to_days(year, month, day.min(civil::days_in_month(year, month))))
}

fn timestamp_plus(micros: i64, interval: Interval, sign: i64) -> Result<i64> {
    if interval.months != 0 {
        return fail(
            "TIMESTAMP +/- INTERVAL is not supported for intervals with non-zero MONTH or YEAR part",
        );
    }
    datetime_plus(micros, interval, sign)
}

/// Moves argument `base` by `sign` times argument `by`.
fn moved(call: &Call<'_>, base: usize, by: usize, sign: i64) -> Result<Vector> {
    let intervals = call.intervals(by);
    match call.arguments[base].data_type() {
        DataType::Date => {
            let dates = call.dates(base);
            call.i64_rows(|row| datetime_plus(civil::midnight(dates.get(row)), intervals.get(row), sign))
        }
        DataType::Timestamp => {
            let micros = call.i64s(base);
            call.i64_rows(|row| timestamp_plus(micros.get(row), intervals.get(row), sign))
        }
        DataType::Interval => {
            let first = call.intervals(base);
            call.interval_rows(|row| interval_plus(first.get(row), intervals.get(row), sign))
        }
        _ => {
            let micros = call.i64s(base);
            call.i64_rows(|row| datetime_plus(micros.get(row), intervals.get(row), sign))
        }
    }
}

pub(super) fn add(call: &Call<'_>) -> Result<Vector> {
    match (call.arguments[0].data_type(), call.arguments[1].data_type()) {
        (DataType::Interval, other) if *other != DataType::Interval => moved(call, 1, 0, 1),
        _ => moved(call, 0, 1, 1),
    }
}

pub(super) fn subtract(call: &Call<'_>) -> Result<Vector> {
    match (call.arguments[0].data_type(), call.arguments[1].data_type()) {
        (_, DataType::Interval) => moved(call, 0, 1, -1),
        (DataType::Date, _) => {
            let (a, b) = (call.dates(0), call.dates(1));
            call.interval_rows(|row| checked(0, a.get(row) as i64 - b.get(row) as i64, 0))
        }
        (data_type, _) => {
            let by_day = *data_type == DataType::Datetime;
            let (a, b) = (call.i64s(0), call.i64s(1));
            call.interval_rows(|row| {
                let micros = a.get(row) as i128 - b.get(row) as i128;
                let day = civil::DAY as i128;
                let days = if by_day { micros / day } else { 0 };
                checked(0, days as i64, micros - days * day)
            })
        }
    }
}

pub(super) fn multiply(call: &Call<'_>) -> Result<Vector> {
    let (interval, factor) = match call.arguments[0].data_type() {
        DataType::Interval => (call.intervals(0), call.i64s(1)),
        _ => (call.intervals(1), call.i64s(0)),
    };
    call.interval_rows(|row| scaled(interval.get(row), factor.get(row)))
}

/// Divides each part, passing remainders on to smaller ones (a month is 30 days).
pub(super) fn divide(call: &Call<'_>) -> Result<Vector> {
    let (interval, divisor) = (call.intervals(0), call.i64s(1));
    call.interval_rows(|row| {
        let (interval, divisor) = (interval.get(row), divisor.get(row));
        if divisor == 0 {
            return fail(format!("division by zero: {} / 0", crate::function::cast::interval_text(interval)));
        }
        let (months, rest) = (interval.months as i64 / divisor, interval.months as i64 % divisor);
        let days = interval.days as i128 + rest as i128 * 30;
        let (days, rest) = (days / divisor as i128, days % divisor as i128);
        let micros = interval.micros as i128 + rest * civil::DAY as i128;
        checked(months, days as i64, micros / divisor as i128)
    })
}
