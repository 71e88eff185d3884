//! AVX2: compare to all-ones lanes, then gather the sign bits; 4 or 8 lanes at a time.

use std::arch::x86_64::*;

use super::{Operator, Right};

/// Integers have only `=` and `>`: the others exchange sides or invert the word.
const EQUAL: u8 = 0;
const GREATER: u8 = 1;
const LESS: u8 = 2;

macro_rules! integers {
    ($name:ident, $t:ty, $lanes:literal, $set:ident, $equal:ident, $greater:ident, $signs:expr) => {
        #[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
        pub(super) fn $name(operator: Operator, left: &[$t], right: Right<'_, $t>, out: &mut [u64]) {
            #[target_feature(enable = "avx2")]
            fn lanes<const OP: u8>(a: __m256i, b: __m256i) -> u64 {
                let mask = match OP {
                    EQUAL => $equal(a, b),
                    GREATER => $greater(a, b),
                    _ => $greater(b, a),
                };
                $signs(mask) as u64
            }
            #[target_feature(enable = "avx2")]
            fn run<const OP: u8>(left: &[$t], right: Right<'_, $t>, out: &mut [u64], invert: u64) {
                for (index, (chunk, word)) in left.chunks(64).zip(out).enumerate() {
                    let mut a = [<$t>::default(); 64];
                    a[..chunk.len()].copy_from_slice(chunk);
                    let mut b = [<$t>::default(); 64];
                    let constant = match right {
                        Right::Constant(value) => Some($set(value)),
                        Right::Column(right) => {
                            b[..chunk.len()].copy_from_slice(&right[index * 64..][..chunk.len()]);
                            None
                        }
                    };
                    let mut found = 0u64;
                    for step in 0..64 / $lanes {
                        // SAFETY: both arrays hold 64 values, and step * lanes + lanes <= 64.
                        let (left, right) = unsafe {
                            (
                                _mm256_loadu_si256(a.as_ptr().add(step * $lanes) as *const __m256i),
                                _mm256_loadu_si256(b.as_ptr().add(step * $lanes) as *const __m256i),
                            )
                        };
                        found |= lanes::<OP>(left, constant.unwrap_or(right)) << (step * $lanes);
                    }
                    *word = found ^ invert;
                }
            }
            match operator {
                Operator::Equal => run::<EQUAL>(left, right, out, 0),
                Operator::NotEqual => run::<EQUAL>(left, right, out, u64::MAX),
                Operator::Less => run::<LESS>(left, right, out, 0),
                Operator::LessOrEqual => run::<GREATER>(left, right, out, u64::MAX),
                Operator::Greater => run::<GREATER>(left, right, out, 0),
                Operator::GreaterOrEqual => run::<LESS>(left, right, out, u64::MAX),
            }
        }
    };
}

integers!(
    compare_i64,
    i64,
    4,
    _mm256_set1_epi64x,
    _mm256_cmpeq_epi64,
    _mm256_cmpgt_epi64,
    (|mask| _mm256_movemask_pd(_mm256_castsi256_pd(mask)) as u32)
);
integers!(
    compare_i32,
    i32,
    8,
    _mm256_set1_epi32,
    _mm256_cmpeq_epi32,
    _mm256_cmpgt_epi32,
    (|mask| _mm256_movemask_ps(_mm256_castsi256_ps(mask)) as u32)
);

#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,lzcnt")]
pub(super) fn compare_f64(operator: Operator, left: &[f64], right: Right<'_, f64>, out: &mut [u64]) {
    #[target_feature(enable = "avx2")]
    fn run<const OP: i32>(left: &[f64], right: Right<'_, f64>, out: &mut [u64]) {
        for (index, (chunk, word)) in left.chunks(64).zip(out).enumerate() {
            let mut a = [0f64; 64];
            a[..chunk.len()].copy_from_slice(chunk);
            let mut b = [0f64; 64];
            match right {
                Right::Constant(value) => b = [value; 64],
                Right::Column(right) => {
                    b[..chunk.len()].copy_from_slice(&right[index * 64..][..chunk.len()]);
                }
            }
            *word = 0;
            for step in 0..16 {
                // SAFETY: both arrays hold 64 values, and step * 4 + 4 <= 64.
                let (a, b) = unsafe {
                    (_mm256_loadu_pd(a.as_ptr().add(step * 4)), _mm256_loadu_pd(b.as_ptr().add(step * 4)))
                };
                *word |= (_mm256_movemask_pd(_mm256_cmp_pd::<OP>(a, b)) as u64) << (step * 4);
            }
        }
    }
    match operator {
        Operator::Equal => run::<_CMP_EQ_OQ>(left, right, out),
        Operator::NotEqual => run::<_CMP_NEQ_UQ>(left, right, out),
        Operator::Less => run::<_CMP_LT_OQ>(left, right, out),
        Operator::LessOrEqual => run::<_CMP_LE_OQ>(left, right, out),
        Operator::Greater => run::<_CMP_GT_OQ>(left, right, out),
        Operator::GreaterOrEqual => run::<_CMP_GE_OQ>(left, right, out),
    }
}
