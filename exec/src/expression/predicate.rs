//! Filters: conjuncts that narrow a batch's selection one after another.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use canopy_format::{Batch, DataType, Selection};
use canopy_proto::plan::{self, expression::Kind as Message};
use parking_lot::RwLock;

use super::evaluate::Frame;
use super::mask::Mask;
use super::{EvalContext, Layout, Program};
use crate::kernel::bits::BitWords;
use crate::kernel::selection;
use crate::{ExecError, Result};

/// Batches between two looks at the order of conjuncts.
const REORDER_BATCHES: u64 = 32;
/// A conjunct is evaluated on all rows while at least one in this many is left and it is cheap.
const DENSE_SHARE: usize = 8;

/// Conjuncts compiled over one layout. They are reordered by measured rows dropped a nanosecond, which
/// GoogleSQL allows; an error counts only for rows that no other conjunct drops.
pub struct Predicate {
    program: Program,
    measured: Vec<Measured>,
    order: RwLock<Vec<usize>>,
    batches: AtomicU64,
}

/// What a conjunct has done so far.
#[derive(Default)]
struct Measured {
    dropped: AtomicU64,
    nanoseconds: AtomicU64,
}

impl Predicate {
    /// Returns the conjuncts compiled; those that are conjunctions themselves are taken apart.
    ///
    /// # Errors
    /// As [`Program::compile`], and for conjuncts that are not BOOL.
    pub fn compile(conjuncts: &[plan::Expression], layout: &Layout) -> Result<Self> {
        let mut flat = Vec::new();
        conjuncts.iter().for_each(|conjunct| flatten(conjunct, &mut flat));
        let program = Program::compile(&flat, layout)?;
        if let Some(other) = program.types().into_iter().find(|t| *t != DataType::Bool) {
            return Err(ExecError::InvalidPlan(format!("a filter is {other}, not BOOL")));
        }
        let count = program.outputs.len();
        Ok(Self {
            program,
            measured: (0..count).map(|_| Measured::default()).collect(),
            order: RwLock::new((0..count).collect()),
            batches: AtomicU64::new(0),
        })
    }

    /// Returns the batch with only the rows for which every conjunct is TRUE.
    ///
    /// # Errors
    /// [`ExecError::Evaluation`] when a conjunct fails on a row that the others keep.
    pub fn select(&self, batch: Batch, context: &EvalContext) -> Result<Batch> {
        self.program.check(&batch)?;
        let before: Option<Vec<u32>> =
            batch.selection().map(|rows| rows.iter().map(|&row| row as u32).collect());
        let frame = Frame::root(&self.program, batch.columns(), before, batch.physical_rows(), context);
        let mut kept = BitWords::filled(true, frame.rows);
        let mut failed = Vec::new();
        let order = self.order.read().clone();
        for index in order {
            match self.apply(&frame, index, &mut kept) {
                Err(ExecError::Evaluation(_)) => failed.push(index),
                other => other?,
            }
        }
        for index in failed {
            self.apply(&frame, index, &mut kept)?;
        }
        self.reorder();
        let count = kept.count_ones();
        if count == frame.rows {
            return Ok(batch);
        }
        let chosen = selection::from_words(context.tier(), &kept);
        drop(frame);
        let chosen: Selection = match batch.selection() {
            None => chosen,
            Some(before) => chosen.iter().map(|&row| before[row as usize]).collect(),
        };
        Ok(batch.with_selection(Some(chosen)))
    }

    /// The compiled conjuncts.
    pub(super) fn program(&self) -> &Program {
        &self.program
    }

    /// Number of conjuncts.
    pub fn len(&self) -> usize {
        self.measured.len()
    }

    /// True without conjuncts: every row passes.
    pub fn is_empty(&self) -> bool {
        self.measured.is_empty()
    }

    fn apply(&self, frame: &Frame<'_>, index: usize, kept: &mut BitWords) -> Result<()> {
        let before = kept.count_ones();
        if before == 0 {
            return Ok(());
        }
        let start = Instant::now();
        let node = self.program.outputs[index];
        let cheap = frame.is_known(node) || self.program.nodes[node].cheap;
        if before == frame.rows || (cheap && before * DENSE_SHARE >= frame.rows) {
            kept.zip(&Mask::of(&frame.evaluate(node)?).is_true, |a, b| a & b);
        } else {
            let rows = kept.ones();
            let narrowed = frame.narrowed(rows.clone());
            let mask = Mask::of(&narrowed.evaluate(node)?);
            for (position, &row) in rows.iter().enumerate() {
                if !mask.is_true.get(position) {
                    kept.clear(row as usize);
                }
            }
        }
        let measured = &self.measured[index];
        measured.dropped.fetch_add((before - kept.count_ones()) as u64, Ordering::Relaxed);
        measured.nanoseconds.fetch_add(start.elapsed().as_nanos() as u64, Ordering::Relaxed);
        Ok(())
    }

    /// Every few batches, puts those conjuncts first that drop the most rows a nanosecond, and lets what
    /// was measured fade, so that the order follows the data.
    fn reorder(&self) {
        let batches = self.batches.fetch_add(1, Ordering::Relaxed) + 1;
        if self.measured.len() < 2 || !batches.is_multiple_of(REORDER_BATCHES) {
            return;
        }
        let rate = |measured: &Measured| {
            let time = measured.nanoseconds.load(Ordering::Relaxed).max(1);
            measured.dropped.load(Ordering::Relaxed) as f64 / time as f64
        };
        let rates: Vec<f64> = self.measured.iter().map(rate).collect();
        self.order.write().sort_by(|&a, &b| rates[b].total_cmp(&rates[a]));
        for measured in &self.measured {
            for counter in [&measured.dropped, &measured.nanoseconds] {
                counter.store(counter.load(Ordering::Relaxed) / 2, Ordering::Relaxed);
            }
        }
    }
}

fn flatten(expression: &plan::Expression, out: &mut Vec<plan::Expression>) {
    match &expression.kind {
        Some(Message::Call(call)) if call.function == "$and" && !call.safe => {
            // The messages' own nesting is bounded where they are decoded.
            call.arguments.iter().for_each(|argument| flatten(argument, out));
        }
        _ => out.push(expression.clone()),
    }
}
