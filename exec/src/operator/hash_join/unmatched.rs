//! Rows of the build side that go out after all probes: those with a match, or those without.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use canopy_format::{BATCH_ROWS, Batch, Vector};
use canopy_proto::plan::JoinKind;
use futures::FutureExt;
use futures::future::BoxFuture;

use super::JoinPlan;
use crate::Result;
use crate::pipeline::{Source, SourceReader};

pub(crate) struct UnmatchedSource {
    plan: Arc<JoinPlan>,
    next: Arc<AtomicUsize>,
}

impl UnmatchedSource {
    pub(crate) fn new(plan: Arc<JoinPlan>) -> Self {
        Self { plan, next: Arc::default() }
    }
}

impl Source for UnmatchedSource {
    fn start(&self) -> Result<Box<dyn SourceReader>> {
        Ok(Box::new(Reader { plan: self.plan.clone(), next: self.next.clone() }))
    }
}

struct Reader {
    plan: Arc<JoinPlan>,
    next: Arc<AtomicUsize>,
}

impl Reader {
    fn read(&self) -> Result<Option<Batch>> {
        let table = self.plan.table()?;
        let wanted = self.plan.kind == JoinKind::RightSemi;
        loop {
            let start = self.next.fetch_add(BATCH_ROWS, Ordering::Relaxed);
            if start >= table.rows {
                return Ok(None);
            }
            let range = start..table.rows.min(start + BATCH_ROWS);
            let rows: Vec<u32> =
                range.filter(|&row| table.is_matched(row) == wanted).map(|row| row as u32).collect();
            if rows.is_empty() {
                continue;
            }
            let build = table.columns.iter().map(|column| column.gather(&rows));
            let nulls = self.plan.probe_types.iter().map(|t| Vector::nulls(t.clone(), rows.len()));
            let columns = match self.plan.is_silent() {
                true => build.collect(),
                false => nulls.chain(build).collect(),
            };
            return Ok(Some(Batch::new(columns, rows.len())));
        }
    }
}

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        std::future::ready(self.read()).boxed()
    }
}
