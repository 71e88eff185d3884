//! Ranges: constructing, asking and splitting them.
//!
//! A bound is a number, days or microseconds, and an unbounded side the least or greatest one, so that most
//! of these functions are comparisons of numbers.

use canopy_format::{DataType, Interval, RangeElement, RangeValue, Value, Values, Vector};

use super::Function;
use super::call::{Call, fail};
use super::cast::EMPTY_RANGE;
use super::datetime::civil;
use super::operators::{add_months, datetime_plus};
use crate::Result;

/// Most ranges that one is split into.
const PARTS_MAX: usize = 1 << 20;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::scalar(
            "range",
            &["DATE, DATE -> RANGE<DATE>", "DATETIME, DATETIME -> RANGE<DATETIME>", "TIMESTAMP, TIMESTAMP -> RANGE<TIMESTAMP>"],
            construct,
        )
        .handles_nulls()
        .doc("The range from a bound up to another, which is not in it. A NULL bound is unbounded.")
        .examples(&[
            ("RANGE(DATE '2022-12-01', DATE '2022-12-31')", "RANGE<DATE> '[2022-12-01, 2022-12-31)'"),
            ("RANGE(NULL, DATE '2022-12-31')", "RANGE<DATE> '[UNBOUNDED, 2022-12-31)'"),
        ]),
        Function::scalar("range_start", &["RANGE<DATE> -> DATE", "RANGE<DATETIME> -> DATETIME", "RANGE<TIMESTAMP> -> TIMESTAMP"], |call| bound(call, RangeValue::first))
            .doc("The lower bound of a range; NULL when it has none.")
            .examples(&[("RANGE_START(RANGE<DATE> '[2022-12-01, 2022-12-31)')", "DATE '2022-12-01'")]),
        Function::scalar("range_end", &["RANGE<DATE> -> DATE", "RANGE<DATETIME> -> DATETIME", "RANGE<TIMESTAMP> -> TIMESTAMP"], |call| bound(call, RangeValue::after))
            .doc("The upper bound of a range, which is not in it; NULL when it has none.")
            .examples(&[("RANGE_END(RANGE<DATE> '[2022-12-01, 2022-12-31)')", "DATE '2022-12-31'")]),
        Function::scalar(
            "range_contains",
            &[
                "RANGE<DATE>, RANGE<DATE> -> BOOL",
                "RANGE<DATETIME>, RANGE<DATETIME> -> BOOL",
                "RANGE<TIMESTAMP>, RANGE<TIMESTAMP> -> BOOL",
                "RANGE<DATE>, DATE -> BOOL",
                "RANGE<DATETIME>, DATETIME -> BOOL",
                "RANGE<TIMESTAMP>, TIMESTAMP -> BOOL",
            ],
            contains,
        )
        .doc("Whether a range, or a single value, is in a range.")
        .examples(&[("RANGE_CONTAINS(RANGE<DATE> '[2022-01-01, 2023-01-01)', DATE '2022-04-01')", "TRUE")]),
        Function::scalar("range_overlaps", PAIR_TO_BOOL, |call| {
            let (a, b) = (call.ranges(0), call.ranges(1));
            call.bool_rows(|row| Ok(common(a.get(row), b.get(row)).is_some()))
        })
        .doc("Whether two ranges have anything in common.")
        .examples(&[(
            "RANGE_OVERLAPS(RANGE<DATE> '[2022-01-01, 2022-06-01)', RANGE<DATE> '[2022-06-01, 2023-01-01)')",
            "FALSE",
        )]),
        Function::scalar(
            "range_intersect",
            &[
                "RANGE<DATE>, RANGE<DATE> -> RANGE<DATE>",
                "RANGE<DATETIME>, RANGE<DATETIME> -> RANGE<DATETIME>",
                "RANGE<TIMESTAMP>, RANGE<TIMESTAMP> -> RANGE<TIMESTAMP>",
            ],
            intersect,
        )
        .doc("What two ranges have in common; an error when that is nothing.")
        .examples(&[(
            "RANGE_INTERSECT(RANGE<DATE> '[2022-02-01, 2022-09-01)', RANGE<DATE> '[2021-06-15, 2022-04-15)')",
            "RANGE<DATE> '[2022-02-01, 2022-04-15)'",
        )]),
        Function::scalar(
            "generate_range_array",
            &[
                "RANGE<DATE>, INTERVAL, BOOL? -> ARRAY<RANGE<DATE>>",
                "RANGE<DATETIME>, INTERVAL, BOOL? -> ARRAY<RANGE<DATETIME>>",
                "RANGE<TIMESTAMP>, INTERVAL, BOOL? -> ARRAY<RANGE<TIMESTAMP>>",
            ],
            split,
        )
        .doc("A range split into ranges as long as the interval; a shorter last one counts unless the third argument is FALSE.")
        .examples(&[(
            "GENERATE_RANGE_ARRAY(RANGE(DATE '2020-01-01', DATE '2020-01-04'), INTERVAL 2 DAY)",
            "[RANGE<DATE> '[2020-01-01, 2020-01-03)', RANGE<DATE> '[2020-01-03, 2020-01-04)']",
        )]),
    ]
}

const PAIR_TO_BOOL: &[&str] = &[
    "RANGE<DATE>, RANGE<DATE> -> BOOL",
    "RANGE<DATETIME>, RANGE<DATETIME> -> BOOL",
    "RANGE<TIMESTAMP>, RANGE<TIMESTAMP> -> BOOL",
];

