//! Joins: a build side in memory, a probe side streaming past it.
//!
//! All kinds of joins share one table and one walk over pairs of matching rows; what becomes of pairs and
//! of rows without any is the kind's ([`probe`]). A join without keys is the same walk over a single
//! bucket.

mod build;
mod probe;
mod table;
#[cfg(test)]
mod tests;
mod unknown;
mod unmatched;

use std::sync::{Arc, OnceLock};

use canopy_format::{Batch, DataType, Vector};
use canopy_proto::plan::{self, JoinKind};

pub(crate) use build::BuildSink;
pub(crate) use probe::ProbeFactory;
pub(crate) use unmatched::UnmatchedSource;

use self::table::JoinTable;
use super::key::KeyLayout;
use super::{Columns, FragmentContext, column, required};
use crate::expression::{Layout, Predicate, Program};
use crate::{ExecError, Result};

/// A validated and compiled join.
pub(crate) struct JoinPlan {
    pub(crate) kind: JoinKind,
    keys: KeyLayout,
    probe_keys: Program,
    build_keys: Program,
    residual: Option<Residual>,
    probe_types: Vec<DataType>,
    build_types: Vec<DataType>,
    /// The mark is NULL where IN would say NULL.
    null_aware: bool,
    /// Filters to make: id and key.
    makes: Vec<(u32, usize)>,
    pub(crate) output: Columns,
    /// The build side, once it is complete.
    pub(crate) table: OnceLock<Arc<JoinTable>>,
}

/// A condition over pairs of rows.
struct Residual {
    predicate: Predicate,
    /// Which of the probe's, then the build's columns it reads.
    reads: Vec<bool>,
}

/// What a join is made of, whether it has keys or not.
pub(crate) struct JoinMessage<'a> {
    pub(crate) kind: JoinKind,
    pub(crate) keys: &'a [plan::JoinKey],
    pub(crate) residual: Option<&'a plan::Expression>,
    pub(crate) mark_column: Option<&'a plan::Column>,
    pub(crate) null_aware_mark: bool,
    pub(crate) runtime_filters: &'a [plan::RuntimeFilterMake],
}

impl JoinPlan {
    /// # Errors
    /// [`ExecError::InvalidPlan`].
    pub(crate) fn new(message: JoinMessage<'_>, probe: &Layout, build: &Layout) -> Result<Arc<Self>> {
        let side = |pick: fn(&plan::JoinKey) -> &Option<plan::Expression>| {
            message
                .keys
                .iter()
                .map(|key| required(pick(key), "join key").cloned())
                .collect::<Result<Vec<_>>>()
        };
        let probe_keys = Program::compile(&side(|key| &key.probe)?, probe)?;
        let build_keys = Program::compile(&side(|key| &key.build)?, build)?;
        let types = probe_keys.types();
        if types != build_keys.types() {
            return Err(ExecError::InvalidPlan("join keys of different types".into()));
        }
        let null_safe = message.keys.iter().map(|key| key.null_safe).collect();
        let mut makes = Vec::new();
        for make in message.runtime_filters {
            let key = make.key_index as usize;
            if message.keys.get(key).is_none_or(|key| key.null_safe) {
                return Err(ExecError::InvalidPlan(format!(
                    "runtime filter {} of no usable key",
                    make.filter_id
                )));
            }
            makes.push((make.filter_id, key));
        }
        let output = output_columns(&message, probe, build)?;
        let types_of = |layout: &Layout| layout.columns().iter().map(|(_, t)| t.clone()).collect();
        Ok(Arc::new(Self {
            kind: message.kind,
            keys: KeyLayout::for_join(types, null_safe)?,
            probe_keys,
            build_keys,
            residual: message.residual.map(|condition| Residual::new(condition, probe, build)).transpose()?,
            probe_types: types_of(probe),
            build_types: types_of(build),
            null_aware: message.kind == JoinKind::NullAwareAnti || message.null_aware_mark,
            makes,
            output,
            table: OnceLock::new(),
        }))
    }

    /// The build side.
    fn table(&self) -> Result<Arc<JoinTable>> {
        self.table.get().cloned().ok_or_else(|| ExecError::Internal("join probes before it is built".into()))
    }

    /// True when rows of the build side go out after all probes.
    pub(crate) fn emits_build_rows(&self) -> bool {
        matches!(self.kind, JoinKind::Right | JoinKind::Full | JoinKind::RightSemi | JoinKind::RightAnti)
    }

    /// True when nothing goes out while probing.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self.kind, JoinKind::RightSemi | JoinKind::RightAnti)
    }

    /// True when the columns of both sides go out.
    fn emits_pairs(&self) -> bool {
        matches!(
            self.kind,
            JoinKind::Inner | JoinKind::Left | JoinKind::Right | JoinKind::Full | JoinKind::Single
        )
    }
}

fn output_columns(message: &JoinMessage<'_>, probe: &Layout, build: &Layout) -> Result<Columns> {
    let mut output: Columns = match message.kind {
        JoinKind::RightSemi | JoinKind::RightAnti => Vec::new(),
        _ => probe.columns().to_vec(),
    };
    match message.kind {
        JoinKind::Unspecified => return Err(ExecError::InvalidPlan("join without a kind".into())),
        JoinKind::Semi | JoinKind::Anti | JoinKind::NullAwareAnti => {}
        JoinKind::Mark => {
            let mark = message.mark_column;
            let mark = mark.ok_or_else(|| ExecError::InvalidPlan("mark join without a column".into()))?;
            let (id, data_type) = column(mark)?;
            if data_type != DataType::Bool {
                return Err(ExecError::InvalidPlan(format!("mark column of type {data_type}")));
            }
            output.push((id, data_type));
        }
        _ => output.extend(build.columns().iter().cloned()),
    }
    Ok(output)
}

impl Residual {
    fn new(condition: &plan::Expression, probe: &Layout, build: &Layout) -> Result<Self> {
        let columns: Columns = probe.columns().iter().chain(build.columns()).cloned().collect();
        let used = super::validate::columns_of(condition);
        let reads = columns.iter().map(|(id, _)| used.contains(id)).collect();
        let predicate = Predicate::compile(std::slice::from_ref(condition), &Layout::new(columns))?;
        Ok(Self { predicate, reads })
    }

    /// The pairs that pass, by their place in the lists.
    fn passing(
        &self,
        probe: &Batch,
        probe_rows: &[u32],
        table: &JoinTable,
        build_rows: &[u32],
        context: &FragmentContext,
    ) -> Result<Vec<u32>> {
        let pairs = probe_rows.len();
        let probe_columns = probe.columns().iter().map(|column| (column, probe_rows));
        let build_columns = table.columns.iter().map(|column| (column, build_rows));
        let columns =
            probe_columns.chain(build_columns).zip(&self.reads).map(|((column, rows), &read)| match read {
                true => column.gather(rows),
                false => Vector::nulls(column.data_type().clone(), pairs),
            });
        let batch = Batch::new(columns.collect(), pairs);
        let passed = self.predicate.select(batch, &context.evaluation)?;
        Ok(match passed.selection() {
            Some(selection) => selection.iter().map(|&row| row as u32).collect(),
            None => (0..pairs as u32).collect(),
        })
    }
}
