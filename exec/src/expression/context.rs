//! What expressions see of the query: its time, zone, randomness and cancel token.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use canopy_proto::plan;
use jiff::tz::TimeZone;

use crate::kernel::Tier;
use crate::{CancelToken, ExecError, Result};

/// The surroundings of evaluation, fixed for a query. Clocks and randomness come in through it.
#[derive(Debug)]
pub struct EvalContext {
    /// CURRENT_TIMESTAMP(), microseconds since the epoch.
    pub now_us: i64,
    /// The default time zone.
    pub time_zone: TimeZone,
    /// Seed of RAND() and GENERATE_UUID().
    pub random_seed: u64,
    /// Run scalar kernels only.
    pub scalar_kernels: bool,
    /// SESSION_USER().
    pub session_user: Arc<str>,
    /// Asked in long loops.
    pub cancel: CancelToken,
    random_calls: AtomicU64,
}

impl Default for EvalContext {
    /// The epoch in UTC, seed 0: for folding what depends on neither.
    fn default() -> Self {
        Self {
            now_us: 0,
            time_zone: TimeZone::UTC,
            random_seed: 0,
            scalar_kernels: false,
            session_user: "".into(),
            cancel: CancelToken::new(),
            random_calls: AtomicU64::new(0),
        }
    }
}

impl EvalContext {
    /// Returns the same context for another run, with random numbers of its own.
    pub(crate) fn afresh(&self) -> Self {
        let calls = self.random_calls.fetch_add(1 << 40, std::sync::atomic::Ordering::Relaxed);
        Self {
            now_us: self.now_us,
            time_zone: self.time_zone.clone(),
            random_seed: self.random_seed,
            scalar_kernels: self.scalar_kernels,
            cancel: self.cancel.clone(),
            session_user: self.session_user.clone(),
            random_calls: AtomicU64::new(calls),
        }
    }

    /// Returns the context of a plan.
    ///
    /// # Errors
    /// [`ExecError::InvalidPlan`] for an unknown time zone.
    pub fn new(context: &plan::QueryContext, cancel: CancelToken) -> Result<Self> {
        let time_zone = match context.time_zone.as_str() {
            "" => TimeZone::UTC,
            name => crate::function::datetime::zone::find(name)
                .map_err(|error| ExecError::InvalidPlan(error.to_string()))?,
        };
        Ok(Self {
            now_us: context.now_us,
            time_zone,
            random_seed: context.random_seed,
            scalar_kernels: context.scalar_kernels,
            session_user: context.session_user.as_str().into(),
            cancel,
            random_calls: AtomicU64::new(0),
        })
    }

    /// The kernels to run.
    pub fn tier(&self) -> Tier {
        if self.scalar_kernels { Tier::SCALAR } else { Tier::best() }
    }

    /// A seed that no other call of this context gets.
    pub(crate) fn next_seed(&self) -> u64 {
        let call = self.random_calls.fetch_add(1, Ordering::Relaxed);
        crate::kernel::hash::mix(self.random_seed ^ crate::kernel::hash::mix(call + 1))
    }
}
