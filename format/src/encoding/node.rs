//! The encoding tree as it stands in a block: headers in pre-order, then pages in the same order.

use bytes::Bytes;

use super::{BLOCK_VALUES, Checked, DEPTH_MAX, Encoding, Flaw};
use crate::cursor::{Cursor, checksum};

/// One encoding with its parameters, children and pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The encoding.
    pub encoding: Encoding,
    /// Number of values it decodes to.
    pub len: u32,
    /// What the encoding needs at hand, in its own layout.
    pub parameters: Bytes,
    /// Child nodes, their meaning fixed by the encoding.
    pub children: Vec<Node>,
    /// Encoded bytes; each page has its own CRC-32.
    pub pages: Vec<Bytes>,
}

impl Node {
    /// A node without parameters, children or pages.
    pub(crate) fn new(encoding: Encoding, len: usize) -> Self {
        Self { encoding, len: len as u32, parameters: Bytes::new(), children: Vec::new(), pages: Vec::new() }
    }

    /// Bytes of header and pages, children included.
    pub(crate) fn byte_size(&self) -> usize {
        let own = 12 + self.parameters.len() + self.pages.iter().map(|p| p.len() + 8).sum::<usize>();
        own + self.children.iter().map(Node::byte_size).sum::<usize>()
    }

    /// Appends the headers of this node and its children.
    ///
    /// ```text
    /// encoding:u8 | children:u8 | pages:u16 | values:u32 | parameter bytes:u32 | parameters
    /// | (page bytes:u32 | page crc:u32)* | child headers
    /// ```
    pub(crate) fn write_header(&self, out: &mut Vec<u8>) {
        out.push(self.encoding as u8);
        out.push(self.children.len() as u8);
        out.extend((self.pages.len() as u16).to_le_bytes());
        out.extend(self.len.to_le_bytes());
        out.extend((self.parameters.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.parameters);
        for page in &self.pages {
            out.extend((page.len() as u32).to_le_bytes());
            out.extend(checksum(page).to_le_bytes());
        }
        self.children.iter().for_each(|child| child.write_header(out));
    }

    /// Appends the pages of this node, then those of its children.
    pub(crate) fn write_pages(&self, out: &mut Vec<u8>) {
        self.pages.iter().for_each(|page| out.extend_from_slice(page));
        self.children.iter().for_each(|child| child.write_pages(out));
    }

    /// Reads a tree from its header and takes its pages from the front of `payload`, each checked by its
    /// CRC-32.
    pub(crate) fn read(header: &mut Cursor<'_>, payload: &mut Bytes) -> Checked<Node> {
        Self::read_at(header, payload, 0)
    }

    fn read_at(header: &mut Cursor<'_>, payload: &mut Bytes, depth: usize) -> Checked<Node> {
        if depth >= DEPTH_MAX {
            return Flaw::damaged(format!("encoding tree deeper than {DEPTH_MAX}"));
        }
        let encoding = Encoding::from_id(header.u8()?)?;
        let child_count = header.u8()? as usize;
        let page_count = header.u16()? as usize;
        let len = header.u32()?;
        if len as usize > BLOCK_VALUES {
            return Flaw::damaged(format!("{} of {len} values, over {BLOCK_VALUES}", encoding.name()));
        }
        let parameter_bytes = header.u32()? as usize;
        let parameters = Bytes::copy_from_slice(header.take(parameter_bytes)?);
        // Each page takes 8 bytes of the header, each child 12: a count that cannot be is refused before
        // allocation.
        header.expect(page_count * 8 + child_count * 12)?;
        let mut pages = Vec::with_capacity(page_count);
        for index in 0..page_count {
            let (bytes, crc) = (header.u32()? as usize, header.u32()?);
            if bytes > payload.len() {
                return Flaw::damaged(format!(
                    "{} page {index} of {bytes} bytes, {} are left",
                    encoding.name(),
                    payload.len()
                ));
            }
            let page = payload.split_to(bytes);
            let found = checksum(&page);
            if !crate::cursor::IGNORE_CHECKSUMS && found != crc {
                return Flaw::damaged(format!(
                    "{} page {index}: expected checksum {crc:08x}, found {found:08x}",
                    encoding.name()
                ));
            }
            pages.push(page);
        }
        let mut children = Vec::with_capacity(child_count);
        for _ in 0..child_count {
            children.push(Self::read_at(header, payload, depth + 1)?);
        }
        Ok(Node { encoding, len, parameters, children, pages })
    }

    /// What `inspect` tells beside the name: the scale of decimals, the codecs of text pages.
    pub(crate) fn detail(&self) -> String {
        match (self.encoding, &self.parameters[..]) {
            (Encoding::Narrow, [scale, width]) => format!("scale {scale}, {width} bytes"),
            (Encoding::Text, parameters) => {
                let mut codecs: Vec<&str> = Vec::new();
                for page in parameters.chunks(5) {
                    let name = ["plain", "lz4", "zstd"].get(page[0] as usize).unwrap_or(&"?");
                    if codecs.last() != Some(name) {
                        codecs.push(name);
                    }
                }
                codecs.join(", ")
            }
            (Encoding::Dictionary, [1]) => "sorted".into(),
            (Encoding::Linear, [shift, span, ..]) => {
                format!("lines of 2^{span}, {shift} bits after the point")
            }
            (Encoding::Alp, [e, f, ..]) => format!("exponents {e} and {f} first"),
            (Encoding::AlpRd, [rest_bits, ..]) => format!("rests of {rest_bits} bits"),
            (Encoding::Fsst, [0, ..]) => "own symbols".into(),
            (Encoding::Fsst, _) => "the column's symbols".into(),
            (Encoding::TextNum, _) => crate::encoding::textnum::describe(&self.parameters),
            (Encoding::Compressed, [width, 0, ..]) => format!("{width} bytes"),
            (Encoding::Compressed, [width, ..]) => format!("{width} bytes in planes"),
            _ => String::new(),
        }
    }

    /// Takes the only children, checking how many there are.
    pub(crate) fn take_children<const N: usize>(&mut self) -> Checked<[Node; N]> {
        let found = self.children.len();
        std::mem::take(&mut self.children).try_into().or_else(|_| {
            Flaw::damaged(format!("{} with {found} children, expected {N}", self.encoding.name()))
        })
    }

    /// Checks that there are no children.
    pub(crate) fn expect_leaf(&self) -> Checked<()> {
        match self.children.len() {
            0 => Ok(()),
            found => Flaw::damaged(format!("{} with {found} children, expected 0", self.encoding.name())),
        }
    }

    /// Checks the number of bytes of the parameters.
    pub(crate) fn expect_parameters(&self, expected: usize) -> Checked<()> {
        match self.parameters.len() {
            found if found == expected => Ok(()),
            found => Flaw::damaged(format!(
                "{} with {found} bytes of parameters, expected {expected}",
                self.encoding.name()
            )),
        }
    }

    /// Checks the number of pages.
    pub(crate) fn expect_pages(&self, expected: usize) -> Checked<()> {
        match self.pages.len() {
            found if found == expected => Ok(()),
            found => {
                Flaw::damaged(format!("{} with {found} pages, expected {expected}", self.encoding.name()))
            }
        }
    }
}
