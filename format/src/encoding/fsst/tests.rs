use super::encode::codes_of;
use super::table::Symbol;
use super::{ColumnSymbols, FsstPages, FsstScheme, SymbolTable};
use crate::StringVector;
use crate::encoding::choose::{Context, Cost, Scheme, TextStatistics};
use crate::encoding::conformance::{LENGTHS, check_text};
use crate::encoding::text::TextDecoder;
use crate::encoding::{Encoding, Node};

fn encode(values: &StringVector) -> Node {
    let cost = Cost::default();
    let mut statistics = TextStatistics::of(values);
    statistics.total_bytes = 1 << 20;
    FsstScheme.encode(values, &statistics, &Context::new(&cost)).unwrap()
}

fn check(values: StringVector) {
    let decode = |node: Node, start, count| TextDecoder::open(node, true, None)?.decode(start, count);
    check_text(&values, encode, decode);
}

fn prose(count: usize) -> StringVector {
    let words = ["furiously", "quick", "deposits", "sleep", "bold", "accounts", "haggle", "the", "né"];
    let next = |i: usize| crate::sketch::mix(i as u64) as usize;
    (0..count)
        .map(|row| {
            (0..next(row) % 9).map(|i| words[next(row * 16 + i) % words.len()]).collect::<Vec<_>>().join(" ")
        })
        .collect()
}

#[test]
fn keeps_the_laws() {
    for len in LENGTHS {
        check(prose(len));
    }
    check((0..300).map(|_| "").collect());
    check((0..20).map(|i| "xyz".repeat(i * 1_000)).collect());
    let binary: StringVector = (0..500u32).map(|i| crate::sketch::mix(i as u64).to_le_bytes()).collect();
    let node = encode(&binary);
    let back = TextDecoder::open(node, false, None).unwrap().decode(0, 500).unwrap();
    assert!((0..500).all(|row| back.bytes(row) == binary.bytes(row)));
}

#[test]
fn words_take_few_bytes() {
    let values = prose(20_000);
    let raw: usize = values.views().iter().map(|view| view.len()).sum();
    let node = encode(&values);
    assert!(node.byte_size() * 4 < raw, "{} bytes of {raw}", node.byte_size());
}

#[test]
fn tables_survive_their_bytes() {
    let symbol = |text: &str| Symbol::new(text.as_bytes());
    let symbols = ["th", "the", "the ", "sis", "sixteen letters!", "sixteen letters?"].map(symbol);
    let table = SymbolTable::new(12, symbols.to_vec());
    assert_eq!(SymbolTable::read(&table.write()).unwrap(), table);
    assert_eq!(SymbolTable::unpack(&table.pack()).unwrap(), table);
    let bytes = table.write();
    for at in 0..bytes.len() {
        assert!(SymbolTable::read(&bytes[..at]).is_err(), "cut to {at}");
        for flip in [1u8, 0x10, 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[at] ^= flip;
            let _ = SymbolTable::read(&bad);
        }
    }
}

#[test]
fn the_fewest_codes_are_found() {
    let table = SymbolTable::new(
        12,
        ["the", "the ", " thesis", "ab", "bcd"].map(|s| Symbol::new(s.as_bytes())).to_vec(),
    );
    let parsed = |text: &str| {
        let codes = codes_of(&table, text.as_bytes());
        codes.iter().map(|&code| table.symbol(code as usize).value().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(parsed("the thesis"), [&b"the"[..], b" thesis"], "greedy takes `the ` and then six bytes");
    assert_eq!(parsed("abcd"), [&b"a"[..], b"bcd"]);
    assert!(parsed("").is_empty());
}

#[test]
fn the_fewest_codes_are_as_few_as_trying_all() {
    let table =
        SymbolTable::new(9, ["ab", "ba", "aab", "abab", "bb"].map(|s| Symbol::new(s.as_bytes())).to_vec());
    for bits in 0..1u32 << 11 {
        let text: Vec<u8> = (0..11).map(|i| b"ab"[(bits >> i & 1) as usize]).collect();
        let mut fewest = vec![0usize; text.len() + 1];
        for end in 1..=text.len() {
            fewest[end] = (0..table.len())
                .filter(|&code| text[..end].ends_with(table.symbol(code).value()))
                .map(|code| fewest[end - table.symbol(code).len as usize] + 1)
                .min()
                .unwrap();
        }
        assert_eq!(codes_of(&table, &text).len(), fewest[text.len()], "{text:?}");
        let mut greedy = Vec::new();
        table.parser().parse_greedy(&text, &mut greedy);
        let bytes: Vec<u8> =
            greedy.iter().flat_map(|&code| table.symbol(code as usize).value().to_vec()).collect();
        assert_eq!(bytes, text);
    }
}

#[test]
fn equality_on_codes_is_equality() {
    let values = prose(9_000);
    let pages = FsstPages::open(encode(&values), None).unwrap();
    for wanted in ["", "the", "quick sleep", "quick  sleep"] {
        let codes = pages.codes_of(wanted.as_bytes());
        for (start, len) in [(0, 8_192), (100, 77), (8_192, 808), (8_999, 1)] {
            let words = pages.equal_words(start, len, &codes).unwrap();
            for row in 0..len {
                let equal = values.bytes(start + row) == wanted.as_bytes();
                assert_eq!(words[row / 64] >> (row % 64) & 1 == 1, equal, "{wanted:?} at {}", start + row);
            }
        }
    }
}

#[test]
fn a_column_has_one_table() {
    let (cost, column) = (Cost::default(), ColumnSymbols::default());
    let values = prose(20_000);
    let statistics = TextStatistics::of(&values);
    let context = Context::new(&cost).with_symbols(&column);
    let node = FsstScheme.encode(&values, &statistics, &context).unwrap();
    assert_eq!(node.encoding, Encoding::Fsst);
    assert!(TextDecoder::open(node.clone(), true, None).is_err(), "the table is elsewhere");
    let table = column.table().unwrap();
    let back = TextDecoder::open(node, true, Some(table)).unwrap().decode(0, 20_000).unwrap();
    assert!((0..20_000).all(|row| back.bytes(row) == values.bytes(row)));
}
