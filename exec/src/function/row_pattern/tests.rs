//! Patterns over few rows.

use super::program::Program;
use super::search::{Search, Skip};
use crate::expression::EvalContext;

/// The matches of a pattern over rows written as the variables that they meet: `a`, `ab`, `-`.
fn matches(pattern: &str, rows: &str, skip: Skip, longest: bool) -> String {
    let bits = |row: &str| row.bytes().filter(|b| *b != b'-').map(|b| 1i64 << (b - b'a')).sum::<i64>();
    let rows: Vec<i64> = rows.split_whitespace().map(bits).collect();
    let program = Program::parse(pattern.as_bytes()).unwrap();
    let mut search = Search::new(&program, &rows, longest);
    let mut found = Vec::new();
    while let Some(next) = search.next(skip, &EvalContext::default()).unwrap() {
        let variables: String = next.variables.iter().map(|v| char::from(b'a' + v)).collect();
        found.push(format!("{}:{variables}", next.start));
    }
    found.join(" ")
}

#[test]
fn preferred_matches() {
    for (pattern, rows, expected) in [
        ("&2;v0;v1;", "a b a b b", "0:ab 2:ab"),
        ("*1;;gv0;", "a a - a", "0:aa 3:a"),
        ("*1;;rv0;", "a a - a", "0:a 1:a 3:a"),
        ("&2;*0;;gv0;v1;", "ab ab ab", "0:aab"),
        ("&2;*0;;rv0;v1;", "ab ab ab", "0:b 1:b 2:b"),
        ("|2;v0;v1;", "ab b a", "0:a 1:b 2:a"),
        ("|2;v0;e", "- a", "0: 1:a"),
        ("*0;;gv0;", "- a a -", "0: 1:aa 3:"),
        ("&2;^v0;", "a a", "0:a"),
        ("&2;v0;$", "a a", "1:a"),
        ("*2;3;gv0;", "a a a a a a a", "0:aaa 3:aaa"),
        ("*2;3;rv0;", "a a a a a", "0:aa 2:aa"),
        ("*0;;g*0;;gv0;", "a a -", "0:aa 2:"),
        ("*100;100;g^", "a", "0:"),
        ("*0;0;gv0;", "a", "0:"),
        ("v0;", "", ""),
    ] {
        assert_eq!(matches(pattern, rows, Skip::PastLastRow, false), expected, "{pattern} over {rows}");
    }
    assert_eq!(matches("*1;;gv0;", "a a a", Skip::ToNextRow, false), "0:aaa 1:aa 2:a");
    assert_eq!(matches("|2;v0;&2;v0;v1;", "a b", Skip::PastLastRow, true), "0:ab");
}

#[test]
fn what_is_no_pattern() {
    for text in [
        "",
        "v",
        "v0",
        "v99;",
        "&2;v0;",
        "v0;v1;",
        "*2;1;gv0;",
        "*0;;v0;",
        "x",
        "*99999999999999999999;;gv0;",
    ] {
        assert!(Program::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Program::parse("*100000;;gv0;".as_bytes()).is_err());
    assert!(Program::parse("*1;1;g".repeat(1000).as_bytes()).is_err());
}
