//! Formats of dates and times: `YYYY-MM-DD HH24:MI:SS`, taken apart once.

use canopy_format::Value;

use crate::Result;
use crate::function::call::fail;

/// A piece of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it stands.
    Text(String),
    /// A run of spaces.
    Spaces(usize),
    /// An element, and how it was written.
    Element(Element, String),
}

/// An element, named as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::upper_case_acronyms)]
pub(super) enum Element {
    /// `YYYY`, `RRRR`: all digits.
    Year,
    /// `YYY`, `YY`, `Y`: the last digits.
    YearDigits(u32),
    /// `Y,YYY`.
    YearComma,
    /// `RR`: two digits of the nearest century.
    YearRounded,
    /// `MM`.
    Month,
    /// `MON`.
    MonthShort,
    /// `MONTH`.
    MonthName,
    /// `D`: 1 for Sunday.
    Weekday,
    /// `DD`.
    Day,
    /// `DDD`.
    DayOfYear,
    /// `DY`.
    WeekdayShort,
    /// `DAY`.
    WeekdayName,
    /// `HH`, `HH12`.
    Hour12,
    /// `HH24`.
    Hour24,
    /// `MI`.
    Minute,
    /// `SS`.
    Second,
    /// `SSSSS`.
    SecondOfDay,
    /// `FF1` to `FF9`.
    Fraction(u32),
    /// `AM`, `PM`; true with points: `A.M.`.
    Meridian(bool),
    /// `TZH`.
    ZoneHour,
    /// `TZM`.
    ZoneMinute,
}

/// All elements, longer ones before their beginnings.
const ELEMENTS: &[(&str, Element)] = &[
    ("Y,YYY", Element::YearComma),
    ("YYYY", Element::Year),
    ("YYY", Element::YearDigits(3)),
    ("YY", Element::YearDigits(2)),
    ("Y", Element::YearDigits(1)),
    ("RRRR", Element::Year),
    ("RR", Element::YearRounded),
    ("MONTH", Element::MonthName),
    ("MON", Element::MonthShort),
    ("MM", Element::Month),
    ("MI", Element::Minute),
    ("DAY", Element::WeekdayName),
    ("DDD", Element::DayOfYear),
    ("DD", Element::Day),
    ("DY", Element::WeekdayShort),
    ("D", Element::Weekday),
    ("HH24", Element::Hour24),
    ("HH12", Element::Hour12),
    ("HH", Element::Hour12),
    ("SSSSS", Element::SecondOfDay),
    ("SS", Element::Second),
    ("FF1", Element::Fraction(1)),
    ("FF2", Element::Fraction(2)),
    ("FF3", Element::Fraction(3)),
    ("FF4", Element::Fraction(4)),
    ("FF5", Element::Fraction(5)),
    ("FF6", Element::Fraction(6)),
    ("FF7", Element::Fraction(7)),
    ("FF8", Element::Fraction(8)),
    ("FF9", Element::Fraction(9)),
    ("A.M.", Element::Meridian(true)),
    ("P.M.", Element::Meridian(true)),
    ("AM", Element::Meridian(false)),
    ("PM", Element::Meridian(false)),
    ("TZH", Element::ZoneHour),
    ("TZM", Element::ZoneMinute),
];

/// What an element says something of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Meridian,
    TimeZone,
}

impl Category {
    /// The name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Category::Year => "YEAR",
            Category::Month => "MONTH",
            Category::Day => "DAY",
            Category::Hour => "HOUR",
            Category::Minute => "MINUTE",
            Category::Second => "SECOND",
            Category::Meridian => "MERIDIAN_INDICATOR",
            Category::TimeZone => "TIME_ZONE",
        }
    }

    /// True for parts of a date.
    pub fn is_of_date(self) -> bool {
        matches!(self, Category::Year | Category::Month | Category::Day)
    }
}

impl Element {
    /// What the element says something of.
    pub fn category(self) -> Category {
        use Element::*;
        match self {
            Year | YearDigits(_) | YearComma | YearRounded => Category::Year,
            Month | MonthShort | MonthName => Category::Month,
            Weekday | Day | DayOfYear | WeekdayShort | WeekdayName => Category::Day,
            Hour12 | Hour24 => Category::Hour,
            Minute => Category::Minute,
            Second | SecondOfDay | Fraction(_) => Category::Second,
            Meridian(_) => Category::Meridian,
            ZoneHour | ZoneMinute => Category::TimeZone,
        }
    }
}

/// Takes a format apart.
///
/// # Errors
/// `Cannot find matched format element at ...`
pub(super) fn compile(format: &Value) -> Result<Vec<Piece>> {
    let Value::String(format) = format else { return fail("A format must be a STRING") };
    let mut pieces = Vec::new();
    let mut rest: &str = format;
    while let Some(first) = rest.chars().next() {
        let at = format.len() - rest.len();
        match first {
            ' ' => {
                let spaces = rest.len() - rest.trim_start_matches(' ').len();
                pieces.push(Piece::Spaces(spaces));
                rest = &rest[spaces..];
            }
            '-' | '.' | '/' | ',' | '\'' | ';' | ':' => {
                pieces.push(Piece::Text(first.to_string()));
                rest = &rest[1..];
            }
            '"' => {
                let (text, after) = quoted(&rest[1..], at)?;
                pieces.push(Piece::Text(text));
                rest = after;
            }
            _ => {
                let found = ELEMENTS.iter().find(|(name, _)| {
                    rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                });
                let Some((name, element)) = found else {
                    return fail(format!("Cannot find matched format element at {at}"));
                };
                let (written, after) = rest.split_at(name.len());
                pieces.push(Piece::Element(*element, written.to_owned()));
                rest = after;
            }
        }
    }
    Ok(pieces)
}

/// The text up to the closing quote, and what follows it.
fn quoted(text: &str, at: usize) -> Result<(String, &str)> {
    let mut out = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return Ok((out, &text[index + 1..])),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => out.push(escaped),
                _ => return fail(format!("Unsupported escape sequence in the text of a format at {at}")),
            },
            other => out.push(other),
        }
    }
    fail(format!("Cannot find matching \" for quoted literal at {at}"))
}
