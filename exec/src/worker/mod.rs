//! Threads for CPU work: our own, never tokio's, so that computing and waiting do not hold each other up.
//!
//! Work comes as futures: a pipeline's loop runs as one task a worker and gives way every few
//! milliseconds ([`breathe`]); when it waits for input, output or a read it parks, and whoever has what
//! it waits for wakes it. Each query has its own queue of runnable tasks and workers take from the
//! queries in turn, so a short query is not held up by the many tasks of a long one. Within a query
//! the balance comes from morsels: each task takes the next one when it has finished its last
//! (Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014).

mod cancel;
mod task;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;

use crossbeam::deque::{Injector, Steal};
use parking_lot::{Condvar, Mutex, RwLock};

pub use cancel::CancelToken;
use task::Task;
pub use task::{Join, breathe};

use crate::Result;

/// A fixed set of worker threads.
pub struct WorkerPool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    queues: RwLock<Vec<Weak<Queue>>>,
    /// Tasks that could run now and are not running.
    runnable: AtomicUsize,
    sleeping: AtomicUsize,
    lock: Mutex<()>,
    wake: Condvar,
    stopped: AtomicBool,
}

/// The runnable tasks of one query.
pub struct Queue {
    tasks: Injector<Arc<Task>>,
    shared: Arc<Shared>,
}

impl WorkerPool {
    /// Returns a pool of `threads` workers, at least one.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            queues: RwLock::default(),
            runnable: AtomicUsize::new(0),
            sleeping: AtomicUsize::new(0),
            lock: Mutex::new(()),
            wake: Condvar::new(),
            stopped: AtomicBool::new(false),
        });
        let spawn = |index: usize| {
            let shared = shared.clone();
            let builder = std::thread::Builder::new().name(format!("canopy-worker-{index}"));
            builder.spawn(move || shared.work(index)).ok()
        };
        // A machine that is short of threads gets fewer workers, but never none.
        let threads: Vec<_> = (0..threads.max(1)).map_while(spawn).collect();
        assert!(!threads.is_empty(), "the system refuses to start a worker thread");
        Self { shared, threads }
    }

    /// Number of workers.
    pub fn threads(&self) -> usize {
        self.threads.len()
    }

    /// Returns a queue for one query's tasks; it lives as long as it has a holder or a task.
    pub fn queue(&self) -> Arc<Queue> {
        let queue = Arc::new(Queue { tasks: Injector::new(), shared: self.shared.clone() });
        let mut queues = self.shared.queues.write();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Arc::downgrade(&queue));
        queue
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        {
            let _held = self.shared.lock.lock();
            self.shared.wake.notify_all();
        }
        let current = std::thread::current().id();
        for thread in self.threads.drain(..).filter(|thread| thread.thread().id() != current) {
            // A worker that panicked has answered its tasks with errors already.
            let _ = thread.join();
        }
    }
}

impl Queue {
    /// Runs `future` on the workers. Dropping the [`Join`] does not stop it.
    ///
    /// A panic inside becomes an internal error.
    pub fn spawn<T: Send + 'static>(
        self: &Arc<Self>,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Join<T> {
        let (task, join) = Task::new(self.clone(), future);
        self.push(task);
        join
    }

    fn push(&self, task: Arc<Task>) {
        self.shared.runnable.fetch_add(1, Ordering::SeqCst);
        self.tasks.push(task);
        if self.shared.sleeping.load(Ordering::SeqCst) > 0 {
            let _held = self.shared.lock.lock();
            self.shared.wake.notify_one();
        }
    }
}

impl Shared {
    fn work(&self, index: usize) {
        let mut turn = index;
        while !self.stopped.load(Ordering::SeqCst) {
            match self.next(&mut turn) {
                Some(task) => task.run(),
                None => self.sleep(),
            }
        }
    }

    /// Takes a task from the next query that has one.
    fn next(&self, turn: &mut usize) -> Option<Arc<Task>> {
        let queues = self.queues.read();
        for step in 1..=queues.len() {
            let at = (*turn + step) % queues.len();
            let Some(queue) = queues[at].upgrade() else { continue };
            loop {
                match queue.tasks.steal() {
                    Steal::Success(task) => {
                        self.runnable.fetch_sub(1, Ordering::SeqCst);
                        *turn = at;
                        return Some(task);
                    }
                    Steal::Retry => continue,
                    Steal::Empty => break,
                }
            }
        }
        None
    }

    fn sleep(&self) {
        let mut held = self.lock.lock();
        self.sleeping.fetch_add(1, Ordering::SeqCst);
        if self.runnable.load(Ordering::SeqCst) == 0 && !self.stopped.load(Ordering::SeqCst) {
            self.wake.wait(&mut held);
        }
        self.sleeping.fetch_sub(1, Ordering::SeqCst);
    }
}
