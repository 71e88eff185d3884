//! Writing bits.

use bytes::Bytes;

use super::{ONES, PLAIN, RUNS, ZEROS};
use crate::Bitmap;
use crate::encoding::{Encoding, Node, PAGE_VALUES};

/// Returns the bits, or a constant when all are the same.
pub(crate) fn encode(bits: &Bitmap) -> Node {
    let ones = bits.count_ones();
    if ones == 0 || ones == bits.len() {
        let value = (ones > 0) as u8;
        return Node { parameters: vec![value].into(), ..Node::new(Encoding::Constant, bits.len()) };
    }
    let mut node = Node::new(Encoding::Bitmap, bits.len());
    for start in (0..bits.len()).step_by(PAGE_VALUES) {
        let page = bits.slice(start, PAGE_VALUES.min(bits.len() - start));
        node.pages.push(encode_page(&page));
    }
    node
}

fn encode_page(bits: &Bitmap) -> Bytes {
    let ones = bits.count_ones();
    if ones == 0 || ones == bits.len() {
        return Bytes::from(vec![if ones == 0 { ZEROS } else { ONES }]);
    }
    let plain_bytes = bits.len().div_ceil(8);
    let ends = run_ends(bits, plain_bytes / 4);
    if let Some(ends) = ends {
        let mut page = vec![RUNS, bits.get(0) as u8];
        ends.iter().for_each(|end| page.extend(end.to_le_bytes()));
        return Bytes::from(page);
    }
    let mut page = Vec::with_capacity(1 + plain_bytes);
    page.push(PLAIN);
    bits.iter_words().for_each(|word| page.extend(word.to_le_bytes()));
    page.truncate(1 + plain_bytes);
    Bytes::from(page)
}

/// Ends of the runs, when there are at most `limit`: half of what plain bits take.
fn run_ends(bits: &Bitmap, limit: usize) -> Option<Vec<u16>> {
    let mut ends = Vec::new();
    let mut carry = bits.get(0) as u64;
    for (index, word) in bits.iter_words().enumerate() {
        let mut edges = word ^ (word << 1 | carry);
        carry = word >> 63;
        while edges != 0 {
            let position = index * 64 + edges.trailing_zeros() as usize;
            edges &= edges - 1;
            if position >= bits.len() {
                break;
            }
            ends.push(position as u16);
            if ends.len() >= limit {
                return None;
            }
        }
    }
    ends.push(bits.len() as u16);
    (ends.len() <= limit).then_some(ends)
}
