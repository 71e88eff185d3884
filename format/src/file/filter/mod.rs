//! Filtering rows of a stripe while they are encoded.
//!
//! The order of proofs, cheapest first: rows that another test has dropped are not looked at; the zone map of the
//! page; comparisons on the encoded payload (bounds of the vector, runs, dictionary values, packed differences);
//! the dictionary entries of the block, each tested once; and only then decoded values.

mod encoded;
mod evaluate;
mod kernel;
mod mask;

use std::sync::Arc;

use self::encoded::EncodedTest;
use self::evaluate::{evaluate, evaluate_value};
use self::mask::{any, clear, keep, keep_words};
use super::block::{Block, Payload, Zone};
use super::bounds::Bounds;
use super::decoder::{StripeDecoder, not_scalar};
use super::projection::Plan;
use super::prune::{Verdict, verdict};
use crate::encoding::{FixedDecoder, Flaw, PAGE_VALUES, VECTOR_VALUES};
use crate::vector::Form;
use crate::{Bitmap, ColumnTest, DataType, Dictionary, FormatError, Result, Value, Vector};

/// Dictionary entries that pass a test, found once a dictionary and test.
#[derive(Debug, Default)]
pub(super) struct CodeSets {
    sets: Vec<(u64, ColumnTest, Arc<CodeSet>)>,
}

/// The codes that pass.
#[derive(Debug)]
enum CodeSet {
    /// Neighbours: what comparisons and prefixes give on a sorted dictionary.
    Range { first: u32, count: u32 },
    /// Any others: a byte for each entry.
    Table(Vec<u8>),
}

impl CodeSet {
    fn new(bits: &Bitmap) -> Self {
        let count = bits.count_ones();
        let first = bits.iter_ones().next().unwrap_or(0);
        match count == 0 || bits.slice(first, count.min(bits.len() - first)).count_ones() == count {
            true => CodeSet::Range { first: first as u32, count: count as u32 },
            false => CodeSet::Table(bits.iter().map(u8::from).collect()),
        }
    }

    /// A bit for each code that passes; codes are below the dictionary's length.
    fn words(&self, codes: &[u32]) -> Vec<u64> {
        match self {
            CodeSet::Range { first, count } => kernel::range_words(codes, *first, *count),
            CodeSet::Table(table) => codes
                .chunks(64)
                .map(|part| {
                    let bit = |code: u32| table.get(code as usize).copied().unwrap_or(0) as u64;
                    part.iter().enumerate().fold(0, |word, (i, &code)| word | bit(code) << i)
                })
                .collect(),
        }
    }
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
                if !any(mask, offset, end - at) {
                    at = end;
                    continue;
                }
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
        if let Some(encoded) = EncodedTest::of(block, data_type, test) {
            return filter_encoded(block, &encoded, slots, mask, offset).map_err(Failure::Flaw);
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
                let words = set.words(codes);
                keep_words(mask, offset, codes.len(), |i| words[i]);
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

/// Decides slots on the encoded payload, passing over vectors that have no row left.
fn filter_encoded(
    block: &Block,
    test: &EncodedTest<'_>,
    slots: std::ops::Range<usize>,
    mask: &mut [u64],
    offset: usize,
) -> std::result::Result<(), Flaw> {
    let vector_end = |at: usize| ((at / VECTOR_VALUES + 1) * VECTOR_VALUES).min(slots.end);
    let wanted = |at: usize, mask: &[u64]| any(mask, offset + at - slots.start, vector_end(at) - at);
    let mut at = slots.start;
    while at < slots.end {
        let start = at;
        while at < slots.end && wanted(at, mask) {
            at = vector_end(at);
        }
        if at == start {
            at = vector_end(at);
            continue;
        }
        let bits = test.select(block, start, at - start)?;
        let place = offset + start - slots.start;
        keep_words(mask, place, at - start, |i| bits.words()[i]);
        if let Some(validity) = block.validity(start, at - start) {
            keep(mask, place, &validity);
        }
    }
    Ok(())
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
    ) -> std::result::Result<Arc<CodeSet>, Failure> {
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
        let set = Arc::new(CodeSet::new(&set));
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
            std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
        }
        _ => false,
    }
}
