//! How an action changes the state. The one definition: readers replay records with it, writers validate with it,
//! and a transaction sees its own changes through it.

use std::sync::Arc;

use super::{
    DatasetState, Definition, DefinitionKind, FileList, LastChange, ManifestHandle, ManifestRef, Outcome,
    Snapshot, TableState, check_schema, check_successor, is_breaking,
};
use crate::action::{Action, LoggedTransaction};
use crate::{PersistentMap, Result, TableId, TxnError};

/// How long an idempotency key, a rejection or an aborted session is remembered, in log time.
pub(crate) const REMEMBERED_US: i64 = 7 * 24 * 3600 * 1_000_000;

impl Snapshot {
    /// Applies a transaction that takes effect at `seq`. After an error the state is not to be used.
    pub(crate) fn apply(
        &mut self,
        transaction: &LoggedTransaction,
        seq: u64,
        timestamp_us: i64,
    ) -> Result<()> {
        for action in &transaction.actions {
            self.apply_action(action, seq, timestamp_us)?;
        }
        if let Some(key) = &transaction.idempotency_key {
            let outcome = Outcome { transaction: transaction.id, seq };
            self.outcomes.insert(Arc::clone(key), timestamp_us, outcome);
        }
        Ok(())
    }

    /// Forgets what is too old to matter at this time.
    pub(crate) fn forget(&mut self, timestamp_us: i64) {
        let oldest = timestamp_us.saturating_sub(REMEMBERED_US);
        self.outcomes.expire(oldest);
        self.rejected.expire(oldest);
        self.aborted_sessions.expire(oldest);
    }

    /// Applies one action. On an error nothing has changed but, perhaps, the table it names.
    pub(crate) fn apply_action(&mut self, action: &Action, seq: u64, timestamp_us: i64) -> Result<()> {
        match action {
            Action::CreateDataset { name, options } => {
                if self.datasets.contains_key(name) {
                    return Err(TxnError::AlreadyExists { what: format!("dataset {name}") });
                }
                let dataset = DatasetState {
                    name: Arc::clone(name),
                    created_us: timestamp_us,
                    options: Arc::clone(options),
                    tables: PersistentMap::default(),
                    definitions: PersistentMap::default(),
                };
                self.datasets.insert(Arc::clone(name), dataset);
            }
            Action::DropDataset { name } => {
                let dataset = self.datasets.get(name).ok_or_else(|| no_dataset(name))?;
                let (tables, definitions) = (dataset.tables.len(), dataset.definitions.len());
                if tables + definitions > 0 {
                    let rest = if definitions > 0 {
                        format!(", {definitions} view(s) or routine(s)")
                    } else {
                        String::new()
                    };
                    return Err(TxnError::invalid(format!(
                        "dataset {name} still has {tables} table(s){rest}"
                    )));
                }
                self.datasets.remove(name);
            }
            Action::CreateTable { table, dataset, name, schema, options } => {
                check_schema(schema)?;
                let state = TableState {
                    id: *table,
                    dataset: Arc::clone(dataset),
                    name: Arc::clone(name),
                    schema: Arc::clone(schema),
                    schemas: [Arc::clone(schema)].into(),
                    options: Arc::clone(options),
                    created_us: timestamp_us,
                    modified_us: timestamp_us,
                    files: FileList::default(),
                    last: LastChange { created: seq, ..LastChange::default() },
                };
                self.create_table(state)?;
            }
            Action::DropTable { table } => self.drop_table(*table)?,
            Action::SetSchema { table, schema } => self.change(*table, timestamp_us, |state, _| {
                check_successor(&state.schema, schema)?;
                state.last.schema = seq;
                if is_breaking(&state.schema, schema) {
                    state.last.breaking_schema = seq;
                }
                state.schemas = state.schemas.iter().chain([schema]).cloned().collect();
                state.schema = Arc::clone(schema);
                Ok(())
            })?,
            Action::SetOptions { table, options } => self.change(*table, timestamp_us, |state, _| {
                state.last.options = seq;
                state.options = Arc::clone(options);
                Ok(())
            })?,
            Action::AddFiles { table, files } => self.change(*table, timestamp_us, |state, _| {
                state.last.append = seq;
                for file in files {
                    check_file_schema(state, file.schema_id)?;
                    state.files.add(file, seq)?;
                }
                Ok(())
            })?,
            Action::AddManifest { table, manifest } => {
                self.change(*table, timestamp_us, |state, store| {
                    state.last.append = seq;
                    let reference = ManifestRef { first_seq: seq, last_seq: seq, ..manifest.clone() };
                    state.files.add_manifest(ManifestHandle::new(reference, *table, Arc::clone(store)));
                    Ok(())
                })?
            }
            Action::RemoveFiles { table, files } => self.change(*table, timestamp_us, |state, _| {
                state.last.remove = seq;
                files.iter().try_for_each(|file| state.files.remove(file))
            })?,
            Action::RemoveAllFiles { table } => self.change(*table, timestamp_us, |state, _| {
                state.last.overwrite = seq;
                state.files = FileList::default();
                Ok(())
            })?,
            Action::RejectTransaction(id) => self.rejected.insert(*id, timestamp_us, ()),
            Action::AbortSession(id) => self.aborted_sessions.insert(*id, timestamp_us, ()),
            Action::CreateDefinition(definition) => {
                let definition = Definition { created_us: timestamp_us, ..(**definition).clone() };
                self.create_definition(definition)?;
            }
            Action::DropDefinition { dataset, kind, name } => self.drop_definition(dataset, *kind, name)?,
            Action::SetDatasetOptions { name, options } => {
                let dataset = self.datasets.get(name).ok_or_else(|| no_dataset(name))?;
                let dataset = DatasetState { options: Arc::clone(options), ..dataset.clone() };
                self.datasets.insert(Arc::clone(name), dataset);
            }
            Action::RenameTable { table, name } => {
                let state = TableState::clone(self.tables.get(table).ok_or_else(|| no_table(*table))?);
                let last = LastChange { options: seq, ..state.last };
                self.drop_table(*table)?;
                let name = Arc::clone(name);
                self.create_table(TableState { name, last, modified_us: timestamp_us, ..state })?;
            }
        }
        Ok(())
    }

