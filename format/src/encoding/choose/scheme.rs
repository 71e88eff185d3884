//! How an encoding takes part in the choice.

use super::{Context, cost};
use crate::encoding::{Encoding, Node};

/// An encoding as a candidate for values `V` (a slice of lanes, or text) of which `S` is known.
///
/// To add an encoding: implement this in `encoding/<name>/encode.rs` for a unit struct, and name it in
/// `choose/registry.rs`.
pub(crate) trait Scheme<V: ?Sized, S>: Sync {
    /// The encoding at the root of the trees it makes.
    fn encoding(&self) -> Encoding;

    /// What the tree would take, exactly where the statistics tell, else from a sample; None where the encoding
    /// does not apply or surely loses. An estimate that is too low costs time, one that is too high costs the
    /// win.
    fn estimate(&self, values: &V, statistics: &S, context: &Context<'_>) -> Option<Estimate>;

    /// The tree, its children chosen through `context`; None when trying shows that it does not apply.
    /// The same values, cost and hint give the same tree.
    fn encode(&self, values: &V, statistics: &S, context: &Context<'_>) -> Option<Node>;
}

/// What a tree would take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// Bytes of headers, parameters and pages.
    pub bytes: usize,
    /// Nanoseconds to decode all values.
    pub decode_ns: f64,
    /// Whether it is a tree of several nodes: such must be better by [`super::search::MARGIN`].
    pub composite: bool,
}

impl Estimate {
    /// One node of `len` values in `bytes` bytes.
    pub(crate) fn leaf(encoding: Encoding, len: usize, bytes: usize) -> Self {
        Self { bytes, decode_ns: len as f64 * cost::value_ns(encoding), composite: false }
    }

    /// A node over children; `child_ns` is what they take to decode.
    pub(crate) fn tree(encoding: Encoding, len: usize, bytes: usize, child_ns: f64) -> Self {
        let decode_ns = len as f64 * cost::value_ns(encoding) + child_ns;
        Self { bytes, decode_ns, composite: true }
    }
}
