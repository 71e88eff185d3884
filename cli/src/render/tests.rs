use canopy_format::{Batch, DataType, Interval, Value, Vector};
use canopy_proto::query::{StatementFinished, Statistics};

use super::*;

type Columns<'a> = &'a [(&'a str, DataType, Vec<Value>)];

/// What a format makes of columns of values, in batches of two rows.
fn rendered(format: Format, given: Columns) -> Vec<u8> {
    let columns: Vec<Column> = given
        .iter()
        .map(|(name, data_type, _)| Column { name: (*name).to_owned(), data_type: data_type.clone() })
        .collect();
    let rows = given.first().map_or(0, |(_, _, values)| values.len());
    let mut renderer = renderer(format);
    let mut out = Vec::new();
    renderer.start(&columns, &mut out).unwrap();
    for start in (0..rows).step_by(2) {
        let end = (start + 2).min(rows);
        let vectors = given
            .iter()
            .map(|(_, data_type, values)| Vector::from_values(data_type, &values[start..end]).unwrap());
        renderer.batch(&columns, &Batch::new(vectors.collect(), end - start), &mut out).unwrap();
    }
    let statistics = Some(Statistics { rows: rows as u64, ..Default::default() });
    renderer.finish(&columns, &StatementFinished { statistics, message: String::new() }, &mut out).unwrap();
    out
}

fn check(format: Format, given: Columns, expected: &str) {
    assert_eq!(String::from_utf8(rendered(format, given)).unwrap(), expected);
}

fn sample() -> Vec<(&'static str, DataType, Vec<Value>)> {
    vec![
        ("n", DataType::Int64, vec![Value::Int64(1), Value::Null, Value::Int64(300)]),
        ("text", DataType::String, vec![Value::from("a,\"b\""), Value::from(""), Value::from("c\nd")]),
    ]
}

#[test]
fn csv_tells_null_from_empty() {
    check(Format::Csv, &sample(), "n,text\n1,\"a,\"\"b\"\"\"\n,\"\"\n300,\"c\nd\"\n");
}

#[test]
fn json_is_an_array_of_objects() {
    let expected = "[\n{\"n\":1,\"text\":\"a,\\\"b\\\"\"},\n{\"n\":null,\"text\":\"\"},\n{\"n\":300,\"text\":\"c\\nd\"}\n]\n";
    check(Format::Json, &sample(), expected);
    check(Format::Json, &[("n", DataType::Int64, vec![])], "[]\n");
}

#[test]
fn jsonl_is_an_object_a_line() {
    let expected =
        "{\"n\":1,\"text\":\"a,\\\"b\\\"\"}\n{\"n\":null,\"text\":\"\"}\n{\"n\":300,\"text\":\"c\\nd\"}\n";
    check(Format::Jsonl, &sample(), expected);
    check(Format::Jsonl, &[("n", DataType::Int64, vec![])], "");
}

#[test]
fn tables_have_lines_around_them() {
    check(
        Format::Table,
        &sample(),
        "┌──────┬───────┐\n\
         │    n │ text  │\n\
         ├──────┼───────┤\n\
         │    1 │ a,\"b\" │\n\
         │ NULL │       │\n\
         │  300 │ c⏎d   │\n\
         └──────┴───────┘\n",
    );
}

#[test]
fn long_tables_show_both_ends() {
    let numbers = (0..1000).map(Value::Int64).collect();
    let table = String::from_utf8(rendered(Format::Table, &[("n", DataType::Int64, numbers)])).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines.len(), 3 + 200 + 1 + 20 + 2);
    assert_eq!((lines[3], lines[202], lines[203]), ("│   0 │", "│ 199 │", "│   ⋮ │"));
    assert_eq!((lines[204], lines[223]), ("│ 980 │", "│ 999 │"));
    assert_eq!(lines[225], "780 of 1000 rows are not shown; --format csv prints all");
}

#[test]
fn vertical_prints_a_line_for_each_value() {
    check(
        Format::Vertical,
        &sample()[..],
        "─── row 1 ───\n   n: 1\ntext: a,\"b\"\n─── row 2 ───\n   n: NULL\ntext: \n\
         ─── row 3 ───\n   n: 300\ntext: c\nd\n",
    );
}

#[test]
fn json_full_encodes_each_type_as_the_conformance_suite_does() {
    let check = |data_type: DataType, value: Value, expected: &str| {
        let out = rendered(Format::JsonFull, &[("v", data_type.clone(), vec![value])]);
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["rows"][0][0].to_string(), expected, "{data_type}");
        assert_eq!(json["schema"][0]["type"], data_type.to_string());
        assert_eq!(json["statistics"]["rows"], 1);
    };
    use DataType as T;
    check(T::Int64, Value::Null, "null");
    check(T::Int64, Value::Int64(i64::MAX), "9223372036854775807");
    check(T::Bool, Value::Bool(true), "true");
    check(T::Float64, Value::Float64(1.5), "1.5");
    check(T::Float64, Value::Float64(f64::NAN), "\"NaN\"");
    check(T::Float64, Value::Float64(f64::NEG_INFINITY), "\"-Infinity\"");
    check(T::Numeric, Value::Numeric(-1_500_000_000), "\"-1.5\"");
    check(T::String, Value::from("a\"b"), "\"a\\\"b\"");
    check(T::Bytes, Value::Bytes(b"ab".as_slice().into()), "\"YWI=\"");
    check(T::Date, Value::Date(11_356), "\"2001-02-03\"");
    check(T::Time, Value::Time(14_706_700_000), "\"04:05:06.7\"");
    check(T::Time, Value::Time(0), "\"00:00:00\"");
    check(T::Datetime, Value::Datetime(981_173_106_700_000), "\"2001-02-03T04:05:06.7\"");
    check(T::Timestamp, Value::Timestamp(981_173_106_700_000), "\"2001-02-03T04:05:06.7Z\"");
    check(T::Timestamp, Value::Timestamp(981_173_100_000_000), "\"2001-02-03T04:05:00Z\"");
    let interval = Interval { months: 14, days: 3, micros: 14_706_789_000 };
    check(T::Interval, Value::Interval(interval), "\"1-2 3 4:5:6.789\"");
    check(T::Json, Value::Json("{\"a\":1}".into()), "\"{\\\"a\\\":1}\"");
    let structure = T::structure([("a", T::Int64), ("", T::String)]);
    check(structure, Value::Struct(vec![Value::Int64(1), Value::from("x")]), "[1,\"x\"]");
    check(T::array(T::Int64), Value::Array(vec![Value::Int64(1), Value::Null]), "[1,null]");
}

