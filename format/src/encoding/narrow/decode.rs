//! Reading decimals.

use crate::encoding::{Checked, Encoding, FixedDecoder, Flaw, Node};
use crate::{Buffer, BufferMut, DataType, I256, Values};

/// Opened decimals.
#[derive(Debug)]
pub(crate) enum DecimalDecoder {
    /// 64-bit integers.
    W8(FixedDecoder<u64>, u8),
    /// 128-bit integers.
    W16(FixedDecoder<u128>, u8),
    /// 256-bit integers at scale 38.
    W32(FixedDecoder<I256>),
}

/// Returns the scale and width in the parameters.
fn read_parameters(node: &Node) -> Checked<(u8, u8)> {
    match node.parameters[..] {
        [scale, width] if node.encoding == Encoding::Narrow => Ok((scale, width)),
        _ => Flaw::damaged(format!("{} where a narrow decimal is expected", node.encoding.name())),
    }
}

impl DecimalDecoder {
    pub(crate) fn open(mut node: Node, data_type: &DataType) -> Checked<Self> {
        let (scale, width) = read_parameters(&node)?;
        node.expect_pages(0)?;
        let len = node.len;
        let [child] = node.take_children()?;
        if child.len != len {
            return Flaw::damaged(format!("{} integers of {len} decimals", child.len));
        }
        match (data_type, width) {
            (DataType::Numeric, 8) if scale <= 9 => Ok(DecimalDecoder::W8(FixedDecoder::open(child)?, scale)),
            (DataType::Numeric, 16) if scale <= 9 => {
                Ok(DecimalDecoder::W16(FixedDecoder::open(child)?, scale))
            }
            (DataType::BigNumeric, 8) if scale <= 38 => {
                Ok(DecimalDecoder::W8(FixedDecoder::open(child)?, scale))
            }
            (DataType::BigNumeric, 16) if scale <= 38 => {
                Ok(DecimalDecoder::W16(FixedDecoder::open(child)?, scale))
            }
            (DataType::BigNumeric, 32) if scale == 38 => Ok(DecimalDecoder::W32(FixedDecoder::open(child)?)),
            _ => Flaw::damaged(format!("{data_type} of scale {scale} in {width} bytes")),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            DecimalDecoder::W8(child, _) => child.len(),
            DecimalDecoder::W16(child, _) => child.len(),
            DecimalDecoder::W32(child) => child.len(),
        }
    }

    /// The values of a range, as NUMERIC or BIGNUMERIC.
    pub(crate) fn decode(&self, data_type: &DataType, start: usize, len: usize) -> Checked<Values> {
        Ok(match self {
            DecimalDecoder::W8(child, scale) if *data_type == DataType::BigNumeric => {
                let values: BufferMut<i64> = child.buffer(start, len)?;
                widen(values.iter().map(|&v| I256::from(v)), *scale)?
            }
            DecimalDecoder::W16(child, scale) if *data_type == DataType::BigNumeric => {
                let values: BufferMut<i128> = child.buffer(start, len)?;
                widen(values.iter().map(|&v| I256::from(v)), *scale)?
            }
            DecimalDecoder::W8(child, scale) => {
                Values::Decimal64 { values: child.buffer(start, len)?.freeze(), scale: *scale }
            }
            DecimalDecoder::W16(child, scale) => {
                let values: BufferMut<i128> = child.buffer(start, len)?;
                let limit = 10u128.pow(38) / 10u128.pow(9 - *scale as u32);
                if values.iter().any(|v| v.unsigned_abs() >= limit) {
                    return Flaw::damaged("a decimal does not fit NUMERIC");
                }
                Values::Decimal128 { values: values.freeze(), scale: *scale }
            }
            DecimalDecoder::W32(child) => Values::Decimal256(child.buffer(start, len)?.freeze()),
        })
    }

    /// The integer of a constant, and its scale.
    pub(crate) fn constant(&self) -> Option<(i128, u8)> {
        match self {
            DecimalDecoder::W8(child, scale) => child.constant().map(|v| (v as i64 as i128, *scale)),
            DecimalDecoder::W16(child, scale) => child.constant().map(|v| (v as i128, *scale)),
            DecimalDecoder::W32(_) => None,
        }
    }
}

/// Integers of a scale as BIGNUMERIC.
fn widen(values: impl Iterator<Item = I256>, scale: u8) -> Checked<Values> {
    let factor = I256::new(10).pow(38 - scale as u32);
    let wide: Option<Vec<I256>> = values.map(|v| v.checked_mul(factor)).collect();
    match wide {
        Some(wide) => Ok(Values::Decimal256(Buffer::from(&wide[..]))),
        None => Flaw::damaged("a narrow decimal does not fit BIGNUMERIC"),
    }
}
