//! Running the statements of a request, one after another: bind, then what the statement asks for.

mod alter;
mod collect;
pub(crate) mod constraint;
mod create_table;
pub(crate) mod ddl;
pub(crate) mod definition;
mod deletion;
mod explain;
mod export;
mod insert;
mod load;
mod modify;
pub(crate) mod options;
mod plan;
mod query;
mod switches;

use std::sync::Arc;
use std::time::{Duration, Instant};

use canopy_exec::convert;
use canopy_format::DataType;
use canopy_planner::bind::{BindContext, BoundExpression, BoundStatement, Parameters, TypedValue};
use canopy_planner::catalog::{Catalog, RoutineKind, RoutineSource};
use canopy_planner::syntax;
use canopy_proto::query::{
    ExecuteRequest, ExecuteResponse, QueryParameter, StatementFinished, StatementStarted, Statistics,
    execute_response::Kind,
};
use canopy_txn::{Snapshot, Transaction};
use tokio::sync::mpsc;

use crate::catalog::SnapshotCatalog;
use crate::engine::Engine;
use crate::error::{ErrorKind, Result, ServerError};
use crate::script::{Cleanup, Interpreter, Session, check_procedure};

pub(crate) use collect::Collected;

use switches::Switches;

/// Where responses go.
pub(crate) type Responses = mpsc::Sender<Result<ExecuteResponse>>;

/// How often a statement runs that loses conflicts.
const ATTEMPTS_MAX: u32 = 5;

/// The dataset that always exists.
const DATASET: &str = "main";

/// One request at work: what all its statements have in common, and a script changes between them.
pub(crate) struct Run<'a> {
    /// What runs it.
    pub(crate) engine: &'a Arc<Engine>,
    /// The request's job.
    pub(crate) job_id: String,
    /// The text that is at work: the request's, a procedure's body or a dynamic statement.
    pub(crate) text: Arc<str>,
    /// Completes bare names.
    pub(crate) dataset: String,
    /// Query parameters.
    pub(crate) parameters: Parameters,
    /// Variables in sight, outermost first.
    pub(crate) variables: Vec<(String, Arc<TypedValue>)>,
    /// System variables, where the text names any.
    pub(crate) system_variables: Vec<(String, Arc<TypedValue>)>,
    /// The default time zone; empty is UTC.
    pub(crate) time_zone: String,
    /// How queries are planned and computed.
    pub(crate) switches: Switches,
    /// Whether nothing is to be done.
    pub(crate) dry_run: bool,
    /// The time that is left.
    pub(crate) timeout: Option<Duration>,
    /// Where responses go.
    pub(crate) responses: &'a Responses,
    /// An open transaction, temporary tables and functions.
    pub(crate) session: Arc<Session>,
}

/// One statement at work.
pub(crate) struct StatementRun<'a> {
    /// The request.
    pub(crate) run: &'a Run<'a>,
    /// Its number in the request.
    pub(crate) index: u32,
    /// When its text was taken up.
    pub(crate) started: Instant,
    /// CURRENT_TIMESTAMP().
    pub(crate) now_us: i64,
    /// The state that everything of it is read at.
    pub(crate) snapshot: Arc<Snapshot>,
}

/// What a statement did.
#[derive(Default)]
struct Outcome {
    statistics: Statistics,
    message: String,
}

impl Outcome {
    /// An outcome that is only worth a message.
    fn message(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }
}

