//! The planner's view of a pinned snapshot.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use canopy_format::Schema;
use canopy_planner::catalog::{
    Catalog, CatalogError, RoutineKind, RoutineSource, SystemTable, TableFile, TableSource, ViewSource,
};
use canopy_planner::partition::{Layout, Partitioning};
use canopy_proto::plan::{self, DataFile};
use canopy_txn::{DefinitionKind, Log, Options, Snapshot, TableId, TableState, TxnError};
use parking_lot::Mutex;

use crate::information_schema;
use crate::jobs::Jobs;
use crate::script::{Session, is_temporary};
use crate::statement::definition::routine_kind;
use crate::statement::options::is_expired;

/// Options of a table that hold PARTITION BY as text, and the columns of CLUSTER BY.
pub(crate) const PARTITION_BY: &str = "partition_by";
pub(crate) const CLUSTER_BY: &str = "cluster_by";

/// Tables as the planner sees them, by id, each with the state it was made of.
#[derive(Default)]
pub struct SourceCache {
    sources: Mutex<HashMap<TableId, (Arc<TableState>, Arc<TableSource>)>>,
}

impl SourceCache {
    /// Returns the planner's view of a table, made anew only when the table has changed.
    async fn source(&self, state: &Arc<TableState>) -> Result<Arc<TableSource>, CatalogError> {
        if let Some((known, source)) = self.sources.lock().get(&state.id)
            && Arc::ptr_eq(known, state)
        {
            return Ok(source.clone());
        }
        let source = Arc::new(make_source(state).await?);
        self.sources.lock().insert(state.id, (state.clone(), source.clone()));
        Ok(source)
    }
}

async fn make_source(state: &TableState) -> Result<TableSource, CatalogError> {
    let listed = state.files().await.map_err(unavailable)?;
    let mut files: Vec<TableFile> = Vec::with_capacity(listed.files.len());
    let mut first_row = 0;
    for entry in &listed.files {
        let deletion_vector = entry.deletion_vector.as_ref().map(|vector| plan::DeletionVector {
            key: vector.key.to_string(),
            offset: vector.offset,
            length: vector.length,
            cardinality: vector.cardinality,
        });
        let statistics = &entry.statistics;
        files.push(TableFile {
            file: DataFile {
                key: entry.key.to_string(),
                byte_size: statistics.byte_size,
                footer_offset: statistics.footer_offset,
                row_count: statistics.row_count,
                file_id: entry.id.0 as u64,
                first_row,
                deletion_vector,
            },
            columns: statistics.columns.clone(),
        });
        first_row += statistics.row_count;
    }
    // The log keeps the union of the files' sketches: it stands with the first file, where a merge finds it.
    if let Some(first) = files.first_mut() {
        for column in &mut first.columns {
            if let Some(sketch) = listed.distinct_sketches.get(&column.field_id) {
                column.distinct_sketch = sketch.to_vec();
            }
        }
    }
    let layout = layout(&state.options, &state.schema)?;
    Ok(TableSource { name: state.path(), schema: (*state.schema).clone(), files, layout })
}

/// Returns how a table's rows are kept, by its options.
///
/// # Errors
/// When the options name columns that the schema has not: an earlier version of this program let that pass.
pub(crate) fn layout(options: &Options, schema: &Schema) -> Result<Layout, CatalogError> {
    let partitioning = options.get(PARTITION_BY).map(|text| Partitioning::parse(text, schema)).transpose();
    let cluster_by = options.get(CLUSTER_BY).map(|text| text.split(", ").map(str::to_owned).collect());
    Ok(Layout {
        partitioning: partitioning.map_err(|error| CatalogError::Unavailable(error.message))?,
        require_partition_filter: options.get("require_partition_filter").is_some_and(|text| text == "true"),
        cluster_by: cluster_by.unwrap_or_default(),
    })
}

fn unavailable(error: TxnError) -> CatalogError {
    match error {
        TxnError::AsOf { .. } => CatalogError::Time(error.to_string()),
        error => CatalogError::Unavailable(error.to_string()),
    }
}

