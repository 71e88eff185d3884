use super::{encode_fixed, encode_text, fixed_codes, open_parts, text_codes};
use crate::StringVector;
use crate::encoding::conformance::{LENGTHS, check_fixed, check_text};
use crate::encoding::text::TextDecoder;
use crate::encoding::{Encoding, FixedDecoder, Lane, Node, choose::Context, choose::Cost, raw};

fn encode<L: Lane>(values: &[L]) -> Node {
    encode_fixed(
        &fixed_codes(values, usize::MAX).expect("few distinct values"),
        &Context::new(&Cost::default()),
    )
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check_fixed(
            &(0..len as u64).map(|i| (i * 7_919 % 100).wrapping_mul(u64::MAX / 99)).collect::<Vec<_>>(),
            encode,
        );
    }
    check_fixed(&(0..9_000u128).map(|i| (i % 5) << 120).collect::<Vec<_>>(), encode);
}

#[test]
fn text_keeps_the_laws() {
    let words = ["", "a", "rail", "deliver in person", "twelve bytes"];
    for len in LENGTHS {
        let values: StringVector = (0..len).map(|i| words[i * 31 % 5]).collect();
        let encode = |values: &StringVector| {
            let codes = text_codes(values, usize::MAX).expect("few distinct values");
            encode_text(values, &codes, &Context::new(&Cost::default()))
        };
        let decode = |node: Node, start, count| {
            let (values, codes) = open_parts(node)?;
            let values = TextDecoder::open(values, true, None)?;
            let entries = values.decode(0, values.len())?;
            let codes = codes.buffer::<u32>(start, count)?;
            let inside = codes.iter().all(|&code| (code as usize) < entries.len());
            if !inside {
                return crate::encoding::Flaw::damaged("code outside");
            }
            Ok(codes.iter().map(|&code| entries.bytes(code as usize)).collect())
        };
        check_text(&values, encode, decode);
    }
}

#[test]
fn values_are_sorted_unique_and_used() {
    let values: StringVector = ["b", "a", "a", "c", "b", "a", "a", "a", "c", "b"].into_iter().collect();
    let codes = text_codes(&values, 10).unwrap();
    assert_eq!(codes.codes, [1, 0, 0, 2, 1, 0, 0, 0, 2, 1]);
    let signed = fixed_codes(&[5u64, -3i64 as u64, 5, 0], 10).unwrap();
    assert_eq!((signed.values, signed.codes), (vec![-3i64 as u64, 0, 5], vec![2, 0, 2, 1]));
    assert!(fixed_codes(&[1u64, 2, 3], 2).is_none(), "more distinct values than allowed");
}

#[test]
fn a_code_without_a_value_is_refused() {
    let node = Node {
        parameters: vec![1].into(),
        children: vec![raw::encode(&[10u64, 20]), raw::encode(&[0u32, 2, 1])],
        ..Node::new(Encoding::Dictionary, 3)
    };
    assert!(FixedDecoder::<u64>::open(node).unwrap().buffer::<u64>(0, 3).is_err());
}
