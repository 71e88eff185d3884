//! Dates, times, timestamps and intervals.
//!
//! Plans spell date parts as STRING literals (`date_trunc(d, 'WEEK(MONDAY)')`); EXTRACT has one function a
//! part (`$extract_year`).

pub(crate) mod arithmetic;
pub(crate) mod cast_format;
pub mod civil;
mod construct;
mod diff;
mod elements;
mod extract;
mod format;
pub mod interval;
mod interval_functions;
mod parse;
pub mod part;
mod trunc;
mod unix;
pub mod zone;

use super::Function;

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        arithmetic::functions(),
        construct::functions(),
        diff::functions(),
        extract::functions(),
        format::functions(),
        parse::functions(),
        interval_functions::functions(),
        trunc::functions(),
        unix::functions(),
    ];
    parts.into_iter().flatten().collect()
}
