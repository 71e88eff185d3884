//! Dates and timestamps as counts since 1970-01-01, and back.

use canopy_format::Vector;

use super::civil;
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};

const COUNT: &[&str] = &["TIMESTAMP -> INT64"];
const MOMENT: &[&str] = &["INT64 -> TIMESTAMP"];

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("unix_date", &["DATE -> INT64"], |call| {
            let input = call.dates(0);
            call.i64_rows(|row| Ok(input.get(row) as i64))
        })
        .doc("Days since 1970-01-01.")
        .examples(&[("UNIX_DATE(DATE '2008-12-25')", "14238")]),
        Function::scalar("date_from_unix_date", &["INT64 -> DATE"], |call| {
            let input = call.i64s(0);
            call.date_rows(|row| match input.get(row) {
                days if (civil::DAYS_MIN..=civil::DAYS_MAX).contains(&days) => Ok(days as i32),
                days => fail(format!("DATE_FROM_UNIX_DATE({days}) is out of range")),
            })
        })
        .doc("The date of a number of days since 1970-01-01.")
        .examples(&[("DATE_FROM_UNIX_DATE(14238)", "DATE '2008-12-25'")]),
        Function::scalar("unix_seconds", COUNT, |call| count(call, 1_000_000))
            .doc("Whole seconds since the epoch.")
            .examples(&[("UNIX_SECONDS(TIMESTAMP '2008-12-25 15:30:00+00')", "1230219000")]),
        Function::scalar("unix_millis", COUNT, |call| count(call, 1_000))
            .doc("Whole milliseconds since the epoch.")
            .examples(&[("UNIX_MILLIS(TIMESTAMP '2008-12-25 15:30:00+00')", "1230219000000")]),
        Function::scalar("unix_micros", COUNT, |call| count(call, 1))
            .doc("Microseconds since the epoch.")
            .examples(&[("UNIX_MICROS(TIMESTAMP '2008-12-25 15:30:00+00')", "1230219000000000")]),
        Function::scalar("timestamp_seconds", MOMENT, |call| moment(call, 1_000_000, "SECONDS"))
            .doc("The moment of a number of seconds since the epoch.")
            .examples(&[("TIMESTAMP_SECONDS(1230219000)", "TIMESTAMP '2008-12-25 15:30:00+00'")]),
        Function::scalar("timestamp_millis", MOMENT, |call| moment(call, 1_000, "MILLIS"))
            .doc("The moment of a number of milliseconds since the epoch.")
            .examples(&[("TIMESTAMP_MILLIS(1230219000000)", "TIMESTAMP '2008-12-25 15:30:00+00'")]),
        Function::scalar("timestamp_micros", MOMENT, |call| moment(call, 1, "MICROS"))
            .doc("The moment of a number of microseconds since the epoch.")
            .examples(&[("TIMESTAMP_MICROS(1230219000000000)", "TIMESTAMP '2008-12-25 15:30:00+00'")]),
    ]
}

fn count(call: &Call<'_>, unit: i64) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| Ok(input.get(row).div_euclid(unit)))
}

fn moment(call: &Call<'_>, unit: i64, name: &str) -> Result<Vector> {
    let input = call.i64s(0);
    call.i64_rows(|row| match input.get(row).checked_mul(unit).filter(|micros| civil::in_range(*micros)) {
        Some(micros) => Ok(micros),
        None => fail(format!("TIMESTAMP_{name}({}) is out of range", input.get(row))),
    })
}
