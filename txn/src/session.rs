//! Writer sessions: the folders that a process writes into, announced before the first object.
//!
//! A process that dies leaves files that no record names. They lie under the folders of its sessions, and
//! the session objects say which sessions there were; so they can be found without a walk over the whole store.

use std::sync::atomic::{AtomicU64, Ordering};

use canopy_storage::{Clock, Key, ObjectStore};

use crate::codec::envelope::Kind;
use crate::codec::{message, seal_message};
use crate::{Result, SessionId, TableId, key, object};

/// A process opens another session after this time.
const ROTATE_AFTER_US: i64 = 3600 * 1_000_000;
/// A session is dead after this time: whoever still writes into it must fear that it is aborted.
const EXPIRES_AFTER_US: i64 = 24 * ROTATE_AFTER_US;

/// Gives out names for new objects; none comes twice.
#[derive(Debug)]
pub struct Session {
    id: SessionId,
    opened_us: i64,
    next: AtomicU64,
}

impl Session {
    /// Opens a session under a fresh random id.
    pub(crate) async fn open(
        store: &dyn ObjectStore,
        clock: &dyn Clock,
        id: SessionId,
        opened_seq: u64,
    ) -> Result<Self> {
        let opened_us = clock.now_us();
        let announcement = message::Session {
            id: id.to_bytes().to_vec(),
            opened_seq,
            opened_us,
            expires_us: opened_us.saturating_add(EXPIRES_AFTER_US),
        };
        let sealed = seal_message(Kind::Session, &announcement)?;
        object::put_new(store, clock, &key::session(id), &sealed.bytes).await?;
        Ok(Self { id, opened_us, next: AtomicU64::new(1) })
    }

    /// The session's id.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// Returns the key for a new data file of a table.
    pub fn data_key(&self, table: TableId) -> Key {
        key::data(table, self.id, self.number())
    }

    /// Returns the key for a new object of deletion vectors of a table.
    pub fn deletion_key(&self, table: TableId) -> Key {
        key::deletion(table, self.id, self.number())
    }

    pub(crate) fn manifest_key(&self, table: TableId) -> Key {
        key::manifest(table, self.id, self.number())
    }

    pub(crate) fn checkpoint_key(&self, seq: u64) -> Key {
        key::checkpoint(seq, self.id, self.number())
    }

    pub(crate) fn is_fresh(&self, now_us: i64) -> bool {
        now_us < self.opened_us.saturating_add(ROTATE_AFTER_US)
    }

    fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}
