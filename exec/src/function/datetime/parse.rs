//! PARSE_DATE and its kin.

use canopy_format::{DataType, Vector};
use jiff::tz::TimeZone;

use super::elements::{Element, MONTHS, Piece, WEEKDAYS, compile};
use super::trunc::zone_of;
use super::{civil, zone};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("parse_date", &["STRING, STRING -> DATE"], parse)
            .doc("The date of a text in a strftime format.")
            .examples(&[("PARSE_DATE('%x', '12/25/08')", "DATE '2008-12-25'")]),
        Function::scalar("parse_datetime", &["STRING, STRING -> DATETIME"], parse)
            .doc("The datetime of a text in a strftime format.")
            .examples(&[(
                "PARSE_DATETIME('%Y-%m-%d %H:%M:%S', '1998-10-18 13:45:55')",
                "DATETIME '1998-10-18 13:45:55'",
            )]),
        Function::scalar("parse_time", &["STRING, STRING -> TIME"], parse)
            .doc("The time of a text in a strftime format.")
            .examples(&[("PARSE_TIME('%I:%M:%S %p', '2:23:38 pm')", "TIME '14:23:38'")]),
        Function::scalar("parse_timestamp", &["STRING, STRING, STRING? -> TIMESTAMP"], parse)
            .reads_context()
            .doc("The timestamp of a text in a strftime format; without a zone in it, in the given one.")
            .examples(&[(
                "PARSE_TIMESTAMP('%F %T', '2008-12-25 07:30:00', 'UTC')",
                "TIMESTAMP '2008-12-25 07:30:00+00'",
            )]),
    ]
}

fn parse(call: &Call<'_>) -> Result<Vector> {
    let mut pieces = call.prepared(0, compile);
    let input = call.bytes(1);
    let data_type = call.return_type;
    if *data_type == DataType::Date {
        return call.date_rows(|row| {
            let read = read(&pieces.get(row)?, input.text(row), data_type)?;
            read.days().map(|days| days as i32).ok_or_else(|| failed(input.text(row)))
        });
    }
    let mut named = (call.len() > 2).then(|| call.prepared(2, zone_of));
    call.i64_rows(|row| {
        let text = input.text(row);
        let read = read(&pieces.get(row)?, text, data_type)?;
        let time = read.time().ok_or_else(|| failed(text))?;
        if *data_type == DataType::Time {
            return Ok(time % civil::DAY);
        }
        if let Some(seconds) = read.epoch {
            return seconds
                .checked_mul(1_000_000)
                .filter(|m| civil::in_range(*m))
                .ok_or_else(|| failed(text));
        }
        let days = read.days().ok_or_else(|| failed(text))?;
        let local = days * civil::DAY + time;
        if *data_type == DataType::Datetime {
            return Some(local).filter(|micros| civil::in_range(*micros)).ok_or_else(|| failed(text));
        }
        let zone = match (&read.zone, &mut named) {
            (Some(zone), _) => zone.clone(),
            (None, Some(named)) => (*named.get(row)?).clone(),
            (None, None) => call.context.time_zone.clone(),
        };
        zone::to_timestamp(&zone, local).map_err(|_| failed(text))
    })
}

fn failed(text: &str) -> crate::ExecError {
    crate::ExecError::Evaluation(format!("Failed to parse input string {text:?}"))
}

/// What has been read of a text.
#[derive(Default)]
struct Fields {
    century: Option<i64>,
    year: Option<i64>,
    short_year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    /// A week and its first day (0 Sunday, 1 Monday).
    week: Option<(i64, u32)>,
    weekday: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    hour: i64,
    twelve_hour: bool,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    fraction: i64,
    epoch: Option<i64>,
    zone: Option<TimeZone>,
}

impl Fields {
    fn time(&self) -> Option<i64> {
        let mut hour = self.hour;
        if self.twelve_hour {
            hour = hour % 12 + if self.afternoon == Some(true) { 12 } else { 0 };
        }
        let valid = hour < 24 && self.minute < 60 && self.second <= 60;
        valid.then_some((hour * 3_600 + self.minute * 60 + self.second) * 1_000_000 + self.fraction)
    }

