//! The probe side's operator: pairs of matching rows, and what each kind of join makes of them.

use std::sync::Arc;

use canopy_format::{BATCH_ROWS, Batch, Bitmap, Buffer, DataType, Selection, Value, Values, Vector};
use canopy_proto::plan::JoinKind;

use super::JoinPlan;
use super::table::{JoinTable, Probes};
use crate::Result;
use crate::operator::FragmentContext;
use crate::operator::single_row::more_than_one;
use crate::pipeline::{Operator, OperatorFactory};

pub(crate) struct ProbeFactory {
    pub(crate) plan: Arc<JoinPlan>,
    pub(crate) context: Arc<FragmentContext>,
}

impl OperatorFactory for ProbeFactory {
    fn start(&self) -> Result<Box<dyn Operator>> {
        Ok(Box::new(Probe {
            plan: self.plan.clone(),
            table: self.plan.table()?,
            context: self.context.clone(),
            current: None,
            probe_rows: Vec::with_capacity(BATCH_ROWS),
            build_rows: Vec::with_capacity(BATCH_ROWS),
        }))
    }
}

struct Probe {
    plan: Arc<JoinPlan>,
    table: Arc<JoinTable>,
    context: Arc<FragmentContext>,
    current: Option<Current>,
    probe_rows: Vec<u32>,
    build_rows: Vec<u32>,
}

/// The batch that is being joined; its rows are numbered as in its selection.
pub(super) struct Current {
    pub(super) batch: Batch,
    /// The selection, as row numbers.
    pub(super) selected: Option<Vec<u32>>,
    pub(super) probes: Probes,
    pub(super) matched: Vec<bool>,
    /// Key columns, where NOT IN has to look at them.
    pub(super) key_columns: Vec<Vector>,
    /// Where the walk goes on; None when all pairs are done.
    position: Option<(usize, u32)>,
}

impl Current {
    /// Turns row numbers of the selection into physical ones.
    pub(super) fn physical(&self, rows: &mut [u32]) {
        if let Some(selected) = &self.selected {
            rows.iter_mut().for_each(|row| *row = selected[*row as usize]);
        }
    }
}

impl Operator for Probe {
    fn push(&mut self, batch: Batch) -> Result<()> {
        let key_columns = self.plan.probe_keys.evaluate(&batch, &self.context.evaluation)?;
        let rows = batch.rows();
        let probes = self.table.probe(self.plan.keys.encode(&key_columns, rows));
        self.current = Some(Current {
            selected: batch.selection().map(|rows| rows.iter().map(|&row| row as u32).collect()),
            batch,
            probes,
            matched: vec![false; rows],
            key_columns: if self.plan.null_aware { key_columns } else { Vec::new() },
            position: Some((0, 0)),
        });
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Batch>> {
        let Some(mut current) = self.current.take() else { return Ok(None) };
        while let Some(position) = current.position {
            let out = self.step(&mut current, position)?;
            if out.is_some() {
                self.current = Some(current);
                return Ok(out);
            }
        }
        self.rest(current)
    }
}

impl Probe {
    /// Walks on by up to a batch of pairs; returns them where the kind puts pairs out.
    fn step(&mut self, current: &mut Current, position: (usize, u32)) -> Result<Option<Batch>> {
        let (plan, table) = (&self.plan, &self.table);
        self.context.cancel.check()?;
        let exists_only =
            matches!(plan.kind, JoinKind::Semi | JoinKind::Anti | JoinKind::NullAwareAnti | JoinKind::Mark);
        // A row that is known to match needs no further pair, where only that counts.
        let nothing: Vec<bool>;
        let skip = match exists_only {
            true => &current.matched,
            false => {
                nothing = vec![false; current.matched.len()];
                &nothing
            }
        };
        self.probe_rows.clear();
        self.build_rows.clear();
        let first_only = exists_only && plan.residual.is_none();
        let next = table.pairs(
            &current.probes,
            position,
            BATCH_ROWS,
            first_only,
            skip,
            &mut self.probe_rows,
            &mut self.build_rows,
        );
        current.position = (next.0 < current.matched.len()).then_some(next);
        if self.probe_rows.is_empty() {
            return Ok(None);
        }
        if let Some(residual) = &plan.residual {
            let mut physical = self.probe_rows.clone();
            current.physical(&mut physical);
            let passed =
                residual.passing(&current.batch, &physical, table, &self.build_rows, &self.context)?;
            if passed.len() < self.probe_rows.len() {
                for (to, &from) in passed.iter().enumerate() {
                    self.probe_rows[to] = self.probe_rows[from as usize];
                    self.build_rows[to] = self.build_rows[from as usize];
                }
                self.probe_rows.truncate(passed.len());
                self.build_rows.truncate(passed.len());
            }
        }
        if plan.kind == JoinKind::Single {
            for &row in &self.probe_rows {
                if std::mem::replace(&mut current.matched[row as usize], true) {
                    return Err(more_than_one());
                }
            }
        } else if !matches!(plan.kind, JoinKind::Inner | JoinKind::Right) {
            self.probe_rows.iter().for_each(|&row| current.matched[row as usize] = true);
        }
        if plan.emits_build_rows() {
            table.mark(&self.build_rows);
        }
        if !plan.emits_pairs() || self.probe_rows.is_empty() {
            return Ok(None);
        }
        current.physical(&mut self.probe_rows);
        let probe = gather(current.batch.columns(), &self.probe_rows, current.batch.physical_rows());
        let build = table.columns.iter().map(|column| column.gather(&self.build_rows));
        let rows = self.probe_rows.len();
        Ok(Some(Batch::new(probe.into_iter().chain(build).collect(), rows)))
    }

