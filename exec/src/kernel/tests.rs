//! Every tier against the scalar one, on random columns of awkward lengths. A failure names its seed.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::arithmetic::{self, Sides};
use super::bits::BitWords;
use super::compare::{self, Operator, Right};
use super::search::Finder;
use super::{Tier, decimal, hash, reduce, selection};
use canopy_format::{Buffer, DataType, Dictionary, I256, Value, Vector};

const LENGTHS: [usize; 12] = [0, 1, 7, 8, 9, 31, 63, 64, 65, 127, 200, 2048];
const OPERATORS: [Operator; 6] = [
    Operator::Equal,
    Operator::NotEqual,
    Operator::Less,
    Operator::LessOrEqual,
    Operator::Greater,
    Operator::GreaterOrEqual,
];

/// Runs `check` for every tier but the scalar one, with several seeds and lengths.
fn each_tier(check: impl Fn(Tier, &mut StdRng, usize, u64)) {
    for tier in Tier::available() {
        for seed in 0..8 {
            for length in LENGTHS {
                check(tier, &mut StdRng::seed_from_u64(seed), length, seed);
            }
        }
    }
}

fn integers(random: &mut StdRng, length: usize) -> Vec<i64> {
    let extremes = [i64::MIN, i64::MAX, -1, 0, 1];
    let style = random.random_range(0..3);
    (0..length)
        .map(|_| match style {
            0 => random.random_range(-3..3),
            1 => random.random(),
            _ => extremes[random.random_range(0..extremes.len())],
        })
        .collect()
}

fn floats(random: &mut StdRng, length: usize) -> Vec<f64> {
    let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 1.5, -1.5, f64::MAX];
    (0..length).map(|_| special[random.random_range(0..special.len())]).collect()
}

#[test]
fn comparisons_agree() {
    macro_rules! agree {
        ($kernel:path, $values:expr) => {
            each_tier(|tier, random, length, seed| {
                let make = $values;
                let (a, b) = (make(random, length), make(random, length));
                let constant = b.first().copied().unwrap_or_default();
                for operator in OPERATORS {
                    for right in [Right::Column(&b), Right::Constant(constant)] {
                        let found = $kernel(tier, operator, &a, right);
                        let expected = $kernel(Tier::SCALAR, operator, &a, right);
                        assert_eq!(
                            found.words(),
                            expected.words(),
                            "{operator:?} on {tier:?}, length {length}, seed {seed}"
                        );
                    }
                }
            })
        };
    }
    agree!(compare::compare_i64, integers);
    agree!(compare::compare_f64, floats);
    agree!(compare::compare_i32, |random: &mut StdRng, length| {
        integers(random, length).into_iter().map(|value| value as i32).collect::<Vec<i32>>()
    });
}

#[test]
fn selections_agree() {
    each_tier(|tier, random, length, seed| {
        let density = random.random_range(0.0..=1.0);
        let mut mask = BitWords::filled(false, length);
        (0..length).filter(|_| random.random_bool(density)).for_each(|row| mask.set(row));
        let found = selection::from_words(tier, &mask);
        let expected: Vec<u16> = mask.ones().into_iter().map(|row| row as u16).collect();
        assert_eq!(&found[..], &expected[..], "{tier:?}, length {length}, seed {seed}");
    });
}