    fn calendar_year(&self) -> i64 {
        match (self.year, self.century, self.short_year) {
            (Some(year), _, _) => year,
            (None, Some(century), short) => century * 100 + short.unwrap_or(0),
            // As strptime: 69 to 99 are of the last century.
            (None, None, Some(short)) => short + if short < 69 { 2000 } else { 1900 },
            (None, None, None) => 1970,
        }
    }

    fn days(&self) -> Option<i64> {
        let in_range = |days: i64| (civil::DAYS_MIN..=civil::DAYS_MAX).contains(&days).then_some(days);
        if let Some(seconds) = self.epoch {
            return in_range(seconds.div_euclid(86_400));
        }
        if let (Some(week), year) = (self.iso_week, self.iso_year.unwrap_or(self.calendar_year())) {
            let day = self.weekday.map_or(0, |weekday| (weekday + 6) % 7);
            let days = civil::iso_year_start(year) + (week - 1) * 7 + day;
            return in_range(days).filter(|_| (1..=53).contains(&week));
        }
        let year = self.calendar_year();
        if let Some(day) = self.day_of_year {
            let last = 365 + civil::is_leap(year) as i64;
            return in_range(civil::to_days(year, 1, 1) + day - 1).filter(|_| (1..=last).contains(&day));
        }
        if let (Some((week, first)), None, None) = (self.week, self.month, self.day) {
            let start = civil::to_days(year, 1, 1);
            let first_day = start + (first as i64 - civil::weekday(start) as i64).rem_euclid(7);
            let offset = (self.weekday.unwrap_or(first as i64) - first as i64).rem_euclid(7);
            let days = first_day + (week - 1) * 7 + offset;
            // A week that begins before the year is cut at its start.
            return in_range(days.max(start)).filter(|_| (1..=9999).contains(&year));
        }
        civil::checked_days(year, self.month.unwrap_or(1), self.day.unwrap_or(1)).map(i64::from)
    }
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        self.text = self.text.trim_start();
    }

    /// A number of at most `most` digits, within a range.
    fn number(&mut self, most: usize, low: i64, high: i64) -> Option<i64> {
        let digits = self.text.bytes().take(most).take_while(u8::is_ascii_digit).count();
        let value = self.text[..digits].parse().ok()?;
        self.text = &self.text[digits..];
        (low..=high).contains(&value).then_some(value)
    }

    /// The position of a name that the text begins with, in full or by three letters.
    fn name(&mut self, names: &[&str]) -> Option<i64> {
        let matches =
            |name: &str| self.text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        for full in [true, false] {
            for (index, name) in names.iter().enumerate() {
                let name = if full { name } else { &name[..3] };
                if matches(name) {
                    self.text = &self.text[name.len()..];
                    return Some(index as i64);
                }
            }
        }
        None
    }
}

/// Reads a text by a format.
fn read(pieces: &[Piece], text: &str, data_type: &DataType) -> Result<Fields> {
    let mut fields = Fields::default();
    let mut reader = Reader { text: text.trim_start() };
    for piece in pieces {
        match piece {
            Piece::Space => reader.skip_space(),
            Piece::Text(literal) if literal.chars().all(char::is_whitespace) => {}
            Piece::Text(literal) => match reader.text.strip_prefix(literal.as_str()) {
                Some(rest) => reader.text = rest,
                None => {
                    return fail(format!(
                        "Mismatch between format character '{}' and string character '{}'",
                        literal.chars().next().unwrap_or(' '),
                        reader.text.chars().next().unwrap_or(' ')
                    ));
                }
            },
            Piece::Element(element) => {
                if element_of(&mut fields, &mut reader, *element, data_type).is_none() {
                    return Err(failed(text));
                }
            }
        }
    }
    match reader.text.trim_start().is_empty() {
        true => Ok(fields),
        false => fail(format!("Illegal non-space trailing data '{}' in string {text}", reader.text)),
    }
}

