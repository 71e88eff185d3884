//! Reading dictionaries.

use std::mem::MaybeUninit;
use std::sync::{Arc, OnceLock};

use super::{SORTED, kernel};
use crate::encoding::select::Range;
use crate::encoding::{Checked, FixedDecoder, Flaw, Lane, Node, VECTOR_VALUES};
use crate::{BufferMut, Dictionary, Vector};

/// Splits a dictionary node into its values and its codes, the codes opened.
pub(crate) fn open_parts(mut node: Node) -> Checked<(Node, FixedDecoder<u32>)> {
    node.expect_pages(0)?;
    if node.parameters[..] != [SORTED] && node.parameters[..] != [0] {
        return Flaw::damaged("a dictionary's parameter is not 0 or 1");
    }
    let len = node.len as usize;
    let [values, codes] = node.take_children()?;
    let codes = FixedDecoder::<u32>::open(codes)?;
    if codes.len() != len || (values.len == 0 && len > 0) {
        return Flaw::damaged(format!(
            "dictionary of {} values with {} codes for {len}",
            values.len,
            codes.len()
        ));
    }
    Ok((values, codes))
}

/// Opened dictionary of fixed-width values; the values are decoded once, at first use.
#[derive(Debug)]
pub(crate) struct FixedDictionary<L: Lane> {
    values: FixedDecoder<L>,
    codes: FixedDecoder<u32>,
    decoded: OnceLock<Checked<BufferMut<L>>>,
    /// Whether values ascend, once every code is known to have one: asked before codes are compared without
    /// being looked up.
    ascending: OnceLock<Checked<bool>>,
    shared: OnceLock<Checked<Arc<Dictionary>>>,
}

impl<L: Lane> FixedDictionary<L> {
    pub(crate) fn open(node: Node) -> Checked<Self> {
        let (values, codes) = open_parts(node)?;
        Ok(Self {
            values: FixedDecoder::open(values)?,
            codes,
            decoded: OnceLock::new(),
            ascending: OnceLock::new(),
            shared: OnceLock::new(),
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The codes.
    pub(crate) fn codes(&self) -> &FixedDecoder<u32> {
        &self.codes
    }

    /// The distinct values.
    pub(crate) fn values(&self) -> Checked<&BufferMut<L>> {
        let values = self.decoded.get_or_init(|| self.values.buffer(0, self.values.len()));
        values.as_ref().map_err(Clone::clone)
    }

    /// The distinct values as every reader of the block is given them; `make` builds them once.
    pub(crate) fn shared(&self, make: impl FnOnce(&[L]) -> Vector) -> Checked<&Arc<Dictionary>> {
        let shared = self.shared.get_or_init(|| Ok(Dictionary::new(make(self.values()?))));
        shared.as_ref().map_err(Clone::clone)
    }

    /// Codes of a range, each below the number of values.
    pub(crate) fn checked_codes(&self, start: usize, len: usize) -> Checked<BufferMut<u32>> {
        let codes: BufferMut<u32> = self.codes.buffer(start, len)?;
        check_codes(&codes, self.values.len())?;
        Ok(codes)
    }

    /// The codes of the values in a range of values; None when the values do not ascend.
    pub(crate) fn code_range(&self, range: &Range) -> Checked<Option<Range>> {
        let values = self.values()?;
        let ascending = self.ascending.get_or_init(|| {
            self.checked_codes(0, self.len())?;
            Ok(values.windows(2).all(|pair| pair[0].to_signed() < pair[1].to_signed()))
        });
        if !ascending.clone()? {
            return Ok(None);
        }
        let low = values.partition_point(|value| value.to_signed() < range.low);
        let end = values.partition_point(|value| value.to_signed() <= range.high);
        let codes = match low < end {
            true => Range { low: low as i64, high: end as i64 - 1, negate: range.negate },
            false => Range { negate: range.negate, ..Range::NONE },
        };
        Ok(Some(codes))
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let values = self.values()?;
        let mut codes = BufferMut::<u32>::with_capacity(VECTOR_VALUES.min(out.len()));
        for (part, slots) in out.chunks_mut(VECTOR_VALUES).enumerate() {
            codes.clear();
            self.codes.append(start + part * VECTOR_VALUES, slots.len(), &mut codes)?;
            check_codes(&codes, values.len())?;
            kernel::gather(values, &codes, slots);
        }
        Ok(())
    }
}

/// Checks that every code is below the number of values.
fn check_codes(codes: &[u32], values: usize) -> Checked<()> {
    match kernel::highest(codes) {
        Some(highest) if highest as usize >= values => {
            Flaw::damaged(format!("code {highest} of {values} dictionary values"))
        }
        _ => Ok(()),
    }
}
