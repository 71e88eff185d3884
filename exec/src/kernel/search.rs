//! Substring search, after the generic SIMD method of W. Muła: two bytes of the needle, the first and
//! the last, are looked for at once in 32 or 64 positions; only where both stand is the rest compared.

use super::Tier;

/// A needle that is searched for many times.
#[derive(Debug, Clone)]
pub(crate) struct Finder {
    needle: Box<[u8]>,
}

impl Finder {
    /// Returns a finder for the bytes.
    pub fn new(needle: &[u8]) -> Self {
        Self { needle: needle.into() }
    }

    /// The needle.
    pub fn needle(&self) -> &[u8] {
        &self.needle
    }

    /// Position of the first occurrence.
    pub fn find(&self, tier: Tier, haystack: &[u8]) -> Option<usize> {
        let needle = &self.needle;
        match needle.len() {
            0 => return Some(0),
            1 => return haystack.iter().position(|byte| *byte == needle[0]),
            n if n > haystack.len() => return None,
            _ => {}
        }
        #[cfg(target_arch = "x86_64")]
        match tier.level() {
            // SAFETY: a tier exists only where its features were detected; the needle has two bytes or more
            // and is not longer than the haystack, as checked above.
            super::Level::Avx512 => return unsafe { find_avx512(haystack, needle) },
            // SAFETY: as above.
            super::Level::Avx2 => return unsafe { find_avx2(haystack, needle) },
            super::Level::Scalar => {}
        }
        let _ = tier;
        find_scalar(haystack, needle)
    }
}

/// The definition: the first window equal to the needle.
fn find_scalar(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi1")]
fn find_avx512(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    use std::arch::x86_64::*;
    let last = needle.len() - 1;
    let first = _mm512_set1_epi8(needle[0] as i8);
    let final_byte = _mm512_set1_epi8(needle[last] as i8);
    let starts = haystack.len() - last;
    let mut at = 0;
    while at < starts {
        // Loads are masked to the positions where a match may start, so none leaves the haystack.
        let left = (starts - at).min(64);
        let mask = u64::MAX >> (64 - left);
        // SAFETY: lanes below `left` lie at at + last + lane < haystack.len(); others are not read.
        let (a, b) = unsafe {
            (
                _mm512_maskz_loadu_epi8(mask, haystack.as_ptr().add(at) as *const i8),
                _mm512_maskz_loadu_epi8(mask, haystack.as_ptr().add(at + last) as *const i8),
            )
        };
        let mut found = _mm512_mask_cmpeq_epi8_mask(mask, a, first) & _mm512_cmpeq_epi8_mask(b, final_byte);
        while found != 0 {
            let start = at + found.trailing_zeros() as usize;
            if haystack[start + 1..start + last] == needle[1..last] {
                return Some(start);
            }
            found &= found - 1;
        }
        at += 64;
    }
    None
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1")]
fn find_avx2(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    use std::arch::x86_64::*;
    let last = needle.len() - 1;
    let first = _mm256_set1_epi8(needle[0] as i8);
    let final_byte = _mm256_set1_epi8(needle[last] as i8);
    let mut at = 0;
    while at + last + 32 <= haystack.len() {
        // SAFETY: at + last + 32 <= haystack.len(), so both loads stay inside.
        let (a, b) = unsafe {
            (
                _mm256_loadu_si256(haystack.as_ptr().add(at) as *const __m256i),
                _mm256_loadu_si256(haystack.as_ptr().add(at + last) as *const __m256i),
            )
        };
        let both = _mm256_and_si256(_mm256_cmpeq_epi8(a, first), _mm256_cmpeq_epi8(b, final_byte));
        let mut found = _mm256_movemask_epi8(both) as u32;
        while found != 0 {
            let start = at + found.trailing_zeros() as usize;
            if haystack[start + 1..start + last] == needle[1..last] {
                return Some(start);
            }
            found &= found - 1;
        }
        at += 32;
    }
    find_scalar(&haystack[at..], needle).map(|found| at + found)
}
