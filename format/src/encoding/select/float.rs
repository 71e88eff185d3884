//! Comparisons of FLOAT64 with a constant.

use super::{Range, Sink, push_tests};
use crate::Comparison;
use crate::encoding::alp::{Alp, Exponents};
use crate::encoding::fixed::each_vector;
use crate::encoding::{Checked, FixedDecoder, VECTOR_VALUES};

/// A comparison of floats as SQL has it: NaN passes `!=` alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FloatTest {
    pub(crate) comparison: Comparison,
    pub(crate) constant: f64,
}

impl FloatTest {
    /// Whether the value of these bits passes.
    #[inline(always)]
    pub(crate) fn holds(&self, bits: u64) -> bool {
        let (value, constant) = (f64::from_bits(bits), self.constant);
        match self.comparison {
            Comparison::Equal => value == constant,
            Comparison::NotEqual => value != constant,
            Comparison::Less => value < constant,
            Comparison::LessOrEqual => value <= constant,
            Comparison::Greater => value > constant,
            Comparison::GreaterOrEqual => value >= constant,
        }
    }

    /// The integers of ALP of which the values pass: values ascend with their integers.
    fn integers(&self, exponents: Exponents) -> Range {
        if self.constant.is_nan() {
            return if self.comparison == Comparison::NotEqual { Range::ALL } else { Range::NONE };
        }
        // The first at or above the constant, and the first above it.
        let least = exponents.least_at_least(self.constant);
        let above = exponents.least_at_least(self.constant.next_up());
        let from = |low: Option<i64>| low.map_or(Range::NONE, |low| Range { low, ..Range::ALL });
        let below = |end: Option<i64>| match end {
            None => Range::ALL,
            Some(end) => end.checked_sub(1).map_or(Range::NONE, |high| Range { high, ..Range::ALL }),
        };
        let equal = || match least {
            Some(low) => Range { low, ..below(above) },
            None => Range::NONE,
        };
        match self.comparison {
            Comparison::Equal => equal(),
            Comparison::NotEqual => Range { negate: true, ..equal() },
            Comparison::Less => below(least),
            Comparison::LessOrEqual => below(above),
            Comparison::Greater => from(above),
            Comparison::GreaterOrEqual => from(least),
        }
    }
}

impl FixedDecoder<u64> {
    /// Appends a bit for each of `len` floats from `start`: whether it passes.
    pub(crate) fn select_floats(
        &self,
        start: usize,
        len: usize,
        test: &FloatTest,
        sink: &mut Sink,
    ) -> Checked<()> {
        self.expect_range(start, len)?;
        match self {
            FixedDecoder::Constant(node) => sink.push_run(test.holds(node.value()), len),
            FixedDecoder::RunLength(node) => {
                node.each_run(start, len, |value, count| sink.push_run(test.holds(value), count))?;
            }
            FixedDecoder::Sparse(node) => {
                let first = sink.len();
                sink.push_run(test.holds(node.common()), len);
                for (at, value) in node.exceptions().range(start, len)? {
                    sink.set(first + at, test.holds(value));
                }
            }
            FixedDecoder::Alp(node) => select_alp(node, start, len, test, sink)?,
            _ => each_vector(self, start, len, |_, values| {
                let test = *test;
                push_tests(
                    values,
                    sink,
                    #[inline(always)]
                    move |bits| test.holds(bits),
                );
                Ok(())
            })?,
        }
        Ok(())
    }
}

fn select_alp(node: &Alp<u64>, start: usize, len: usize, test: &FloatTest, sink: &mut Sink) -> Checked<()> {
    let first = sink.len();
    let mut known: Option<(Exponents, Range)> = None;
    let mut done = 0;
    while done < len {
        let at = start + done;
        let count = (VECTOR_VALUES - at % VECTOR_VALUES).min(len - done);
        let exponents = node.exponents(at);
        let range = match known {
            Some((same, range)) if same == exponents => range,
            _ => test.integers(exponents),
        };
        known = Some((exponents, range));
        node.integers().select(at, count, &range, sink)?;
        done += count;
    }
    for (at, bits) in node.exceptions().range(start, len)? {
        sink.set(first + at, test.holds(bits));
    }
    Ok(())
}