/// Runs a request to its end, or to its first error.
pub(crate) async fn run_request(
    engine: &Arc<Engine>,
    request: ExecuteRequest,
    responses: &Responses,
) -> Result<()> {
    let job = engine.jobs().start(&request.job_id, &request.sql)?;
    let session: Arc<Session> = Arc::default();
    let cleanup = Cleanup::new(engine.clone(), session.clone());
    let run = Run {
        engine,
        job_id: job.id.clone(),
        text: request.sql.as_str().into(),
        dataset: if request.default_dataset.is_empty() {
            DATASET.into()
        } else {
            request.default_dataset.clone()
        },
        parameters: parameters(&request.parameters)?,
        variables: Vec::new(),
        system_variables: Vec::new(),
        time_zone: request.time_zone.clone(),
        switches: Switches::parse(&request.options)?,
        dry_run: request.dry_run,
        timeout: (request.timeout_ms > 0).then(|| Duration::from_millis(request.timeout_ms)),
        responses,
        session,
    };
    let token = job.token.clone();
    let outcome = tokio::select! {
        outcome = Interpreter::new(run).run() => outcome,
        () = token.cancelled() => Err(ServerError::new(ErrorKind::Cancelled, format!("job {} was cancelled", job.id))),
    };
    cleanup.run().await;
    match outcome {
        Ok(statistics) => job.end(None, statistics),
        Err(error) => {
            job.end(Some(error.to_job_error()), Statistics::default());
            return Err(error);
        }
    }
    Ok(())
}

impl Run<'_> {
    /// Returns what a statement reads: the state at the end of the log, or that of the open transaction.
    pub(crate) async fn snapshot(&self) -> Result<Arc<Snapshot>> {
        match self.session.transaction() {
            Some(transaction) => Ok(transaction.snapshot()),
            None => self.engine.warehouse().snapshot().await,
        }
    }

    /// Returns the routine of a name; None where there is none.
    pub(crate) async fn routine(
        &self,
        path: &[String],
        kind: RoutineKind,
    ) -> Result<Option<Arc<RoutineSource>>> {
        let path = path.to_vec();
        let found = self.with_catalog(self.snapshot().await?, move |catalog| {
            catalog
                .routine(&path, kind)
                .map_err(|error| ServerError::new(ErrorKind::Unavailable, error.to_string()))
        });
        found.await
    }

    /// Runs `work` with the catalog at a snapshot, on a thread that may wait for the store and compute for a while.
    async fn with_catalog<T: Send + 'static>(
        &self,
        snapshot: Arc<Snapshot>,
        work: impl FnOnce(&dyn Catalog) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let warehouse = self.engine.warehouse().clone();
        let (session, dataset) = (self.session.clone(), self.dataset.clone());
        let runtime = tokio::runtime::Handle::current();
        let jobs = self.engine.jobs().clone();
        blocking(move || {
            let catalog = SnapshotCatalog {
                snapshot,
                jobs: &jobs,
                now_us: crate::jobs::now_us(),
                session: &session,
                log: warehouse.log(),
                sources: warehouse.sources(),
                default_dataset: &dataset,
                runtime,
            };
            work(&catalog)
        })
        .await
    }
}

