//! Writing decimals.

use crate::encoding::choose::Context;
use crate::encoding::{Encoding, Node};
use crate::{I256, Values};

fn node(scale: u8, width: u8, child: Node) -> Node {
    let len = child.len as usize;
    Node { parameters: vec![scale, width].into(), children: vec![child], ..Node::new(Encoding::Narrow, len) }
}

/// Returns NUMERIC values with at least `scale_hint` digits after the point where that still fits 64 bits,
/// and the scale used.
pub(crate) fn encode_numeric(values: &Values, scale_hint: u8, context: &Context<'_>) -> (Node, u8) {
    match values {
        Values::Decimal64 { values, scale } => encode_64(values, *scale, scale_hint, context),
        Values::Decimal128 { values, scale } => {
            // Zeros that all values end with are not digits; without them they may fit 64 bits.
            let zeros = trailing_zeros(values, *scale);
            let factor = 10i128.pow(zeros as u32);
            let narrow: Option<Vec<i64>> = values.iter().map(|&v| i64::try_from(v / factor).ok()).collect();
            match narrow {
                Some(narrow) => encode_64(&narrow, scale - zeros, scale_hint, context),
                None => {
                    let lanes: Vec<u128> = values.iter().map(|&v| v as u128).collect();
                    (node(*scale, 16, context.encode(Encoding::Narrow, 0, &lanes)), *scale)
                }
            }
        }
        other => unreachable!("NUMERIC is never carried as {}", other.kind()),
    }
}

fn encode_64(values: &[i64], scale: u8, scale_hint: u8, context: &Context<'_>) -> (Node, u8) {
    let raised = scale_hint.max(scale).min(9);
    let factor = 10i64.pow((raised - scale) as u32);
    let fits = factor == 1 || values.iter().all(|v| v.checked_mul(factor).is_some());
    let (scale, factor) = if fits { (raised, factor) } else { (scale, 1) };
    let lanes: Vec<u64> = values.iter().map(|&v| (v * factor) as u64).collect();
    (node(scale, 8, context.encode(Encoding::Narrow, 0, &lanes)), scale)
}

/// Decimal zeros that all integers end with, at most `most`.
fn trailing_zeros(values: &[i128], most: u8) -> u8 {
    let mut zeros = most;
    for &value in values {
        while value % 10i128.pow(zeros as u32) != 0 {
            zeros -= 1;
        }
        if zeros == 0 {
            break;
        }
    }
    zeros
}

/// Returns BIGNUMERIC values: as 64-bit or 128-bit integers of a common scale where they all fit, else in 256
/// bits.
pub(crate) fn encode_big(values: &[I256], context: &Context<'_>) -> Node {
    let ten = I256::new(10);
    let mut zeros = 38u8;
    for &value in values {
        while value % ten.pow(zeros as u32) != 0 {
            zeros -= 1;
        }
        if zeros == 0 {
            break;
        }
    }
    let factor = ten.pow(zeros as u32);
    let narrow: Option<Vec<u128>> =
        values.iter().map(|&v| i128::try_from(v / factor).ok().map(|v| v as u128)).collect();
    let Some(lanes) = narrow else { return node(38, 32, context.encode(Encoding::Narrow, 0, values)) };
    let narrower: Option<Vec<u64>> =
        lanes.iter().map(|&v| i64::try_from(v as i128).ok().map(|v| v as u64)).collect();
    match narrower {
        Some(lanes) => node(38 - zeros, 8, context.encode(Encoding::Narrow, 0, &lanes)),
        None => node(38 - zeros, 16, context.encode(Encoding::Narrow, 0, &lanes)),
    }
}
