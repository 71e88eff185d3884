//! Finding good symbols.
//!
//! As in the paper's section 4.3, bottom-up in a few rounds: parse a sample with the symbols so far, count them
//! and their pairs, and keep those that stood for the most bytes. Symbols may double in each round.

use std::collections::HashMap;

use super::parse::Parser;
use super::table::{BYTE_CODES, Symbol, SymbolTable};
use crate::StringVector;
use crate::encoding::choose::Hasher;

/// Rounds of counting: symbols of 16 bytes take four doublings.
const ROUNDS: usize = 8;

/// Whole values from stretches spread over the column, together about `bytes`.
pub(crate) fn sample(values: &StringVector, bytes: usize) -> Vec<&[u8]> {
    let total: usize = values.views().iter().map(|view| view.len()).sum();
    if total <= bytes {
        return (0..values.len()).map(|row| values.bytes(row)).collect();
    }
    let stretches = 32.min(values.len());
    let mut out = Vec::new();
    for stretch in 0..stretches {
        let (start, end) = (values.len() * stretch / stretches, values.len() * (stretch + 1) / stretches);
        let mut taken = 0;
        for row in start..end {
            if taken >= bytes / stretches {
                break;
            }
            let value = values.bytes(row);
            // Of a long value the beginning will do.
            let value = &value[..value.len().min(64 << 10)];
            taken += value.len();
            out.push(value);
        }
    }
    out
}

/// Returns a table of codes of `width` bits for values like the sample.
pub(crate) fn train(sample: &[&[u8]], width: u32) -> SymbolTable {
    let room = (1usize << width) - BYTE_CODES;
    let mut table = SymbolTable::new(width, Vec::new());
    for round in 0..ROUNDS {
        let last = round + 1 == ROUNDS;
        let mut gains = count(sample, &table, !last);
        gains.retain(|(symbol, _)| symbol.len > 1);
        if gains.len() > room {
            gains.select_nth_unstable_by(room, order);
            gains.truncate(room);
        }
        table = SymbolTable::new(width, gains.into_iter().map(|(symbol, _)| symbol).collect());
    }
    table
}

/// Highest gain first; ties by the symbol, so that the same sample gives the same table.
fn order(a: &(Symbol, u64), b: &(Symbol, u64)) -> std::cmp::Ordering {
    b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))
}

/// Candidates with the bytes that they stood for in the sample.
fn count(sample: &[&[u8]], table: &SymbolTable, pairs: bool) -> Vec<(Symbol, u64)> {
    let parser = Parser::new(table);
    let mut singles = vec![0u32; table.len()];
    let mut joined: HashMap<u32, u32, Hasher> = HashMap::default();
    let mut codes = Vec::new();
    for value in sample {
        codes.clear();
        parser.parse_greedy(value, &mut codes);
        codes.iter().for_each(|&code| singles[code as usize] += 1);
        if pairs {
            codes
                .windows(2)
                .for_each(|pair| *joined.entry((pair[0] as u32) << 16 | pair[1] as u32).or_default() += 1);
        }
    }
    let mut gains: HashMap<Symbol, u64, Hasher> = HashMap::default();
    for (code, &count) in singles.iter().enumerate().filter(|(_, count)| **count > 0) {
        let symbol = table.symbol(code);
        *gains.entry(symbol).or_default() += count as u64 * symbol.len as u64;
    }
    for (pair, count) in joined.into_iter().filter(|(_, count)| *count > 1) {
        let (first, second) = (table.symbol((pair >> 16) as usize), table.symbol((pair & 0xffff) as usize));
        if let Some(symbol) = first.join(&second) {
            *gains.entry(symbol).or_default() += count as u64 * symbol.len as u64;
        }
    }
    gains.into_iter().collect()
}
