//! What stands in a block's slots, opened by its type.

use std::sync::{Arc, OnceLock};

use crate::encoding::bitmap::BitsDecoder;
use crate::encoding::dictionary;
use crate::encoding::fsst::SymbolTable;
use crate::encoding::narrow::DecimalDecoder;
use crate::encoding::text::TextDecoder;
use crate::encoding::{Checked, Encoding, FixedDecoder, Flaw, Node};
use crate::vector::pow10;
use crate::{Buffer, BufferMut, DataType, Dictionary, Interval, RangeValue, Value, Values, Vector};

/// An opened payload.
#[derive(Debug)]
pub(crate) enum Payload {
    /// No slot is present.
    None,
    /// BOOL.
    Bits(BitsDecoder),
    /// DATE, list lengths.
    W4(FixedDecoder<u32>),
    /// INT64, FLOAT64 (its bits), TIME, DATETIME, TIMESTAMP.
    W8(FixedDecoder<u64>),
    /// INTERVAL, RANGE.
    W16(FixedDecoder<u128>),
    /// NUMERIC, BIGNUMERIC.
    Decimal(DecimalDecoder),
    /// STRING, BYTES, JSON as they are.
    Text(TextDecoder),
    /// The same text throughout.
    TextConstant {
        /// The text.
        value: Value,
        /// How often.
        len: usize,
    },
    /// Text by codes.
    TextDictionary(TextDictionary),
}

/// Distinct texts, handed out as one shared dictionary.
#[derive(Debug)]
pub(crate) struct TextDictionary {
    values: TextDecoder,
    codes: FixedDecoder<u32>,
    shared: OnceLock<Checked<Arc<Dictionary>>>,
}

/// Decoded slots, without validity.
#[derive(Debug)]
pub(crate) enum Piece {
    Flat(Values),
    Constant(Value),
    Codes(Buffer<u32>, Arc<Dictionary>),
}

impl Payload {
    /// Opens list lengths.
    pub(crate) fn open_lengths(node: Node) -> Checked<Self> {
        Ok(Payload::W4(FixedDecoder::open(node)?))
    }

    /// Opens the values of a leaf; `symbols` are the column's, if it has any.
    pub(crate) fn open(
        node: Node,
        data_type: &DataType,
        symbols: Option<&Arc<SymbolTable>>,
    ) -> Checked<Self> {
        let utf8 = matches!(data_type, DataType::String | DataType::Json);
        Ok(match data_type {
            DataType::Bool => Payload::Bits(BitsDecoder::open(node)?),
            DataType::Date => Payload::W4(FixedDecoder::open(node)?),
            DataType::Int64
            | DataType::Float64
            | DataType::Time
            | DataType::Datetime
            | DataType::Timestamp => Payload::W8(FixedDecoder::open(node)?),
            DataType::Interval | DataType::Range(_) => Payload::W16(FixedDecoder::open(node)?),
            DataType::Numeric | DataType::BigNumeric => {
                Payload::Decimal(DecimalDecoder::open(node, data_type)?)
            }
            DataType::String | DataType::Bytes | DataType::Json => match node.encoding {
                Encoding::Constant => {
                    node.expect_leaf()?;
                    node.expect_pages(0)?;
                    Payload::TextConstant {
                        value: text_value(data_type, &node.parameters)?,
                        len: node.len as usize,
                    }
                }
                Encoding::Dictionary => {
                    let (values, codes) = dictionary::open_parts(node)?;
                    let values = TextDecoder::open(values, utf8, symbols)?;
                    Payload::TextDictionary(TextDictionary { values, codes, shared: OnceLock::new() })
                }
                _ => Payload::Text(TextDecoder::open(node, utf8, symbols)?),
            },
            DataType::Array(_) | DataType::Struct(_) => {
                return Flaw::damaged(format!("a stream of {data_type}"));
            }
        })
    }

    /// Number of values.
    pub(crate) fn len(&self) -> usize {
        match self {
            Payload::None => 0,
            Payload::Bits(d) => d.len(),
            Payload::W4(d) => d.len(),
            Payload::W8(d) => d.len(),
            Payload::W16(d) => d.len(),
            Payload::Decimal(d) => d.len(),
            Payload::Text(d) => d.len(),
            Payload::TextConstant { len, .. } => *len,
            Payload::TextDictionary(d) => d.codes.len(),
        }
    }

