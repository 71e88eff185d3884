//! Predicates that the reader can test against statistics and encoded blocks.

use std::sync::Arc;

use crate::{FieldId, Value};

/// How a column compares with a constant. NULL satisfies none of them but `IsNull`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// A test on one leaf column that needs no other column. SQL comparison: NaN satisfies only `!=`.
#[derive(Debug, Clone)]
pub enum ColumnTest {
    /// Comparison with a constant of the column's own type, never NULL.
    Compare(Comparison, Value),
    /// Equal to one of the constants, sorted and unique, never NULL.
    In(Arc<[Value]>),
    /// The value begins with the bytes (STRING and BYTES).
    StartsWith(Arc<[u8]>),
    /// The value is NULL.
    IsNull,
    /// The value is not NULL.
    IsNotNull,
    /// The value's hash may be in the filter: from a join's build side.
    MayContain(Arc<dyn MembershipFilter>),
}

/// A set that may answer yes wrongly, never no: a Bloom filter.
pub trait MembershipFilter: Send + Sync + std::fmt::Debug {
    /// Clears bits of `mask` (bit `i` for row `i`) for rows that are surely not in the set, NULL rows
    /// included.
    fn filter(&self, values: &crate::Vector, mask: &mut [u64]);
}

/// One conjunct of a scan's predicate.
#[derive(Debug, Clone)]
pub struct ColumnPredicate {
    /// The leaf column; not under a repeated field.
    pub field: FieldId,
    /// The test.
    pub test: ColumnTest,
}
