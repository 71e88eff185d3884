//! Bitmaps: validity (a set bit is a present value) and BOOL values, least significant bit first.

use crate::{Buffer, BufferMut};

/// A shared, immutable run of bits. Cloning and slicing copy nothing.
#[derive(Debug, Clone)]
pub struct Bitmap {
    words: Buffer<u64>,
    offset: usize,
    len: usize,
}

impl Bitmap {
    /// The bits of `words` from the first, `len` of them.
    ///
    /// # Panics
    /// When `words` holds fewer bits than `len`.
    pub fn from_words(words: Buffer<u64>, len: usize) -> Self {
        assert!(words.len() * 64 >= len, "bitmap shorter than its length");
        Self { words, offset: 0, len }
    }

    /// `len` copies of `value`.
    pub fn filled(value: bool, len: usize) -> Self {
        let word = if value { u64::MAX } else { 0 };
        Self::from_words(BufferMut::filled(word, len.div_ceil(64)).freeze(), len)
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when there are no bits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bit at `index`.
    ///
    /// # Panics
    /// When `index >= len`.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        assert!(index < self.len, "bit index outside bitmap");
        let bit = self.offset + index;
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }

    /// Number of 64-bit words that [`Bitmap::word`] answers for.
    pub fn word_count(&self) -> usize {
        self.len.div_ceil(64)
    }

    /// Bits `64 * index ..`, with zeros past the end.
    #[inline]
    pub fn word(&self, index: usize) -> u64 {
        let start = self.offset + index * 64;
        let (word, shift) = (start / 64, start % 64);
        let low = self.words[word] >> shift;
        let high = if shift == 0 { 0 } else { self.words.get(word + 1).map_or(0, |w| w << (64 - shift)) };
        let left = self.len - index * 64;
        let mask = if left >= 64 { u64::MAX } else { (1u64 << left) - 1 };
        (low | high) & mask
    }

    /// The words of the bitmap, shifted to begin at its first bit, with zeros past the end.
    pub fn iter_words(&self) -> impl Iterator<Item = u64> + '_ {
        (0..self.word_count()).map(|i| self.word(i))
    }

    /// Number of set bits.
    pub fn count_ones(&self) -> usize {
        self.iter_words().map(|w| w.count_ones() as usize).sum()
    }

    /// The bits from `offset`, `len` of them; no copy.
    ///
    /// # Panics
    /// When the range is outside the bitmap.
    pub fn slice(&self, offset: usize, len: usize) -> Self {
        assert!(offset + len <= self.len, "slice outside bitmap");
        Self { words: self.words.clone(), offset: self.offset + offset, len }
    }

    /// The bits in order.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|i| self.get(i))
    }

    /// The positions of set bits, ascending.
    pub fn iter_ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.iter_words().enumerate().flat_map(|(i, mut word)| {
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    i * 64 + bit
                })
            })
        })
    }

    /// Applies `op` word by word; both bitmaps have the same length.
    pub fn zip_words(&self, other: &Bitmap, op: impl Fn(u64, u64) -> u64) -> Bitmap {
        assert_eq!(self.len, other.len, "bitmaps of different lengths");
        let words = (0..self.word_count()).map(|i| op(self.word(i), other.word(i))).collect();
        Bitmap { words, offset: 0, len: self.len }
    }

    /// Bits set in both.
    pub fn and(&self, other: &Bitmap) -> Bitmap {
        self.zip_words(other, |a, b| a & b)
    }

    /// Bits set in either.
    pub fn or(&self, other: &Bitmap) -> Bitmap {
        self.zip_words(other, |a, b| a | b)
    }

    /// The opposite of each bit.
    pub fn not(&self) -> Bitmap {
        let words = self.iter_words().map(|w| !w).collect();
        Bitmap { words, offset: 0, len: self.len }
    }

    /// The bits as whole words from bit 0, copied only when sliced off a word boundary.
    pub fn to_words(&self) -> Buffer<u64> {
        if self.offset.is_multiple_of(64) {
            return self.words.slice(self.offset / 64, self.word_count());
        }
        self.iter_words().collect()
    }

    /// Both validities: absent means all valid.
    pub fn and_options(a: Option<&Bitmap>, b: Option<&Bitmap>) -> Option<Bitmap> {
        match (a, b) {
            (None, None) => None,
            (Some(one), None) | (None, Some(one)) => Some(one.clone()),
            (Some(a), Some(b)) => Some(a.and(b)),
        }
    }
}

impl FromIterator<bool> for Bitmap {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Self {
        let mut builder = BitmapBuilder::default();
        bits.into_iter().for_each(|bit| builder.push(bit));
        builder.finish()
    }
}

/// Builds a [`Bitmap`] bit by bit or run by run.
#[derive(Default)]
pub struct BitmapBuilder {
    words: BufferMut<u64>,
    len: usize,
}

impl BitmapBuilder {
    /// Appends a bit.
    #[inline]
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        let last = self.words.len() - 1;
        self.words[last] |= (bit as u64) << (self.len % 64);
        self.len += 1;
    }

    /// Appends `count` copies of a bit.
    pub fn push_run(&mut self, bit: bool, count: usize) {
        let mut left = count;
        while left > 0 && !self.len.is_multiple_of(64) {
            self.push(bit);
            left -= 1;
        }
        let word = if bit { u64::MAX } else { 0 };
        let whole = left / 64;
        self.words.resize(self.words.len() + whole, word);
        self.len += whole * 64;
        (0..left % 64).for_each(|_| self.push(bit));
    }

    /// Appends all bits of `other`.
    pub fn extend(&mut self, other: &Bitmap) {
        if self.len.is_multiple_of(64) {
            self.words.extend(other.iter_words());
            self.len += other.len();
        } else {
            other.iter().for_each(|bit| self.push(bit));
        }
    }

    /// Number of bits so far.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True before the first bit.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The finished bitmap.
    pub fn finish(self) -> Bitmap {
        Bitmap::from_words(self.words.freeze(), self.len)
    }
}
