//! Reading numbers as text.

use std::sync::Arc;

use bytes::Bytes;

use super::template::Template;
use crate::encoding::fsst::SymbolTable;
use crate::encoding::text::{TextDecoder, TextPages};
use crate::encoding::{Checked, Encoding, FixedDecoder, Flaw, Node, TEXT_RAW_BYTES_MAX};
use crate::{BufferMut, StringVector};

/// Opened numbers with their template.
#[derive(Debug)]
pub(crate) struct TextNumPages {
    template: Template,
    numbers: Vec<FixedDecoder<u64>>,
    /// Positions that do not follow the template, and what stands there.
    exceptions: BufferMut<u32>,
    texts: Option<TextDecoder>,
}

impl TextNumPages {
    pub(crate) fn open(mut node: Node, symbols: Option<&Arc<SymbolTable>>) -> Checked<Self> {
        node.expect_pages(0)?;
        let len = node.len as usize;
        let template = Template::read(&node.parameters)?;
        if template.bytes_max() * len > TEXT_RAW_BYTES_MAX {
            return Flaw::damaged(format!("{len} values of up to {} bytes", template.bytes_max()));
        }
        let mut children = std::mem::take(&mut node.children);
        let count = template.numbers();
        if children.len() != count && children.len() != count + 2 {
            return Flaw::damaged(format!("{} children of {count} numbers", children.len()));
        }
        let mut rest = children.split_off(count).into_iter();
        let numbers = children.into_iter().map(FixedDecoder::open).collect::<Checked<Vec<_>>>()?;
        if numbers.iter().any(|column| column.len() != len) {
            return Flaw::damaged(format!("numbers are not {len} each"));
        }
        let (mut exceptions, mut texts) = (BufferMut::new(), None);
        if let (Some(positions), Some(values)) = (rest.next(), rest.next()) {
            // Exceptions are plain text, or trees could be deeper than their limit tells.
            if values.encoding != Encoding::Text || values.len != positions.len {
                return Flaw::damaged("exceptions that are not text, or not as many as their positions");
            }
            let positions = FixedDecoder::<u32>::open(positions)?;
            exceptions = positions.buffer(0, positions.len())?;
            let ascend = exceptions.windows(2).all(|pair| pair[0] < pair[1]);
            if !ascend || exceptions.last().is_some_and(|&last| last as usize >= len) {
                return Flaw::damaged("positions of exceptions do not ascend within the values");
            }
            texts = Some(TextDecoder::open(values, false, symbols)?);
        }
        Ok(Self { template, numbers, exceptions, texts })
    }
}

impl TextPages for TextNumPages {
    fn open(&self, _: usize, start: usize, count: usize) -> Checked<(Bytes, BufferMut<u32>)> {
        let columns = self
            .numbers
            .iter()
            .map(|column| column.buffer::<u64>(start, count))
            .collect::<Checked<Vec<BufferMut<u64>>>>()?;
        let first = self.exceptions.partition_point(|&row| (row as usize) < start);
        let end = self.exceptions.partition_point(|&row| (row as usize) < start + count);
        let texts = match &self.texts {
            Some(texts) => texts.decode(first, end - first)?,
            None => StringVector::default(),
        };
        let mut exceptions = self.exceptions[first..end].iter().enumerate().peekable();
        let mut data = Vec::with_capacity(count * self.template.bytes_max());
        let mut offsets = BufferMut::<u32>::with_capacity(count + 1);
        offsets.push(0);
        for row in 0..count {
            match exceptions.next_if(|(_, at)| **at as usize == start + row) {
                Some((index, _)) => data.extend_from_slice(texts.bytes(index)),
                None => self.template.put_together(columns.iter().map(|column| column[row]), &mut data)?,
            }
            offsets.push(data.len() as u32);
        }
        Ok((Bytes::from(data), offsets))
    }
}
