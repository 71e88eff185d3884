//! One number: to an integer and back.

/// Highest exponent.
pub(super) const EXPONENT_MAX: u8 = 18;

/// Powers of ten, exact.
const POWERS: [f64; 19] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];
/// Their inverses, each the nearest f64.
const INVERSES: [f64; 19] = [
    1e0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
    1e-16, 1e-17, 1e-18,
];
/// Added and taken away again it rounds to the nearest integer: 2^52 + 2^51.
const ROUNDER: f64 = 6_755_399_441_055_744.0;
/// Integers are below this in magnitude, where the rounding is exact.
const INTEGER_MAX: f64 = (1u64 << 51) as f64;

/// The two exponents of a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exponents {
    /// Power that makes integers of most values.
    pub(crate) e: u8,
    /// Power of the zeros at their end.
    pub(crate) f: u8,
}

impl Exponents {
    /// All pairs, those of small integers first.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..=EXPONENT_MAX).flat_map(|e| (0..=e).rev().map(move |f| Self { e, f }))
    }

    /// The value of an integer.
    #[inline(always)]
    pub(crate) fn decode(self, integer: i64) -> f64 {
        to_f64(integer) * POWERS[self.f as usize] * INVERSES[self.e as usize]
    }

    /// The integer nearest to a value, and whether it gives its bits back.
    #[inline(always)]
    pub(super) fn encode(self, value: f64) -> (i64, bool) {
        let scaled = value * POWERS[self.e as usize] * INVERSES[self.f as usize];
        let rounded = scaled + ROUNDER - ROUNDER;
        // Out of range and NaN fail the comparison; the cast then only has to be defined.
        let inside = rounded.abs() < INTEGER_MAX;
        let integer = ((rounded + ROUNDER).to_bits() as i64).wrapping_sub(ROUNDER.to_bits() as i64);
        (integer, inside & (self.decode(integer).to_bits() == value.to_bits()))
    }

    /// The least integer of which the value is at least `bound`; values ascend with their integers. None when
    /// there is no such integer, or the bound is NaN.
    pub(crate) fn least_at_least(self, bound: f64) -> Option<i64> {
        if self.decode(i64::MAX) < bound || bound.is_nan() {
            return None;
        }
        let (mut low, mut high) = (i64::MIN, i64::MAX);
        while low < high {
            let middle = ((low as i128 + high as i128) >> 1) as i64;
            match self.decode(middle) >= bound {
                true => high = middle,
                false => low = middle + 1,
            }
        }
        Some(low)
    }
}

/// The nearest f64, as `as` gives it, in operations that every vector unit has: the halves are exact, and
/// their sum is rounded once.
#[inline(always)]
fn to_f64(integer: i64) -> f64 {
    const TWO_32: f64 = 4_294_967_296.0;
    const TWO_52_BITS: u64 = 0x4330_0000_0000_0000;
    let high = ((integer >> 32) as i32) as f64 * TWO_32;
    let low = f64::from_bits(integer as u64 & 0xffff_ffff | TWO_52_BITS) - 4_503_599_627_370_496.0;
    high + low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conversion_is_that_of_the_language() {
        for integer in
            [0, 1, -1, i64::MIN, i64::MAX, 1 << 53, (1 << 53) + 1, -(1 << 60) - 129, 0x7fff_ffff_ffff_fdff]
        {
            assert_eq!(to_f64(integer).to_bits(), (integer as f64).to_bits(), "{integer}");
        }
    }

    #[test]
    fn bounds_become_integers() {
        for exponents in Exponents::all() {
            for bound in
                [0.0, -0.0, 0.05, -12.345, 1e15, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE]
            {
                match exponents.least_at_least(bound) {
                    Some(least) => {
                        assert!(exponents.decode(least) >= bound, "{exponents:?} {bound}");
                        if let Some(below) = least.checked_sub(1) {
                            assert!(exponents.decode(below) < bound, "{exponents:?} {bound}");
                        }
                    }
                    None => assert!(exponents.decode(i64::MAX) < bound, "{exponents:?} {bound}"),
                }
            }
            assert_eq!(exponents.least_at_least(f64::NAN), None);
        }
    }
}
