//! The snapshot log: which files make up each table now, and at any earlier time.
//!
//! Owns the catalog of datasets and tables, commits, conflict checks, snapshots, checkpoints and time travel, over
//! any store that keeps create-if-absent; knows schemas and file statistics, and nothing of SQL, plans or the network.
//! `docs/log.md` specifies the objects and the protocol. Start from [`Log`] and [`Transaction`]:
//!
//! ```
//! use std::sync::Arc;
//! use canopy_format::{DataType, Mode, Schema};
//! use canopy_storage::MemoryStore;
//! use canopy_txn::{Log, LogOptions, Transaction};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> canopy_txn::Result<()> {
//! let log = Log::open(Arc::new(MemoryStore::new()), LogOptions::system()).await?;
//! let mut transaction = Transaction::begin(&log).await?;
//! let schema = Schema::from_types([("id", &DataType::Int64, Mode::Required)]).unwrap();
//! transaction.create_table("main", "events", schema, Default::default())?;
//! let commit = transaction.commit().await?;
//! let snapshot = log.snapshot().await?;
//! assert_eq!(snapshot.seq(), commit.seq);
//! assert_eq!(snapshot.table("main", "events").unwrap().row_count(), 0);
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod action;
mod codec;
mod commit;
mod conflict;
mod error;
mod id;
mod key;
mod log;
mod map;
mod object;
mod options;
mod session;
mod state;
mod transaction;

pub use commit::CommitInfo;
pub use error::{AsOf, AsOfReason, Result, TransactionTicket, TxnError};
pub use id::{DomainId, FileId, SessionId, TableId, TransactionId};
pub use key::is_immutable;
pub use log::{Log, Settled};
pub use map::PersistentMap;
pub use options::LogOptions;
pub use session::Session;
pub use state::{
    DatasetState, Definition, DefinitionKind, DeletionVector, FileEntry, NewFile, Options, Snapshot,
    TableFiles, TableState, UNCOMMITTED,
};
pub use transaction::Transaction;

#[cfg(test)]
mod tests;
