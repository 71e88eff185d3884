//! Functions of STRING and BYTES. Positions and lengths of strings count code points.

mod basic;
mod contains;
mod encode;
pub(super) mod format;
mod measure;
mod normalize;
mod pad;
mod regexp;
mod search;
mod substring;
mod trim;

use super::Function;

pub(super) use encode::{from_base32, from_base64, to_base32, to_base64};

/// Largest value that REPEAT, LPAD and RPAD make.
const OUTPUT_MAX: usize = 1 << 20;

const TEXT: &[&str] = &["STRING -> STRING", "BYTES -> BYTES"];
const TEXT_TEST: &[&str] = &["STRING, STRING -> BOOL", "BYTES, BYTES -> BOOL"];
const TEXT_LENGTH: &[&str] = &["STRING -> INT64", "BYTES -> INT64"];

pub(super) fn functions() -> Vec<Function> {
    let parts = [
        basic::functions(),
        contains::functions(),
        encode::functions(),
        format::functions(),
        measure::functions(),
        normalize::functions(),
        pad::functions(),
        regexp::functions(),
        search::functions(),
        substring::functions(),
        trim::functions(),
    ];
    parts.into_iter().flatten().collect()
}

/// The byte position of the `index`-th character; the end for one past the last.
fn offset_of(text: &str, index: usize) -> Option<usize> {
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(index)
}

/// Number of characters.
fn count(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}
