use canopy_format::{Dictionary, Value, Vector};

use super::*;

fn check(types: &[DataType], rows: &[Vec<Value>]) {
    let layout = KeyLayout::for_groups(types.to_vec()).unwrap();
    let columns: Vec<Vector> = (0..types.len())
        .map(|c| {
            let values: Vec<Value> = rows.iter().map(|row| row[c].clone()).collect();
            Vector::from_values(&types[c], &values).unwrap()
        })
        .collect();
    let encoded = layout.encode(&columns, rows.len());
    for (i, a) in rows.iter().enumerate() {
        for (j, b) in rows.iter().enumerate() {
            let null = |row: usize| encoded.nulls.as_ref().is_some_and(|nulls| nulls[row]);
            let equal = null(i) == null(j) && (null(i) || encoded.keys.equal(i, &encoded.keys, j));
            assert_eq!(equal, a == b, "{a:?} {b:?}");
            if equal && !null(i) {
                assert_eq!(encoded.hashes[i], encoded.hashes[j]);
            }
        }
    }
    let null_key = encoded.nulls.as_ref().and_then(|n| n.iter().position(|&n| n)).map(|row| row as u32);
    let back = layout.decode(&encoded.keys, 1, rows.len() - 1, null_key);
    for (row, expected) in rows[1..].iter().enumerate() {
        let found: Vec<Value> = back.iter().map(|column| column.value(row)).collect();
        assert_eq!(&found, expected);
    }
}

#[test]
fn keys_are_equal_when_values_are_and_come_back() {
    use DataType::*;
    check(&[Int64], &[vec![1.into()], vec![Value::Null], vec![1.into()], vec![(-1).into()], vec![0.into()]]);
    check(
        &[Int64, Date],
        &[
            vec![1.into(), Value::Date(-3)],
            vec![1.into(), Value::Null],
            vec![Value::Null, Value::Date(-3)],
            vec![1.into(), Value::Date(-3)],
            vec![0.into(), Value::Null],
        ],
    );
    check(
        &[String, Bool],
        &[
            vec!["a".into(), true.into()],
            vec![Value::Null, true.into()],
            vec!["".into(), Value::Null],
            vec!["a text of more than twelve bytes".into(), false.into()],
            vec!["a".into(), true.into()],
        ],
    );
    let pair = DataType::structure([("a", Numeric), ("b", String)]);
    let value = |n: i128, s: &str| Value::Struct(vec![Value::Numeric(n), s.into()]);
    check(&[pair], &[vec![value(1, "x")], vec![value(1, "")], vec![Value::Null], vec![value(1, "x")]]);
    check(
        &[Numeric, BigNumeric],
        &[
            vec![Value::Numeric(10), Value::BigNumeric(canopy_format::I256::from(-7))],
            vec![Value::Numeric(-1_000_000_000), Value::BigNumeric(canopy_format::I256::from(-7))],
            vec![Value::Numeric(-1_000_000_000), Value::BigNumeric(canopy_format::I256::from(7))],
        ],
    );
}

#[test]
fn floats_group_by_value_and_numerics_whatever_their_scale() {
    let layout = KeyLayout::for_groups(vec![DataType::Float64]).unwrap();
    let floats = [0.0, -0.0, f64::NAN, -f64::NAN].map(Value::Float64);
    let encoded = layout.encode(&[Vector::from_values(&DataType::Float64, &floats).unwrap()], 4);
    assert!(encoded.keys.equal(0, &encoded.keys, 1) && encoded.keys.equal(2, &encoded.keys, 3));
    let joined = KeyLayout::for_join(vec![DataType::Float64], vec![false]).unwrap();
    let encoded = joined.encode(&[Vector::from_values(&DataType::Float64, &floats).unwrap()], 4);
    assert_eq!(encoded.unmatched, Some(vec![false, false, true, true]));

    let layout = KeyLayout::for_groups(vec![DataType::Numeric]).unwrap();
    let coarse = Vector::from_values(&DataType::Numeric, &[Value::Numeric(2_000_000_000)]).unwrap();
    let fine =
        Vector::from_values(&DataType::Numeric, &[Value::Numeric(2_000_000_000), Value::Numeric(1)]).unwrap();
    let (coarse, fine) = (layout.encode(&[coarse], 1), layout.encode(&[fine], 2));
    assert!(coarse.keys.equal(0, &fine.keys, 0));
    let codes = [1, 0, 1].into_iter().collect();
    let text = Vector::from_values(&DataType::String, &["b".into(), "a".into()]).unwrap();
    let layout = KeyLayout::for_groups(vec![DataType::String]).unwrap();
    let encoded = layout.encode(&[Vector::dictionary(codes, None, Dictionary::new(text))], 3);
    assert!(encoded.keys.equal(0, &encoded.keys, 2) && !encoded.keys.equal(0, &encoded.keys, 1));
}

#[test]
fn types_without_equality_are_refused() {
    let check = |layout: Result<KeyLayout>, expected: &str| {
        let error = layout.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    check(KeyLayout::for_groups(vec![DataType::Json]), "JSON cannot be a key");
    // Arrays group, element by element, and yet they have no `=` to join by.
    let array = vec![DataType::array(DataType::Int64)];
    assert!(KeyLayout::for_groups(array.clone()).is_ok());
    check(KeyLayout::for_join(array, vec![false]), "ARRAY<INT64> cannot be a key");
}
