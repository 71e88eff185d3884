//! Text in a format as dates and times.

use canopy_format::{DataType, Value, Vector};

use super::element::{Category, Element, Piece, compile};
use crate::Result;
use crate::function::call::{Call, fail};
use crate::function::datetime::{MONTHS, civil, zone, zone_of};

pub(super) fn from_string(call: &Call<'_>) -> Result<Vector> {
    let input = call.bytes(0);
    let compile: fn(&Value) -> Result<Vec<Piece>> = match call.return_type {
        DataType::Date => |format| checked(format, &DataType::Date),
        DataType::Time => |format| checked(format, &DataType::Time),
        DataType::Datetime => |format| checked(format, &DataType::Datetime),
        _ => |format| checked(format, &DataType::Timestamp),
    };
    let mut pieces = call.prepared(1, compile);
    let mut named = (call.len() > 2).then(|| call.prepared(2, zone_of));
    let mut micros = |row: usize| -> Result<i64> {
        let default = match &mut named {
            Some(zone) => zone.get(row)?,
            None => std::sync::Arc::new(call.context.time_zone.clone()),
        };
        let now = civil::from_days(civil::split(zone::to_civil(&default, call.context.now_us)).0);
        let parts = read(input.text(row), &pieces.get(row)?, now)?;
        let time = parts.time()?;
        if *call.return_type == DataType::Time {
            return Ok(time % civil::DAY);
        }
        let local = parts.days()? * civil::DAY + time;
        match (call.return_type, parts.offset()?) {
            (DataType::Timestamp, Some(offset)) => {
                let moment = local - offset * 1_000_000;
                if civil::in_range(moment) { Ok(moment) } else { fail("timestamp out of range") }
            }
            (DataType::Timestamp, None) => zone::to_timestamp(&default, local),
            _ => Ok(local),
        }
    };
    match call.return_type {
        DataType::Date => call.date_rows(|row| Ok(civil::split(micros(row)?).0 as i32)),
        _ => call.i64_rows(micros),
    }
}

/// The pieces of a format that gives values of the type.
fn checked(format: &Value, data_type: &DataType) -> Result<Vec<Piece>> {
    let pieces = compile(format)?;
    let elements: Vec<(Element, String)> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Element(element, written) => Some((*element, written.to_ascii_uppercase())),
            _ => None,
        })
        .collect();
    for (element, written) in &elements {
        let category = element.category();
        let allowed = match data_type {
            DataType::Date => category.is_of_date(),
            DataType::Time => !category.is_of_date() && category != Category::TimeZone,
            DataType::Datetime => category != Category::TimeZone,
            _ => true,
        };
        if !allowed {
            let name = category.name();
            return fail(format!(
                "Format element in category {name} ('{written}') is not allowed for output type {data_type}"
            ));
        }
        if matches!(element, Element::Weekday | Element::WeekdayShort | Element::WeekdayName) {
            return fail(format!("Format element '{written}' is not supported for parsing"));
        }
    }
    exclusive(&elements)?;
    Ok(pieces)
}

/// # Errors
/// For elements that say the same thing, or things that do not go together.
fn exclusive(elements: &[(Element, String)]) -> Result<()> {
    let of = |category: Category| elements.iter().filter(move |(e, _)| e.category() == category);
    let has = |wanted: Element| elements.iter().any(|(element, _)| *element == wanted);
    for (index, (element, written)) in elements.iter().enumerate() {
        if elements[..index].iter().any(|(other, _)| other == element) {
            return fail(format!("Format element '{written}' appears more than once in the format string"));
        }
    }
    for category in [Category::Year, Category::Month, Category::Day, Category::Hour, Category::Meridian] {
        if let (Some((_, first)), Some((_, second))) = (of(category).next(), of(category).nth(1)) {
            return fail(format!(
                "More than one format element in category {} exist: '{first}' and '{second}'",
                category.name()
            ));
        }
    }
    let not_both =
        |a: &str, b: &str| fail(format!("Format elements '{a}' and '{b}' cannot be used together"));
    let meridian = of(Category::Meridian).next();
    if has(Element::DayOfYear)
        && let Some((_, month)) = of(Category::Month).next()
    {
        return not_both("DDD", month);
    }
    if has(Element::Hour24)
        && let Some((_, meridian)) = meridian
    {
        return not_both("HH24", meridian);
    }
    if has(Element::Hour12) && meridian.is_none() {
        return fail("Format element for the 12-hour clock needs a meridian indicator (AM or PM)");
    }
    if meridian.is_some() && !has(Element::Hour12) {
        return fail("A meridian indicator needs a format element for the 12-hour clock (HH12)");
    }
    if has(Element::SecondOfDay) {
        let clashes = |(element, _): &&(Element, String)| {
            matches!(element.category(), Category::Hour | Category::Minute | Category::Meridian)
                || *element == Element::Second
        };
        if let Some((_, other)) = elements.iter().find(clashes) {
            return not_both("SSSSS", other);
        }
    }
    if has(Element::ZoneMinute) && !has(Element::ZoneHour) {
        return fail("Format element 'TZM' needs 'TZH'");
    }
    Ok(())
}

