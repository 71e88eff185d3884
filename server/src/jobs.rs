//! Jobs: what runs and what ran lately, by id, so that clients can look, cancel, and repeat a request.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use canopy_proto::query::{Job, JobError, JobState, Statistics};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::error::{ErrorKind, Result, ServerError};

/// Ended jobs that are remembered.
const ENDED_JOBS_MAX: usize = 1000;
/// Bytes of a job's SQL that are remembered.
const SQL_BYTES_MAX: usize = 16 << 10;

/// A job that runs.
pub struct RunningJob {
    /// Its id.
    pub id: String,
    /// Cancelled when somebody asks it to stop.
    pub token: CancellationToken,
    jobs: Arc<Jobs>,
}

impl RunningJob {
    /// Notes how it ended.
    pub fn end(self, error: Option<JobError>, statistics: Statistics) {
        self.jobs.end(&self.id, error, Some(statistics));
    }
}

impl Drop for RunningJob {
    /// A job whose client went away is ended as stopped.
    fn drop(&mut self) {
        self.token.cancel();
        let stopped = JobError {
            reason: "stopped".into(),
            message: "the client went away".into(),
            ..Default::default()
        };
        self.jobs.end(&self.id, Some(stopped), None);
    }
}

#[derive(Default)]
struct State {
    jobs: HashMap<String, (Job, CancellationToken)>,
    ended: VecDeque<String>,
}

/// The jobs of one server.
#[derive(Default)]
pub struct Jobs {
    state: Mutex<State>,
}

impl Jobs {
    /// Starts a job; an empty id gets a fresh one.
    ///
    /// # Errors
    /// [`ErrorKind::Duplicate`] when a job of this id exists.
    pub fn start(self: &Arc<Self>, id: &str, sql: &str) -> Result<RunningJob> {
        let id = if id.is_empty() { format!("job_{}", uuid::Uuid::new_v4().simple()) } else { id.to_owned() };
        let mut state = self.state.lock();
        if state.jobs.contains_key(&id) {
            return Err(ServerError::new(ErrorKind::Duplicate, format!("Already Exists: Job {id}")));
        }
        let now = now_us();
        let mut cut = sql.len().min(SQL_BYTES_MAX);
        while !sql.is_char_boundary(cut) {
            cut -= 1;
        }
        let job = Job {
            job_id: id.clone(),
            state: JobState::Running as i32,
            sql: sql[..cut].to_owned(),
            created_us: now,
            started_us: now,
            ..Default::default()
        };
        let token = CancellationToken::new();
        state.jobs.insert(id.clone(), (job, token.clone()));
        Ok(RunningJob { id, token, jobs: self.clone() })
    }

    fn end(&self, id: &str, error: Option<JobError>, statistics: Option<Statistics>) {
        let mut state = self.state.lock();
        let Some((job, _)) = state.jobs.get_mut(id) else { return };
        if job.state == JobState::Done as i32 {
            return;
        }
        job.state = JobState::Done as i32;
        job.ended_us = now_us();
        job.error = error;
        job.statistics = statistics;
        state.ended.push_back(id.to_owned());
        if state.ended.len() > ENDED_JOBS_MAX
            && let Some(oldest) = state.ended.pop_front()
        {
            state.jobs.remove(&oldest);
        }
    }

    /// Returns a job.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn get(&self, id: &str) -> Result<Job> {
        let state = self.state.lock();
        let job = state.jobs.get(id).map(|(job, _)| job.clone());
        job.ok_or_else(|| ServerError::new(ErrorKind::NotFound, format!("Not found: Job {id}")))
    }

    /// Returns the latest jobs, newest first.
    pub fn list(&self, limit: usize) -> Vec<Job> {
        let mut jobs: Vec<Job> = self.state.lock().jobs.values().map(|(job, _)| job.clone()).collect();
        jobs.sort_by_key(|job| std::cmp::Reverse(job.created_us));
        jobs.truncate(limit);
        jobs
    }

    /// Asks a job to stop and returns it as it is now.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`].
    pub fn cancel(&self, id: &str) -> Result<Job> {
        if let Some((_, token)) = self.state.lock().jobs.get(id) {
            token.cancel();
        }
        self.get(id)
    }

    /// Jobs that run now.
    pub fn running(&self) -> usize {
        let state = self.state.lock();
        state.jobs.len() - state.ended.len()
    }
}

/// Microseconds since the epoch: the server is the only crate that reads the clock.
pub(crate) fn now_us() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as i64)
}
