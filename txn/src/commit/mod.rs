//! Committing: transactions that arrive while a record is being written share the next one.
//!
//! The committer is a task that lives as long as there is something to commit. It is apart from the callers, so
//! that a caller who stops waiting does not leave a record half settled.

mod batch;
mod put;

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::oneshot;

use crate::action::LoggedTransaction;
use crate::codec::record::{EncodedTransaction, encode_transaction};
use crate::log::Shared;
use crate::{Result, TransactionId, TransactionTicket, TxnError};

/// A transaction that is durable, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitInfo {
    /// The log position.
    pub seq: u64,
    /// The record's time, microseconds since the epoch.
    pub timestamp_us: i64,
    /// The transaction; another than the caller's when an idempotency key had been used before.
    pub transaction: TransactionId,
}

/// Transactions that wait for the committer.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    waiting: VecDeque<Request>,
    /// Whether a committer task is there to take them.
    running: bool,
}

/// A transaction on its way into the log.
#[derive(Debug)]
struct Request {
    transaction: Arc<LoggedTransaction>,
    encoded: EncodedTransaction,
    reply: oneshot::Sender<Result<CommitInfo>>,
}

impl Request {
    fn ticket(&self) -> TransactionTicket {
        TransactionTicket { id: self.transaction.id, base_seq: self.transaction.base_seq }
    }

    /// Answers the caller, who may have gone.
    fn answer(self, result: Result<CommitInfo>) {
        let _ = self.reply.send(result);
    }
}

/// A record is kept below this size by taking fewer transactions; one alone may be larger.
const BATCH_BYTES_MAX: usize = 256 << 10;

/// The most bytes of one transaction: well below what readers accept as a record.
const TRANSACTION_BYTES_MAX: usize = 8 << 20;

/// Commits a transaction and returns where it is.
pub(crate) async fn commit(shared: &Arc<Shared>, transaction: LoggedTransaction) -> Result<CommitInfo> {
    shared.check_writable()?;
    let encoded = encode_transaction(&transaction)?;
    if encoded.bytes > TRANSACTION_BYTES_MAX {
        return Err(TxnError::Limit {
            what: "size of a transaction".to_owned(),
            found: encoded.bytes as u64,
            limit: TRANSACTION_BYTES_MAX as u64,
        });
    }
    let ticket = TransactionTicket { id: transaction.id, base_seq: transaction.base_seq };
    let (reply, answer) = oneshot::channel();
    let start = {
        let mut queue = shared.queue.lock();
        queue.waiting.push_back(Request { transaction: Arc::new(transaction), encoded, reply });
        !std::mem::replace(&mut queue.running, true)
    };
    if start {
        tokio::spawn(Committer { shared: Arc::clone(shared), done: false }.run());
    }
    answer.await.unwrap_or_else(|_| {
        Err(TxnError::Unknown { transaction: ticket, cause: "the committer was stopped".to_owned() })
    })
}

/// The task that writes records.
struct Committer {
    shared: Arc<Shared>,
    /// Whether it came to its end, with nothing waiting.
    done: bool,
}

impl Committer {
    async fn run(mut self) {
        while let Some(batch) = next_batch(&self.shared) {
            batch::commit_batch(&self.shared, batch).await;
        }
        self.done = true;
    }
}

impl Drop for Committer {
    /// Lets the next commit start another committer when this one was stopped: by a panic, or with its runtime,
    /// perhaps before it began. Nobody takes up what waits; without their senders, the callers get an answer.
    fn drop(&mut self) {
        if !self.done {
            let mut queue = self.shared.queue.lock();
            queue.waiting.clear();
            queue.running = false;
        }
    }
}

/// Takes what waits, up to a record's worth; nothing when nothing waits, and then the task must end.
fn next_batch(shared: &Shared) -> Option<Vec<Request>> {
    let mut queue = shared.queue.lock();
    let mut batch: Vec<Request> = Vec::new();
    let mut bytes = 0;
    while let Some(next) = queue.waiting.front() {
        let full = batch.len() >= shared.options.batch_transactions_max.max(1);
        bytes += next.encoded.bytes;
        if !batch.is_empty() && (full || bytes > BATCH_BYTES_MAX) {
            break;
        }
        batch.extend(queue.waiting.pop_front());
    }
    queue.running = !batch.is_empty();
    queue.running.then_some(batch)
}
