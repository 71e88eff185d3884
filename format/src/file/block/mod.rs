//! A block: up to 65,536 slots of one stream under one encoding tree.
//!
//! ```text
//! block  := header | pages
//! header := slots:u32 | present:u32 | flags:u8 | planes:u8 | zone bytes:u32 | zones
//!           | plane nodes | payload node (when flag 1 is set)
//! zones  := per page of 8,192 slots: nulls:u32 | min | max        (nothing when there is one page)
//! flags  := 1 a payload is there; 2 compacted: the payload holds the present slots only
//! ```

mod decode;
mod encode;
mod explain;
mod payload;

pub(crate) use decode::{Block, Zone};
pub(crate) use encode::{EncodedBlock, StreamMemory, encode};
pub(crate) use explain::explain;
pub(crate) use payload::{Payload, Piece};

const HAS_PAYLOAD: u8 = 1;
const COMPACTED: u8 = 2;
/// Bytes of a header before its zones.
const HEADER_BYTES: usize = 14;
