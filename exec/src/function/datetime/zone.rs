//! Time zones: names and offsets as GoogleSQL takes them, on jiff's copy of the IANA database.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

use super::civil;
use crate::Result;
use crate::function::call::fail;

/// Returns the zone of an IANA name (`America/Los_Angeles`, `UTC`) or an offset (`+05:30`, `-8`).
///
/// # Errors
/// `Invalid time zone: ...`
pub fn find(name: &str) -> Result<TimeZone> {
    if name.is_empty() {
        return fail("Invalid empty time zone");
    }
    if let Some(seconds) = parse_offset(name)
        && let Ok(offset) = Offset::from_seconds(seconds)
    {
        return Ok(TimeZone::fixed(offset));
    }
    if name.eq_ignore_ascii_case("utc") || name.eq_ignore_ascii_case("z") {
        return Ok(TimeZone::UTC);
    }
    match TimeZone::get(name) {
        Ok(zone) if !name.starts_with(['+', '-']) => Ok(zone),
        _ => fail(format!("Invalid time zone: {name}")),
    }
}

/// Seconds east of UTC of `(+|-)H[H][:M[M]]`, at most 14 hours, also with `UTC` before it.
pub fn parse_offset(text: &str) -> Option<i32> {
    let (text, of_utc) = match text.strip_prefix("UTC") {
        Some(rest) => (rest, true),
        None => (text, false),
    };
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' => (1, &text[1..]),
        b'-' => (-1, &text[1..]),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        // `UTC+1234`.
        None if of_utc && digits.len() == 4 && digits.is_ascii() => digits.split_at(2),
        None => (digits, "0"),
    };
    let number = |part: &str| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        if digits { part.parse::<i32>().ok() } else { None }
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 3_600 + minutes * 60;
    (minutes < 60 && total <= 14 * 3_600).then_some(sign * total)
}

/// Microseconds of the calendar's cycle of 400 years, after which weekdays and so the rules of zones recur.
const CYCLE: i64 = 146_097 * civil::DAY;
/// 9999-01-01: the library's moments end within this year, GoogleSQL's with it.
const LATE: i64 = (civil::DAYS_MAX - 364) * civil::DAY;

/// Seconds east of UTC at a moment.
pub fn offset_seconds(zone: &TimeZone, micros: i64) -> i64 {
    let micros = if micros >= LATE { micros - CYCLE } else { micros };
    match Timestamp::from_microsecond(micros) {
        Ok(moment) => zone.to_offset(moment).seconds() as i64,
        Err(_) => 0,
    }
}

/// The civil microseconds of a moment in a zone.
pub fn to_civil(zone: &TimeZone, micros: i64) -> i64 {
    if *zone == TimeZone::UTC {
        return micros;
    }
    micros.saturating_add(offset_seconds(zone, micros) * 1_000_000)
}

/// The moment of civil microseconds in a zone: the earlier of two, and for a skipped time the moment
/// that the zone's earlier offset gives.
///
/// # Errors
/// When the moment is outside the years 1 to 9999.
pub fn to_timestamp(zone: &TimeZone, micros: i64) -> Result<i64> {
    let moment = match *zone == TimeZone::UTC {
        true => micros,
        false if micros >= LATE => to_timestamp(zone, micros - CYCLE)? + CYCLE,
        false => {
            let (days, time) = civil::split(micros);
            let (year, month, day) = civil::from_days(days);
            let (hour, minute, second, fraction) = civil::time_parts(time);
            let civil = DateTime::new(
                year.clamp(-9999, 9999) as i16,
                month as i8,
                day as i8,
                hour as i8,
                minute as i8,
                second as i8,
                (fraction * 1_000) as i32,
            );
            let found = civil.ok().and_then(|civil| zone.to_ambiguous_timestamp(civil).compatible().ok());
            match found {
                Some(moment) => moment.as_microsecond(),
                None => return out_of_range(micros),
            }
        }
    };
    match civil::in_range(moment) {
        true => Ok(moment),
        false => out_of_range(micros),
    }
}

fn out_of_range(civil: i64) -> Result<i64> {
    fail(format!("timestamp out of range: {}", crate::function::cast::datetime_text(civil)))
}
