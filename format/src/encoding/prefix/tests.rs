use super::PrefixScheme;
use crate::StringVector;
use crate::encoding::Node;
use crate::encoding::choose::{Context, Cost, Scheme, TextStatistics};
use crate::encoding::conformance::{LENGTHS, check_text};
use crate::encoding::text::TextDecoder;

fn encode(values: &StringVector) -> Node {
    let cost = Cost::default();
    PrefixScheme.encode(values, &TextStatistics::of(values), &Context::new(&cost)).unwrap()
}

fn check(values: StringVector) {
    let decode = |node: Node, start, count| TextDecoder::open(node, true, None)?.decode(start, count);
    check_text(&values, encode, decode);
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check((0..len).map(|i| format!("http://example.com/catalogue/{i:06}/{}", i * 7_919 % 100)).collect());
    }
    check((0..1_000).map(|i| "né".repeat(i % 20)).collect());
    check((0..300).map(|_| "same").collect());
    check((0..300).map(|_| "").collect());
}

#[test]
fn what_is_shared_must_be_there() {
    let mut node = encode(&(0..100).map(|i| format!("abc{i:03}")).collect());
    node.parameters = 599u32.to_le_bytes().to_vec().into();
    assert!(TextDecoder::open(node.clone(), true, None).unwrap().decode(0, 100).is_err(), "a byte too many");
    node.parameters = u32::MAX.to_le_bytes().to_vec().into();
    assert!(TextDecoder::open(node, true, None).is_err(), "more than a block may hold");
}
