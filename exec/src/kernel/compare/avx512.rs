//! AVX-512: a compare instruction writes the mask itself, 8 or 16 lanes at a time.

use std::arch::x86_64::*;

use super::{Operator, Right};

/// One word of 64 answers a step; the tail is compared from a padded copy.
macro_rules! kernel {
    ($name:ident, $t:ty, $lanes:literal, $load:expr, $set:ident, $compare:ident,
     [$eq:expr, $ne:expr, $lt:expr, $le:expr, $gt:expr, $ge:expr]) => {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        pub(super) fn $name(operator: Operator, left: &[$t], right: Right<'_, $t>, out: &mut [u64]) {
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn word<const OP: i32>(left: &[$t; 64], right: &[$t; 64]) -> u64 {
                let mut word = 0u64;
                for step in 0..64 / $lanes {
                    // SAFETY: both arrays hold 64 values, and step * lanes + lanes <= 64.
                    let (a, b) = unsafe {
                        ($load(left.as_ptr().add(step * $lanes)), $load(right.as_ptr().add(step * $lanes)))
                    };
                    word |= ($compare::<OP>(a, b) as u64) << (step * $lanes);
                }
                word
            }
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn word_constant<const OP: i32>(left: &[$t; 64], right: $t) -> u64 {
                let mut word = 0u64;
                let b = $set(right);
                for step in 0..64 / $lanes {
                    // SAFETY: the array holds 64 values, and step * lanes + lanes <= 64.
                    let a = unsafe { $load(left.as_ptr().add(step * $lanes)) };
                    word |= ($compare::<OP>(a, b) as u64) << (step * $lanes);
                }
                word
            }
            #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
            fn run<const OP: i32>(left: &[$t], right: Right<'_, $t>, out: &mut [u64]) {
                let (blocks, tail) = left.as_chunks::<64>();
                let mut padded = [<$t>::default(); 64];
                padded[..tail.len()].copy_from_slice(tail);
                match right {
                    Right::Constant(b) => {
                        for (block, out) in blocks.iter().zip(out.iter_mut()) {
                            *out = word_constant::<OP>(block, b);
                        }
                        if !tail.is_empty() {
                            out[blocks.len()] = word_constant::<OP>(&padded, b);
                        }
                    }
                    Right::Column(right) => {
                        let (others, rest) = right.as_chunks::<64>();
                        for ((block, other), out) in blocks.iter().zip(others).zip(out.iter_mut()) {
                            *out = word::<OP>(block, other);
                        }
                        if !tail.is_empty() {
                            let mut other = [<$t>::default(); 64];
                            other[..rest.len()].copy_from_slice(rest);
                            out[blocks.len()] = word::<OP>(&padded, &other);
                        }
                    }
                }
            }
            match operator {
                Operator::Equal => run::<{ $eq }>(left, right, out),
                Operator::NotEqual => run::<{ $ne }>(left, right, out),
                Operator::Less => run::<{ $lt }>(left, right, out),
                Operator::LessOrEqual => run::<{ $le }>(left, right, out),
                Operator::Greater => run::<{ $gt }>(left, right, out),
                Operator::GreaterOrEqual => run::<{ $ge }>(left, right, out),
            }
        }
    };
}

kernel!(
    compare_i64,
    i64,
    8,
    (|p: *const i64| _mm512_loadu_epi64(p)),
    _mm512_set1_epi64,
    _mm512_cmp_epi64_mask,
    [_MM_CMPINT_EQ, _MM_CMPINT_NE, _MM_CMPINT_LT, _MM_CMPINT_LE, _MM_CMPINT_NLE, _MM_CMPINT_NLT]
);
kernel!(
    compare_i32,
    i32,
    16,
    (|p: *const i32| _mm512_loadu_epi32(p)),
    _mm512_set1_epi32,
    _mm512_cmp_epi32_mask,
    [_MM_CMPINT_EQ, _MM_CMPINT_NE, _MM_CMPINT_LT, _MM_CMPINT_LE, _MM_CMPINT_NLE, _MM_CMPINT_NLT]
);
kernel!(
    compare_f64,
    f64,
    8,
    (|p: *const f64| _mm512_loadu_pd(p)),
    _mm512_set1_pd,
    _mm512_cmp_pd_mask,
    [_CMP_EQ_OQ, _CMP_NEQ_UQ, _CMP_LT_OQ, _CMP_LE_OQ, _CMP_GT_OQ, _CMP_GE_OQ]
);
