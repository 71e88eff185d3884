//! Comparison of values with a constant, a bit for each: the loop of [`scalar`] compiled for what the machine
//! has.

mod scalar;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::Comparison;
use crate::encoding::Isa;

/// A value that kernels compare.
pub(super) trait Comparable: PartialOrd + Copy + 'static {}
impl Comparable for i32 {}
impl Comparable for u32 {}
impl Comparable for i64 {}
impl Comparable for f64 {}

/// A bit for each value that compares so with the constant; bits past the end are zero.
pub(super) fn compare_words<T: Comparable>(values: &[T], comparison: Comparison, constant: T) -> Vec<u64> {
    compare_words_with(Isa::detect(), values, comparison, constant)
}

pub(super) fn compare_words_with<T: Comparable>(
    isa: Isa,
    values: &[T],
    comparison: Comparison,
    constant: T,
) -> Vec<u64> {
    match isa {
        Isa::Scalar => scalar::compare_words(values, comparison, constant),
        // SAFETY: an Isa other than Scalar only comes from detection of its features.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::compare_avx2(values, comparison, constant) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::compare_avx512(values, comparison, constant) },
    }
}

/// A bit for each code in `first .. first + count`.
pub(super) fn range_words(codes: &[u32], first: u32, count: u32) -> Vec<u64> {
    match Isa::detect() {
        Isa::Scalar => scalar::range_words(codes, first, count),
        // SAFETY: an Isa other than Scalar only comes from detection of its features.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => unsafe { x86::range_avx2(codes, first, count) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => unsafe { x86::range_avx512(codes, first, count) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMPARISONS: [Comparison; 6] = [
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ];

    fn check<T: Comparable + std::fmt::Debug>(values: Vec<T>, constants: &[T]) {
        for len in [0, 1, 7, 8, 63, 64, 65, 127, 128, 129, 1_000] {
            for start in [0, 1, 3] {
                let part = &values[start..start + len];
                for &constant in constants {
                    for comparison in COMPARISONS {
                        let expected = scalar::compare_words(part, comparison, constant);
                        assert_eq!(expected.len(), len.div_ceil(64));
                        for isa in Isa::available() {
                            let found = compare_words_with(isa, part, comparison, constant);
                            assert_eq!(found, expected, "{isa:?} {comparison:?} {constant:?}, {len} values");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn kernels_agree_with_the_scalar_twin() {
        let mixed = |i: i64| (i * 7_919 % 200 - 100) * if i % 50 == 0 { i64::MAX / 100 } else { 1 };
        check((0..1_010).map(mixed).collect(), &[0, -100, i64::MIN, i64::MAX]);
        check((0..1_010).map(|i| mixed(i) as i32).collect(), &[0, -100, i32::MIN, i32::MAX]);
        let float = |i: i64| [0.0, -0.0, f64::NAN, i as f64, -f64::INFINITY][i as usize % 5];
        check((0..1_010).map(float).collect(), &[0.0, -0.0, f64::NAN, f64::INFINITY, 500.0]);
    }

    #[test]
    fn code_ranges() {
        let codes: Vec<u32> = (0..1_000).map(|i| i * 31 % 97).collect();
        for (first, count) in [(0, 1), (5, 20), (96, 1), (0, 0), (0, 97), (u32::MAX, 1)] {
            let expected = scalar::range_words(&codes, first, count);
            assert_eq!(range_words(&codes, first, count), expected);
            let bit = |i: usize| expected[i / 64] >> (i % 64) & 1 == 1;
            let inside = |code: u32| code >= first && (code - first) < count;
            assert!(codes.iter().enumerate().all(|(i, &code)| bit(i) == inside(code)));
        }
    }
}