/// What was read.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    day_of_year: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    micros: i64,
    second_of_day: Option<i64>,
    is_pm: Option<bool>,
    zone: Option<(i64, i64)>,
    zone_minute: i64,
}

impl Parts {
    fn days(&self) -> Result<i64> {
        let found = match self.day_of_year {
            Some(day) => civil::checked_days(self.year, 1, 1)
                .map(|first| first as i64 + day - 1)
                .filter(|days| day >= 1 && civil::from_days(*days).0 == self.year),
            None => civil::checked_days(self.year, self.month, self.day).map(i64::from),
        };
        match found {
            Some(days) => Ok(days),
            None => fail(format!("Invalid date: {:04}-{:02}-{:02}", self.year, self.month, self.day)),
        }
    }

    fn time(&self) -> Result<i64> {
        let hour = match self.is_pm {
            Some(is_pm) if (1..=12).contains(&self.hour) => self.hour % 12 + if is_pm { 12 } else { 0 },
            Some(_) => return fail(format!("Hour {} is not of the 12-hour clock", self.hour)),
            None => self.hour,
        };
        if let Some(seconds) = self.second_of_day {
            return match seconds < 86_400 {
                true => Ok(seconds * 1_000_000 + self.micros),
                false => fail(format!("Second {seconds} is not of the day")),
            };
        }
        match hour < 24 && self.minute < 60 && self.second < 60 {
            true => Ok((hour * 3_600 + self.minute * 60 + self.second) * 1_000_000 + self.micros),
            false => fail(format!("Invalid time: {hour:02}:{:02}:{:02}", self.minute, self.second)),
        }
    }

    fn offset(&self) -> Result<Option<i64>> {
        let Some((sign, hour)) = self.zone else { return Ok(None) };
        let seconds = hour * 3_600 + self.zone_minute * 60;
        match self.zone_minute < 60 && seconds <= 14 * 3_600 {
            true => Ok(Some(sign * seconds)),
            false => fail(format!("Invalid time zone offset {hour:02}:{:02}", self.zone_minute)),
        }
    }
}

