//! Objects on local disk, in memory and on S3-compatible stores, behind one trait.
//!
//! Owns keys, bytes and the promise of create-if-absent; knows nothing of columns, logs or SQL.
//! Start from [`ObjectStore`], which [`open`] returns for a URI:
//!
//! ```
//! use canopy_storage::{Key, OpenOptions, PutOutcome, open};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> canopy_storage::Result<()> {
//! let store = open("memory:", &OpenOptions::default()).await?;
//! let key = Key::new("log/00000000000000000001")?;
//! let first = store.put_if_absent(&key, "a commit".into()).await;
//! assert!(matches!(first, PutOutcome::Created(_)));
//! let second = store.put_if_absent(&key, "another".into()).await;
//! assert!(matches!(second, PutOutcome::Exists));
//! assert_eq!(store.get_range(&key, 2..8).await?, "commit");
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod cache;
mod clock;
pub mod coalesce;
pub mod conformance;
mod counters;
mod error;
mod fault;
mod local;
mod memory;
mod object;
mod open;
mod probe;
mod read_only;
mod retry;
mod s3;

pub use cache::{CacheOptions, CachedStore, DiskOptions};
pub use clock::{Clock, ManualClock, SystemClock};
pub use counters::Counters;
pub use error::{Result, StorageError};
pub use fault::{Fault, FaultOptions, FaultRates, FaultStore, Injected};
pub use local::LocalStore;
pub use memory::MemoryStore;
pub use object::{Key, ObjectMeta, ObjectStore, PutOutcome};
pub use open::{OpenOptions, open};
pub use probe::{ProbeOptions, ProbeReport, probe};
pub use read_only::ReadOnlyStore;
pub use retry::{RetryPolicy, RetryStore};
pub use s3::{S3Credentials, S3Options, S3Store};
