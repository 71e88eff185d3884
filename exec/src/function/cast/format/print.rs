//! Dates and times as text in a format.

use canopy_format::{DataType, Vector};

use super::element::{Element, Piece, compile};
use crate::Result;
use crate::function::call::{Call, fail};
use crate::function::datetime::{MONTHS, WEEKDAYS, civil, zone, zone_of};

pub(super) fn to_string(call: &Call<'_>) -> Result<Vector> {
    let mut pieces = call.prepared(1, compile);
    let mut named = (call.len() > 2).then(|| call.prepared(2, zone_of));
    let data_type = call.arguments[0].data_type();
    call.strings(|row, out| {
        let pieces = pieces.get(row)?;
        let (mut micros, mut offset) = match data_type {
            DataType::Date => (civil::midnight(call.dates(0).get(row)), 0),
            _ => (call.i64s(0).get(row), 0),
        };
        if *data_type == DataType::Timestamp {
            offset = match &mut named {
                Some(zone) => zone::offset_seconds(&*zone.get(row)?, micros),
                None => zone::offset_seconds(&call.context.time_zone, micros),
            };
            micros = micros.saturating_add(offset * 1_000_000);
        }
        for piece in pieces.iter() {
            match piece {
                Piece::Text(text) => out.extend(text.as_bytes()),
                Piece::Spaces(count) => out.extend(std::iter::repeat_n(b' ', *count)),
                Piece::Element(element, written) => {
                    supported(*element, written, data_type)?;
                    out.extend(print(*element, written, micros, offset).as_bytes());
                }
            }
        }
        Ok(true)
    })
}

/// # Errors
/// When values of the type do not have what the element prints.
fn supported(element: Element, written: &str, data_type: &DataType) -> Result<()> {
    use super::element::Category::TimeZone;
    let category = element.category();
    let has = match data_type {
        DataType::Date => category.is_of_date(),
        DataType::Time => !category.is_of_date() && category != TimeZone,
        DataType::Datetime => category != TimeZone,
        _ => true,
    };
    match has {
        true => Ok(()),
        false => fail(format!("{data_type} does not support '{}'", written.to_ascii_uppercase())),
    }
}

fn print(element: Element, written: &str, micros: i64, offset: i64) -> String {
    let (days, time) = civil::split(micros);
    let (year, month, day) = civil::from_days(days);
    let (hour, minute, second, fraction) = civil::time_parts(time);
    match element {
        Element::Year => format!("{year:04}"),
        Element::YearDigits(digits) => {
            format!("{:0width$}", year % 10i64.pow(digits), width = digits as usize)
        }
        Element::YearRounded => format!("{:02}", year % 100),
        Element::YearComma => format!("{},{:03}", year / 1_000, year % 1_000),
        Element::Month => format!("{month:02}"),
        Element::MonthShort => cased(&MONTHS[month as usize - 1][..3], written),
        Element::MonthName => cased(MONTHS[month as usize - 1], written),
        Element::Weekday => (civil::weekday(days) + 1).to_string(),
        Element::Day => format!("{day:02}"),
        Element::DayOfYear => format!("{:03}", civil::day_of_year(days)),
        Element::WeekdayShort => cased(&WEEKDAYS[civil::weekday(days) as usize][..3], written),
        Element::WeekdayName => format!("{:9}", cased(WEEKDAYS[civil::weekday(days) as usize], written)),
        Element::Hour12 => format!("{:02}", if hour % 12 == 0 { 12 } else { hour % 12 }),
        Element::Hour24 => format!("{hour:02}"),
        Element::Minute => format!("{minute:02}"),
        Element::Second => format!("{second:02}"),
        Element::SecondOfDay => format!("{:05}", time / 1_000_000),
        Element::Fraction(digits) => format!("{fraction:06}000")[..digits as usize].to_owned(),
        Element::Meridian(points) => {
            let text = match (hour < 12, points) {
                (true, true) => "A.M.",
                (true, false) => "AM",
                (false, true) => "P.M.",
                (false, false) => "PM",
            };
            match written.starts_with(char::is_lowercase) {
                true => text.to_lowercase(),
                false => text.to_owned(),
            }
        }
        Element::ZoneHour => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}", offset.abs() / 3_600)
        }
        Element::ZoneMinute => format!("{:02}", offset.abs() / 60 % 60),
    }
}

/// A capitalized word in the case that the element is written in.
fn cased(word: &str, written: &str) -> String {
    let mut letters = written.chars();
    let upper = |letter: Option<char>| letter.is_some_and(char::is_uppercase);
    match (upper(letters.next()), upper(letters.next())) {
        (true, true) => word.to_uppercase(),
        (true, false) => word.to_owned(),
        (false, _) => word.to_lowercase(),
    }
}
