//! Functions of numbers.

mod compare;
mod distance;
mod floats;
mod integers;
mod random;
mod rounding;

use super::Function;

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        compare::functions(),
        distance::functions(),
        floats::functions(),
        integers::functions(),
        random::functions(),
        rounding::functions(),
    ];
    parts.into_iter().flatten().collect()
}
