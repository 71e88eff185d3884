//! The scalar loops compiled with AVX2 and with AVX-512.

use super::{Comparable, scalar};
use crate::Comparison;

macro_rules! compiled_with {
    ($features:literal, $compare:ident, $range:ident) => {
        #[target_feature(enable = $features)]
        pub(super) fn $compare<T: Comparable>(values: &[T], comparison: Comparison, constant: T) -> Vec<u64> {
            scalar::compare_words(values, comparison, constant)
        }

        #[target_feature(enable = $features)]
        pub(super) fn $range(codes: &[u32], first: u32, count: u32) -> Vec<u64> {
            scalar::range_words(codes, first, count)
        }
    };
}

compiled_with!("avx2", compare_avx2, range_avx2);
compiled_with!("avx512f,avx512bw,avx512vl,avx512dq", compare_avx512, range_avx512);
