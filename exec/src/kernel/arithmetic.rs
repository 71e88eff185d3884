//! Checked INT64 and FLOAT64 arithmetic over columns.
//!
//! Overflow is detected, not prevented: sums accumulate the sign trick `(a ^ r) & (b ^ r)` and are
//! tested once a vector; products first bound both sides' bit widths and take the plain multiply when
//! they fit. A caller that hears of overflow runs the rows one by one, for the exact row and message.

use super::tiered;

/// Two columns, or a column and a constant, position by position.
#[derive(Clone, Copy)]
pub(crate) enum Sides<'a, T> {
    /// Both are columns of one length.
    Columns(&'a [T], &'a [T]),
    /// The right side is constant.
    RightConstant(&'a [T], T),
    /// The left side is constant.
    LeftConstant(T, &'a [T]),
}

impl<T> Sides<'_, T> {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Sides::Columns(a, b) => {
                assert_eq!(a.len(), b.len(), "columns of different lengths");
                a.len()
            }
            Sides::RightConstant(a, _) => a.len(),
            Sides::LeftConstant(_, b) => b.len(),
        }
    }
}

/// Writes `op(a, b)` for each row, and folds the answers' flags.
macro_rules! each_pair {
    ($sides:ident, $out:ident, $flag:ident, |$a:ident, $b:ident| $body:expr) => {
        match $sides {
            Sides::Columns(left, right) => {
                for ((&$a, &$b), out) in left.iter().zip(right).zip($out.iter_mut()) {
                    let (value, bad) = $body;
                    *out = value;
                    $flag |= bad;
                }
            }
            Sides::RightConstant(left, $b) => {
                for (&$a, out) in left.iter().zip($out.iter_mut()) {
                    let (value, bad) = $body;
                    *out = value;
                    $flag |= bad;
                }
            }
            Sides::LeftConstant($a, right) => {
                for (&$b, out) in right.iter().zip($out.iter_mut()) {
                    let (value, bad) = $body;
                    *out = value;
                    $flag |= bad;
                }
            }
        }
    };
}

tiered! {
    /// Writes the wrapped sums; true when any overflowed.
    pub(crate) fn add_i64(sides: Sides<'_, i64>, out: &mut [i64]) -> bool {
        let mut overflow = 0i64;
        each_pair!(sides, out, overflow, |a, b| {
            let r = a.wrapping_add(b);
            (r, (a ^ r) & (b ^ r))
        });
        overflow < 0
    }
}

tiered! {
    /// Writes the wrapped differences; true when any overflowed.
    pub(crate) fn subtract_i64(sides: Sides<'_, i64>, out: &mut [i64]) -> bool {
        let mut overflow = 0i64;
        each_pair!(sides, out, overflow, |a, b| {
            let r = a.wrapping_sub(b);
            (r, (a ^ b) & (a ^ r))
        });
        overflow < 0
    }
}

tiered! {
    /// Writes the wrapped products, without a look at overflow.
    fn multiply_plain(sides: Sides<'_, i64>, out: &mut [i64]) -> () {
        #[allow(unused_assignments, unused_mut)]
        let mut none = false;
        each_pair!(sides, out, none, |a, b| (a.wrapping_mul(b), false));
        let _ = none;
    }
}

tiered! {
    /// The OR of all magnitudes (ones' complement for negatives): its width bounds every value's.
    fn magnitudes(values: &[i64]) -> u64 {
        values.iter().fold(0i64, |acc, &v| acc | (v ^ (v >> 63))) as u64
    }
}

/// Bits that hold every value's magnitude.
pub(crate) fn width(tier: super::Tier, values: &[i64]) -> u32 {
    64 - magnitudes(tier, values).leading_zeros()
}

/// Bits that hold the magnitude of one value.
pub(crate) fn width_of(value: i64) -> u32 {
    64 - ((value ^ (value >> 63)) as u64).leading_zeros()
}

/// Bits that surely hold the magnitudes of each side.
pub(crate) fn widths(tier: super::Tier, sides: Sides<'_, i64>) -> (u32, u32) {
    match sides {
        Sides::Columns(a, b) => (width(tier, a), width(tier, b)),
        Sides::RightConstant(a, b) => (width(tier, a), width_of(b)),
        Sides::LeftConstant(a, b) => (width_of(a), width(tier, b)),
    }
}

/// Writes the products; true when any overflowed (what is written is then unspecified).
pub(crate) fn multiply_i64(tier: super::Tier, sides: Sides<'_, i64>, out: &mut [i64]) -> bool {
    let (a, b) = widths(tier, sides);
    // |x| <= 2^width, so that the product is at most 2^62.
    if a + b <= 62 {
        multiply_plain(tier, sides, out);
        return false;
    }
    let mut overflow = false;
    each_pair!(sides, out, overflow, |a, b| i64::overflowing_mul(a, b));
    overflow
}

tiered! {
    /// Writes `value * factor + addend` for small magnitudes: the caller has bounded the widths.
    pub(crate) fn scale_i64(values: &[i64], factor: i64, out: &mut [i64]) -> () {
        for (&value, out) in values.iter().zip(out.iter_mut()) {
            *out = value.wrapping_mul(factor);
        }
    }
}

macro_rules! floats {
    ($(#[$doc:meta])* $name:ident, $op:tt) => {
        tiered! {
            $(#[$doc])*
            pub(crate) fn $name(sides: Sides<'_, f64>, out: &mut [f64]) -> bool {
                let mut overflow = false;
                each_pair!(sides, out, overflow, |a, b| {
                    let r = a $op b;
                    (r, !r.is_finite() & a.is_finite() & b.is_finite())
                });
                overflow
            }
        }
    };
}
floats!(
    /// Writes the sums; true when finite sides gave no finite sum.
    add_f64, +
);
floats!(
    /// Writes the differences; true when finite sides gave no finite difference.
    subtract_f64, -
);
floats!(
    /// Writes the products; true when finite sides gave no finite product.
    multiply_f64, *
);
floats!(
    /// Writes the quotients; true when finite sides gave no finite quotient. Division of anything by
    /// zero must be looked for by the caller.
    divide_f64, /
);
