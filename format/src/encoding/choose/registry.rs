//! Every encoding that takes part, in the order that decides among equals.

use super::{Scheme, Statistics, TextStatistics};
use crate::StringVector;
use crate::encoding::{
    Lane, alp, alp_rd, bitpack, compressed, constant, delta, dictionary, fsst, linear, prefix, raw, rle,
    scale, sparse, text, textnum,
};

/// Candidates for fixed-width values.
pub(super) fn fixed<L: Lane>() -> &'static [&'static dyn Scheme<[L], Statistics<L>>] {
    &[
        &constant::ConstantScheme,
        &raw::RawScheme,
        &bitpack::BitPackedScheme,
        &rle::RunLengthScheme,
        &sparse::SparseScheme,
        &scale::ScaleScheme,
        &linear::LinearScheme,
        &delta::DeltaScheme,
        &dictionary::DictionaryScheme,
        &alp::AlpScheme,
        &alp_rd::AlpRdScheme,
        &compressed::CompressedScheme,
    ]
}

/// Candidates for text.
pub(super) const TEXT: &[&dyn Scheme<StringVector, TextStatistics>] = &[
    &constant::ConstantScheme,
    &dictionary::DictionaryScheme,
    &textnum::TextNumScheme,
    &fsst::FsstScheme,
    &prefix::PrefixScheme,
    &text::TextScheme,
];

/// Candidates for text that is a part of an encoding already: the ends of values, or a dictionary's entries.
pub(super) const PLAIN_TEXT: &[&dyn Scheme<StringVector, TextStatistics>] =
    &[&fsst::FsstScheme, &text::TextScheme];

/// Candidates for the entries of a dictionary, which are distinct and in order.
pub(super) const ENTRIES: &[&dyn Scheme<StringVector, TextStatistics>] =
    &[&textnum::TextNumScheme, &fsst::FsstScheme, &prefix::PrefixScheme, &text::TextScheme];
