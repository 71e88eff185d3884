//! Dates, times, timestamps and intervals.
//!
//! Plans spell date parts as STRING literals (`date_trunc(d, 'WEEK(MONDAY)')`); EXTRACT has one function a
//! part (`$extract_year`).

pub(crate) mod arithmetic;
mod bucket;
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

pub(in crate::function) use self::elements::{MONTHS, WEEKDAYS};
pub(in crate::function) use self::trunc::zone_of;
use super::Function;

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        arithmetic::functions(),
        bucket::functions(),
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
