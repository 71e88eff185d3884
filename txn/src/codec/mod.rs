//! From the log's objects to bytes and back. Bytes from the store are hostile until they are checked.

pub(crate) mod action;
pub(crate) mod checkpoint;
pub(crate) mod envelope;
pub(crate) mod file;
pub(crate) mod manifest;
pub(crate) mod message;
pub(crate) mod record;
pub(crate) mod schema;
mod value;

use std::sync::Arc;

use prost::Message;

use crate::{Result, TxnError};
use envelope::{Kind, Sealed};

/// The format number that records, manifests and checkpoints carry. Readers refuse higher ones.
pub(crate) const FORMAT: u32 = 1;

/// Why a message is not valid: completed by the key of its object.
#[derive(Debug, PartialEq)]
pub(crate) enum Invalid {
    Damaged(String),
    Unsupported(String),
}

impl Invalid {
    pub(crate) fn missing(what: &str) -> Self {
        Self::Damaged(format!("{what} is missing or not valid"))
    }

    pub(crate) fn at(self, key: &str) -> TxnError {
        match self {
            Self::Damaged(reason) => TxnError::damaged(key, reason),
            Self::Unsupported(needs) => TxnError::Unsupported { key: key.to_owned(), needs },
        }
    }
}

pub(crate) fn check_format(format: u32) -> Result<(), Invalid> {
    match format {
        FORMAT => Ok(()),
        other => Err(Invalid::Unsupported(format!("format {other}"))),
    }
}

/// Returns an object for a message.
pub(crate) fn seal_message(kind: Kind, message: &impl Message) -> Result<Sealed> {
    envelope::seal(kind, &message.encode_to_vec())
}

/// Returns the message in an object, and the object's CRC.
pub(crate) fn open_message<M: Message + Default>(kind: Kind, key: &str, bytes: &[u8]) -> Result<(M, u32)> {
    let (payload, crc) = envelope::open(kind, key, bytes)?;
    let message = M::decode(payload.as_slice())
        .map_err(|error| TxnError::damaged(key, format!("cannot decode: {error}")))?;
    Ok((message, crc))
}

/// The most bytes of a dataset's or table's name.
pub(crate) const NAME_BYTES_MAX: usize = 1024;

/// Returns a name that can stand in the log.
pub(crate) fn check_name(name: String) -> Result<Arc<str>, Invalid> {
    let fits = !name.is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    if fits { Ok(name.into()) } else { Err(Invalid::Damaged(format!("invalid name {name:?}"))) }
}
