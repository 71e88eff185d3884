//! INTERVAL's limits and parts.

use canopy_format::Interval;

use super::civil;
use super::part::Part;
use crate::Result;
use crate::function::call::fail;

const MONTHS_MAX: i64 = 120_000;
const DAYS_MAX: i64 = 3_660_000;
const MICROS_MAX: i128 = 316_224_000_000_000_000;

/// Returns the interval of three parts.
///
/// # Errors
/// When a part is outside GoogleSQL's range.
pub fn checked(months: i64, days: i64, micros: i128) -> Result<Interval> {
    if !(-MONTHS_MAX..=MONTHS_MAX).contains(&months) {
        return out_of_range("months", months as i128, MONTHS_MAX as i128);
    }
    if !(-DAYS_MAX..=DAYS_MAX).contains(&days) {
        return out_of_range("days", days as i128, DAYS_MAX as i128);
    }
    if !(-MICROS_MAX..=MICROS_MAX).contains(&micros) {
        return out_of_range("microseconds", micros, MICROS_MAX);
    }
    Ok(Interval { months: months as i32, days: days as i32, micros: micros as i64 })
}

fn out_of_range(field: &str, found: i128, max: i128) -> Result<Interval> {
    fail(format!("Interval field {field} '{found}' is out of range -{max} to {max}"))
}

/// Returns the interval of `count` parts.
///
/// # Errors
/// As [`checked`], and for parts that are no lengths (ISOYEAR).
pub fn from_part(count: i64, part: Part) -> Result<Interval> {
    let times = |factor: i64| count.checked_mul(factor).unwrap_or(i64::MAX);
    match part {
        Part::Year => checked(times(12), 0, 0),
        Part::Quarter => checked(times(3), 0, 0),
        Part::Month => checked(count, 0, 0),
        Part::Week(0) => checked(0, times(7), 0),
        Part::Day => checked(0, count, 0),
        Part::IsoYear | Part::IsoWeek | Part::Week(_) => {
            fail(format!("Unsupported interval part {}", part.name()))
        }
        _ => checked(0, 0, count as i128 * part.micros().unwrap_or(1) as i128),
    }
}

/// Turns each 30 days into a month, with one sign for both.
pub fn justify_days(interval: Interval) -> Result<Interval> {
    let total = interval.months as i64 * 30 + interval.days as i64;
    // Only whole months move; the signs of both parts agree afterwards.
    checked(total / 30, total % 30, interval.micros as i128)
}

/// Turns each 24 hours into a day, with one sign for both.
pub fn justify_hours(interval: Interval) -> Result<Interval> {
    let total = interval.days as i128 * civil::DAY as i128 + interval.micros as i128;
    let day = civil::DAY as i128;
    checked(interval.months as i64, (total / day) as i64, total % day)
}

/// Both of the others, with one sign for all parts.
pub fn justify_interval(interval: Interval) -> Result<Interval> {
    let day = civil::DAY as i128;
    let total = (interval.months as i128 * 30 + interval.days as i128) * day + interval.micros as i128;
    let (days, micros) = (total / day, total % day);
    checked((days / 30) as i64, (days % 30) as i64, micros)
}