    pub(crate) fn create_table(&mut self, state: TableState) -> Result<()> {
        let mut dataset =
            self.datasets.get(&*state.dataset).ok_or_else(|| no_dataset(&state.dataset))?.clone();
        let view = (DefinitionKind::View, Arc::clone(&state.name));
        if dataset.tables.contains_key(&*state.name) || dataset.definitions.contains_key(&view) {
            return Err(TxnError::AlreadyExists { what: format!("table {}", state.path()) });
        }
        if self.tables.contains_key(&state.id) {
            return Err(TxnError::AlreadyExists { what: format!("table id {}", state.id) });
        }
        dataset.tables.insert(Arc::clone(&state.name), state.id);
        self.datasets.insert(Arc::clone(&state.dataset), dataset);
        self.tables.insert(state.id, Arc::new(state));
        Ok(())
    }

    fn drop_table(&mut self, table: TableId) -> Result<()> {
        let state = self.tables.remove(&table).ok_or_else(|| no_table(table))?;
        if let Some(dataset) = self.datasets.get(&*state.dataset) {
            let mut dataset = dataset.clone();
            dataset.tables.remove(&*state.name);
            self.datasets.insert(Arc::clone(&state.dataset), dataset);
        }
        Ok(())
    }

    fn change(
        &mut self,
        table: TableId,
        timestamp_us: i64,
        change: impl FnOnce(&mut TableState, &Arc<dyn canopy_storage::ObjectStore>) -> Result<()>,
    ) -> Result<()> {
        let mut state = TableState::clone(self.tables.get(&table).ok_or_else(|| no_table(table))?);
        change(&mut state, &self.store)?;
        state.modified_us = timestamp_us;
        self.tables.insert(table, Arc::new(state));
        Ok(())
    }
}

fn check_file_schema(state: &TableState, schema_id: u32) -> Result<()> {
    if (schema_id as usize) < state.schemas.len() {
        return Ok(());
    }
    Err(TxnError::invalid(format!("table {} has no schema {schema_id}", state.path())))
}

fn no_dataset(name: &str) -> TxnError {
    TxnError::NotFound { what: format!("dataset {name}") }
}

pub(crate) fn no_table(id: TableId) -> TxnError {
    TxnError::NotFound { what: format!("table with id {id}") }
}
