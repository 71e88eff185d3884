use super::LinearScheme;
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Lane, Node, raw};

fn encode<L: Lane>(values: &[L]) -> Node {
    let cost = Cost::default();
    LinearScheme.encode(values, &Statistics::of(values), &Context::new(&cost)).expect("near a line")
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len as u64).map(|i| i * 1_000 + i * i % 17).collect::<Vec<_>>(), encode);
        check_fixed(&(0..len as u32).map(|i| (70_000 - i) * 2).collect::<Vec<_>>(), encode);
        // Steps that are no whole number, and a line that bends from vector to vector.
        check_fixed(
            &(0..len as u64).map(|i| i * 10 / 3 + (i / 1_000) * (i / 1_000)).collect::<Vec<_>>(),
            encode,
        );
    }
    check_fixed(&[i64::MIN as u64 >> 20, 5, 1 << 44], encode);
}

#[test]
fn a_sequence_takes_no_pages() {
    let node = encode(&(0..60_000u64).map(|i| 7 + i * 86_400_000_000).collect::<Vec<_>>());
    assert_eq!(node.children[0].encoding, Encoding::Constant);
    assert!(node.byte_size() < 100, "{} bytes", node.byte_size());
}

#[test]
fn steep_lines_are_left_to_others() {
    let values: Vec<u64> = (0..3u64).map(|i| (i64::MIN as u64).wrapping_add(i << 62)).collect();
    let cost = Cost::default();
    assert!(LinearScheme.encode(&values, &Statistics::of(&values), &Context::new(&cost)).is_none());
}

#[test]
fn lines_that_cannot_be_are_refused() {
    let node = |parameters: Vec<u8>| Node {
        parameters: parameters.into(),
        children: vec![raw::encode(&[0u64; 10])],
        ..Node::new(Encoding::Linear, 10)
    };
    let line = |slope: i64| [[0u8; 8], slope.to_le_bytes()].concat();
    for (parameters, why) in [
        ([&[17, 16][..], &line(1)].concat(), "too many bits after the point"),
        ([&[0, 11][..], &line(1)].concat(), "another span"),
        ([&[0, 16][..], &line(1 << 46)].concat(), "too steep"),
        ([&[0, 16][..], &line(i64::MIN)].concat(), "too steep downwards"),
        ([&[0, 16][..], &line(1), &line(1)].concat(), "two lines"),
        (vec![0, 16], "no line"),
    ] {
        assert!(FixedDecoder::<u64>::open(node(parameters)).is_err(), "{why}");
    }
}
