//! What the planner sees of tables: a small trait that the server fills from a pinned snapshot.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::Arc;

use canopy_format::{ColumnStatistics, DataType, FieldId, Schema, Value};
use canopy_proto::plan::DataFile;

use crate::partition::Layout;

/// The field that numbers a table's rows, in no schema: a row's number is that of its file's first row
/// (`DataFile.first_row`) plus its position in the file.
pub const ROW_NUMBER: FieldId = FieldId(u32::MAX - 1);

/// Tables by name, at one position of the log.
pub trait Catalog: Send + Sync + Debug {
    /// Returns the table, or why there is none.
    ///
    /// `path` has its parts as written (`[dataset, table]`, or with a project before); a bare table
    /// name is completed with the default dataset by the implementation. `as_of_us` is
    /// FOR SYSTEM_TIME AS OF in microseconds.
    fn table(&self, path: &[String], as_of_us: Option<i64>) -> Result<Arc<TableSource>, CatalogError>;

    /// Returns the view of this name; `None` where there is none. A name is a table or a view, never both.
    fn view(&self, _path: &[String]) -> Result<Option<Arc<ViewSource>>, CatalogError> {
        Ok(None)
    }

    /// Returns the function or procedure of this name; `None` where there is none.
    fn routine(
        &self,
        _path: &[String],
        _kind: RoutineKind,
    ) -> Result<Option<Arc<RoutineSource>>, CatalogError> {
        Ok(None)
    }

    /// Returns the rows of a view on the catalog itself: `INFORMATION_SCHEMA.TABLES`; `None` where the path names none.
    fn system_table(&self, _path: &[String]) -> Result<Option<SystemTable>, CatalogError> {
        Ok(None)
    }

    /// Returns the names that could stand where `path` stands, for suggestions.
    fn names_like(&self, path: &[String]) -> Vec<String>;

    /// The log position that everything is read at.
    fn snapshot_seq(&self) -> u64;
}

/// Why a table could not be resolved. Displayed as BigQuery words it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CatalogError {
    /// No such dataset.
    #[error("Not found: Dataset {0}")]
    DatasetNotFound(String),
    /// No such table.
    #[error("Not found: Table {0}")]
    TableNotFound(String),
    /// The time asked for is before the table, or beyond retention, or in the future.
    #[error("{0}")]
    Time(String),
    /// The log could not be read.
    #[error("{0}")]
    Unavailable(String),
}

/// Rows that the catalog makes of what it knows.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemTable {
    /// The columns.
    pub columns: Vec<(String, DataType)>,
    /// A value for each column in each row.
    pub rows: Vec<Vec<Value>>,
}

/// A view as it was declared.
#[derive(Debug)]
pub struct ViewSource {
    /// `dataset.view`, for messages and for finding a view that refers to itself.
    pub name: String,
    /// The CREATE VIEW statement. Its text is kept, not its tree: whoever reads it parses it again.
    pub statement: String,
}

/// What a routine can be called as. Each has a name space of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoutineKind {
    /// In an expression: a scalar or an aggregate function.
    Function,
    /// In FROM.
    TableFunction,
    /// By CALL.
    Procedure,
}

/// A routine as it was declared.
#[derive(Debug)]
pub struct RoutineSource {
    /// `dataset.routine`, or the bare name of a temporary one.
    pub name: String,
    /// What it is.
    pub kind: RoutineKind,
    /// The CREATE FUNCTION, CREATE TABLE FUNCTION or CREATE PROCEDURE statement.
    pub statement: String,
}

/// A table at one position of the log.
#[derive(Debug, Clone)]
pub struct TableSource {
    /// `dataset.table`, for messages.
    pub name: String,
    /// The columns.
    pub schema: Schema,
    /// The files, in the order of the log.
    pub files: Vec<TableFile>,
    /// Partitions and clusters.
    pub layout: Layout,
}

/// A file of a table and what is known of its columns.
#[derive(Debug, Clone)]
pub struct TableFile {
    /// As the plan names it.
    pub file: DataFile,
    /// By leaf field id; a column that was added after the file was written is not there.
    pub columns: Vec<ColumnStatistics>,
}

impl TableSource {
    /// Rows in all files.
    pub fn row_count(&self) -> u64 {
        self.files.iter().map(|file| file.file.row_count).sum()
    }

    /// Statistics of every file by leaf field id.
    pub fn statistics_of(&self, field: FieldId) -> Vec<&ColumnStatistics> {
        self.files.iter().filter_map(|f| f.columns.iter().find(|c| c.field_id == field)).collect()
    }

    /// Bytes of all values before encoding by leaf field id: what reading the column processes.
    pub fn raw_bytes(&self) -> HashMap<FieldId, u64> {
        let mut bytes = HashMap::new();
        for column in self.files.iter().flat_map(|file| &file.columns) {
            *bytes.entry(column.field_id).or_default() += column.raw_bytes;
        }
        bytes
    }
}
