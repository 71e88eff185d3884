//! The start of the time bucket that a date or time is in: DATE_BUCKET and its kin.

use canopy_format::{DataType, Interval, Vector};

use super::{civil, zone};
use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::operators::add_months;

/// 1950-01-01 as days since 1970-01-01: where buckets are counted from by default.
const ORIGIN_DAYS: i64 = -7_305;

const OF_DATE: &str = "DATE, INTERVAL, DATE? -> DATE";
const OF_DATETIME: &str = "DATETIME, INTERVAL, DATETIME? -> DATETIME";
const OF_TIMESTAMP: &str = "TIMESTAMP, INTERVAL, TIMESTAMP? -> TIMESTAMP";

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar("date_bucket", &[OF_DATE, OF_DATETIME, OF_TIMESTAMP], bucket)
            .reads_context()
            .doc(
                "The first date of the bucket that the date is in. Buckets of the interval's length lie side by side \
                 from an origin, 1950-01-01 by default.",
            )
            .examples(&[
                ("DATE_BUCKET(DATE '1949-12-29', INTERVAL 2 DAY)", "DATE '1949-12-28'"),
                ("DATE_BUCKET(DATE '2000-12-25', INTERVAL 7 DAY, DATE '2000-12-24')", "DATE '2000-12-24'"),
                ("DATE_BUCKET(DATE '2024-05-31', INTERVAL 1 QUARTER)", "DATE '2024-04-01'"),
            ]),
        Function::scalar("datetime_bucket", &[OF_DATETIME, OF_DATE, OF_TIMESTAMP], bucket)
            .reads_context()
            .doc("As DATE_BUCKET, of a datetime.")
            .examples(&[(
                "DATETIME_BUCKET(DATETIME '1949-12-30 13:00:00', INTERVAL 12 HOUR)",
                "DATETIME '1949-12-30 12:00:00'",
            )]),
        Function::scalar("timestamp_bucket", &[OF_TIMESTAMP, OF_DATE, OF_DATETIME], bucket)
            .reads_context()
            .doc("As DATE_BUCKET, of a timestamp; the origin is in the default time zone. Months are no length of timestamps.")
            .examples(&[
                (
                    "TIMESTAMP_BUCKET(TIMESTAMP '1949-12-30 13:00:00+00', INTERVAL 12 HOUR)",
                    "TIMESTAMP '1949-12-30 12:00:00+00'",
                ),
                ("TIMESTAMP_BUCKET(TIMESTAMP '2024-01-01 00:00:00+00', INTERVAL 1 MONTH)", "ERROR: MONTH"),
            ]),
    ]
}

/// A bucket's length.
enum Width {
    Months(i64),
    Micros(i64),
}

fn width(interval: Interval, data_type: &DataType) -> Result<Width> {
    let of = |what: &str| fail(format!("{data_type} buckets {what}"));
    let (months, days, micros) = (interval.months as i64, interval.days as i64, interval.micros);
    match (months, days, micros) {
        (months, 0, 0) if months > 0 && *data_type == DataType::Timestamp => {
            of("do not support widths with a YEAR or MONTH part")
        }
        (months, 0, 0) if months > 0 => Ok(Width::Months(months)),
        (0, _, micros) if micros != 0 && *data_type == DataType::Date => {
            of("need a width of whole days or months")
        }
        (0, days, micros) if days >= 0 && micros >= 0 && days + micros > 0 && (days == 0 || micros == 0) => {
            Ok(Width::Micros(days * civil::DAY + micros))
        }
        (0, 0, 0) => of("need a width above zero"),
        _ => of("need a positive width of one kind: months, days, or a time"),
    }
}

fn bucket(call: &Call<'_>) -> Result<Vector> {
    let intervals = call.intervals(1);
    let data_type = call.return_type;
    if *data_type == DataType::Date {
        let input = call.dates(0);
        let origin = (call.len() > 2).then(|| call.dates(2));
        return call.date_rows(|row| {
            let origin = origin.as_ref().map_or(ORIGIN_DAYS, |origin| origin.get(row) as i64) * civil::DAY;
            let micros =
                start(civil::midnight(input.get(row)), width(intervals.get(row), data_type)?, origin)?;
            Ok(civil::split(micros).0 as i32)
        });
    }
    let default = match data_type {
        DataType::Timestamp => zone::to_timestamp(&call.context.time_zone, ORIGIN_DAYS * civil::DAY)?,
        _ => ORIGIN_DAYS * civil::DAY,
    };
    let input = call.i64s(0);
    let origin = (call.len() > 2).then(|| call.i64s(2));
    call.i64_rows(|row| {
        let origin = origin.as_ref().map_or(default, |origin| origin.get(row));
        start(input.get(row), width(intervals.get(row), data_type)?, origin)
    })
}

fn start(micros: i64, width: Width, origin: i64) -> Result<i64> {
    let found = match width {
        // All terms are within the years 1 to 9999, so nothing overflows.
        Width::Micros(width) => origin + (micros - origin).div_euclid(width) * width,
        Width::Months(width) => {
            let (day, time) = civil::split(origin);
            let month_of = |days: i64| {
                let (year, month, _) = civil::from_days(days);
                year * 12 + month as i64
            };
            let buckets = (month_of(civil::split(micros).0) - month_of(day)).div_euclid(width);
            match add_months(day, buckets * width)? * civil::DAY + time {
                found if found <= micros => found,
                _ => add_months(day, (buckets - 1) * width)? * civil::DAY + time,
            }
        }
    };
    match civil::in_range(found) {
        true => Ok(found),
        false => fail("The bucket begins before the year 1"),
    }
}
