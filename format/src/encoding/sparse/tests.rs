use super::SparseScheme;
use crate::encoding::choose::{Context, Cost, Scheme, Statistics};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Lane, Node, raw};

fn encode<L: Lane>(values: &[L]) -> Node {
    let cost = Cost::default();
    SparseScheme.encode(values, &Statistics::of(values), &Context::new(&cost)).expect("a common value")
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS.into_iter().filter(|&len| len > 2) {
        check_fixed(
            &(0..len as u64).map(|i| if i % 41 == 3 { i << 30 } else { 7 }).collect::<Vec<_>>(),
            encode,
        );
        check_fixed(
            &(0..len as u32).map(|i| if i % 300 == 0 { i } else { u32::MAX }).collect::<Vec<_>>(),
            encode,
        );
    }
    check_fixed(&(0..9_000u128).map(|i| if i % 50 == 0 { i << 100 } else { 1 }).collect::<Vec<_>>(), encode);
}

#[test]
fn the_worked_example() {
    let node = encode(&[0u64, 0, 0, 7, 0, 0, 0, 0, 9, 0]);
    assert_eq!(node.parameters[..], [0; 8]);
    let [positions, values] = node.children.try_into().unwrap();
    assert_eq!(FixedDecoder::<u32>::open(positions).unwrap().buffer::<u32>(0, 2).unwrap()[..], [3, 8]);
    assert_eq!(FixedDecoder::<u64>::open(values).unwrap().buffer::<u64>(0, 2).unwrap()[..], [7, 9]);
}

#[test]
fn positions_that_do_not_ascend_are_refused() {
    for positions in [[3u32, 3], [8, 3], [3, 10]] {
        let node = Node {
            parameters: vec![0; 8].into(),
            children: vec![raw::encode(&positions), raw::encode(&[7u64, 9])],
            ..Node::new(Encoding::Sparse, 10)
        };
        assert!(FixedDecoder::<u64>::open(node).unwrap().buffer::<u64>(0, 10).is_err(), "{positions:?}");
    }
}
