//! Values of every type and shape survive, whichever encoding they get.

use super::*;
use crate::file::ProjectedColumn;
use crate::{FieldId, I256, Interval, RangeElement, RangeValue, TypeParameters};

fn check(data_type: DataType, make: impl Fn(usize) -> Value) {
    for rows in [1usize, 2, 1_023, 1_024, 1_025, 9_000] {
        let values: Vec<Value> = (0..rows).map(&make).collect();
        check_roundtrip(&one_column(&data_type), &[values]);
    }
}

/// Every `n`-th value NULL.
fn holes(n: usize, make: impl Fn(usize) -> Value) -> impl Fn(usize) -> Value {
    move |i| if i % n == n - 1 { Value::Null } else { make(i) }
}

#[test]
fn integers_of_every_distribution() {
    check(DataType::Int64, |_| 42.into());
    check(DataType::Int64, |i| (i as i64 * 3 - 1000).into());
    check(DataType::Int64, |i| (i as i64 / 100).into());
    check(DataType::Int64, |i| (i as i64).wrapping_mul(0x9e37_79b9_7f4a_7c15u64 as i64).into());
    check(DataType::Int64, |i| if i % 500 == 3 { i64::MIN.into() } else { (i as i64 % 7).into() });
    check(DataType::Int64, |i| if i % 2 == 0 { i64::MIN.into() } else { i64::MAX.into() });
    check(DataType::Int64, |i| ((i as i64 * 7919 % 13) << 50).into());
    check(DataType::Int64, holes(2, |i| (i as i64).into()));
    check(DataType::Int64, holes(10, |i| (i as i64).into()));
    check(DataType::Int64, |_| Value::Null);
}

#[test]
fn the_other_scalars() {
    check(DataType::Bool, |i| (i % 3 == 0).into());
    check(DataType::Bool, holes(5, |i| (i < 700).into()));
    check(DataType::Date, holes(7, |i| Value::Date(i as i32 - 500)));
    check(DataType::Time, |i| Value::Time(i as i64 * 1_000_000));
    check(DataType::Datetime, |i| Value::Datetime(-(i as i64)));
    check(DataType::Timestamp, |i| Value::Timestamp(1_700_000_000_000_000 + i as i64 * 1_000));
    check(DataType::Float64, |i| (i as f64 / 3.0).into());
    check(DataType::Float64, |i| [f64::NAN, -0.0, 0.0, f64::INFINITY, 1e-310][i % 5].into());
    let interval = |i: usize| Interval { months: -(i as i32), days: 3, micros: i as i64 * -7 };
    check(DataType::Interval, holes(3, move |i| Value::Interval(interval(i))));
    let range = |i: usize| RangeValue { start: i as i64 - 9, end: [i as i64, i64::MAX][i % 2] };
    check(DataType::Range(RangeElement::Date), holes(3, move |i| Value::Range(range(i))));
}

#[test]
fn decimals_narrow_and_wide() {
    check(DataType::Numeric, |i| Value::Numeric(i as i128 * 10_000_000));
    check(DataType::Numeric, holes(4, |i| Value::Numeric(-(i as i128) * 1_000_000_007)));
    check(DataType::Numeric, |i| Value::Numeric((10i128.pow(38) - 1) / (i as i128 + 1)));
    check(DataType::Numeric, |_| Value::Numeric(5_250_000_000));
    check(DataType::BigNumeric, |i| Value::BigNumeric(I256::from(i as i64) * I256::new(10i128.pow(36))));
    check(DataType::BigNumeric, |i| Value::BigNumeric(I256::MAX / I256::from(i as i64 + 1)));
    check(DataType::BigNumeric, |i| Value::BigNumeric(if i % 2 == 0 { I256::MIN } else { I256::ZERO }));
}

#[test]
fn text_repeating_and_not() {
    let word = |i: usize| ["red", "green", "a colour of more than twelve bytes"][i % 3];
    check(DataType::String, move |i| word(i).into());
    check(DataType::String, holes(2, move |i| word(i * i).into()));
    check(DataType::String, |i| format!("{i}").as_str().into());
    check(DataType::String, |i| format!("customer number {:016x} of many", i * 7919).as_str().into());
    check(DataType::String, |i| "é".repeat(i % 40).as_str().into());
    check(DataType::String, |_| "".into());
    check(DataType::Bytes, holes(6, |i| Value::Bytes(vec![i as u8; i % 100].into())));
    check(DataType::Json, |i| Value::Json(format!("{{\"n\":{i}}}").into()));
    let random = |i: usize| {
        let mut numbers = Numbers(i as u64 + 1);
        (0..8).flat_map(|_| numbers.next().to_le_bytes()).collect::<Vec<u8>>()
    };
    check(DataType::Bytes, move |i| Value::Bytes(random(i).into()));
}

fn documents() -> DataType {
    let language = DataType::structure([("code", DataType::String), ("country", DataType::String)]);
    let name = DataType::structure([("language", DataType::array(language)), ("url", DataType::String)]);
    DataType::structure([("id", DataType::Int64), ("name", DataType::array(name))])
}

