//! FORMAT_DATE and its kin.

use std::fmt::Write;

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
        Function::scalar("format_date", &["STRING, DATE -> STRING", "STRING, DATETIME -> STRING"], format)
            .doc("The date in a strftime format.")
            .examples(&[("FORMAT_DATE('%b %d, %Y', DATE '2008-12-25')", "'Dec 25, 2008'")]),
        Function::scalar("format_datetime", &["STRING, DATETIME -> STRING"], format)
            .doc("The datetime in a strftime format.")
            .examples(&[(
                "FORMAT_DATETIME('%c', DATETIME '2008-12-25 15:30:00')",
                "'Thu Dec 25 15:30:00 2008'",
            )]),
        Function::scalar("format_time", &["STRING, TIME -> STRING"], format)
            .doc("The time in a strftime format.")
            .examples(&[("FORMAT_TIME('%R', TIME '15:30:00')", "'15:30'")]),
        Function::scalar("format_timestamp", &["STRING, TIMESTAMP, STRING? -> STRING"], format)
            .reads_context()
            .doc("The timestamp in a strftime format, in a zone.")
            .examples(&[(
                "FORMAT_TIMESTAMP('%F %T %Ez', TIMESTAMP '2008-12-25 15:30:00+00', 'UTC')",
                "'2008-12-25 15:30:00 +00:00'",
            )]),
    ]
}

fn format(call: &Call<'_>) -> Result<Vector> {
    let mut pieces = call.prepared(0, compile);
    let data_type = call.arguments[1].data_type();
    let mut named = (call.len() > 2).then(|| call.prepared(2, zone_of));
    call.strings(|row, out| {
        let pieces = pieces.get(row)?;
        let mut zone = None;
        let (micros, local) = match data_type {
            DataType::Date => {
                let micros = civil::midnight(call.dates(1).get(row));
                (micros, micros)
            }
            DataType::Timestamp => {
                let found = match &mut named {
                    Some(named) => (*named.get(row)?).clone(),
                    None => call.context.time_zone.clone(),
                };
                let micros = call.i64s(1).get(row);
                let local = zone::to_civil(&found, micros);
                zone = Some(found);
                (micros, local)
            }
            _ => {
                let micros = call.i64s(1).get(row);
                (micros, micros)
            }
        };
        let moment = Moment::new(micros, local, zone);
        for piece in pieces.iter() {
            match piece {
                Piece::Text(text) => out.extend(text.as_bytes()),
                Piece::Space => {}
                Piece::Element(element) => out.extend(moment.element(*element, data_type)?.as_bytes()),
            }
        }
        Ok(true)
    })
}

/// A moment taken apart.
struct Moment {
    micros: i64,
    days: i64,
    year: i64,
    month: u32,
    day: u32,
    time: (i64, i64, i64, i64),
    offset: i64,
    zone: Option<TimeZone>,
}

impl Moment {
    fn new(micros: i64, local: i64, zone: Option<TimeZone>) -> Self {
        let (days, time) = civil::split(local);
        let (year, month, day) = civil::from_days(days);
        let offset = (local - micros) / 1_000_000;
        Self { micros, days, year, month, day, time: civil::time_parts(time), offset, zone }
    }

    fn element(&self, element: Element, data_type: &DataType) -> Result<String> {
        let character = match element {
            Element::Plain(character) => character,
            Element::WideYear => return Ok(format!("{:04}", self.year)),
            Element::Seconds(digits) => return Ok(self.seconds(digits)),
            Element::WideOffset => return Ok(self.offset(":")),
        };
        let (is_date, is_time) = (*data_type == DataType::Date, *data_type == DataType::Time);
        let of_date = "aAbBCdejuUVWwYyGgQJ".contains(character);
        let of_time = "HIklMpPS".contains(character);
        if (is_time && of_date) || (is_date && of_time) {
            return fail(format!("%{character} is not an element of {data_type}"));
        }
        let (hour, minute, second, _) = self.time;
        let weekday = civil::weekday(self.days);
        let (iso_year, iso_week) = civil::iso_week(self.days);
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        Ok(match character {
            'Y' => self.year.to_string(),
            'C' => format!("{:02}", self.year.div_euclid(100)),
            'y' => format!("{:02}", self.year.rem_euclid(100)),
            'G' => iso_year.to_string(),
            'g' => format!("{:02}", iso_year.rem_euclid(100)),
            'Q' => ((self.month - 1) / 3 + 1).to_string(),
            'm' => format!("{:02}", self.month),
            'B' => MONTHS[self.month as usize - 1].to_owned(),
            'b' => MONTHS[self.month as usize - 1][..3].to_owned(),
            'd' => format!("{:02}", self.day),
            'e' => format!("{:2}", self.day),
            'j' => format!("{:03}", civil::day_of_year(self.days)),
            'J' => format!("{:03}", self.days - civil::iso_year_start(iso_year) + 1),
            'A' => WEEKDAYS[weekday as usize].to_owned(),
            'a' => WEEKDAYS[weekday as usize][..3].to_owned(),
            'u' => if weekday == 0 { 7 } else { weekday }.to_string(),
            'w' => weekday.to_string(),
            'U' => format!("{:02}", civil::week_of_year(self.days, 0)),
            'W' => format!("{:02}", civil::week_of_year(self.days, 1)),
            'V' => format!("{iso_week:02}"),
            'H' => format!("{hour:02}"),
            'k' => format!("{hour:2}"),
            'I' => format!("{twelve:02}"),
            'l' => format!("{twelve:2}"),
            'M' => format!("{minute:02}"),
            'S' => format!("{second:02}"),
            'p' => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            'P' => if hour < 12 { "am" } else { "pm" }.to_owned(),
            's' => self.micros.div_euclid(1_000_000).to_string(),
            'z' => self.offset(""),
            'Z' => self.abbreviation(),
            other => format!("%{other}"),
        })
    }

    /// Seconds with a fraction of given digits, or of as many as there are.
    fn seconds(&self, digits: Option<usize>) -> String {
        let (_, _, second, fraction) = self.time;
        let all = format!("{fraction:06}");
        let shown = match digits {
            Some(digits) => format!("{all:0<9}")[..digits.min(9)].to_owned(),
            None => all.trim_end_matches('0').to_owned(),
        };
        if shown.is_empty() { format!("{second:02}") } else { format!("{second:02}.{shown}") }
    }

    fn offset(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    /// The zone's short name at the moment: `PST`, or `UTC+5:30`.
    fn abbreviation(&self) -> String {
        let Some(zone) = &self.zone else { return "UTC".to_owned() };
        let named = jiff::Timestamp::from_microsecond(self.micros)
            .map(|moment| zone.to_offset_info(moment).abbreviation().to_owned())
            .unwrap_or_default();
        if named.chars().all(|c| c.is_ascii_alphabetic()) && !named.is_empty() {
            return named;
        }
        let mut text = String::from("UTC");
        if self.offset != 0 {
            let minutes = self.offset.abs() / 60;
            let _ = write!(text, "{}{}", if self.offset < 0 { '-' } else { '+' }, minutes / 60);
            if minutes % 60 != 0 {
                let _ = write!(text, ":{:02}", minutes % 60);
            }
        }
        text
    }
}