impl StatementRun<'_> {
    /// Returns what the statement stages its changes in: the script's open transaction, or one of its own at the
    /// snapshot that it reads. Takes effect by [`StatementRun::commit`]; dropped, nothing has happened.
    fn transaction(&self) -> Transaction {
        let open = self.run.session.transaction();
        let log = self.run.engine.warehouse().log();
        open.unwrap_or_else(|| Transaction::begin_at(log, self.snapshot.clone()))
    }

    /// Makes the staged changes take effect: at once, or with the script's open transaction. A dry run has none.
    ///
    /// # Errors
    /// When another transaction came first, or the log cannot be written.
    async fn commit(&self, transaction: Transaction) -> Result<()> {
        if self.run.dry_run {
            return Ok(());
        }
        if self.run.session.in_transaction() {
            self.run.session.keep_transaction(transaction);
            return Ok(());
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Runs the statement; returns its type, as BigQuery names it, and what it cost.
    pub(crate) async fn run(
        mut self,
        statement: Arc<syntax::ast::Statement>,
    ) -> Result<(&'static str, Statistics)> {
        let mut attempt = 1;
        let (name, outcome) = loop {
            let bound = self.bind(statement.clone()).await;
            let name = bound.as_ref().map_or("UNBOUND", |bound| bound.type_name());
            let may_repeat = bound.as_ref().is_ok_and(changes_rows) && !self.run.session.in_transaction();
            let outcome = match bound {
                Ok(bound) => self.dispatch(bound, attempt == 1).await,
                Err(error) => Err(error),
            };
            let lost = outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::Conflict);
            if !(lost && may_repeat && attempt < ATTEMPTS_MAX) {
                break (name, outcome);
            }
            // Nothing was written: the statement runs again on what the other transaction left.
            attempt += 1;
            self.snapshot = self.run.snapshot().await?;
        };
        let metrics = self.run.engine.metrics();
        let ended = outcome.as_ref().map_or_else(|error| error.to_job_error().reason, |_| "ok".into());
        metrics.statements.with_label_values(&[name, ended.as_str()]).inc();
        metrics.statement_seconds.observe(self.started.elapsed().as_secs_f64());
        let mut outcome = outcome?;
        outcome.statistics.elapsed_us = self.started.elapsed().as_micros() as u64;
        outcome.statistics.snapshot_seq = self.snapshot.seq();
        metrics.bytes_processed.inc_by(outcome.statistics.bytes_processed);
        metrics.bytes_fetched.inc_by(outcome.statistics.bytes_fetched);
        metrics.tasks_retried.inc_by(outcome.statistics.tasks_retried as u64);
        let statistics = outcome.statistics.clone();
        self.send(Kind::Finished(StatementFinished {
            statistics: Some(outcome.statistics),
            message: outcome.message,
        }))
        .await?;
        Ok((name, statistics))
    }

    async fn dispatch(&self, bound: BoundStatement, is_first: bool) -> Result<Outcome> {
        let name = bound.type_name();
        if let BoundStatement::CreateRoutine(create) = &bound {
            check_procedure(create)?;
        }
        if is_first && !bound.returns_rows() {
            self.send_started(name).await?;
        }
        match bound {
            BoundStatement::Query(query) => query::run(self, query, name).await,
            BoundStatement::Explain { analyze, statement } => explain::run(self, analyze, *statement).await,
            BoundStatement::Insert(insert) => insert::run(self, insert).await,
            BoundStatement::Modify(modify) => modify::run(self, modify).await,
            BoundStatement::Truncate(truncate) => modify::truncate(self, truncate).await,
            BoundStatement::CreateTable(create) => create_table::run(self, create).await,
            BoundStatement::AlterTable(alter) => alter::table(self, alter.map(|alter| *alter)).await,
            BoundStatement::AlterSchema(alter) => alter::schema(self, alter).await,
            BoundStatement::AlterView(alter) => alter::view(self, alter).await,
            BoundStatement::DropTable(drop) => ddl::drop_table(self, drop).await,
            BoundStatement::CreateView(create) => definition::create_view(self, create).await,
            BoundStatement::CreateRoutine(create) => definition::create_routine(self, create).await,
            BoundStatement::DropDefinition(drop) => definition::drop(self, drop).await,
            BoundStatement::CreateSchema(create) => ddl::create_schema(self, create).await,
            BoundStatement::DropSchema(drop) => ddl::drop_schema(self, drop).await,
            BoundStatement::LoadData(load) => load::run(self, load).await,
            BoundStatement::ExportData(export) => export::run(self, export).await,
        }
    }

    /// Binds a statement.
    pub(crate) async fn bind(&self, statement: Arc<syntax::ast::Statement>) -> Result<BoundStatement> {
        let context = self.bind_context();
        let bound = self.run.with_catalog(self.snapshot.clone(), move |catalog| {
            canopy_planner::bind::bind(&statement, catalog, &context).map_err(|error| bind_error(&error))
        });
        bound.await
    }

    /// Binds an expression of a script, coerced to a type if one is wanted.
    pub(crate) async fn bind_expression(
        &self,
        expression: &syntax::ast::Expr,
        wanted: Option<&DataType>,
    ) -> Result<BoundExpression> {
        let context = self.bind_context();
        let (expression, wanted) = (expression.clone(), wanted.cloned());
        let bound = self.run.with_catalog(self.snapshot.clone(), move |catalog| {
            canopy_planner::bind::bind_expression(&expression, wanted.as_ref(), catalog, &context)
                .map_err(|error| bind_error(&error))
        });
        bound.await
    }

    fn bind_context(&self) -> BindContext {
        BindContext {
            text: self.run.text.to_string(),
            parameters: self.run.parameters.clone(),
            variables: self.run.variables.clone(),
            system_variables: self.run.system_variables.clone(),
            session_user: self.run.engine.user().to_owned(),
            time_zone: self.run.time_zone.clone(),
            now_us: self.now_us,
        }
    }

    pub(crate) async fn send(&self, kind: Kind) -> Result<()> {
        let response = ExecuteResponse { statement: self.index, kind: Some(kind) };
        let sent = self.run.responses.send(Ok(response)).await;
        sent.map_err(|_| ServerError::new(ErrorKind::Cancelled, "the client went away"))
    }

    pub(crate) async fn send_started(&self, name: &str) -> Result<()> {
        let started = StatementStarted {
            job_id: self.run.job_id.clone(),
            statement_type: name.to_owned(),
            columns: Vec::new(),
            has_rows: false,
        };
        self.send(Kind::Started(started)).await
    }
}

