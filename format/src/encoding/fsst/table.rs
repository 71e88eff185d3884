//! The symbols and their bytes in the file.

use std::sync::OnceLock;

use super::parse::Parser;
use crate::cursor::Cursor;
use crate::encoding::{Checked, Flaw};

/// Longest symbol: what one unaligned 16-byte copy moves.
pub(crate) const SYMBOL_BYTES_MAX: usize = 16;
/// The first codes stand for the bytes themselves.
pub(crate) const BYTE_CODES: usize = 256;
/// Widths that codes may have.
pub(crate) const WIDTHS: std::ops::RangeInclusive<u32> = 9..=16;
/// Most bytes of a table before compression: every symbol as long as can be, and a byte more.
const TABLE_BYTES_MAX: usize = ((1 << 16) - BYTE_CODES) * (SYMBOL_BYTES_MAX + 1) + 3;

/// A symbol: up to 16 bytes, the rest zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Symbol {
    pub(crate) bytes: [u8; SYMBOL_BYTES_MAX],
    pub(crate) len: u8,
}

impl Symbol {
    pub(crate) fn new(value: &[u8]) -> Self {
        let mut bytes = [0u8; SYMBOL_BYTES_MAX];
        bytes[..value.len()].copy_from_slice(value);
        Self { bytes, len: value.len() as u8 }
    }

    pub(crate) fn value(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// The two joined, where that is a symbol.
    pub(crate) fn join(&self, next: &Symbol) -> Option<Symbol> {
        let (len, next_len) = (self.len as usize, next.len as usize);
        if len + next_len > SYMBOL_BYTES_MAX {
            return None;
        }
        let mut joined = *self;
        joined.bytes[len..len + next_len].copy_from_slice(next.value());
        joined.len = (len + next_len) as u8;
        Some(joined)
    }
}

/// Symbols by code: 256 bytes, then longer ones in ascending order.
#[derive(Debug)]
pub(crate) struct SymbolTable {
    width: u32,
    bytes: Vec<[u8; SYMBOL_BYTES_MAX]>,
    lengths: Vec<u8>,
    parser: OnceLock<Parser>,
}

impl PartialEq for SymbolTable {
    fn eq(&self, other: &Self) -> bool {
        (self.width, &self.bytes, &self.lengths) == (other.width, &other.bytes, &other.lengths)
    }
}

impl SymbolTable {
    /// The table of symbols of 2 bytes and more, without order or repetition, and at most as many as `width`
    /// bits have codes left.
    pub(crate) fn new(width: u32, mut symbols: Vec<Symbol>) -> Self {
        symbols.sort_unstable_by(|a, b| a.value().cmp(b.value()));
        let all = (0..=255u8).map(|byte| Symbol::new(&[byte])).chain(symbols);
        let (bytes, lengths) = all.map(|symbol| (symbol.bytes, symbol.len)).unzip();
        Self { width, bytes, lengths, parser: OnceLock::new() }
    }

    /// What finds the symbols in text, made at first use.
    pub(crate) fn parser(&self) -> &Parser {
        self.parser.get_or_init(|| Parser::new(self))
    }

    /// Bits of a code.
    pub(crate) fn width(&self) -> u32 {
        self.width
    }

    /// Number of symbols, bytes included.
    pub(crate) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// The symbol of a code.
    pub(crate) fn symbol(&self, code: usize) -> Symbol {
        Symbol { bytes: self.bytes[code], len: self.lengths[code] }
    }

    /// Bytes and lengths by code, for decoding.
    pub(crate) fn parts(&self) -> (&[[u8; SYMBOL_BYTES_MAX]], &[u8]) {
        (&self.bytes, &self.lengths)
    }

    /// ```text
    /// table  := width:u8 | symbols:u16 | symbol*          symbols beside the 256 bytes, ascending
    /// symbol := (bytes shared with the symbol before << 4 | other bytes - 1):u8 | other bytes
    /// ```
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = vec![self.width as u8];
        out.extend(((self.len() - BYTE_CODES) as u16).to_le_bytes());
        let mut before = Symbol::new(&[]);
        for code in BYTE_CODES..self.len() {
            let symbol = self.symbol(code);
            // One byte at least is told, so that 4 bits hold what is shared.
            let shared = before.value().iter().zip(symbol.value()).take_while(|(a, b)| a == b).count();
            let shared = shared.min(symbol.len as usize - 1);
            out.push((shared << 4 | (symbol.len as usize - shared - 1)) as u8);
            out.extend_from_slice(&symbol.value()[shared..]);
            before = symbol;
        }
        out
    }

    /// Reads what [`SymbolTable::write`] wrote.
    pub(crate) fn read(bytes: &[u8]) -> Checked<Self> {
        let mut cursor = Cursor::new(bytes);
        let (width, count) = (cursor.u8()? as u32, cursor.u16()? as usize);
        if !WIDTHS.contains(&width) || count + BYTE_CODES > 1 << width {
            return Flaw::damaged(format!("{count} symbols with codes of {width} bits"));
        }
        cursor.expect(count * 2)?;
        let mut symbols = Vec::with_capacity(count);
        let mut before = Symbol::new(&[]);
        for _ in 0..count {
            let lengths = cursor.u8()?;
            let (shared, other) = ((lengths >> 4) as usize, (lengths & 15) as usize + 1);
            if shared > before.len as usize || shared + other > SYMBOL_BYTES_MAX || shared + other < 2 {
                return Flaw::damaged(format!("symbol of {shared} shared and {other} other bytes"));
            }
            let mut symbol = Symbol::new(&before.bytes[..shared]);
            symbol.bytes[shared..shared + other].copy_from_slice(cursor.take(other)?);
            symbol.len = (shared + other) as u8;
            if symbol.value() <= before.value() {
                return Flaw::damaged("symbols do not ascend");
            }
            symbols.push(symbol);
            before = symbol;
        }
        cursor.finish()?;
        Ok(Self::new(width, symbols))
    }

    /// The table as it stands in a file: a zstd frame with its raw size before it.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let raw = self.write();
        let mut out = (raw.len() as u32).to_le_bytes().to_vec();
        // Compression to memory can only fail to allocate, and an empty frame does not read back: the
        // check of every block before it is kept would find it.
        out.extend(zstd::bulk::compress(&raw, 9).unwrap_or_default());
        out
    }

    /// Reads what [`SymbolTable::pack`] wrote.
    pub(crate) fn unpack(bytes: &[u8]) -> Checked<Self> {
        let mut cursor = Cursor::new(bytes);
        let raw_bytes = cursor.u32()? as usize;
        if raw_bytes > TABLE_BYTES_MAX {
            return Flaw::damaged(format!("symbol table of {raw_bytes} bytes"));
        }
        match zstd::bulk::decompress(&bytes[4..], raw_bytes) {
            Ok(raw) if raw.len() == raw_bytes => Self::read(&raw),
            Ok(raw) => Flaw::damaged(format!("symbol table of {} bytes, expected {raw_bytes}", raw.len())),
            Err(error) => Flaw::damaged(format!("symbol table does not decompress: {error}")),
        }
    }
}
