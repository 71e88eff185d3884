//! Tokens, and that no text makes the lexer or the parser panic.

use proptest::prelude::*;

use super::super::token::TokenKind;
use super::super::{parse_script, unparse};
use super::lex;

/// Lexes one literal and compares its value.
#[track_caller]
fn check(text: &str, expected: &str) {
    let tokens = lex(text);
    let found = match tokens.tokens[0].kind {
        TokenKind::String(index) | TokenKind::Quoted(index) => tokens.strings[index as usize].clone(),
        TokenKind::Bytes(index) => format!("{:?}", tokens.bytes[index as usize]),
        TokenKind::Error(index) => tokens.errors[index as usize].0.clone(),
        kind => format!("{kind:?}"),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn literals_are_unescaped() {
    check(r#"'a"b'"#, "a\"b");
    check(r"'\x41\101\u00e9\U0001F600\n'", "AA\u{e9}\u{1F600}\n");
    check(r"r'\n\''", r"\n\'");
    check("'''a\r\nb'c'''", "a\nb'c");
    check(r"b'\xff\377a'", "[255, 255, 97]");
    check(r"Rb'\x'", "[92, 120]");
    check("`a b`", "a b");
    check("``", "Invalid empty identifier");
    check("'a\nb'", "Unclosed string literal");
    check(r"'\ud800'", r"Illegal escape sequence: Unicode value \ud800 is invalid");
    check(r"'\u12'", r"Illegal escape sequence: \u must be followed by 4 hex digits but saw: \u12");
    check(
        r"b'\u0041'",
        r"Illegal escape sequence: Unicode escape sequence \u cannot be used in bytes literals",
    );
    check("/* a", "Unclosed comment");
    check("0x1F", "Int");
    check("1.", "Float");
    check(".5e-3", "Float");
}

#[test]
fn a_dot_after_a_name_begins_a_field() {
    let words = |text: &str| lex(text).tokens.iter().filter(|t| matches!(t.kind, TokenKind::Word(_))).count();
    assert_eq!(words("a.1b.2"), 3);
    assert_eq!(words("select .5"), 1);
}

const PIECES: &[&str] = &[
    "SELECT",
    "FROM",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ">>",
    ",",
    ".",
    ";",
    "a",
    "`b`",
    "1",
    "1.5",
    "'s'",
    "b'x'",
    "@p",
    "?",
    "@@v",
    "|>",
    "WHERE",
    "GROUP BY",
    "ROLLUP",
    "JOIN",
    "ON",
    "UNNEST",
    "WITH",
    "OFFSET",
    "AS",
    "STRUCT",
    "ARRAY",
    "CASE",
    "WHEN",
    "THEN",
    "END",
    "NOT",
    "IN",
    "LIKE",
    "BETWEEN",
    "AND",
    "IS",
    "NULL",
    "INTERVAL",
    "DAY",
    "CAST",
    "UNION ALL",
    "ORDER BY",
    "LIMIT",
    "*",
    "-",
    "+",
    "=",
    "||",
    "->",
    "=>",
    "PIVOT",
    "FOR",
    "BEGIN",
    "IF",
    "LOOP",
    "CREATE TABLE",
    "ALTER TABLE",
    "DROP",
    "INSERT INTO",
    "VALUES",
    "UPDATE",
    "SET",
    "MERGE",
    "USING",
    "OPTIONS",
    "MATCH_RECOGNIZE",
    "PATTERN",
    "OVER",
    "PARTITION BY",
    "ROWS",
    "-- c\n",
    "/* c */",
    "'",
    "\"\"\"",
    "\\",
    "\u{a0}",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_script(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn characters_never_panic(text in "\\PC{0,200}") {
        let _ = parse_script(&text);
    }

    #[test]
    fn tokens_never_panic_and_what_parses_comes_back(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
        glue in prop::sample::select(&[" ", "", "\n"][..]),
    ) {
        let text = format!("SELECT {}", pieces.join(glue));
        if let Ok(tree) = parse_script(&text) {
            let again = unparse::script(&tree);
            prop_assert!(parse_script(&again).is_ok(), "{} from {}", again, text);
        }
    }
}
