use std::sync::Arc;

use arrow_array::builder::{Int32Builder, MapBuilder, StringBuilder as ArrowStringBuilder};
use arrow_array::types::{Float16Type, Int8Type, Int32Type};
use arrow_array::*;
use arrow_buffer::i256;
use arrow_schema::{DataType as ArrowType, Field as ArrowField, TimeUnit};

use super::*;
use crate::vector::Form;
use crate::{Batch, DataType, I256, Interval, Mode, RangeElement, RangeValue, Schema, Value, Vector};

/// Out to Arrow and back gives the same values.
fn check_roundtrip(data_type: DataType, values: &[Value]) {
    let vector = Vector::from_values(&data_type, values).unwrap();
    let array = vector_to_array(&vector).unwrap();
    assert_eq!(array.data_type(), &arrow_type(&data_type));
    assert_eq!(type_from_arrow(&arrow_field("c", &data_type, true)).unwrap(), data_type);
    let back = array_to_vector(&array, &data_type, "c").unwrap();
    assert_eq!(back.iter_values().collect::<Vec<_>>(), values);
    let cut = array_to_vector(&array.slice(1, values.len() - 1), &data_type, "c").unwrap();
    assert_eq!(cut.iter_values().collect::<Vec<_>>(), values[1..], "sliced in Arrow");
    let sliced = vector_to_array(&vector.slice(1, values.len() - 1)).unwrap();
    let back = array_to_vector(&sliced, &data_type, "c").unwrap();
    assert_eq!(back.iter_values().collect::<Vec<_>>(), values[1..], "sliced by us");
}

#[test]
fn every_type_survives_the_round_trip() {
    let long = "more than twelve bytes of text";
    check_roundtrip(DataType::Bool, &[true.into(), Value::Null, false.into()]);
    check_roundtrip(DataType::Int64, &[i64::MIN.into(), Value::Null, 7.into()]);
    check_roundtrip(DataType::Float64, &[1.5.into(), Value::Null, f64::NAN.into(), (-0.0).into()]);
    check_roundtrip(
        DataType::Numeric,
        &[Value::Numeric(1_250_000_000), Value::Null, Value::Numeric(-10i128.pow(37))],
    );
    check_roundtrip(DataType::BigNumeric, &[Value::BigNumeric(I256::MIN), Value::BigNumeric(I256::MAX)]);
    check_roundtrip(DataType::String, &["".into(), long.into(), Value::Null, "twelve bytes".into()]);
    check_roundtrip(DataType::Bytes, &[Value::Bytes([0xff; 20].into()), Value::Null]);
    check_roundtrip(DataType::Json, &[Value::Json("{\"a\":1}".into()), Value::Null]);
    check_roundtrip(DataType::Date, &[Value::Date(-1), Value::Null]);
    check_roundtrip(DataType::Time, &[Value::Time(86_399_999_999), Value::Null]);
    check_roundtrip(DataType::Datetime, &[Value::Datetime(-1), Value::Null]);
    check_roundtrip(DataType::Timestamp, &[Value::Timestamp(1), Value::Null]);
    let interval = Interval { months: -13, days: 4, micros: -5 };
    check_roundtrip(DataType::Interval, &[Value::Interval(interval), Value::Null]);
    for element in [RangeElement::Date, RangeElement::Datetime, RangeElement::Timestamp] {
        let range = |start, end| Value::Range(RangeValue { start, end });
        let ranges = [range(1, 2), Value::Null, range(i64::MIN, 7), range(-3, i64::MAX)];
        check_roundtrip(DataType::Range(element), &ranges);
    }
    let element = DataType::structure([("code", DataType::String), ("", DataType::Int64)]);
    let row = Value::Struct(vec![long.into(), Value::Null]);
    check_roundtrip(
        DataType::array(element),
        &[
            Value::Array(vec![row.clone(), Value::Null]),
            Value::Null,
            Value::Array(vec![]),
            Value::Array(vec![row]),
        ],
    );
}

fn check_import(array: impl Array, target: DataType, expected: &[Value]) {
    let vector = array_to_vector(&array, &target, "c").unwrap();
    assert_eq!(vector.iter_values().collect::<Vec<_>>(), expected);
}

