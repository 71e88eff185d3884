//! Writing runs.

use crate::encoding::{Encoding, Lane, Node, choose};

/// Returns the values as runs, the children encoded as is best for them.
pub(crate) fn encode<L: Lane>(values: &[L], cost: &choose::Cost, depth: usize) -> Node {
    let (mut run_values, mut ends) = (Vec::new(), Vec::<u32>::new());
    for (position, value) in values.iter().enumerate() {
        if run_values.last() == Some(value) {
            ends.pop();
        } else {
            run_values.push(*value);
        }
        ends.push(position as u32 + 1);
    }
    let children = vec![
        choose::encode_fixed(&run_values, cost, depth + 1),
        choose::encode_fixed(&ends, cost, depth + 1),
    ];
    Node { children, ..Node::new(Encoding::RunLength, values.len()) }
}
