//! Bits while they are being made: whole words, set and cleared in place.

use canopy_format::{Bitmap, BufferMut};

/// A growable [`Bitmap`] of fixed length. Bits past the length are zero.
pub(crate) struct BitWords {
    words: BufferMut<u64>,
    len: usize,
}

impl BitWords {
    /// `len` copies of `value`.
    pub fn filled(value: bool, len: usize) -> Self {
        let word = if value { u64::MAX } else { 0 };
        let mut bits = Self { words: BufferMut::filled(word, len.div_ceil(64)), len };
        bits.trim();
        bits
    }

    /// The bits of the words; those past `len` are cleared.
    pub fn from_words(words: BufferMut<u64>, len: usize) -> Self {
        assert_eq!(words.len(), len.div_ceil(64), "words of another length");
        let mut bits = Self { words, len };
        bits.trim();
        bits
    }

    /// A copy of a bitmap.
    pub fn of(bitmap: &Bitmap) -> Self {
        Self { words: bitmap.iter_words().collect(), len: bitmap.len() }
    }

    fn trim(&mut self) {
        let tail = self.len % 64;
        if tail != 0 {
            let last = self.words.len() - 1;
            self.words[last] &= (1 << tail) - 1;
        }
    }

    /// Number of bits.
    pub fn len(&self) -> usize {
        self.len
    }

    /// The words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The bit at `index`.
    #[inline]
    pub fn get(&self, index: usize) -> bool {
        self.words[index / 64] >> (index % 64) & 1 == 1
    }

    /// Sets a bit.
    #[inline]
    pub fn set(&mut self, index: usize) {
        debug_assert!(index < self.len);
        self.words[index / 64] |= 1 << (index % 64);
    }

    /// Clears a bit.
    #[inline]
    pub fn clear(&mut self, index: usize) {
        debug_assert!(index < self.len);
        self.words[index / 64] &= !(1 << (index % 64));
    }

    /// Combines with another's words in place.
    pub fn zip(&mut self, other: &BitWords, op: impl Fn(u64, u64) -> u64) {
        assert_eq!(self.len, other.len, "bits of different lengths");
        for (word, other) in self.words.iter_mut().zip(other.words()) {
            *word = op(*word, *other);
        }
        self.trim();
    }

    /// Combines with a bitmap in place.
    pub fn zip_bitmap(&mut self, other: &Bitmap, op: impl Fn(u64, u64) -> u64) {
        assert_eq!(self.len, other.len(), "bits of different lengths");
        for (word, other) in self.words.iter_mut().zip(other.iter_words()) {
            *word = op(*word, other);
        }
        self.trim();
    }

    /// Turns every bit around.
    pub fn invert(&mut self) {
        self.words.iter_mut().for_each(|word| *word = !*word);
        self.trim();
    }

    /// Number of set bits.
    pub fn count_ones(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The positions of set bits, ascending.
    pub fn ones(&self) -> Vec<u32> {
        let mut rows = Vec::with_capacity(self.count_ones());
        for (index, &word) in self.words.iter().enumerate() {
            let mut word = word;
            while word != 0 {
                rows.push((index * 64) as u32 + word.trailing_zeros());
                word &= word - 1;
            }
        }
        rows
    }

    /// A copy of the bits.
    pub fn copied(&self) -> Self {
        Self { words: self.words.iter().copied().collect(), len: self.len }
    }

    /// Shares the bits.
    pub fn finish(self) -> Bitmap {
        Bitmap::from_words(self.words.freeze(), self.len)
    }
}
