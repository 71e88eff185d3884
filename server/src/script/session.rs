//! What the statements of a request share: an open transaction, temporary tables and functions.

use std::collections::HashMap;
use std::sync::Arc;

use canopy_planner::catalog::{RoutineKind, RoutineSource};
use canopy_txn::{Snapshot, Transaction};
use parking_lot::Mutex;

/// The qualifier that names temporary tables only.
const QUALIFIER: &str = "_SESSION";

/// The state of a request beyond its variables. Temporary tables stand in a dataset of the warehouse that only this
/// request looks into.
#[derive(Default)]
pub(crate) struct Session {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    transaction: Option<Transaction>,
    temporary_dataset: Option<String>,
    routines: HashMap<(RoutineKind, String), Arc<RoutineSource>>,
}

impl Session {
    /// Returns a savepoint of the open transaction: a statement stages its changes there, and hands it back by
    /// [`Session::keep_transaction`] when all of them succeeded.
    pub fn transaction(&self) -> Option<Transaction> {
        self.state.lock().transaction.as_ref().map(Transaction::savepoint)
    }

    /// Makes this the open transaction.
    pub fn keep_transaction(&self, transaction: Transaction) {
        self.state.lock().transaction = Some(transaction);
    }

    /// Returns the open transaction, which is open no longer.
    pub fn take_transaction(&self) -> Option<Transaction> {
        self.state.lock().transaction.take()
    }

    /// Whether BEGIN TRANSACTION waits for its COMMIT.
    pub fn in_transaction(&self) -> bool {
        self.state.lock().transaction.is_some()
    }

    /// The dataset of the temporary tables, once there are any.
    pub fn temporary_dataset(&self) -> Option<String> {
        self.state.lock().temporary_dataset.clone()
    }

    /// Names the dataset of the temporary tables.
    pub fn set_temporary_dataset(&self, name: Option<String>) {
        self.state.lock().temporary_dataset = name;
    }

    /// Returns the temporary table or view that the path names, as dataset and table: of one part, or qualified by
    /// `_SESSION`.
    pub fn temporary_table(&self, snapshot: &Snapshot, path: &[String]) -> Option<(String, String)> {
        let dataset = self.temporary_dataset()?;
        match path {
            [table] if snapshot.table(&dataset, table).is_some() => Some((dataset, table.clone())),
            [qualifier, table] if qualifier.eq_ignore_ascii_case(QUALIFIER) => Some((dataset, table.clone())),
            _ => None,
        }
    }

    /// Adds a temporary function, or replaces it.
    pub fn add_routine(&self, routine: RoutineSource) {
        let key = (routine.kind, routine.name.to_ascii_lowercase());
        self.state.lock().routines.insert(key, Arc::new(routine));
    }

    /// Removes a temporary function; false where there is none.
    pub fn remove_routine(&self, kind: RoutineKind, name: &str) -> bool {
        self.state.lock().routines.remove(&(kind, name.to_ascii_lowercase())).is_some()
    }

    /// Returns the temporary function of the name.
    pub fn routine(&self, kind: RoutineKind, path: &[String]) -> Option<Arc<RoutineSource>> {
        let [name] = path else { return None };
        self.state.lock().routines.get(&(kind, name.to_ascii_lowercase())).cloned()
    }
}
