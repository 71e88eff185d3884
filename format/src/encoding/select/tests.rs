use super::{FloatTest, Range, Sink};
use crate::Comparison;
use crate::encoding::bitpack::Packing;
use crate::encoding::bitpack::kernel;
use crate::encoding::choose::{self, Context, Cost, Scheme, Statistics};
use crate::encoding::{
    FixedDecoder, Isa, Lane, Node, VECTOR_VALUES, alp, alp_rd, delta, dictionary, rle, sparse,
};

const COMPARISONS: [Comparison; 6] = [
    Comparison::Equal,
    Comparison::NotEqual,
    Comparison::Less,
    Comparison::LessOrEqual,
    Comparison::Greater,
    Comparison::GreaterOrEqual,
];

fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// Comparison while unpacking gives what unpacking and comparing gives: all widths, comparisons and the constants
/// around the ends, on every kernel.
#[test]
fn fused_comparison_is_decode_then_compare() {
    for width in 0..=64u32 {
        let mut next = numbers(width as u64 + 5);
        let most = if width == 64 { u64::MAX } else { (1 << width) - 1 };
        let values: [u64; VECTOR_VALUES] =
            std::array::from_fn(|i| if i < 2 { most * i as u64 } else { next() & most });
        let mut packed = Vec::new();
        kernel::pack(&values, width, &mut packed);
        let ends = [0, 1.min(most), most / 2, most.saturating_sub(1), most];
        for low in ends {
            for high in ends.into_iter().filter(|&high| high >= low) {
                let mut expected: kernel::Bits = Default::default();
                for (i, &value) in values.iter().enumerate() {
                    expected[i / 64] |= ((low <= value && value <= high) as u64) << (i % 64);
                }
                for isa in Isa::available() {
                    let found = kernel::select_with(isa, &packed, width, low, high - low).unwrap();
                    assert_eq!(found, expected, "{isa:?}, width {width}, {low} to {high}");
                }
            }
        }
    }
}

fn check<L: Lane + std::fmt::Debug>(name: &str, values: &[L], node: Node) {
    let decoder = FixedDecoder::<L>::open(node).unwrap();
    let (least, greatest) = values
        .iter()
        .fold((i64::MAX, i64::MIN), |(low, high), v| (low.min(v.to_signed()), high.max(v.to_signed())));
    let middle = values[values.len() / 2].to_signed();
    let constants =
        [least.saturating_sub(1), least, middle, greatest, greatest.saturating_add(1), i64::MIN, i64::MAX];
    for comparison in COMPARISONS {
        for constant in constants {
            let range = Range::of(comparison, constant);
            for (start, len) in [(0, values.len()), (1, 70), (1_000, 100), (values.len() - 1, 1), (5, 0)] {
                let mut sink = Sink::default();
                sink.push_run(true, 3);
                decoder.select(start, len, &range, &mut sink).unwrap();
                assert_eq!(sink.len(), 3 + len);
                for (i, value) in values[start..start + len].iter().enumerate() {
                    let found = sink.words()[(i + 3) / 64] >> ((i + 3) % 64) & 1 == 1;
                    let order = value.to_signed().cmp(&constant);
                    let expected = match comparison {
                        Comparison::Equal => order.is_eq(),
                        Comparison::NotEqual => order.is_ne(),
                        Comparison::Less => order.is_lt(),
                        Comparison::LessOrEqual => order.is_le(),
                        Comparison::Greater => order.is_gt(),
                        Comparison::GreaterOrEqual => order.is_ge(),
                    };
                    assert_eq!(found, expected, "{name}: {value:?} {comparison:?} {constant}");
                }
            }
        }
    }
    assert!(decoder.select(1, values.len(), &Range::ALL, &mut Sink::default()).is_err(), "past the end");
}

