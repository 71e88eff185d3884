//! System variables: what `@@name` tells, and what SET may change.

use std::sync::Arc;

use canopy_exec::function::datetime::zone;
use canopy_format::{DataType, Value};
use canopy_planner::bind::TypedValue;
use canopy_planner::syntax::ast::{Expr, Path};
use canopy_proto::query::Statistics;

use super::error::{Raised, positioned, shared, stack_trace_type};
use super::interpreter::Interpreter;
use crate::error::{ErrorKind, Result, ServerError};
use crate::jobs::now_us;
use crate::statement::Run;

/// The one project that there is; names before datasets are not looked at.
const PROJECT: &str = "canopy";
/// The time zone of a request that names none.
const TIME_ZONE: &str = "UTC";
/// Statements after which `@@row_count` tells how many rows they changed.
const CHANGES: &[&str] = &["INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE_TABLE"];

/// What a script has done so far, and what SET has changed.
pub(super) struct System {
    /// Whether there is more than one plain statement.
    pub is_script: bool,
    /// Statistics of the last statement that answered.
    pub last: Statistics,
    created_us: i64,
    children: u32,
    last_job: Option<String>,
    row_count: Option<i64>,
    bytes_processed: u64,
    slot_ms: u64,
    query_label: Option<String>,
    project: Option<String>,
}

impl System {
    /// The state at the start.
    pub fn new(_: &Run<'_>) -> Self {
        Self {
            is_script: false,
            last: Statistics::default(),
            created_us: now_us(),
            children: 0,
            last_job: None,
            row_count: None,
            bytes_processed: 0,
            slot_ms: 0,
            query_label: None,
            project: None,
        }
    }

    /// Notes a statement that answered.
    pub fn finished(&mut self, name: &str, statistics: Statistics, job_id: &str) {
        self.evaluated(&statistics);
        self.last_job = Some(child_job(job_id, self.children));
        self.children += 1;
        self.row_count = CHANGES.contains(&name).then_some(statistics.rows_modified as i64);
        self.last = statistics;
    }

    /// Notes what an expression or a loop's query cost.
    pub fn evaluated(&mut self, statistics: &Statistics) {
        self.bytes_processed += statistics.bytes_processed;
        self.slot_ms += statistics.slot_ms;
    }

    /// All variables with their values.
    pub fn variables(&self, run: &Run<'_>, handled: Option<&Raised>) -> Vec<(String, Arc<TypedValue>)> {
        let text = |value: Option<&str>| shared(DataType::String, value.map_or(Value::Null, Value::from));
        let script = |value: i64| {
            shared(DataType::Int64, if self.is_script { Value::Int64(value) } else { Value::Null })
        };
        let time_zone = if run.time_zone.is_empty() { TIME_ZONE } else { &run.time_zone };
        let created = if self.is_script { Value::Timestamp(self.created_us) } else { Value::Null };
        let script_job = self.is_script.then_some(run.job_id.as_str());
        let current_job = match self.is_script {
            true => child_job(&run.job_id, self.children),
            false => run.job_id.clone(),
        };
        let processed = self.bytes_processed.min(i64::MAX as u64) as i64;
        let row_count = self.row_count.map_or(Value::Null, Value::Int64);
        let stack = handled.map(Raised::stack_trace);
        let stack = stack.unwrap_or(TypedValue { data_type: stack_trace_type(), value: Value::Null });
        let formatted = handled.map(Raised::formatted_stack_trace);
        let variables = [
            ("time_zone", text(Some(time_zone))),
            ("project_id", text(Some(PROJECT))),
            ("dataset_id", text(Some(&run.dataset))),
            ("dataset_project_id", text(Some(self.project.as_deref().unwrap_or(PROJECT)))),
            ("query_label", text(self.query_label.as_deref())),
            ("session_id", text(None)),
            ("current_job_id", text(Some(&current_job))),
            ("last_job_id", text(self.last_job.as_deref())),
            ("row_count", shared(DataType::Int64, row_count)),
            ("script.job_id", text(script_job)),
            ("script.creation_time", shared(DataType::Timestamp, created)),
            ("script.num_child_jobs", script(i64::from(self.children))),
            ("script.bytes_processed", script(processed)),
            ("script.bytes_billed", script(processed)),
            ("script.slot_ms", script(self.slot_ms.min(i64::MAX as u64) as i64)),
            ("error.message", text(handled.and_then(|raised| raised.message.as_deref()))),
            ("error.statement_text", text(handled.map(|raised| raised.statement_text.as_str()))),
            ("error.stack_trace", Arc::new(stack)),
            ("error.formatted_stack_trace", text(formatted.as_deref())),
        ];
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn child_job(job_id: &str, number: u32) -> String {
    format!("{job_id}_{number}")
}

impl Interpreter<'_> {
    /// Runs SET of a system variable.
    pub(super) async fn set_system(&mut self, path: &Path, value: &Expr) -> Result<()> {
        let name = path.dotted().to_ascii_lowercase();
        let refused = |kind: ErrorKind, message: String, text: &str| {
            positioned(ServerError::new(kind, message), path.span.line_column(text))
        };
        if !matches!(name.as_str(), "time_zone" | "dataset_id" | "dataset_project_id" | "query_label") {
            let known = self.system.variables(&self.run, None);
            let (kind, message) = match name.as_str() {
                "location" | "reservation" | "max_staleness_override" => {
                    (ErrorKind::Unsupported, format!("SET of system variable @@{name} is not supported"))
                }
                _ if known.iter().any(|(found, _)| *found == name) => {
                    (ErrorKind::Invalid, format!("Cannot assign to read-only system variable @@{name}"))
                }
                _ => (ErrorKind::Invalid, format!("Unrecognized system variable: @@{name}")),
            };
            return Err(refused(kind, message, &self.run.text));
        }
        let value = match self.evaluate(value, Some(&DataType::String)).await?.value {
            Value::String(text) => Some(text.to_string()),
            _ => None,
        };
        match (name.as_str(), value) {
            ("time_zone", Some(name)) => {
                zone::find(&name).map_err(|error| ServerError::invalid(error.to_string()))?;
                self.run.time_zone = name;
            }
            ("dataset_id", Some(name)) => {
                self.frame()?.dataset.clone_from(&name);
                self.run.dataset = name;
            }
            ("dataset_project_id", value) => self.system.project = value,
            ("query_label", value) => self.system.query_label = value,
            (name, _) => {
                return Err(ServerError::invalid(format!("System variable @@{name} cannot be NULL")));
            }
        }
        self.snapshot = None;
        Ok(())
    }
}
