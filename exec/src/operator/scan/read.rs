//! One worker's reader: stripes in, filtered batches out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use canopy_format::{BATCH_ROWS, Batch, ColumnTest, Selection, StripeDecoder, Vector};
use futures::FutureExt;
use futures::future::BoxFuture;

use super::ScanPlan;
use super::fetch::{Stripe, Stripes};
use super::order::TestOrder;
use crate::Result;
use crate::operator::FragmentContext;
use crate::pipeline::{Metrics, SourceReader};
use crate::worker::breathe;

/// Rows that are decoded and filtered at once inside the format.
const VECTOR_ROWS: usize = 1024;
/// Rows tested before a runtime filter is judged.
const ROWS_TO_JUDGE: u64 = 65_536;
/// Share of rows (a fraction of) that a runtime filter must drop to be kept.
const DROPS_LEAST: f64 = 0.05;

pub(super) struct Reader {
    plan: Arc<ScanPlan>,
    context: Arc<FragmentContext>,
    metrics: Arc<Metrics>,
    stripes: Stripes,
    current: Option<Current>,
    runtime: Vec<RuntimeTest>,
    order: TestOrder,
}

struct Current {
    stripe: Stripe,
    decoder: StripeDecoder,
    next_row: usize,
}

/// A runtime filter's test, and what it is worth.
struct RuntimeTest {
    column: usize,
    test: ColumnTest,
    tested: u64,
    dropped: u64,
}

impl RuntimeTest {
    fn is_worth_it(&self) -> bool {
        self.tested < ROWS_TO_JUDGE || self.dropped as f64 >= self.tested as f64 * DROPS_LEAST
    }
}

impl Reader {
    pub(super) fn new(
        plan: &Arc<ScanPlan>,
        context: &Arc<FragmentContext>,
        metrics: &Arc<Metrics>,
        stripes: Stripes,
    ) -> Self {
        let mut runtime = Vec::new();
        for &(filter_id, column) in &plan.runtime_filters {
            for test in context.runtime_filters.get(filter_id).iter().flat_map(|tests| tests.iter()) {
                runtime.push(RuntimeTest { column, test: test.clone(), tested: 0, dropped: 0 });
            }
        }
        Self {
            plan: plan.clone(),
            context: context.clone(),
            metrics: metrics.clone(),
            stripes,
            current: None,
            runtime,
            order: TestOrder::default(),
        }
    }

    async fn read(&mut self) -> Result<Option<Batch>> {
        loop {
            if self.current.is_none() {
                let stripe = self.stripes.lock().await.recv().await;
                let Some(stripe) = stripe.transpose()? else { return Ok(None) };
                self.current = Some(Current { decoder: stripe.data.decoder(), stripe, next_row: 0 });
            }
            let started = Instant::now();
            let batch = self.decode();
            self.metrics.spent(started.elapsed());
            if let Some(batch) = batch? {
                return Ok(Some(batch));
            }
            self.context.cancel.check()?;
            breathe().await;
        }
    }

    /// Decodes the next rows; None when none of them passes or the stripe has ended.
    fn decode(&mut self) -> Result<Option<Batch>> {
        let Some(current) = &mut self.current else { return Ok(None) };
        let rows = current.decoder.rows();
        let (mut start, mut count) = (current.next_row, BATCH_ROWS.min(rows - current.next_row));
        current.next_row += count;
        let mut mask = [0u64; BATCH_ROWS / 64];
        for (word, bits) in mask.iter_mut().enumerate() {
            let left = count.saturating_sub(word * 64);
            *bits = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        }
        let first = current.stripe.data.start() + start as u64;
        current.stripe.file.deleted.clear(first, &mut mask[..count.div_ceil(64)]);
        let passing =
            filter(current, &mut self.order, &mut self.runtime, start, count, &mut mask, &self.metrics)?;
        let done = current.next_row == rows;
        let batch = match passing {
            0 => None,
            _ => {
                let mut bits = &mask[..];
                // Halves without a row are not decoded.
                let half = VECTOR_ROWS / 64;
                if count > VECTOR_ROWS && bits[..half].iter().all(|&word| word == 0) {
                    (start, count, bits) = (start + VECTOR_ROWS, count - VECTOR_ROWS, &bits[half..]);
                } else if count > VECTOR_ROWS && bits[half..].iter().all(|&word| word == 0) {
                    count = VECTOR_ROWS;
                }
                Some(self.materialize(start, count, bits, passing)?)
            }
        };
        if done {
            self.end_stripe();
        }
        match (batch, &self.plan.residual) {
            (Some(batch), Some(residual)) => {
                let batch = residual.select(batch, &self.context.evaluation)?;
                Ok((batch.rows() > 0).then(|| self.without_hidden(batch)))
            }
            (batch, _) => Ok(batch),
        }
    }

