//! NUMERIC arithmetic at effective scales: 64-bit columns stay 64-bit while their widths allow it.
//!
//! A column carries `value / 10^scale` with scale <= 9. Addition aligns scales; multiplication adds
//! them, exact while the sum is at most 9 and rounded half away from zero beyond; division gives scale
//! 9. TPC-H's `price * (1 - discount) * (1 + tax)` is scale 2 + 2 + 2 = 6 and never leaves 64 bits.

use canopy_format::vector::pow10;
use canopy_format::{Buffer, BufferMut, I256, Values};

use super::Tier;
use super::arithmetic::{self, Sides};
use crate::function::call::{Column, Decimals};

/// True when a value at the scale is within NUMERIC's range.
pub(crate) fn in_range(value: i128, scale: u8) -> bool {
    value.unsigned_abs() < 10u128.pow(29 + scale as u32)
}

/// A binary operation's outcome: all rows at once, or some row needs a closer look.
pub(crate) enum Outcome {
    /// The values of every row.
    Done(Values),
    /// A row overflowed (perhaps one under a NULL): run row by row.
    Overflow,
}

/// The 64-bit values at `scale`, if their widths allow it; borrowed when there is nothing to do.
enum Aligned<'a> {
    One(i64),
    Borrowed(&'a [i64]),
    Owned(BufferMut<i64>),
}

impl Aligned<'_> {
    fn column(&self) -> Column<'_, i64> {
        match self {
            Aligned::One(value) => Column::One(*value),
            Aligned::Borrowed(values) => Column::Many(values),
            Aligned::Owned(values) => Column::Many(values),
        }
    }
}

fn align<'a>(tier: Tier, decimals: &Decimals<'a>, scale: u8, bits_max: u32) -> Option<Aligned<'a>> {
    let factor = pow10(scale - decimals.scale()) as i64;
    let factor_bits = if factor == 1 { 0 } else { arithmetic::width_of(factor) };
    match decimals.narrow()? {
        Column::One(value) => {
            let value = value.checked_mul(factor)?;
            (arithmetic::width_of(value) <= bits_max).then_some(Aligned::One(value))
        }
        Column::Many(values) => {
            if arithmetic::width(tier, values) + factor_bits > bits_max {
                return None;
            }
            if factor == 1 {
                return Some(Aligned::Borrowed(values));
            }
            let mut out = BufferMut::filled(0, values.len());
            arithmetic::scale_i64(tier, values, factor, &mut out);
            Some(Aligned::Owned(out))
        }
    }
}