    /// What goes out of a batch after its pairs.
    fn rest(&mut self, current: Current) -> Result<Option<Batch>> {
        match self.plan.kind {
            JoinKind::Left | JoinKind::Full | JoinKind::Single => {
                let nulls = |rows| {
                    let types = self.plan.build_types.iter();
                    types.map(move |data_type| Vector::nulls(data_type.clone(), rows))
                };
                let mut rows: Vec<u32> =
                    (0..current.matched.len() as u32).filter(|&row| !current.matched[row as usize]).collect();
                if rows.is_empty() {
                    return Ok(None);
                }
                current.physical(&mut rows);
                let columns = gather(current.batch.columns(), &rows, current.batch.physical_rows());
                let count = rows.len();
                Ok(Some(Batch::new(columns.into_iter().chain(nulls(count)).collect(), count)))
            }
            JoinKind::Semi => Ok(select(current, |current, row| current.matched[row])),
            JoinKind::Anti => Ok(select(current, |current, row| !current.matched[row])),
            JoinKind::NullAwareAnti => {
                let unknown = self.unknown(&current)?;
                Ok(select(current, |current, row| !current.matched[row] && !unknown[row]))
            }
            JoinKind::Mark => {
                let unknown = match self.plan.null_aware {
                    true => self.unknown(&current)?,
                    false => vec![false; current.matched.len()],
                };
                Ok(Some(marked(current, &unknown)))
            }
            _ => Ok(None),
        }
    }

    /// Rows without a match of which IN says NULL, not FALSE.
    fn unknown(&self, current: &Current) -> Result<Vec<bool>> {
        super::unknown::unknown(&self.plan, &self.table, current, &self.context)
    }
}

/// The rows of columns; the columns themselves when these are all of them in order.
fn gather(columns: &[Vector], rows: &[u32], physical_rows: usize) -> Vec<Vector> {
    let identity = rows.len() == physical_rows && rows.iter().zip(0..).all(|(&row, at)| row == at);
    match identity {
        true => columns.to_vec(),
        false => columns.iter().map(|column| column.gather(rows)).collect(),
    }
}

/// The batch's rows that `keep` takes.
fn select(current: Current, keep: impl Fn(&Current, usize) -> bool) -> Option<Batch> {
    let mut rows: Vec<u32> =
        (0..current.matched.len()).filter(|&row| keep(&current, row)).map(|row| row as u32).collect();
    if rows.is_empty() {
        return None;
    }
    if rows.len() == current.matched.len() {
        return Some(current.batch);
    }
    current.physical(&mut rows);
    let selection: Selection = rows.iter().map(|&row| row as u16).collect();
    Some(current.batch.with_selection(Some(selection)))
}

/// All rows with the mark as a last column.
fn marked(current: Current, unknown: &[bool]) -> Batch {
    let rows = current.matched.len();
    let bits: Bitmap = current.matched.iter().copied().collect();
    let known = (0..rows)
        .any(|row| unknown[row])
        .then(|| unknown.iter().map(|&unknown| !unknown).collect::<Bitmap>());
    let mark = match rows {
        0 => Vector::constant(DataType::Bool, Value::Null, 0),
        _ => Vector::flat(DataType::Bool, Values::Bool(bits), known),
    };
    let selected: Option<Buffer<u32>> = current.selected.as_deref().map(Buffer::from);
    let columns = match &selected {
        Some(selected) => current.batch.columns().iter().map(|column| column.gather(selected)).collect(),
        None => current.batch.into_columns(),
    };
    Batch::new(columns.into_iter().chain([mark]).collect(), rows)
}