fn document(i: usize) -> Value {
    let language = |j: usize| match j % 5 {
        4 => Value::Null,
        _ => Value::Struct(vec!["en".into(), if j.is_multiple_of(2) { "us".into() } else { Value::Null }]),
    };
    let name = |j: usize| match j % 7 {
        6 => Value::Null,
        k => Value::Struct(vec![
            if k == 5 { Value::Null } else { Value::Array((0..k).map(|l| language(i + l)).collect()) },
            format!("http://{i}/{j}").as_str().into(),
        ]),
    };
    match i % 11 {
        10 => Value::Null,
        9 => Value::Struct(vec![1.into(), Value::Null]),
        k => Value::Struct(vec![(i as i64).into(), Value::Array((0..k).map(|j| name(i + j)).collect())]),
    }
}

#[test]
fn nested_documents() {
    check(documents(), document);
    check(DataType::array(DataType::Int64), |i| match i % 4 {
        0 => Value::Null,
        1 => Value::Array(vec![]),
        2 => Value::Array(vec![Value::Null]),
        _ => Value::Array((0..i as i64 % 9).map(Value::from).collect()),
    });
}

#[test]
fn several_stripes_and_columns() {
    let schema = Schema::from_types([
        ("n", &DataType::Int64, Mode::Required),
        ("s", &DataType::String, Mode::Nullable),
        ("d", &documents(), Mode::Nullable),
    ])
    .unwrap();
    let rows = STRIPE_ROWS + 5_000;
    let columns = vec![
        (0..rows).map(|i| Value::from(i as i64)).collect(),
        (0..rows).map(|i| if i % 9 == 0 { Value::Null } else { ["x", "yy", "zzz"][i % 3].into() }).collect(),
        (0..rows).map(|i| if i % 64 == 0 { document(i) } else { Value::Null }).collect(),
    ];
    let file = write(&schema, &columns).unwrap();
    let reader = open(&file);
    assert_eq!((reader.stripe_count(), reader.stripe_rows(1)), (2, 5_000));
    assert_eq!(read_rows(&reader, &whole(&schema), 65_536).unwrap(), columns);
    let numbers = file.statistics.columns[0].clone();
    assert_eq!((numbers.min, numbers.max), (Some(0.into()), Some((rows as i64 - 1).into())));
    assert_eq!((numbers.value_count, numbers.null_count), (rows as u64, 0));
    let distinct = crate::sketch::estimate(&numbers.distinct_sketch).unwrap();
    assert!((distinct - rows as f64).abs() < rows as f64 * 0.1, "{distinct}");
}

use crate::STRIPE_ROWS;

#[test]
fn an_empty_file_and_a_file_of_no_columns() {
    let file = check_roundtrip(&one_column(&DataType::Int64), &[vec![]]);
    assert_eq!(file.statistics.row_count, 0);
    let mut writer = FileWriter::new(Schema::default(), WriteOptions::default()).unwrap();
    writer.write(&Batch::new(vec![], 10)).unwrap();
    assert_eq!(open(&writer.finish().unwrap()).row_count(), 10);
}

#[test]
fn text_dictionaries_are_shared_and_constants_stay_constant() {
    let schema = Schema::from_types([
        ("s", &DataType::String, Mode::Nullable),
        ("k", &DataType::Int64, Mode::Nullable),
    ])
    .unwrap();
    let words = (0..5_000).map(|i| ["low", "medium", "a very urgent one"][i % 3].into()).collect();
    let reader = open(&write(&schema, &[words, vec![Value::Int64(5); 5_000]]).unwrap());
    let projection = reader.projection(&whole(&schema)).unwrap();
    let data = now(reader.fetch_stripe(&projection, 0)).unwrap();
    let id = |vector: &Vector| match vector.form() {
        crate::vector::Form::Dictionary { dictionary, .. } => dictionary.id,
        other => panic!("{other:?}"),
    };
    let first = data.decoder().read(0, 0, 2_048).unwrap();
    assert_eq!(id(&first), id(&data.decoder().read(0, 2_048, 2_048).unwrap()));
    assert_eq!(data.decoder().read(1, 0, 2_048).unwrap().as_constant(), Some(&Value::Int64(5)));
}

