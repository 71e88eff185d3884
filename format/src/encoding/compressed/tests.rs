use super::CompressedScheme;
use crate::I256;
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Lane, Node};

/// Costs under which all is compressed that shrinks.
const COLD: Cost = Cost { byte_ns: 1e6 };

fn encode<L: Lane>(values: &[L]) -> Node {
    CompressedScheme.encode(values, &Statistics::of(values), &Context::new(&COLD)).expect("always")
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len as u64).map(|i| ((i % 97) * (i % 13)) << 20).collect::<Vec<_>>(), encode);
        check_fixed(&(0..len as u32).map(|i| 1_000_000 + i % 31 * 7).collect::<Vec<_>>(), encode);
    }
    check_fixed(&(0..9_000u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect::<Vec<_>>(), encode);
    check_fixed(&(0..9_000u128).map(|i| (i % 40) << 100).collect::<Vec<_>>(), encode);
    check_fixed(&(0..900i64).map(|i| I256::from(i % 7 - 3) << 90).collect::<Vec<_>>(), encode);
    check_fixed(&[i64::MIN as u64, i64::MAX as u64, 0], encode);
}

#[test]
fn skewed_bytes_take_less_than_their_width() {
    let values: Vec<u64> =
        (0..60_000u64).map(|i| if i * i % 101 < 95 { i / 3 % 4 } else { 200 + i % 50 }).collect();
    assert!(encode(&values).byte_size() < 30_000);
}

#[test]
fn pages_that_claim_too_much_are_refused() {
    let node = |width: u8, planes: u8, codec: u8, page: &[u8]| {
        let mut parameters = vec![width, planes];
        parameters.extend([0; 8]);
        parameters.push(codec);
        let page = bytes::Bytes::copy_from_slice(page);
        Node { parameters: parameters.into(), pages: vec![page], ..Node::new(Encoding::Compressed, 8_000) }
    };
    for (node, why) in [
        (node(0, 0, 0, &[0; 8]), "no width"),
        (node(9, 0, 0, &[0; 8]), "wider than the lane"),
        (node(1, 2, 0, &[0; 8]), "planes"),
        (node(8, 0, 2, &[0; 8]), "a bomb"),
        (node(1, 0, 9, &[0; 8]), "codec"),
    ] {
        assert!(FixedDecoder::<u64>::open(node).is_err(), "{why}");
    }
    let short = FixedDecoder::<u64>::open(node(1, 0, 0, &[0; 7_999])).unwrap();
    assert!(short.buffer::<u64>(0, 8_000).is_err(), "a byte is missing");
}
