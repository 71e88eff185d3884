//! Filtering rows of a stripe while they are encoded.
//!
//! The order of proofs, cheapest first: the zone map of the page, the frame of reference of the vector, the constant
//! or dictionary entries of the block (each entry is tested once), and only then decoded values.

use std::sync::Arc;

use super::block::{Block, Payload, Zone};
use super::bounds::{Bounds, compare};
use super::decoder::{StripeDecoder, not_scalar};
use super::projection::Plan;
use super::prune::{Verdict, verdict};
use crate::encoding::{FixedDecoder, Flaw, PAGE_VALUES, VECTOR_VALUES};
use crate::vector::{Form, pow10};
use crate::{
    Bitmap, ColumnTest, Comparison, DataType, Dictionary, FormatError, MembershipFilter, Result,
    StringVector, Value, Values, Vector,
};

/// Dictionary entries that pass a test, found once a dictionary and test.
#[derive(Debug, Default)]
pub(super) struct CodeSets {
    sets: Vec<(u64, ColumnTest, Arc<Bitmap>)>,
}

/// Sets kept at once; a scan has few tests, and dictionaries come one after the other.
const CODE_SETS_MAX: usize = 16;

impl StripeDecoder {
    pub(super) fn filter_plan(
        &mut self,
        plan: &Plan,
        test: &ColumnTest,
        start: usize,
        len: usize,
        mask: &mut [u64],
    ) -> Result<()> {
        match plan {
            Plan::Missing(_) if matches!(test, ColumnTest::IsNull) => Ok(()),
            Plan::Missing(_) => {
                clear(mask, 0, len);
                Ok(())
            }
            Plan::Leaf { stream, data_type } => self.filter_leaf(*stream, data_type, test, start, len, mask),
            // A projection of one field nested in structs is that field.
            Plan::Struct { children, .. } if children.len() == 1 => {
                self.filter_plan(&children[0], test, start, len, mask)
            }
            Plan::Struct { .. } | Plan::List { .. } => Err(not_scalar(plan)),
        }
    }

    fn filter_leaf(
        &mut self,
        stream: usize,
        data_type: &DataType,
        test: &ColumnTest,
        start: usize,
        len: usize,
        mask: &mut [u64],
    ) -> Result<()> {
        let data = self.data.clone();
        let chunk = &data.streams[&stream];
        let mut done = 0;
        for part in chunk.parts(start, len) {
            let block = &chunk.blocks[part.block];
            let damaged = |flaw: Flaw| data.damaged(stream, part.block, flaw);
            let zones = block.zones(data_type).map_err(damaged)?;
            let mut at = part.start;
            while at < part.start + part.len {
                // With a zone map page by page, without one the whole part at once.
                let page_end = (at / PAGE_VALUES + 1) * PAGE_VALUES;
                let end = if zones.is_empty() {
                    part.start + part.len
                } else {
                    page_end.min(part.start + part.len)
                };
                let offset = done + at - part.start;
                match zones.get(at / PAGE_VALUES).map_or(Verdict::Perhaps, |zone| verdict(test, zone)) {
                    Verdict::Always => {}
                    Verdict::Never => clear(mask, offset, end - at),
                    Verdict::Perhaps => {
                        self.filter_block(block, data_type, test, at..end, mask, offset).map_err(
                            |e| match e {
                                Failure::Flaw(flaw) => damaged(flaw),
                                Failure::Test => unsupported(data_type, test),
                            },
                        )?;
                    }
                }
                at = end;
            }
            done += part.len;
        }
        Ok(())
    }

    fn filter_block(
        &mut self,
        block: &Block,
        data_type: &DataType,
        test: &ColumnTest,
        slots: std::ops::Range<usize>,
        mask: &mut [u64],
        offset: usize,
    ) -> std::result::Result<(), Failure> {
        if let ColumnTest::IsNull | ColumnTest::IsNotNull = test {
            let wanted = matches!(test, ColumnTest::IsNotNull);
            match block.validity(slots.start, slots.len()) {
                Some(bits) if wanted => keep(mask, offset, &bits),
                Some(bits) => keep(mask, offset, &bits.not()),
                None if wanted => {}
                None => clear(mask, offset, slots.len()),
            }
            return Ok(());
        }
        let mut at = slots.start;
        while at < slots.end {
            // Vector by vector where the frame of reference may decide, else all at once.
            let Some(zone) = frame(block, data_type, at) else {
                let vector = block.read(data_type, at, slots.end - at)?;
                return self.filter_vector(&vector, test, mask, offset + at - slots.start);
            };
            let mut end = ((at / VECTOR_VALUES + 1) * VECTOR_VALUES).min(slots.end);
            match verdict(test, &zone) {
                Verdict::Always => {}
                Verdict::Never => clear(mask, offset + at - slots.start, end - at),
                Verdict::Perhaps => {
                    // Neighbours that are not decided either are decoded in one go.
                    while end < slots.end
                        && frame(block, data_type, end).is_some_and(|z| verdict(test, &z) == Verdict::Perhaps)
                    {
                        end = (end + VECTOR_VALUES).min(slots.end);
                    }
                    let vector = block.read(data_type, at, end - at)?;
                    self.filter_vector(&vector, test, mask, offset + at - slots.start)?;
                }
            }
            at = end;
        }
        Ok(())
    }