#[test]
fn every_encoding_selects_what_it_decodes() {
    let cost = Cost::default();
    let context = Context::new(&cost);
    let mut next = numbers(3);
    let random: Vec<u64> = (0..3_000).map(|i| if i % 60 == 0 { next() } else { next() >> 50 }).collect();
    check("bit-packed", &random, Packing::of(&random).encode(&random));
    let extremes: Vec<u64> =
        (0..3_000).map(|i| [i64::MIN as u64, i64::MAX as u64, 0, u64::MAX][i % 4]).collect();
    check("bit-packed extremes", &extremes, Packing::of(&extremes).encode(&extremes));
    let high: Vec<u64> = (0..3_000).map(|i| i64::MAX as u64 - i % 3).collect();
    check("bit-packed to the end of numbers", &high, Packing::of(&high).encode(&high));
    let days: Vec<u32> = (0..3_000u32).map(|i| (i * 31 % 900).wrapping_sub(450)).collect();
    check("bit-packed days", &days, Packing::of(&days).encode(&days));
    let last: Vec<u32> = (0..3_000u32).map(|i| i32::MAX as u32 - i % 3).collect();
    check("bit-packed last days", &last, Packing::of(&last).encode(&last));
    let runs: Vec<u64> = (0..3_000u64).map(|i| (i / 70 % 9).wrapping_sub(4)).collect();
    check("run-length", &runs, rle::encode(&runs, 50, &context));
    let few: Vec<u64> =
        (0..3_000u64).map(|i| (i * 7_919 % 50).wrapping_sub(20).wrapping_mul(1 << 40)).collect();
    let codes = dictionary::fixed_codes(&few, 100).unwrap();
    check("dictionary", &few, dictionary::encode_fixed(&codes, &context));
    let holes: Vec<u64> = (0..3_000u64).map(|i| if i % 30 == 7 { i } else { 40 }).collect();
    check("sparse", &holes, sparse::SparseScheme.encode(&holes, &Statistics::of(&holes), &context).unwrap());
    let rising: Vec<u64> = (0..3_000u64).map(|i| i * 1_000 + i % 7).collect();
    check("delta", &rising, delta::DeltaScheme.encode(&rising, &Statistics::of(&rising), &context).unwrap());
    check("chosen", &[7u64; 2_000], choose::fixed(&[7u64; 2_000], &context));
}

#[test]
fn floats_select_what_they_decode() {
    let odd = [-0.0, 0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, std::f64::consts::PI];
    let prices: Vec<f64> = (0..3_000)
        .map(|i| if i % 50 == 0 { odd[i / 50 % 7] } else { (i as f64 % 500.0 - 100.0) / 100.0 })
        .collect();
    let bits: Vec<u64> = prices.iter().map(|v| v.to_bits()).collect();
    let cost = Cost::default();
    let context = Context::new(&cost).of_floats();
    let statistics = Statistics::of(&bits);
    let nodes = [
        alp::AlpScheme.encode(&bits, &statistics, &context).unwrap(),
        alp_rd::AlpRdScheme.encode(&bits, &statistics, &context).unwrap(),
        dictionary::encode_fixed(&dictionary::fixed_codes(&bits, 1_000).unwrap(), &context),
        rle::encode(&bits, 3_000, &context),
    ];
    let constants = [0.0, -0.0, 1.25, -1.0, 1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 0.123_456];
    for node in nodes {
        let name = node.encoding.name();
        let decoder = FixedDecoder::<u64>::open(node).unwrap();
        for comparison in COMPARISONS {
            for constant in constants {
                let test = FloatTest { comparison, constant };
                for (start, len) in [(0, 3_000), (77, 1_000)] {
                    let mut sink = Sink::default();
                    decoder.select_floats(start, len, &test, &mut sink).unwrap();
                    for (i, value) in prices[start..start + len].iter().enumerate() {
                        let found = sink.words()[i / 64] >> (i % 64) & 1 == 1;
                        assert_eq!(
                            found,
                            test.holds(value.to_bits()),
                            "{name}: {value} {comparison:?} {constant}"
                        );
                    }
                }
            }
        }
    }
}