#[test]
fn objects_name_the_fields_of_structs() {
    let structure = DataType::structure([("a", DataType::Int64), ("", DataType::String)]);
    let values = vec![Value::Struct(vec![Value::Int64(1), Value::from("x")])];
    check(Format::Jsonl, &[("s", structure, values)], "{\"s\":{\"a\":1,\"_field_2\":\"x\"}}\n");
}

#[test]
fn text_shows_nested_values_on_one_line() {
    let inner = DataType::structure([("a", DataType::Int64), ("b", DataType::String)]);
    let value = Value::Array(vec![Value::Struct(vec![Value::Int64(1), Value::from("x\"")]), Value::Null]);
    assert_eq!(value::text(&value, &DataType::array(inner)), "[{a: 1, b: \"x\\\"\"}, NULL]");
}

#[test]
fn arrow_is_a_whole_stream() {
    let out = rendered(Format::Arrow, &sample());
    let reader = arrow_ipc::reader::StreamReader::try_new(out.as_slice(), None).unwrap();
    assert_eq!(reader.schema().field(1).name(), "text");
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 3);
}

#[test]
fn durations() {
    let check = |micros: u64, expected: &str| {
        assert_eq!(value::duration(std::time::Duration::from_micros(micros)), expected);
    };
    check(3_140, "3.1 ms");
    check(999_940, "999.9 ms");
    check(12_400_000, "12.40 s");
}
