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
        Values::Decimal64 { values, scale } => {
            let raised = scale_hint.max(*scale).min(9);
            let factor = 10i64.pow((raised - scale) as u32);
            let fits = factor == 1 || values.iter().all(|v| v.checked_mul(factor).is_some());
            let (scale, factor) = if fits { (raised, factor) } else { (*scale, 1) };
            let lanes: Vec<u64> = values.iter().map(|&v| (v * factor) as u64).collect();
            (node(scale, 8, context.encode(Encoding::Narrow, 0, &lanes)), scale)
        }
        Values::Decimal128 { values, scale } => {
            let lanes: Vec<u128> = values.iter().map(|&v| v as u128).collect();
            (node(*scale, 16, context.encode(Encoding::Narrow, 0, &lanes)), *scale)
        }
        other => unreachable!("NUMERIC is never carried as {}", other.kind()),
    }
}

/// Returns BIGNUMERIC values: as 64-bit integers of a common scale where they all fit, else in 256 bits.
pub(crate) fn encode_big(values: &[I256], context: &Context<'_>) -> Node {
    let ten = I256::new(10);
    let mut trailing = 38u8;
    for &value in values {
        let (mut zeros, mut rest) = (0, value);
        while zeros < trailing && rest % ten == 0 {
            if rest == 0 {
                zeros = trailing;
                break;
            }
            rest /= ten;
            zeros += 1;
        }
        trailing = trailing.min(zeros);
        if trailing == 0 {
            break;
        }
    }
    let factor = ten.pow(trailing as u32);
    let narrow: Option<Vec<u64>> =
        values.iter().map(|&v| i64::try_from(v / factor).ok().map(|v| v as u64)).collect();
    match narrow {
        Some(lanes) => node(38 - trailing, 8, context.encode(Encoding::Narrow, 0, &lanes)),
        None => node(38, 32, context.encode(Encoding::Narrow, 0, values)),
    }
}
