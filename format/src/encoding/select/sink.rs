//! Bits as they are decided.

/// Appends bits to words; bits past the end are zero.
#[derive(Debug, Default)]
pub(crate) struct Sink {
    words: Vec<u64>,
    len: usize,
}

impl Sink {
    /// With room for so many bits.
    pub(crate) fn with_capacity(bits: usize) -> Self {
        Self { words: Vec::with_capacity(bits.div_ceil(64)), len: 0 }
    }

    /// Number of bits.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// The bits, low ones first.
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Appends the low `count` bits of a word, at most 64.
    #[inline]
    pub(crate) fn push_word(&mut self, word: u64, count: usize) {
        if count == 0 {
            return;
        }
        let word = word & (u64::MAX >> (64 - count));
        let shift = self.len % 64;
        match self.words.last_mut() {
            Some(last) if shift > 0 => {
                *last |= word << shift;
                if shift + count > 64 {
                    self.words.push(word >> (64 - shift));
                }
            }
            _ => self.words.push(word),
        }
        self.len += count;
    }

    /// Appends a bit `count` times.
    pub(crate) fn push_run(&mut self, bit: bool, count: usize) {
        let word = if bit { u64::MAX } else { 0 };
        let mut left = count;
        while left > 0 {
            let part = left.min(64 - self.len % 64);
            self.push_word(word, part);
            left -= part;
        }
    }

    /// Appends `count` bits of words from bit `first` on.
    pub(crate) fn push_bits(&mut self, words: &[u64], first: usize, count: usize) {
        let mut at = first;
        while at < first + count {
            let part = (64 - at % 64).min(first + count - at);
            self.push_word(words[at / 64] >> (at % 64), part);
            at += part;
        }
    }

    /// Changes a bit that is there.
    pub(crate) fn set(&mut self, at: usize, bit: bool) {
        let mask = 1u64 << (at % 64);
        match bit {
            true => self.words[at / 64] |= mask,
            false => self.words[at / 64] &= !mask,
        }
    }
}