fn check_refused(array: impl Array, target: DataType, message: &str) {
    let error = array_to_vector(&array, &target, "shop.price").unwrap_err().to_string();
    assert!(error.contains(message) && error.contains("shop.price"), "{error}");
}

#[test]
fn foreign_integers_and_floats_widen() {
    check_import(Int8Array::from(vec![-1, 2]), DataType::Int64, &[(-1).into(), 2.into()]);
    check_import(UInt32Array::from(vec![u32::MAX]), DataType::Int64, &[(u32::MAX as i64).into()]);
    check_import(UInt64Array::from(vec![Some(7), None]), DataType::Int64, &[7.into(), Value::Null]);
    check_import(Float32Array::from(vec![0.5]), DataType::Float64, &[0.5.into()]);
    let half = PrimitiveArray::<Float16Type>::from_iter_values([Default::default()]);
    check_import(half, DataType::Float64, &[0.0.into()]);
    check_import(Int32Array::from(vec![3]), DataType::Numeric, &[Value::Numeric(3_000_000_000)]);
    check_refused(
        UInt64Array::from(vec![1 << 63]),
        DataType::Int64,
        "9223372036854775808 does not fit INT64",
    );
}

#[test]
fn decimals_of_any_scale_are_exact_or_refused() {
    let decimal = |v: i128, p, s| Decimal128Array::from(vec![v]).with_precision_and_scale(p, s).unwrap();
    check_import(decimal(12345, 15, 2), DataType::Numeric, &[Value::Numeric(123_450_000_000)]);
    check_import(decimal(12, 10, -3), DataType::Numeric, &[Value::Numeric(12_000 * 1_000_000_000)]);
    check_import(decimal(1_000, 20, 12), DataType::Numeric, &[Value::Numeric(1)]);
    check_refused(decimal(1_001, 20, 12), DataType::Numeric, "1001 with 12 digits after the point");
    let vector = array_to_vector(&decimal(12345, 15, 2), &DataType::Numeric, "c").unwrap();
    assert!(
        matches!(vector.as_flat().unwrap().0, crate::Values::Decimal64 { scale: 2, .. }),
        "carried narrow"
    );
    let wide = Decimal256Array::from(vec![i256::from_i128(5)]).with_precision_and_scale(50, 20).unwrap();
    let expected = I256::new(5) * I256::new(10i128.pow(18));
    check_import(wide, DataType::BigNumeric, &[Value::BigNumeric(expected)]);
    let field = |p, s| ArrowField::new("c", ArrowType::Decimal128(p, s), true);
    assert_eq!(type_from_arrow(&field(38, 9)).unwrap(), DataType::Numeric);
    assert_eq!(type_from_arrow(&field(38, 10)).unwrap(), DataType::BigNumeric);
}

#[test]
fn foreign_text_and_times() {
    let long = "a long value that needs a buffer";
    check_import(StringArray::from(vec![Some(long), None]), DataType::String, &[long.into(), Value::Null]);
    check_import(LargeStringArray::from(vec!["x", long]), DataType::String, &["x".into(), long.into()]);
    check_import(BinaryArray::from(vec![&b"abc"[..]]), DataType::String, &["abc".into()]);
    check_refused(BinaryArray::from(vec![&b"\xff"[..]]), DataType::String, "not UTF-8");
    check_import(Date64Array::from(vec![-1]), DataType::Date, &[Value::Date(-1)]);
    check_import(TimestampSecondArray::from(vec![2]), DataType::Timestamp, &[Value::Timestamp(2_000_000)]);
    check_import(TimestampNanosecondArray::from(vec![-1]), DataType::Datetime, &[Value::Datetime(-1)]);
    check_refused(TimestampSecondArray::from(vec![i64::MAX]), DataType::Timestamp, "does not fit");
    check_import(Time32MillisecondArray::from(vec![5]), DataType::Time, &[Value::Time(5_000)]);
    check_refused(
        Date32Array::from(vec![1]),
        DataType::Timestamp,
        "expected TIMESTAMP, found Arrow type Date32",
    );
    check_import(NullArray::new(2), DataType::Date, &[Value::Null, Value::Null]);
}