#[test]
fn ids_decide_and_a_column_added_later_is_null() {
    let child = |id, name: &str| Field::scalar(id, name, DataType::Int64, Mode::Nullable);
    let old = Schema {
        fields: vec![Field::structure(1, "s", Mode::Nullable, vec![child(2, "a"), child(3, "b")])],
        next_field_id: 4,
    };
    let rows = vec![
        Value::Struct(vec![1.into(), 2.into()]),
        Value::Null,
        Value::Struct(vec![3.into(), Value::Null]),
    ];
    let reader = open(&write(&old, &[rows]).unwrap());
    // `b` renamed and put first, `c` added, `a` left out, and a new column beside.
    let wanted = [
        ProjectedColumn::whole(&Field::structure(
            1,
            "t",
            Mode::Nullable,
            vec![child(3, "bee"), child(4, "c")],
        )),
        ProjectedColumn::whole(&child(9, "new")),
    ];
    let read = read_rows(&reader, &wanted, 1_024).unwrap();
    let row = |b: Value| Value::Struct(vec![b, Value::Null]);
    assert_eq!(read[0], [row(2.into()), Value::Null, row(Value::Null)]);
    assert_eq!(read[1], [Value::Null, Value::Null, Value::Null]);
    let only = ProjectedColumn::keeping(&old.fields[0], &[FieldId(2)]).unwrap();
    assert_eq!(read_rows(&reader, &[only], 1_024).unwrap()[0][0], Value::Struct(vec![1.into()]));
    let wrong = ProjectedColumn { field: FieldId(1), data_type: DataType::String, children: vec![] };
    let error = reader.projection(&[wrong]).unwrap_err().to_string();
    assert!(error.contains("column s: expected STRING, the file has STRUCT<a INT64, b INT64>"), "{error}");
}

fn check_refused(field: Field, values: &[Value], message: &str) {
    let schema = Schema { fields: vec![field], next_field_id: 100 };
    let error = write(&schema, &[values.to_vec()]).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains(message), "{error}");
}

#[test]
fn modes_and_parameters_are_checked() {
    let parameters = |field: Field, parameters| Field { parameters: Some(parameters), ..field };
    check_refused(required(1, "n", DataType::Int64), &[Value::Null], "column n: NULL in the REQUIRED field");
    let inner = required(2, "b", DataType::Int64);
    let outer = Field::structure(1, "a", Mode::Nullable, vec![inner]);
    let rows = [Value::Null, Value::Struct(vec![Value::Null])];
    check_refused(outer.clone(), &rows, "column a.b: NULL in the REQUIRED field, at value 1");
    let schema = Schema { fields: vec![outer], next_field_id: 3 };
    check_roundtrip(&schema, &[vec![Value::Null, Value::Struct(vec![1.into()])]]);

    let short = parameters(required(1, "s", DataType::String), TypeParameters::MaxLength(3));
    check_refused(
        short.clone(),
        &["äöüß".into()],
        "column s: value of 4 characters is longer than the limit of 3",
    );
    write(&Schema { fields: vec![short], next_field_id: 2 }, &[vec!["äöü".into()]]).unwrap();

    let money = TypeParameters::Decimal { precision: 5, scale: 2 };
    let money = parameters(required(1, "m", DataType::Numeric), money);
    let value = |v: i128| Value::Numeric(v * 1_000_000);
    check_refused(money.clone(), &[value(1_000_000)], "column m: a value does not fit NUMERIC(5, 2)");
    check_refused(money.clone(), &[value(1)], "does not fit NUMERIC(5, 2)");
    write(&Schema { fields: vec![money], next_field_id: 2 }, &[vec![value(999_990), value(10)]]).unwrap();
}

#[test]
fn statistics_bound_long_text() {
    let long = |c: char| c.to_string().repeat(50);
    let file =
        write(&one_column(&DataType::String), &[vec![long('b').as_str().into(), long('é').as_str().into()]]);
    let column = &file.unwrap().statistics.columns[0];
    assert_eq!(column.min, Some("b".repeat(32).as_str().into()));
    assert_eq!(column.max, Some(format!("{}ê", "é".repeat(15)).as_str().into()));
}

#[test]
fn decimals_of_one_column_keep_one_scale() {
    let scales = |parameters| {
        let field = Field { parameters, ..required(1, "m", DataType::Numeric) };
        let schema = Schema { fields: vec![field], next_field_id: 2 };
        let whole_numbers = vec![Value::Numeric(7_000_000_000), Value::Numeric(8_000_000_000)];
        let reader = open(&write(&schema, &[whole_numbers]).unwrap());
        let projection = reader.projection(&whole(&schema)).unwrap();
        let vector = now(reader.fetch_stripe(&projection, 0)).unwrap().decoder().read(0, 0, 2).unwrap();
        match vector.as_flat() {
            Some((crate::Values::Decimal64 { scale, .. }, None)) => *scale,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(scales(None), 0);
    assert_eq!(scales(Some(TypeParameters::Decimal { precision: 15, scale: 2 })), 2);
}

#[test]
fn slices_of_one_long_batch_fill_whole_stripes() {
    let schema = one_column(&DataType::array(DataType::Int64));
    let list = |i: i64| Value::Array((0..300).map(|j| Value::from(i + j)).collect());
    let values: Vec<Value> = (0..2_000).map(list).collect();
    let vector = Vector::from_values(&DataType::array(DataType::Int64), &values).unwrap();
    let mut writer = FileWriter::new(schema, WriteOptions::default()).unwrap();
    for start in (0..2_000).step_by(20) {
        writer.write(&Batch::new(vec![vector.slice(start, 20)], 20)).unwrap();
    }
    let file = writer.finish().unwrap();
    assert_eq!(open(&file).stripe_count(), 1);
}
