//! From a fragment's operators to the graph of pipelines that runs them.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_format::{Batch, DataType};
use canopy_proto::plan::{self, AggregatePhase, JoinKind, exchange, operator};
use tokio::sync::mpsc;

use super::aggregate::{AggregatePlan, AggregateSink, PartialFactory};
use super::exchange_read::ExchangeSource;
use super::hash_join::{BuildSink, JoinMessage, JoinPlan, ProbeFactory, UnmatchedSource};
use super::limit::LimitFactory;
use super::output::{OutputSink, Partitioning};
use super::recursive::{RecursivePlan, RecursiveSource, replay};
use super::results::ResultsSource;
use super::scan::{ScanPlan, ScanSource};
use super::single_row::SingleRowSink;
use super::sort::{SortPlan, SortSink, SortedSource};
use super::top_n::TopNSink;
use super::unnest::UnnestFactory;
use super::values::BatchesSource;
use super::window::{WindowPlan, WindowSink};
use super::{Columns, FragmentContext, column, filter, required, row_number};
use crate::expression::{Layout, Program};
use crate::pipeline::{Branch, Gate, Graph, Metrics, OperatorFactory, Sink, Source, Stage};
use crate::run::{FragmentInput, OutputBatch, Split};
use crate::{ExecError, Result};

/// Builds the graph of one fragment.
pub(crate) struct Compiler {
    pub(crate) graph: Graph,
    context: Arc<FragmentContext>,
    splits: Vec<Split>,
    inputs: HashMap<u32, FragmentInput>,
    /// Behind which gate a join's filter is ready.
    filters: HashMap<u32, Gate>,
    /// The rows of the iteration before, of the recursions around.
    pub(crate) rows_before: HashMap<u32, Arc<Vec<Batch>>>,
}

/// The rows of an operator: pipelines that have no end yet, and the columns of what they carry.
struct Stream {
    branches: Vec<Branch>,
    layout: Layout,
}

impl Compiler {
    pub(crate) fn new(
        context: Arc<FragmentContext>,
        splits: Vec<Split>,
        inputs: HashMap<u32, FragmentInput>,
    ) -> Self {
        let (filters, rows_before) = (HashMap::new(), HashMap::new());
        Self { graph: Graph::default(), context, splits, inputs, filters, rows_before }
    }

