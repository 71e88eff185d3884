use std::mem::MaybeUninit;

use super::{DeltaScheme, kernel};
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Isa, Lane, Node, raw};

fn encode<L: Lane>(values: &[L]) -> Node {
    let cost = Cost::default();
    DeltaScheme.encode(values, &Statistics::of(values), &Context::new(&cost)).expect("integers")
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len as u64).map(|i| i * 1_000 + i * i % 17).collect::<Vec<_>>(), encode);
        check_fixed(&(0..len as u32).map(|i| 50_000 + i * 3 - i % 5).collect::<Vec<_>>(), encode);
    }
    let extremes = [i64::MIN as u64, i64::MAX as u64, 0, u64::MAX, 1];
    check_fixed(&(0..3_000).map(|i| extremes[i * 7 % 5]).collect::<Vec<_>>(), encode);
    check_fixed(&(0..3_000u32).map(|i| i.wrapping_mul(0x9e37_79b9)).collect::<Vec<_>>(), encode);
}

#[test]
fn the_worked_example() {
    let [bases, differences] = encode(&[100u64, 103, 104, 104, 109]).children.try_into().unwrap();
    assert_eq!(FixedDecoder::<u64>::open(bases).unwrap().buffer::<u64>(0, 1).unwrap()[..], [97]);
    let differences = FixedDecoder::<u64>::open(differences).unwrap();
    assert_eq!(differences.buffer::<u64>(0, 5).unwrap()[..], [3, 3, 1, 0, 5]);
}

#[test]
fn kernels_agree_with_the_scalar_twin() {
    let mut state = 0x1234_5678_9abc_def1u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let wide: Vec<u64> = (0..1_030).map(|_| next()).collect();
    let narrow: Vec<u32> = wide.iter().map(|&v| v as u32).collect();
    for len in [0usize, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 1_023, 1_024] {
        for start in [0, 1, 3] {
            for isa in Isa::available() {
                let mut expected = vec![MaybeUninit::new(0u64); len];
                kernel::running_sums(5, &wide[start..start + len], &mut expected);
                let mut found = vec![MaybeUninit::new(0u64); len];
                kernel::running_sums_u64(isa, 5, &wide[start..start + len], &mut found);
                assert!(same(&expected, &found), "{isa:?}, {len} u64 from {start}");
                let mut expected = vec![MaybeUninit::new(0u32); len];
                kernel::running_sums(9, &narrow[start..start + len], &mut expected);
                let mut found = vec![MaybeUninit::new(0u32); len];
                kernel::running_sums_u32(isa, 9, &narrow[start..start + len], &mut found);
                assert!(same(&expected, &found), "{isa:?}, {len} u32 from {start}");
            }
        }
    }
}

fn same<T: Copy + PartialEq>(a: &[MaybeUninit<T>], b: &[MaybeUninit<T>]) -> bool {
    crate::encoding::conformance::written(a) == crate::encoding::conformance::written(b)
}

#[test]
fn children_of_other_lengths_are_refused() {
    for (bases, differences) in [(2, 10), (0, 10), (1, 9), (1, 11)] {
        let node = Node {
            children: vec![raw::encode(&vec![0u64; bases]), raw::encode(&vec![0u64; differences])],
            ..Node::new(Encoding::Delta, 10)
        };
        assert!(FixedDecoder::<u64>::open(node).is_err(), "{bases} bases, {differences} differences");
    }
}
