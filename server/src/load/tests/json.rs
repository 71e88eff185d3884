use super::*;

fn documents() -> Schema {
    let author = DataType::structure([("name", DataType::String), ("age", DataType::Int64)]);
    let links = DataType::array(DataType::structure([("url", DataType::String)]));
    schema(&[("id", DataType::Int64), ("author", author), ("links", links), ("raw", DataType::Json)])
}

fn check(text: &str, expected: Result<Vec<Value>, &str>) {
    check_with(text, &LoadOptions::default(), expected);
}

fn check_with(text: &str, options: &LoadOptions, expected: Result<Vec<Value>, &str>) {
    let files = Files::new();
    files.write("docs.jsonl", text);
    let found = files.rows("docs.jsonl", options, &documents());
    assert_eq!(found, expected.map(|row| vec![row]).map_err(str::to_owned), "{text}");
}

#[test]
fn nested_values() {
    let author = |name: Value, age: Value| Value::Struct(vec![name, age]);
    check(
        r#" {"ID":"7","author":{"age":3.0e1,"name":"a\u00e9\ud83d\ude00"},"links":[{"url":null},{}],"raw":{"b":1.50,"a":[]}} "#,
        Ok(vec![
            7.into(),
            author("aé😀".into(), 30.into()),
            Value::Array(vec![Value::Struct(vec![Value::Null]), Value::Struct(vec![Value::Null])]),
            Value::Json(r#"{"a":[],"b":1.5}"#.into()),
        ]),
    );
    check("\n{}\n", Ok(vec![Value::Null, Value::Null, Value::Null, Value::Null]));
    check(
        r#"{"links":[],"author":null,"author":null}"#,
        Err("docs.jsonl line 1, field author: the field is given twice (byte 35)"),
    );
    check(r#"{"links":[]}"#, Ok(vec![Value::Null, Value::Null, Value::Array(vec![]), Value::Null]));
    check(
        r#"{"author":{"name":12.50}}"#,
        Ok(vec![Value::Null, author("12.50".into(), Value::Null), Value::Null, Value::Null]),
    );
    let lax = LoadOptions { ignore_unknown_values: true, ..Default::default() };
    check_with(
        r#"{"x":1,"author":{"y":2}}"#,
        &lax,
        Ok(vec![Value::Null, author(Value::Null, Value::Null), Value::Null, Value::Null]),
    );
}

#[test]
fn errors_name_the_place() {
    check(
        "{\"id\":1}\n{\"author\":{\"age\":\"x\"}}\n",
        Err("docs.jsonl line 2, field author.age: expected INT64, found STRING \"x\" (byte 26)"),
    );
    check(r#"{"id":1.5}"#, Err("docs.jsonl line 1, field id: expected INT64, found number 1.5 (byte 6)"));
    check(
        r#"{"id":1.00000000001}"#,
        Err("docs.jsonl line 1, field id: expected INT64, found number 1.00000000001 (byte 6)"),
    );
    check(r#"{"id":[1]}"#, Err("docs.jsonl line 1, field id: expected INT64, found an array (byte 6)"));
    check(
        r#"{"links":{"url":"x"}}"#,
        Err("docs.jsonl line 1, field links: expected ARRAY<STRUCT<url STRING>>, found an object (byte 9)"),
    );
    check(
        r#"{"author":{"shoe":1}}"#,
        Err("docs.jsonl line 1, field author.shoe: no such field in the table (byte 18)"),
    );
    check("[1]", Err("docs.jsonl line 1: expected an object, found an array (byte 0)"));
    check(
        "{\"id\":1,}",
        Err("docs.jsonl line 1: malformed JSON: expected a field name in quotes, found '}' (byte 8)"),
    );
    check(
        "{\"id\":",
        Err("docs.jsonl line 1: malformed JSON: expected a value, found the end of the line (byte 6)"),
    );
    check(
        "{\"id\":01}",
        Err("docs.jsonl line 1: malformed JSON: expected no digit after a leading 0, found '1' (byte 7)"),
    );
    check("{} x", Err("docs.jsonl line 1: malformed JSON: expected the end of the line, found 'x' (byte 3)"));
    check(
        "{\"raw\":\"\\ud800\"}",
        Err(
            "docs.jsonl line 1: malformed JSON: expected the low half of a surrogate pair, found '\"' (byte 14)",
        ),
    );
    let deep = format!("{{\"raw\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let files = Files::new();
    files
        .write("deep.json", deep)
        .write("latin.json", b"{\"raw\":\"\xe9\"}")
        .write("null.json", "{\"id\":null}");
    let error = |name: &str, schema: &Schema| files.rows(name, &LoadOptions::default(), schema).unwrap_err();
    assert!(error("deep.json", &documents()).contains("nested deeper than 200 levels"));
    assert_eq!(
        error("latin.json", &documents()),
        "latin.json line 1: expected UTF-8, found other bytes (byte 8)"
    );
    let found = error("null.json", &required_first(documents()));
    assert!(
        found.starts_with("null.json line 1, field id: expected a value, as the field is REQUIRED"),
        "{found}"
    );
}

#[test]
fn garbage_never_panics() {
    let text = r#"{"id":-1.5e+3,"author":{"name":"\u00e9\n"},"links":[{"url":"x"}],"raw":[null,true,false]}"#;
    let files = Files::new();
    for at in 0..text.len() {
        for byte in [b'"', b'{', b']', b'\\', 0, 0xff] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = byte;
            files.write("x.json", &bytes);
            let _ = files.rows("x.json", &LoadOptions::default(), &documents());
        }
        files.write("x.json", &text.as_bytes()[..at]);
        assert_eq!(files.rows("x.json", &LoadOptions::default(), &documents()).is_ok(), at == 0);
    }
}

fn check_detect(text: &str, expected: Result<&str, &str>) {
    let files = Files::new();
    files.write("d.json", text);
    match files.detect("d.json", &LoadOptions::default()) {
        Err(error) => assert_eq!(Err(error.as_str()), expected, "{text}"),
        Ok((columns, detected)) => {
            assert_eq!(Ok(columns.as_str()), expected, "{text}");
            let rows = files.rows("d.json", &detected.options, &detected.schema).unwrap();
            assert_eq!(rows.len(), text.lines().count(), "{text}");
        }
    }
}

#[test]
fn detection() {
    check_detect(
        r#"{"a":1,"b":"2","c":"x","d":null,"e":true}"#,
        Ok("a INT64, b INT64, c STRING, d STRING, e BOOL"),
    );
    check_detect(
        "{\"a\":1}\n{\"a\":2.5,\"b\":[]}\n{\"b\":[\"2001-02-03\",null]}",
        Ok("a FLOAT64, b ARRAY<DATE>"),
    );
    check_detect(
        "{\"s\":{\"x\":[{\"y\":1}]}}\n{\"s\":{\"z\":\"t\",\"x\":[{\"w\":\"2001-02-03 04:05:06 UTC\"}]}}",
        Ok("s STRUCT<x ARRAY<STRUCT<y INT64, w TIMESTAMP>>, z STRING>"),
    );
    check_detect(r#"{"a b":1,"2c":{}}"#, Ok("a_b INT64, _2c JSON"));
    check_detect(
        "{\"a\":1}\n{\"a\":[1]}",
        Err(
            "d.json line 2, field a: expected a single value, as in the rows before, found an array (byte 13)",
        ),
    );
    check_detect(
        "{\"a\":[{\"b\":1}]}\n{\"a\":[2]}",
        Err("d.json line 2, field a: expected an object, as in the rows before, found number 2 (byte 22)"),
    );
    check_detect(
        r#"{"a":[[1]]}"#,
        Err("d.json line 1, field a: an array in an array has no column type (byte 6)"),
    );
    check_detect("", Err("d.json: no rows to detect a schema from"));
}
