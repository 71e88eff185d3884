//! Dates, times and intervals as text and back, in GoogleSQL's canonical formats.

use canopy_format::Interval;
use jiff::tz::TimeZone;

use crate::Result;
use crate::function::call::fail;
use crate::function::datetime::interval::checked;
use crate::function::datetime::{civil, zone};

/// `2024-01-31`.
pub fn date_text(days: i32) -> String {
    let (year, month, day) = civil::from_days(days as i64);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `12:34:56.789`; the fraction has 0, 3 or 6 digits.
pub fn time_text(micros: i64) -> String {
    let (hour, minute, second, fraction) = civil::time_parts(micros);
    let text = format!("{hour:02}:{minute:02}:{second:02}");
    match fraction {
        0 => text,
        fraction if fraction % 1_000 == 0 => format!("{text}.{:03}", fraction / 1_000),
        fraction => format!("{text}.{fraction:06}"),
    }
}

/// `2024-01-31 12:34:56.789`.
pub fn datetime_text(micros: i64) -> String {
    let (days, time) = civil::split(micros);
    // A day number of any microseconds fits 32 bits.
    format!("{} {}", date_text(days as i32), time_text(time))
}

/// `2024-01-31 12:34:56.789+00`, in the zone.
pub fn timestamp_text(micros: i64, time_zone: &TimeZone) -> String {
    let offset = zone::offset_seconds(time_zone, micros);
    let local = micros.saturating_add(offset * 1_000_000);
    format!("{}{}", datetime_text(local), offset_text(offset))
}

/// `+00`, `-08`, `+05:30`.
fn offset_text(seconds: i64) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    match minutes % 60 {
        0 => format!("{sign}{:02}", minutes / 60),
        rest => format!("{sign}{:02}:{rest:02}", minutes / 60),
    }
}

/// `Y-M D H:M:S[.F]`, each group with its own sign.
pub fn interval_text(interval: Interval) -> String {
    let months = interval.months.unsigned_abs();
    let micros = interval.micros.unsigned_abs();
    let seconds = micros / 1_000_000;
    let fraction = match micros % 1_000_000 {
        0 => String::new(),
        fraction if fraction % 1_000 == 0 => format!(".{:03}", fraction / 1_000),
        fraction => format!(".{fraction:06}"),
    };
    format!(
        "{}{}-{} {} {}{}:{}:{}{fraction}",
        if interval.months < 0 { "-" } else { "" },
        months / 12,
        months % 12,
        interval.days,
        if interval.micros < 0 { "-" } else { "" },
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// A reader over the bytes of a text.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.as_bytes(), at: 0 }
    }

    fn done(&self) -> bool {
        self.at == self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Takes the byte if it is next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += found as usize;
        found
    }

    /// Takes a number of `least` to `most` digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let start = self.at;
        let mut value = 0i64;
        while self.at - start < most {
            match self.peek() {
                Some(byte @ b'0'..=b'9') => value = value * 10 + (byte - b'0') as i64,
                _ => break,
            }
            self.at += 1;
        }
        (self.at - start >= least).then_some(value)
    }

    /// Takes a fraction of up to six digits, as microseconds; more digits only if they are zeros.
    fn fraction(&mut self) -> Option<i64> {
        let start = self.at;
        let mut value = self.digits(0, 6)?;
        for _ in self.at - start..6 {
            value *= 10;
        }
        while self.at - start < 9 && self.take(b'0') {}
        Some(value)
    }

    fn rest(&self) -> &'a str {
        std::str::from_utf8(&self.text[self.at..]).unwrap_or("")
    }
}

fn read_date(cursor: &mut Cursor<'_>) -> Option<i32> {
    let year = cursor.digits(4, 5)?;
    let month = cursor.take(b'-').then(|| cursor.digits(1, 2))??;
    let day = cursor.take(b'-').then(|| cursor.digits(1, 2))??;
    civil::checked_days(year, month, day)
}

fn read_time(cursor: &mut Cursor<'_>) -> Option<i64> {
    let hour = cursor.digits(1, 2)?;
    let minute = cursor.take(b':').then(|| cursor.digits(1, 2))??;
    let second = cursor.take(b':').then(|| cursor.digits(1, 2))??;
    let fraction = if cursor.take(b'.') { cursor.fraction()? } else { 0 };
    // A leap second is read as the beginning of the next minute.
    let fraction = if second == 60 { 0 } else { fraction };
    let valid = hour < 24 && minute < 60 && second <= 60;
    valid.then_some((hour * 3_600 + minute * 60 + second) * 1_000_000 + fraction)
}