#[test]
fn foreign_lists_maps_and_dictionaries() {
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>(
        [Some(vec![Some(1), None]), None, Some(vec![Some(3), Some(4)])],
        2,
    );
    let three =
        [Value::Array(vec![1.into(), Value::Null]), Value::Null, Value::Array(vec![3.into(), 4.into()])];
    check_import(fixed.clone(), DataType::array(DataType::Int64), &three);
    check_import(fixed.slice(1, 2), DataType::array(DataType::Int64), &three[1..]);
    let large = LargeListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(9)])]);
    check_import(large, DataType::array(DataType::Int64), &[Value::Array(vec![9.into()])]);

    let mut map = MapBuilder::new(None, ArrowStringBuilder::new(), Int32Builder::new());
    map.keys().append_value("k");
    map.values().append_value(1);
    map.append(true).unwrap();
    let map = map.finish();
    let entry = DataType::structure([("key", DataType::String), ("value", DataType::Int64)]);
    assert_eq!(
        type_from_arrow(&ArrowField::new("m", map.data_type().clone(), true)).unwrap(),
        DataType::array(entry.clone())
    );
    let expected = Value::Array(vec![Value::Struct(vec!["k".into(), 1.into()])]);
    check_import(map, DataType::array(entry), &[expected]);

    let dictionary: DictionaryArray<Int8Type> =
        vec![Some("a"), None, Some("b"), Some("a")].into_iter().collect();
    let vector = array_to_vector(&dictionary, &DataType::String, "c").unwrap();
    assert!(matches!(vector.form(), Form::Dictionary { .. }), "stays a dictionary");
    assert_eq!(vector.iter_values().collect::<Vec<_>>(), ["a".into(), Value::Null, "b".into(), "a".into()]);
}

#[test]
fn struct_fields_go_by_name_and_missing_ones_are_null() {
    let array = StructArray::from(vec![(
        Arc::new(ArrowField::new("B", ArrowType::Int32, true)),
        Arc::new(Int32Array::from(vec![1])) as ArrayRef,
    )]);
    let target = DataType::structure([("a", DataType::String), ("b", DataType::Int64)]);
    check_import(array.clone(), target, &[Value::Struct(vec![Value::Null, 1.into()])]);
    check_refused(
        array,
        DataType::structure([("a", DataType::Int64)]),
        "field B of the Arrow struct is not in",
    );
}

#[test]
fn schemas_keep_modes_names_and_ids() {
    let element = DataType::structure([("code", DataType::Json), ("at", DataType::Timestamp)]);
    let schema = Schema::from_types([
        ("id", &DataType::Int64, Mode::Required),
        ("items", &DataType::array(element), Mode::Nullable),
    ])
    .unwrap();
    let arrow = arrow_schema(&schema);
    assert_eq!(arrow.field(0).metadata().get("PARQUET:field_id").unwrap(), "1");
    assert_eq!(schema_from_arrow(&arrow).unwrap(), schema);
    let bad =
        arrow_schema::Schema::new(vec![ArrowField::new("d", ArrowType::Duration(TimeUnit::Second), true)]);
    assert!(schema_from_arrow(&bad).unwrap_err().to_string().contains("column d: Arrow type"));
}

#[test]
fn batches_drop_their_selection_and_take_the_schema_s_names() {
    let schema = Arc::new(types_to_arrow([("n", &DataType::Int64), ("j", &DataType::array(DataType::Json))]));
    let list = Value::Array(vec![Value::Json("1".into())]);
    let columns =
        vec![Vector::sequence(0, 2, 4), Vector::constant(DataType::array(DataType::Json), list.clone(), 4)];
    let batch = Batch::new(columns, 4).with_selection(Some([1u16, 3].iter().copied().collect()));
    let record = batch_to_record_batch(batch, &schema).unwrap();
    let types = [DataType::Int64, DataType::array(DataType::Json)];
    let back = record_batch_to_batch(&record, &types).unwrap();
    assert_eq!(back.column(0).iter_values().collect::<Vec<_>>(), [2.into(), 6.into()]);
    assert_eq!(back.column(1).value(1), list);
}
