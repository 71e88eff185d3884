//! The definition of column comparison.

use super::{Operator, Right};

/// Sets bit `i` of `out` to whether `left[i] operator right[i]`.
pub(super) fn compare<T: PartialOrd + Copy>(
    operator: Operator,
    left: &[T],
    right: Right<'_, T>,
    out: &mut [u64],
) {
    match operator {
        Operator::Equal => run(left, right, out, |a, b| a == b),
        Operator::NotEqual => run(left, right, out, |a, b| a != b),
        Operator::Less => run(left, right, out, |a, b| a < b),
        Operator::LessOrEqual => run(left, right, out, |a, b| a <= b),
        Operator::Greater => run(left, right, out, |a, b| a > b),
        Operator::GreaterOrEqual => run(left, right, out, |a, b| a >= b),
    }
}

fn run<T: Copy>(left: &[T], right: Right<'_, T>, out: &mut [u64], test: impl Fn(T, T) -> bool) {
    for (index, (chunk, word)) in left.chunks(64).zip(out).enumerate() {
        *word = match right {
            Right::Constant(b) => {
                chunk.iter().enumerate().fold(0, |acc, (bit, &a)| acc | (test(a, b) as u64) << bit)
            }
            Right::Column(right) => {
                let pairs = chunk.iter().zip(&right[index * 64..]);
                pairs.enumerate().fold(0, |acc, (bit, (&a, &b))| acc | (test(a, b) as u64) << bit)
            }
        };
    }
}
