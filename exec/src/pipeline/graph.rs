//! The pipelines of a fragment, what waits for what, and running them in that order.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_proto::plan::OperatorProfile;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};

use super::drive::Worker;
use super::{Metrics, OperatorFactory, Sink, Source};
use crate::Result;
use crate::worker::{CancelToken, Join, Queue};

/// Opens when all that must happen first has happened; pipelines wait for gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate(usize);

/// An operator of a pipeline with its counters.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) factory: Arc<dyn OperatorFactory>,
    pub(crate) metrics: Arc<Metrics>,
}

/// A pipeline that has no sink yet.
#[derive(Clone)]
pub(crate) struct Branch {
    pub(crate) source: Arc<dyn Source>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) stages: Vec<Stage>,
    /// Gates that must be open before it starts.
    pub(crate) waits: Vec<Gate>,
    /// Gates that its end helps to open.
    pub(crate) opens: Vec<Gate>,
    /// Filters that its source uses when they are ready, by id.
    pub(crate) filters: Vec<u32>,
    /// Rows have an order that must be kept: one worker only.
    pub(crate) ordered: bool,
}

struct Pipeline {
    branch: Branch,
    sink: usize,
    started: bool,
}

struct SinkEntry {
    sink: Arc<dyn Sink>,
    metrics: Arc<Metrics>,
    /// Pipelines that still run into it.
    left: usize,
    gate: Gate,
}

/// The pipelines of one fragment.
#[derive(Default)]
pub(crate) struct Graph {
    pipelines: Vec<Pipeline>,
    sinks: Vec<SinkEntry>,
    /// How much must still happen before each gate opens.
    gates: Vec<usize>,
    metrics: Vec<Arc<Metrics>>,
}

/// What has just ended.
enum Event {
    Pipeline(usize),
    Sink(usize),
}

impl Graph {
    /// Registers an operator of the plan.
    pub(crate) fn metrics(&mut self, operator_id: u32, name: &str) -> Arc<Metrics> {
        let metrics = Metrics::new(operator_id, name);
        self.metrics.push(metrics.clone());
        metrics
    }

    /// Returns a gate that opens after `events` pipelines with it in [`Branch::opens`] have ended.
    pub(crate) fn gate(&mut self, events: usize) -> Gate {
        self.gates.push(events);
        Gate(self.gates.len() - 1)
    }

    /// Ends the branches in `sink`; the gate opens when its final work is done.
    pub(crate) fn end(&mut self, branches: Vec<Branch>, sink: Arc<dyn Sink>, metrics: &Arc<Metrics>) -> Gate {
        let gate = self.gate(1);
        let index = self.sinks.len();
        self.sinks.push(SinkEntry { sink, metrics: metrics.clone(), left: branches.len(), gate });
        let pipelines = branches.into_iter().map(|branch| Pipeline { branch, sink: index, started: false });
        self.pipelines.extend(pipelines);
        gate
    }

    /// Lets a pipeline that uses a filter wait for the gate behind which it is ready, where that gate does not
    /// hang on the pipeline itself: what the filter drops is worth more than an early start.
    pub(crate) fn wait_for_filters(&mut self, ready: &HashMap<u32, Gate>) {
        for index in 0..self.pipelines.len() {
            for filter in self.pipelines[index].branch.filters.clone() {
                let Some(&gate) = ready.get(&filter) else { continue };
                let waits = self.pipelines[index].branch.waits.contains(&gate);
                if !waits && !self.hangs_on(gate, index) {
                    self.pipelines[index].branch.waits.push(gate);
                }
            }
        }
    }

    /// Whether a gate cannot open before a pipeline has ended.
    fn hangs_on(&self, gate: Gate, pipeline: usize) -> bool {
        let (mut open, mut seen) = (vec![gate], vec![false; self.gates.len()]);
        while let Some(gate) = open.pop() {
            if std::mem::replace(&mut seen[gate.0], true) {
                continue;
            }
            for (index, other) in self.pipelines.iter().enumerate() {
                if self.sinks[other.sink].gate == gate || other.branch.opens.contains(&gate) {
                    if index == pipeline {
                        return true;
                    }
                    open.extend(&other.branch.waits);
                }
            }
        }
        false
    }

    /// The counters of all operators.
    pub(crate) fn profiles(&self) -> Vec<OperatorProfile> {
        self.metrics.iter().map(|metrics| metrics.profile()).collect()
    }

