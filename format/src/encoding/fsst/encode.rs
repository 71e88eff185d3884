//! Writing codes.

use std::sync::{Arc, OnceLock};

use super::parse::Scratch;
use super::table::SymbolTable;
use super::train::{sample, train};
use super::{COLUMN_TABLE, OWN_TABLE};
use crate::StringVector;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, TextStatistics};
use crate::encoding::{Encoding, Node, PAGE_VALUES, choose};

/// Text of fewer bytes is not worth a table.
const RAW_BYTES_MIN: usize = 4 << 10;

/// Bytes of the sample that the table is learnt from.
const SAMPLE_BYTES: usize = 512 << 10;

/// Returns a table learnt from the values.
fn learn(values: &StringVector, total_bytes: usize) -> Arc<SymbolTable> {
    // A short text has few frequent strings, and a table of many would outweigh it.
    let width = match total_bytes {
        0..0x8000 => 9,
        0x8000..0x2_0000 => 10,
        0x2_0000..0x8_0000 => 11,
        _ => 12,
    };
    Arc::new(train(&sample(values, SAMPLE_BYTES), width))
}

/// The symbols of a column: learnt from its first block that wants them, kept for all others.
#[derive(Debug, Default)]
pub(crate) struct ColumnSymbols {
    learnt: OnceLock<Arc<SymbolTable>>,
    used: bool,
}

impl ColumnSymbols {
    /// Says that a block of the file needs the table.
    pub(crate) fn mark_used(&mut self) {
        self.used = true;
    }

    /// The table, if a block of the file needs it.
    pub(crate) fn used(&self) -> Option<&Arc<SymbolTable>> {
        self.learnt.get().filter(|_| self.used)
    }

    #[cfg(test)]
    pub(super) fn table(&self) -> Option<&Arc<SymbolTable>> {
        self.learnt.get()
    }
}

/// FSST as a candidate for text that does not repeat as a whole.
pub(crate) struct FsstScheme;

/// The table to encode by, and where it stands.
fn table(
    values: &StringVector,
    statistics: &TextStatistics,
    context: &Context<'_>,
) -> (Arc<SymbolTable>, u8) {
    match context.symbols() {
        Some(column) => {
            let learnt = column.learnt.get_or_init(|| learn(values, statistics.total_bytes));
            (learnt.clone(), COLUMN_TABLE)
        }
        None => (learn(values, statistics.total_bytes), OWN_TABLE),
    }
}

impl Scheme<StringVector, TextStatistics> for FsstScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Fsst
    }

    /// From the codes of a sample.
    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Estimate> {
        let few = |distinct: usize| distinct <= values.len() / 16;
        if statistics.total_bytes < RAW_BYTES_MIN
            || statistics.codes(values).is_some_and(|codes| few(codes.values.len()))
        {
            return None;
        }
        // Of very long values a part will do.
        let sample = statistics.sample(values);
        let whole = |row: &usize| sample.bytes(*row).len() <= 16 << 10;
        let rows: Vec<usize> = (0..sample.len()).filter(whole).take(1024).collect();
        let raw: usize = rows.iter().map(|&row| sample.bytes(row).len()).sum();
        if raw == 0 {
            return None;
        }
        let (table, scope) = table(values, statistics, context);
        let (mut scratch, mut codes) = (Scratch::default(), Vec::new());
        rows.iter().for_each(|&row| table.parser().parse(sample.bytes(row), &mut scratch, &mut codes));
        let table_bytes = if scope == OWN_TABLE { table.pack().len() } else { 0 };
        let (codes, width) = (codes.len(), table.width() as usize);
        let code_bytes = (codes * width) as f64 / 8.0 / raw as f64 * statistics.total_bytes as f64;
        let decode_ns = statistics.total_bytes as f64 * choose::FSST_BYTE_NS;
        Some(Estimate::tree(
            Encoding::Fsst,
            values.len(),
            2 * NODE_BYTES + values.len() / 2 + code_bytes as usize + table_bytes,
            decode_ns,
        ))
    }

    fn encode(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Node> {
        if statistics.total_bytes < RAW_BYTES_MIN {
            return None;
        }
        let (table, scope) = table(values, statistics, context);
        Some(encode(values, &table, scope, context))
    }
}

/// Returns the node of the values' codes.
fn encode(values: &StringVector, table: &SymbolTable, scope: u8, context: &Context<'_>) -> Node {
    let mut node = Node::new(Encoding::Fsst, values.len());
    let mut parameters = vec![scope];
    let mut counts = Vec::with_capacity(values.len());
    let (mut scratch, mut codes) = (Scratch::default(), Vec::new());
    for start in (0..values.len()).step_by(PAGE_VALUES) {
        let end = values.len().min(start + PAGE_VALUES);
        codes.clear();
        let mut raw_bytes = 0;
        for row in start..end {
            let before = codes.len();
            table.parser().parse(values.bytes(row), &mut scratch, &mut codes);
            counts.push((codes.len() - before) as u32);
            raw_bytes += values.bytes(row).len();
        }
        parameters.extend((codes.len() as u32).to_le_bytes());
        parameters.extend((raw_bytes as u32).to_le_bytes());
        node.pages.push(pack(&codes, table.width()).into());
    }
    if scope == OWN_TABLE {
        parameters.extend(table.pack());
    }
    node.parameters = parameters.into();
    node.children.push(context.encode(Encoding::Fsst, 0, &counts));
    node
}

/// The codes of a value, for tests of equality.
pub(super) fn codes_of(table: &SymbolTable, value: &[u8]) -> Vec<u16> {
    let mut codes = Vec::new();
    table.parser().parse(value, &mut Scratch::default(), &mut codes);
    codes
}

/// Codes of `width` bits each, low bits first.
fn pack(codes: &[u16], width: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity((codes.len() * width as usize).div_ceil(8) + 8);
    let (mut pending, mut bits) = (0u64, 0u32);
    for &code in codes {
        pending |= (code as u64) << bits;
        bits += width;
        if bits >= 32 {
            out.extend((pending as u32).to_le_bytes());
            pending >>= 32;
            bits -= 32;
        }
    }
    out.extend(&pending.to_le_bytes()[..bits.div_ceil(8) as usize]);
    out
}
