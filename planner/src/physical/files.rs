//! Which files of a table can hold rows that pass a test, from their statistics.

use std::cmp::Ordering;

use canopy_format::{ColumnTest, Comparison, FieldId, Value};

use crate::catalog::TableFile;
use crate::statistics::compare;

/// Returns false only when no row of the file can pass the test.
pub(super) fn can_match(file: &TableFile, field: FieldId, test: &ColumnTest) -> bool {
    let Some(statistics) = file.columns.iter().find(|column| column.field_id == field) else { return true };
    let all_null = statistics.value_count > 0 && statistics.null_count == statistics.value_count;
    let (min, max) = (statistics.min.as_ref(), statistics.max.as_ref());
    match test {
        ColumnTest::IsNull => statistics.null_count > 0,
        _ if all_null => false,
        ColumnTest::Compare(comparison, value) => compare_can_match(*comparison, value, min, max),
        ColumnTest::In(values) => {
            values.iter().any(|value| compare_can_match(Comparison::Equal, value, min, max))
        }
        ColumnTest::StartsWith(prefix) => starts_with_can_match(prefix, min, max),
        ColumnTest::IsNotNull | ColumnTest::MayContain(_) => true,
    }
}

fn compare_can_match(
    comparison: Comparison,
    value: &Value,
    min: Option<&Value>,
    max: Option<&Value>,
) -> bool {
    let min = min.and_then(|min| compare(min, value));
    let max = max.and_then(|max| compare(max, value));
    match comparison {
        Comparison::Equal => min != Some(Ordering::Greater) && max != Some(Ordering::Less),
        // NaN is left out of the bounds and differs from everything: equal bounds prove nothing for floats.
        Comparison::NotEqual => {
            let constant = min == Some(Ordering::Equal) && max == Some(Ordering::Equal);
            !constant || matches!(value, Value::Float64(_))
        }
        Comparison::Less => !matches!(min, Some(Ordering::Equal | Ordering::Greater)),
        Comparison::LessOrEqual => min != Some(Ordering::Greater),
        Comparison::Greater => !matches!(max, Some(Ordering::Equal | Ordering::Less)),
        Comparison::GreaterOrEqual => max != Some(Ordering::Less),
    }
}

fn starts_with_can_match(prefix: &[u8], min: Option<&Value>, max: Option<&Value>) -> bool {
    fn bytes(value: &Value) -> Option<&[u8]> {
        match value {
            Value::String(text) => Some(text.as_bytes()),
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
    let head = |value: &'_ [u8]| value[..value.len().min(prefix.len())].to_vec();
    let below = min.and_then(bytes).is_some_and(|min| head(min).as_slice() > prefix);
    let above = max.and_then(bytes).is_some_and(|max| head(max).as_slice() < prefix);
    !below && !above
}
