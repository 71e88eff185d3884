//! Bounds of values: as they are compared, shortened and laid out in bytes.

use std::cmp::Ordering;

use crate::cursor::Cursor;
use crate::encoding::{Checked, Flaw};
use crate::{DataType, I256, Value};

/// Bytes kept of a text bound.
const TEXT_BOUND_BYTES: usize = 32;

/// A lower and an upper bound of some values; None means not known (or none there).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bounds {
    pub(crate) min: Option<Value>,
    pub(crate) max: Option<Value>,
}

impl Bounds {
    /// Widens to cover `other`, of `other_count` values, where this covers `count`.
    pub(crate) fn cover(&mut self, count: u64, other: &Bounds, other_count: u64) {
        if other_count == 0 {
            return;
        }
        if count == 0 {
            *self = other.clone();
            return;
        }
        let pick = |mine: &mut Option<Value>, theirs: &Option<Value>, wanted: Ordering| match (&*mine, theirs)
        {
            (Some(a), Some(b)) => match compare(b, a) {
                Some(order) if order == wanted => *mine = theirs.clone(),
                Some(_) => {}
                None => *mine = None,
            },
            _ => *mine = None,
        };
        pick(&mut self.min, &other.min, Ordering::Less);
        pick(&mut self.max, &other.max, Ordering::Greater);
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write(self.min.as_ref(), out);
        write(self.max.as_ref(), out);
    }

    pub(crate) fn read(cursor: &mut Cursor<'_>, data_type: &DataType) -> Checked<Self> {
        Ok(Self { min: read(cursor, data_type)?, max: read(cursor, data_type)? })
    }
}

/// Order of two values of one type; None when they do not compare (NaN, mixed types, NULL).
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    use Value::*;
    Some(match (a, b) {
        (Bool(a), Bool(b)) => a.cmp(b),
        (Int64(a), Int64(b))
        | (Time(a), Time(b))
        | (Datetime(a), Datetime(b))
        | (Timestamp(a), Timestamp(b)) => a.cmp(b),
        (Date(a), Date(b)) => a.cmp(b),
        (Float64(a), Float64(b)) => return a.partial_cmp(b),
        (Numeric(a), Numeric(b)) => a.cmp(b),
        (BigNumeric(a), BigNumeric(b)) => a.cmp(b),
        (String(a), String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Bytes(a), Bytes(b)) => a.cmp(b),
        _ => return None,
    })
}

/// A prefix that is not above the value.
pub(crate) fn shorten_min(value: &[u8], utf8: bool) -> &[u8] {
    if value.len() <= TEXT_BOUND_BYTES {
        return value;
    }
    let mut end = TEXT_BOUND_BYTES;
    while utf8 && value[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &value[..end]
}

/// A short text above the value: its prefix with the last character that can grow grown by one.
pub(crate) fn shorten_max(value: &[u8], utf8: bool) -> Option<Vec<u8>> {
    if value.len() <= TEXT_BOUND_BYTES {
        return Some(value.to_vec());
    }
    let prefix = shorten_min(value, utf8);
    if !utf8 {
        let grows = prefix.iter().rposition(|&byte| byte < 0xff)?;
        let mut bound = prefix[..=grows].to_vec();
        bound[grows] += 1;
        return Some(bound);
    }
    let text = std::str::from_utf8(prefix).ok()?;
    text.char_indices().rev().find_map(|(start, last)| {
        let next = match last {
            '\u{d7ff}' => '\u{e000}',
            last => char::from_u32(last as u32 + 1)?,
        };
        Some(format!("{}{next}", &text[..start]).into_bytes())
    })
}

/// Appends a bound: a tag (0 for unknown), then the value.
fn write(value: Option<&Value>, out: &mut Vec<u8>) {
    let mut text = |bytes: &[u8]| {
        out.push(6);
        out.push(bytes.len() as u8);
        out.extend_from_slice(bytes);
    };
    match value {
        Some(Value::String(v)) if v.len() <= u8::MAX as usize => text(v.as_bytes()),
        Some(Value::Bytes(v)) if v.len() <= u8::MAX as usize => text(v),
        Some(Value::Bool(v)) => out.extend([1, *v as u8]),
        Some(Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v)) => {
            out.push(2);
            out.extend(v.to_le_bytes());
        }
        Some(Value::Date(v)) => {
            out.push(2);
            out.extend((*v as i64).to_le_bytes());
        }
        Some(Value::Float64(v)) => {
            out.push(3);
            out.extend(v.to_bits().to_le_bytes());
        }
        Some(Value::Numeric(v)) => {
            out.push(4);
            out.extend(v.to_le_bytes());
        }
        Some(Value::BigNumeric(v)) => {
            out.push(5);
            out.extend(v.to_le_bytes());
        }
        _ => out.push(0),
    }
}

fn read(cursor: &mut Cursor<'_>, data_type: &DataType) -> Checked<Option<Value>> {
    Ok(Some(match (cursor.u8()?, data_type) {
        (0, _) => return Ok(None),
        (1, DataType::Bool) => Value::Bool(cursor.u8()? == 1),
        (2, DataType::Int64) => Value::Int64(cursor.i64()?),
        (2, DataType::Time) => Value::Time(cursor.i64()?),
        (2, DataType::Datetime) => Value::Datetime(cursor.i64()?),
        (2, DataType::Timestamp) => Value::Timestamp(cursor.i64()?),
        (2, DataType::Date) => match i32::try_from(cursor.i64()?) {
            Ok(days) => Value::Date(days),
            Err(_) => return Flaw::damaged("a bound does not fit DATE"),
        },
        (3, DataType::Float64) => Value::Float64(f64::from_bits(cursor.u64()?)),
        (4, DataType::Numeric) => Value::Numeric(cursor.i128()?),
        (5, DataType::BigNumeric) => {
            let mut raw = [0u8; 32];
            raw.copy_from_slice(cursor.take(32)?);
            Value::BigNumeric(I256::from_le_bytes(raw))
        }
        (6, DataType::String) => {
            let len = cursor.u8()? as usize;
            match std::str::from_utf8(cursor.take(len)?) {
                Ok(text) => Value::String(text.into()),
                Err(_) => return Flaw::damaged("a bound is not UTF-8"),
            }
        }
        (6, DataType::Bytes) => {
            let len = cursor.u8()? as usize;
            Value::Bytes(cursor.take(len)?.into())
        }
        (tag, _) => return Flaw::damaged(format!("bound of kind {tag} for {data_type}")),
    }))
}
