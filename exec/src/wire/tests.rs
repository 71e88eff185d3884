use bytes::Bytes;
use canopy_format::vector::Form;
use canopy_format::{Batch, Buffer, DataType, Dictionary, I256, Interval, RangeValue, Value, Vector};
use proptest::prelude::*;

use super::{decode, encode};

fn check(batch: &Batch) -> Batch {
    let back = decode(encode(batch)).unwrap();
    let expected = batch.clone().compact();
    assert_eq!(back.rows(), expected.rows());
    assert_eq!(back.columns().len(), expected.columns().len());
    for (a, b) in back.columns().iter().zip(expected.columns()) {
        assert_eq!(a.data_type(), b.data_type());
        assert_eq!(a.iter_values().collect::<Vec<_>>(), b.iter_values().collect::<Vec<_>>());
    }
    back
}

fn any_type() -> impl Strategy<Value = DataType> {
    let scalar = prop::sample::select(DataType::SCALARS.to_vec());
    scalar.prop_recursive(3, 6, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(DataType::array),
            prop::collection::vec(inner, 1..3)
                .prop_map(|types| DataType::structure(types.into_iter().map(|t| ("f", t)))),
        ]
    })
}

fn any_value(data_type: &DataType) -> BoxedStrategy<Value> {
    let present = match data_type {
        DataType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        DataType::Int64 => any::<i64>().prop_map(Value::Int64).boxed(),
        DataType::Float64 => any::<f64>().prop_map(Value::Float64).boxed(),
        DataType::Numeric => prop_oneof![
            any::<i64>().prop_map(|v| Value::Numeric(v as i128)),
            any::<i128>().prop_map(|v| Value::Numeric(v / 10))
        ]
        .boxed(),
        DataType::BigNumeric => any::<i128>().prop_map(|v| Value::BigNumeric(I256::from(v))).boxed(),
        DataType::String => ".{0,20}".prop_map(|t| Value::String(t.into())).boxed(),
        DataType::Bytes => {
            prop::collection::vec(any::<u8>(), 0..20).prop_map(|v| Value::Bytes(v.into())).boxed()
        }
        DataType::Date => any::<i32>().prop_map(Value::Date).boxed(),
        DataType::Time => any::<i64>().prop_map(Value::Time).boxed(),
        DataType::Datetime => any::<i64>().prop_map(Value::Datetime).boxed(),
        DataType::Timestamp => any::<i64>().prop_map(Value::Timestamp).boxed(),
        DataType::Interval => any::<(i32, i32, i64)>()
            .prop_map(|(months, days, micros)| Value::Interval(Interval { months, days, micros }))
            .boxed(),
        DataType::Json => "[0-9]{1,20}".prop_map(|t| Value::Json(t.into())).boxed(),
        DataType::Range(_) => {
            any::<(i64, i64)>().prop_map(|(start, end)| Value::Range(RangeValue { start, end })).boxed()
        }
        DataType::Array(element) => {
            prop::collection::vec(any_value(element), 0..4).prop_map(Value::Array).boxed()
        }
        DataType::Struct(fields) => fields
            .iter()
            .map(|field| any_value(&field.data_type))
            .collect::<Vec<_>>()
            .prop_map(Value::Struct)
            .boxed(),
    };
    prop_oneof![1 => Just(Value::Null), 4 => present].boxed()
}

fn any_vector() -> impl Strategy<Value = Vector> {
    any_type().prop_flat_map(|t| {
        (prop::collection::vec(any_value(&t), 1..40), any::<u8>(), Just(t)).prop_map(|(values, kind, t)| {
            let flat = Vector::from_values(&t, &values).unwrap();
            match kind % 4 {
                0 => Vector::constant(t, values[0].clone(), values.len()),
                1 => {
                    let codes: Buffer<u32> =
                        (0..values.len()).map(|i| (i * 7 % values.len()) as u32).collect();
                    let validity = (kind & 4 != 0).then(|| (0..values.len()).map(|i| i % 3 != 0).collect());
                    Vector::dictionary(codes, validity, Dictionary::new(flat))
                }
                _ => flat,
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..Default::default() })]

    #[test]
    fn every_vector_comes_back(vector in any_vector(), selected in any::<u64>()) {
        let rows = vector.len();
        let selection = (selected & 1 == 1)
            .then(|| (0..rows as u16).filter(|i| selected >> (i % 64) & 1 == 1).collect());
        check(&Batch::new(vec![vector.clone(), Vector::sequence(3, -2, rows), vector], rows).with_selection(selection));
    }

    #[test]
    fn any_damage_is_an_error_or_another_batch(vector in any_vector(), at in any::<usize>(), with in any::<u8>(), cut in any::<usize>()) {
        let rows = vector.len();
        let mut bytes = encode(&Batch::new(vec![vector], rows)).to_vec();
        let at = at % bytes.len();
        bytes[at] = with;
        if cut % 4 == 0 {
            bytes.truncate(cut % bytes.len());
        }
        if let Ok(batch) = decode(Bytes::from(bytes)) {
            batch.columns().iter().for_each(|column| column.iter_values().for_each(drop));
        }
    }

    #[test]
    fn noise_is_an_error(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if bytes.len() > 2 {
            bytes[0] = 1;
            bytes[1] %= 2;
        }
        let _ = decode(Bytes::from(bytes));
    }
}

#[test]
fn large_batches_are_compressed_and_forms_survive() {
    let rows = 2048;
    let text: Vec<Value> =
        (0..rows).map(|i| Value::from(format!("a repeating text {}", i % 10).as_str())).collect();
    let text = Vector::from_values(&DataType::String, &text).unwrap();
    let big = Vector::from_i64((0..100_000).collect());
    let dictionary =
        Vector::dictionary((0..rows as u32).map(|i| i * 40).collect(), None, Dictionary::new(big));
    let batch = Batch::new(vec![text, dictionary, Vector::nulls(DataType::Date, rows)], rows);
    let message = encode(&batch);
    assert!(message.len() < 40_000, "{} bytes", message.len());
    let back = check(&batch);
    let Form::Dictionary { dictionary, .. } = back.column(1).form() else { panic!("{:?}", back.column(1)) };
    assert_eq!(dictionary.values.len(), rows, "only entries in use travel");
    assert_eq!(back.column(2).as_constant(), Some(&Value::Null));
}

#[test]
fn a_batch_without_columns_keeps_its_rows() {
    assert_eq!(check(&Batch::new(vec![], 7)).rows(), 7);
}

#[test]
fn hostile_sizes_are_refused() {
    let check = |body: &[u8], reason: &str| {
        let mut message = vec![1, 0];
        message.extend_from_slice(body);
        let error = decode(message.into()).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    };
    check(&[0xff; 8], "over the limit");
    check(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0], "expected 8 more bytes, found 0");
    check(&[1, 0, 0, 0, 1, 0, 0, 0, 2, 9], "unknown form 9 of INT64");
    check(&[0, 0, 0, 0, 0, 0, 0, 0, 5], "1 bytes after the last column");
    let mut deep = vec![0, 0, 0, 0, 1, 0, 0, 0];
    deep.extend_from_slice(&[14; 1000]);
    check(&deep, "nested deeper");
    let invalid_text = [1, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xff];
    check(&invalid_text, "utf-8");
    let bomb = decode(vec![1, 1, 0, 0, 0, 0x30, 1, 2, 3].into()).unwrap_err().to_string();
    assert!(bomb.contains("cannot hold"), "{bomb}");
}