    /// Decodes values `start .. start + len`.
    pub(crate) fn decode(&self, data_type: &DataType, start: usize, len: usize) -> Checked<Piece> {
        Ok(Piece::Flat(match self {
            Payload::None => return Ok(Piece::Constant(Value::Null)),
            Payload::Bits(BitsDecoder::Constant { value, .. }) => {
                return Ok(Piece::Constant(Value::Bool(*value)));
            }
            Payload::Bits(bits) => Values::Bool(bits.decode().slice(start, len)),
            Payload::W4(d) => match d.constant_in(start, len)? {
                Some(days) => return Ok(Piece::Constant(Value::Date(days as i32))),
                None => Values::I32(d.buffer(start, len)?.freeze()),
            },
            Payload::W8(FixedDecoder::Dictionary(d)) => {
                let shared = d.shared(|values| word_vector(data_type, values))?.clone();
                return Ok(Piece::Codes(d.checked_codes(start, len)?.freeze(), shared));
            }
            Payload::W8(d) => match (d.constant_in(start, len)?, data_type) {
                (Some(bits), _) => return Ok(Piece::Constant(word_value(data_type, bits))),
                (None, DataType::Float64) => Values::F64(d.buffer(start, len)?.freeze()),
                (None, _) => Values::I64(d.buffer(start, len)?.freeze()),
            },
            Payload::W16(d) => {
                let lanes: BufferMut<u128> = d.buffer(start, len)?;
                let interval =
                    |v: u128| Interval { months: v as i32, days: (v >> 32) as i32, micros: (v >> 64) as i64 };
                let range = |v: u128| RangeValue { start: v as i64, end: (v >> 64) as i64 };
                match data_type {
                    DataType::Range(_) => {
                        Values::Range(BufferMut::from_fn(len, |i| range(lanes[i])).freeze())
                    }
                    _ => Values::Interval(BufferMut::from_fn(len, |i| interval(lanes[i])).freeze()),
                }
            }
            Payload::Decimal(d) => match d.constant() {
                Some((value, scale)) if *data_type == DataType::Numeric => {
                    let scaled = value.checked_mul(pow10(9 - scale));
                    let fits = scaled.filter(|v| v.unsigned_abs() < 10u128.pow(38));
                    match fits {
                        Some(value) => return Ok(Piece::Constant(Value::Numeric(value))),
                        None => return Flaw::damaged("a decimal does not fit NUMERIC"),
                    }
                }
                _ => d.decode(data_type, start, len)?,
            },
            Payload::Text(d) => Values::String(d.decode(start, len)?),
            Payload::TextConstant { value, .. } => return Ok(Piece::Constant(value.clone())),
            Payload::TextDictionary(d) => return d.decode(data_type, start, len),
        }))
    }
}

impl TextDictionary {
    /// The distinct values; the same object for every reader of the block.
    pub(crate) fn shared(&self, data_type: &DataType) -> Checked<&Arc<Dictionary>> {
        let shared = self.shared.get_or_init(|| {
            let values = Values::String(self.values.decode(0, self.values.len())?);
            Ok(Dictionary::new(Vector::flat(data_type.clone(), values, None)))
        });
        shared.as_ref().map_err(Clone::clone)
    }

    /// Codes of a range, each below the number of distinct values.
    pub(crate) fn codes(&self, start: usize, len: usize) -> Checked<BufferMut<u32>> {
        let codes: BufferMut<u32> = self.codes.buffer(start, len)?;
        let highest = codes.iter().fold(0, |highest, &code| highest.max(code));
        match codes.is_empty() || (highest as usize) < self.values.len() {
            true => Ok(codes),
            false => Flaw::damaged(format!("code {highest} of {} dictionary values", self.values.len())),
        }
    }

    fn decode(&self, data_type: &DataType, start: usize, len: usize) -> Checked<Piece> {
        Ok(Piece::Codes(self.codes(start, len)?.freeze(), self.shared(data_type)?.clone()))
    }
}

/// Words as a flat vector of their type.
fn word_vector(data_type: &DataType, words: &[u64]) -> Vector {
    let values = match data_type {
        DataType::Float64 => Values::F64(words.iter().map(|&bits| f64::from_bits(bits)).collect()),
        _ => Values::I64(words.iter().map(|&bits| bits as i64).collect()),
    };
    Vector::flat(data_type.clone(), values, None)
}

fn word_value(data_type: &DataType, bits: u64) -> Value {
    match data_type {
        DataType::Float64 => Value::Float64(f64::from_bits(bits)),
        DataType::Time => Value::Time(bits as i64),
        DataType::Datetime => Value::Datetime(bits as i64),
        DataType::Timestamp => Value::Timestamp(bits as i64),
        _ => Value::Int64(bits as i64),
    }
}

fn text_value(data_type: &DataType, bytes: &[u8]) -> Checked<Value> {
    if *data_type == DataType::Bytes {
        return Ok(Value::Bytes(bytes.into()));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if *data_type == DataType::Json => Ok(Value::Json(text.into())),
        Ok(text) => Ok(Value::String(text.into())),
        Err(_) => Flaw::damaged("a constant is not UTF-8"),
    }
}
