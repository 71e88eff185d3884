use canopy_format::{DataType, I256, Interval, Value, Vector};
use canopy_storage::OpenOptions;

use super::*;
use crate::load::LoadOptions;
use crate::load::tests::{Files, schema};

fn batches(columns: &[(&str, DataType)], rows: &[Vec<Value>]) -> Vec<Result<Batch>> {
    let cut = |rows: &[Vec<Value>]| {
        let vectors = columns.iter().enumerate().map(|(index, (_, data_type))| {
            let values: Vec<Value> = rows.iter().map(|row| row[index].clone()).collect();
            Vector::from_values(data_type, &values).unwrap()
        });
        Batch::new(vectors.collect(), rows.len())
    };
    rows.chunks(2).map(|rows| Ok(cut(rows))).collect()
}

fn owned(columns: &[(&str, DataType)]) -> Vec<(String, DataType)> {
    columns.iter().map(|(name, data_type)| ((*name).to_owned(), data_type.clone())).collect()
}

/// Writes the rows and returns the message of a failure.
fn export(
    files: &Files,
    name: &str,
    options: &ExportOptions,
    columns: &[(&str, DataType)],
    rows: &[Vec<Value>],
) -> Result<Exported, String> {
    let uri = files.path(name).display().to_string();
    let format = Format::from_uri(name).unwrap();
    let rows = batches(columns, rows).into_iter();
    write(format, options, &owned(columns), rows, &uri, &OpenOptions::default(), files.handle())
        .map_err(|error| files.message(&error))
}

/// What is written loads as the same values.
fn check_round_trip(name: &str, columns: &[(&str, DataType)], rows: &[Vec<Value>]) {
    let files = Files::new();
    let exported = export(&files, name, &ExportOptions::default(), columns, rows).unwrap();
    assert_eq!((exported.rows, exported.files.len()), (rows.len() as u64, 1));
    assert_eq!(exported.bytes, std::fs::metadata(files.path(name)).unwrap().len());
    let header =
        LoadOptions { skip_leading_rows: Some(1), allow_quoted_newlines: true, ..Default::default() };
    assert_eq!(files.rows(name, &header, &schema(columns)).unwrap(), rows, "{name}");
}

