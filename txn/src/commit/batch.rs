//! One batch of transactions, from validation to answers.

use std::sync::Arc;

use super::put::{Settled, put_record};
use super::{CommitInfo, Request};
use crate::action::{LoggedTransaction, Record};
use crate::codec::record::encode_record;
use crate::conflict;
use crate::log::{RecordReader, Shared, Step, micros};
use crate::object::Backoff;
use crate::state::Snapshot;
use crate::{Result, TxnError};

/// A batch as it would be committed after the current end of the log.
struct Plan {
    next: Snapshot,
    record: Record,
    accepted: Vec<Request>,
    /// Those whose answer depends on the accepted ones.
    held: Vec<(Request, Verdict)>,
}

/// Why a transaction is not in the record.
enum Verdict {
    /// Its idempotency key was used before: the answer is that of the first use.
    Repeated(CommitInfo),
    Refused(TxnError),
}

impl Verdict {
    fn into_answer(self) -> Result<CommitInfo> {
        match self {
            Self::Repeated(info) => Ok(info),
            Self::Refused(error) => Err(error),
        }
    }
}

/// Commits what can be committed of a batch and answers everyone.
pub(super) async fn commit_batch(shared: &Arc<Shared>, mut batch: Vec<Request>) {
    let deadline_us = shared.now_us().saturating_add(micros(shared.options.commit_timeout));
    let mut backoff = Backoff::new();
    // The first attempt trusts the end of the log as last read: if it is behind, the put finds out.
    let mut head = shared.current();
    loop {
        let Some(plan) = plan(shared, &head, batch).await else { return };
        let messages = plan.accepted.iter().map(|request| request.encoded.message.clone()).collect();
        let sealed = match encode_record(&plan.record, messages) {
            Ok(sealed) => sealed,
            Err(error) => return refuse_all(plan.into_requests(), &error),
        };
        match put_record(shared, plan.record.seq, &sealed, deadline_us).await {
            Settled::Mine => return finish(shared, plan, sealed.crc, deadline_us).await,
            Settled::Theirs => {}
            Settled::Unknown(cause) => return give_up(plan, &cause),
        }
        batch = plan.into_requests();
        let wait = shared.with_rng(|rng| backoff.step(rng));
        shared.options.clock.sleep(wait).await;
        head = loop {
            match shared.refresh().await {
                Ok(head) => break head,
                // Nothing of ours is in the log or on its way, so failing here is a plain failure.
                Err(error) if !is_transient(&error) || shared.now_us() >= deadline_us => {
                    return refuse_all(batch, &error);
                }
                Err(_) => shared.options.clock.sleep(wait).await,
            }
        };
        if shared.now_us() >= deadline_us {
            let reason = "the log was too busy with other writers".to_owned();
            return refuse_all(batch, &TxnError::Conflict { reason });
        }
    }
}

impl Plan {
    fn into_requests(self) -> Vec<Request> {
        self.accepted.into_iter().chain(self.held.into_iter().map(|(request, _)| request)).collect()
    }
}

/// Validates a batch against the end of the log, in order. Those that cannot be committed whatever becomes of
/// the others are answered at once; nothing is returned when no one is left.
async fn plan(shared: &Shared, head: &Snapshot, batch: Vec<Request>) -> Option<Plan> {
    let seq = head.seq + 1;
    let timestamp_us = shared.now_us().max(head.timestamp_us.saturating_add(1));
    let mut next = head.clone();
    let mut accepted: Vec<Request> = Vec::new();
    let mut held = Vec::new();
    for request in batch {
        let transaction = &request.transaction;
        let since = match history(shared, transaction, &next, head).await {
            Ok(since) => since,
            Err(error) => {
                request.answer(Err(error));
                continue;
            }
        };
        let neighbours = accepted.iter().map(|request| Arc::clone(&request.transaction));
        let with_neighbours: Vec<_> = since.iter().cloned().chain(neighbours).collect();
        let verdict = match admit(shared, transaction, &next, &with_neighbours, timestamp_us) {
            Ok(after) => {
                next = after;
                accepted.push(request);
                continue;
            }
            Err(verdict) => verdict,
        };
        match admit(shared, transaction, head, &since, timestamp_us) {
            // It would pass without its neighbours, and they are not durable yet.
            Ok(_) => held.push((request, verdict)),
            Err(verdict) => request.answer(verdict.into_answer()),
        }
    }
    if accepted.is_empty() {
        return None;
    }
    let record = Record {
        seq,
        previous_crc: head.record_crc,
        timestamp_us,
        domain: head.domain,
        transactions: accepted.iter().map(|request| Arc::clone(&request.transaction)).collect(),
    };
    Some(Plan { next, record, accepted, held })
}

