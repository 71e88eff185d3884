use super::RunLength;
use crate::encoding::choose::{Context, Cost};
use crate::encoding::conformance::{LENGTHS, check_fixed};
use crate::encoding::{Encoding, FixedDecoder, Isa, Node, raw, rle};

fn encode<L: crate::encoding::Lane>(values: &[L]) -> Node {
    rle::encode(values, values.len(), &Context::new(&Cost::default()))
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(&(0..len as u64).map(|i| i / 37).collect::<Vec<_>>(), encode);
    }
    check_fixed(&(0..9_000u32).map(|i| i / 1_500 % 2).collect::<Vec<_>>(), encode);
    check_fixed(&(0..3_000u128).map(|i| (i / 50) << 100).collect::<Vec<_>>(), encode);
    check_fixed(&[1u64, 1, 2], encode);
}

#[test]
fn the_worked_example() {
    let node = encode(&[7u64, 7, 7, 7, 2, 2, 9, 9, 9, 9]);
    let [values, ends] = node.children.try_into().unwrap();
    assert_eq!(FixedDecoder::<u64>::open(values).unwrap().buffer::<u64>(0, 3).unwrap()[..], [7, 2, 9]);
    assert_eq!(FixedDecoder::<u32>::open(ends).unwrap().buffer::<u32>(0, 3).unwrap()[..], [4, 6, 10]);
}

#[test]
fn runs_that_do_not_ascend_are_refused() {
    for ends in [[4u32, 4, 10], [4, 3, 10], [0, 4, 10], [4, 6, 11], [4, 6, 9]] {
        let node = Node {
            children: vec![raw::encode(&[7u64, 2, 9]), raw::encode(&ends)],
            ..Node::new(Encoding::RunLength, 10)
        };
        let runs = RunLength::<u64>::open(node).unwrap();
        let mut out = [std::mem::MaybeUninit::uninit(); 10];
        assert!(runs.decode(0, &mut out).is_err(), "{ends:?}");
    }
}

#[test]
fn kernels_agree_with_the_scalar_twin() {
    let values: Vec<u64> = (0..200).map(|i| i * 7_919).collect();
    let ends: Vec<u32> = values
        .iter()
        .scan(0, |end, v| {
            *end += 1 + (*v % 23) as u32;
            Some(*end)
        })
        .collect();
    let total = ends[199] as usize;
    for start in [0, 1, 7, 500] {
        let first = ends.partition_point(|&end| end as usize <= start);
        for len in [0, 1, 8, 9, 1_000, total - start] {
            for isa in Isa::available() {
                let mut out = vec![std::mem::MaybeUninit::new(0u64); len];
                rle::expand(isa, &values[first..], &ends[first..], start, &mut out);
                let found = crate::encoding::conformance::written(&out);
                let expected = |at: usize| values[ends.partition_point(|&end| end as usize <= at)];
                assert!(
                    found.iter().enumerate().all(|(i, &v)| v == expected(start + i)),
                    "{isa:?} {start}+{len}"
                );
            }
        }
    }
}
