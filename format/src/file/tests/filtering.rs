//! Pruning and filtering never lose a row, and say yes to what a plain comparison says yes to.

use std::cmp::Ordering;

use super::*;
use crate::file::bounds::compare;
use crate::{ColumnPredicate, ColumnTest, Comparison, FieldId, Interval};

/// SQL's answer for one value.
fn passes(value: &Value, test: &ColumnTest) -> bool {
    if value.is_null() {
        return matches!(test, ColumnTest::IsNull);
    }
    let order = |constant: &Value| compare(value, constant);
    match test {
        ColumnTest::Compare(comparison, constant) => match comparison {
            Comparison::Equal => order(constant) == Some(Ordering::Equal),
            Comparison::NotEqual => order(constant) != Some(Ordering::Equal),
            Comparison::Less => order(constant) == Some(Ordering::Less),
            Comparison::LessOrEqual => order(constant).is_some_and(Ordering::is_le),
            Comparison::Greater => order(constant) == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => order(constant).is_some_and(Ordering::is_ge),
        },
        ColumnTest::In(constants) => constants.iter().any(|c| order(c) == Some(Ordering::Equal)),
        ColumnTest::StartsWith(prefix) => match value {
            Value::String(text) => text.as_bytes().starts_with(prefix),
            Value::Bytes(bytes) => bytes.starts_with(prefix),
            other => panic!("{other:?}"),
        },
        ColumnTest::IsNull => false,
        ColumnTest::IsNotNull => true,
        ColumnTest::MayContain(_) => panic!("tested apart"),
    }
}

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

/// All tests that some of the values (and what lies around them) give rise to.
fn tests_of(values: &[Value], more: Vec<Value>) -> Vec<ColumnTest> {
    let mut constants: Vec<Value> =
        values.iter().filter(|v| !v.is_null()).step_by(values.len() / 5 + 1).cloned().collect();
    constants.extend(more);
    let mut tests = vec![ColumnTest::IsNull, ColumnTest::IsNotNull];
    for constant in &constants {
        tests.extend(COMPARISONS.map(|comparison| ColumnTest::Compare(comparison, constant.clone())));
        match constant {
            Value::String(text) => {
                let cut = text.char_indices().nth(2).map_or(text.len(), |(at, _)| at);
                tests.push(ColumnTest::StartsWith(text.as_bytes()[..cut].into()));
            }
            Value::Bytes(bytes) => tests.push(ColumnTest::StartsWith(bytes[..bytes.len().min(1)].into())),
            _ => {}
        }
    }
    constants.sort_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal));
    constants.dedup();
    tests.push(ColumnTest::In(constants.into()));
    tests
}

fn check(data_type: DataType, values: Vec<Value>, more: Vec<Value>) {
    let schema = one_column(&data_type);
    let reader = open(&write(&schema, std::slice::from_ref(&values)).unwrap());
    let projection = reader.projection(&whole(&schema)).unwrap();
    let data = now(reader.fetch_stripe(&projection, 0)).unwrap();
    for test in tests_of(&values, more) {
        let pruned = reader.prune(&[ColumnPredicate { field: FieldId(1), test: test.clone() }]).unwrap();
        let any = values.iter().any(|value| passes(value, &test));
        assert!(!any || pruned.stripes == [0], "{data_type} {test:?}: a stripe with matches was pruned");
        for step in [values.len(), 2_048, 777] {
            let mut decoder = data.decoder();
            for start in (0..values.len()).step_by(step) {
                let len = step.min(values.len() - start);
                let mut mask = vec![0x5555_5555_5555_5555u64 | 0xff << 20; len.div_ceil(64)];
                let before = mask.clone();
                decoder.filter(0, &test, start, len, &mut mask).unwrap();
                for row in 0..len {
                    let was = before[row / 64] >> (row % 64) & 1 == 1;
                    let is = mask[row / 64] >> (row % 64) & 1 == 1;
                    let value = &values[start + row];
                    assert_eq!(
                        is,
                        was && passes(value, &test),
                        "{data_type} {test:?} row {} {value:?}",
                        start + row
                    );
                }
            }
        }
    }
}

/// `rows` values, every 37th NULL when `nulls`.
fn values(rows: usize, nulls: bool, make: impl Fn(usize) -> Value) -> Vec<Value> {
    (0..rows).map(|i| if nulls && i % 37 == 5 { Value::Null } else { make(i) }).collect()
}

#[test]
fn integers_packed_run_length_constant_and_sparse() {
    for nulls in [false, true] {
        let outside = vec![i64::MIN.into(), i64::MAX.into(), (-1).into(), 1_500.into()];
        check(DataType::Int64, values(20_000, nulls, |i| (i as i64 / 3).into()), outside.clone());
        check(DataType::Int64, values(3_000, nulls, |i| (i as i64 / 100).into()), outside.clone());
        check(DataType::Int64, values(3_000, nulls, |_| 7.into()), vec![6.into(), 8.into()]);
        let spiky = |i: usize| {
            if i.is_multiple_of(100) { (i as i64 * 1_000_000_007).into() } else { (i as i64 % 5).into() }
        };
        check(DataType::Int64, values(10_000, nulls, spiky), outside.clone());
        check(
            DataType::Int64,
            values(2_000, false, |i| if i % 3 > 0 { Value::Null } else { (i as i64).into() }),
            outside,
        );
        check(
            DataType::Date,
            values(9_000, nulls, |i| Value::Date(i as i32 - 4_000)),
            vec![Value::Date(-4_001)],
        );
        check(DataType::Timestamp, values(3_000, nulls, |i| Value::Timestamp(i as i64 * 7)), vec![]);
    }
}

