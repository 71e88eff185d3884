//! The memory budget of a query in one process: what operators hold is reserved first.
//!
//! Reservations move in chunks, so that the shared counters are touched rarely. A budget that does
//! not suffice first asks those that can [`Spill`], then ends in [`ExecError::OutOfMemory`].

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::RwLock;

use crate::{ExecError, Result};

/// Largest chunk in which reservations grow.
const CHUNK_BYTES_MAX: u64 = 1 << 20;
/// Smallest chunk, for small budgets.
const CHUNK_BYTES_MIN: u64 = 4 << 10;

/// An operator that can write what it holds to disk and give its memory back.
pub trait Spill: Send + Sync {
    /// Gives back about `bytes`; returns how many it did, 0 when it can give none now.
    ///
    /// # Errors
    /// When writing fails.
    fn spill(&self, bytes: u64) -> Result<u64>;
}

/// A limit on bytes, and how many are in use.
pub struct MemoryBudget {
    limit: u64,
    used: AtomicU64,
    parent: Option<Arc<MemoryBudget>>,
    spillers: RwLock<Vec<Weak<dyn Spill>>>,
}

impl MemoryBudget {
    /// Returns a budget of its own: a process's.
    pub fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicU64::new(0), parent: None, spillers: RwLock::default() })
    }

    /// Returns a budget whose bytes also count in this one: a query's.
    pub fn child(self: &Arc<Self>, limit: u64) -> Arc<Self> {
        let limit = limit.min(self.limit);
        let parent = Some(self.clone());
        Arc::new(Self { limit, used: AtomicU64::new(0), parent, spillers: RwLock::default() })
    }

    /// Bytes reserved now.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// The limit.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Takes part when the budget is short, until dropped.
    pub fn register(&self, spiller: Weak<dyn Spill>) {
        let mut spillers = self.spillers.write();
        spillers.retain(|spiller| spiller.strong_count() > 0);
        spillers.push(spiller);
    }

    /// Returns an empty reservation, counted for `operator`.
    pub fn reservation(self: &Arc<Self>, operator: &Arc<OperatorMemory>) -> Reservation {
        Reservation { budget: self.clone(), operator: operator.clone(), reserved: 0 }
    }

    fn chunk(&self) -> u64 {
        (self.limit / 256).clamp(CHUNK_BYTES_MIN, CHUNK_BYTES_MAX)
    }

    fn try_take(&self, bytes: u64) -> std::result::Result<(), (u64, u64)> {
        let grown = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            used.checked_add(bytes).filter(|&sum| sum <= self.limit)
        });
        grown.map_err(|used| (used, self.limit))?;
        match &self.parent {
            Some(parent) => parent.try_take(bytes).inspect_err(|_| {
                self.used.fetch_sub(bytes, Ordering::Relaxed);
            }),
            None => Ok(()),
        }
    }

    fn give_back(&self, bytes: u64) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(parent) = &self.parent {
            parent.give_back(bytes);
        }
    }

    fn take(&self, bytes: u64, operator: &OperatorMemory) -> Result<()> {
        let Err((used, limit)) = self.try_take(bytes) else { return Ok(()) };
        let spillers: Vec<_> = self.spillers.read().iter().filter_map(Weak::upgrade).collect();
        for spiller in spillers {
            if spiller.spill(bytes)? > 0 && self.try_take(bytes).is_ok() {
                return Ok(());
            }
        }
        let operator = operator.name.clone();
        Err(ExecError::OutOfMemory { operator, requested: bytes, used, limit })
    }
}

/// What one operator of a query holds, over all its workers.
pub struct OperatorMemory {
    name: String,
    used: AtomicU64,
    peak: AtomicU64,
}

impl OperatorMemory {
    /// Returns the record of an operator; its name stands in errors.
    pub fn new(name: impl Into<String>) -> Arc<Self> {
        Arc::new(Self { name: name.into(), used: AtomicU64::new(0), peak: AtomicU64::new(0) })
    }

    /// The most bytes that were reserved at one time.
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }
}

/// Bytes set aside for one holder; given back when dropped.
pub struct Reservation {
    budget: Arc<MemoryBudget>,
    operator: Arc<OperatorMemory>,
    reserved: u64,
}

impl Reservation {
    /// Makes the reservation cover at least `bytes`; never shrinks.
    ///
    /// # Errors
    /// [`ExecError::OutOfMemory`] when the budget does not suffice.
    #[inline]
    pub fn grow_to(&mut self, bytes: usize) -> Result<()> {
        match bytes as u64 <= self.reserved {
            true => Ok(()),
            false => self.grow(bytes as u64),
        }
    }

    /// Makes room for `bytes` more.
    ///
    /// # Errors
    /// As [`Reservation::grow_to`].
    pub fn grow_by(&mut self, bytes: usize) -> Result<()> {
        self.grow_to(self.reserved as usize + bytes)
    }

    #[cold]
    fn grow(&mut self, bytes: u64) -> Result<()> {
        let exact = bytes - self.reserved;
        let rounded = exact.next_multiple_of(self.budget.chunk());
        let taken = match self.budget.try_take(rounded) {
            Ok(()) => rounded,
            // The last bit of a budget goes out exactly.
            Err(_) => self.budget.take(exact, &self.operator).map(|()| exact)?,
        };
        self.reserved += taken;
        let used = self.operator.used.fetch_add(taken, Ordering::Relaxed) + taken;
        self.operator.peak.fetch_max(used, Ordering::Relaxed);
        Ok(())
    }

    /// Gives all bytes back.
    pub fn release(&mut self) {
        self.budget.give_back(self.reserved);
        self.operator.used.fetch_sub(self.reserved, Ordering::Relaxed);
        self.reserved = 0;
    }

    /// Takes over the bytes of another reservation of the same budget.
    pub fn absorb(&mut self, mut other: Reservation) {
        debug_assert!(Arc::ptr_eq(&self.budget, &other.budget));
        other.operator.used.fetch_sub(other.reserved, Ordering::Relaxed);
        let used = self.operator.used.fetch_add(other.reserved, Ordering::Relaxed) + other.reserved;
        self.operator.peak.fetch_max(used, Ordering::Relaxed);
        self.reserved += std::mem::take(&mut other.reserved);
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.release();
    }
}
