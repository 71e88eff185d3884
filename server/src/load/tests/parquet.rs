use std::sync::Arc;

use ::parquet::arrow::ArrowWriter;
use ::parquet::data_type::{Int96, Int96Type};
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;
use arrow_array::builder::{Int64Builder, ListBuilder, MapBuilder, StringBuilder, StructBuilder};
use arrow_array::types::Int32Type;
use arrow_array::*;
use arrow_schema::{DataType as ArrowType, Field as ArrowField, Fields};

use super::*;

fn bytes(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(3)).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Detection gives `data_type`, and a load of it `expected`.
fn check(array: impl Array + 'static, data_type: &str, expected: &[Value]) {
    let files = Files::new();
    files.write("x.parquet", bytes(vec![("c", Arc::new(array))]));
    let (columns, detected) = files.detect("x.parquet", &LoadOptions::default()).unwrap();
    assert_eq!(columns, format!("c {data_type}"));
    let rows = files.rows("x.parquet", &LoadOptions::default(), &detected.schema).unwrap();
    assert_eq!(rows.into_iter().flatten().collect::<Vec<_>>(), expected, "{data_type}");
}

#[test]
fn scalars_of_other_writers() {
    check(
        Int32Array::from(vec![Some(1), None, Some(-3), Some(4)]),
        "INT64",
        &[1.into(), Value::Null, (-3).into(), 4.into()],
    );
    check(UInt32Array::from(vec![u32::MAX]), "INT64", &[(u32::MAX as i64).into()]);
    check(Float32Array::from(vec![0.5]), "FLOAT64", &[0.5.into()]);
    check(
        LargeStringArray::from(vec![Some("a longer text than a view"), None]),
        "STRING",
        &["a longer text than a view".into(), Value::Null],
    );
    let dictionary: DictionaryArray<Int32Type> = vec![Some("a"), None, Some("a")].into_iter().collect();
    check(dictionary, "STRING", &["a".into(), Value::Null, "a".into()]);
    check(BinaryArray::from(vec![&b"\xff"[..]]), "BYTES", &[Value::Bytes([255].into())]);
    check(Date32Array::from(vec![7]), "DATE", &[Value::Date(7)]);
    check(Time32MillisecondArray::from(vec![5]), "TIME", &[Value::Time(5_000)]);
    check(TimestampMillisecondArray::from(vec![5]), "DATETIME", &[Value::Datetime(5_000)]);
    check(
        TimestampNanosecondArray::from(vec![5_999]).with_timezone("UTC"),
        "TIMESTAMP",
        &[Value::Timestamp(5)],
    );
    check(
        TimestampMicrosecondArray::from(vec![5]).with_timezone("+05:00"),
        "TIMESTAMP",
        &[Value::Timestamp(5)],
    );
    let decimal =
        |p, s| Decimal128Array::from(vec![Some(-125), None]).with_precision_and_scale(p, s).unwrap();
    for (precision, scale) in [(5, 5), (15, 2), (38, 9)] {
        let expected = Value::Numeric(-125 * 10i128.pow(9 - scale as u32));
        check(decimal(precision, scale), "NUMERIC", &[expected, Value::Null]);
    }
    check(
        Decimal32Array::from(vec![5]).with_precision_and_scale(9, 2).unwrap(),
        "NUMERIC",
        &[Value::Numeric(50_000_000)],
    );
    let big = canopy_format::I256::new(-125) * canopy_format::I256::new(10i128.pow(18));
    check(decimal(38, 20), "BIGNUMERIC", &[Value::BigNumeric(big), Value::Null]);
}

#[test]
fn decimals_of_64_bits_stay_narrow() {
    let files = Files::new();
    let money = Decimal128Array::from(vec![12345]).with_precision_and_scale(15, 2).unwrap();
    files.write("x.parquet", bytes(vec![("m", Arc::new(money))]));
    let schema = schema(&[("m", DataType::Numeric)]);
    let sources = files.resolve("x.parquet").unwrap();
    let mut readers = open(&sources, Format::Parquet, &LoadOptions::default(), &schema).unwrap();
    let batch = readers[0].next().unwrap().unwrap();
    assert!(matches!(
        batch.column(0).as_flat().unwrap().0,
        canopy_format::Values::Decimal64 { scale: 2, .. }
    ));
}

#[test]
fn lists_maps_and_structs() {
    let mut list = ListBuilder::new(Int64Builder::new());
    list.append_value([Some(1), None]);
    list.append_null();
    list.append_value([]);
    check(
        list.finish(),
        "ARRAY<INT64>",
        &[Value::Array(vec![1.into(), Value::Null]), Value::Null, Value::Array(vec![])],
    );
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_value(1);
    map.append(true).unwrap();
    check(
        map.finish(),
        "ARRAY<STRUCT<key STRING, value INT64>>",
        &[Value::Array(vec![Value::Struct(vec!["k".into(), 1.into()])])],
    );
    let fields = Fields::from(vec![ArrowField::new("s", ArrowType::Utf8, true)]);
    let mut structs = StructBuilder::from_fields(fields, 2);
    structs.field_builder::<StringBuilder>(0).unwrap().append_null();
    structs.append(true);
    structs.field_builder::<StringBuilder>(0).unwrap().append_null();
    structs.append(false);
    check(structs.finish(), "STRUCT<s STRING>", &[Value::Struct(vec![Value::Null]), Value::Null]);
}

