//! Comparisons that are decided on the encoded payload of a block.

use crate::encoding::fsst::FsstPages;
use crate::encoding::narrow::DecimalDecoder;
use crate::encoding::select::{FloatTest, Range, Sink};
use crate::encoding::{Checked, FixedDecoder, PAGE_VALUES};
use crate::file::block::{Block, Payload};
use crate::vector::pow10;
use crate::{Bitmap, ColumnTest, Comparison, DataType, Value};

/// A comparison in the terms of a payload.
pub(super) enum EncodedTest<'a> {
    Narrow(&'a FixedDecoder<u32>, Range),
    Wide(&'a FixedDecoder<u64>, Range),
    Float(&'a FixedDecoder<u64>, FloatTest),
    /// Text in symbols, the codes looked for, and whether equal values are wanted.
    Codes(&'a FsstPages, Vec<u16>, bool),
}

impl<'a> EncodedTest<'a> {
    /// The test in the terms of the block's payload; None where it has to be made of values.
    pub(super) fn of(block: &'a Block, data_type: &DataType, test: &ColumnTest) -> Option<Self> {
        let ColumnTest::Compare(comparison, constant) = test else { return None };
        Some(match (&block.payload, constant) {
            (Payload::W4(payload), Value::Date(days)) => {
                Self::Narrow(payload, Range::of(*comparison, *days as i64))
            }
            (Payload::W8(payload), Value::Float64(constant)) if *data_type == DataType::Float64 => {
                Self::Float(payload, FloatTest { comparison: *comparison, constant: *constant })
            }
            (
                Payload::W8(payload),
                Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v),
            ) if *data_type != DataType::Float64 => Self::Wide(payload, Range::of(*comparison, *v)),
            (Payload::Decimal(DecimalDecoder::W8(payload, scale)), Value::Numeric(v))
                if *data_type == DataType::Numeric =>
            {
                Self::Wide(payload, decimal_range(*scale, *comparison, *v))
            }
            (Payload::Text(text), Value::String(_) | Value::Bytes(_)) if *data_type != DataType::Json => {
                let wanted = match comparison {
                    Comparison::Equal => true,
                    Comparison::NotEqual => false,
                    _ => return None,
                };
                let constant = match constant {
                    Value::String(text) => text.as_bytes(),
                    Value::Bytes(bytes) => &bytes[..],
                    _ => return None,
                };
                let pages = text.as_fsst()?;
                Self::Codes(pages, pages.codes_of(constant), wanted)
            }
            _ => return None,
        })
    }

    /// A bit for each slot of a range; those of NULLs mean nothing.
    pub(super) fn select(&self, block: &Block, start: usize, len: usize) -> Checked<Sink> {
        let (first, end) = (block.payload_start(start), block.payload_start(start + len));
        let mut bits = Sink::with_capacity(end - first);
        match self {
            Self::Narrow(payload, range) => payload.select(first, end - first, range, &mut bits)?,
            Self::Wide(payload, range) => payload.select(first, end - first, range, &mut bits)?,
            Self::Float(payload, test) => payload.select_floats(first, end - first, test, &mut bits)?,
            Self::Codes(pages, codes, wanted) => {
                let mut at = first;
                while at < end {
                    let len = ((at / PAGE_VALUES + 1) * PAGE_VALUES).min(end) - at;
                    for (index, word) in pages.equal_words(at, len, codes)?.into_iter().enumerate() {
                        let count = (len - index * 64).min(64);
                        bits.push_word(if *wanted { word } else { !word }, count);
                    }
                    at += len;
                }
            }
        }
        Ok(match block.validity(start, len) {
            Some(validity) if block.is_compacted() => spread(&bits, &validity),
            _ => bits,
        })
    }
}

/// Moves the bits of present values to their slots.
fn spread(bits: &Sink, validity: &Bitmap) -> Sink {
    let mut spread = Sink::with_capacity(validity.len());
    let mut next = 0;
    for (index, word) in validity.iter_words().enumerate() {
        let (mut present, mut out) = (word, 0u64);
        while present != 0 {
            let bit = bits.words()[next / 64] >> (next % 64) & 1;
            out |= bit << present.trailing_zeros();
            present &= present - 1;
            next += 1;
        }
        spread.push_word(out, (validity.len() - index * 64).min(64));
    }
    spread
}

/// The integers of a scale that compare so with a constant scaled by 10^9.
pub(super) fn decimal_range(scale: u8, comparison: Comparison, constant: i128) -> Range {
    use Comparison::*;
    let factor = pow10(9 - scale);
    let (floor, exact) = (constant.div_euclid(factor), constant.rem_euclid(factor) == 0);
    // Between two integers: below the constant is at most the floor, above it is beyond the floor.
    let comparison = match (comparison, exact) {
        (Equal, false) => return Range::NONE,
        (NotEqual, false) => return Range::ALL,
        (Less | LessOrEqual, false) => LessOrEqual,
        (Greater | GreaterOrEqual, false) => Greater,
        (comparison, true) => comparison,
    };
    match (i64::try_from(floor), comparison) {
        (Ok(bound), comparison) => Range::of(comparison, bound),
        (Err(_), NotEqual) => Range::ALL,
        (Err(_), Less | LessOrEqual) if floor > 0 => Range::ALL,
        (Err(_), Greater | GreaterOrEqual) if floor < 0 => Range::ALL,
        _ => Range::NONE,
    }
}
