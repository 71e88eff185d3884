//! Which committed changes a transaction may come after, though it was based on the state before them.
//!
//! Snapshot isolation, first committer wins: by file for what was rewritten, by table for the rest. The table in
//! `docs/log.md` and the one in the tests say it case by case.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::action::{Action, LoggedTransaction};
use crate::state::{LastChange, Snapshot};
use crate::{FileId, Result, TableId, TransactionId, TxnError};

/// What a transaction does to one table, as conflict checks see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Append,
    Rewrite,
    Overwrite,
    Drop,
    SetSchema,
    SetOptions,
}

impl Operation {
    fn of(action: &Action) -> Option<(TableId, Self)> {
        Some(match action {
            Action::AddFiles { table, .. } | Action::AddManifest { table, .. } => (*table, Self::Append),
            Action::RemoveFiles { table, .. } => (*table, Self::Rewrite),
            Action::RemoveAllFiles { table } => (*table, Self::Overwrite),
            Action::DropTable { table } => (*table, Self::Drop),
            Action::SetSchema { table, .. } => (*table, Self::SetSchema),
            Action::SetOptions { table, .. } | Action::RenameTable { table, .. } => {
                (*table, Self::SetOptions)
            }
            Action::CreateDataset { .. }
            | Action::DropDataset { .. }
            | Action::CreateTable { .. }
            | Action::CreateDefinition(_)
            | Action::DropDefinition { .. }
            | Action::SetDatasetOptions { .. }
            | Action::RejectTransaction(_)
            | Action::AbortSession(_) => return None,
        })
    }

    /// The kinds of change, with the position of the last one, that this operation cannot come after.
    fn opponents(self, last: &LastChange) -> Vec<(&'static str, u64)> {
        let overwritten = ("overwritten", last.overwrite);
        let broken = ("changed in its columns", last.breaking_schema);
        match self {
            // New files stand beside whatever else came, unless they were made for columns that are gone
            // or for a table that was emptied.
            Self::Append => vec![overwritten, broken],
            // Files are compared one by one, beside this.
            Self::Rewrite => vec![overwritten, broken],
            // It replaces what it may have read.
            Self::Overwrite => {
                vec![("appended to", last.append), ("rewritten", last.remove), overwritten, broken]
            }
            Self::Drop => vec![],
            Self::SetSchema => vec![overwritten, ("changed in its columns", last.schema)],
            Self::SetOptions => vec![("changed in its options", last.options)],
        }
    }
}

/// Transactions that were committed after the base of the one at hand.
pub(crate) type Committed<'a> = &'a [Arc<LoggedTransaction>];

/// Checks that a transaction may come after `state`, which other transactions may have led to since its base.
/// `since` are those transactions; it may be empty when [`needs_history`] says so.
///
/// # Errors
/// [`TxnError::Conflict`] or [`TxnError::Rejected`].
pub(crate) fn check(transaction: &LoggedTransaction, state: &Snapshot, since: Committed<'_>) -> Result<()> {
    check_fences(transaction, state)?;
    let mut created = BTreeSet::new();
    for action in &transaction.actions {
        if let Action::CreateTable { table, .. } = action {
            created.insert(*table);
        }
        if let Action::RejectTransaction(id) = action {
            check_not_committed(*id, since)?;
        }
        let Some((id, operation)) = Operation::of(action) else { continue };
        if created.contains(&id) {
            continue;
        }
        let table = state.table_by_id(id).ok_or_else(|| TxnError::Conflict {
            reason: format!("table with id {id} was dropped by another transaction"),
        })?;
        for (change, seq) in operation.opponents(&table.last) {
            if seq > transaction.base_seq {
                let path = table.path();
                return Err(TxnError::Conflict {
                    reason: format!("table {path} was {change} at log position {seq} by another transaction"),
                });
            }
        }
        if let Action::RemoveFiles { files, .. } = action
            && table.last.remove > transaction.base_seq
        {
            let gone = removed_files(id, since);
            if let Some(file) = files.iter().find(|file| gone.contains(&file.id)) {
                return Err(TxnError::Conflict {
                    reason: format!(
                        "file {} of table {} was rewritten by another transaction",
                        file.id,
                        table.path()
                    ),
                });
            }
        }
    }
    Ok(())
}

/// Whether [`check`] must see the transactions since the base, and not only the state they led to.
pub(crate) fn needs_history(transaction: &LoggedTransaction, state: &Snapshot) -> bool {
    transaction.base_seq < state.seq
        && transaction.actions.iter().any(|action| match action {
            Action::RemoveFiles { table, .. } => {
                state.table_by_id(*table).is_some_and(|table| table.last.remove > transaction.base_seq)
            }
            Action::RejectTransaction(_) => true,
            _ => false,
        })
}

fn check_fences(transaction: &LoggedTransaction, state: &Snapshot) -> Result<()> {
    let rejected = |reason: String| Err(TxnError::Rejected { transaction: transaction.id, reason });
    if state.rejected.get(&transaction.id).is_some() {
        return rejected("it was settled so".to_owned());
    }
    match transaction.sessions.iter().find(|session| state.aborted_sessions.get(session).is_some()) {
        Some(session) => rejected(format!("its writer session {session} was aborted")),
        None => Ok(()),
    }
}

fn check_not_committed(id: TransactionId, since: Committed<'_>) -> Result<()> {
    if since.iter().any(|transaction| transaction.id == id) {
        return Err(TxnError::Conflict { reason: format!("transaction {id} was committed") });
    }
    Ok(())
}

fn removed_files(table: TableId, since: Committed<'_>) -> BTreeSet<FileId> {
    let actions = since.iter().flat_map(|transaction| &transaction.actions);
    let of_table = actions.filter_map(|action| match action {
        Action::RemoveFiles { table: of, files } if *of == table => Some(files),
        _ => None,
    });
    of_table.flatten().map(|file| file.id).collect()
}