    fn materialize(&mut self, start: usize, count: usize, bits: &[u64], passing: usize) -> Result<Batch> {
        let mut columns = Vec::with_capacity(self.plan.output.len() + self.plan.hidden.len());
        if let Some(current) = &mut self.current {
            let emitted = self.plan.columns.iter().enumerate().filter(|(_, column)| column.emitted);
            for index in emitted.map(|(index, _)| index).chain(self.plan.hidden.iter().copied()) {
                columns.push(current.decoder.read(index, start, count)?);
            }
            if let Some(position) = self.plan.row_number {
                let first = current.stripe.file.first_row + current.stripe.data.start() + start as u64;
                columns.insert(position, Vector::sequence(first as i64, 1, count));
            }
        }
        let selection: Option<Selection> = (passing < count).then(|| {
            let words = bits.iter().enumerate();
            let mut rows = Vec::with_capacity(passing);
            for (index, &word) in words.take(count.div_ceil(64)) {
                let mut word = word;
                while word != 0 {
                    rows.push((index * 64) as u16 + word.trailing_zeros() as u16);
                    word &= word - 1;
                }
            }
            rows[..].into()
        });
        Ok(Batch::new(columns, count).with_selection(selection))
    }

    /// The output's columns of a batch that the residual has read.
    fn without_hidden(&self, batch: Batch) -> Batch {
        if self.plan.hidden.is_empty() {
            return batch;
        }
        let columns = batch.columns()[..self.plan.output.len()].to_vec();
        Batch::new(columns, batch.physical_rows()).with_selection(batch.selection().cloned())
    }

    fn end_stripe(&mut self) {
        let Some(current) = self.current.take() else { return };
        let rows = current.decoder.rows() as u64;
        let bytes = (rows as f64 * current.stripe.file.raw_bytes_per_row) as u64;
        self.metrics.rows_scanned.fetch_add(rows, Ordering::Relaxed);
        self.metrics.bytes_processed.fetch_add(bytes, Ordering::Relaxed);
        self.context.progress.stripe_done(rows, bytes);
        self.runtime.retain(RuntimeTest::is_worth_it);
    }
}

fn ones(mask: &[u64]) -> usize {
    mask.iter().map(|word| word.count_ones() as usize).sum()
}

/// Clears the bits of rows that a test refuses; returns how many are left.
fn filter(
    current: &mut Current,
    order: &mut TestOrder,
    runtime: &mut [RuntimeTest],
    start: usize,
    count: usize,
    mask: &mut [u64],
    metrics: &Metrics,
) -> Result<usize> {
    let mut left = ones(mask);
    if left == 0 {
        return Ok(0);
    }
    let tests = &current.stripe.file.tests;
    order.fit(tests.len());
    for place in 0..tests.len() {
        let (column, test) = &tests[order.test(place)];
        let started = Instant::now();
        current.decoder.filter(*column, test, start, count, mask)?;
        let passed = ones(mask);
        order.note(order.test(place), left - passed, started.elapsed());
        left = passed;
        if left == 0 {
            break;
        }
    }
    order.end_batch();
    if left == 0 {
        return Ok(0);
    }
    for test in runtime.iter_mut().filter(|test| test.is_worth_it()) {
        current.decoder.filter(test.column, &test.test, start, count, mask)?;
        let passed = ones(mask);
        test.tested += left as u64;
        test.dropped += (left - passed) as u64;
        metrics.runtime_filter_rows_dropped.fetch_add((left - passed) as u64, Ordering::Relaxed);
        left = passed;
        if left == 0 {
            return Ok(0);
        }
    }
    Ok(left)
}

impl SourceReader for Reader {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Batch>>> {
        self.read().boxed()
    }
}
