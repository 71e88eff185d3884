//! CREATE and DROP of schemas (datasets) and tables.

use std::sync::Arc;

use canopy_planner::bind::{CreateSchema, CreateTable, DropSchema, DropTable};
use canopy_txn::{Options, Transaction, TxnError};

use super::{Outcome, StatementRun, insert};
use crate::error::{ErrorKind, Result, ServerError};

/// A table's dataset and name, completed with the default dataset.
pub(super) fn table_path(statement: &StatementRun<'_>, path: &[String]) -> Result<(String, String)> {
    match path {
        [table] => Ok((statement.run.dataset.clone(), table.clone())),
        [.., dataset, table] => Ok((dataset.clone(), table.clone())),
        [] => Err(ServerError::invalid("a table needs a name")),
    }
}

fn dataset_name(path: &[String]) -> Result<String> {
    path.last().cloned().ok_or_else(|| ServerError::invalid("a dataset needs a name"))
}
