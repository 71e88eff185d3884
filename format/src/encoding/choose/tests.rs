use super::{Context, Cost, Memory, explain_fixed, explain_text, fixed, scattered};
use crate::StringVector;
use crate::encoding::{BLOCK_VALUES, Encoding, FixedDecoder, Node};

fn chosen(values: &[u64], cost: &Cost) -> Node {
    let node = fixed(values, &Context::new(cost));
    let decoder = FixedDecoder::<u64>::open(node.clone()).unwrap();
    assert!(decoder.buffer::<u64>(0, values.len()).unwrap()[..] == *values, "{:?}", node.encoding);
    node
}

fn noise(i: u64) -> u64 {
    (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20
}

#[test]
fn shapes_of_numbers_find_their_encodings() {
    let block = |make: &dyn Fn(u64) -> u64| (0..BLOCK_VALUES as u64).map(make).collect::<Vec<u64>>();
    let cases: [(Encoding, Vec<u64>); 8] = [
        (Encoding::Constant, block(&|_| 7)),
        (Encoding::Linear, block(&|i| 1_000_000 + i * 10)),
        (Encoding::Delta, block(&|i| i * 4 + (i / 1_000) * (i / 1_000) * 50 + noise(i) % 3)),
        (Encoding::RunLength, block(&|i| noise(i / 200) % 1_000)),
        (Encoding::Dictionary, block(&|i| noise(noise(i) % 50))),
        (Encoding::Sparse, block(&|i| if noise(i).is_multiple_of(500) { noise(i) } else { 3 })),
        (Encoding::Scale, block(&|i| noise(i) % 10_000 * 1_000_000)),
        (Encoding::BitPacked, block(&|i| noise(i) % 1_000)),
    ];
    for (expected, values) in cases {
        assert_eq!(chosen(&values, &Cost::default()).encoding, expected);
    }
}

#[test]
fn floats_find_theirs() {
    let cost = Cost::default();
    let context = Context::new(&cost).of_floats();
    let prices: Vec<u64> =
        (0..20_000u64).map(|i| ((noise(i) % 1_000_000) as f64 / 100.0).to_bits()).collect();
    assert_eq!(fixed(&prices, &context).encoding, Encoding::Alp);
    // Full precision on both sides of zero.
    let unit = |i| {
        (1.0 + noise(i) as f64 / (1u64 << 44) as f64 / 3.0)
            * if noise(i).is_multiple_of(2) { 1.0 } else { -1.0 }
    };
    let full: Vec<u64> = (0..20_000).map(|i| f64::to_bits(unit(i))).collect();
    let report = explain_fixed(&full, &context).1;
    assert!(report.candidates.iter().any(|candidate| candidate.id == Encoding::AlpRd as u8), "{report:?}");
}

#[test]
fn presets_weigh_bytes_and_time() {
    // A pattern that only general compression sees.
    let values: Vec<u64> = (0..BLOCK_VALUES as u64).map(|i| noise(i % 700) % 60_000).collect();
    assert_eq!(chosen(&values, &Cost::COLD).encoding, Encoding::Compressed);
    assert_ne!(chosen(&values, &Cost::HOT).encoding, Encoding::Compressed);
}

#[test]
fn the_report_has_every_candidate_and_one_winner() {
    let values: Vec<u64> = (0..5_000).map(|i| i / 10).collect();
    let cost = Cost::default();
    let (node, report) = explain_fixed(&values, &Context::new(&cost));
    let winners: Vec<_> = report.candidates.iter().filter(|candidate| candidate.chosen).collect();
    assert_eq!(winners.len(), 1);
    assert_eq!((winners[0].id, winners[0].bytes), (node.encoding as u8, Some(node.byte_size())));
    assert!(report.candidates.len() > 3, "{report:?}");
    assert!(report.candidates.iter().all(|other| other.cost >= winners[0].cost), "{report:?}");
    let texts: StringVector = ["a", "b", "a"].into_iter().collect();
    assert!(explain_text(&texts, &Context::new(&cost)).1.candidates.iter().any(|c| c.chosen));
}

#[test]
fn the_last_tree_is_reused_until_it_misses() {
    let cost = Cost::default();
    let mut memory = Memory::default();
    let steady: Vec<u64> = (0..10_000).map(|i| noise(i) % 1_000).collect();
    assert!(memory.hint().is_none(), "nothing is known at first");
    memory.remember(&fixed(&steady, &Context::new(&cost)), &cost);
    let (node, report) = explain_fixed(&steady, &Context::new(&cost).hinted(memory.hint()));
    assert_eq!(node.encoding, Encoding::BitPacked);
    assert!(report.candidates.is_empty(), "no search");
    let other: Vec<u64> = (0..10_000).map(|i| i << 30).collect();
    let (node, report) = explain_fixed(&other, &Context::new(&cost).hinted(memory.hint()));
    assert_eq!(node.encoding, Encoding::Linear);
    assert!(!report.candidates.is_empty(), "searched again");
}

#[test]
fn samples_are_scattered_inside() {
    assert_eq!(scattered(3, 10).collect::<Vec<_>>(), [0, 1, 2]);
    let mut places: Vec<usize> = scattered(60_000, 500).collect();
    assert!(places.iter().all(|&at| at < 60_000));
    places.sort_unstable();
    places.dedup();
    assert!(places.len() > 490 && places[0] < 600 && places[places.len() - 1] > 59_000);
}
