//! Every encoding that takes part, in the order that decides among equals.

use super::{Scheme, Statistics, TextStatistics};
use crate::StringVector;
use crate::encoding::{
    Lane, alp, alp_rd, bitpack, compressed, constant, delta, dictionary, linear, raw, rle, scale, sparse,
    text,
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
pub(super) const TEXT: &[&dyn Scheme<StringVector, TextStatistics>] =
    &[&constant::ConstantScheme, &dictionary::DictionaryScheme, &text::TextScheme];
