//! A part of the plan under construction: an operator tree, where it runs, and the exchanges that end it.

use std::collections::HashSet;

use canopy_proto::plan::{self, Placement, exchange, operator::Kind};

use super::expression;
use crate::algebra::{Column, ColumnId, ColumnIds};
use crate::statistics::Estimate;

/// Where the rows of a stream are, task by task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    /// Any task that runs the operators sees all rows (literal rows, broadcast rows).
    Everywhere,
    /// One task on a leaf sees all rows.
    Single,
    /// Each task sees the rows of its splits of the one partitioned scan.
    Splits,
    /// Each task sees the rows whose columns hash to its partition.
    Hash(Vec<ColumnId>),
    /// The root sees all rows.
    Root,
}

/// Operators of the fragment under construction.
#[derive(Debug)]
pub(super) struct Stream {
    /// The operators.
    pub operator: plan::Operator,
    /// Their output columns, in order.
    pub columns: Vec<Column>,
    /// Where the rows are.
    pub location: Location,
    /// Tasks when `location` is Hash.
    pub partition_count: u32,
    /// What is believed of the rows.
    pub estimate: Estimate,
    /// The order of the rows within each task, over plain columns.
    pub order: Vec<plan::SortKey>,
}

impl Stream {
    /// Bytes of all rows in memory.
    pub fn bytes(&self) -> f64 {
        self.estimate.bytes(&self.columns)
    }

    /// True when one task sees all rows.
    pub fn is_whole(&self) -> bool {
        !matches!(self.location, Location::Splits | Location::Hash(_))
    }
}

/// A finished fragment, to be read by others.
#[derive(Debug, Clone)]
pub(super) struct Finished {
    /// The fragment.
    pub fragment_id: u32,
    /// Its output columns, in order.
    pub columns: Vec<Column>,
    /// What is believed of all its rows.
    pub estimate: Estimate,
    /// The order of each task's rows.
    pub order: Vec<plan::SortKey>,
}

/// Hands out the plan's ids and gathers finished fragments.
#[derive(Debug)]
pub(super) struct Fragments {
    pub ids: ColumnIds,
    pub partition_count: u32,
    pub finished: Vec<plan::Fragment>,
    next_operator: u32,
    next_fragment: u32,
    next_filter: u32,
}

impl Fragments {
    pub fn new(ids: ColumnIds, partition_count: u32) -> Self {
        Self {
            ids,
            partition_count,
            finished: Vec::new(),
            next_operator: 0,
            next_fragment: 0,
            next_filter: 0,
        }
    }

    /// Returns an operator with the next id.
    pub fn operator(&mut self, estimated_rows: f64, kind: Kind) -> plan::Operator {
        self.next_operator += 1;
        plan::Operator { id: self.next_operator, estimated_rows, kind: Some(kind) }
    }

    /// Returns the next id of a runtime filter.
    pub fn filter_id(&mut self) -> u32 {
        self.next_filter += 1;
        self.next_filter
    }

    /// Ends the stream's fragment with an exchange.
    pub fn finish(&mut self, stream: Stream, output: exchange::Kind, mixer: Option<MixerKind>) -> Finished {
        self.next_fragment += 1;
        let id = self.next_fragment;
        let columns = stream.columns;
        let finished = Finished { fragment_id: id, columns, estimate: stream.estimate, order: stream.order };
        let mixer = mixer.map(|kind| {
            let read = self.read_operator(&finished, matches!(kind, MixerKind::MergeSorted));
            match kind {
                MixerKind::MergeSorted => read,
                MixerKind::Operator(make) => {
                    let rows = finished.estimate.rows;
                    self.operator(rows, make(Box::new(read)))
                }
            }
        });
        let (placement, partition_count) = match stream.location {
            Location::Root => (Placement::Root, 0),
            Location::Splits => (Placement::Splits, 0),
            Location::Hash(_) => (Placement::Partitions, stream.partition_count),
            Location::Everywhere | Location::Single if self.reads_partition(&stream.operator) => {
                (Placement::Partitions, 1)
            }
            Location::Everywhere | Location::Single => (Placement::Single, 0),
        };
        self.finished.push(plan::Fragment {
            id,
            root: Some(stream.operator),
            placement: placement as i32,
            output: Some(plan::Exchange { kind: Some(output) }),
            mixer,
            partition_count,
        });
        finished
    }

