use super::document::{Json, parse, parse_start};
use super::number::{Wide, canonical, float_text};
use super::path::JsonPath;
use canopy_format::Value;

fn canonical_text(text: &str) -> String {
    match parse(text).and_then(|json| canonical(json, Wide::Exact)) {
        Ok(json) => json.to_string(),
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn documents_have_one_form() {
    for (text, expected) in [
        (r#" { "b" : [ 1 , 2 ] , "a" : null } "#, r#"{"a":null,"b":[1,2]}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":1}"#),
        ("-0", "0"),
        ("1.0", "1.0"),
        ("1e2", "100.0"),
        ("1e100", "1e+100"),
        ("1.5e-10", "1.5e-10"),
        ("18446744073709551615", "18446744073709551615"),
        (
            "18446744073709551616",
            "error: Input number: 18446744073709551616 cannot round-trip through string representation",
        ),
        ("1e400", "error: Number overflow parsing '1e400'"),
        (r#""\u0041\ud83d\ude00\n""#, "\"A😀\\n\""),
        ("\"\u{7f}é\"", "\"\u{7f}é\""),
    ] {
        assert_eq!(canonical_text(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_json_is_refused() {
    for text in [
        "",
        " ",
        "{",
        "[1,]",
        "[1 2]",
        "{\"a\"}",
        "{a:1}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "nul",
        "truefalse",
        "\"",
        "\"\\x\"",
        "\"\\ud800\"",
        "\"\t\"",
        "1 2",
        "+1",
        "NaN",
        "{\"a\":1,}",
    ] {
        assert!(parse(text).is_err(), "{text:?}");
    }
    let deep = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    assert!(parse(&deep(500)).is_ok());
    assert!(parse(&deep(501)).is_err());
    assert!(parse(&"[".repeat(1_000_000)).is_err());
}

#[test]
fn text_is_read_as_far_as_it_is_json() {
    let at = |text: &str, path: &str| {
        let path = JsonPath::standard(&Value::from(path)).expect("a path");
        let found = parse_start(text).and_then(|(json, incomplete)| path.take(json, incomplete));
        found.map_or("none".to_owned(), |json: Json| json.to_string())
    };
    assert_eq!(at(r#"{"hello": "world""#, "$.hello"), "\"world\"");
    assert_eq!(at(r#"{"hello": "world""#, "$"), "none");
    assert_eq!(at(r#"{"a": {"b": 1, "c": [2, 3"#, "$.a.b"), "1");
    assert_eq!(at(r#"{"a": {"b": 1, "c": [2, 3"#, "$.a.c"), "none");
    assert_eq!(at(r#"{"a": {"b": 1, "c": [2, 3"#, "$.a.c[0]"), "2");
    assert_eq!(at(r#"{"a": {"b": 1, "c": [2, 3"#, "$.a"), "none");
    assert_eq!(at(r#"{"b": 1, "a": 1.0, "a": 2}"#, "$"), r#"{"b":1,"a":1.0,"a":2}"#);
    assert_eq!(at("not json", "$"), "none");
    assert_eq!(at("1 2", "$"), "none");
}

#[test]
fn floats_are_short() {
    for (value, expected) in [
        (0.1, "0.1"),
        (1e15, "1e+15"),
        (1e14, "100000000000000.0"),
        (1e-5, "0.00001"),
        (1e-6, "1e-06"),
        (-2.5, "-2.5"),
    ] {
        assert_eq!(float_text(value), expected);
    }
}
