//! Writing lines.

use super::{Line, SHIFT_MAX, SLOPE_MAX, SPANS};
use crate::encoding::bitpack::Packing;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, Statistics, value_ns};
use crate::encoding::{Encoding, Lane, Node};

/// Lines with their residuals.
struct Fit<L> {
    shift: u32,
    span: u8,
    lines: Vec<Line>,
    residuals: Vec<L>,
}

/// Draws a line through the first and the last value of each span.
fn fit<L: Lane>(values: &[L], span: u8) -> Option<Fit<L>> {
    let rises = |part: &[L]| part[part.len() - 1].to_signed() as i128 - part[0].to_signed() as i128;
    let steps = |part: &[L]| part.len().saturating_sub(1).max(1) as i128;
    let steepest = values.chunks(1 << span).map(|part| (rises(part) / steps(part)).unsigned_abs()).max()?;
    let room = (SLOPE_MAX as u128 / 2).checked_div(steepest.max(1)).filter(|&room| room > 0)?;
    let shift = room.ilog2().min(SHIFT_MAX);
    let mut fit = Fit { shift, span, lines: Vec::new(), residuals: Vec::with_capacity(values.len()) };
    for part in values.chunks(1 << span) {
        let slope = ((rises(part) << shift) / steps(part)) as i64;
        let mut line = Line { base: part[0].to_signed() as u64, slope };
        let left =
            |line: Line, i: usize, v: &L| (v.to_signed() as u64).wrapping_sub(line.at(i, shift)) as i64;
        let least = part.iter().enumerate().map(|(i, v)| left(line, i, v)).min()?;
        line.base = line.base.wrapping_add(least as u64);
        fit.residuals.extend(part.iter().enumerate().map(|(i, v)| L::from_signed(left(line, i, v))));
        fit.lines.push(line);
    }
    Some(fit)
}

/// The fit with the fewest bytes: one line if it does nearly as well as many.
fn best<L: Lane>(values: &[L]) -> Option<(Fit<L>, usize)> {
    let fits = SPANS.iter().rev().filter_map(|&span| fit(values, span));
    let sized = fits.map(|fit| {
        let exact = fit.residuals.iter().all(|r| *r == L::default());
        let packed = if exact { 0 } else { Packing::of(&fit.residuals).bytes };
        let bytes = 2 * NODE_BYTES + 2 + fit.lines.len() * 16 + packed;
        (fit, bytes)
    });
    sized.min_by_key(|(_, bytes)| *bytes)
}

/// LINEAR as a candidate.
pub(crate) struct LinearScheme;

impl<L: Lane> Scheme<[L], Statistics<L>> for LinearScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Linear
    }

    fn estimate(&self, values: &[L], statistics: &Statistics<L>, context: &Context<'_>) -> Option<Estimate> {
        let sorted = statistics.ascending || statistics.descending;
        let usable = context.may_nest(Encoding::Linear) && L::PACKED_BITS > 0 && !context.floats;
        if !usable || !sorted || statistics.runs < 4 {
            return None;
        }
        let (_, bytes) = best(values)?;
        let child_ns = values.len() as f64 * value_ns(Encoding::BitPacked);
        Some(Estimate::tree(Encoding::Linear, values.len(), bytes, child_ns))
    }

    fn encode(&self, values: &[L], _: &Statistics<L>, context: &Context<'_>) -> Option<Node> {
        if !context.may_nest(Encoding::Linear) || L::PACKED_BITS == 0 || context.floats {
            return None;
        }
        let (fit, _) = best(values)?;
        let mut parameters = vec![fit.shift as u8, fit.span];
        for line in &fit.lines {
            parameters.extend(line.base.to_le_bytes());
            parameters.extend(line.slope.to_le_bytes());
        }
        let children = vec![context.encode(Encoding::Linear, 0, &fit.residuals)];
        Some(Node { parameters: parameters.into(), children, ..Node::new(Encoding::Linear, values.len()) })
    }
}
