//! One future on the worker threads: its states, its waker and its answer.

use std::cell::Cell;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Queue;
use crate::{ExecError, Result};

/// How long a task runs before others get their turn.
const SLICE: Duration = Duration::from_millis(2);

/// Waits for a wake-up.
const IDLE: u8 = 0;
/// In its query's queue.
const QUEUED: u8 = 1;
/// On a worker.
const RUNNING: u8 = 2;
/// On a worker, and woken meanwhile: runs again.
const WOKEN: u8 = 3;
/// Finished.
const DONE: u8 = 4;

pub(super) struct Task {
    state: AtomicU8,
    future: Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>,
    queue: Arc<Queue>,
}

impl Task {
    pub(super) fn new<T: Send + 'static>(
        queue: Arc<Queue>,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> (Arc<Self>, Join<T>) {
        let (sender, receiver) = oneshot::channel();
        let answered = AssertUnwindSafe(future).catch_unwind().map(move |outcome| {
            let answer = outcome.unwrap_or_else(|panic| Err(panicked(panic)));
            // Nobody may be waiting any more.
            let _ = sender.send(answer);
        });
        let task = Self { state: AtomicU8::new(QUEUED), future: Mutex::new(Some(answered.boxed())), queue };
        (Arc::new(task), Join { receiver })
    }

    /// Polls the future once.
    pub(super) fn run(self: Arc<Self>) {
        self.state.store(RUNNING, Ordering::SeqCst);
        SLICE_END.set(Some(Instant::now() + SLICE));
        let waker = Waker::from(self.clone());
        let mut held = self.future.lock();
        let done = match held.as_mut() {
            Some(future) => future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready(),
            None => true,
        };
        if done {
            *held = None;
            self.state.store(DONE, Ordering::SeqCst);
            return;
        }
        drop(held);
        if self.state.compare_exchange(RUNNING, IDLE, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            self.state.store(QUEUED, Ordering::SeqCst);
            let queue = self.queue.clone();
            queue.push(self);
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        loop {
            let state = self.state.load(Ordering::SeqCst);
            let next = match state {
                IDLE => QUEUED,
                RUNNING => WOKEN,
                _ => return,
            };
            if self.state.compare_exchange(state, next, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                if next == QUEUED {
                    let queue = self.queue.clone();
                    queue.push(self);
                }
                return;
            }
        }
    }
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> ExecError {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| text.to_string())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    ExecError::Internal(format!("a worker panicked: {text}"))
}

/// The answer of a spawned task.
pub struct Join<T> {
    receiver: oneshot::Receiver<Result<T>>,
}

impl<T> Future for Join<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        self.receiver.poll_unpin(context).map(|answer| {
            answer.unwrap_or_else(|_| Err(ExecError::Cancelled("the executor has stopped".into())))
        })
    }
}

thread_local! {
    static SLICE_END: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Gives other tasks their turn when this one has had its time; call once a batch.
pub async fn breathe() {
    if SLICE_END.get().is_none_or(|end| Instant::now() < end) {
        return;
    }
    let mut given = false;
    std::future::poll_fn(|context| {
        if given {
            return Poll::Ready(());
        }
        given = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
