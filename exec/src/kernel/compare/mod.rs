//! Comparison: columns to bitmasks by SIMD, and rows one by one for sorting, joining and grouping.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod rows;
mod scalar;
mod value_key;

use canopy_format::BufferMut;

pub use rows::{compare_rows, compare_values, equal_rows, interval_key};
pub use value_key::value_key;

use super::Tier;
use super::bits::BitWords;

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// The operator with its sides exchanged.
    pub fn flipped(self) -> Self {
        match self {
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            same => same,
        }
    }

    /// Whether an ordering of the sides satisfies the operator.
    pub fn accepts(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Operator::Equal => ordering.is_eq(),
            Operator::NotEqual => ordering.is_ne(),
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            Operator::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// The right side of a comparison.
#[derive(Clone, Copy)]
pub enum Right<'a, T> {
    /// One value for all rows.
    Constant(T),
    /// A value a row; as many as on the left.
    Column(&'a [T]),
}

/// Defines the dispatcher of one lane type.
macro_rules! compare {
    ($(#[$doc:meta])* $name:ident, $t:ty) => {
        $(#[$doc])*
        ///
        /// # Panics
        /// When a right column is of another length.
        pub(crate) fn $name(tier: Tier, operator: Operator, left: &[$t], right: Right<'_, $t>) -> BitWords {
            if let Right::Column(right) = right {
                assert_eq!(left.len(), right.len(), "columns of different lengths");
            }
            let mut words = BufferMut::filled(0u64, left.len().div_ceil(64));
            #[cfg(target_arch = "x86_64")]
            match tier.level() {
                // SAFETY: a tier exists only where its features were detected; lengths were checked above.
                super::Level::Avx512 => unsafe { avx512::$name(operator, left, right, &mut words) },
                // SAFETY: as above.
                super::Level::Avx2 => unsafe { avx2::$name(operator, left, right, &mut words) },
                super::Level::Scalar => scalar::compare(operator, left, right, &mut words),
            }
            #[cfg(not(target_arch = "x86_64"))]
            {
                let _ = tier;
                scalar::compare(operator, left, right, &mut words);
            }
            BitWords::from_words(words, left.len())
        }
    };
}

compare!(
    /// Compares 64-bit integers; bit `i` is the answer of row `i`.
    compare_i64, i64
);
compare!(
    /// Compares 32-bit integers; bit `i` is the answer of row `i`.
    compare_i32, i32
);
compare!(
    /// Compares floats as IEEE 754 does: NaN is unequal to all and in no order.
    compare_f64, f64
);

/// Compares any ordered values one by one.
pub(crate) fn compare_any<T: PartialOrd + Copy>(
    operator: Operator,
    left: &[T],
    right: Right<'_, T>,
) -> BitWords {
    let mut words = BufferMut::filled(0u64, left.len().div_ceil(64));
    scalar::compare(operator, left, right, &mut words);
    BitWords::from_words(words, left.len())
}
