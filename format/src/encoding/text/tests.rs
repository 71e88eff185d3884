use super::{Codec, TextDecoder, encode};
use crate::StringVector;
use crate::encoding::conformance::{LENGTHS, check_text};
use crate::encoding::{Checked, Node, choose::Context, choose::Cost};

fn check(values: StringVector, cost: Cost) {
    let decode = |node: Node, start, count| TextDecoder::open(node, true, None)?.decode(start, count);
    check_text(&values, |values| encode(values, &Context::new(&cost)), decode);
}

/// Costs under which pages stay plain, or are packed as small as can be.
const COSTS: [Cost; 2] = [Cost { byte_ns: 0.001 }, Cost { byte_ns: 1e6 }];

#[test]
fn keeps_the_laws() {
    for cost in COSTS {
        for len in LENGTHS {
            check((0..len).map(|i| format!("{}", i * 7_919)).collect(), cost);
        }
        check((0..9_000).map(|i| "né".repeat(i % 20)).collect(), cost);
        check((0..300).map(|_| "").collect(), cost);
        check((0..40).map(|i| "x".repeat(i * 1_000)).collect(), cost);
    }
}

#[test]
fn lengths_around_the_inline_limit() {
    for len in 0..=40 {
        check(
            (0..50)
                .map(|i| "abcdefghijklmnopqrstuvwxyz0123456789ABCD"[..(len + i) % 41].to_owned())
                .collect(),
            COSTS[0],
        );
    }
}

#[test]
fn compression_goes_by_cost() {
    let values: StringVector =
        (0..9_000).map(|i| format!("http://example.com/page/{}", i * 7_919 % 5_003)).collect();
    let codec = |cost| encode(&values, &Context::new(&cost)).parameters[0];
    assert_eq!((codec(COSTS[0]), codec(COSTS[1])), (Codec::Plain as u8, Codec::Zstd as u8));
}

fn open(node: Node) -> Checked<StringVector> {
    let len = node.len as usize;
    TextDecoder::open(node, true, None)?.decode(0, len)
}

#[test]
fn bytes_that_are_not_text_are_refused() {
    let encoded =
        |values: &[&[u8]]| encode(&values.iter().collect::<StringVector>(), &Context::new(&COSTS[0]));
    assert!(open(encoded(&[b"ok", b"\xc3\xa9"])).is_ok());
    assert!(open(encoded(&[b"\xff"])).is_err(), "not UTF-8");
    assert!(open(encoded(&[b"a\xc3", b"\xa9"])).is_err(), "a character split between two values");
    let bytes = encoded(&[b"\xff"]);
    assert!(TextDecoder::open(bytes, false, None).unwrap().decode(0, 1).is_ok(), "BYTES may be anything");
}

#[test]
fn a_page_that_shrinks_too_well_is_packed_less() {
    let values: StringVector = (0..40).map(|_| "x".repeat(200_000)).collect();
    let node = encode(&values, &Context::new(&COSTS[1]));
    assert!(node.pages[0].len() >= 8_000_000 / 1_024, "{} bytes", node.pages[0].len());
    assert!(open(node).is_ok());
}

#[test]
fn a_page_that_claims_too_much_is_refused_before_allocation() {
    let mut node = encode(
        &["some text that is long enough to be packed, packed, packed"; 9].into_iter().collect(),
        &Context::new(&COSTS[1]),
    );
    let mut parameters = node.parameters.to_vec();
    parameters[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    node.parameters = parameters.into();
    assert!(open(node).is_err());
}
