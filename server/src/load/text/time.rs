//! Dates and times in files: what casts read, and the spellings that files have beside them.

use std::borrow::Cow;

use canopy_exec::function::cast;
use jiff::tz::TimeZone;

/// DATE: days since 1970-01-01; also with slashes.
pub(in crate::load) fn date(text: &str) -> Option<i32> {
    cast::parse_date(&dashed(text)).ok()
}

/// TIME: microseconds since midnight.
pub(in crate::load) fn time_of_day(text: &str) -> Option<i64> {
    cast::parse_time(text).ok()
}

/// DATETIME: microseconds since 1970-01-01 00:00:00; also with slashes, and without seconds.
pub(in crate::load) fn datetime(text: &str) -> Option<i64> {
    cast::parse_datetime(&with_seconds(&dashed(text), "")).ok()
}

/// TIMESTAMP: microseconds since the epoch; as DATETIME with a zone, UTC where none is given.
pub(in crate::load) fn timestamp(text: &str) -> Option<i64> {
    let text = dashed(text);
    // The zone begins after the time: at a sign, a letter, or a space.
    let time = text.find(['T', 't', ' ']).map_or(text.len(), |at| at + 1);
    let zone = text[time..].find(['+', '-', 'Z', 'z', 'U', 'u', ' ']).map_or(text.len(), |at| time + at);
    let (local, zone) = text.split_at(zone);
    let zone = match zone.trim_start() {
        utc if utc.eq_ignore_ascii_case("UTC") => "Z",
        offset if offset.starts_with(['+', '-', 'Z', 'z']) => offset,
        _ => zone,
    };
    cast::parse_timestamp(&with_seconds(local, zone), &TimeZone::UTC).ok()
}

/// The text with `-` for the slashes of a date.
fn dashed(text: &str) -> Cow<'_, str> {
    match text.as_bytes().iter().position(|byte| !byte.is_ascii_digit()) {
        Some(at) if text.as_bytes()[at] == b'/' => Cow::Owned(text.replacen('/', "-", 2)),
        _ => Cow::Borrowed(text),
    }
}

/// A datetime with seconds, where its time has none, and a zone after it.
fn with_seconds(local: &str, zone: &str) -> String {
    let local = local.trim_end();
    let seconds = if local.bytes().filter(|byte| *byte == b':').count() == 1 { ":00" } else { "" };
    format!("{local}{seconds}{zone}")
}