/// Both sides as 64-bit columns at their common scale, if they fit.
pub(crate) fn with_aligned<R>(
    tier: Tier,
    left: &Decimals<'_>,
    right: &Decimals<'_>,
    run: impl FnOnce(Sides<'_, i64>, u8) -> R,
) -> Option<R> {
    let scale = left.scale().max(right.scale());
    let left = align(tier, left, scale, 62)?;
    let right = align(tier, right, scale, 62)?;
    let sides = match (left.column(), right.column()) {
        (Column::Many(a), Column::Many(b)) => Sides::Columns(a, b),
        (Column::Many(a), Column::One(b)) => Sides::RightConstant(a, b),
        (Column::One(a), Column::Many(b)) => Sides::LeftConstant(a, b),
        // Constants are folded before any kernel runs on several rows; one row is no fast path.
        (Column::One(_), Column::One(_)) => return None,
    };
    Some(run(sides, scale))
}

/// Sums, or differences when `negate`; rows of `rows`.
pub(crate) fn add(
    tier: Tier,
    left: &Decimals<'_>,
    right: &Decimals<'_>,
    negate: bool,
    rows: usize,
) -> Outcome {
    let narrow = with_aligned(tier, left, right, |sides, scale| {
        let mut out = BufferMut::filled(0i64, sides.len());
        // Both sides have at most 62 bits: their sum cannot overflow.
        match negate {
            true => arithmetic::subtract_i64(tier, sides, &mut out),
            false => arithmetic::add_i64(tier, sides, &mut out),
        };
        Values::Decimal64 { values: out.freeze(), scale }
    });
    if let Some(values) = narrow {
        return Outcome::Done(values);
    }
    let scale = left.scale().max(right.scale());
    let (lift_left, lift_right) = (pow10(scale - left.scale()), pow10(scale - right.scale()));
    let mut out = BufferMut::with_capacity(rows);
    for row in 0..rows {
        let (a, b) = (left.unscaled(row) * lift_left, right.unscaled(row) * lift_right);
        let sum = if negate { a.checked_sub(b) } else { a.checked_add(b) };
        match sum.filter(|sum| in_range(*sum, scale)) {
            Some(sum) => out.push(sum),
            None => return Outcome::Overflow,
        }
    }
    Outcome::Done(Values::Decimal128 { values: out.freeze(), scale })
}

/// Products of `rows` rows.
pub(crate) fn multiply(tier: Tier, left: &Decimals<'_>, right: &Decimals<'_>, rows: usize) -> Outcome {
    let scale = left.scale() + right.scale();
    if scale <= 9 {
        let sides = match (left.narrow(), right.narrow()) {
            (Some(Column::Many(a)), Some(Column::Many(b))) => Some(Sides::Columns(a, b)),
            (Some(Column::Many(a)), Some(Column::One(b))) => Some(Sides::RightConstant(a, b)),
            (Some(Column::One(a)), Some(Column::Many(b))) => Some(Sides::LeftConstant(a, b)),
            _ => None,
        };
        if let Some(sides) = sides {
            let mut out = BufferMut::filled(0i64, rows);
            if !arithmetic::multiply_i64(tier, sides, &mut out) {
                return Outcome::Done(Values::Decimal64 { values: out.freeze(), scale });
            }
        }
    }
    let mut out = BufferMut::with_capacity(rows);
    for row in 0..rows {
        match multiply_one(left.unscaled(row), right.unscaled(row), scale) {
            Some(product) => out.push(product),
            None => return Outcome::Overflow,
        }
    }
    Outcome::Done(narrowest(&out, scale.min(9)))
}

/// The product of integers whose scales add up to `scale`, at scale `min(scale, 9)`.
fn multiply_one(a: i128, b: i128, scale: u8) -> Option<i128> {
    let product = match a.checked_mul(b) {
        Some(product) if scale <= 9 => product,
        Some(product) => divide_half_away(product, pow10(scale - 9)),
        None => {
            let exact = I256::from(a) * I256::from(b);
            let rounded =
                if scale <= 9 { exact } else { divide_half_away_256(exact, I256::from(pow10(scale - 9))) };
            i128::try_from(rounded).ok()?
        }
    };
    in_range(product, scale.min(9)).then_some(product)
}

/// The product of two NUMERICs scaled by 10^9; None outside NUMERIC's range.
pub(crate) fn multiply_numeric(a: i128, b: i128) -> Option<i128> {
    multiply_one(a, b, 18)
}

/// The quotient of two NUMERICs scaled by 10^9, rounded half away from zero at the ninth digit. None
/// outside NUMERIC's range; the divisor is not 0.
pub(crate) fn divide_numeric(a: i128, b: i128) -> Option<i128> {
    let quotient = match a.checked_mul(1_000_000_000) {
        Some(scaled) => divide_half_away(scaled, b),
        None => {
            let scaled = I256::from(a) * I256::from(1_000_000_000i128);
            i128::try_from(divide_half_away_256(scaled, I256::from(b))).ok()?
        }
    };
    in_range(quotient, 9).then_some(quotient)
}

/// `a / b` rounded half away from zero.
pub(crate) fn divide_half_away(a: i128, b: i128) -> i128 {
    let (quotient, remainder) = (a / b, a % b);
    let away = if (a < 0) == (b < 0) { 1 } else { -1 };
    // Compared without doubling, which could overflow.
    if remainder.unsigned_abs() >= b.unsigned_abs() - remainder.unsigned_abs() {
        quotient + away
    } else {
        quotient
    }
}

/// As [`divide_half_away`] in 256 bits.
pub(crate) fn divide_half_away_256(a: I256, b: I256) -> I256 {
    let (quotient, remainder) = (a / b, a % b);
    let away = if (a < I256::ZERO) == (b < I256::ZERO) { I256::ONE } else { I256::MINUS_ONE };
    if remainder.unsigned_abs() >= b.unsigned_abs() - remainder.unsigned_abs() {
        quotient + away
    } else {
        quotient
    }
}

/// Values in 64 bits where all fit, else in 128.
pub(crate) fn narrowest(values: &[i128], scale: u8) -> Values {
    let fits = values.iter().all(|&value| value == value as i64 as i128);
    match fits {
        true => Values::Decimal64 { values: values.iter().map(|&value| value as i64).collect(), scale },
        false => Values::Decimal128 { values: Buffer::from(values), scale },
    }
}

/// BIGNUMERIC arithmetic: correct rather than fast.
pub(crate) mod big {
    use canopy_format::I256;
    use ethnum::U256;

    use super::divide_half_away_256;

    fn unit() -> I256 {
        I256::from(10i128.pow(38))
    }

    /// The product of values scaled by 10^38, rounded half away from zero; None outside the range.
    pub fn multiply(a: I256, b: I256) -> Option<I256> {
        if let Some(product) = a.checked_mul(b) {
            return Some(divide_half_away_256(product, unit()));
        }
        // |a * b| / 10^38 by splitting both sides into whole and rest at 10^38: every
        // partial product then fits, or the result does not.
        let negative = (a < I256::ZERO) != (b < I256::ZERO);
        let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
        let e38 = unit().unsigned_abs();
        let (x_whole, x_rest) = (x / e38, x % e38);
        let (y_whole, y_rest) = (y / e38, y % e38);
        let whole = x_whole.checked_mul(y)?;
        let cross = x_rest.checked_mul(y_whole)?;
        // x_rest * y_rest < 10^76 fits 256 bits.
        let low = x_rest * y_rest;
        let (quotient, remainder) = (low / e38, low % e38);
        let rounded = quotient + U256::from((remainder >= e38 / 2) as u8);
        sign(whole.checked_add(cross)?.checked_add(rounded)?, negative)
    }

    /// The quotient of values scaled by 10^38, rounded half away from zero; None outside the range. The
    /// divisor is not 0.
    pub fn divide(a: I256, b: I256) -> Option<I256> {
        let negative = (a < I256::ZERO) != (b < I256::ZERO);
        let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
        let mut quotient = x / y;
        let mut rest = x % y;
        // Long division, digit by digit: 38 more digits, then the one that decides the rounding.
        let ten = U256::from(10u8);
        for _ in 0..38 {
            let (digit, next) = step(rest, y);
            quotient = quotient.checked_mul(ten)?.checked_add(digit)?;
            rest = next;
        }
        if rest >= y - rest {
            quotient = quotient.checked_add(U256::ONE)?;
        }
        sign(quotient, negative)
    }

    /// `10 * rest / y` and what is left, where `rest < y` and `10 * rest` may not fit.
    fn step(rest: U256, y: U256) -> (U256, U256) {
        if let Some(scaled) = rest.checked_mul(U256::from(10u8)) {
            return (scaled / y, scaled % y);
        }
        let (mut digit, mut left) = (U256::ZERO, U256::ZERO);
        for _ in 0..10 {
            // left + rest >= y without the sum, which could overflow.
            if left >= y - rest {
                left -= y - rest;
                digit += U256::ONE;
            } else {
                left += rest;
            }
        }
        (digit, left)
    }

    fn sign(magnitude: U256, negative: bool) -> Option<I256> {
        match negative {
            false => I256::try_from(magnitude).ok(),
            true if magnitude == I256::MIN.unsigned_abs() => Some(I256::MIN),
            true => I256::try_from(magnitude).ok()?.checked_neg(),
        }
    }
}