#[test]
fn checked_arithmetic_agrees() {
    type Whole = fn(Tier, Sides<'_, i64>, &mut [i64]) -> bool;
    type One = fn(i64, i64) -> Option<i64>;
    let operations: [(&str, Whole, One); 3] = [
        ("+", arithmetic::add_i64, i64::checked_add),
        ("-", arithmetic::subtract_i64, i64::checked_sub),
        ("*", arithmetic::multiply_i64, i64::checked_mul),
    ];
    each_tier(|tier, random, length, seed| {
        let (a, b) = (integers(random, length), integers(random, length));
        let constant = b.first().copied().unwrap_or_default();
        for (symbol, whole, one) in operations {
            for sides in [
                Sides::Columns(&a, &b),
                Sides::RightConstant(&a, constant),
                Sides::LeftConstant(constant, &b),
            ] {
                let pair = |row: usize| match sides {
                    Sides::Columns(a, b) => (a[row], b[row]),
                    Sides::RightConstant(a, b) => (a[row], b),
                    Sides::LeftConstant(a, b) => (a, b[row]),
                };
                let expected: Option<Vec<i64>> =
                    (0..length).map(|row| one(pair(row).0, pair(row).1)).collect();
                let mut out = vec![0; length];
                let overflow = whole(tier, sides, &mut out);
                assert_eq!(
                    overflow,
                    expected.is_none(),
                    "{symbol} on {tier:?}, length {length}, seed {seed}"
                );
                if let Some(expected) = expected {
                    assert_eq!(out, expected, "{symbol} on {tier:?}, length {length}, seed {seed}");
                }
            }
        }
    });
}

#[test]
fn reductions_agree() {
    each_tier(|tier, random, length, seed| {
        let values = integers(random, length);
        let expected: i128 = values.iter().map(|&value| value as i128).sum();
        assert_eq!(reduce::sum_i64(tier, &values), expected, "{tier:?}, length {length}, seed {seed}");
        let extremes = values.iter().min().copied().zip(values.iter().max().copied());
        assert_eq!(reduce::extremes_i64(tier, &values), extremes, "{tier:?}, length {length}, seed {seed}");
        let reals: Vec<f64> = (0..length).map(|_| random.random_range(-1e9..1e9)).collect();
        assert_eq!(
            reduce::sum_f64(tier, &reals).to_bits(),
            reduce::sum_f64(Tier::SCALAR, &reals).to_bits(),
            "{tier:?}, length {length}, seed {seed}"
        );
        let words: Vec<u64> = values.iter().map(|&value| value as u64).collect();
        let ones: u64 = words.iter().map(|word| word.count_ones() as u64).sum();
        assert_eq!(reduce::count_ones(tier, &words), ones, "{tier:?}, length {length}, seed {seed}");
    });
}

#[test]
fn hashes_agree() {
    each_tier(|tier, random, length, seed| {
        let values = Vector::from_i64(integers(random, length).into_iter().collect());
        let run = |tier, vector: &Vector| {
            let mut hashes = vec![0; length];
            hash::hash_vector(tier, vector, &mut hashes);
            hashes
        };
        assert_eq!(run(tier, &values), run(Tier::SCALAR, &values), "{tier:?}, length {length}, seed {seed}");
        if length > 0 {
            let codes: Buffer<u32> = (0..length as u32).rev().collect();
            let dictionary = Vector::dictionary(codes, None, Dictionary::new(values));
            assert_eq!(run(tier, &dictionary), run(tier, &dictionary.flatten()), "dictionary, seed {seed}");
        }
    });
}

#[test]
fn equal_values_hash_equal() {
    let hash = |data_type: DataType, value: Value| {
        let vector = Vector::from_values(&data_type, &[value]).expect("a value of the type");
        let mut hashes = [7];
        hash::hash_vector(Tier::best(), &vector, &mut hashes);
        hashes[0]
    };
    let float = |value: f64| hash(DataType::Float64, Value::Float64(value));
    assert_eq!(float(0.0), float(-0.0));
    assert_eq!(float(f64::NAN), float(-f64::NAN));
    assert_ne!(float(1.0), float(2.0));
    // One NUMERIC at two scales: a column of 1.5 alone has scale 1, beside 0.25 it has scale 2.
    let column = |values: &[i128]| {
        let values: Vec<Value> = values.iter().map(|value| Value::Numeric(*value)).collect();
        let vector = Vector::from_values(&DataType::Numeric, &values).expect("NUMERICs");
        let mut hashes = vec![0; values.len()];
        hash::hash_vector(Tier::best(), &vector, &mut hashes);
        hashes[0]
    };
    assert_eq!(column(&[1_500_000_000]), column(&[1_500_000_000, 250_000_000]));
    assert_eq!(column(&[1_500_000_000]), column(&[1_500_000_000, 10i128.pow(37)]));
}

#[test]
fn constants_hash_as_columns() {
    for (data_type, value) in [
        (DataType::Int64, Value::Int64(-5)),
        (DataType::String, Value::from("a longer text than fits a view")),
        (DataType::Numeric, Value::Numeric(1_230_000_000)),
        (DataType::Bool, Value::Null),
    ] {
        let constant = Vector::constant(data_type, value, 3);
        let run = |vector: &Vector| {
            let mut hashes = [1, 2, 3];
            hash::hash_vector(Tier::best(), vector, &mut hashes);
            hashes
        };
        assert_eq!(run(&constant), run(&constant.flatten()));
    }
}

#[test]
fn searches_agree() {
    each_tier(|tier, random, length, seed| {
        let haystack: Vec<u8> = (0..length).map(|_| random.random_range(b'a'..=b'c')).collect();
        for needle_length in [0, 1, 2, 3, 5, 17] {
            let needle: Vec<u8> = (0..needle_length).map(|_| random.random_range(b'a'..=b'c')).collect();
            let expected = match needle_length {
                0 => Some(0),
                n => haystack.windows(n).position(|window| window == needle),
            };
            let found = Finder::new(&needle).find(tier, &haystack);
            assert_eq!(found, expected, "{tier:?}, length {length}, needle {needle_length}, seed {seed}");
        }
    });
}

#[test]
fn decimals_round_half_away_from_zero() {
    let check =
        |a: i128, b: i128, expected: i128| assert_eq!(decimal::divide_half_away(a, b), expected, "{a} / {b}");
    check(5, 2, 3);
    check(-5, 2, -3);
    check(5, -2, -3);
    check(4, 3, 1);
    check(-4, 3, -1);
    check(i128::MAX, 1, i128::MAX);
    assert_eq!(decimal::multiply_numeric(1, 500_000_000), Some(1));
    assert_eq!(decimal::multiply_numeric(-1, 499_999_999), Some(0));
    assert_eq!(decimal::multiply_numeric(10i128.pow(37), 10i128.pow(37)), None);
    assert_eq!(decimal::divide_numeric(2_000_000_000, 3_000_000_000), Some(666_666_667));
}

#[test]
fn bignumerics_multiply_and_divide_in_full() {
    let number = |text: &str| crate::function::cast::parse_bignumeric(text).expect("a BIGNUMERIC");
    let show = |value: Option<I256>| value.map_or("none".to_owned(), crate::function::cast::bignumeric_text);
    let check = |a: &str, b: &str, product: &str, quotient: &str| {
        assert_eq!(show(decimal::big::multiply(number(a), number(b))), product, "{a} * {b}");
        assert_eq!(show(decimal::big::divide(number(a), number(b))), quotient, "{a} / {b}");
    };
    check("1.5", "-2", "-3", "-0.75");
    check("1", "3", "3", "0.33333333333333333333333333333333333333");
    check("-2", "3", "-6", "-0.66666666666666666666666666666666666667");
    check("1e30", "1e8", "100000000000000000000000000000000000000", "10000000000000000000000");
    check("1e30", "1e-30", "1", "none");
    check(
        "123456789.123456789",
        "987654321.987654321",
        "121932631356500531.347203169112635269",
        "0.12499999886093750001423828124982202148",
    );
}
