//! Encoding a block, and checking that it decodes to what went in.

use std::sync::Arc;

use bytes::Bytes;

use super::{Block, COMPACTED, HAS_PAYLOAD};
use crate::encoding::choose::{Context, Cost, Memory};
use crate::encoding::fsst::{ColumnSymbols, SymbolTable};
use crate::encoding::{Flaw, Node, PAGE_VALUES, bitmap, choose, fsst, narrow};
use crate::file::bounds::Bounds;
use crate::file::shred::Payload as Input;
use crate::file::summary;
use crate::vector::Form;
use crate::{Bitmap, DataType, FormatError, Result, Values, Vector};

/// A finished block and what is known of it.
pub(crate) struct EncodedBlock {
    pub(crate) bytes: Bytes,
    pub(crate) header_bytes: u32,
    pub(crate) slots: u32,
    pub(crate) nulls: u32,
    pub(crate) bounds: Bounds,
    /// The distinct values, where the payload is a dictionary.
    pub(crate) entries: Option<Values>,
}

/// What a stream keeps from block to block.
#[derive(Debug, Default)]
pub(crate) struct StreamMemory {
    /// Digits after the point of the decimals so far: kept, so that a file's blocks agree where they can.
    pub(crate) scale: u8,
    /// The last encoding tree.
    pub(crate) tree: Memory,
    /// The symbols of its text.
    pub(crate) symbols: ColumnSymbols,
}

/// Returns the block of some slots.
///
/// # Errors
/// [`FormatError::Damaged`] naming the column when the block does not decode to its input: a bug, caught
/// before it is kept.
pub(crate) fn encode(
    place: &str,
    data_type: &DataType,
    planes: &[Option<Bitmap>],
    slots: usize,
    input: &Input,
    cost: &Cost,
    memory: &mut StreamMemory,
) -> Result<EncodedBlock> {
    let validity = planes.last().and_then(Option::as_ref);
    let present = validity.map_or(slots, Bitmap::count_ones);
    let (payload, compacted) = match input {
        Input::Lengths(lengths) => {
            let context = Context::new(cost).hinted(memory.tree.hint());
            ((slots > 0).then(|| choose::fixed(&lengths[..], &context)), false)
        }
        Input::Values(_) if present == 0 => (None, false),
        Input::Values(values) => {
            let (values, compacted) = place_nulls(values, validity, slots, present);
            let context = Context::new(cost).hinted(memory.tree.hint()).with_symbols(&memory.symbols);
            (Some(encode_values(&values, data_type, &context, &mut memory.scale)), compacted)
        }
    };
    if let Some(node) = &payload {
        if fsst::needs_column(node) {
            memory.symbols.mark_used();
        }
        memory.tree.remember(node, cost);
    }
    let mut header = Vec::new();
    header.extend((slots as u32).to_le_bytes());
    header.extend((present as u32).to_le_bytes());
    header.push(if payload.is_some() { HAS_PAYLOAD } else { 0 } | if compacted { COMPACTED } else { 0 });
    header.push(planes.len() as u8);
    let (bounds, zones) = zones(data_type, validity, slots, input);
    header.extend((zones.len() as u32).to_le_bytes());
    header.extend_from_slice(&zones);
    let plane_nodes: Vec<Node> = planes
        .iter()
        .map(|plane| match plane {
            Some(bits) => bitmap::encode(bits),
            None => bitmap::encode(&Bitmap::filled(true, slots)),
        })
        .collect();
    let nodes: Vec<&Node> = plane_nodes.iter().chain(payload.as_ref()).collect();
    nodes.iter().for_each(|node| node.write_header(&mut header));
    let header_bytes = header.len() as u32;
    let mut bytes = header;
    nodes.iter().for_each(|node| node.write_pages(&mut bytes));
    let mut block = EncodedBlock {
        bytes: Bytes::from(bytes),
        header_bytes,
        slots: slots as u32,
        nulls: (slots - present) as u32,
        bounds,
        entries: None,
    };
    block.entries = verify(place, data_type, planes, input, &block, memory.symbols.used())?;
    Ok(block)
}

/// Decides what stands in the slots of NULLs: nothing (text, and where NULLs are many), else the value
/// before.
pub(super) fn place_nulls(
    values: &Values,
    validity: Option<&Bitmap>,
    slots: usize,
    present: usize,
) -> (Values, bool) {
    let Some(validity) = validity.filter(|_| present < slots) else { return (values.clone(), false) };
    let text = matches!(values, Values::String(_));
    if !matches!(values, Values::Bool(_)) && (text || (slots - present) * 4 > slots) {
        let rows: Vec<u32> = validity.iter_ones().map(|row| row as u32).collect();
        return (crate::vector::gather_values(values, &rows), true);
    }
    let mut last = validity.iter_ones().next().unwrap_or(0) as u32;
    let rows: Vec<u32> = (0..slots as u32)
        .map(|row| {
            if validity.get(row as usize) {
                last = row;
            }
            last
        })
        .collect();
    (crate::vector::gather_values(values, &rows), false)
}