    /// Compiles a validated fragment whose rows go to `output`.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn fragment(
        &mut self,
        fragment: &plan::Fragment,
        output: mpsc::Sender<Result<OutputBatch>>,
    ) -> Result<()> {
        let root = required(&fragment.root, "root operator of the fragment")?;
        let stream = self.operator(root)?;
        let kind = fragment.output.as_ref().and_then(|output| output.kind.as_ref());
        let partition = match kind {
            Some(exchange::Kind::Hash(hash)) => Some(partitioning(hash, &stream.layout)?),
            Some(exchange::Kind::Gather(_) | exchange::Kind::Broadcast(_)) | None => None,
        };
        // Not an operator of the plan: its counters are not shown.
        let metrics = Metrics::new(u32::MAX, "output");
        let sink = OutputSink::new(self.context.clone(), output, partition);
        self.graph.end(stream.branches, sink, &metrics);
        self.graph.wait_for_filters(&self.filters);
        Ok(())
    }

    fn operator(&mut self, message: &plan::Operator) -> Result<Stream> {
        use operator::Kind;
        match required(&message.kind, "kind of an operator")? {
            Kind::Scan(scan) => {
                let metrics = self.graph.metrics(message.id, "scan");
                let plan = ScanPlan::new(message.id, scan, &self.splits)?;
                let layout = Layout::new(plan.output.clone());
                let source = ScanSource::new(plan, self.context.clone(), metrics.clone());
                let mut stream = Stream::from_source(Arc::new(source), metrics, layout);
                stream.branches[0].filters = scan.runtime_filters.iter().map(|used| used.filter_id).collect();
                Ok(stream)
            }
            Kind::Values(values) => {
                let metrics = self.graph.metrics(message.id, "values");
                let (source, columns) = BatchesSource::new(values)?;
                Ok(Stream::from_source(Arc::new(source), metrics, Layout::new(columns)))
            }
            Kind::ExchangeRead(read) => self.exchange_read(message.id, read),
            Kind::Filter(filter) => self.filter(message.id, filter),
            Kind::Project(project) => self.project(message.id, project),
            Kind::HashJoin(join) => self.hash_join(message.id, join),
            Kind::NestedLoopJoin(join) => self.nested_loop_join(message.id, join),
            Kind::Aggregate(aggregate) => self.aggregate(message.id, aggregate),
            Kind::Sort(sort) => {
                let input = self.boxed(&sort.input)?;
                let metrics = self.graph.metrics(message.id, "sort");
                self.sort(input, &sort.keys, metrics)
            }
            Kind::TopN(top_n) => self.top_n(message.id, top_n),
            Kind::Limit(limit) => {
                let mut stream = self.boxed(&limit.input)?;
                let metrics = self.graph.metrics(message.id, "limit");
                stream.then(Arc::new(LimitFactory::new(limit.limit, limit.offset)), &metrics);
                Ok(stream)
            }
            Kind::Unnest(unnest) => self.unnest(message.id, unnest),
            Kind::Union(union) => self.union(message.id, union),
            Kind::SingleRow(single) => {
                let input = self.boxed(&single.input)?;
                let metrics = self.graph.metrics(message.id, "single row");
                let sink = SingleRowSink::new(input.types(), self.context.clone(), metrics.clone());
                let source = Arc::new(ResultsSource(sink.results.clone()));
                Ok(self.cut(input, sink, source, &metrics, None))
            }
            Kind::RowNumber(number) => {
                let mut stream = self.boxed(&number.input)?;
                let metrics = self.graph.metrics(message.id, "row number");
                let added = column(required(&number.column, "column of a row number")?)?;
                if added.1 != DataType::Int64 {
                    return Err(ExecError::InvalidPlan(format!("row number of type {}", added.1)));
                }
                stream.then(row_number::row_number(self.context.task)?, &metrics);
                stream.add_columns([added]);
                Ok(stream)
            }
            Kind::Recursive(recursive) => self.recursive(message.id, recursive),
            Kind::RecursiveRead(read) => {
                let metrics = self.graph.metrics(message.id, "recursive read");
                let columns = read.columns.iter().map(column).collect::<Result<Columns>>()?;
                let Some(rows) = self.rows_before.get(&read.recursion_id) else {
                    let text = format!("rows of recursion {} are read outside its step", read.recursion_id);
                    return Err(ExecError::InvalidPlan(text));
                };
                let source = ExchangeSource::new(0, columns.clone(), replay(rows));
                Ok(Stream::from_source(Arc::new(source), metrics, Layout::new(columns)))
            }
            Kind::Window(window) => {
                let input = self.boxed(&window.input)?;
                let metrics = self.graph.metrics(message.id, "window");
                let plan = WindowPlan::new(window, &input.layout)?;
                let layout = plan.output_layout();
                let sink = WindowSink::new(plan, self.context.clone(), metrics.clone());
                let source = Arc::new(ResultsSource(sink.results.clone()));
                Ok(self.cut(input, sink, source, &metrics, Some(layout)))
            }
        }
    }

    fn boxed(&mut self, input: &Option<Box<plan::Operator>>) -> Result<Stream> {
        self.operator(required(input, "input of an operator")?)
    }

    /// Ends a stream in a sink and goes on from its results.
    fn cut(
        &mut self,
        input: Stream,
        sink: Arc<dyn Sink>,
        source: Arc<dyn Source>,
        metrics: &Arc<Metrics>,
        layout: Option<Layout>,
    ) -> Stream {
        let layout = layout.unwrap_or_else(|| input.layout.clone());
        let gate = self.graph.end(input.branches, sink, metrics);
        let mut stream = Stream::from_source(source, metrics.clone(), layout);
        stream.wait(gate);
        stream
    }

    fn exchange_read(&mut self, id: u32, read: &plan::ExchangeRead) -> Result<Stream> {
        let metrics = self.graph.metrics(id, "exchange read");
        let columns = read.columns.iter().map(column).collect::<Result<Columns>>()?;
        let Some(channel) = self.inputs.remove(&read.fragment_id) else {
            return Err(ExecError::InvalidPlan(format!(
                "rows of fragment {} are not given, or read twice",
                read.fragment_id
            )));
        };
        let layout = Layout::new(columns.clone());
        let source = ExchangeSource::new(read.fragment_id, columns, channel);
        let stream = Stream::from_source(Arc::new(source), metrics.clone(), layout);
        match read.merge_keys.is_empty() {
            true => Ok(stream),
            // Batches of several tasks come through one channel, so their runs are sorted together.
            false => self.sort(stream, &read.merge_keys, metrics),
        }
    }

    fn recursive(&mut self, id: u32, message: &plan::Recursive) -> Result<Stream> {
        let metrics = self.graph.metrics(id, "recursive");
        let plan = RecursivePlan::new(message)?;
        let layout = Layout::new(plan.columns.clone());
        let reads = plan.reads()?;
        let inputs = reads.into_iter().filter_map(|id| self.inputs.remove_entry(&id)).collect();
        let source = RecursiveSource::new(
            plan,
            self.context.clone(),
            metrics.clone(),
            inputs,
            self.rows_before.clone(),
        );
        Ok(Stream::from_source(Arc::new(source), metrics, layout))
    }

    fn filter(&mut self, id: u32, message: &plan::Filter) -> Result<Stream> {
        let mut stream = self.boxed(&message.input)?;
        let metrics = self.graph.metrics(id, "filter");
        let predicate = required(&message.predicate, "predicate of a filter")?;
        let factory = filter::filter(std::slice::from_ref(predicate), &stream.layout, &self.context)?;
        stream.then(factory, &metrics);
        Ok(stream)
    }

    fn project(&mut self, id: u32, message: &plan::Project) -> Result<Stream> {
        let mut stream = self.boxed(&message.input)?;
        let metrics = self.graph.metrics(id, "project");
        let (factory, columns) = filter::project(&message.columns, &stream.layout, &self.context)?;
        stream.then(factory, &metrics);
        stream.layout = Layout::new(columns);
        Ok(stream)
    }

    fn hash_join(&mut self, id: u32, message: &plan::HashJoin) -> Result<Stream> {
        let probe = self.boxed(&message.probe)?;
        let build = self.boxed(&message.build)?;
        let metrics = self.graph.metrics(id, "hash join");
        if message.keys.is_empty() {
            return Err(ExecError::InvalidPlan("hash join without keys".into()));
        }
        let parts = JoinMessage {
            kind: message.kind(),
            keys: &message.keys,
            residual: message.residual.as_ref(),
            mark_column: message.mark_column.as_ref(),
            null_aware_mark: message.null_aware_mark,
            runtime_filters: &message.runtime_filters,
        };
        self.join(parts, probe, build, metrics)
    }

    fn nested_loop_join(&mut self, id: u32, message: &plan::NestedLoopJoin) -> Result<Stream> {
        let probe = self.boxed(&message.probe)?;
        let build = self.boxed(&message.build)?;
        let metrics = self.graph.metrics(id, "nested loop join");
        let kind = message.kind();
        if kind == JoinKind::NullAwareAnti {
            return Err(ExecError::InvalidPlan("nested loop join of kind NULL_AWARE_ANTI".into()));
        }
        let parts = JoinMessage {
            kind,
            keys: &[],
            residual: message.predicate.as_ref(),
            mark_column: message.mark_column.as_ref(),
            null_aware_mark: false,
            runtime_filters: &[],
        };
        self.join(parts, probe, build, metrics)
    }

    fn join(
        &mut self,
        parts: JoinMessage<'_>,
        mut probe: Stream,
        build: Stream,
        metrics: Arc<Metrics>,
    ) -> Result<Stream> {
        let makes = parts.runtime_filters;
        let plan = JoinPlan::new(parts, &probe.layout, &build.layout)?;
        let sink = BuildSink::new(plan.clone(), self.context.clone(), metrics.clone());
        let built = self.graph.end(build.branches, sink, &metrics);
        self.filters.extend(makes.iter().map(|make| (make.filter_id, built)));
        let factory = Arc::new(ProbeFactory { plan: plan.clone(), context: self.context.clone() });
        probe.then(factory, &metrics);
        probe.wait(built);
        probe.layout = Layout::new(plan.output.clone());
        if !plan.emits_build_rows() {
            return Ok(probe);
        }
        // Rows of the build side follow when all probes are through.
        let probed = self.graph.gate(probe.branches.len());
        probe.branches.iter_mut().for_each(|branch| branch.opens.push(probed));
        let source = Arc::new(UnmatchedSource::new(plan));
        let mut rest = Stream::from_source(source, metrics, probe.layout.clone());
        rest.wait(probed);
        probe.branches.append(&mut rest.branches);
        probe.branches.iter_mut().for_each(|branch| branch.ordered = false);
        Ok(probe)
    }

    fn aggregate(&mut self, id: u32, message: &plan::Aggregate) -> Result<Stream> {
        let mut input = self.boxed(&message.input)?;
        let metrics = self.graph.metrics(id, "aggregate");
        let plan = AggregatePlan::new(message, &input.layout)?;
        let layout = plan.output_layout();
        if plan.phase == AggregatePhase::Partial {
            let context = self.context.clone();
            input.then(Arc::new(PartialFactory { plan, context, metrics: metrics.clone() }), &metrics);
            input.layout = layout;
            return Ok(input);
        }
        let sink = AggregateSink::new(plan, self.context.clone(), metrics.clone());
        let source = Arc::new(ResultsSource(sink.results.clone()));
        Ok(self.cut(input, sink, source, &metrics, Some(layout)))
    }

    fn sort(&mut self, input: Stream, keys: &[plan::SortKey], metrics: Arc<Metrics>) -> Result<Stream> {
        let plan = SortPlan::new(keys, &input.layout)?;
        let sink = SortSink::new(plan, self.context.clone(), metrics.clone());
        let source = Arc::new(SortedSource(sink.sorted.clone()));
        let mut stream = self.cut(input, sink, source, &metrics, None);
        stream.branches[0].ordered = true;
        Ok(stream)
    }

    fn top_n(&mut self, id: u32, message: &plan::TopN) -> Result<Stream> {
        let input = self.boxed(&message.input)?;
        let metrics = self.graph.metrics(id, "top n");
        let plan = SortPlan::new(&message.keys, &input.layout)?;
        let sink = TopNSink::new(plan, message.limit, message.offset, self.context.clone(), metrics.clone());
        let source = Arc::new(SortedSource(sink.sorted.clone()));
        let mut stream = self.cut(input, sink, source, &metrics, None);
        stream.branches[0].ordered = true;
        Ok(stream)
    }

    fn unnest(&mut self, id: u32, message: &plan::Unnest) -> Result<Stream> {
        let mut stream = self.boxed(&message.input)?;
        let metrics = self.graph.metrics(id, "unnest");
        let array = required(&message.array, "array of an unnest")?;
        let program = Program::compile(std::slice::from_ref(array), &stream.layout)?;
        let element = column(required(&message.element, "element of an unnest")?)?;
        let types = program.types();
        if types[0].element() != Some(&element.1) {
            return Err(ExecError::InvalidPlan(format!("unnest of {} into {}", types[0], element.1)));
        }
        let offset = message.offset.as_ref().map(column).transpose()?;
        if let Some((_, data_type)) = offset.as_ref().filter(|(_, t)| *t != DataType::Int64) {
            return Err(ExecError::InvalidPlan(format!("offset of type {data_type}")));
        }
        let factory = UnnestFactory {
            context: self.context.clone(),
            array: Arc::new(program),
            with_offset: offset.is_some(),
            outer: message.outer,
        };
        stream.then(Arc::new(factory), &metrics);
        stream.add_columns([element].into_iter().chain(offset));
        Ok(stream)
    }

    fn union(&mut self, id: u32, message: &plan::Union) -> Result<Stream> {
        let columns = message.columns.iter().map(column).collect::<Result<Columns>>()?;
        if message.inputs.is_empty() || message.inputs.len() != message.input_columns.len() {
            return Err(ExecError::InvalidPlan("union without inputs, or without a mapping for each".into()));
        }
        let mut branches = Vec::new();
        let mut streams = Vec::new();
        for (input, ids) in message.inputs.iter().zip(&message.input_columns) {
            let stream = self.operator(input)?;
            let positions = filter::union_positions(&ids.ids, &columns, &stream.layout)?;
            streams.push((stream, positions));
        }
        let metrics = self.graph.metrics(id, "union");
        for (mut stream, positions) in streams {
            stream.then(filter::rearrange(positions), &metrics);
            branches.append(&mut stream.branches);
        }
        if branches.len() > 1 {
            branches.iter_mut().for_each(|branch| branch.ordered = false);
        }
        Ok(Stream { branches, layout: Layout::new(columns) })
    }
}

