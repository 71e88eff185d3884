//! Putting one record at one position, and finding out whose record is there.

use std::sync::Arc;

use canopy_storage::PutOutcome;

use crate::action::Record;
use crate::codec::envelope::Sealed;
use crate::codec::record::decode_record;
use crate::log::Shared;
use crate::object::{self, Backoff};
use crate::{TxnError, key};

/// Whose record lies at the position.
#[derive(Debug)]
pub(super) enum Settled {
    /// Ours.
    Mine,
    /// Another writer's: ours can never be there.
    Theirs,
    /// Not known within the time: ours may be there, or may yet arrive.
    Unknown(TxnError),
}

/// Puts a record and settles what became of it, until `deadline_us`.
///
/// "Exists" is no proof of losing: an earlier attempt of ours may have arrived although its reply did not. So
/// every answer but success is settled by reading back; and as long as nothing is there, the same bytes go to
/// the same key again, so that a late arrival of an earlier attempt changes nothing.
pub(super) async fn put_record(shared: &Arc<Shared>, seq: u64, sealed: &Sealed, deadline_us: i64) -> Settled {
    let key = key::record(seq);
    let mut backoff = Backoff::new();
    loop {
        let mut failure = match shared.store.put_if_absent(&key, sealed.bytes.clone()).await {
            PutOutcome::Created(_) => return Settled::Mine,
            PutOutcome::Exists => None,
            PutOutcome::Unknown(error) => Some(error),
        };
        match object::get_optional(&*shared.store, &key).await {
            Ok(Some(found)) if found == sealed.bytes => return Settled::Mine,
            Ok(Some(found)) => match decode_record(key.as_str(), &found) {
                Ok((Record { .. }, _)) => return Settled::Theirs,
                // Damaged on the way or in the store: nothing can be said of it yet.
                Err(error) if shared.now_us() >= deadline_us => return Settled::Unknown(error),
                Err(error) => tracing::warn!(%error, "a record was read back damaged, reading again"),
            },
            Ok(None) => {}
            Err(TxnError::Storage(error)) => failure = failure.or(Some(error)),
            Err(error) => return Settled::Unknown(error),
        }
        if let Some(error) = failure
            && (!error.is_transient() || shared.now_us() >= deadline_us)
        {
            return Settled::Unknown(error.into());
        }
        if shared.now_us() >= deadline_us {
            let reason = "the store says that it exists but does not deliver it";
            return Settled::Unknown(TxnError::damaged(key, reason));
        }
        let wait = shared.with_rng(|rng| backoff.step(rng));
        shared.options.clock.sleep(wait).await;
    }
}
