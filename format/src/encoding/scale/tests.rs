use super::ScaleScheme;
use crate::I256;
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Lane, Node, raw};

fn encode<L: Lane>(values: &[L]) -> Node {
    let cost = Cost::default();
    ScaleScheme.encode(values, &Statistics::of(values), &Context::new(&cost)).expect("a common factor")
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS.into_iter().filter(|&len| len > 2) {
        check_fixed(&(0..len as u64).map(|i| 5 + (i * i % 977) * 10).collect::<Vec<_>>(), encode);
        check_fixed(
            &(0..len as u32).map(|i| (i * 7 % 500).wrapping_mul(7).wrapping_sub(9)).collect::<Vec<_>>(),
            encode,
        );
    }
    check_fixed(&(0..3_000u128).map(|i| (1 << 100) + i * i % 1_000).collect::<Vec<_>>(), encode);
    check_fixed(&(0..3_000u128).map(|i| (i % 91) << 70).collect::<Vec<_>>(), encode);
    check_fixed(
        &(0..900i64).map(|i| I256::from(i % 37 - 20) * I256::new(10).pow(30)).collect::<Vec<_>>(),
        encode,
    );
    // The whole range of a lane: the difference wraps, as an unsigned number it does not.
    check_fixed(&[i64::MIN as u64, i64::MAX as u64 - 1, 0], encode);
}

#[test]
fn the_worked_example() {
    let node = encode(&[5u64, 25, 15, 105]);
    assert_eq!((node.parameters[1], node.parameters[9]), (5, 10));
    let child = FixedDecoder::<u64>::open(node.children[0].clone()).unwrap();
    assert_eq!(child.buffer::<u64>(0, 4).unwrap()[..], [0, 2, 1, 10]);
}

#[test]
fn numbers_without_a_factor_are_left_to_others() {
    let cost = Cost::default();
    let values: Vec<u64> = (0..500).map(|i| i * 10 + (i == 250) as u64).collect();
    assert!(ScaleScheme.encode(&values, &Statistics::of(&values), &Context::new(&cost)).is_none());
}

#[test]
fn other_widths_are_refused() {
    for (width, bytes) in [(4u8, 17usize), (16, 17), (8, 16), (8, 18)] {
        let mut parameters = vec![0; bytes];
        parameters[0] = width;
        let node = Node {
            parameters: parameters.into(),
            children: vec![raw::encode(&[1u64; 10])],
            ..Node::new(Encoding::Scale, 10)
        };
        assert!(FixedDecoder::<u64>::open(node).is_err(), "width {width}, {bytes} bytes");
    }
}