impl Stream {
    fn from_source(source: Arc<dyn Source>, metrics: Arc<Metrics>, layout: Layout) -> Self {
        let branch = Branch {
            source,
            metrics,
            stages: Vec::new(),
            waits: Vec::new(),
            opens: Vec::new(),
            filters: Vec::new(),
            ordered: false,
        };
        Self { branches: vec![branch], layout }
    }

    /// Adds an operator to every branch.
    fn then(&mut self, factory: Arc<dyn OperatorFactory>, metrics: &Arc<Metrics>) {
        let stage = Stage { factory, metrics: metrics.clone() };
        self.branches.iter_mut().for_each(|branch| branch.stages.push(stage.clone()));
    }

    fn wait(&mut self, gate: Gate) {
        self.branches.iter_mut().for_each(|branch| branch.waits.push(gate));
    }

    fn add_columns(&mut self, added: impl IntoIterator<Item = (u32, DataType)>) {
        self.layout = Layout::new(self.layout.columns().iter().cloned().chain(added).collect());
    }

    fn types(&self) -> Vec<DataType> {
        self.layout.columns().iter().map(|(_, data_type)| data_type.clone()).collect()
    }
}

fn partitioning(hash: &plan::HashPartition, layout: &Layout) -> Result<Partitioning> {
    let position = |&id: &u32| match layout.find(id) {
        Some((position, _)) => Ok(position),
        None => Err(ExecError::InvalidPlan(format!("exchange by column {id}, which is not there"))),
    };
    Ok(Partitioning {
        keys: hash.column_ids.iter().map(position).collect::<Result<_>>()?,
        count: hash.partition_count,
        types: Arc::new(layout.columns().iter().map(|(_, data_type)| data_type.clone()).collect()),
    })
}
