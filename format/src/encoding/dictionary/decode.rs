//! Reading dictionaries.

use std::mem::MaybeUninit;
use std::sync::OnceLock;

use super::SORTED;
use crate::BufferMut;
use crate::encoding::{Checked, FixedDecoder, Flaw, Lane, Node, VECTOR_VALUES};

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
}

impl<L: Lane> FixedDictionary<L> {
    pub(crate) fn open(node: Node) -> Checked<Self> {
        let (values, codes) = open_parts(node)?;
        Ok(Self { values: FixedDecoder::open(values)?, codes, decoded: OnceLock::new() })
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(crate) fn decode(&self, start: usize, out: &mut [MaybeUninit<L>]) -> Checked<()> {
        let values = self.decoded.get_or_init(|| self.values.buffer(0, self.values.len()));
        let values = values.as_ref().map_err(Clone::clone)?;
        let mut codes = BufferMut::<u32>::with_capacity(VECTOR_VALUES);
        for (part, slots) in out.chunks_mut(VECTOR_VALUES).enumerate() {
            codes.clear();
            self.codes.append(start + part * VECTOR_VALUES, slots.len(), &mut codes)?;
            for (slot, &code) in slots.iter_mut().zip(codes.iter()) {
                match values.get(code as usize) {
                    Some(value) => slot.write(*value),
                    None => {
                        return Flaw::damaged(format!("code {code} of {} dictionary values", values.len()));
                    }
                };
            }
        }
        Ok(())
    }
}
