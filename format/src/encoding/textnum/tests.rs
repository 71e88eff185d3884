use super::TextNumScheme;
use crate::StringVector;
use crate::encoding::choose::{Context, Cost, Scheme, TextStatistics};
use crate::encoding::conformance::{LENGTHS, check_text};
use crate::encoding::text::TextDecoder;
use crate::encoding::{Checked, Encoding, Node};

fn encode(values: &StringVector) -> Option<Node> {
    let cost = Cost::default();
    TextNumScheme.encode(values, &TextStatistics::of(values), &Context::new(&cost))
}

fn check(values: StringVector) -> Node {
    let decode = |node: Node, start, count| TextDecoder::open(node, true, None)?.decode(start, count);
    check_text(&values, |values| encode(values).unwrap(), decode);
    let node = encode(&values).unwrap();
    assert_eq!(node.encoding, Encoding::TextNum);
    node
}

/// Pseudo-random, the same each time.
fn noise(i: usize) -> u64 {
    crate::sketch::mix(i as u64)
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check(
            (0..len)
                .map(|i| format!("{:02}-{:03}-{:04}", i % 90, noise(i) % 1000, noise(i) % 10_000))
                .collect(),
        );
        check(
            (0..len)
                .map(|i| noise(i).to_string()[..1 + i % 15].to_owned())
                .map(|v| format!("1{v}"))
                .collect(),
        );
    }
}

#[test]
fn kinds_of_text() {
    let hex = |i: usize| format!("{:016x}{:016x}", noise(i), noise(i + 1_000_000));
    let cases: [(&str, Box<dyn Fn(usize) -> String>, usize); 8] = [
        ("keys", Box::new(|i| format!("Customer#{:09}", i)), 1),
        (
            "uuids",
            Box::new(move |i| {
                let h = hex(i);
                format!("{}-{}-4{}-{}-{}", &h[..8], &h[8..12], &h[13..16], &h[16..20], &h[20..])
            }),
            5,
        ),
        ("hashes", Box::new(hex), 2),
        ("capitals", Box::new(|i| format!("{:08X}", noise(i) as u32)), 1),
        ("dates", Box::new(|i| format!("2024-{:02}-{:02}", 1 + i % 12, 1 + i % 28)), 3),
        ("addresses", Box::new(|i| format!("10.{}.{}.{}", i % 3, i % 256, noise(i) % 256)), 4),
        ("integers", Box::new(|i| (noise(i) as i32 as i64).to_string()), 1),
        ("decimals", Box::new(|i| format!("{}.{:02}", noise(i) % 10_000, i % 100)), 2),
    ];
    for (name, make, numbers) in cases {
        let node = check((0..1_000).map(make).collect());
        assert!(node.children.len() == numbers || node.children.len() == numbers + 2, "{name}: {node:?}");
    }
}

#[test]
fn what_would_not_come_back_is_an_exception() {
    let mut values: Vec<String> = (0..1_000).map(|i| (i * 37).to_string()).collect();
    for (at, odd) in
        [(0, "007"), (5, ""), (70, "-0"), (71, "12a"), (500, "99999999999999999999"), (999, "né")]
    {
        values[at] = odd.to_owned();
    }
    let node = check(values.into_iter().collect());
    assert_eq!(node.children[1].len, 6);
}

#[test]
fn prose_has_no_template() {
    assert!(encode(&(0..100).map(|i| format!("word{} {}", i, "x".repeat(i % 7))).collect()).is_none());
    assert!(encode(&["x", "y", "z"].into_iter().collect()).is_none());
}

fn open(node: Node) -> Checked<StringVector> {
    let len = node.len as usize;
    TextDecoder::open(node, true, None)?.decode(0, len)
}

#[test]
fn numbers_that_do_not_fit_are_refused() {
    let mut node = encode(&(0..100).map(|i| format!("{i:03}")).collect()).unwrap();
    node.parameters = vec![1, 3, 1].into();
    assert!(open(node.clone()).is_err(), "99 has two digits");
    node.parameters = vec![1, 3, 19].into();
    assert!(open(node.clone()).is_err(), "19 digits");
    node.parameters = vec![2, 3, 3, 3, 3].into();
    assert!(open(node).is_err(), "a child too few");
}
