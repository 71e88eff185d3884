use super::{DecimalDecoder, encode_big, encode_numeric};
use crate::encoding::choose::{Context, Cost};
use crate::encoding::conformance::{check_hostile, through_bytes};
use crate::{Buffer, DataType, I256, Values};

fn narrow(values: &[i64], scale: u8) -> Values {
    Values::Decimal64 { values: Buffer::from(values), scale }
}

#[test]
fn numeric_keeps_its_integers_and_scale() {
    let node = through_bytes(
        &encode_numeric(&narrow(&[150, 225, -7, i64::MAX], 2), 0, &Context::new(&Cost::default())).0,
    );
    let decoder = DecimalDecoder::open(node, &DataType::Numeric).unwrap();
    let Values::Decimal64 { values, scale: 2 } = decoder.decode(&DataType::Numeric, 1, 3).unwrap() else {
        panic!("carried wide")
    };
    assert_eq!(values[..], [225, -7, i64::MAX]);
}

#[test]
fn a_scale_hint_is_taken_where_it_fits() {
    assert_eq!(encode_numeric(&narrow(&[1, 2], 0), 2, &Context::new(&Cost::default())).1, 2);
    assert_eq!(encode_numeric(&narrow(&[1, i64::MAX], 0), 2, &Context::new(&Cost::default())).1, 0);
}

#[test]
fn big_numeric_is_narrowed_when_all_values_share_zeros() {
    let unit = I256::new(10).pow(36);
    for (values, width) in [
        (vec![unit, unit * I256::new(-250), I256::ZERO], 8),
        (vec![I256::MAX, I256::MIN], 32),
        (vec![unit * I256::from(i128::MAX / 7), unit * I256::new(-3)], 16),
        (vec![I256::ZERO; 3], 8),
    ] {
        let node = through_bytes(&encode_big(&values, &Context::new(&Cost::default())));
        assert_eq!(node.parameters[1], width);
        let decoder = DecimalDecoder::open(node, &DataType::BigNumeric).unwrap();
        let decoded = decoder.decode(&DataType::BigNumeric, 0, values.len()).unwrap();
        let Values::Decimal256(decoded) = decoded else { panic!("{decoded:?}") };
        assert_eq!(decoded[..], values[..]);
    }
}

#[test]
fn wide_numerics_that_end_with_zeros_fit_64_bits() {
    let wide = |values: &[i128]| Values::Decimal128 { values: Buffer::from(values), scale: 9 };
    let billion = 10i128.pow(9);
    for (values, width, scale) in [
        (vec![12 * billion, -700 * billion, 0], 8, 0),
        (vec![billion * billion * 10, 250_000_001], 16, 9),
        (vec![billion * billion, 250_000_000], 8, 2),
        (vec![0], 8, 0),
    ] {
        let (node, used) = encode_numeric(&wide(&values), 0, &Context::new(&Cost::default()));
        assert_eq!((node.parameters[1], used), (width, scale), "{values:?}");
        let decoder = DecimalDecoder::open(node, &DataType::Numeric).unwrap();
        let decoded = match decoder.decode(&DataType::Numeric, 0, values.len()).unwrap() {
            Values::Decimal64 { values, .. } => values.iter().map(|&v| v as i128).collect(),
            Values::Decimal128 { values, .. } => values.to_vec(),
            other => panic!("{}", other.kind()),
        };
        let expected: Vec<i128> = values.iter().map(|v| v / 10i128.pow(9 - scale as u32)).collect();
        assert_eq!(decoded, expected);
    }
}

#[test]
fn hostile_bytes_give_errors() {
    let wide = Values::Decimal128 { values: (0..300i128).map(|i| i << 70).collect(), scale: 9 };
    for values in [narrow(&[1, 2, 3], 9), wide] {
        check_hostile(&encode_numeric(&values, 0, &Context::new(&Cost::default())).0, |node| {
            let decoder = DecimalDecoder::open(node, &DataType::Numeric)?;
            decoder.decode(&DataType::Numeric, 0, decoder.len()).map(drop)
        });
    }
    let beyond = Values::Decimal128 { values: Buffer::from(&[10i128.pow(38)][..]), scale: 9 };
    let decoder = DecimalDecoder::open(
        encode_numeric(&beyond, 0, &Context::new(&Cost::default())).0,
        &DataType::Numeric,
    )
    .unwrap();
    assert!(decoder.decode(&DataType::Numeric, 0, 1).is_err(), "39 digits");
}