fn scalars() -> (Vec<(&'static str, DataType)>, Vec<Vec<Value>>) {
    use DataType::*;
    let columns = vec![
        ("b", Bool),
        ("i", Int64),
        ("f", Float64),
        ("n", Numeric),
        ("g", BigNumeric),
        ("s", String),
        ("y", Bytes),
        ("d", Date),
        ("t", Time),
        ("dt", Datetime),
        ("ts", Timestamp),
        ("j", Json),
    ];
    let row = |b: bool, i: i64, f: f64, n: i128, g: I256, s: &str, j: &str| {
        vec![
            b.into(),
            i.into(),
            f.into(),
            Value::Numeric(n),
            Value::BigNumeric(g),
            s.into(),
            Value::Bytes(s.as_bytes().into()),
            Value::Date((i % 700_000) as i32),
            Value::Time(i.rem_euclid(86_400_000_000)),
            Value::Datetime(i % 100_000_000_000_000),
            Value::Timestamp(i % 100_000_000_000_000),
            Value::Json(j.into()),
        ]
    };
    let rows = vec![
        row(true, i64::MAX, 0.1, 10i128.pow(38) - 1, I256::MAX, "a,\"b\"\nc", "{\"a\":[1,2.5]}"),
        row(false, i64::MIN, 1e300, 1 - 10i128.pow(38), I256::MIN, "", "null"),
        row(false, -1, -0.0, -5, I256::from(-5), " spaced ", "\"x\""),
        vec![Value::Null; 12],
    ];
    (columns, rows)
}

#[test]
fn scalars_come_back_equal() {
    let (columns, rows) = scalars();
    for name in ["x.csv", "x.parquet"] {
        check_round_trip(name, &columns, &rows);
    }
    // In JSON the JSON value null is NULL on its way back.
    check_round_trip(
        "x.json",
        &columns[..11],
        &rows.iter().map(|row| row[..11].to_vec()).collect::<Vec<_>>(),
    );
    let interval = |months, days, micros| vec![Value::Interval(Interval { months, days, micros })];
    let intervals = [interval(14, -3, 14_706_789_000), interval(-14, 3, -500_000), vec![Value::Null]];
    for name in ["x.csv", "x.jsonl"] {
        check_round_trip(name, &[("v", DataType::Interval)], &intervals);
    }
}

#[test]
fn nested_values_come_back_equal() {
    let link = DataType::structure([("url", DataType::String), ("tags", DataType::array(DataType::Int64))]);
    let columns = [("id", DataType::Int64), ("links", DataType::array(link.clone())), ("one", link)];
    let link = |url: Value, tags: Value| Value::Struct(vec![url, tags]);
    let rows = [
        vec![
            1.into(),
            Value::Array(vec![
                link("a".into(), Value::Array(vec![1.into(), 2.into()])),
                link(Value::Null, Value::Null),
            ]),
            link("b".into(), Value::Array(vec![])),
        ],
        vec![2.into(), Value::Array(vec![]), Value::Null],
        vec![Value::Null, Value::Null, link(Value::Null, Value::Array(vec![Value::Null]))],
    ];
    check_round_trip("x.parquet", &columns, &rows);
    check_round_trip("x.ndjson", &columns, &rows);
}

#[test]
fn text_is_spelled_as_bigquery_does() {
    let (columns, rows) = scalars();
    let files = Files::new();
    let check = |name: &str, columns: &[(&str, DataType)], row: &[Value], expected: &str| {
        let options = ExportOptions { overwrite: true, ..Default::default() };
        export(&files, name, &options, columns, &[row.to_vec()]).unwrap();
        assert_eq!(std::fs::read_to_string(files.path(name)).unwrap(), expected);
    };
    check(
        "x.csv",
        &columns[..5],
        &rows[2][..5],
        "b,i,f,n,g\nfalse,-1,-0.0,-0.000000005,-0.00000000000000000000000000000000000005\n",
    );
    check(
        "x.json",
        &columns[..4],
        &rows[2][..4],
        "{\"b\":false,\"i\":\"-1\",\"f\":-0.0,\"n\":\"-0.000000005\"}\n",
    );
    check(
        "x.csv",
        &columns[7..11],
        &rows[2][7..11],
        "d,t,dt,ts\n1969-12-31,23:59:59.999999,1969-12-31T23:59:59.999999,1969-12-31 23:59:59.999999 UTC\n",
    );
    let odd = DataType::structure([("", DataType::Float64), ("j", DataType::Json)]);
    let value = Value::Struct(vec![f64::NAN.into(), Value::Json("{\"a\":1}".into())]);
    check("x.json", &[("s", odd)], &[value], "{\"s\":{\"_field_1\":\"NaN\",\"j\":{\"a\":1}}}\n");
    let floats: Vec<_> =
        [1.0, 1e20, 1.5e-7, 123456.75, f64::NEG_INFINITY].into_iter().map(float_text).collect();
    assert_eq!(floats, ["1.0", "1e+20", "1.5e-7", "123456.75", "-Infinity"]);
    assert_eq!(value_to_csv(&"a,b".into(), &DataType::String), "\"a,b\"");
    assert_eq!(value_to_csv(&Value::Null, &DataType::String), "");
}

#[test]
fn files_are_numbered_overwritten_and_never_half_there() {
    let files = Files::new();
    let columns = [("n", DataType::Int64)];
    let rows: Vec<Vec<Value>> = (0..7).map(|n| vec![n.into()]).collect();
    let small = ExportOptions { file_bytes_max: 1, ..Default::default() };
    let exported = export(&files, "s-*.csv", &small, &columns, &rows).unwrap();
    let names: Vec<_> = exported.files.iter().map(|file| file.rsplit('/').next().unwrap()).collect();
    assert_eq!(
        names,
        ["s-000000000000.csv", "s-000000000001.csv", "s-000000000002.csv", "s-000000000003.csv"]
    );
    let header = LoadOptions { skip_leading_rows: Some(1), ..Default::default() };
    assert_eq!(files.rows("s-*.csv", &header, &schema(&columns)).unwrap(), rows);
    let error = export(&files, "s-*.csv", &small, &columns, &rows).unwrap_err();
    assert_eq!(error, "s-000000000000.csv is already there; the option overwrite replaces it");
    let overwrite =
        ExportOptions { overwrite: true, compression: Some(Compression::Gzip), ..Default::default() };
    export(&files, "z.csv.gz", &overwrite, &columns, &rows).unwrap();
    export(&files, "z.csv.gz", &overwrite, &columns, &rows[..1]).unwrap();
    assert_eq!(files.rows("z.csv.gz", &header, &schema(&columns)).unwrap(), rows[..1]);
    export(&files, "empty.parquet", &ExportOptions::default(), &columns, &[]).unwrap();
    assert_eq!(files.detect("empty.parquet", &header).unwrap().0, "n INT64");
    let failing = batches(&columns, &rows).into_iter().chain([Err(ServerError::invalid("stop"))]);
    let uri = files.path("half-*.json").display().to_string();
    let storage = OpenOptions::default();
    let failed =
        write(Format::NewlineJson, &small, &owned(&columns), failing, &uri, &storage, files.handle());
    assert_eq!(failed.unwrap_err().to_string(), "stop");
    assert!(files.resolve("half-*").is_err(), "nothing is left of a failed export");
}

#[test]
fn what_a_format_cannot_carry_is_refused() {
    let files = Files::new();
    let check = |name: &str, options: &ExportOptions, columns: &[(&str, DataType)], expected: &str| {
        let found = export(&files, name, options, columns, &[]).unwrap_err();
        assert!(found.contains(expected), "{found}");
    };
    let plain = ExportOptions::default();
    check(
        "x.csv",
        &plain,
        &[("a", DataType::array(DataType::Int64))],
        "column a: CSV cannot carry ARRAY<INT64>",
    );
    check(
        "x.parquet",
        &plain,
        &[("v", DataType::array(DataType::Interval))],
        "column v: Parquet cannot carry ARRAY<INTERVAL>",
    );
    check("x.json", &plain, &[("a", DataType::Int64), ("A", DataType::Int64)], "duplicate column name A");
    check("x.json", &plain, &[], "without columns");
    check("no/x.json", &plain, &[("a", DataType::Int64)], "no/x.json: no such file");
    let snappy = ExportOptions { compression: Some(Compression::Snappy), ..plain };
    check("x.json", &snappy, &[("a", DataType::Int64)], "compressed with GZIP or NONE");
    let mut options = ExportOptions::default();
    assert!(options.set("header", &false.into()).is_ok() && !options.header);
    assert!(
        options.set("compression", &"LZO".into()).unwrap_err().to_string().contains("LZO is not supported")
    );
    assert!(options.set("uris", &1.into()).unwrap_err().to_string().contains("unknown export option"));
}
