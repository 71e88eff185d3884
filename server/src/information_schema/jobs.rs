//! JOBS: what this server runs and ran lately.

use canopy_format::{DataType, Value};
use canopy_proto::query::{Job, JobState};

use super::{CATALOG, Made, texts};
use crate::jobs::Jobs;

/// Jobs that are shown, the latest first.
const JOBS_MAX: usize = 2000;

pub(super) fn jobs(jobs: &Jobs) -> Made {
    let mut columns = vec![("creation_time", DataType::Timestamp)];
    columns.extend(texts(["project_id", "job_id", "job_type"]));
    columns.extend([("start_time", DataType::Timestamp), ("end_time", DataType::Timestamp)]);
    columns.extend(texts(["query", "state"]));
    columns.extend([("total_bytes_processed", DataType::Int64), ("total_slot_ms", DataType::Int64)]);
    let error = DataType::structure([("reason", DataType::String), ("message", DataType::String)]);
    columns.push(("error_result", error));
    let dml = DataType::structure([("modified_row_count", DataType::Int64)]);
    columns.push(("dml_statistics", dml));
    (columns, jobs.list(JOBS_MAX).iter().map(row).collect())
}

fn row(job: &Job) -> Vec<Value> {
    let time = |micros: i64| if micros > 0 { Value::Timestamp(micros) } else { Value::Null };
    let number = |value: u64| Value::Int64(i64::try_from(value).unwrap_or(i64::MAX));
    let state = match job.state() {
        JobState::Done => "DONE",
        JobState::Running => "RUNNING",
        JobState::Pending | JobState::Unspecified => "PENDING",
    };
    let statistics = job.statistics.clone().unwrap_or_default();
    let error = job.error.as_ref().map(|error| {
        Value::Struct(vec![Value::from(error.reason.as_str()), Value::from(error.message.as_str())])
    });
    let modified =
        (statistics.rows_modified > 0).then(|| Value::Struct(vec![number(statistics.rows_modified)]));
    vec![
        time(job.created_us),
        Value::from(CATALOG),
        Value::from(job.job_id.as_str()),
        Value::from("QUERY"),
        time(job.started_us),
        time(job.ended_us),
        Value::from(job.sql.as_str()),
        Value::from(state),
        number(statistics.bytes_processed),
        number(statistics.slot_ms),
        error.unwrap_or(Value::Null),
        modified.unwrap_or(Value::Null),
    ]
}