    fn filter_vector(
        &mut self,
        vector: &Vector,
        test: &ColumnTest,
        mask: &mut [u64],
        offset: usize,
    ) -> std::result::Result<(), Failure> {
        if let ColumnTest::MayContain(filter) = test {
            let mut own = vec![u64::MAX; vector.len().div_ceil(64)];
            filter.filter(vector, &mut own);
            keep_words(mask, offset, vector.len(), |i| own[i]);
            return Ok(());
        }
        match vector.form() {
            Form::Constant(value) => {
                if value.is_null() || !evaluate_value(value, test).ok_or(Failure::Test)? {
                    clear(mask, offset, vector.len());
                }
            }
            Form::Dictionary { codes, validity, dictionary } => {
                let set = self.code_sets.get(dictionary, test)?;
                keep_words(mask, offset, codes.len(), |i| {
                    let part = &codes[i * 64..codes.len().min(i * 64 + 64)];
                    part.iter()
                        .enumerate()
                        .fold(0, |word, (bit, &code)| word | (set.get(code as usize) as u64) << bit)
                });
                validity.iter().for_each(|bits| keep(mask, offset, bits));
            }
            Form::Flat { values, validity } => {
                let words = evaluate(values, vector.data_type(), test).ok_or(Failure::Test)?;
                keep_words(mask, offset, vector.len(), |i| words[i]);
                validity.iter().for_each(|bits| keep(mask, offset, bits));
            }
            Form::Sequence { .. } => return self.filter_vector(&vector.flatten(), test, mask, offset),
        }
        Ok(())
    }
}

/// Why a block could not be filtered.
enum Failure {
    Flaw(Flaw),
    /// The test does not apply to the type.
    Test,
}

impl From<Flaw> for Failure {
    fn from(flaw: Flaw) -> Self {
        Failure::Flaw(flaw)
    }
}

fn unsupported(data_type: &DataType, test: &ColumnTest) -> FormatError {
    FormatError::Schema(format!("the test {test:?} does not apply to {data_type}"))
}

/// Bounds of the vector that `slot` is in, from its frame of reference; None where the encoding gives none.
fn frame(block: &Block, data_type: &DataType, slot: usize) -> Option<Zone> {
    if block.is_compacted() || block.present < block.slots {
        return None;
    }
    let packed = match &block.payload {
        Payload::W8(FixedDecoder::BitPacked(packed)) if *data_type != DataType::Float64 => packed,
        Payload::W4(FixedDecoder::BitPacked(packed)) => packed,
        _ => return None,
    };
    let vector = packed.vector(slot / VECTOR_VALUES);
    let span = 1i128.checked_shl(vector.width)? - 1;
    let low = vector.base as i64;
    let high = i64::try_from(low as i128 + span).ok().filter(|_| vector.exceptions == 0)?;
    let value = |v: i64| {
        Some(match data_type {
            DataType::Int64 => Value::Int64(v),
            DataType::Time => Value::Time(v),
            DataType::Datetime => Value::Datetime(v),
            DataType::Timestamp => Value::Timestamp(v),
            DataType::Date => Value::Date(i32::try_from(v).ok()?),
            _ => return None,
        })
    };
    let bounds = Bounds { min: Some(value(low)?), max: Some(value(high)?) };
    Some(Zone { slots: VECTOR_VALUES as u64, nulls: 0, bounds })
}

impl CodeSets {
    fn get(
        &mut self,
        dictionary: &Dictionary,
        test: &ColumnTest,
    ) -> std::result::Result<Arc<Bitmap>, Failure> {
        let known = self.sets.iter().find(|(id, t, _)| *id == dictionary.id && same_test(t, test));
        if let Some((_, _, set)) = known {
            return Ok(set.clone());
        }
        let entries = &dictionary.values;
        let Some((values, validity)) = entries.as_flat() else { unreachable!("dictionaries are flat") };
        let words = evaluate(values, entries.data_type(), test).ok_or(Failure::Test)?;
        let mut set = Bitmap::from_words(words.iter().copied().collect(), entries.len());
        if let Some(validity) = validity {
            set = set.and(validity);
        }
        let set = Arc::new(set);
        if self.sets.len() == CODE_SETS_MAX {
            self.sets.remove(0);
        }
        self.sets.push((dictionary.id, test.clone(), set.clone()));
        Ok(set)
    }
}

