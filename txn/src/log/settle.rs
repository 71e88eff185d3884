//! Finding out what became of a transaction whose commit got no answer.

use std::sync::Arc;

use super::Log;
use crate::action::{Action, LoggedTransaction};
use crate::commit::{CommitInfo, commit};
use crate::{Result, SessionId, TransactionTicket, TxnError};

/// What became of a transaction, for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is in the log.
    Committed(CommitInfo),
    /// It is not in the log and never will be.
    Rejected,
}

impl Log {
    /// Settles a transaction of unknown outcome: returns where it was committed, or sees to it that it never is.
    ///
    /// Anyone may do so, in any process and at any time within the log's retention: a rejection is a record like
    /// any other, and of the transaction and its rejection the one that comes first in the log wins.
    ///
    /// # Errors
    /// [`TxnError::Unknown`] again when the store does not answer now either.
    pub async fn settle(&self, ticket: TransactionTicket) -> Result<Settled> {
        loop {
            let head = self.shared.refresh().await?;
            let records = self.shared.records_between(ticket.base_seq, head.seq).await?;
            for found in &records {
                let record = &found.record;
                if record.transactions.iter().any(|transaction| transaction.id == ticket.id) {
                    let (seq, timestamp_us) = (record.seq, record.timestamp_us);
                    return Ok(Settled::Committed(CommitInfo { seq, timestamp_us, transaction: ticket.id }));
                }
            }
            if head.rejected.get(&ticket.id).is_some() {
                return Ok(Settled::Rejected);
            }
            match self.commit_single(Action::RejectTransaction(ticket.id), head.seq).await {
                Ok(_) => return Ok(Settled::Rejected),
                // It was committed after all, just now: the next look finds it.
                Err(TxnError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Declares a writer session dead: no transaction that names its files will be committed from now on. Only then
    /// may files of it that no record names be deleted.
    pub async fn abort_session(&self, session: SessionId) -> Result<CommitInfo> {
        let head = self.shared.refresh().await?;
        self.commit_single(Action::AbortSession(session), head.seq).await
    }

    async fn commit_single(&self, action: Action, base_seq: u64) -> Result<CommitInfo> {
        let transaction = LoggedTransaction {
            id: self.shared.new_transaction_id(),
            base_seq,
            idempotency_key: None,
            sessions: Vec::new(),
            actions: vec![action],
        };
        commit(&Arc::clone(&self.shared), transaction).await
    }
}
