//! Reading bits.

use bytes::Bytes;

use super::{ONES, PLAIN, RUNS, ZEROS};
use crate::encoding::{Checked, Encoding, Flaw, Node, PAGE_VALUES};
use crate::{Bitmap, BufferMut};

/// Opened bits.
#[derive(Debug)]
pub(crate) enum BitsDecoder {
    /// The same bit throughout.
    Constant {
        /// The bit.
        value: bool,
        /// How often.
        len: usize,
    },
    /// Pages of bits.
    Pages {
        /// Number of bits.
        len: usize,
        /// The pages, their form checked.
        pages: Vec<Bytes>,
    },
}

impl BitsDecoder {
    pub(crate) fn open(node: Node) -> Checked<Self> {
        node.expect_leaf()?;
        let len = node.len as usize;
        match node.encoding {
            Encoding::Constant => {
                node.expect_pages(0)?;
                match node.parameters[..] {
                    [value @ 0..=1] => Ok(BitsDecoder::Constant { value: value == 1, len }),
                    _ => Flaw::damaged("a constant bit is not 0 or 1"),
                }
            }
            Encoding::Bitmap => {
                node.expect_pages(len.div_ceil(PAGE_VALUES))?;
                for (index, page) in node.pages.iter().enumerate() {
                    check_page(page, PAGE_VALUES.min(len - index * PAGE_VALUES))?;
                }
                Ok(BitsDecoder::Pages { len, pages: node.pages })
            }
            other => Flaw::damaged(format!("{} of bits", other.name())),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            BitsDecoder::Constant { len, .. } | BitsDecoder::Pages { len, .. } => *len,
        }
    }

    /// All bits, as a bitmap that slices share.
    pub(crate) fn decode(&self) -> Bitmap {
        match self {
            BitsDecoder::Constant { value, len } => Bitmap::filled(*value, *len),
            BitsDecoder::Pages { len, pages } => {
                let mut words = BufferMut::<u64>::with_capacity(len.div_ceil(64));
                for (index, page) in pages.iter().enumerate() {
                    decode_page(page, PAGE_VALUES.min(len - index * PAGE_VALUES), &mut words);
                }
                Bitmap::from_words(words.freeze(), *len)
            }
        }
    }
}

fn check_page(page: &[u8], bits: usize) -> Checked<()> {
    let ok = match page.split_first() {
        Some((&(ZEROS | ONES), rest)) => rest.is_empty(),
        Some((&PLAIN, rest)) => {
            let tail = bits % 8;
            rest.len() == bits.div_ceil(8) && (tail == 0 || rest.last().is_some_and(|&b| b >> tail == 0))
        }
        Some((&RUNS, rest)) => {
            let ends: Vec<u16> = run_ends(rest).collect();
            rest.len() % 2 == 1
                && rest[0] <= 1
                && ends.first().is_some_and(|&end| end > 0)
                && ends.windows(2).all(|pair| pair[0] < pair[1])
                && ends.last().map(|&end| end as usize) == Some(bits)
        }
        _ => false,
    };
    match ok {
        true => Ok(()),
        false => Flaw::damaged(format!("bitmap page of {} bytes for {bits} bits is malformed", page.len())),
    }
}

fn run_ends(runs: &[u8]) -> impl Iterator<Item = u16> + '_ {
    runs.get(1..).unwrap_or_default().chunks_exact(2).map(|end| u16::from_le_bytes([end[0], end[1]]))
}

/// Appends the words of a page that [`check_page`] has passed.
fn decode_page(page: &[u8], bits: usize, words: &mut BufferMut<u64>) {
    let base = words.len();
    let filler = if page[0] == ONES { u64::MAX } else { 0 };
    words.resize(base + bits.div_ceil(64), filler);
    let words = &mut words[base..];
    match page[0] {
        PLAIN => {
            for (word, bytes) in words.iter_mut().zip(page[1..].chunks(8)) {
                let mut raw = [0u8; 8];
                raw[..bytes.len()].copy_from_slice(bytes);
                *word = u64::from_le_bytes(raw);
            }
        }
        RUNS => {
            let (mut value, mut start) = (page[1] == 1, 0);
            for end in run_ends(&page[1..]) {
                if value {
                    set_range(words, start, end as usize);
                }
                start = end as usize;
                value = !value;
            }
        }
        _ => {}
    }
    // Bits past the end are zero, so that whole words can be compared and counted.
    if !bits.is_multiple_of(64)
        && let Some(last) = words.last_mut()
    {
        *last &= (1u64 << (bits % 64)) - 1;
    }
}

/// Sets bits `start .. end`.
fn set_range(words: &mut [u64], start: usize, end: usize) {
    let mut at = start;
    while at < end {
        let (word, bit) = (at / 64, at % 64);
        let count = (64 - bit).min(end - at);
        let mask = if count == 64 { u64::MAX } else { ((1u64 << count) - 1) << bit };
        words[word] |= mask;
        at += count;
    }
}