fn same_test(a: &ColumnTest, b: &ColumnTest) -> bool {
    match (a, b) {
        (ColumnTest::Compare(a, x), ColumnTest::Compare(b, y)) => a == b && x == y,
        (ColumnTest::In(a), ColumnTest::In(b)) => Arc::ptr_eq(a, b),
        (ColumnTest::StartsWith(a), ColumnTest::StartsWith(b)) => a == b,
        (ColumnTest::MayContain(a), ColumnTest::MayContain(b)) => {
            std::ptr::addr_eq(Arc::as_ptr(a) as *const dyn MembershipFilter, Arc::as_ptr(b))
        }
        _ => false,
    }
}

/// Whether a value passes; None when the test does not apply.
fn evaluate_value(value: &Value, test: &ColumnTest) -> Option<bool> {
    use Comparison::*;
    Some(match test {
        ColumnTest::Compare(comparison, constant) => {
            let order = match (value, constant) {
                (Value::Float64(a), Value::Float64(b)) => a.partial_cmp(b),
                _ => Some(compare(value, constant)?),
            };
            match comparison {
                Equal => order.is_some_and(|o| o.is_eq()),
                NotEqual => order.is_none_or(|o| o.is_ne()),
                Less => order.is_some_and(|o| o.is_lt()),
                LessOrEqual => order.is_some_and(|o| o.is_le()),
                Greater => order.is_some_and(|o| o.is_gt()),
                GreaterOrEqual => order.is_some_and(|o| o.is_ge()),
            }
        }
        ColumnTest::In(constants) => {
            constants.iter().any(|constant| compare(value, constant).is_some_and(|o| o.is_eq()))
        }
        ColumnTest::StartsWith(prefix) => match value {
            Value::String(text) => text.as_bytes().starts_with(prefix),
            Value::Bytes(bytes) => bytes.starts_with(prefix),
            _ => return None,
        },
        ColumnTest::IsNull => value.is_null(),
        ColumnTest::IsNotNull => !value.is_null(),
        ColumnTest::MayContain(_) => return None,
    })
}

/// A bit for each value that passes; validity is the caller's. None when the test does not apply.
fn evaluate(values: &Values, data_type: &DataType, test: &ColumnTest) -> Option<Vec<u64>> {
    match (values, test) {
        (Values::I64(v), ColumnTest::Compare(op, constant)) => {
            Some(compare_words(v, *op, integer(constant)?))
        }
        (Values::I64(v), ColumnTest::In(constants)) => {
            Some(in_words(v, constants.iter().map(integer).collect::<Option<_>>()?))
        }
        (Values::I32(v), ColumnTest::Compare(op, Value::Date(days))) => Some(compare_words(v, *op, *days)),
        (Values::F64(v), ColumnTest::Compare(op, Value::Float64(c))) => Some(compare_words(v, *op, *c)),
        (Values::Decimal64 { values, scale }, ColumnTest::Compare(op, Value::Numeric(constant))) => {
            Some(decimal_words(values, *scale, *op, *constant))
        }
        (Values::String(v), ColumnTest::Compare(op, constant)) if *data_type != DataType::Json => {
            Some(text_words(v, *op, text(constant)?))
        }
        (Values::String(v), ColumnTest::StartsWith(prefix)) if *data_type != DataType::Json => {
            Some(pack(v.len(), |row| v.bytes(row).starts_with(prefix)))
        }
        _ => {
            let vector = Vector::flat(data_type.clone(), values.clone(), None);
            let mut applies = true;
            let words = pack(vector.len(), |row| {
                evaluate_value(&vector.value(row), test).unwrap_or_else(|| {
                    applies = false;
                    false
                })
            });
            applies.then_some(words)
        }
    }
}

fn integer(constant: &Value) -> Option<i64> {
    match constant {
        Value::Int64(v) | Value::Time(v) | Value::Datetime(v) | Value::Timestamp(v) => Some(*v),
        _ => None,
    }
}

fn text(constant: &Value) -> Option<&[u8]> {
    match constant {
        Value::String(v) => Some(v.as_bytes()),
        Value::Bytes(v) => Some(v),
        _ => None,
    }
}

/// Packs a bit for each index.
#[inline]
fn pack(len: usize, mut test: impl FnMut(usize) -> bool) -> Vec<u64> {
    (0..len.div_ceil(64))
        .map(|word| {
            let end = len.min(word * 64 + 64);
            (word * 64..end).fold(0, |bits, i| bits | (test(i) as u64) << (i % 64))
        })
        .collect()
}

