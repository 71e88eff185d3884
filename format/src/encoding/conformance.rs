//! The laws that every encoding obeys, in one suite that each encoding's tests call.
//!
//! - decode(encode(x)) == x, whole and for every range asked;
//! - the tree survives its bytes: header and pages written and read back give the same node;
//! - encoding what was decoded gives the same bytes;
//! - a truncated header, a missing page and any changed header byte give an error or values, never a panic.

use bytes::Bytes;

use super::{Checked, FixedDecoder, Lane, Node};
use crate::cursor::Cursor;
use crate::{BufferMut, StringVector};

/// Lengths around the units of the format.
pub(crate) const LENGTHS: [usize; 9] = [1, 2, 1_023, 1_024, 1_025, 8_191, 8_193, 20_000, 65_536];

/// The values of slots that the caller had initialised before a kernel wrote them.
pub(crate) fn written<T: Copy>(slots: &[std::mem::MaybeUninit<T>]) -> Vec<T> {
    super::kernel::written(slots)
}

/// Writes and reads a tree.
pub(crate) fn through_bytes(node: &Node) -> Node {
    let (mut header, mut pages) = (Vec::new(), Vec::new());
    node.write_header(&mut header);
    node.write_pages(&mut pages);
    let (mut cursor, mut payload) = (Cursor::new(&header), Bytes::from(pages));
    let back = Node::read(&mut cursor, &mut payload).unwrap();
    assert!(cursor.finish().is_ok() && payload.is_empty(), "all bytes are used");
    assert_eq!(&back, node, "the tree survives its bytes");
    back
}

/// Ranges of `len` values: whole, single, across vectors and pages, unaligned.
fn ranges(len: usize) -> Vec<(usize, usize)> {
    let mut ranges = vec![(0, len), (len - 1, 1), (len / 2, len - len / 2), (0, 0), (len, 0)];
    for start in [1usize, 1_000, 1_024, 2_048, 8_190, 8_192] {
        for count in [1, 5, 1_024, 2_048, 9_000] {
            if start + count <= len {
                ranges.push((start, count));
            }
        }
    }
    ranges
}

/// The laws for fixed-width values.
pub(crate) fn check_fixed<L: Lane>(values: &[L], encode: impl Fn(&[L]) -> Node) {
    let node = encode(values);
    let decoder = FixedDecoder::<L>::open(through_bytes(&node)).unwrap();
    assert_eq!(decoder.len(), values.len());
    for (start, count) in ranges(values.len()) {
        let decoded: BufferMut<L> = decoder.buffer(start, count).unwrap();
        assert!(decoded[..] == values[start..start + count], "values {start}+{count} of {}", values.len());
    }
    assert!(decoder.buffer::<L>(1, values.len()).is_err(), "past the end");
    assert!(decoder.buffer::<L>(usize::MAX, 1).is_err(), "past the end of numbers");
    let decoded: BufferMut<L> = decoder.buffer(0, values.len()).unwrap();
    assert_eq!(encode(&decoded), node, "encoding what was decoded gives the same tree");
    if values.len() <= 1_025 {
        check_hostile(&node, |node| {
            let decoder = FixedDecoder::<L>::open(node)?;
            decoder.buffer::<L>(0, decoder.len()).map(drop)
        });
    }
}

/// The laws for text.
pub(crate) fn check_text(
    values: &StringVector,
    encode: impl Fn(&StringVector) -> Node,
    decode: impl Fn(Node, usize, usize) -> Checked<StringVector>,
) {
    let node = encode(values);
    through_bytes(&node);
    for (start, count) in ranges(values.len()) {
        let decoded = decode(node.clone(), start, count).unwrap();
        assert!((0..count).all(|i| decoded.bytes(i) == values.bytes(start + i)), "values {start}+{count}");
    }
    let decoded = decode(node.clone(), 0, values.len()).unwrap();
    assert_eq!(encode(&decoded), node, "encoding what was decoded gives the same tree");
    if values.len() <= 1_025 {
        check_hostile(&node, |node| decode(node.clone(), 0, node.len as usize).map(drop));
    }
}

/// Changes every byte of the header and some of the pages, and shortens both: errors or values, never a
/// panic.
pub(crate) fn check_hostile(node: &Node, decode: impl Fn(Node) -> Checked<()>) {
    let (mut header, mut pages) = (Vec::new(), Vec::new());
    node.write_header(&mut header);
    node.write_pages(&mut pages);
    let attempt = |header: &[u8], pages: &[u8]| {
        let mut payload = Bytes::copy_from_slice(pages);
        Node::read(&mut Cursor::new(header), &mut payload).and_then(&decode)
    };
    assert_eq!(attempt(&header, &pages), Ok(()));
    for len in 0..header.len() {
        assert!(attempt(&header[..len], &pages).is_err(), "header cut to {len} bytes");
    }
    if !pages.is_empty() {
        assert!(attempt(&header, &pages[..pages.len() - 1]).is_err(), "a page is short");
    }
    for at in 0..header.len().min(400) {
        for flip in [1u8, 0x80, 0xff] {
            let mut bad = header.clone();
            bad[at] ^= flip;
            let _ = attempt(&bad, &pages);
        }
    }
    // Changed pages with right checksums: a hostile writer's, not a bad disk's.
    for at in (0..pages.len()).step_by(1 + pages.len() / 200) {
        let mut bad = node.clone();
        change_page(&mut bad, at);
        let _ = decode(bad);
    }
}

/// Changes byte `at` of all pages in order; returns how far beyond them it lies.
fn change_page(node: &mut Node, mut at: usize) -> Option<usize> {
    for page in &mut node.pages {
        if at < page.len() {
            let mut bytes = page.to_vec();
            bytes[at] = !bytes[at];
            *page = bytes.into();
            return None;
        }
        at -= page.len();
    }
    for child in &mut node.children {
        at = change_page(child, at)?;
    }
    Some(at)
}
