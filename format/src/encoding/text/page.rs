//! Compression of one page.

use std::cell::RefCell;
use std::io;

use bytes::Bytes;
use zstd::bulk::{Compressor, Decompressor};

use crate::encoding::{Checked, Flaw};

/// How a page of text is compressed; the numbers are frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Codec {
    /// Not at all.
    Plain = 0,
    /// An lz4 block; the raw size is in the parameters.
    Lz4 = 1,
    /// A zstd frame.
    Zstd = 2,
}

/// The level of zstd: its own default.
const ZSTD_LEVEL: i32 = 3;

impl Codec {
    pub(crate) fn from_id(id: u8) -> Checked<Self> {
        match id {
            0 => Ok(Codec::Plain),
            1 => Ok(Codec::Lz4),
            2 => Ok(Codec::Zstd),
            _ => Err(Flaw::Unsupported(format!("page compression {id}"))),
        }
    }

    /// The compressed bytes.
    pub(crate) fn compress(self, raw: &[u8]) -> Vec<u8> {
        match self {
            Codec::Plain => raw.to_vec(),
            Codec::Lz4 => lz4_flex::block::compress(raw),
            // A compressor writing to memory can only fail to allocate.
            Codec::Zstd => zstd_compress(raw).unwrap_or_else(|_| raw.to_vec()),
        }
    }

    /// The `raw_bytes` raw bytes; the caller has bounded them.
    pub(crate) fn decompress(self, page: &Bytes, raw_bytes: usize) -> Checked<Bytes> {
        let raw = match self {
            Codec::Plain => Ok(page.clone()),
            Codec::Lz4 => {
                lz4_flex::block::decompress(page, raw_bytes).map(Bytes::from).map_err(|e| e.to_string())
            }
            Codec::Zstd => zstd_decompress(page, raw_bytes).map(Bytes::from).map_err(|e| e.to_string()),
        };
        match raw {
            Ok(raw) if raw.len() == raw_bytes => Ok(raw),
            Ok(raw) => Flaw::damaged(format!("text page of {} bytes, expected {raw_bytes}", raw.len())),
            Err(error) => Flaw::damaged(format!("text page does not decompress: {error}")),
        }
    }
}

/// Contexts of zstd, a thread's own: to make one takes longer than a small page.
struct Contexts {
    compressor: Option<Compressor<'static>>,
    decompressor: Option<Decompressor<'static>>,
}

thread_local! {
    static CONTEXTS: RefCell<Contexts> = const { RefCell::new(Contexts { compressor: None, decompressor: None }) };
}

fn zstd_compress(raw: &[u8]) -> io::Result<Vec<u8>> {
    CONTEXTS.with_borrow_mut(|contexts| {
        let compressor = match &mut contexts.compressor {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(ZSTD_LEVEL)?),
        };
        compressor.compress(raw)
    })
}

fn zstd_decompress(page: &[u8], raw_bytes: usize) -> io::Result<Vec<u8>> {
    CONTEXTS.with_borrow_mut(|contexts| {
        let decompressor = match &mut contexts.decompressor {
            Some(decompressor) => decompressor,
            none => none.insert(Decompressor::new()?),
        };
        decompressor.decompress(page, raw_bytes)
    })
}