    /// Runs everything; pipelines that wait for nothing run side by side. A failure stops the others
    /// through `cancel`; all of them have ended when this returns.
    ///
    /// # Errors
    /// The first failure.
    pub(crate) async fn run(
        &mut self,
        queue: &Arc<Queue>,
        workers: usize,
        cancel: &CancelToken,
    ) -> Result<()> {
        let mut running: FuturesUnordered<BoxFuture<'static, Result<Event>>> = FuturesUnordered::new();
        let mut failure = None;
        loop {
            for index in 0..self.pipelines.len() {
                let pipeline = &self.pipelines[index];
                let open = pipeline.branch.waits.iter().all(|gate| self.gates[gate.0] == 0);
                if open && !pipeline.started && failure.is_none() {
                    self.pipelines[index].started = true;
                    let joined = match self.start(index, queue, workers, cancel) {
                        Ok(joined) => joined,
                        Err(error) => std::future::ready(Err(error)).boxed(),
                    };
                    running.push(joined.map(move |done| done.map(|()| Event::Pipeline(index))).boxed());
                }
            }
            match running.next().await {
                None => return failure.map_or(Ok(()), Err),
                Some(Err(error)) => {
                    cancel.cancel(error.to_string());
                    failure.get_or_insert(error);
                }
                Some(Ok(Event::Pipeline(index))) => {
                    if let Some(sink) = self.pipeline_ended(index) {
                        let work = finish(&self.sinks[sink], queue.clone(), cancel.clone());
                        running.push(work.map(move |done| done.map(|()| Event::Sink(sink))).boxed());
                    }
                }
                Some(Ok(Event::Sink(index))) => self.gates[self.sinks[index].gate.0] = 0,
            }
        }
    }

    /// Opens what a pipeline's end opens; returns its sink when it was the last one into it.
    fn pipeline_ended(&mut self, index: usize) -> Option<usize> {
        let pipeline = &self.pipelines[index];
        for gate in &pipeline.branch.opens {
            self.gates[gate.0] = self.gates[gate.0].saturating_sub(1);
        }
        let sink = pipeline.sink;
        self.sinks[sink].left -= 1;
        (self.sinks[sink].left == 0).then_some(sink)
    }

    /// Starts a pipeline on the workers.
    fn start(
        &self,
        index: usize,
        queue: &Arc<Queue>,
        workers: usize,
        cancel: &CancelToken,
    ) -> Result<BoxFuture<'static, Result<()>>> {
        let Pipeline { branch, sink, .. } = &self.pipelines[index];
        let sink = &self.sinks[*sink];
        let workers = if branch.ordered { 1 } else { workers.min(branch.source.parallelism()).max(1) };
        let mut joins = Vec::with_capacity(workers);
        for _ in 0..workers {
            let operators = branch
                .stages
                .iter()
                .map(|stage| Ok((stage.factory.start()?, stage.metrics.clone())))
                .collect::<Result<_>>()?;
            let worker = Worker {
                source: branch.source.start()?,
                source_metrics: branch.metrics.clone(),
                operators,
                sink: sink.sink.clone().start()?,
                sink_metrics: sink.metrics.clone(),
                cancel: cancel.clone(),
            };
            joins.push(queue.spawn(worker.run()));
        }
        Ok(all(joins, cancel.clone()).boxed())
    }
}

/// Waits for all, whatever their outcome; the first failure stops the others and is returned.
async fn all(joins: Vec<Join<()>>, cancel: CancelToken) -> Result<()> {
    let mut failure = None;
    let mut joins: FuturesUnordered<Join<()>> = joins.into_iter().collect();
    while let Some(outcome) = joins.next().await {
        if let Err(error) = outcome {
            cancel.cancel(error.to_string());
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(()), Err)
}

/// A sink's final work, step by step.
fn finish(entry: &SinkEntry, queue: Arc<Queue>, cancel: CancelToken) -> BoxFuture<'static, Result<()>> {
    let (sink, metrics) = (entry.sink.clone(), entry.metrics.clone());
    async move {
        for step in 0.. {
            cancel.check()?;
            // Planning a step may itself be work: it runs on a worker too.
            let (planner, counted) = (sink.clone(), metrics.clone());
            let work = queue.spawn(async move { counted.time(|| planner.finish(step)) }).await?;
            if work.is_empty() {
                break;
            }
            let joins = work.into_iter().map(|work| {
                let metrics = metrics.clone();
                queue.spawn(async move { metrics.time(work) })
            });
            all(joins.collect(), cancel.clone()).await?;
        }
        Ok(())
    }
    .boxed()
}
