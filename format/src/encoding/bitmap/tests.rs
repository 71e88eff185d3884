use super::{BitsDecoder, ONES, PLAIN, RUNS, ZEROS, encode};
use crate::Bitmap;
use crate::encoding::conformance::{LENGTHS, check_hostile, through_bytes};
use crate::encoding::{Encoding, Node};

fn check(bits: Bitmap) {
    let node = encode(&bits);
    let decoded = BitsDecoder::open(through_bytes(&node)).unwrap().decode();
    assert_eq!(decoded.len(), bits.len());
    assert!(decoded.iter_words().eq(bits.iter_words()), "{} bits", bits.len());
    assert_eq!(encode(&decoded), node, "encoding what was decoded gives the same tree");
    if bits.len() <= 1_025 {
        check_hostile(&node, |node| {
            let decoded = BitsDecoder::open(node)?.decode();
            assert!(decoded.iter_words().all(|word| word.count_ones() <= 64));
            Ok(())
        });
    }
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check((0..len).map(|i| i * 7_919 % 5 == 0).collect());
        check((0..len).map(|i| i / 700 % 2 == 0).collect());
        check((0..len).map(|i| i == len / 2).collect());
        check((0..len).map(|i| i > len / 3).collect());
        check(Bitmap::filled(true, len));
        check(Bitmap::filled(false, len));
    }
}

#[test]
fn each_page_takes_the_cheapest_kind() {
    let kind = |bits: Bitmap| encode(&bits).pages.iter().map(|page| page[0]).collect::<Vec<_>>();
    let mixed = (0..4 * 8_192usize).map(|i| match i / 8_192 {
        0 => false,
        1 => true,
        2 => i * 31 % 3 == 0,
        _ => i % 8_192 < 100,
    });
    assert_eq!(kind(mixed.collect()), [ZEROS, ONES, PLAIN, RUNS]);
    assert_eq!(encode(&Bitmap::filled(true, 100)).encoding, Encoding::Constant);
}

#[test]
fn malformed_pages_are_refused() {
    let open = |page: &[u8]| {
        BitsDecoder::open(Node { pages: vec![page.to_vec().into()], ..Node::new(Encoding::Bitmap, 10) })
    };
    for page in [
        &[][..],
        &[9],
        &[ZEROS, 0],
        &[PLAIN, 0],
        &[PLAIN, 0xff, 0xff],
        &[RUNS, 2, 10, 0],
        &[RUNS, 1, 5, 0, 5, 0, 10, 0],
        &[RUNS, 1, 5, 0],
        &[RUNS, 1, 11, 0],
    ] {
        assert!(open(page).is_err(), "{page:?}");
    }
    assert!(open(&[PLAIN, 0xff, 0x03]).is_ok());
}
