//! Cancelling a query, and its deadline.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{ExecError, Result};

/// Says whether a query should still run. Clones share one state.
///
/// Workers ask [`CancelToken::check`] once a batch; whatever is parked wakes through [`CancelToken::guard`].
#[derive(Debug, Clone, Default)]
pub struct CancelToken {
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    reason: Mutex<String>,
    deadline: Option<Instant>,
    notify: Notify,
    parent: Option<CancelToken>,
}

impl CancelToken {
    /// Returns a token without a deadline.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a token that cancels itself at `deadline`.
    pub fn with_deadline(deadline: Instant) -> Self {
        Self { state: Arc::new(State { deadline: Some(deadline), ..State::default() }) }
    }

    /// Returns a token that is cancelled with this one, and can be alone.
    pub fn child(&self) -> Self {
        Self { state: Arc::new(State { parent: Some(self.clone()), ..State::default() }) }
    }

    /// The deadline, if there is one.
    pub fn deadline(&self) -> Option<Instant> {
        self.state.deadline.or_else(|| self.state.parent.as_ref()?.deadline())
    }

    /// Cancels; the first reason stays.
    pub fn cancel(&self, reason: impl Into<String>) {
        {
            let mut held = self.state.reason.lock();
            if self.state.cancelled.load(Ordering::Relaxed) {
                return;
            }
            *held = reason.into();
            self.state.cancelled.store(true, Ordering::Release);
        }
        self.state.notify.notify_waiters();
    }

    /// True after [`CancelToken::cancel`] or the deadline.
    pub fn is_cancelled(&self) -> bool {
        self.check().is_err()
    }

    /// Passes while the query should run.
    ///
    /// # Errors
    /// [`ExecError::Cancelled`] with the reason.
    #[inline]
    pub fn check(&self) -> Result<()> {
        if self.state.cancelled.load(Ordering::Acquire) {
            return Err(ExecError::Cancelled(self.state.reason.lock().clone()));
        }
        if self.state.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            self.cancel("deadline exceeded");
            return Err(ExecError::Cancelled("deadline exceeded".into()));
        }
        match &self.state.parent {
            Some(parent) => parent.check(),
            None => Ok(()),
        }
    }

    /// Waits for [`CancelToken::cancel`]. Deadlines of parked queries are watched by the executor.
    pub async fn cancelled(&self) {
        loop {
            let notified = self.state.notify.notified();
            if self.is_cancelled() {
                return;
            }
            match &self.state.parent {
                Some(parent) => {
                    tokio::select! {
                        () = notified => {}
                        () = Box::pin(parent.cancelled()) => {}
                    }
                }
                None => notified.await,
            }
        }
    }

    /// Waits for `future`, but no longer than the query should run.
    ///
    /// # Errors
    /// [`ExecError::Cancelled`] when that came first.
    pub async fn guard<T>(&self, future: impl Future<Output = T>) -> Result<T> {
        self.check()?;
        tokio::select! {
            biased;
            value = future => Ok(value),
            () = self.cancelled() => Err(self.check().err().unwrap_or_else(|| ExecError::Cancelled(String::new()))),
        }
    }
}
