//! Variable-length values as 16-byte views: short ones inline, long ones by prefix, buffer and offset.
//!
//! The layout is Arrow's Utf8View, so that export hands over pointers; the idea is from Umbra
//! (Neumann and Freitag, "Umbra: A Disk-Based System with In-Memory Performance", CIDR 2020).
//!
//! ```text
//! inline (<= 12 bytes):  length:u32 | bytes:12
//! long:                  length:u32 | prefix:4 | buffer index:u32 | offset:u32
//! ```

use std::sync::Arc;

use bytes::Bytes;

use crate::{Buffer, BufferMut};

/// Longest value kept inside its view.
pub const INLINE_MAX: usize = 12;

/// One value's view; see the module's picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C, align(16))]
pub struct View {
    words: [u32; 4],
}

impl View {
    /// The view of a value of at most [`INLINE_MAX`] bytes.
    #[inline]
    pub fn inline(value: &[u8]) -> Self {
        debug_assert!(value.len() <= INLINE_MAX);
        let mut bytes = [0u8; 16];
        bytes[..4].copy_from_slice(&(value.len() as u32).to_le_bytes());
        bytes[4..4 + value.len()].copy_from_slice(value);
        Self::from_le_bytes(bytes)
    }

    /// The view of a longer value that stands in a buffer.
    #[inline]
    pub fn long(value: &[u8], buffer: u32, offset: u32) -> Self {
        debug_assert!(value.len() > INLINE_MAX);
        let prefix = u32::from_le_bytes([value[0], value[1], value[2], value[3]]);
        Self { words: [value.len() as u32, prefix, buffer, offset] }
    }

    /// The view with these bytes, little-endian as in Arrow.
    pub fn from_le_bytes(bytes: [u8; 16]) -> Self {
        let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        Self { words: [word(0), word(4), word(8), word(12)] }
    }

    /// The view of its two little-endian halves.
    #[inline(always)]
    pub(crate) fn from_halves(first: u64, second: u64) -> Self {
        Self { words: [first as u32, (first >> 32) as u32, second as u32, (second >> 32) as u32] }
    }

    /// Length of the value in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        self.words[0] as usize
    }

    /// True for the empty value.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words[0] == 0
    }

    /// The value's first four bytes (zero-padded), as they lie in memory.
    #[inline]
    pub fn prefix(&self) -> u32 {
        self.words[1]
    }

    /// True when the value is inside the view.
    #[inline]
    pub fn is_inline(&self) -> bool {
        self.len() <= INLINE_MAX
    }

    /// Buffer index of a long value.
    #[inline]
    pub fn buffer_index(&self) -> usize {
        self.words[2] as usize
    }

    /// Offset of a long value in its buffer.
    #[inline]
    pub fn offset(&self) -> usize {
        self.words[3] as usize
    }

    /// The same long value in another buffer.
    #[inline]
    pub fn with_buffer(self, buffer: u32) -> Self {
        Self { words: [self.words[0], self.words[1], buffer, self.words[3]] }
    }

    /// The bytes of an inline value.
    #[inline]
    pub fn inline_bytes(&self) -> &[u8] {
        // SAFETY: words 1..4 are 12 initialised bytes, and the length is capped to them.
        unsafe {
            std::slice::from_raw_parts(self.words.as_ptr().add(1) as *const u8, self.len().min(INLINE_MAX))
        }
    }

    /// The view as one integer: equal inline values have equal integers.
    #[inline]
    pub fn as_u128(&self) -> u128 {
        let w = self.words;
        w[0] as u128 | (w[1] as u128) << 32 | (w[2] as u128) << 64 | (w[3] as u128) << 96
    }
}

/// A column of STRING, BYTES or JSON values.
///
/// Every long view points inside its buffer, and STRING and JSON bytes are UTF-8: checked where
/// views are made ([`StringBuilder`], the file reader, the importers).
#[derive(Debug, Clone, Default)]
pub struct StringVector {
    views: Buffer<View>,
    buffers: Arc<[Bytes]>,
}

impl StringVector {
    /// The column with these views and buffers.
    ///
    /// # Panics
    /// When a long view points outside its buffer.
    pub fn new(views: Buffer<View>, buffers: Arc<[Bytes]>) -> Self {
        for view in views.iter().filter(|view| !view.is_inline()) {
            let end = view.offset() + view.len();
            assert!(
                buffers.get(view.buffer_index()).is_some_and(|b| end <= b.len()),
                "view outside its buffer"
            );
        }
        Self { views, buffers }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// True when there are no values.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The views.
    pub fn views(&self) -> &Buffer<View> {
        &self.views
    }

    /// The buffers that long views point into.
    pub fn buffers(&self) -> &Arc<[Bytes]> {
        &self.buffers
    }

    /// The bytes of value `index`.
    #[inline]
    pub fn bytes(&self, index: usize) -> &[u8] {
        let view = &self.views[index];
        if view.is_inline() {
            return view.inline_bytes();
        }
        &self.buffers[view.buffer_index()][view.offset()..view.offset() + view.len()]
    }

    /// The text of value `index`; for STRING and JSON columns.
    #[inline]
    pub fn text(&self, index: usize) -> &str {
        std::str::from_utf8(self.bytes(index)).unwrap_or("\u{fffd}")
    }

    /// The values from `offset`, `len` of them; no copy.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        Self { views: self.views.slice(offset, len), buffers: self.buffers.clone() }
    }

    /// The same buffers under other views, which must come from this column.
    pub fn with_views(&self, views: Buffer<View>) -> Self {
        Self { views, buffers: self.buffers.clone() }
    }
}

/// Builds a [`StringVector`]; long values are copied into blocks of about a mebibyte.
#[derive(Default)]
pub struct StringBuilder {
    views: BufferMut<View>,
    buffers: Vec<Bytes>,
    current: Vec<u8>,
}

/// Size at which a builder starts a new buffer.
const BLOCK_BYTES: usize = 1 << 20;

impl StringBuilder {
    /// Appends a value.
    pub fn push(&mut self, value: &[u8]) {
        if value.len() <= INLINE_MAX {
            self.views.push(View::inline(value));
            return;
        }
        if !self.current.is_empty() && self.current.len() + value.len() > BLOCK_BYTES {
            self.seal();
        }
        self.views.push(View::long(value, self.buffers.len() as u32, self.current.len() as u32));
        self.current.extend_from_slice(value);
    }

    /// Appends the empty value, as stands under a NULL.
    pub fn push_empty(&mut self) {
        self.views.push(View::default());
    }

    fn seal(&mut self) {
        self.buffers.push(Bytes::from(std::mem::take(&mut self.current)));
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.views.len()
    }

    /// True before the first value.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// The finished column.
    pub fn finish(mut self) -> StringVector {
        if !self.current.is_empty() {
            self.seal();
        }
        StringVector { views: self.views.freeze(), buffers: self.buffers.into() }
    }
}

impl<B: AsRef<[u8]>> FromIterator<B> for StringVector {
    fn from_iter<I: IntoIterator<Item = B>>(values: I) -> Self {
        let mut builder = StringBuilder::default();
        values.into_iter().for_each(|value| builder.push(value.as_ref()));
        builder.finish()
    }
}
