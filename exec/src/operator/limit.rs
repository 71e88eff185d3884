//! LIMIT and OFFSET over all workers: each claims a range of positions for its batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use canopy_format::Batch;

use crate::Result;
use crate::pipeline::{Operator, OperatorFactory};

/// Makes the operators of one limit.
pub(crate) struct LimitFactory {
    first: u64,
    end: u64,
    position: Arc<AtomicU64>,
}

impl LimitFactory {
    pub(crate) fn new(limit: Option<u64>, offset: u64) -> Self {
        let end = limit.map_or(u64::MAX, |limit| offset.saturating_add(limit));
        Self { first: offset, end, position: Arc::default() }
    }
}

impl OperatorFactory for LimitFactory {
    fn start(&self) -> Result<Box<dyn Operator>> {
        Ok(Box::new(Limit { first: self.first, end: self.end, position: self.position.clone(), kept: None }))
    }
}

struct Limit {
    first: u64,
    end: u64,
    position: Arc<AtomicU64>,
    kept: Option<Batch>,
}

impl Operator for Limit {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let rows = batch.rows() as u64;
        let start = self.position.fetch_add(rows, Ordering::Relaxed);
        let from = self.first.clamp(start, start + rows) - start;
        let to = self.end.clamp(start, start + rows) - start;
        self.kept = match (from, to) {
            (0, to) if to == rows => Some(batch),
            (from, to) if from < to => Some(batch.slice(from as usize, (to - from) as usize)),
            _ => None,
        };
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Batch>> {
        Ok(self.kept.take())
    }

    fn exhausted(&self) -> bool {
        self.position.load(Ordering::Relaxed) >= self.end
    }
}
