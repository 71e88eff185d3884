//! What a tree costs: nanoseconds to fetch its bytes and nanoseconds to decode it.

use crate::encoding::text::Codec;
use crate::encoding::{Encoding, Node, PAGE_VALUES};

/// What a byte costs against a nanosecond of decoding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    /// Nanoseconds to bring a byte to the decoder.
    pub byte_ns: f64,
}

impl Default for Cost {
    /// The object store's.
    fn default() -> Self {
        Self::OBJECT_STORE
    }
}

/// Nanoseconds to open a node and its decoder, whatever it holds.
const NODE_NS: f64 = 60.0;

impl Cost {
    /// Files in memory or on a local disk: 10 GB/s.
    pub(crate) const HOT: Self = Self { byte_ns: 0.1 };
    /// Files behind a network: 1/8 GB/s, what each of 16 to 32 cores has of 16 to 32 Gbit/s.
    pub(crate) const OBJECT_STORE: Self = Self { byte_ns: 8.0 };
    /// Only bytes count.
    pub(crate) const COLD: Self = Self { byte_ns: 1e6 };

    /// Cost of `bytes` encoded bytes, and `decode_ns` more.
    pub(crate) fn of(&self, bytes: usize, decode_ns: f64) -> f64 {
        bytes as f64 * self.byte_ns + decode_ns
    }

    /// Cost of a tree as it stands.
    pub(crate) fn node(&self, node: &Node) -> f64 {
        self.of(node.byte_size(), tree_ns(node))
    }

    /// Cost of a page of text.
    pub(crate) fn text(&self, codec: Codec, raw_bytes: usize, packed_bytes: usize) -> f64 {
        self.of(packed_bytes, raw_bytes as f64 * codec_ns(codec))
    }
}

/// Nanoseconds to decode a tree.
pub(crate) fn tree_ns(node: &Node) -> f64 {
    let own = NODE_NS
        + match node.encoding {
            Encoding::Text => text_ns(node),
            Encoding::Compressed => compressed_ns(node),
            Encoding::Fsst => fsst_ns(node),
            Encoding::Prefix => prefix_ns(node),
            encoding => node.len as f64 * value_ns(encoding),
        };
    own + node.children.iter().map(tree_ns).sum::<f64>()
}

/// Nanoseconds to decode one value of an encoding, its children not counted: measured with
/// `examples/kernels.rs` over whole blocks (EPYC, AVX-512, one core).
pub(crate) fn value_ns(encoding: Encoding) -> f64 {
    match encoding {
        Encoding::Constant => 0.05,
        Encoding::Raw => 0.3,
        Encoding::BitPacked => 0.2,
        Encoding::RunLength => 0.2,
        Encoding::Dictionary => 0.5,
        Encoding::Bitmap => 0.02,
        Encoding::Narrow => 0.0,
        Encoding::Text | Encoding::Fsst => 2.0,
        Encoding::Prefix => 6.0,
        Encoding::TextNum => 25.0,
        Encoding::Delta => 0.25,
        Encoding::Sparse => 0.1,
        Encoding::Linear => 0.2,
        Encoding::Scale => 0.15,
        Encoding::Alp => 0.25,
        Encoding::AlpRd => 0.6,
        // Numbers that shrink at all are many short matches: several times what text takes.
        Encoding::Compressed => 3.0,
    }
}

/// Nanoseconds to decompress one raw byte: measured on TPC-H's comments. lz4 without unsafe code does no better
/// than zstd, so new files hardly have it.
pub(crate) fn codec_ns(codec: Codec) -> f64 {
    match codec {
        Codec::Plain => 0.05,
        Codec::Lz4 => 1.5,
        Codec::Zstd => 1.2,
    }
}

/// Nanoseconds to decode one raw byte of FSST.
pub(crate) const FSST_BYTE_NS: f64 = 0.3;

/// FSST: the raw bytes of all pages, and a view a value.
fn fsst_ns(node: &Node) -> f64 {
    let pages = node.parameters.get(1..).unwrap_or_default().chunks_exact(8).take(node.pages.len());
    let raw = |page: &[u8]| u32::from_le_bytes([page[4], page[5], page[6], page[7]]) as f64;
    pages.map(raw).sum::<f64>() * FSST_BYTE_NS + node.len as f64 * value_ns(Encoding::Fsst)
}

/// Front coding copies each raw byte once more.
fn prefix_ns(node: &Node) -> f64 {
    let raw = |page: &[u8]| u32::from_le_bytes([page[0], page[1], page[2], page[3]]) as f64;
    node.parameters.chunks_exact(4).map(raw).sum::<f64>() * codec_ns(Codec::Plain)
        + node.len as f64 * value_ns(Encoding::Prefix)
}

/// Text pages: the raw bytes by codec, and a view a value.
fn text_ns(node: &Node) -> f64 {
    let pages = node.parameters.chunks_exact(5).map(|page| {
        let raw = u32::from_le_bytes([page[1], page[2], page[3], page[4]]);
        raw as f64 * Codec::from_id(page[0]).map_or(0.0, codec_ns)
    });
    pages.sum::<f64>() + node.len as f64 * value_ns(Encoding::Text)
}

/// Compressed numbers: the raw bytes by codec, and what follows a value.
fn compressed_ns(node: &Node) -> f64 {
    let width = node.parameters.first().copied().unwrap_or(0) as usize;
    let codecs = &node.parameters[node.parameters.len().saturating_sub(node.pages.len())..];
    let pages = codecs.iter().enumerate().map(|(index, &codec)| {
        let values = PAGE_VALUES.min(node.len as usize - index * PAGE_VALUES);
        (values * width) as f64 * Codec::from_id(codec).map_or(0.0, codec_ns)
    });
    pages.sum::<f64>() + node.len as f64 * value_ns(Encoding::Compressed)
}
