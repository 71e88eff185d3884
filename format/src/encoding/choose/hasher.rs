//! A small, fast hasher for dictionaries: its output never reaches a file.

use std::hash::{BuildHasherDefault, Hasher as StdHasher};

/// Mixes words as the sketches do.
#[derive(Default)]
pub(crate) struct MixHasher(u64);

/// Builds [`MixHasher`]s.
pub(crate) type Hasher = BuildHasherDefault<MixHasher>;

impl StdHasher for MixHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = crate::sketch::hash_bytes(bytes, self.0);
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = crate::sketch::mix(self.0 ^ value);
    }

    fn write_u128(&mut self, value: u128) {
        self.write_u64(value as u64);
        self.write_u64((value >> 64) as u64);
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }
}
