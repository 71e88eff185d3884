//! Deciding from statistics which stripes can hold rows that pass.
//!
//! Three-valued: never, perhaps, always. A bound that is not known proves nothing.

use std::cmp::Ordering;

use super::block::Zone;
use super::bounds::compare;
use super::reader::FileReader;
use super::shape::StreamKind;
use crate::{ColumnPredicate, ColumnTest, Comparison, Result, Value};

/// The stripes worth reading, and what was spared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeSelection {
    /// Numbers of the stripes that may hold passing rows, ascending.
    pub stripes: Vec<usize>,
    /// Stripes left out.
    pub skipped_stripes: usize,
    /// Rows of the stripes left out.
    pub skipped_rows: u64,
}

/// What statistics prove of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No row passes.
    Never,
    /// Nothing.
    Perhaps,
    /// Every row passes.
    Always,
}

impl FileReader {
    /// Returns the stripes in which each of the predicates may pass for some row.
    ///
    /// A column that the file lacks is all NULL. A predicate on a repeated field proves nothing.
    ///
    /// # Errors
    /// [`crate::FormatError::Damaged`].
    pub fn prune(&self, predicates: &[ColumnPredicate]) -> Result<StripeSelection> {
        let mut keep = vec![true; self.stripe_count()];
        for predicate in predicates {
            let Some(column) = self.columns.find(predicate.field)? else {
                if !matches!(predicate.test, ColumnTest::IsNull) {
                    keep.fill(false);
                }
                continue;
            };
            let shape = &column.shape;
            let values = shape.find(predicate.field).and_then(|node| shape.nodes[node].values);
            let stream = values.filter(|&s| {
                let stream = shape.stream(s);
                stream.scope.is_none() && stream.kind == StreamKind::Values
            });
            let Some(stream) = stream else { continue };
            let metadata = self.stream(stream)?;
            for (keep, chunk) in keep.iter_mut().zip(&metadata.chunks) {
                let zone = Zone {
                    slots: chunk.slots as u64,
                    nulls: chunk.nulls as u64,
                    bounds: chunk.bounds.clone(),
                };
                *keep &= verdict(&predicate.test, &zone) != Verdict::Never;
            }
        }
        let skipped = |&stripe: &usize| !keep[stripe];
        Ok(StripeSelection {
            stripes: (0..keep.len()).filter(|&stripe| keep[stripe]).collect(),
            skipped_stripes: keep.iter().filter(|kept| !**kept).count(),
            skipped_rows: (0..keep.len()).filter(skipped).map(|s| self.stripe_rows(s) as u64).sum(),
        })
    }
}

/// What a zone proves of a test.
pub(super) fn verdict(test: &ColumnTest, zone: &Zone) -> Verdict {
    match test {
        ColumnTest::IsNull if zone.nulls == 0 => return Verdict::Never,
        ColumnTest::IsNull if zone.nulls == zone.slots => return Verdict::Always,
        ColumnTest::IsNotNull if zone.nulls == zone.slots => return Verdict::Never,
        ColumnTest::IsNotNull if zone.nulls == 0 => return Verdict::Always,
        ColumnTest::IsNull | ColumnTest::IsNotNull => return Verdict::Perhaps,
        _ if zone.nulls == zone.slots => return Verdict::Never,
        _ => {}
    }
    let (Some(min), Some(max)) = (&zone.bounds.min, &zone.bounds.max) else {
        return one_sided(test, zone);
    };
    let proven = match test {
        ColumnTest::Compare(comparison, constant) => compare_verdict(*comparison, constant, min, max),
        ColumnTest::In(constants) => in_verdict(constants, min, max),
        ColumnTest::StartsWith(prefix) => starts_with_verdict(prefix, min, max),
        _ => Verdict::Perhaps,
    };
    match proven {
        // A NULL never passes; and a float among the values may be NaN, which bounds do not tell of.
        Verdict::Always if zone.nulls > 0 || matches!(min, Value::Float64(_)) => Verdict::Perhaps,
        // NaN passes `!=` although the bounds leave it out.
        Verdict::Never
            if matches!((test, min), (ColumnTest::Compare(Comparison::NotEqual, _), Value::Float64(_))) =>
        {
            Verdict::Perhaps
        }
        proven => proven,
    }
}

/// With one bound known, only comparisons against it can fail for all.
fn one_sided(test: &ColumnTest, zone: &Zone) -> Verdict {
    use Comparison::*;
    let ColumnTest::Compare(comparison, constant) = test else { return Verdict::Perhaps };
    let order = |bound: &Option<Value>| bound.as_ref().and_then(|bound| compare(bound, constant));
    let never = match comparison {
        Less => order(&zone.bounds.min).is_some_and(Ordering::is_ge),
        LessOrEqual => order(&zone.bounds.min).is_some_and(Ordering::is_gt),
        Greater => order(&zone.bounds.max).is_some_and(Ordering::is_le),
        GreaterOrEqual => order(&zone.bounds.max).is_some_and(Ordering::is_lt),
        Equal => {
            order(&zone.bounds.min).is_some_and(Ordering::is_gt)
                || order(&zone.bounds.max).is_some_and(Ordering::is_lt)
        }
        NotEqual => false,
    };
    if never { Verdict::Never } else { Verdict::Perhaps }
}

fn compare_verdict(comparison: Comparison, constant: &Value, min: &Value, max: &Value) -> Verdict {
    use Comparison::*;
    let (Some(low), Some(high)) = (compare(min, constant), compare(max, constant)) else {
        return Verdict::Perhaps;
    };
    let (always, never) = match comparison {
        Equal => (low.is_eq() && high.is_eq(), low.is_gt() || high.is_lt()),
        NotEqual => (low.is_gt() || high.is_lt(), low.is_eq() && high.is_eq()),
        Less => (high.is_lt(), low.is_ge()),
        LessOrEqual => (high.is_le(), low.is_gt()),
        Greater => (low.is_gt(), high.is_le()),
        GreaterOrEqual => (low.is_ge(), high.is_lt()),
    };
    match (always, never) {
        (_, true) => Verdict::Never,
        (true, _) => Verdict::Always,
        _ => Verdict::Perhaps,
    }
}

fn in_verdict(constants: &[Value], min: &Value, max: &Value) -> Verdict {
    let outside = |constant: &Value| {
        compare(min, constant).is_some_and(Ordering::is_gt)
            || compare(max, constant).is_some_and(Ordering::is_lt)
    };
    match constants.iter().all(outside) {
        true => Verdict::Never,
        false => Verdict::Perhaps,
    }
}

fn starts_with_verdict(prefix: &[u8], min: &Value, max: &Value) -> Verdict {
    let bytes = |value: &Value| -> Option<Vec<u8>> {
        match value {
            Value::String(text) => Some(text.as_bytes().to_vec()),
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        }
    };
    let (Some(min), Some(max)) = (bytes(min), bytes(max)) else { return Verdict::Perhaps };
    let below = max.as_slice() < prefix;
    let above = min.as_slice() > prefix && !min.starts_with(prefix);
    if below || above { Verdict::Never } else { Verdict::Perhaps }
}
