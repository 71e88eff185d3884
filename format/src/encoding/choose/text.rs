//! What is known of a block of text before encodings are tried.

use std::cell::OnceCell;

use crate::StringVector;
use crate::encoding::BLOCK_VALUES;
use crate::encoding::dictionary::{Codes, text_codes};

/// Facts of text, found once; dearer ones at first use.
#[derive(Debug)]
pub(crate) struct TextStatistics {
    /// Bytes of all values.
    pub(crate) total_bytes: usize,
    /// Whether all values are the same.
    pub(crate) constant: bool,
    codes: OnceCell<Option<Codes<u32>>>,
    sample: OnceCell<StringVector>,
}

/// Values of a sample, in stretches of neighbours.
const SAMPLE_STRETCHES: usize = 16;
const SAMPLE_STRETCH: usize = 64;

impl TextStatistics {
    pub(crate) fn of(values: &StringVector) -> Self {
        let constant = match values.is_empty() {
            true => false,
            false => (1..values.len()).all(|row| values.bytes(row) == values.bytes(0)),
        };
        Self {
            total_bytes: values.views().iter().map(|view| view.len()).sum(),
            constant,
            codes: OnceCell::new(),
            sample: OnceCell::new(),
        }
    }

    /// The dictionary of the values; None when half of them or more are distinct.
    pub(crate) fn codes(&self, values: &StringVector) -> Option<&Codes<u32>> {
        let codes = || text_codes(values, (values.len() / 2).min(BLOCK_VALUES));
        self.codes.get_or_init(codes).as_ref()
    }

    /// Stretches of neighbouring values spread over the block, at fixed places.
    pub(crate) fn sample(&self, values: &StringVector) -> &StringVector {
        self.sample.get_or_init(|| {
            let len = values.len();
            if len <= SAMPLE_STRETCHES * SAMPLE_STRETCH {
                return values.clone();
            }
            (0..SAMPLE_STRETCHES)
                .flat_map(|stretch| {
                    let start = len * stretch / SAMPLE_STRETCHES;
                    (start..len.min(start + SAMPLE_STRETCH)).map(|row| values.bytes(row))
                })
                .collect()
        })
    }
}
