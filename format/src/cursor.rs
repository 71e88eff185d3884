//! Reading little-endian fields from bytes that may be anything, and their checksum.

use crate::encoding::{Checked, Flaw};

/// Fuzzing looks behind the checksums, or it would only ever test them.
pub(crate) const IGNORE_CHECKSUMS: bool = cfg!(fuzzing);

/// CRC-32 (IEEE) of the bytes.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// A position in a slice; every read is bounds-checked.
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
}

macro_rules! read {
    ($($name:ident: $t:ty),*) => {$(
        /// The next field of this width.
        pub(crate) fn $name(&mut self) -> Checked<$t> {
            let mut raw = [0u8; size_of::<$t>()];
            raw.copy_from_slice(self.take(size_of::<$t>())?);
            Ok(<$t>::from_le_bytes(raw))
        }
    )*};
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    read!(u8: u8, u16: u16, u32: u32, u64: u64, i64: i64, i128: i128);

    /// The next `len` bytes.
    pub(crate) fn take(&mut self, len: usize) -> Checked<&'a [u8]> {
        self.expect(len)?;
        let taken = &self.bytes[self.position..self.position + len];
        self.position += len;
        Ok(taken)
    }

    /// All that is left; nothing is taken.
    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.position..]
    }

    /// Checks that `len` more bytes are there.
    pub(crate) fn expect(&self, len: usize) -> Checked<()> {
        let left = self.bytes.len() - self.position;
        match len <= left {
            true => Ok(()),
            false => {
                Flaw::damaged(format!("{len} bytes expected at offset {}, {left} are there", self.position))
            }
        }
    }

    /// Checks that nothing is left.
    pub(crate) fn finish(&self) -> Checked<()> {
        match self.bytes.len() - self.position {
            0 => Ok(()),
            left => Flaw::damaged(format!("{left} bytes too many at offset {}", self.position)),
        }
    }
}
