//! A comparison with a constant, as what lies in a range or outside of it.

use crate::Comparison;

/// The numbers from `low` to `high`, both included, or all others; none lie in a range of which the low end is
/// above the high one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) low: i64,
    pub(crate) high: i64,
    /// Whether the numbers outside are meant.
    pub(crate) negate: bool,
}

impl Range {
    /// No number.
    pub(crate) const NONE: Self = Self { low: i64::MAX, high: i64::MIN, negate: false };
    /// Every number.
    pub(crate) const ALL: Self = Self { low: i64::MIN, high: i64::MAX, negate: false };

    /// The numbers that compare so with the constant.
    pub(crate) fn of(comparison: Comparison, constant: i64) -> Self {
        let range = |low, high| Self { low, high, negate: false };
        let below = |high: Option<i64>| high.map_or(Self::NONE, |high| range(i64::MIN, high));
        let above = |low: Option<i64>| low.map_or(Self::NONE, |low| range(low, i64::MAX));
        match comparison {
            Comparison::Equal => range(constant, constant),
            Comparison::NotEqual => Self { negate: true, ..range(constant, constant) },
            Comparison::Less => below(constant.checked_sub(1)),
            Comparison::LessOrEqual => below(Some(constant)),
            Comparison::Greater => above(constant.checked_add(1)),
            Comparison::GreaterOrEqual => above(Some(constant)),
        }
    }

    /// Whether a number is meant.
    #[inline(always)]
    pub(crate) fn holds(&self, value: i64) -> bool {
        ((self.low <= value) & (value <= self.high)) ^ self.negate
    }
}