fn element_of(
    fields: &mut Fields,
    reader: &mut Reader<'_>,
    element: Element,
    data_type: &DataType,
) -> Option<()> {
    let character = match element {
        Element::Plain(character) => character,
        Element::WideYear => 'Y',
        Element::Seconds(digits) => {
            fields.second = reader.number(2, 0, 60)?;
            if let Some(rest) = reader.text.strip_prefix('.') {
                let most = digits.unwrap_or(6).min(6);
                let count = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
                fields.fraction = format!("{:0<6}", &rest[..count]).parse().ok()?;
                reader.text =
                    rest[count..].trim_start_matches(|c: char| digits.is_none() && c.is_ascii_digit());
            }
            return Some(());
        }
        Element::WideOffset => 'z',
    };
    let of_date = "aAbBCdejuUVWwYyGg".contains(character);
    let of_time = "HIklMpPS".contains(character);
    if (*data_type == DataType::Time && of_date) || (*data_type == DataType::Date && of_time) {
        return None;
    }
    // Elements that are written with a space before one digit.
    if matches!(character, 'e' | 'k' | 'l') {
        reader.skip_space();
    }
    match character {
        'Y' => fields.year = Some(reader.number(4, 0, 9_999)?),
        'C' => fields.century = Some(reader.number(2, 0, 99)?),
        'y' => fields.short_year = Some(reader.number(2, 0, 99)?),
        'G' => fields.iso_year = Some(reader.number(4, 0, 9_999)?),
        'g' => {
            let short = reader.number(2, 0, 99)?;
            fields.iso_year = Some(short + if short < 69 { 2000 } else { 1900 });
        }
        'm' => fields.month = Some(reader.number(2, 1, 12)?),
        'b' | 'B' => fields.month = Some(reader.name(&MONTHS)? + 1),
        'd' | 'e' => fields.day = Some(reader.number(2, 1, 31)?),
        'j' => fields.day_of_year = Some(reader.number(3, 1, 366)?),
        'a' | 'A' => fields.weekday = Some(reader.name(&WEEKDAYS)?),
        'u' => fields.weekday = Some(reader.number(1, 1, 7)? % 7),
        'w' => fields.weekday = Some(reader.number(1, 0, 6)?),
        'U' => fields.week = Some((reader.number(2, 0, 53)?, 0)),
        'W' => fields.week = Some((reader.number(2, 0, 53)?, 1)),
        'V' => fields.iso_week = Some(reader.number(2, 1, 53)?),
        'H' | 'k' => {
            fields.hour = reader.number(2, 0, 23)?;
            fields.twelve_hour = false;
        }
        'I' | 'l' => {
            fields.hour = reader.number(2, 1, 12)?;
            fields.twelve_hour = true;
        }
        'M' => fields.minute = reader.number(2, 0, 59)?,
        'S' => fields.second = reader.number(2, 0, 60)?,
        'p' | 'P' => {
            let half = reader.text.get(..2)?.to_ascii_lowercase();
            fields.afternoon = Some(match half.as_str() {
                "am" => false,
                "pm" => true,
                _ => return None,
            });
            reader.text = &reader.text[2..];
        }
        's' => {
            let negative = reader.text.starts_with('-');
            reader.text = reader.text.trim_start_matches('-');
            let seconds = reader.number(18, 0, i64::MAX)?;
            fields.epoch = Some(if negative { -seconds } else { seconds });
        }
        'z' => {
            let length = reader
                .text
                .bytes()
                .take(6)
                .take_while(|b| matches!(b, b'+' | b'-' | b':' | b'0'..=b'9'))
                .count();
            let (offset, rest) = reader.text.split_at(length);
            let spelled = match (offset.len(), offset.contains(':')) {
                (5, false) => format!("{}:{}", &offset[..3], &offset[3..]),
                _ => offset.to_owned(),
            };
            let zone = if reader.text.starts_with('Z') { Some(TimeZone::UTC) } else { None };
            fields.zone = Some(match zone {
                Some(zone) => {
                    reader.text = &reader.text[1..];
                    zone
                }
                None => {
                    zone::parse_offset(&spelled)?;
                    reader.text = rest;
                    zone::find(&spelled).ok()?
                }
            });
        }
        'Z' => {
            let end = reader.text.find(char::is_whitespace).unwrap_or(reader.text.len());
            fields.zone = Some(zone::find(&reader.text[..end]).ok()?);
            reader.text = &reader.text[end..];
        }
        _ => return None,
    }
    Some(())
}