#[test]
fn decimals_between_representable_values() {
    let cents = |v: i128| Value::Numeric(v * 10_000_000);
    let between = vec![Value::Numeric(5_001), Value::Numeric(-1), Value::Numeric(10i128.pow(37)), cents(-5)];
    check(DataType::Numeric, values(3_000, true, |i| cents(i as i128 - 100)), between.clone());
    check(DataType::Numeric, values(2_000, true, |i| Value::Numeric((i as i128) << 80)), between);
}

#[test]
fn floats_with_nan_and_both_zeros() {
    let odd = vec![0.0.into(), (-0.0).into(), f64::NAN.into(), f64::INFINITY.into()];
    let make = |i: usize| [0.0, -0.0, 1.5, f64::NAN, -3.0][i % 5].into();
    check(DataType::Float64, values(3_000, true, make), odd.clone());
    check(
        DataType::Float64,
        values(20_000, false, |i| if i < 8_192 { f64::NAN.into() } else { 2.0.into() }),
        odd.clone(),
    );
    check(DataType::Float64, values(100, false, |_| f64::NAN.into()), odd);
}

#[test]
fn text_in_dictionaries_and_plain() {
    let outside = vec!["".into(), "zzzz".into(), "é".into()];
    check(
        DataType::String,
        values(3_000, true, |i| ["air", "rail", "a truck with a long name"][i % 3].into()),
        outside.clone(),
    );
    check(
        DataType::String,
        values(20_000, true, |i| format!("k{:05}", i / 2).as_str().into()),
        outside.clone(),
    );
    let long = |i: usize| format!("{}{}", "same prefix of more than 32 bytes, ", i % 3_000).as_str().into();
    check(DataType::String, values(9_000, false, long), outside);
    check(DataType::Bytes, values(2_000, true, |i| Value::Bytes(vec![0xff; i % 40].into())), vec![]);
    check(DataType::Bool, values(2_000, true, |i| (i % 3 == 0).into()), vec![]);
}

#[derive(Debug)]
struct OnlyEven;

impl crate::MembershipFilter for OnlyEven {
    fn filter(&self, values: &Vector, mask: &mut [u64]) {
        for (row, value) in values.iter_values().enumerate() {
            if !matches!(value, Value::Int64(v) if v % 2 == 0) {
                mask[row / 64] &= !(1 << (row % 64));
            }
        }
    }
}

#[test]
fn membership_filters_see_the_values() {
    let schema = one_column(&DataType::Int64);
    let rows = values(5_000, true, |i| (i as i64).into());
    let reader = open(&write(&schema, std::slice::from_ref(&rows)).unwrap());
    let projection = reader.projection(&whole(&schema)).unwrap();
    let mut decoder = now(reader.fetch_stripe(&projection, 0)).unwrap().decoder();
    let mut mask = vec![u64::MAX; 16];
    decoder.filter(0, &ColumnTest::MayContain(Arc::new(OnlyEven)), 2_048, 1_000, &mut mask).unwrap();
    for row in 0..1_000 {
        let even = matches!(rows[2_048 + row], Value::Int64(v) if v % 2 == 0);
        assert_eq!(mask[row / 64] >> (row % 64) & 1 == 1, even, "row {row}");
    }
}

#[test]
fn stripes_are_pruned_and_counted() {
    let schema = one_column(&DataType::Int64);
    let rows: Vec<Value> = (0..3 * crate::STRIPE_ROWS).map(|i| (i as i64).into()).collect();
    let reader = open(&write(&schema, &[rows]).unwrap());
    let test = ColumnTest::Compare(Comparison::Equal, 70_000.into());
    let pruned = reader.prune(&[ColumnPredicate { field: FieldId(1), test }]).unwrap();
    assert_eq!((pruned.stripes, pruned.skipped_stripes, pruned.skipped_rows), (vec![1], 2, 2 * 65_536));
    let absent = |test| reader.prune(&[ColumnPredicate { field: FieldId(9), test }]).unwrap().stripes.len();
    assert_eq!((absent(ColumnTest::IsNull), absent(ColumnTest::IsNotNull)), (3, 0));
}

#[test]
fn a_test_that_does_not_apply_is_refused() {
    let interval = Value::Interval(Interval::default());
    let schema = one_column(&DataType::Interval);
    let reader = open(&write(&schema, &[vec![interval.clone(), Value::Null]]).unwrap());
    let projection = reader.projection(&whole(&schema)).unwrap();
    let mut decoder = now(reader.fetch_stripe(&projection, 0)).unwrap().decoder();
    let test = ColumnTest::Compare(Comparison::Less, interval);
    let error = decoder.filter(0, &test, 0, 2, &mut [u64::MAX]).unwrap_err().to_string();
    assert!(error.contains("does not apply to INTERVAL"), "{error}");
}
