//! Dates and times from text.

use canopy_format::Interval;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// First microsecond of year 1 and of year 10000.
const MICROS_RANGE: std::ops::Range<i64> = -62_135_596_800 * SECOND..253_402_300_800 * SECOND;

/// Whether a DATETIME or TIMESTAMP lies in years 1 to 9999.
pub(super) fn in_range(micros: i64) -> bool {
    MICROS_RANGE.contains(&micros)
}

/// Reads digits and marks from the front of a text.
struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn number(&mut self, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !digits.contains(&count) {
            return None;
        }
        let (number, rest) = self.0.split_at(count);
        self.0 = rest;
        Some(number.iter().fold(0, |value, &digit| value * 10 + i64::from(digit - b'0')))
    }

    fn mark(&mut self, marks: &[u8]) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        marks.contains(&first).then(|| {
            self.0 = rest;
            first
        })
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    /// Days since 1970-01-01.
    fn date(&mut self) -> Option<i64> {
        let year = self.number(1..=4)?;
        let separator = self.mark(b"-/")?;
        let month = self.number(1..=2)?;
        self.mark(&[separator])?;
        let day = self.number(1..=2)?;
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (year >= 1 && (1..=days).contains(&day)).then(|| days_from_civil(year, month, day))
    }

    /// Microseconds since midnight; seconds may be left out where `short`.
    fn time(&mut self, short: bool) -> Option<i64> {
        let hour = self.number(1..=2).filter(|hour| *hour < 24)?;
        self.mark(b":")?;
        let minute = self.number(1..=2).filter(|minute| *minute < 60)?;
        let mut micros = (hour * 60 + minute) * 60 * SECOND;
        if self.mark(b":").is_none() {
            return short.then_some(micros);
        }
        micros += self.number(1..=2).filter(|second| *second < 60)? * SECOND;
        Some(micros + self.fraction()?)
    }

    /// `.` and up to six digits, as microseconds; 0 when there is none.
    fn fraction(&mut self) -> Option<i64> {
        if self.mark(b".").is_none() {
            return Some(0);
        }
        let before = self.0.len();
        let number = self.number(1..=6)?;
        Some(number * 10i64.pow(6 - (before - self.0.len()) as u32))
    }

    /// An offset from UTC in microseconds: `Z`, `UTC`, `+1`, `-05:30`.
    fn offset(&mut self) -> Option<i64> {
        for name in [&b"UTC"[..], b"Z"] {
            if self.0.len() >= name.len() && self.0[..name.len()].eq_ignore_ascii_case(name) {
                self.0 = &self.0[name.len()..];
                return Some(0);
            }
        }
        let sign = if self.mark(b"+-")? == b'-' { -1 } else { 1 };
        let hours = self.number(1..=2).filter(|hours| *hours <= 14)?;
        let minutes = match self.mark(b":") {
            Some(_) => self.number(2..=2).filter(|minutes| *minutes < 60)?,
            None => 0,
        };
        Some(sign * (hours * 60 + minutes) * 60 * SECOND)
    }
}

/// DATE: days since 1970-01-01.
pub(in crate::load) fn date(text: &str) -> Option<i32> {
    let mut scanner = Scanner(text.as_bytes());
    let days = scanner.date()?;
    scanner.end()?;
    i32::try_from(days).ok()
}

/// TIME: microseconds since midnight.
pub(in crate::load) fn time_of_day(text: &str) -> Option<i64> {
    let mut scanner = Scanner(text.as_bytes());
    let micros = scanner.time(false)?;
    scanner.end()?;
    Some(micros)
}

/// DATETIME: microseconds since 1970-01-01 00:00:00.
pub(in crate::load) fn datetime(text: &str) -> Option<i64> {
    let mut scanner = Scanner(text.as_bytes());
    let mut micros = scanner.date()? * DAY;
    if scanner.mark(b"Tt ").is_some() {
        micros += scanner.time(true)?;
    }
    scanner.end()?;
    Some(micros)
}

/// TIMESTAMP: microseconds since the epoch; UTC where no zone is given.
pub(in crate::load) fn timestamp(text: &str) -> Option<i64> {
    let mut scanner = Scanner(text.as_bytes());
    let mut micros = scanner.date()? * DAY;
    if scanner.mark(b"Tt ").is_some() {
        if scanner.0.first().is_some_and(u8::is_ascii_digit) {
            micros += scanner.time(true)?;
            scanner.mark(b" ");
        }
        if !scanner.0.is_empty() {
            micros -= scanner.offset()?;
        }
    }
    scanner.end()?;
    in_range(micros).then_some(micros)
}

/// INTERVAL in its canonical form, `[-]Y-M [-]D [-]H:M:S[.F]`.
pub(super) fn interval(text: &str) -> Option<Interval> {
    let mut parts = text.split(' ');
    let mut signed = || {
        let part = parts.next()?;
        Some(part.strip_prefix('-').map_or((1, part), |rest| (-1, rest)))
    };
    let ((sign, months), (day_sign, days), (time_sign, time)) = (signed()?, signed()?, signed()?);
    let mut scanner = Scanner(months.as_bytes());
    let years = scanner.number(1..=5)?;
    scanner.mark(b"-")?;
    let months = sign * (years * 12 + scanner.number(1..=2)?);
    scanner.end()?;
    let mut scanner = Scanner(days.as_bytes());
    let days = day_sign * scanner.number(1..=7)?;
    scanner.end()?;
    let mut scanner = Scanner(time.as_bytes());
    let hours = scanner.number(1..=8)?;
    scanner.mark(b":")?;
    let minutes = scanner.number(1..=2)?;
    scanner.mark(b":")?;
    let seconds = scanner.number(1..=2)?;
    let micros = time_sign * (((hours * 60 + minutes) * 60 + seconds) * SECOND + scanner.fraction()?);
    scanner.end()?;
    let none_left = parts.next().is_none() && months.abs() <= 120_000 && days.abs() <= 3_660_000;
    none_left.then_some(Interval { months: months as i32, days: days as i32, micros })
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01; the inverse of parsing.
pub(crate) fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (year_of_era + era * 400 + carry, month, day)
}
