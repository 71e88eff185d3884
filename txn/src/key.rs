//! Where the log keeps its objects. All are immutable but `hint` and `gc/boundary`.
//!
//! ```text
//! log/<seq:020>                              record, created if absent
//! checkpoint/<seq:020>-<session>-<n>         checkpoint
//! hint                                       the latest checkpoint, best effort
//! gc/boundary                                the highest log position that may be gone
//! session/<session>                          writer session: when it was opened, when it expires
//! table/<table>/data/<session>/<n>.cnpy      data file
//! table/<table>/manifest/<session>/<n>       manifest
//! table/<table>/deletion/<session>/<n>       deletion vectors
//! ```

use canopy_storage::Key;

use crate::{Result, SessionId, TableId};

pub(crate) const CHECKPOINT_PREFIX: &str = "checkpoint/";

pub(crate) fn record(seq: u64) -> Key {
    fixed(format!("log/{seq:020}"))
}

pub(crate) fn checkpoint(seq: u64, session: SessionId, number: u64) -> Key {
    fixed(format!("{CHECKPOINT_PREFIX}{seq:020}-{session}-{number}"))
}

/// Returns the log position in a checkpoint's key.
pub(crate) fn checkpoint_seq(key: &Key) -> Option<u64> {
    let (seq, _) = key.as_str().strip_prefix(CHECKPOINT_PREFIX)?.split_once('-')?;
    seq.parse().ok()
}

pub(crate) fn hint() -> Key {
    fixed("hint".to_owned())
}

pub(crate) fn boundary() -> Key {
    fixed("gc/boundary".to_owned())
}

pub(crate) fn session(session: SessionId) -> Key {
    fixed(format!("session/{session}"))
}

pub(crate) fn data(table: TableId, session: SessionId, number: u64) -> Key {
    fixed(format!("table/{table}/data/{session}/{number}.cnpy"))
}

pub(crate) fn manifest(table: TableId, session: SessionId, number: u64) -> Key {
    fixed(format!("table/{table}/manifest/{session}/{number}"))
}

pub(crate) fn deletion(table: TableId, session: SessionId, number: u64) -> Key {
    fixed(format!("table/{table}/deletion/{session}/{number}"))
}

/// Whether an object of a warehouse never changes once it is written, so that a cache may keep it: data files,
/// deletion vectors, manifests and checkpoints.
pub fn is_immutable(key: &Key) -> bool {
    key.as_str().starts_with("table/") || key.as_str().starts_with(CHECKPOINT_PREFIX)
}

/// Returns the session whose folder a data file lies in.
pub(crate) fn data_session(key: &Key) -> Result<SessionId> {
    session_in(key, "data").ok_or_else(|| {
        crate::TxnError::invalid(format!(
            "{key} is not the key of a data file: expected table/<table>/data/<session>/<n>.cnpy"
        ))
    })
}

/// Returns the session whose folder an object of deletion vectors lies in.
pub(crate) fn deletion_session(key: &Key) -> Result<SessionId> {
    session_in(key, "deletion").ok_or_else(|| {
        crate::TxnError::invalid(format!(
            "{key} is not the key of deletion vectors: expected table/<table>/deletion/<session>/<n>"
        ))
    })
}

fn session_in(key: &Key, folder: &str) -> Option<SessionId> {
    let parts: Vec<&str> = key.as_str().split('/').collect();
    match parts[..] {
        ["table", table, of, session, _] if of == folder => {
            TableId::parse(table).and_then(|_| SessionId::parse(session))
        }
        _ => None,
    }
}

fn fixed(text: String) -> Key {
    Key::new(text).expect("the log's keys are made of fixed words, digits and hexadecimal ids")
}

#[cfg(test)]
mod tests {
    use super::{checkpoint, checkpoint_seq, data, data_session, is_immutable};
    use crate::{SessionId, TableId};

    #[test]
    fn keys_tell_what_they_name() {
        let (table, session) = (TableId(7), SessionId(u128::MAX));
        assert_eq!(data_session(&data(table, session, 3)).unwrap(), session);
        assert!(is_immutable(&data(table, session, 3)) && !is_immutable(&super::hint()));
        assert_eq!(checkpoint_seq(&checkpoint(42, session, 1)), Some(42));
        for foreign in ["table/x/data/y/1.cnpy", "data/1.cnpy"] {
            assert!(data_session(&canopy_storage::Key::new(foreign).unwrap()).is_err());
        }
    }
}