/// A bound as a number; None for NULL.
fn number(vector: &Vector, row: usize) -> Option<i64> {
    match vector.value(row) {
        Value::Date(days) => Some(i64::from(days)),
        Value::Datetime(micros) | Value::Timestamp(micros) => Some(micros),
        _ => None,
    }
}

fn construct(call: &Call<'_>) -> Result<Vector> {
    let [start, end] = call.arguments else { return fail("RANGE takes two bounds") };
    call.range_options(|row| match RangeValue::new(number(start, row), number(end, row)) {
        Some(range) => Ok(Some(range)),
        None => fail(EMPTY_RANGE),
    })
}

fn bound(call: &Call<'_>, pick: fn(RangeValue) -> Option<i64>) -> Result<Vector> {
    let input = call.ranges(0);
    match call.return_type {
        DataType::Date => {
            // As with every DATE, days fit 32 bits.
            let (out, validity) = call.fixed(|row| Ok(pick(input.get(row)).map(|days| days as i32)))?;
            Ok(call.result(Values::I32(out.freeze()), validity))
        }
        _ => call.i64_options(|row| Ok(pick(input.get(row)))),
    }
}

fn contains(call: &Call<'_>) -> Result<Vector> {
    let outer = call.ranges(0);
    if let DataType::Range(_) = call.arguments[1].data_type() {
        let inner = call.ranges(1);
        return call.bool_rows(|row| {
            let (outer, inner) = (outer.get(row), inner.get(row));
            Ok(outer.start <= inner.start && inner.end <= outer.end)
        });
    }
    let inner = &call.arguments[1];
    call.bool_options(|row| {
        let range = outer.get(row);
        Ok(number(inner, row).map(|value| range.start <= value && value < range.end))
    })
}

fn common(a: RangeValue, b: RangeValue) -> Option<RangeValue> {
    let both = RangeValue { start: a.start.max(b.start), end: a.end.min(b.end) };
    (both.start < both.end).then_some(both)
}

fn intersect(call: &Call<'_>) -> Result<Vector> {
    let (a, b) = (call.ranges(0), call.ranges(1));
    call.range_options(|row| {
        let (a, b) = (a.get(row), b.get(row));
        if let Some(both) = common(a, b) {
            return Ok(Some(both));
        }
        let text = |range| super::format_value(&Value::Range(range), call.return_type);
        fail(format!(
            "Provided RANGE inputs: {} and {} do not overlap. Please check RANGE_OVERLAPS before calling \
             RANGE_INTERSECT. Query can be updated to include a WHERE clause condition, or SAFE.RANGE_INTERSECT",
            text(a),
            text(b)
        ))
    })
}

fn split(call: &Call<'_>) -> Result<Vector> {
    let (ranges, steps) = (call.ranges(0), call.intervals(1));
    let partial = (call.len() > 2).then(|| call.bools(2));
    let DataType::Range(element) = call.arguments[0].data_type() else {
        return fail("GENERATE_RANGE_ARRAY takes a RANGE");
    };
    call.values(|row| {
        let whole = ranges.get(row);
        let (Some(start), Some(end)) = (whole.first(), whole.after()) else {
            return fail("Unbounded RANGE is not supported by GENERATE_RANGE_ARRAY");
        };
        let step = steps.get(row);
        check_step(step, *element)?;
        let keeps_rest = partial.as_ref().is_none_or(|partial| partial.get(row));
        let mut parts = Vec::new();
        let mut from = start;
        for index in 1.. {
            let to = moved(start, step, index, *element);
            let Some(to) = to.filter(|&to| to < end) else {
                if keeps_rest || to == Some(end) {
                    parts.push(Value::Range(RangeValue { start: from, end }));
                }
                break;
            };
            parts.push(Value::Range(RangeValue { start: from, end: to }));
            if parts.len() > PARTS_MAX {
                return fail(format!("Cannot generate arrays with more than {PARTS_MAX} elements."));
            }
            from = to;
        }
        Ok(Value::Array(parts))
    })
}

/// One part of the interval is set, above zero, and one that the element can be moved by.
fn check_step(step: Interval, element: RangeElement) -> Result<()> {
    let parts = [step.months as i64, step.days as i64, step.micros];
    if parts.iter().any(|&part| part < 0) || parts == [0; 3] {
        return fail("step must be a positive INTERVAL");
    }
    if parts.iter().filter(|&&part| part > 0).count() > 1 {
        return fail("step must be an INTERVAL of a single date or time part");
    }
    match element {
        RangeElement::Date if step.micros > 0 => fail("step of a RANGE<DATE> must have no part below DAY"),
        RangeElement::Timestamp if step.months > 0 => {
            fail("step of a RANGE<TIMESTAMP> must have no part above DAY")
        }
        _ => Ok(()),
    }
}

/// The bound `index` steps after `start`; None past the type's end.
fn moved(start: i64, step: Interval, index: i64, element: RangeElement) -> Option<i64> {
    let step = Interval {
        months: i32::try_from((step.months as i64).checked_mul(index)?).ok()?,
        days: i32::try_from((step.days as i64).checked_mul(index)?).ok()?,
        micros: step.micros.checked_mul(index)?,
    };
    match element {
        RangeElement::Date => {
            let days = add_months(start, step.months as i64).ok()? + step.days as i64;
            (civil::DAYS_MIN..=civil::DAYS_MAX).contains(&days).then_some(days)
        }
        RangeElement::Datetime | RangeElement::Timestamp => datetime_plus(start, step, 1).ok(),
    }
}
