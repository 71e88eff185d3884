//! Operators, under the names that plans call them by.

mod arithmetic;
mod bitwise;
mod compare;
mod interval;
pub(super) mod like;
mod logic;
mod membership;

use super::Function;

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        arithmetic::functions(),
        bitwise::functions(),
        compare::functions(),
        like::functions(),
        logic::functions(),
        membership::functions(),
        interval::functions(),
    ];
    parts.into_iter().flatten().collect()
}

pub(super) use interval::{add_months, datetime_plus};
