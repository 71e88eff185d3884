//! Encodings: a tree of nodes per block, each with a frozen id, and the rules to choose among them.
//!
//! | id | encoding | children | folder |
//! |---|---|---|---|
//! | 0 | RAW: fixed-width values as they are | | [`raw`] |
//! | 1 | CONSTANT: one value, no pages | | [`constant`] |
//! | 2 | BIT-PACKED frame of reference with exceptions | | [`bitpack`] |
//! | 3 | DELTA | bases, differences | [`delta`] |
//! | 4 | RUN-LENGTH | values, ends | [`rle`] |
//! | 5 | DICTIONARY | values, codes | [`dictionary`] |
//! | 6 | SPARSE | positions, values | [`sparse`] |
//! | 7 | LINEAR | residuals | [`linear`] |
//! | 8 | SCALE | integers | [`scale`] |
//! | 9 | ALP: decimals stored as FLOAT64 | integers, positions, bits | [`alp`] |
//! | 10 | ALP-RD: other FLOAT64 | codes, rests, positions, fronts | [`alp_rd`] |
//! | 11 | FSST: text as codes of frequent strings | counts of codes | [`fsst`] |
//! | 13 | BITMAP | | [`bitmap`] |
//! | 14 | NARROW decimal | integers | [`narrow`] |
//! | 15 | TEXTNUM: text that is numbers in a frame | numbers, exceptions | [`textnum`] |
//! | 18 | TEXT: variable-length values, pages plain, lz4 or zstd | lengths | [`text`] |
//! | 19 | PREFIX: text that begins as the value before it | shared bytes, rests | [`prefix`] |
//! | 20 | COMPRESSED: fixed-width values, pages plain, lz4 or zstd | | [`compressed`] |
//!
//! Ids 12, 16 and 17 are kept for encodings to come; a reader that meets one it does not
//! know says so and reads nothing. `docs/format.md` gives the bytes.
//!
//! Decoders validate what they can when they are opened, the rest while decoding; whatever the
//! bytes are, the answer is values or a [`Flaw`], never a panic.

pub(crate) mod alp;
pub(crate) mod alp_rd;
pub(crate) mod bitmap;
pub(crate) mod bitpack;
pub(crate) mod choose;
pub(crate) mod compressed;
pub(crate) mod constant;
pub(crate) mod delta;
pub(crate) mod dictionary;
pub(crate) mod fixed;
pub(crate) mod fsst;
mod kernel;
pub(crate) mod lane;
pub(crate) mod linear;
pub(crate) mod narrow;
mod node;
pub(crate) mod prefix;
pub(crate) mod raw;
pub(crate) mod rle;
pub(crate) mod scale;
pub(crate) mod select;
pub(crate) mod sparse;
pub(crate) mod text;
pub(crate) mod textnum;

#[cfg(test)]
pub(crate) mod conformance;

pub(crate) use fixed::FixedDecoder;
pub(crate) use kernel::Isa;
pub(crate) use lane::Lane;
pub(crate) use node::Node;

/// Values of one SIMD and skip unit.
pub const VECTOR_VALUES: usize = 1024;
/// Values of one page: the unit of checksums and zone maps.
pub const PAGE_VALUES: usize = 8192;
/// Most values of one block: one encoding tree, one header.
pub const BLOCK_VALUES: usize = 65_536;

/// Deepest encoding tree.
pub(crate) const DEPTH_MAX: usize = 6;
/// Most bytes of a block's text once decompressed.
pub(crate) const TEXT_RAW_BYTES_MAX: usize = 64 << 20;
/// Most bytes that one compressed byte may stand for.
pub(crate) const EXPANSION_MAX: usize = 1024;

/// Identifies an encoding in a file; frozen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Encoding {
    Raw = 0,
    Constant = 1,
    BitPacked = 2,
    Delta = 3,
    RunLength = 4,
    Dictionary = 5,
    Sparse = 6,
    Linear = 7,
    Scale = 8,
    Alp = 9,
    AlpRd = 10,
    Fsst = 11,
    Bitmap = 13,
    Narrow = 14,
    TextNum = 15,
    Text = 18,
    Prefix = 19,
    Compressed = 20,
}

impl Encoding {
    pub(crate) fn from_id(id: u8) -> Checked<Self> {
        Ok(match id {
            0 => Encoding::Raw,
            1 => Encoding::Constant,
            2 => Encoding::BitPacked,
            3 => Encoding::Delta,
            4 => Encoding::RunLength,
            5 => Encoding::Dictionary,
            6 => Encoding::Sparse,
            7 => Encoding::Linear,
            8 => Encoding::Scale,
            9 => Encoding::Alp,
            10 => Encoding::AlpRd,
            11 => Encoding::Fsst,
            13 => Encoding::Bitmap,
            14 => Encoding::Narrow,
            15 => Encoding::TextNum,
            18 => Encoding::Text,
            19 => Encoding::Prefix,
            20 => Encoding::Compressed,
            _ => return Err(Flaw::Unsupported(format!("encoding {id}"))),
        })
    }

    /// The name that `inspect` shows.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Encoding::Raw => "raw",
            Encoding::Constant => "constant",
            Encoding::BitPacked => "bit-packed",
            Encoding::Delta => "delta",
            Encoding::RunLength => "run-length",
            Encoding::Dictionary => "dictionary",
            Encoding::Sparse => "sparse",
            Encoding::Linear => "linear",
            Encoding::Scale => "scale",
            Encoding::Alp => "alp",
            Encoding::AlpRd => "alp-rd",
            Encoding::Fsst => "fsst",
            Encoding::Bitmap => "bitmap",
            Encoding::Narrow => "narrow",
            Encoding::TextNum => "textnum",
            Encoding::Text => "text",
            Encoding::Prefix => "prefix",
            Encoding::Compressed => "compressed",
        }
    }
}

/// What is wrong with bytes, before the file and the place are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Not what the format says.
    Damaged(String),
    /// From a newer or foreign version.
    Unsupported(String),
}

impl Flaw {
    pub(crate) fn damaged<T>(reason: impl Into<String>) -> Checked<T> {
        Err(Flaw::Damaged(reason.into()))
    }

    /// The error with its file and place.
    pub(crate) fn at(self, file: &str, place: impl Into<String>) -> crate::FormatError {
        match self {
            Flaw::Damaged(reason) => {
                crate::FormatError::Damaged { file: file.to_owned(), place: place.into(), reason }
            }
            Flaw::Unsupported(needs) => crate::FormatError::Unsupported { file: file.to_owned(), needs },
        }
    }
}

/// The result of reading bytes that may be anything.
pub(crate) type Checked<T> = std::result::Result<T, Flaw>;
