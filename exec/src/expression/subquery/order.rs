//! ORDER BY over collected element rows.

use std::cmp::Ordering;

use canopy_format::Vector;
use canopy_proto::plan;

use super::super::compile::invalid;
use crate::Result;
use crate::kernel::compare::compare_rows;

/// How one key sorts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Direction {
    pub descending: bool,
    pub nulls_last: bool,
}

/// Returns the keys' expressions and directions.
pub(super) fn keys(messages: &[plan::SortKey]) -> Result<(Vec<plan::Expression>, Vec<Direction>)> {
    let mut expressions = Vec::with_capacity(messages.len());
    let mut directions = Vec::with_capacity(messages.len());
    for key in messages {
        let Some(expression) = &key.expression else { return invalid("sort key without an expression") };
        expressions.push(expression.clone());
        directions.push(Direction { descending: key.descending, nulls_last: key.nulls_last });
    }
    Ok((expressions, directions))
}

/// Orders two rows by the keys.
pub(super) fn compare(keys: &[Vector], directions: &[Direction], a: u32, b: u32) -> Ordering {
    let (a, b) = (a as usize, b as usize);
    for (key, direction) in keys.iter().zip(directions) {
        let order = match (key.is_null(a), key.is_null(b)) {
            (true, true) => Ordering::Equal,
            (true, false) if direction.nulls_last => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, true) if direction.nulls_last => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) if direction.descending => compare_rows(key, b, key, a),
            (false, false) => compare_rows(key, a, key, b),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}