/// Returns the transactions committed since the base of one, as far as its validation needs them.
async fn history(
    shared: &Shared,
    transaction: &LoggedTransaction,
    next: &Snapshot,
    head: &Snapshot,
) -> Result<Vec<Arc<LoggedTransaction>>> {
    if !conflict::needs_history(transaction, next) {
        return Ok(Vec::new());
    }
    let records = shared.records_between(transaction.base_seq, head.seq).await?;
    Ok(records.iter().flat_map(|found| found.record.transactions.iter().cloned()).collect())
}

/// Returns the state after a transaction, if it may come after `state`.
fn admit(
    shared: &Shared,
    transaction: &LoggedTransaction,
    state: &Snapshot,
    since: conflict::Committed<'_>,
    timestamp_us: i64,
) -> Result<Snapshot, Verdict> {
    if let Some((timestamp_us, outcome)) =
        transaction.idempotency_key.as_ref().and_then(|key| state.outcomes.find(key))
    {
        let info = CommitInfo { seq: outcome.seq, timestamp_us, transaction: outcome.transaction };
        return Err(Verdict::Repeated(info));
    }
    let boundary = shared.boundary();
    if transaction.base_seq < boundary {
        return Err(Verdict::Refused(TxnError::TooOld { base_seq: transaction.base_seq, boundary }));
    }
    conflict::check(transaction, state, since).map_err(Verdict::Refused)?;
    let mut after = state.clone();
    // `state` may hold neighbours of the coming record already, but its position is still that of the end.
    match after.apply(transaction, state.seq + 1, timestamp_us) {
        Ok(()) => Ok(after),
        // The transaction was applied to its base when it was staged, so what fails now came since.
        Err(error) => Err(Verdict::Refused(TxnError::Conflict { reason: error.to_string() })),
    }
}

/// Takes over a record that is durable and answers, once it is sure that readers will see it.
async fn finish(shared: &Arc<Shared>, plan: Plan, crc: u32, deadline_us: i64) {
    let seq = plan.record.seq;
    match boundary(shared, deadline_us).await {
        Ok(boundary) if seq > boundary => {}
        // A writer that slept for longer than the log is kept created a key that was deleted: nobody will read it.
        Ok(boundary) => {
            for request in plan.into_requests() {
                let base_seq = request.transaction.base_seq;
                request.answer(Err(TxnError::TooOld { base_seq, boundary }));
            }
            return;
        }
        Err(error) => return give_up(plan, &error),
    }
    let Plan { mut next, record, accepted, held } = plan;
    next.advance(&record, crc);
    let timestamp_us = record.timestamp_us;
    shared.install(Step { record: Arc::new(record), snapshot: Arc::new(next) });
    for request in accepted {
        let transaction = request.transaction.id;
        request.answer(Ok(CommitInfo { seq, timestamp_us, transaction }));
    }
    for (request, verdict) in held {
        request.answer(verdict.into_answer());
    }
    let every = shared.options.checkpoint_every;
    if every > 0 && seq.is_multiple_of(every) {
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            if let Err(error) = shared.write_checkpoint(seq).await {
                tracing::warn!(%error, seq, "no checkpoint was written");
            }
        });
    }
}

async fn boundary(shared: &Shared, deadline_us: i64) -> Result<u64> {
    let mut backoff = Backoff::new();
    loop {
        match RecordReader::new(&*shared.store).boundary().await {
            Err(error) if is_transient(&error) && shared.now_us() < deadline_us => {
                let wait = shared.with_rng(|rng| backoff.step(rng));
                shared.options.clock.sleep(wait).await;
            }
            done => return done,
        }
    }
}

/// Answers that the outcome is not known; those that only waited for it were not tried.
fn give_up(plan: Plan, cause: &TxnError) {
    for request in plan.accepted {
        let transaction = request.ticket();
        request.answer(Err(TxnError::Unknown { transaction, cause: cause.to_string() }));
    }
    for (request, _) in plan.held {
        let reason = format!("it came after a transaction of unknown outcome: {cause}");
        request.answer(Err(TxnError::Conflict { reason }));
    }
}

fn refuse_all(requests: Vec<Request>, error: &TxnError) {
    for request in requests {
        request.answer(Err(error.clone()));
    }
}

fn is_transient(error: &TxnError) -> bool {
    matches!(error, TxnError::Storage(error) if error.is_transient())
}
