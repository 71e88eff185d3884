//! Transactions: changes to several tables, staged one by one, visible to their own reader, committed together.

use std::collections::BTreeSet;
use std::sync::Arc;

use canopy_format::Schema;
use canopy_storage::Key;

use crate::action::{Action, LoggedTransaction, RemovedFile};
use crate::codec::{NAME_BYTES_MAX, check_name};
use crate::commit::{CommitInfo, commit};
use crate::log::manifest_files;
use crate::state::{
    Definition, DefinitionKind, DeletionVector, FileEntry, ManifestRef, NewFile, Options, Sketches, Snapshot,
    TableFiles, TableState, UNCOMMITTED, merge_sketches,
};
use crate::{FileId, Log, Result, SessionId, TableId, TransactionId, TransactionTicket, TxnError, key};

/// A transaction that is being put together. Dropping it undoes it.
#[derive(Debug)]
pub struct Transaction {
    log: Log,
    id: TransactionId,
    base: Arc<Snapshot>,
    /// The base with the staged actions applied.
    overlay: Snapshot,
    actions: Vec<Action>,
    /// Staged files that were committed before, with other deleted rows or in another table: their objects
    /// are safe, whatever became of the session that wrote them.
    carried: BTreeSet<FileId>,
    /// The sessions of staged deletion vectors.
    deletion_sessions: BTreeSet<SessionId>,
    idempotency_key: Option<Arc<str>>,
}

/// More files than these go into a manifest of their own, so that the record stays small.
const FILES_IN_RECORD_MAX: usize = 256;
/// Bytes of file entries that a record holds at most before they go into a manifest.
const FILE_BYTES_IN_RECORD_MAX: usize = 128 << 10;
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 256;

impl Transaction {
    /// Starts a transaction at the end of the log.
    pub async fn begin(log: &Log) -> Result<Self> {
        Ok(Self::begin_at(log, log.snapshot().await?))
    }

    /// Starts a transaction at a snapshot that was read before: what a statement read is then what it is checked against.
    pub fn begin_at(log: &Log, base: Arc<Snapshot>) -> Self {
        let id = log.shared.new_transaction_id();
        let overlay = Snapshot::clone(&base);
        Self {
            log: log.clone(),
            id,
            base,
            overlay,
            actions: Vec::new(),
            carried: BTreeSet::new(),
            deletion_sessions: BTreeSet::new(),
            idempotency_key: None,
        }
    }

    /// The transaction's id.
    pub fn id(&self) -> TransactionId {
        self.id
    }

    /// What [`Log::settle`] needs, should the commit get no answer.
    pub fn ticket(&self) -> TransactionTicket {
        TransactionTicket { id: self.id, base_seq: self.base.seq() }
    }

    /// The snapshot that the transaction is based on.
    pub fn base(&self) -> &Arc<Snapshot> {
        &self.base
    }

