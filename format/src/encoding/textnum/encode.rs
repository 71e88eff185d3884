//! Writing text as numbers.

use super::template::Template;
use crate::StringVector;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, TextStatistics};
use crate::encoding::{Encoding, Node, TEXT_RAW_BYTES_MAX, choose, text};

/// TEXTNUM as a candidate for text.
pub(crate) struct TextNumScheme;

/// Longest value looked at: longer ones are prose.
const VALUE_BYTES_MAX: usize = 256;

impl Scheme<StringVector, TextStatistics> for TextNumScheme {
    fn encoding(&self) -> Encoding {
        Encoding::TextNum
    }

    /// From the ranges of the numbers in a sample.
    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Estimate> {
        if !context.may_nest(Encoding::TextNum) || values.len() < 16 {
            return None;
        }
        let sample = statistics.sample(values);
        let rows = || (0..sample.len()).map(|row| sample.bytes(row));
        if rows().any(|value| value.len() > VALUE_BYTES_MAX) {
            return None;
        }
        let template = Template::find(rows())?;
        let count = template.numbers();
        let mut numbers = Vec::new();
        let fitting = rows().filter(|value| template.take_apart(value, &mut numbers)).count();
        let bits = |index: usize| {
            let mut column = numbers.iter().skip(index).step_by(count).map(|&n| n as i64);
            let first = column.next().unwrap_or(0);
            let (low, high) = column.fold((first, first), |(low, high), n| (low.min(n), high.max(n)));
            64 - (high.wrapping_sub(low) as u64).leading_zeros() as usize
        };
        let row_bits: usize = (0..count).map(bits).sum();
        let exceptions = (sample.len() - fitting) as f64 / sample.len() as f64;
        let bytes = values.len() * row_bits / 8 + (exceptions * statistics.total_bytes as f64) as usize;
        let child_ns = (values.len() * count) as f64 * choose::value_ns(Encoding::BitPacked);
        Some(Estimate::tree(Encoding::TextNum, values.len(), bytes + NODE_BYTES * (1 + count), child_ns))
    }

    fn encode(&self, values: &StringVector, _: &TextStatistics, context: &Context<'_>) -> Option<Node> {
        if !context.may_nest(Encoding::TextNum) {
            return None;
        }
        let rows = || (0..values.len()).map(|row| values.bytes(row)).filter(|v| v.len() <= VALUE_BYTES_MAX);
        let template = Template::find(rows())?;
        encode(values, &template, context)
    }
}

/// Returns the node of values under a template; None where it would decode to too much.
fn encode(values: &StringVector, template: &Template, context: &Context<'_>) -> Option<Node> {
    if template.bytes_max() * values.len() > TEXT_RAW_BYTES_MAX {
        return None;
    }
    let count = template.numbers();
    let mut numbers = Vec::with_capacity(values.len() * count);
    let mut exceptions: Vec<u32> = Vec::new();
    for row in 0..values.len() {
        if !template.take_apart(values.bytes(row), &mut numbers) {
            exceptions.push(row as u32);
            // The numbers before it again: they cost least.
            match numbers.len().checked_sub(count) {
                Some(start) => numbers.extend_from_within(start..),
                None => numbers.resize(count, 0),
            }
        }
    }
    let mut node = Node::new(Encoding::TextNum, values.len());
    node.parameters = template.write().into();
    for index in 0..count {
        let column: Vec<u64> = numbers.iter().skip(index).step_by(count).copied().collect();
        node.children.push(context.encode(Encoding::TextNum, index, &column));
    }
    if !exceptions.is_empty() {
        let texts: StringVector = exceptions.iter().map(|&row| values.bytes(row as usize)).collect();
        node.children.push(context.encode(Encoding::TextNum, count, &exceptions));
        node.children.push(text::encode(&texts, &context.child(Encoding::TextNum, count + 1)));
    }
    Some(node)
}
