use std::mem::MaybeUninit;

use super::{AlpScheme, Exponents, decode_vector};
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed, written};
use crate::encoding::{Encoding, FixedDecoder, Isa, Node, raw};

fn encode(values: &[u64]) -> Node {
    let cost = Cost::default();
    let context = Context::new(&cost).of_floats();
    AlpScheme.encode(values, &Statistics::of(values), &context).expect("decimals")
}

fn check(values: impl IntoIterator<Item = f64>) {
    check_fixed(&values.into_iter().map(f64::to_bits).collect::<Vec<_>>(), encode);
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check((0..len).map(|i| (i * 7_919 % 100_000) as f64 / 100.0));
    }
    check((0..5_000).map(|i| 20.0 + (i % 300) as f64 * 0.05 - (i / 1_024) as f64 * 1e-7));
}

#[test]
fn bits_survive_whatever_they_mean() {
    let odd = [
        -0.0,
        f64::NAN,
        f64::from_bits(0x7ff0_0000_0000_0001),
        f64::from_bits(0xfff8_dead_beef_cafe),
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MIN_POSITIVE / 4.0,
        f64::MAX,
        std::f64::consts::PI,
    ];
    check((0..4_000).map(|i| if i % 9 == 4 { odd[i / 9 % 9] } else { i as f64 / 8.0 }));
}

#[test]
fn kernels_agree_with_the_scalar_twin() {
    let integers: Vec<u64> =
        (0..1_030u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (i % 60)).collect();
    for exponents in Exponents::all() {
        for len in [0, 1, 7, 8, 9, 1_024] {
            let mut expected = vec![MaybeUninit::new(0u64); len];
            decode_vector(Isa::Scalar, exponents, &integers[..len], &mut expected);
            for isa in Isa::available() {
                let mut found = vec![MaybeUninit::new(0u64); len];
                decode_vector(isa, exponents, &integers[..len], &mut found);
                assert_eq!(written(&found), written(&expected), "{isa:?} {exponents:?}");
            }
        }
    }
}

#[test]
fn exponents_that_cannot_be_are_refused() {
    for pair in [[19u8, 0], [3, 4]] {
        let node = Node {
            parameters: pair.to_vec().into(),
            children: vec![raw::encode(&[1u64; 10]), raw::encode::<u32>(&[]), raw::encode::<u64>(&[])],
            ..Node::new(Encoding::Alp, 10)
        };
        assert!(FixedDecoder::<u64>::open(node).is_err(), "{pair:?}");
    }
}