/// Reads a DATE: `YYYY-[M]M-[D]D`.
///
/// # Errors
/// `Invalid date: '...'`
pub fn parse_date(text: &str) -> Result<i32> {
    let mut cursor = Cursor::new(text);
    match read_date(&mut cursor).filter(|_| cursor.done()) {
        Some(days) => Ok(days),
        None => fail(format!("Invalid date: '{text}'")),
    }
}

/// Reads a TIME: `[H]H:[M]M:[S]S[.F]`.
///
/// # Errors
/// `Invalid time string "..."`
pub fn parse_time(text: &str) -> Result<i64> {
    let mut cursor = Cursor::new(text);
    match read_time(&mut cursor).filter(|_| cursor.done()) {
        Some(micros) => Ok(micros % civil::DAY),
        None => fail(format!("Invalid time string \"{text}\"")),
    }
}

fn read_datetime(cursor: &mut Cursor<'_>) -> Option<i64> {
    let days = read_date(cursor)? as i64;
    let mark = cursor.at;
    let separated = cursor.take(b' ') || cursor.take(b'T') || cursor.take(b't');
    let has_time = separated && cursor.peek().is_some_and(|byte| byte.is_ascii_digit());
    if !has_time {
        cursor.at = mark;
        return Some(days * civil::DAY);
    }
    Some(days * civil::DAY + read_time(cursor)?).filter(|micros| civil::in_range(*micros))
}

/// Reads a DATETIME: a date, then optionally a space or `T` and a time.
///
/// # Errors
/// `Invalid datetime string "..."`
pub fn parse_datetime(text: &str) -> Result<i64> {
    let mut cursor = Cursor::new(text);
    match read_datetime(&mut cursor).filter(|_| cursor.done()) {
        Some(micros) => Ok(micros),
        None => fail(format!("Invalid datetime string \"{text}\"")),
    }
}

/// Reads a TIMESTAMP: a datetime, then `Z`, an offset, or a space and a zone; without one, in `default`.
///
/// # Errors
/// `Invalid timestamp: '...'`
pub fn parse_timestamp(text: &str, default: &TimeZone) -> Result<i64> {
    let invalid = || crate::ExecError::Evaluation(format!("Invalid timestamp: '{text}'"));
    let mut cursor = Cursor::new(text);
    let local = read_datetime(&mut cursor).ok_or_else(invalid)?;
    let rest = cursor.rest();
    let zone = match rest {
        "" => default.clone(),
        "Z" | "z" => TimeZone::UTC,
        _ if rest.starts_with(['+', '-']) => {
            zone::parse_offset(rest).ok_or_else(invalid)?;
            zone::find(rest).map_err(|_| invalid())?
        }
        _ => match rest.strip_prefix(' ') {
            Some(name) => zone::find(name.trim_start()).map_err(|_| invalid())?,
            None => return Err(invalid()),
        },
    };
    zone::to_timestamp(&zone, local).map_err(|_| invalid())
}

/// Reads a BOOL: `true` or `false` in any case.
///
/// # Errors
/// `Bad bool value: ...`
pub fn parse_bool(text: &str) -> Result<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => fail(format!("Bad bool value: {text}")),
    }
}

/// Reads an INTERVAL: `[-]Y-M [-]D [-]H:M:S[.F]`, parts of it, or ISO 8601 (`P1Y2M3DT4H5M6.7S`).
///
/// # Errors
/// `Invalid INTERVAL value '...'`
pub fn parse_interval(text: &str) -> Result<Interval> {
    if text.starts_with('P') {
        return parse_iso_interval(text);
    }
    let invalid = || crate::ExecError::Evaluation(format!("Invalid INTERVAL value '{text}'"));
    let groups: Vec<&str> = text.split(' ').collect();
    let (mut months, mut days, mut micros) = (0, 0, 0);
    let year_month = |group: &str| group.trim_start_matches('-').contains('-');
    match groups.as_slice() {
        [a, b, c] => {
            months = read_months(a).ok_or_else(invalid)?;
            days = read_number(b).ok_or_else(invalid)?;
            micros = read_hours(c).ok_or_else(invalid)?;
        }
        [a, b] if year_month(a) => {
            months = read_months(a).ok_or_else(invalid)?;
            days = read_number(b).ok_or_else(invalid)?;
        }
        [a, b] => {
            days = read_number(a).ok_or_else(invalid)?;
            micros = read_hours(b).ok_or_else(invalid)?;
        }
        [a] if year_month(a) => months = read_months(a).ok_or_else(invalid)?,
        [a] if a.contains(':') => micros = read_hours(a).ok_or_else(invalid)?,
        _ => return Err(invalid()),
    }
    checked(months, days, micros)
}

