//! Temporary tables: a dataset of the warehouse that one request looks into, dropped at its end.

use std::sync::Arc;

use canopy_txn::{Snapshot, Transaction, TxnError};

use super::session::Session;
use crate::engine::Engine;
use crate::error::Result;
use crate::jobs::now_us;

/// What names of such datasets start with.
const PREFIX: &str = "_temp_";
/// Datasets of this age were left behind by a server that died.
const AGE_MAX_US: i64 = 24 * 3600 * 1_000_000;
/// How often a drop is tried that others' commits come before.
const DROPS_MAX: usize = 8;

/// Whether a dataset holds temporary tables: lists leave it out.
pub(crate) fn is_temporary(dataset: &str) -> bool {
    dataset.starts_with(PREFIX)
}

/// Returns the dataset of the session's temporary tables, staged in the transaction if it is not there yet.
pub(crate) fn prepare_temporary_dataset(session: &Session, transaction: &mut Transaction) -> Result<String> {
    let name = session.temporary_dataset().unwrap_or_else(|| {
        let name = format!("{PREFIX}{}_{}", now_us(), uuid::Uuid::new_v4().simple());
        session.set_temporary_dataset(Some(name.clone()));
        name
    });
    if transaction.snapshot().dataset(&name).is_none() {
        transaction.create_dataset(&name, Default::default())?;
    }
    Ok(name)
}

/// Drops a request's temporary tables at its end, also when its client has gone away.
pub(crate) struct Cleanup {
    engine: Arc<Engine>,
    session: Arc<Session>,
}

impl Cleanup {
    /// A clean-up of what the session will have made.
    pub fn new(engine: Arc<Engine>, session: Arc<Session>) -> Self {
        Self { engine, session }
    }

    /// Drops the temporary tables. What fails is left for a later script, with a warning.
    pub async fn run(self) {
        drop_temporary(&self.engine, &self.session).await;
    }
}

impl Drop for Cleanup {
    fn drop(&mut self) {
        drop(self.session.take_transaction());
        if self.session.temporary_dataset().is_none() {
            return;
        }
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let (engine, session) = (self.engine.clone(), self.session.clone());
            runtime.spawn(async move { drop_temporary(&engine, &session).await });
        }
    }
}

async fn drop_temporary(engine: &Engine, session: &Session) {
    drop(session.take_transaction());
    let Some(own) = session.temporary_dataset() else { return };
    session.set_temporary_dataset(None);
    for _ in 0..DROPS_MAX {
        match try_drop(engine, &own).await {
            Ok(()) => return,
            Err(TxnError::Conflict { .. }) => {}
            Err(error) => {
                tracing::warn!(dataset = %own, %error, "temporary tables were left behind");
                return;
            }
        }
    }
    tracing::warn!(dataset = %own, "temporary tables were left behind: other commits came first each time");
}

/// Drops the dataset, and those that servers have left behind.
async fn try_drop(engine: &Engine, own: &str) -> canopy_txn::Result<()> {
    let log = engine.warehouse().log();
    let snapshot = log.snapshot().await?;
    let mut transaction = Transaction::begin_at(log, snapshot.clone());
    for dataset in stale(&snapshot, own) {
        let tables: Vec<_> = snapshot.tables(&dataset).map(|table| table.id).collect();
        tables.into_iter().try_for_each(|table| transaction.drop_table(table))?;
        transaction.drop_dataset(&dataset)?;
    }
    if !transaction.is_empty() {
        transaction.commit().await?;
    }
    Ok(())
}

/// The request's own dataset, and temporary ones that are too old to be in use.
fn stale(snapshot: &Snapshot, own: &str) -> Vec<String> {
    let limit = now_us() - AGE_MAX_US;
    let made_us = |name: &str| name.strip_prefix(PREFIX)?.split('_').next()?.parse::<i64>().ok();
    let names = snapshot.datasets().map(|dataset| dataset.name.to_string());
    names.filter(|name| name == own || made_us(name).is_some_and(|made| made < limit)).collect()
}
