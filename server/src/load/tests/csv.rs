use std::io::Write;

use super::*;

fn people() -> Schema {
    schema(&[("name", DataType::String), ("age", DataType::Int64), ("born", DataType::Date)])
}

fn check(text: &str, options: &LoadOptions, expected: Result<&[[Value; 3]], &str>) {
    let files = Files::new();
    files.write("data.csv", text);
    let found = files.rows("data.csv", options, &people());
    let expected = expected.map(|rows| rows.iter().map(|row| row.to_vec()).collect()).map_err(str::to_owned);
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn fields_quotes_and_nulls() {
    let plain = LoadOptions::default();
    let row = |name: &str, age: i64| [name.into(), age.into(), Value::Date(1)];
    check("ada,36,1970-01-02\n\nbob,1,1970-01-02", &plain, Ok(&[row("ada", 36), row("bob", 1)]));
    check("\u{feff}\"a, \"\"b\"\"\",\"2\",1970-01-02\r\n", &plain, Ok(&[row("a, \"b\"", 2)]));
    check(
        ",,\n\"\",\"\",\"\"\n",
        &plain,
        Ok(&[[Value::Null, Value::Null, Value::Null], ["".into(), Value::Null, Value::Null]]),
    );
    let marker = LoadOptions { null_marker: Some("NA".into()), ..plain.clone() };
    check("NA,NA,NA\n,1,1970-01-02\n", &marker, Ok(&[[Value::Null, Value::Null, Value::Null], row("", 1)]));
    check("x,,NA\n", &marker, Err("data.csv line 1, column age: expected INT64, found \"\""));
    let newlines = LoadOptions { allow_quoted_newlines: true, ..plain.clone() };
    check("\"a\nb\",1,1970-01-02\n", &newlines, Ok(&[row("a\nb", 1)]));
    let bare = LoadOptions { quote: None, field_delimiter: Some(b'|'), ..plain.clone() };
    check("\"a|3|1970-01-02\n", &bare, Ok(&[row("\"a", 3)]));
    let skip = LoadOptions { skip_leading_rows: Some(2), ..plain.clone() };
    check("x\nname,age,born\nada,36,1970-01-02\n", &skip, Ok(&[row("ada", 36)]));
    let jagged = LoadOptions { allow_jagged_rows: true, ignore_unknown_values: true, ..plain.clone() };
    check(
        "ada\nbob,1,1970-01-02,x,y\n",
        &jagged,
        Ok(&[["ada".into(), Value::Null, Value::Null], row("bob", 1)]),
    );
    let named = LoadOptions { skip_leading_rows: Some(1), match_columns_by_name: true, ..plain };
    check("born,NAME\n1970-01-02,ada\n", &named, Ok(&[["ada".into(), Value::Null, Value::Date(1)]]));
}

#[test]
fn errors_name_the_place() {
    let plain = LoadOptions::default();
    check("a,1,1970-01-02\n\na,1\n", &plain, Err("data.csv line 3: expected 3 columns, found 2"));
    check("a,1,1970-01-02,\n", &plain, Err("data.csv line 1: expected 3 columns, found 4"));
    check("a,b,1970-01-02\n", &plain, Err("data.csv line 1, column age: expected INT64, found \"b\""));
    check(
        "a,1,1970-02-30\n",
        &plain,
        Err("data.csv line 1, column born: expected DATE, found \"1970-02-30\""),
    );
    check(
        "\"a\"b,1,\n",
        &plain,
        Err("data.csv line 1, column 1: expected a delimiter after the closing quote, found 'b'"),
    );
    check(
        "a,\"1\n,\"",
        &plain,
        Err("data.csv line 1, column 2: closing quote not found on the line; \
         line breaks within quotes need the option allow_quoted_newlines"),
    );
    let newlines = LoadOptions { allow_quoted_newlines: true, ..plain.clone() };
    check(
        "a,\"1\n,",
        &newlines,
        Err("data.csv line 1, column 2: closing quote not found before the file's end"),
    );
    let named = LoadOptions { skip_leading_rows: Some(1), match_columns_by_name: true, ..plain.clone() };
    check("born,shoe\n", &named, Err("data.csv: column shoe of the header is not in the table"));
    let files = Files::new();
    files.write("bad.csv", b"a\xff,1,\n");
    let error = files.rows("bad.csv", &plain, &people()).unwrap_err();
    assert_eq!(error, "bad.csv line 1: expected UTF-8, found byte 0xff at byte 1 of the row");
    let error =
        files.rows("bad.csv", &plain, &schema(&[("a", DataType::array(DataType::Int64))])).unwrap_err();
    assert_eq!(error, "bad.csv: column a: CSV cannot carry ARRAY<INT64>");
    files.write("null.csv", ",1,\n");
    let error = files.rows("null.csv", &plain, &required_first(people())).unwrap_err();
    assert!(error.starts_with("null.csv line 1, column name: expected a value"), "{error}");
}

#[test]
fn bad_records_are_left_out_up_to_a_limit() {
    let two = LoadOptions { max_bad_records: 2, ..LoadOptions::default() };
    let ada = ["ada".into(), 1.into(), Value::Null];
    check("x\nada,1,\ny,z,\n", &two, Ok(&[ada]));
    check(
        "x\ny\nada,1,\nz\n",
        &two,
        Err("too many bad records, the limit is 2; the last: data.csv line 4: expected 3 columns, found 1"),
    );
}

fn check_detect(text: &str, options: &LoadOptions, columns: &str, rows: usize) {
    let files = Files::new();
    files.write("d.csv", text);
    let (found, detected) = files.detect("d.csv", options).unwrap();
    assert_eq!(found, columns, "{text:?}");
    let loaded = files.rows("d.csv", &detected.options, &detected.schema).unwrap();
    assert_eq!(loaded.len(), rows, "{text:?}");
}

#[test]
fn detection_of_header_types_and_delimiter() {
    let plain = LoadOptions::default();
    check_detect("id,full name\n1,ada\n2,\n", &plain, "id INT64, full_name STRING", 2);
    check_detect("1,ada\n2,\n", &plain, "int64_field_0 INT64, string_field_1 STRING", 2);
    check_detect("a,b\nc,d\n", &plain, "string_field_0 STRING, string_field_1 STRING", 2);
    let skip = LoadOptions { skip_leading_rows: Some(1), ..plain.clone() };
    check_detect("a,b\nc,d\n", &skip, "a STRING, b STRING", 1);
    check_detect(
        "i,f,b,d,t,dt,ts,s,n\n1,2,true,2001-02-03,4:05:06,2001-02-03T04:05:06,2001-02-03 04:05:06,x,\n\
         2,2.5,FALSE,2001-02-04,4:05:07,2001-02-03,2001-02-03T04:05:06Z,1,\n",
        &plain,
        "i INT64, f FLOAT64, b BOOL, d DATE, t TIME, dt DATETIME, ts TIMESTAMP, s STRING, n STRING",
        2,
    );
    check_detect("a|b,c\n1|2\n", &plain, "a INT64, b_c INT64", 1);
    check_detect("a\tA\n1\t2\n", &plain, "a INT64, A_1 INT64", 1);
    check_detect("a,b\n1,\"x\ny\"\n", &plain, "a INT64, b STRING", 1);
    let files = Files::new();
    files.write("e.csv", "").write("p1.csv", "a\n1\n").write("p2.csv", "a\n1.5\n");
    assert_eq!(
        files.detect("e.csv", &plain).unwrap_err(),
        format!("{}: no rows to detect a schema from", "e.csv")
    );
    let (columns, detected) = files.detect("p*.csv", &plain).unwrap();
    assert_eq!(columns, "a FLOAT64");
    assert_eq!(
        files.rows("p*.csv", &detected.options, &detected.schema).unwrap(),
        [[1.0.into()], [1.5.into()]]
    );
    let late: String =
        (0..600).map(|row| if row == 590 { "x\n".into() } else { format!("{row}\n") }).collect();
    files.write("late.csv", late);
    let (_, detected) = files.detect("late.csv", &plain).unwrap();
    let error = files.rows("late.csv", &detected.options, &detected.schema).unwrap_err();
    assert_eq!(error, "late.csv line 591, column int64_field_0: expected INT64, found \"x\"");
}

#[test]
fn gzip_is_recognised_and_damage_to_it_told() {
    let files = Files::new();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all("n\n1\n2\n".repeat(100).as_bytes()).unwrap();
    let bytes = encoder.finish().unwrap();
    files.write("z.csv.gz", &bytes).write("cut.csv.gz", &bytes[..bytes.len() / 2]);
    let text = schema(&[("n", DataType::String)]);
    assert_eq!(files.rows("z.csv.gz", &LoadOptions::default(), &text).unwrap().len(), 300);
    let error = files.rows("cut.csv.gz", &LoadOptions::default(), &text).unwrap_err();
    assert!(error.starts_with("cut.csv.gz: "), "{error}");
}
