//! Encoding a block, and checking that it decodes to what went in.

use super::{Block, COMPACTED, HAS_PAYLOAD};
use crate::encoding::{Flaw, Node, PAGE_VALUES, bitmap, choose, narrow};
use crate::file::bounds::Bounds;
use crate::file::shred::Payload as Input;
use crate::file::summary;
use crate::{Bitmap, DataType, FormatError, Result, Values, Vector};

/// A finished block and what is known of it.
pub(crate) struct EncodedBlock {
    pub(crate) bytes: Vec<u8>,
    pub(crate) header_bytes: u32,
    pub(crate) slots: u32,
    pub(crate) nulls: u32,
    pub(crate) bounds: Bounds,
}

/// Returns the block of some slots. `scale` is the least scale of decimals, raised to what the block used.
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
    cost: &choose::Cost,
    scale: &mut u8,
) -> Result<EncodedBlock> {
    let validity = planes.last().and_then(Option::as_ref);
    let present = validity.map_or(slots, Bitmap::count_ones);
    let (payload, compacted) = match input {
        Input::Lengths(lengths) => ((slots > 0).then(|| choose::encode_fixed(&lengths[..], cost, 0)), false),
        Input::Values(_) if present == 0 => (None, false),
        Input::Values(values) => {
            let (values, compacted) = place_nulls(values, validity, slots, present);
            (Some(encode_values(&values, data_type, cost, scale)), compacted)
        }
    };
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
    let block =
        EncodedBlock { bytes, header_bytes, slots: slots as u32, nulls: (slots - present) as u32, bounds };
    verify(place, data_type, planes, input, &block)?;
    Ok(block)
}

/// Decides what stands in the slots of NULLs: nothing (text, and where NULLs are many), else the value
/// before.
fn place_nulls(values: &Values, validity: Option<&Bitmap>, slots: usize, present: usize) -> (Values, bool) {
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

fn encode_values(values: &Values, data_type: &DataType, cost: &choose::Cost, scale: &mut u8) -> Node {
    let wide = |v: &i64| *v as u64;
    match values {
        Values::Bool(bits) => bitmap::encode(bits),
        Values::I32(v) => choose::encode_fixed(&v.iter().map(|&v| v as u32).collect::<Vec<_>>(), cost, 0),
        Values::I64(v) => choose::encode_fixed(&v.iter().map(wide).collect::<Vec<_>>(), cost, 0),
        Values::F64(v) => choose::encode_fixed(&v.iter().map(|v| v.to_bits()).collect::<Vec<_>>(), cost, 0),
        Values::Decimal64 { .. } | Values::Decimal128 { .. } => {
            let (node, used) = narrow::encode_numeric(values, *scale, cost);
            *scale = (*scale).max(used);
            node
        }
        Values::Decimal256(v) => narrow::encode_big(v, cost),
        Values::String(strings) => choose::encode_text(strings, cost),
        Values::Interval(v) => {
            let lane = |v: &crate::Interval| {
                v.months as u32 as u128 | (v.days as u32 as u128) << 32 | (v.micros as u64 as u128) << 64
            };
            choose::encode_fixed(&v.iter().map(lane).collect::<Vec<_>>(), cost, 0)
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

fn verify(
    place: &str,
    data_type: &DataType,
    planes: &[Option<Bitmap>],
    input: &Input,
    encoded: &EncodedBlock,
) -> Result<()> {
    let bytes = bytes::Bytes::copy_from_slice(&encoded.bytes);
    let differs = |what: &str| Flaw::Damaged(format!("{what} do not decode to what was encoded"));
    let check = || {
        let kind = match input {
            Input::Lengths(_) => None,
            Input::Values(_) => Some(data_type),
        };
        let block = Block::open(bytes, encoded.header_bytes as usize, kind, planes.len())?;
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
                true => Ok(()),
                false => Err(differs("lengths")),
            },
            Input::Values(values) => {
                let validity = planes.last().and_then(Option::as_ref);
                let decoded = block.read(data_type, 0, slots)?.flatten();
                let original = Vector::flat(data_type.clone(), values.clone(), validity.cloned());
                match crate::vector::identical(&decoded, &original) {
                    true => Ok(()),
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
