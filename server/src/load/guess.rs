//! Which type the texts of a column have in common.

use canopy_format::DataType;

use super::text;

/// The narrowest type that every text seen so far is of; None before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Guess {
    #[default]
    None,
    Bool,
    Int64,
    Float64,
    Date,
    Time,
    Datetime,
    Timestamp,
    String,
}

impl Guess {
    /// The type of one text. Only a `T` between date and time makes a DATETIME: BigQuery reads
    /// `2018-08-19 12:11` as a TIMESTAMP, and exports DATETIME values with the `T`.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        match text.as_bytes().first() {
            None => return Guess::String,
            Some(b't' | b'T' | b'f' | b'F')
                if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") =>
            {
                return Guess::Bool;
            }
            // Words are no numbers or times; this also keeps `inf` and `nan` from being floats.
            Some(byte) if !(byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.')) => {
                return Guess::String;
            }
            Some(_) => {}
        }
        if text.parse::<i64>().is_ok() {
            return Guess::Int64;
        }
        if text.bytes().any(|byte| byte.is_ascii_digit()) && text::float(text).is_some() {
            return Guess::Float64;
        }
        if text::date(text).is_some() {
            return Guess::Date;
        }
        if text::time_of_day(text).is_some() {
            return Guess::Time;
        }
        if text.contains('T') && text::datetime(text).is_some() {
            return Guess::Datetime;
        }
        if text::timestamp(text).is_some() { Guess::Timestamp } else { Guess::String }
    }

    /// The type of both.
    pub fn merge(self, other: Self) -> Self {
        use Guess::*;
        match (self, other) {
            (a, b) if a == b => a,
            (None, other) | (other, None) => other,
            (Int64, Float64) | (Float64, Int64) => Float64,
            (Date, Datetime) | (Datetime, Date) => Datetime,
            (Date | Datetime, Timestamp) | (Timestamp, Date | Datetime) => Timestamp,
            _ => String,
        }
    }

    /// The column type; STRING where nothing was seen, as in BigQuery.
    pub fn data_type(self) -> DataType {
        match self {
            Guess::None | Guess::String => DataType::String,
            Guess::Bool => DataType::Bool,
            Guess::Int64 => DataType::Int64,
            Guess::Float64 => DataType::Float64,
            Guess::Date => DataType::Date,
            Guess::Time => DataType::Time,
            Guess::Datetime => DataType::Datetime,
            Guess::Timestamp => DataType::Timestamp,
        }
    }
}
