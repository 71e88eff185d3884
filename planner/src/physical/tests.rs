use canopy_format::{ColumnStatistics, ColumnTest, Comparison, FieldId, Value};
use canopy_proto::plan::DataFile;

use super::files::can_match;
use crate::catalog::TableFile;

fn file(min: Option<Value>, max: Option<Value>, nulls: u64) -> TableFile {
    let column = ColumnStatistics {
        field_id: FieldId(1),
        value_count: 10,
        null_count: nulls,
        min,
        max,
        distinct_sketch: Vec::new(),
        encoded_bytes: 0,
        raw_bytes: 0,
    };
    TableFile { file: DataFile::default(), columns: vec![column] }
}

#[test]
fn files_that_cannot_match_are_left_out() {
    let int = |low: i64, high: i64| file(Some(Value::Int64(low)), Some(Value::Int64(high)), 0);
    let compare = |comparison, value: i64| ColumnTest::Compare(comparison, Value::Int64(value));
    let text = |low: &str, high: &str| file(Some(Value::from(low)), Some(Value::from(high)), 0);
    let prefix = |prefix: &str| ColumnTest::StartsWith(prefix.as_bytes().into());
    let check = |file: &TableFile, test: ColumnTest, expected: bool| {
        assert_eq!(can_match(file, FieldId(1), &test), expected, "{test:?} of {:?}", file.columns[0]);
    };
    check(&int(5, 9), compare(Comparison::Equal, 4), false);
    check(&int(5, 9), compare(Comparison::Equal, 5), true);
    check(&int(5, 9), compare(Comparison::Less, 5), false);
    check(&int(5, 9), compare(Comparison::LessOrEqual, 5), true);
    check(&int(5, 9), compare(Comparison::Greater, 9), false);
    check(&int(5, 9), compare(Comparison::GreaterOrEqual, 9), true);
    check(&int(5, 5), compare(Comparison::NotEqual, 5), false);
    check(&int(5, 6), compare(Comparison::NotEqual, 5), true);
    check(&int(5, 9), ColumnTest::In(vec![Value::Int64(1), Value::Int64(10)].into()), false);
    check(&int(5, 9), ColumnTest::In(vec![Value::Int64(1), Value::Int64(7)].into()), true);
    check(&int(5, 9), ColumnTest::IsNull, false);
    check(&file(None, None, 10), compare(Comparison::Equal, 4), false);
    check(&file(None, None, 3), compare(Comparison::Equal, 4), true);
    // NaN is in no bound and differs from everything.
    let floats = file(Some(Value::Float64(1.0)), Some(Value::Float64(1.0)), 0);
    check(&floats, ColumnTest::Compare(Comparison::NotEqual, Value::Float64(1.0)), true);
    check(&text("b", "d"), prefix("a"), false);
    check(&text("b", "d"), prefix("e"), false);
    check(&text("b", "d"), prefix("c"), true);
    check(&text("b", "d"), prefix("da"), false);
    check(&text("baa", "bab"), prefix("ba"), true);
    // A column that the file does not have is not known to miss anything.
    assert!(can_match(&int(5, 9), FieldId(2), &compare(Comparison::Equal, 4)));
}
