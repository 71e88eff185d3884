//! Records: the objects at `log/<seq>`.

use std::sync::Arc;

use prost::Message;

use super::action::{decode_action, encode_action};
use super::envelope::{Kind, Sealed};
use super::{FORMAT, Invalid, check_format, message, open_message, seal_message};
use crate::action::{LoggedTransaction, Record};
use crate::{DomainId, Result, SessionId, TransactionId};

/// A transaction ready for a record, with its size there.
#[derive(Debug, Clone)]
pub(crate) struct EncodedTransaction {
    pub(crate) message: message::Transaction,
    pub(crate) bytes: usize,
}

/// Returns the message of a transaction.
pub(crate) fn encode_transaction(transaction: &LoggedTransaction) -> Result<EncodedTransaction> {
    let message = message::Transaction {
        id: transaction.id.to_bytes().to_vec(),
        base_seq: transaction.base_seq,
        idempotency_key: transaction.idempotency_key.as_deref().unwrap_or_default().to_owned(),
        sessions: transaction.sessions.iter().map(|session| session.to_bytes().to_vec()).collect(),
        actions: transaction.actions.iter().map(encode_action).collect::<Result<_>>()?,
    };
    let bytes = message.encoded_len();
    Ok(EncodedTransaction { message, bytes })
}

/// Returns the object of a record whose transactions are encoded already.
pub(crate) fn encode_record(record: &Record, transactions: Vec<message::Transaction>) -> Result<Sealed> {
    seal_message(
        Kind::Record,
        &message::Record {
            format: FORMAT,
            seq: record.seq,
            previous_crc: record.previous_crc,
            timestamp_us: record.timestamp_us,
            domain: record.domain.to_bytes().to_vec(),
            transactions,
        },
    )
}

/// Returns the record in an object, and the object's CRC.
pub(crate) fn decode_record(key: &str, bytes: &[u8]) -> Result<(Record, u32)> {
    let (record, crc) = open_message::<message::Record>(Kind::Record, key, bytes)?;
    let record = decode(record).map_err(|invalid| invalid.at(key))?;
    Ok((record, crc))
}

fn decode(record: message::Record) -> Result<Record, Invalid> {
    check_format(record.format)?;
    let seq = record.seq;
    let transactions = record.transactions.into_iter().map(|t| decode_transaction(t, seq).map(Arc::new));
    Ok(Record {
        seq,
        previous_crc: record.previous_crc,
        timestamp_us: record.timestamp_us,
        domain: DomainId::from_bytes(&record.domain).ok_or_else(|| Invalid::missing("domain id"))?,
        transactions: transactions.collect::<Result<_, _>>()?,
    })
}

fn decode_transaction(transaction: message::Transaction, seq: u64) -> Result<LoggedTransaction, Invalid> {
    let session = |id: Vec<u8>| SessionId::from_bytes(&id).ok_or_else(|| Invalid::missing("session id"));
    let key = transaction.idempotency_key;
    Ok(LoggedTransaction {
        id: TransactionId::from_bytes(&transaction.id).ok_or_else(|| Invalid::missing("transaction id"))?,
        base_seq: transaction.base_seq,
        idempotency_key: if key.is_empty() { None } else { Some(key.into()) },
        sessions: transaction.sessions.into_iter().map(session).collect::<Result<_, _>>()?,
        actions: transaction
            .actions
            .into_iter()
            .map(|action| decode_action(action, seq))
            .collect::<Result<_, _>>()?,
    })
}