    /// Returns the base with the transaction's own changes: what its statements read.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::new(self.overlay.clone())
    }

    /// Returns the transaction as it is now, to go on with in place of one whose next statement fails. The two are the
    /// same transaction: only one of them may be committed.
    pub fn savepoint(&self) -> Self {
        Self {
            log: self.log.clone(),
            id: self.id,
            base: self.base.clone(),
            overlay: self.overlay.clone(),
            actions: self.actions.clone(),
            carried: self.carried.clone(),
            deletion_sessions: self.deletion_sessions.clone(),
            idempotency_key: self.idempotency_key.clone(),
        }
    }

    /// Whether nothing is staged.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// Makes the commit happen at most once under this key: a later transaction with the same key within seven days
    /// does nothing and gets the first one's [`CommitInfo`].
    ///
    /// # Errors
    /// [`TxnError::Invalid`] when the key is empty or longer than 256 bytes.
    pub fn set_idempotency_key(&mut self, key: &str) -> Result<()> {
        if key.is_empty() || key.len() > IDEMPOTENCY_KEY_BYTES_MAX {
            let (found, limit) = (key.len(), IDEMPOTENCY_KEY_BYTES_MAX);
            return Err(TxnError::invalid(format!(
                "an idempotency key has 1 to {limit} bytes, found {found}"
            )));
        }
        self.idempotency_key = Some(key.into());
        Ok(())
    }

    /// Creates a dataset.
    ///
    /// # Errors
    /// [`TxnError::AlreadyExists`].
    pub fn create_dataset(&mut self, name: &str, options: Options) -> Result<()> {
        let name = checked_name("dataset", name)?;
        self.stage(Action::CreateDataset { name, options: Arc::new(options) })
    }

    /// Replaces a dataset's options.
    ///
    /// # Errors
    /// [`TxnError::NotFound`].
    pub fn set_dataset_options(&mut self, name: &str, options: Options) -> Result<()> {
        self.stage(Action::SetDatasetOptions { name: name.into(), options: Arc::new(options) })
    }

    /// Creates a view or routine of this statement.
    ///
    /// # Errors
    /// [`TxnError::NotFound`] for the dataset, [`TxnError::AlreadyExists`].
    pub fn create_definition(
        &mut self,
        dataset: &str,
        kind: DefinitionKind,
        name: &str,
        statement: &str,
        options: Options,
    ) -> Result<()> {
        self.stage(Action::CreateDefinition(Arc::new(Definition {
            dataset: dataset.into(),
            kind,
            name: checked_name(kind.word(), name)?,
            statement: statement.into(),
            options: Arc::new(options),
            created_us: 0,
        })))
    }

    /// Drops a view or routine.
    ///
    /// # Errors
    /// [`TxnError::NotFound`].
    pub fn drop_definition(&mut self, dataset: &str, kind: DefinitionKind, name: &str) -> Result<()> {
        self.stage(Action::DropDefinition { dataset: dataset.into(), kind, name: name.into() })
    }

    /// Drops a dataset, which must be empty.
    ///
    /// # Errors
    /// [`TxnError::NotFound`]; [`TxnError::Invalid`] when it still has tables.
    pub fn drop_dataset(&mut self, name: &str) -> Result<()> {
        self.stage(Action::DropDataset { name: name.into() })
    }

    /// Creates a table and returns its id.
    ///
    /// # Errors
    /// [`TxnError::NotFound`] for the dataset, [`TxnError::AlreadyExists`], or a schema that cannot be stored.
    pub fn create_table(
        &mut self,
        dataset: &str,
        name: &str,
        schema: Schema,
        options: Options,
    ) -> Result<TableId> {
        let table = self.log.shared.new_table_id();
        self.stage(Action::CreateTable {
            table,
            dataset: dataset.into(),
            name: checked_name("table", name)?,
            schema: Arc::new(schema),
            options: Arc::new(options),
        })?;
        Ok(table)
    }

    /// Drops a table. Its files stay for time travel.
    pub fn drop_table(&mut self, table: TableId) -> Result<()> {
        self.stage(Action::DropTable { table })
    }

    /// Gives a table another name in its dataset.
    ///
    /// # Errors
    /// [`TxnError::AlreadyExists`] when the name is taken.
    pub fn rename_table(&mut self, table: TableId, name: &str) -> Result<()> {
        self.stage(Action::RenameTable { table, name: checked_name("table", name)? })
    }

    /// Gives a table another schema. Field ids must not be given out again; files keep the schema they were written with.
    pub fn set_schema(&mut self, table: TableId, schema: Schema) -> Result<()> {
        self.stage(Action::SetSchema { table, schema: Arc::new(schema) })
    }

    /// Replaces a table's options.
    pub fn set_options(&mut self, table: TableId, options: Options) -> Result<()> {
        self.stage(Action::SetOptions { table, options: Arc::new(options) })
    }

    /// Returns a key to write a new data file of a table to, before it is staged.
    pub async fn data_key(&self, table: TableId) -> Result<Key> {
        Ok(self.log.session().await?.data_key(table))
    }

    /// Returns a key to write deletion vectors of a table to, before they are staged.
    pub async fn deletion_key(&self, table: TableId) -> Result<Key> {
        Ok(self.log.session().await?.deletion_key(table))
    }

    /// Adds data files to a table.
    pub fn append(&mut self, table: TableId, files: Vec<NewFile>) -> Result<()> {
        let files = self.entries(table, files)?;
        if files.is_empty() {
            return Ok(());
        }
        self.stage(Action::AddFiles { table, files })
    }

    /// Replaces all data files of a table.
    pub fn overwrite(&mut self, table: TableId, files: Vec<NewFile>) -> Result<()> {
        self.stage(Action::RemoveAllFiles { table })?;
        self.append(table, files)
    }

    /// Replaces some data files of a table by others, or by none. The old ones come from a snapshot of this transaction.
    pub fn rewrite(&mut self, table: TableId, old: &[Arc<FileEntry>], new: Vec<NewFile>) -> Result<()> {
        self.remove(table, old)?;
        self.append(table, new)
    }

    /// Gives files of a table new deletion vectors, which name the rows that were deleted before, too. The files come
    /// from a snapshot of this transaction.
    pub fn delete_rows(
        &mut self,
        table: TableId,
        files: Vec<(Arc<FileEntry>, DeletionVector)>,
    ) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let old: Vec<_> = files.iter().map(|(file, _)| Arc::clone(file)).collect();
        self.remove(table, &old)?;
        let committed = old.iter().filter(|file| file.added_seq != UNCOMMITTED);
        self.carried.extend(committed.map(|file| file.id));
        let mut marked = Vec::with_capacity(files.len());
        for (file, vector) in files {
            self.deletion_sessions.insert(key::deletion_session(&vector.key)?);
            let file = FileEntry { deletion_vector: Some(vector), ..FileEntry::clone(&file) };
            marked.push(Arc::new(FileEntry { added_seq: UNCOMMITTED, ..file }));
        }
        self.stage(Action::AddFiles { table, files: marked })
    }

    /// Adds the files of another table, or of this one at another time, without copying them. The table must
    /// have their schema, ids included.
    pub fn share(&mut self, table: TableId, of: &TableFiles) -> Result<()> {
        let schema_id = self.table_state(table)?.schema_id();
        let share =
            |file: &Arc<FileEntry>| FileEntry { schema_id, added_seq: UNCOMMITTED, ..FileEntry::clone(file) };
        let mut files: Vec<FileEntry> = of.files.iter().map(share).collect();
        // The union of the sketches stands with the first file, from where it becomes the new table's.
        for column in files.first_mut().iter_mut().flat_map(|file| &mut file.statistics.columns) {
            let sketch = of.distinct_sketches.get(&column.field_id);
            column.distinct_sketch = sketch.map(|sketch| sketch.to_vec()).unwrap_or_default();
        }
        let committed = of.files.iter().filter(|file| file.added_seq != UNCOMMITTED);
        self.carried.extend(committed.map(|file| file.id));
        if files.is_empty() {
            return Ok(());
        }
        self.stage(Action::AddFiles { table, files: files.into_iter().map(Arc::new).collect() })
    }

    fn remove(&mut self, table: TableId, old: &[Arc<FileEntry>]) -> Result<()> {
        let (own, committed): (Vec<&Arc<FileEntry>>, Vec<_>) =
            old.iter().partition(|file| file.added_seq == UNCOMMITTED);
        let files: Vec<RemovedFile> = committed.iter().map(|file| RemovedFile::of(file)).collect();
        if !files.is_empty() {
            self.stage(Action::RemoveFiles { table, files })?;
        }
        if !own.is_empty() {
            self.take_back(table, &own)?;
        }
        Ok(())
    }

    /// Unstages files that this transaction added itself: the log never sees them.
    fn take_back(&mut self, table: TableId, own: &[&Arc<FileEntry>]) -> Result<()> {
        let files: Vec<RemovedFile> = own.iter().map(|file| RemovedFile::of(file)).collect();
        self.overlay.apply_action(
            &Action::RemoveFiles { table, files },
            UNCOMMITTED,
            self.base.timestamp_us(),
        )?;
        let gone: BTreeSet<FileId> = own.iter().map(|file| file.id).collect();
        for action in &mut self.actions {
            if let Action::AddFiles { table: of, files } = action
                && *of == table
            {
                files.retain(|file| !gone.contains(&file.id));
            }
        }
        self.actions.retain(|action| !matches!(action, Action::AddFiles { files, .. } if files.is_empty()));
        Ok(())
    }

    /// Commits what is staged, all or nothing, and returns where it is in the log. Without anything staged, nothing is
    /// written and the base is returned.
    ///
    /// # Errors
    /// [`TxnError::Conflict`] when another transaction came first: nothing was written, run the statements again.
    /// [`TxnError::Unknown`] when the store gave no answer in time: [`Log::settle`] finds out.
    pub async fn commit(self) -> Result<CommitInfo> {
        self.log.shared.check_writable()?;
        if self.actions.is_empty() {
            let (seq, timestamp_us) = (self.base.seq(), self.base.timestamp_us());
            return Ok(CommitInfo { seq, timestamp_us, transaction: self.id });
        }
        let mut sessions = self.deletion_sessions;
        let mut actions = Vec::with_capacity(self.actions.len());
        for action in self.actions {
            if let Action::AddFiles { table, files } = action {
                for file in &files {
                    if !self.carried.contains(&file.id) {
                        sessions.insert(key::data_session(&file.key)?);
                    }
                }
                if !fits_in_record(&files) {
                    let session = self.log.session().await?;
                    sessions.insert(session.id());
                    for files in files.chunks(manifest_files(&files)) {
                        let manifest = write_manifest(&self.log, table, files).await?;
                        actions.push(Action::AddManifest { table, manifest });
                    }
                } else {
                    actions.push(Action::AddFiles { table, files });
                }
            } else {
                actions.push(action);
            }
        }
        let transaction = LoggedTransaction {
            id: self.id,
            base_seq: self.base.seq(),
            idempotency_key: self.idempotency_key,
            sessions: sessions.into_iter().collect(),
            actions,
        };
        commit(&self.log.shared, transaction).await
    }

    /// Applies an action to the overlay and keeps it.
    fn stage(&mut self, action: Action) -> Result<()> {
        let mut overlay = self.overlay.clone();
        overlay.apply_action(&action, UNCOMMITTED, self.base.timestamp_us())?;
        self.overlay = overlay;
        self.actions.push(action);
        Ok(())
    }

    fn table_state(&self, table: TableId) -> Result<&TableState> {
        let state = self.overlay.table_by_id(table);
        state
            .map(|state| &**state)
            .ok_or_else(|| TxnError::NotFound { what: format!("table with id {table}") })
    }

    fn entries(&self, table: TableId, files: Vec<NewFile>) -> Result<Vec<Arc<FileEntry>>> {
        let state = self.table_state(table)?;
        let entry = |file: NewFile| {
            key::data_session(&file.key)?;
            Ok(Arc::new(FileEntry {
                id: FileId(u128::from_be_bytes(file.statistics.uuid)),
                key: file.key,
                statistics: file.statistics,
                schema_id: state.schema_id(),
                added_seq: UNCOMMITTED,
                deletion_vector: file.deletion_vector,
                partition: file.partition,
            }))
        };
        files.into_iter().map(entry).collect()
    }
}

