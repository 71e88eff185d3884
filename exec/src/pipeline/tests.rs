//! What waits for what.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Branch, Gate, Graph, Metrics, Sink, SinkWriter, Source, SourceReader, Work};
use crate::Result;
use crate::worker::{CancelToken, WorkerPool};

/// A source without rows that writes down when it starts.
struct Named(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Source for Named {
    fn parallelism(&self) -> usize {
        1
    }

    fn start(&self) -> Result<Box<dyn SourceReader>> {
        self.1.lock().push(self.0);
        Ok(Box::new(Empty))
    }
}

struct Empty;

impl SourceReader for Empty {
    fn next(&mut self) -> futures::future::BoxFuture<'_, Result<Option<canopy_format::Batch>>> {
        Box::pin(std::future::ready(Ok(None)))
    }
}

impl Sink for Empty {
    fn start(self: Arc<Self>) -> Result<Box<dyn SinkWriter>> {
        Ok(Box::new(Empty))
    }

    fn finish(self: Arc<Self>, _: usize) -> Result<Vec<Work>> {
        Ok(Vec::new())
    }
}

impl SinkWriter for Empty {
    fn push(&mut self, _: canopy_format::Batch) -> Result<()> {
        Ok(())
    }

    fn end(self: Box<Self>) -> Result<()> {
        Ok(())
    }
}

/// A graph in the making, and the order in which its pipelines start.
#[derive(Default)]
struct Making {
    graph: Graph,
    started: Arc<Mutex<Vec<&'static str>>>,
}

impl Making {
    fn pipeline(&mut self, name: &'static str, waits: &[Gate], filters: &[u32]) -> Gate {
        let metrics = Metrics::new(0, name);
        let branch = Branch {
            source: Arc::new(Named(name, self.started.clone())),
            metrics: metrics.clone(),
            stages: Vec::new(),
            waits: waits.to_vec(),
            opens: Vec::new(),
            filters: filters.to_vec(),
            ordered: false,
        };
        self.graph.end(vec![branch], Arc::new(Empty), &metrics)
    }

    fn run(mut self, ready: HashMap<u32, Gate>) -> Vec<&'static str> {
        self.graph.wait_for_filters(&ready);
        let workers = WorkerPool::new(1);
        let queue = workers.queue();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(self.graph.run(&queue, 1, &CancelToken::new())).unwrap();
        self.started.lock().clone()
    }
}

#[test]
fn a_scan_waits_for_the_filter_that_it_uses() {
    // The grouped side of a join, whose other side is built from a third table.
    let mut making = Making::default();
    making.pipeline("grouped", &[], &[7]);
    let built = making.pipeline("built", &[], &[]);
    assert_eq!(making.run(HashMap::from([(7, built)])), ["built", "grouped"]);
}

#[test]
fn a_filter_made_of_a_scans_own_rows_is_not_waited_for() {
    let mut making = Making::default();
    let grouped = making.pipeline("grouped", &[], &[7]);
    let built = making.pipeline("built", &[grouped], &[8]);
    assert_eq!(making.run(HashMap::from([(7, built), (8, grouped)])), ["grouped", "built"]);
}

#[test]
fn two_scans_that_would_wait_for_each_other_do_not() {
    let mut making = Making::default();
    let one = making.pipeline("one", &[], &[2]);
    let two = making.pipeline("two", &[], &[1]);
    assert_eq!(making.run(HashMap::from([(1, one), (2, two)])), ["two", "one"]);
}
