//! Writing shared beginnings.

use crate::StringVector;
use crate::encoding::choose::{Context, Estimate, NODE_BYTES, Scheme, TextStatistics};
use crate::encoding::{Encoding, Node, PAGE_VALUES, TEXT_RAW_BYTES_MAX, choose};

/// PREFIX as a candidate for text of which at least a third is shared.
pub(crate) struct PrefixScheme;

/// Bytes that each value shares with the one before it in its page.
fn shared(values: &StringVector) -> Vec<u32> {
    (0..values.len())
        .map(|row| match row % PAGE_VALUES {
            0 => 0,
            _ => {
                let (before, value) = (values.bytes(row - 1), values.bytes(row));
                before.iter().zip(value).take_while(|(a, b)| a == b).count() as u32
            }
        })
        .collect()
}

impl Scheme<StringVector, TextStatistics> for PrefixScheme {
    fn encoding(&self) -> Encoding {
        Encoding::Prefix
    }

    fn estimate(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Estimate> {
        if !context.may_nest(Encoding::Prefix) || values.len() < 16 {
            return None;
        }
        let sample = statistics.sample(values);
        let total: usize = sample.views().iter().map(|view| view.len()).sum();
        let common: usize = shared(sample).iter().map(|&n| n as usize).sum();
        if common * 3 < total {
            return None;
        }
        // The rests compress as text does; what they really take is found when the tree is built.
        let rest = statistics.total_bytes as f64 * (total - common) as f64 / total.max(1) as f64;
        let decode_ns = statistics.total_bytes as f64 * choose::codec_ns(crate::encoding::text::Codec::Plain);
        let bytes = 3 * NODE_BYTES + values.len() / 2 + (rest * 0.5) as usize;
        Some(Estimate::tree(Encoding::Prefix, values.len(), bytes, decode_ns))
    }

    fn encode(
        &self,
        values: &StringVector,
        statistics: &TextStatistics,
        context: &Context<'_>,
    ) -> Option<Node> {
        if !context.may_nest(Encoding::Prefix) || statistics.total_bytes > TEXT_RAW_BYTES_MAX {
            return None;
        }
        let shared = shared(values);
        let rests: StringVector =
            shared.iter().enumerate().map(|(row, &n)| &values.bytes(row)[n as usize..]).collect();
        let mut node = Node::new(Encoding::Prefix, values.len());
        let mut parameters = Vec::new();
        for start in (0..values.len()).step_by(PAGE_VALUES) {
            let end = values.len().min(start + PAGE_VALUES);
            let raw: usize = values.views()[start..end].iter().map(|view| view.len()).sum();
            parameters.extend((raw as u32).to_le_bytes());
        }
        node.parameters = parameters.into();
        node.children.push(context.encode(Encoding::Prefix, 0, &shared));
        node.children.push(choose::plain_text(&rests, &context.child(Encoding::Prefix, 1)));
        Some(node)
    }
}