    /// True when the operators read a hash exchange: they must then run as tasks of partitions.
    fn reads_partition(&self, operator: &plan::Operator) -> bool {
        let mut reads = false;
        super::tree::walk(operator, &mut |operator| {
            if let Some(Kind::ExchangeRead(read)) = &operator.kind {
                let producer = self.finished.iter().find(|f| f.id == read.fragment_id);
                let output = producer.and_then(|f| f.output.as_ref()?.kind.as_ref());
                reads |= matches!(output, Some(exchange::Kind::Hash(_)));
            }
        });
        reads
    }

    /// Returns the operator that reads a finished fragment.
    pub fn read_operator(&mut self, finished: &Finished, merge: bool) -> plan::Operator {
        let read = plan::ExchangeRead {
            fragment_id: finished.fragment_id,
            columns: expression::columns(&finished.columns),
            merge_keys: if merge { finished.order.clone() } else { Vec::new() },
        };
        self.operator(finished.estimate.rows, Kind::ExchangeRead(read))
    }

    /// Returns a stream that reads a finished fragment.
    pub fn read(&mut self, finished: &Finished, location: Location, partition_count: u32) -> Stream {
        // Only what one reader gathers keeps its order.
        let merge = location == Location::Root;
        Stream {
            operator: self.read_operator(finished, merge),
            columns: finished.columns.clone(),
            location,
            partition_count,
            estimate: finished.estimate.clone(),
            order: if merge { finished.order.clone() } else { Vec::new() },
        }
    }

    /// Brings all rows to the root, through the mixers.
    pub fn gather(&mut self, stream: Stream, mixer: Option<MixerKind>) -> Stream {
        if stream.location == Location::Root {
            return stream;
        }
        // The rows of one task have nothing to merge with.
        let mixer = match mixer {
            _ if stream.is_whole() => None,
            None if !stream.order.is_empty() => Some(MixerKind::MergeSorted),
            other => other,
        };
        let finished = self.finish(stream, exchange::Kind::Gather(plan::Gather {}), mixer);
        self.read(&finished, Location::Root, 0)
    }

    /// Brings all rows to one task on a leaf.
    pub fn collect(&mut self, stream: Stream) -> Stream {
        if stream.is_whole() {
            return stream;
        }
        let hash = plan::HashPartition { column_ids: Vec::new(), partition_count: 1 };
        let finished = self.finish(stream, exchange::Kind::Hash(hash), None);
        self.read(&finished, Location::Single, 1)
    }

    /// Brings all rows to every task of a reader.
    pub fn broadcast(&mut self, stream: Stream) -> Stream {
        if stream.location == Location::Everywhere {
            return stream;
        }
        let finished = self.finish(stream, exchange::Kind::Broadcast(plan::Broadcast {}), None);
        self.read(&finished, Location::Everywhere, 0)
    }

    /// Brings rows whose columns hash alike to one task.
    pub fn hash(&mut self, stream: Stream, columns: &[ColumnId]) -> Stream {
        if stream.location == Location::Hash(columns.to_vec()) {
            return stream;
        }
        let count = self.partition_count;
        let column_ids = columns.iter().map(|id| id.0).collect();
        let hash = plan::HashPartition { column_ids, partition_count: count };
        let finished = self.finish(stream, exchange::Kind::Hash(hash), None);
        self.read(&finished, Location::Hash(columns.to_vec()), count)
    }

    /// Keeps only the wanted columns, by a projection where some are not.
    pub fn narrow(&mut self, stream: Stream, wanted: &HashSet<ColumnId>) -> Stream {
        if stream.columns.iter().all(|column| wanted.contains(&column.id)) {
            return stream;
        }
        let columns: Vec<Column> =
            stream.columns.iter().filter(|column| wanted.contains(&column.id)).cloned().collect();
        let pass = |column: &Column| plan::NamedExpression {
            column_id: column.id.0,
            expression: Some(plan::Expression {
                r#type: Some(canopy_exec::convert::type_to_proto(&column.data_type)),
                kind: Some(plan::expression::Kind::Column(column.id.0)),
            }),
        };
        let project = plan::Project {
            columns: columns.iter().map(pass).collect(),
            input: Some(Box::new(stream.operator)),
        };
        let operator = self.operator(stream.estimate.rows, Kind::Project(Box::new(project)));
        Stream { operator, columns, ..stream }
    }
}

/// What mixers do with the rows of a gather exchange.
pub(super) enum MixerKind {
    /// Merge sorted rows by the stream's order.
    MergeSorted,
    /// An operator over their children's rows.
    Operator(Box<dyn FnOnce(Box<plan::Operator>) -> Kind>),
}
