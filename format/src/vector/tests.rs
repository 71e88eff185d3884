use super::*;

fn documents() -> DataType {
    DataType::array(DataType::structure([("code", DataType::String), ("rank", DataType::Int64)]))
}

fn check(data_type: &DataType, values: &[Value]) {
    let vector = Vector::from_values(data_type, values).unwrap();
    assert_eq!(vector.iter_values().collect::<Vec<_>>(), values, "built");
    let backwards: Vec<u32> = (0..values.len() as u32).rev().collect();
    let mut reversed = values.to_vec();
    reversed.reverse();
    let gathered = vector.gather(&backwards);
    assert_eq!(gathered.iter_values().collect::<Vec<_>>(), reversed, "gathered");
    let both = concat(data_type, &[vector.clone(), gathered.slice(1, values.len() - 1)]);
    let expected: Vec<Value> = values.iter().chain(&reversed[1..]).cloned().collect();
    assert_eq!(both.iter_values().collect::<Vec<_>>(), expected, "concatenated");
    let dictionary = Vector::dictionary(backwards.iter().copied().collect(), None, Dictionary::new(vector));
    assert_eq!(dictionary.flatten().iter_values().collect::<Vec<_>>(), reversed, "dictionary");
}

#[test]
fn values_survive_building_gathering_and_concatenation() {
    let long = "a text of more than twelve bytes";
    check(&DataType::Bool, &[true.into(), Value::Null, false.into()]);
    check(&DataType::Int64, &[1.into(), i64::MIN.into(), Value::Null]);
    check(&DataType::Numeric, &[Value::Numeric(1_500_000_000), Value::Null, Value::Numeric(i128::MAX / 100)]);
    check(&DataType::String, &["".into(), long.into(), Value::Null, "twelve bytes".into()]);
    let element = Value::Struct(vec![long.into(), Value::Null]);
    check(
        &documents(),
        &[Value::Array(vec![element.clone(), Value::Null]), Value::Null, Value::Array(vec![])],
    );
}

#[test]
fn numeric_is_carried_narrow_when_it_fits() {
    let vector = Vector::from_values(&DataType::Numeric, &[Value::Numeric(1_250_000_000)]).unwrap();
    let Some((Values::Decimal64 { values, scale: 2 }, None)) = vector.as_flat() else { panic!("{vector:?}") };
    assert_eq!(&values[..], &[125]);
}

#[test]
fn a_value_of_another_type_is_refused() {
    let error = Vector::from_values(&DataType::Date, &[Value::Int64(1)]).unwrap_err();
    assert!(error.to_string().contains("expected DATE"), "{error}");
}

#[test]
fn bitmaps_slice_across_words() {
    let bits: Bitmap = (0..200).map(|i| i % 3 == 0).collect();
    let cut = bits.slice(61, 100);
    assert_eq!(cut.iter().collect::<Vec<_>>(), (61..161).map(|i| i % 3 == 0).collect::<Vec<_>>());
    assert_eq!(
        cut.iter_ones().collect::<Vec<_>>(),
        (0..100).filter(|i| (i + 61) % 3 == 0).collect::<Vec<_>>()
    );
    assert_eq!(cut.not().count_ones(), 100 - cut.count_ones());
}