/// Whether files can stand in the record itself, by a rough count of their bytes.
fn fits_in_record(files: &[Arc<FileEntry>]) -> bool {
    let bytes = |file: &Arc<FileEntry>| {
        let columns = &file.statistics.columns;
        128 + columns.iter().map(|column| 48 + column.distinct_sketch.len()).sum::<usize>()
    };
    files.len() <= FILES_IN_RECORD_MAX && files.iter().map(bytes).sum::<usize>() <= FILE_BYTES_IN_RECORD_MAX
}

/// Writes the manifest of files that are not committed yet, so without a position.
async fn write_manifest(log: &Log, table: TableId, files: &[Arc<FileEntry>]) -> Result<ManifestRef> {
    let mut sketches = Sketches::default();
    let mut entries = Vec::with_capacity(files.len());
    for file in files {
        let columns = &file.statistics.columns;
        merge_sketches(&mut sketches, columns.iter().map(|c| (c.field_id, c.distinct_sketch.as_slice())));
        entries.push(Arc::new(FileEntry { added_seq: 0, ..FileEntry::clone(file) }));
    }
    let session = log.session().await?;
    log.shared.put_manifest(table, &entries, &sketches, &session, true).await
}

fn checked_name(what: &str, name: &str) -> Result<Arc<str>> {
    check_name(name.to_owned()).map_err(|_| {
        TxnError::invalid(format!(
            "invalid {what} name {name:?}: expected 1 to {NAME_BYTES_MAX} bytes without control characters"
        ))
    })
}