fn encode_values(values: &Values, data_type: &DataType, context: &Context<'_>, scale: &mut u8) -> Node {
    match values {
        Values::Bool(bits) => bitmap::encode(bits),
        Values::I32(v) => choose::fixed(&v.iter().map(|&v| v as u32).collect::<Vec<_>>(), context),
        Values::I64(v) => choose::fixed(&v.iter().map(|&v| v as u64).collect::<Vec<_>>(), context),
        Values::F64(v) => {
            choose::fixed(&v.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), &context.of_floats())
        }
        Values::Decimal64 { .. } | Values::Decimal128 { .. } => {
            let (node, used) = narrow::encode_numeric(values, *scale, context);
            *scale = (*scale).max(used);
            node
        }
        Values::Decimal256(v) => narrow::encode_big(v, context),
        Values::String(strings) => choose::text(strings, context),
        Values::Interval(v) => {
            let lane = |v: &crate::Interval| {
                v.months as u32 as u128 | (v.days as u32 as u128) << 32 | (v.micros as u64 as u128) << 64
            };
            choose::fixed(&v.iter().map(lane).collect::<Vec<_>>(), context)
        }
        Values::Range(v) => {
            let lane = |v: &crate::RangeValue| v.start as u64 as u128 | (v.end as u64 as u128) << 64;
            choose::fixed(&v.iter().map(lane).collect::<Vec<_>>(), context)
        }
        Values::List(_) | Values::Struct(_) => unreachable!("{data_type} is shredded before it is encoded"),
    }
}

/// Bounds of the block, and the zone map of its pages where there are several.
fn zones(data_type: &DataType, validity: Option<&Bitmap>, slots: usize, input: &Input) -> (Bounds, Vec<u8>) {
    let Input::Values(values) = input else { return (Bounds::default(), Vec::new()) };
    let mut whole = Bounds::default();
    let mut seen = 0u64;
    let mut bytes = Vec::new();
    for start in (0..slots).step_by(PAGE_VALUES) {
        let len = PAGE_VALUES.min(slots - start);
        let page_validity = validity.map(|bits| bits.slice(start, len));
        let bounds = summary::bounds(&values.slice(start, len), page_validity.as_ref(), data_type);
        let present = page_validity.as_ref().map_or(len, Bitmap::count_ones);
        if slots > PAGE_VALUES {
            bytes.extend(((len - present) as u32).to_le_bytes());
            bounds.write(&mut bytes);
        }
        // A page of NaN alone has no bounds, and must not make the block's unknown.
        let counted =
            if bounds.min.is_none() && *data_type == DataType::Float64 { 0 } else { present as u64 };
        whole.cover(seen, &bounds, counted);
        seen += counted;
    }
    (whole, bytes)
}

/// Decodes the block and compares; returns the distinct values where it is a dictionary.
fn verify(
    place: &str,
    data_type: &DataType,
    planes: &[Option<Bitmap>],
    input: &Input,
    encoded: &EncodedBlock,
    symbols: Option<&Arc<SymbolTable>>,
) -> Result<Option<Values>> {
    let differs = |what: &str| Flaw::Damaged(format!("{what} do not decode to what was encoded"));
    let check = || {
        let kind = match input {
            Input::Lengths(_) => None,
            Input::Values(_) => Some(data_type),
        };
        let block =
            Block::open(encoded.bytes.clone(), encoded.header_bytes as usize, kind, planes.len(), symbols)?;
        let slots = encoded.slots as usize;
        for (index, plane) in planes.iter().enumerate() {
            let decoded = block.plane(index);
            let same = match plane {
                Some(bits) => bits.iter_words().eq(decoded.iter_words()),
                None => decoded.count_ones() == slots,
            };
            if !same {
                return Err(differs("validity bits"));
            }
        }
        match input {
            Input::Lengths(lengths) => match block.lengths(0, slots)?[..] == lengths[..] {
                true => Ok(None),
                false => Err(differs("lengths")),
            },
            Input::Values(values) => {
                let validity = planes.last().and_then(Option::as_ref);
                let decoded = block.read(data_type, 0, slots)?;
                let entries = match decoded.form() {
                    Form::Dictionary { dictionary, .. } => {
                        dictionary.values.as_flat().map(|(v, _)| v.clone())
                    }
                    _ => None,
                };
                let original = Vector::flat(data_type.clone(), values.clone(), validity.cloned());
                match crate::vector::identical(&decoded.flatten(), &original) {
                    true => Ok(entries),
                    false => Err(differs("values")),
                }
            }
        }
    };
    check().map_err(|flaw: Flaw| match flaw.at("file being written", place) {
        error @ FormatError::Damaged { .. } => error,
        other => other,
    })
}
