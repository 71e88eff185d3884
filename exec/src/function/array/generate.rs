//! GENERATE_ARRAY and its kin.

use canopy_format::{DataType, I256, Interval, Value, Vector};

use crate::Result;
use crate::function::Function;
use crate::function::call::{Call, fail};
use crate::function::datetime::civil;
use crate::function::operators::{add_months, datetime_plus};

/// Most elements of a generated array.
const ELEMENTS_MAX: usize = 1 << 20;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "generate_array",
            &[
                "INT64, INT64, INT64? -> ARRAY<INT64>",
                "NUMERIC, NUMERIC, NUMERIC? -> ARRAY<NUMERIC>",
                "BIGNUMERIC, BIGNUMERIC, BIGNUMERIC? -> ARRAY<BIGNUMERIC>",
                "FLOAT64, FLOAT64, FLOAT64? -> ARRAY<FLOAT64>",
            ],
            generate,
        )
        .doc("The numbers from one to another, both included, by a step.")
        .examples(&[("GENERATE_ARRAY(1, 5)", "[1, 2, 3, 4, 5]"), ("GENERATE_ARRAY(10, 0, -5)", "[10, 5, 0]")]),
        Function::scalar("generate_date_array", &["DATE, DATE, INTERVAL? -> ARRAY<DATE>"], dates)
            .doc("The dates from one to another by an interval, a day by default.")
            .examples(&[(
                "GENERATE_DATE_ARRAY(DATE '2016-10-05', DATE '2016-10-07')",
                "[DATE '2016-10-05', DATE '2016-10-06', DATE '2016-10-07']",
            )]),
        Function::scalar(
            "generate_timestamp_array",
            &["TIMESTAMP, TIMESTAMP, INTERVAL -> ARRAY<TIMESTAMP>"],
            timestamps,
        )
        .doc("The timestamps from one to another by an interval.")
        .examples(&[(
            "ARRAY_LENGTH(GENERATE_TIMESTAMP_ARRAY(TIMESTAMP '2016-10-05 00:00:00+00', TIMESTAMP '2016-10-07 00:00:00+00', INTERVAL 1 DAY))",
            "3",
        )]),
    ]
}

/// The values `at(0), at(1), ...` up to `end`. `at` gives None where its range ends.
fn sequence<T: PartialOrd + Copy>(
    end: T,
    ascending: bool,
    at: impl Fn(i64) -> Option<T>,
    value: impl Fn(T) -> Value,
) -> Result<Value> {
    let mut elements = Vec::new();
    for index in 0.. {
        let Some(next) = at(index).filter(|next| if ascending { *next <= end } else { *next >= end }) else {
            break;
        };
        if elements.len() == ELEMENTS_MAX {
            return fail(format!("Cannot generate arrays with more than {ELEMENTS_MAX} elements."));
        }
        elements.push(value(next));
    }
    Ok(Value::Array(elements))
}

fn zero_step<T>() -> Result<T> {
    fail("Sequence step cannot be 0.")
}

fn generate(call: &Call<'_>) -> Result<Vector> {
    let stepped = call.len() > 2;
    match call.arguments[0].data_type() {
        DataType::Int64 => {
            let (start, end, step) = (call.i64s(0), call.i64s(1), stepped.then(|| call.i64s(2)));
            call.values(|row| {
                let step = step.as_ref().map_or(1, |step| step.get(row));
                if step == 0 {
                    return zero_step();
                }
                let start = start.get(row);
                let at = |index: i64| step.checked_mul(index).and_then(|by| start.checked_add(by));
                sequence(end.get(row), step > 0, at, Value::Int64)
            })
        }
        DataType::Float64 => {
            let (start, end, step) = (call.f64s(0), call.f64s(1), stepped.then(|| call.f64s(2)));
            call.values(|row| {
                let step = step.as_ref().map_or(1.0, |step| step.get(row));
                let (start, end) = (start.get(row), end.get(row));
                if step == 0.0 {
                    return zero_step();
                }
                if [start, end, step].iter().any(|value| value.is_nan())
                    || start.is_infinite()
                    || step.is_infinite()
                {
                    return fail("Sequence start, end and step must be finite");
                }
                sequence(end, step > 0.0, |index| Some(start + step * index as f64), Value::Float64)
            })
        }
        DataType::Numeric => {
            let (start, end, step) = (call.decimals(0), call.decimals(1), stepped.then(|| call.decimals(2)));
            call.values(|row| {
                let step = step.as_ref().map_or(1_000_000_000, |step| step.get(row));
                if step == 0 {
                    return zero_step();
                }
                let start = start.get(row);
                let at = |index: i64| step.checked_mul(index as i128).and_then(|by| start.checked_add(by));
                sequence(end.get(row), step > 0, at, Value::Numeric)
            })
        }
        _ => {
            let step = stepped.then(|| call.bignumerics(2));
            let (start, end) = (call.bignumerics(0), call.bignumerics(1));
            call.values(|row| {
                let step = step.as_ref().map_or(I256::from(10i128.pow(38)), |step| step.get(row));
                if step == I256::ZERO {
                    return zero_step();
                }
                let start = start.get(row);
                let at =
                    |index: i64| step.checked_mul(I256::from(index)).and_then(|by| start.checked_add(by));
                sequence(end.get(row), step > I256::ZERO, at, Value::BigNumeric)
            })
        }
    }
}

/// Whether a step goes forward; no part may go the other way.
fn ascends(step: Interval) -> Result<bool> {
    let parts = [step.months as i64, step.days as i64, step.micros];
    match (parts.iter().any(|part| *part > 0), parts.iter().any(|part| *part < 0)) {
        (false, false) => zero_step(),
        (true, true) => fail("Sequence step parts must have one sign"),
        (ascending, _) => Ok(ascending),
    }
}

fn times(step: Interval, index: i64) -> Option<Interval> {
    Some(Interval {
        months: i32::try_from((step.months as i64).checked_mul(index)?).ok()?,
        days: i32::try_from((step.days as i64).checked_mul(index)?).ok()?,
        micros: step.micros.checked_mul(index)?,
    })
}

fn dates(call: &Call<'_>) -> Result<Vector> {
    let (start, end) = (call.dates(0), call.dates(1));
    let step = (call.len() > 2).then(|| call.intervals(2));
    call.values(|row| {
        let step = step.as_ref().map_or(Interval { days: 1, ..Interval::default() }, |step| step.get(row));
        if step.micros != 0 {
            return fail("GENERATE_DATE_ARRAY steps by days, weeks, months, quarters or years");
        }
        let start = start.get(row) as i64;
        let at = |index: i64| {
            let step = times(step, index)?;
            let days = add_months(start, step.months as i64).ok()? + step.days as i64;
            (civil::DAYS_MIN..=civil::DAYS_MAX).contains(&days).then_some(days as i32)
        };
        sequence(end.get(row), ascends(step)?, at, Value::Date)
    })
}

fn timestamps(call: &Call<'_>) -> Result<Vector> {
    let (start, end, step) = (call.i64s(0), call.i64s(1), call.intervals(2));
    call.values(|row| {
        let step = step.get(row);
        if step.months != 0 {
            return fail("GENERATE_TIMESTAMP_ARRAY steps by days at most");
        }
        let start = start.get(row);
        let at = |index: i64| datetime_plus(start, times(step, index)?, 1).ok();
        sequence(end.get(row), ascends(step)?, at, Value::Timestamp)
    })
}