/// As `INTERVAL '...' YEAR TO SECOND` reads it: the groups between the two parts, in order. `from` and `to`
/// count YEAR 0, MONTH 1, DAY 2, HOUR 3, MINUTE 4, SECOND 5.
///
/// # Errors
/// `Invalid INTERVAL value '...'`, and for parts in no order.
pub fn parse_interval_range(text: &str, from: usize, to: usize) -> Result<Interval> {
    if from >= to || to > 5 {
        return fail("Invalid range of interval parts");
    }
    let invalid = || crate::ExecError::Evaluation(format!("Invalid INTERVAL value '{text}'"));
    // Missing groups are zero: "3 4:5" DAY TO MINUTE is "0-0 3 4:5:0".
    let date_time: Vec<&str> = text.split(' ').collect();
    let mut groups = date_time.iter();
    let (mut months, mut days, mut micros) = (0, 0, 0);
    if from <= 1 {
        let group = groups.next().ok_or_else(invalid)?;
        months = match (from, to) {
            (0, 1..) => read_months(group).ok_or_else(invalid)?,
            _ => read_number(group).ok_or_else(invalid)?,
        };
    }
    if from <= 2 && to >= 2 {
        days = read_number(groups.next().ok_or_else(invalid)?).ok_or_else(invalid)?;
    }
    if to >= 3 {
        let group = groups.next().ok_or_else(invalid)?;
        let (before, after) = ("0:".repeat(from.saturating_sub(3)), ":0".repeat(5 - to));
        let (sign, digits) = match group.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", *group),
        };
        micros = read_hours(&format!("{sign}{before}{digits}{after}")).ok_or_else(invalid)?;
    }
    if groups.next().is_some() {
        return Err(invalid());
    }
    checked(months, days, micros)
}

fn signed(text: &str) -> (i64, &str) {
    match text.as_bytes().first() {
        Some(b'-') => (-1, &text[1..]),
        Some(b'+') => (1, &text[1..]),
        _ => (1, text),
    }
}

fn read_number(text: &str) -> Option<i64> {
    let (sign, digits) = signed(text);
    let mut cursor = Cursor::new(digits);
    cursor.digits(1, 12).filter(|_| cursor.done()).map(|value| sign * value)
}

fn read_months(text: &str) -> Option<i64> {
    let (sign, text) = signed(text);
    let mut cursor = Cursor::new(text);
    let years = cursor.digits(1, 8)?;
    let months = cursor.take(b'-').then(|| cursor.digits(1, 8))??;
    cursor.done().then_some(sign * (years * 12 + months))
}

fn read_hours(text: &str) -> Option<i128> {
    let (sign, text) = signed(text);
    let mut cursor = Cursor::new(text);
    let hours = cursor.digits(1, 12)?;
    let minutes = cursor.take(b':').then(|| cursor.digits(1, 12))??;
    let seconds = cursor.take(b':').then(|| cursor.digits(1, 12))??;
    let fraction = if cursor.take(b'.') { cursor.fraction()? } else { 0 };
    let seconds = hours as i128 * 3_600 + minutes as i128 * 60 + seconds as i128;
    cursor.done().then_some(sign as i128 * (seconds * 1_000_000 + fraction as i128))
}

fn parse_iso_interval(text: &str) -> Result<Interval> {
    let problem = |what: String| fail::<Interval>(format!("Invalid INTERVAL value '{text}': {what}"));
    let mut cursor = Cursor::new(text);
    cursor.take(b'P');
    let (mut months, mut days, mut micros) = (0i64, 0i64, 0i128);
    let mut in_time = false;
    while !cursor.done() {
        if !in_time && cursor.take(b'T') {
            in_time = true;
            continue;
        }
        let sign: i64 = if cursor.take(b'-') { -1 } else { 1 };
        let Some(value) = cursor.digits(1, 12) else {
            return problem(match cursor.peek() {
                Some(byte) => format!("Expected number at '{}'", byte as char),
                None => "Expected number at end of string".to_owned(),
            });
        };
        let fraction = if in_time && cursor.take(b'.') { cursor.fraction().unwrap_or(0) } else { 0 };
        let value = sign * value;
        let unit = cursor.peek();
        cursor.at += 1;
        match (in_time, unit) {
            (false, Some(b'Y')) => months = months.saturating_add(value.saturating_mul(12)),
            (false, Some(b'M')) => months = months.saturating_add(value),
            (false, Some(b'W')) => days = days.saturating_add(value.saturating_mul(7)),
            (false, Some(b'D')) => days = days.saturating_add(value),
            (true, Some(b'H')) => micros += value as i128 * 3_600_000_000,
            (true, Some(b'M')) => micros += value as i128 * 60_000_000,
            (true, Some(b'S')) => micros += value as i128 * 1_000_000 + (sign * fraction) as i128,
            (_, Some(byte)) => return problem(format!("Unexpected '{}'", byte as char)),
            (_, None) => return problem("Unexpected end of string".to_owned()),
        }
    }
    checked(months, days, micros)
}