/// A snapshot as a [`Catalog`]. Its methods wait for the store: call them off the runtime's own threads.
pub struct SnapshotCatalog<'a> {
    /// The state that everything is read at.
    pub snapshot: Arc<Snapshot>,
    /// Temporary tables and functions.
    pub session: &'a Session,
    /// What runs and ran.
    pub jobs: &'a Jobs,
    /// For earlier states.
    pub log: &'a Log,
    /// Shared tables.
    pub sources: &'a SourceCache,
    /// The statement's time: tables that have expired by then are not there.
    pub now_us: i64,
    /// Completes bare table names.
    pub default_dataset: &'a str,
    /// Where to wait.
    pub runtime: tokio::runtime::Handle,
}

impl fmt::Debug for SnapshotCatalog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnapshotCatalog").field("seq", &self.snapshot.seq()).finish_non_exhaustive()
    }
}

impl<'a> SnapshotCatalog<'a> {
    /// Splits a path into dataset and table; a project before them is not looked at.
    fn split<'p>(&'p self, path: &'p [String]) -> (&'p str, &'p str) {
        match path {
            [.., dataset, table] => (dataset, table),
            [table] => (self.default_dataset, table),
            [] => (self.default_dataset, ""),
        }
    }
}

impl Catalog for SnapshotCatalog<'_> {
    fn table(&self, path: &[String], as_of_us: Option<i64>) -> Result<Arc<TableSource>, CatalogError> {
        let temporary = self.session.temporary_table(&self.snapshot, path);
        let (dataset, table) = match &temporary {
            Some((dataset, table)) => (dataset.as_str(), table.as_str()),
            None => self.split(path),
        };
        let snapshot = match as_of_us {
            None => self.snapshot.clone(),
            Some(time) => self.runtime.block_on(self.log.snapshot_as_of(time)).map_err(unavailable)?,
        };
        if snapshot.dataset(dataset).is_none() {
            return Err(CatalogError::DatasetNotFound(dataset.to_owned()));
        }
        let state = snapshot.table(dataset, table);
        let state = state.filter(|state| !is_expired(&state.options, self.now_us));
        let state = state.ok_or_else(|| CatalogError::TableNotFound(format!("{dataset}.{table}")))?;
        match as_of_us {
            // An earlier state is seldom asked for twice: it must not push the current one out of the cache.
            Some(_) => Ok(Arc::new(self.runtime.block_on(make_source(state))?)),
            None => self.runtime.block_on(self.sources.source(state)),
        }
    }

    fn view(&self, path: &[String]) -> Result<Option<Arc<ViewSource>>, CatalogError> {
        let (dataset, name) = self.split(path);
        let definition = self.snapshot.definition(dataset, DefinitionKind::View, name);
        Ok(definition
            .map(|found| Arc::new(ViewSource { name: found.path(), statement: found.statement.to_string() })))
    }

    fn routine(
        &self,
        path: &[String],
        kind: RoutineKind,
    ) -> Result<Option<Arc<RoutineSource>>, CatalogError> {
        if let Some(temporary) = self.session.routine(kind, path) {
            return Ok(Some(temporary));
        }
        let (dataset, name) = self.split(path);
        let definition = self.snapshot.definition(dataset, routine_kind(kind), name);
        Ok(definition.map(|found| {
            Arc::new(RoutineSource { name: found.path(), kind, statement: found.statement.to_string() })
        }))
    }

    fn system_table(&self, path: &[String]) -> Result<Option<SystemTable>, CatalogError> {
        let source = information_schema::Source {
            snapshot: &self.snapshot,
            jobs: self.jobs,
            now_us: self.now_us,
            runtime: &self.runtime,
        };
        information_schema::view(&source, path)
    }

    fn names_like(&self, path: &[String]) -> Vec<String> {
        let (dataset, _) = self.split(path);
        let mut tables: Vec<String> =
            self.snapshot.tables(dataset).map(|table| table.name.to_string()).collect();
        let views = self.snapshot.definitions_of(dataset).filter(|found| found.kind == DefinitionKind::View);
        tables.extend(views.map(|view| view.name.to_string()));
        match path.len() {
            1 => tables,
            _ if self.snapshot.dataset(dataset).is_some() => {
                tables.into_iter().map(|table| format!("{dataset}.{table}")).collect()
            }
            _ => {
                let datasets = self.snapshot.datasets().map(|dataset| dataset.name.to_string());
                datasets.filter(|name| !is_temporary(name)).collect()
            }
        }
    }

    fn snapshot_seq(&self) -> u64 {
        self.snapshot.seq()
    }
}