#[test]
fn int96_is_a_timestamp() {
    let schema = Arc::new(parse_message_type("message m { optional int96 t; }").unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let mut value = Int96::new();
    // One hour and two microseconds into 1970-01-02, whose Julian day is 2,440,589.
    let nanos = 3_600_000_002_000u64;
    value.set_data(nanos as u32, (nanos >> 32) as u32, 2_440_589);
    column.typed::<Int96Type>().write_batch(&[value], Some(&[1]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    let files = Files::new();
    files.write("x.parquet", writer.into_inner().unwrap());
    let (columns, detected) = files.detect("x.parquet", &LoadOptions::default()).unwrap();
    assert_eq!(columns, "t TIMESTAMP");
    let rows = files.rows("x.parquet", &LoadOptions::default(), &detected.schema).unwrap();
    assert_eq!(rows, [[Value::Timestamp(86_400_000_000 + 3_600_000_002)]]);
}

fn two_columns() -> Vec<u8> {
    let numbers = Int64Array::from_iter_values(0..7);
    let json = StringArray::from(vec!["{\"b\": 1, \"a\": 2}"; 7]);
    bytes(vec![("N", Arc::new(numbers)), ("j", Arc::new(json))])
}

#[test]
fn columns_match_by_name_and_row_groups_read_apart() {
    let files = Files::new();
    files.write("x.parquet", two_columns());
    let wanted = schema(&[("j", DataType::Json), ("late", DataType::Date), ("n", DataType::Numeric)]);
    let rows = files.rows("x.parquet", &LoadOptions::default(), &wanted).unwrap();
    assert_eq!(rows.len(), 7);
    assert_eq!(
        rows[6],
        [Value::Json("{\"a\":2,\"b\":1}".into()), Value::Null, Value::Numeric(6_000_000_000)]
    );
    let readers =
        open(&files.resolve("x.parquet").unwrap(), Format::Parquet, &LoadOptions::default(), &wanted)
            .unwrap();
    assert_eq!(readers.len(), 3, "row groups of 3, 3 and 1 rows");
    let narrow = schema(&[("n", DataType::Int64)]);
    let error = files.rows("x.parquet", &LoadOptions::default(), &narrow).unwrap_err();
    assert_eq!(error, "x.parquet: column j: no such column in the table");
    let lax = LoadOptions { ignore_unknown_values: true, ..Default::default() };
    assert_eq!(files.rows("x.parquet", &lax, &narrow).unwrap().len(), 7);
}

#[test]
fn misfits_name_file_column_and_row() {
    let files = Files::new();
    files.write("x.parquet", two_columns());
    let error = |wanted: &Schema| files.rows("x.parquet", &LoadOptions::default(), wanted).unwrap_err();
    let found = error(&schema(&[("n", DataType::String), ("j", DataType::String)]));
    assert!(
        found.starts_with("x.parquet row group 0, from row 0: column N: expected STRING, found")
            || found.starts_with("x.parquet row group 0, from row 0: column n: expected STRING, found"),
        "{found}"
    );
    let found = error(&required_first(schema(&[
        ("r", DataType::Date),
        ("n", DataType::Int64),
        ("j", DataType::String),
    ])));
    assert_eq!(found, "x.parquet: column r: the column is REQUIRED and not in the file");
    files.write("y.parquet", bytes(vec![("n", Arc::new(Int64Array::from(vec![Some(1), None])))]));
    let wanted = required_first(schema(&[("n", DataType::Int64)]));
    let found = files.rows("y.parquet", &LoadOptions::default(), &wanted).unwrap_err();
    assert!(found.contains("column n: row 1: expected a value, as the column is REQUIRED"), "{found}");
    files.write("z.parquet", bytes(vec![("n", Arc::new(StringArray::from(vec!["{"])))]));
    let found =
        files.rows("z.parquet", &LoadOptions::default(), &schema(&[("n", DataType::Json)])).unwrap_err();
    assert!(found.contains("column n: row 0: expected JSON, found \"{\""), "{found}");
    let found = files.detect("?.parquet", &LoadOptions::default()).unwrap_err();
    assert!(found.contains("?.parquet: no such file"), "{found}");
    let found = files.detect("*.parquet", &LoadOptions::default()).unwrap_err();
    assert_eq!(found, "z.parquet: column n: expected INT64, as in the files before, found STRING");
}

#[test]
fn files_that_are_none_say_so() {
    let files = Files::new();
    let check = |bytes: &[u8], expected: &str| {
        files.write("x.parquet", bytes);
        let found = files.detect("x.parquet", &LoadOptions::default()).unwrap_err();
        assert!(found.starts_with("x.parquet") && found.contains(expected), "{found}");
    };
    let sound = two_columns();
    check(b"", "not a Parquet file: expected at least 12 bytes, found 0");
    check(b"a,b,c\n1,2,3\n4,5,6\n", "expected a footer that ends in \"PAR1\", found \"5,6\\n\"");
    check(&sound[..sound.len() - 1], "expected a footer that ends in");
    check(b"PAR1\xff\xff\xff\x7fPAR1", "the footer claims 2147483647 bytes, the file has room for 0");
    check(b"PAR1garbage!\x08\0\0\0PAR1", "the footer is damaged");
    check(b"PAR1\0\0\0\0PARE", "encrypted footer is not supported");
}

#[test]
fn damage_never_panics() {
    let sound = two_columns();
    let files = Files::new();
    let wanted = schema(&[("n", DataType::Int64), ("j", DataType::String)]);
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    for round in 0..400 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut bytes = sound.clone();
        let at = (random >> 33) as usize % bytes.len();
        bytes[at] ^= 1 << (round % 8);
        if round % 10 == 0 {
            bytes.truncate(at);
        }
        files.write("x.parquet", bytes);
        let _ = files.detect("x.parquet", &LoadOptions::default());
        let _ = files.rows("x.parquet", &LoadOptions::default(), &wanted);
    }
}
