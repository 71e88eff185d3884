use super::AlpRdScheme;
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Node, raw};

fn encode(values: &[u64]) -> Node {
    let cost = Cost::default();
    let context = Context::new(&cost).of_floats();
    AlpRdScheme.encode(values, &Statistics::of(values), &context).expect("floats")
}

fn noise(i: usize) -> f64 {
    ((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64 / (1u64 << 53) as f64
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len).map(|i| (1.0 + noise(i)).to_bits()).collect::<Vec<_>>(), encode);
    }
    let odd = [-0.0f64, f64::NAN, f64::from_bits(0x7ff0_0000_0000_0001), f64::NEG_INFINITY, 5e-324];
    let mixed = (0..4_000).map(|i| if i % 7 == 3 { odd[i / 7 % 5] } else { 100.0 + noise(i) });
    check_fixed(&mixed.map(f64::to_bits).collect::<Vec<_>>(), encode);
}

#[test]
fn the_front_takes_few_bits() {
    let values: Vec<u64> = (0..20_000).map(|i| (1.0 + noise(i)).to_bits()).collect();
    assert!(encode(&values).byte_size() < 20_000 * 54 / 8, "52 random bits and hardly more");
}

#[test]
fn codes_without_a_front_are_refused() {
    let node = |parameters: Vec<u8>, code: u32| Node {
        parameters: parameters.into(),
        children: vec![
            raw::encode(&[code; 10]),
            raw::encode(&[1u64; 10]),
            raw::encode::<u32>(&[]),
            raw::encode::<u32>(&[]),
        ],
        ..Node::new(Encoding::AlpRd, 10)
    };
    let opened = FixedDecoder::<u64>::open(node(vec![48, 1, 0], 1)).unwrap();
    assert!(opened.buffer::<u64>(0, 10).is_err(), "one front, code 1");
    for parameters in [vec![48], vec![47, 1, 0], vec![64, 1, 0], vec![48, 1], vec![48; 19]] {
        assert!(FixedDecoder::<u64>::open(node(parameters.clone(), 0)).is_err(), "{parameters:?}");
    }
}