/// Reads a text; parts that the format lacks are the current year and month and the day's beginning.
fn read(text: &str, pieces: &[Piece], now: (i64, u32, u32)) -> Result<Parts> {
    let mut parts = Parts {
        year: now.0,
        month: now.1 as i64,
        day: 1,
        day_of_year: None,
        hour: 0,
        minute: 0,
        second: 0,
        micros: 0,
        second_of_day: None,
        is_pm: None,
        zone: None,
        zone_minute: 0,
    };
    let mut reader = Reader { text, at: 0 };
    reader.space();
    for (index, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Spaces(_) if index == 0 || reader.space() => {}
            Piece::Spaces(_) => return reader.mismatch("white space"),
            Piece::Text(wanted) => match reader.rest().starts_with(wanted.as_str()) {
                true => reader.at += wanted.len(),
                false => return reader.mismatch(wanted),
            },
            Piece::Element(element, written) => {
                let delimited = !matches!(pieces.get(index + 1), Some(Piece::Element(..)));
                if reader.element(*element, delimited, &mut parts, now).is_none() {
                    return reader.mismatch(&written.to_ascii_uppercase());
                }
            }
        }
    }
    reader.space();
    match reader.rest() {
        "" => Ok(parts),
        rest => fail(format!("Illegal non-space trailing data '{rest}' in input string '{text}'")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn mismatch<T>(&self, wanted: &str) -> Result<T> {
        let (text, at) = (self.text, self.at);
        fail(format!("Failed to parse input string \"{text}\": found no {wanted} at position {at}"))
    }

    /// Skips white space; true if there was some.
    fn space(&mut self) -> bool {
        let rest = self.rest().trim_start();
        let skipped = self.rest().len() - rest.len();
        self.at += skipped;
        skipped > 0
    }

    fn digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let count = self.rest().bytes().take(most).take_while(u8::is_ascii_digit).count();
        if count < least {
            return None;
        }
        let value = self.rest()[..count].parse().ok()?;
        self.at += count;
        Some(value)
    }

    fn word(&mut self, words: &[&str]) -> Option<usize> {
        let starts =
            |word: &&str| self.rest().get(..word.len()).is_some_and(|s| s.eq_ignore_ascii_case(word));
        let index = words.iter().position(starts)?;
        self.at += words[index].len();
        Some(index)
    }

    fn element(
        &mut self,
        element: Element,
        delimited: bool,
        parts: &mut Parts,
        now: (i64, u32, u32),
    ) -> Option<()> {
        match element {
            Element::Year if delimited => parts.year = self.digits(1, 5)?,
            Element::Year => parts.year = self.digits(4, 4)?,
            Element::YearDigits(count) => {
                let base = 10i64.pow(count);
                parts.year = now.0 - now.0 % base + self.digits(count as usize, count as usize)?;
            }
            Element::YearComma => {
                let thousands = self.digits(1, 2)?;
                self.word(&[","])?;
                parts.year = thousands * 1_000 + self.digits(3, 3)?;
            }
            Element::YearRounded => {
                let found = self.digits(2, 2)?;
                let (century, current) = (now.0 - now.0 % 100, now.0 % 100);
                parts.year = match (found < 50, current < 50) {
                    (true, false) => century + 100 + found,
                    (false, true) => century - 100 + found,
                    _ => century + found,
                };
            }
            Element::Month => parts.month = self.digits(2, 2)?,
            Element::MonthShort => parts.month = self.word(&MONTHS.map(|name| &name[..3]))? as i64 + 1,
            Element::MonthName => parts.month = self.word(&MONTHS)? as i64 + 1,
            Element::Day => parts.day = self.digits(2, 2)?,
            Element::DayOfYear => parts.day_of_year = Some(self.digits(3, 3)?),
            Element::Hour12 | Element::Hour24 => parts.hour = self.digits(2, 2)?,
            Element::Minute => parts.minute = self.digits(2, 2)?,
            Element::Second => parts.second = self.digits(2, 2)?,
            Element::SecondOfDay => parts.second_of_day = Some(self.digits(5, 5)?),
            Element::Fraction(digits) => {
                let start = self.at;
                let value = self.digits(1, if delimited { 9 } else { digits as usize })?;
                let nanos = value * 10i64.pow(9 - (self.at - start) as u32);
                // Rounded to the digits that the element has, and to microseconds.
                let unit = 10i64.pow(9 - digits.min(6));
                parts.micros = (nanos + unit / 2) / unit * unit / 1_000;
            }
            Element::Meridian(points) => {
                let words: [&str; 2] = if points { ["A.M.", "P.M."] } else { ["AM", "PM"] };
                parts.is_pm = Some(self.word(&words)? == 1);
            }
            Element::ZoneHour => {
                let sign = if self.word(&["-", "+", " "])? == 0 { -1 } else { 1 };
                parts.zone = Some((sign, self.digits(2, 2)?));
            }
            Element::ZoneMinute => parts.zone_minute = self.digits(2, 2)?,
            Element::Weekday | Element::WeekdayShort | Element::WeekdayName => return None,
        }
        Some(())
    }
}