/// Packs the test of each value; whole words go through a loop of fixed length that compilers vectorise.
#[inline]
fn pack_values<T: Copy>(values: &[T], test: impl Fn(T) -> bool) -> Vec<u64> {
    let (whole, rest) = values.as_chunks::<64>();
    let mut words = Vec::with_capacity(values.len().div_ceil(64));
    for chunk in whole {
        let mut word = 0u64;
        for (bit, value) in chunk.iter().enumerate() {
            word |= (test(*value) as u64) << bit;
        }
        words.push(word);
    }
    if !rest.is_empty() {
        words.push(rest.iter().enumerate().fold(0, |word, (bit, value)| word | (test(*value) as u64) << bit));
    }
    words
}

fn compare_words<T: PartialOrd + Copy>(values: &[T], comparison: Comparison, constant: T) -> Vec<u64> {
    match comparison {
        Comparison::Equal => pack_values(values, |v| v == constant),
        Comparison::NotEqual => pack_values(values, |v| v != constant),
        Comparison::Less => pack_values(values, |v| v < constant),
        Comparison::LessOrEqual => pack_values(values, |v| v <= constant),
        Comparison::Greater => pack_values(values, |v| v > constant),
        Comparison::GreaterOrEqual => pack_values(values, |v| v >= constant),
    }
}

/// Compares decimals with a constant (scaled by 10^9) brought to their own scale and rounded the right way.
fn decimal_words(values: &[i64], scale: u8, comparison: Comparison, constant: i128) -> Vec<u64> {
    use Comparison::*;
    let factor = pow10(9 - scale);
    let (floor, exact) = (constant.div_euclid(factor), constant.rem_euclid(factor) == 0);
    let (comparison, bound) = match (comparison, exact) {
        (Equal, false) => return vec![0; values.len().div_ceil(64)],
        (NotEqual, false) => return pack_values(values, |_| true),
        // Between two representable values: below it is at most the floor, above it is beyond the floor.
        (Less | LessOrEqual, false) => (LessOrEqual, floor),
        (Greater | GreaterOrEqual, false) => (Greater, floor),
        (comparison, true) => (comparison, floor),
    };
    match i64::try_from(bound) {
        Ok(bound) => compare_words(values, comparison, bound),
        Err(_) => {
            let above = bound > 0;
            let passes = match comparison {
                Equal => false,
                NotEqual => true,
                Less | LessOrEqual => above,
                Greater | GreaterOrEqual => !above,
            };
            pack_values(values, |_| passes)
        }
    }
}

fn in_words(values: &[i64], constants: Vec<i64>) -> Vec<u64> {
    match constants.len() {
        0..=8 => pack_values(values, |v| constants.iter().fold(false, |hit, &c| hit | (c == v))),
        _ => pack_values(values, |v| constants.binary_search(&v).is_ok()),
    }
}

fn text_words(values: &StringVector, comparison: Comparison, constant: &[u8]) -> Vec<u64> {
    use Comparison::*;
    let order = |row: usize| values.bytes(row).cmp(constant);
    match comparison {
        Equal => pack(values.len(), |row| {
            values.views()[row].len() == constant.len() && values.bytes(row) == constant
        }),
        NotEqual => pack(values.len(), |row| values.bytes(row) != constant),
        Less => pack(values.len(), |row| order(row).is_lt()),
        LessOrEqual => pack(values.len(), |row| order(row).is_le()),
        Greater => pack(values.len(), |row| order(row).is_gt()),
        GreaterOrEqual => pack(values.len(), |row| order(row).is_ge()),
    }
}

/// Clears `len` bits from `offset`.
fn clear(mask: &mut [u64], offset: usize, len: usize) {
    keep_words(mask, offset, len, |_| 0);
}

/// Clears the bits that are not set in `bits`.
fn keep(mask: &mut [u64], offset: usize, bits: &Bitmap) {
    keep_words(mask, offset, bits.len(), |i| bits.word(i));
}

/// Ands `len` bits at `offset` with words that begin at bit 0.
fn keep_words(mask: &mut [u64], offset: usize, len: usize, word: impl Fn(usize) -> u64) {
    for index in 0..len.div_ceil(64) {
        let count = 64.min(len - index * 64);
        let outside = if count == 64 { 0 } else { u64::MAX << count };
        let bits = word(index) | outside;
        let (at, shift) = ((offset + index * 64) / 64, (offset + index * 64) % 64);
        mask[at] &= bits << shift | ((1u64 << shift) - 1);
        if shift > 0 && at + 1 < mask.len() {
            mask[at + 1] &= bits >> (64 - shift) | u64::MAX << shift;
        }
    }
}