/// Whether the statement can run again after it lost a conflict: its rows may be others, its meaning is the same.
fn changes_rows(bound: &BoundStatement) -> bool {
    matches!(bound, BoundStatement::Insert(_) | BoundStatement::Modify(_) | BoundStatement::Truncate(_))
}

/// Runs `work`, which may wait and compute, off the runtime's own threads.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let worked = tokio::task::spawn_blocking(work).await;
    worked.map_err(|panic| ServerError::new(ErrorKind::Internal, format!("internal error: {panic}")))?
}

fn parameters(given: &[QueryParameter]) -> Result<Parameters> {
    let typed = |parameter: &QueryParameter| -> Result<TypedValue> {
        let data_type = parameter.r#type.as_ref().ok_or_else(|| {
            ServerError::invalid(format!("query parameter {:?} has no type", parameter.name))
        })?;
        let data_type = convert::type_from_proto(data_type)?;
        let value = parameter.value.clone().unwrap_or_default();
        Ok(TypedValue { value: convert::value_from_proto(&value, &data_type)?, data_type })
    };
    match given.iter().filter(|parameter| parameter.name.is_empty()).count() {
        _ if given.is_empty() => Ok(Parameters::None),
        0 => {
            let named = given.iter().map(|p| Ok((p.name.clone(), typed(p)?)));
            Ok(Parameters::Named(named.collect::<Result<_>>()?))
        }
        count if count == given.len() => {
            Ok(Parameters::Positional(given.iter().map(typed).collect::<Result<_>>()?))
        }
        _ => Err(ServerError::invalid("query parameters must be all named or all positional")),
    }
}

/// Parses a script.
pub(crate) fn parse(text: &str) -> Result<Vec<syntax::ast::Statement>> {
    syntax::parse_script(text).map_err(|error| parse_error(&error))
}

/// A text that is no GoogleSQL, as the door tells it.
pub(crate) fn parse_error(error: &syntax::ParseError) -> ServerError {
    ServerError::invalid(error.to_string()).at(error.position.line, error.position.column)
}

/// A statement that does not bind, as the door tells it.
pub(crate) fn bind_error(error: &canopy_planner::bind::BindError) -> ServerError {
    use canopy_planner::bind::BindErrorKind;
    let kind = match error.kind {
        BindErrorKind::Invalid | BindErrorKind::TooDeep => ErrorKind::Invalid,
        BindErrorKind::NotFound => ErrorKind::NotFound,
        BindErrorKind::Unsupported => ErrorKind::Unsupported,
        BindErrorKind::Unavailable => ErrorKind::Unavailable,
    };
    let bound = ServerError::new(kind, error.to_string());
    match error.position {
        Some(position) => bound.at(position.line, position.column),
        None => bound,
    }
}
