//! The interpreter: takes a script's steps one after the other, and errors to their handlers.

use std::sync::Arc;
use std::time::Instant;

use canopy_planner::bind::Parameters;
use canopy_planner::syntax::ast::Statement;
use canopy_proto::query::{StatementFinished, Statistics, execute_response::Kind};
use canopy_txn::Snapshot;

use super::compile::compile;
use super::error::{Raised, is_catchable};
use super::frame::{Ending, Frame, Scope};
use super::program::{Program, StepKind};
use super::system::System;
use crate::error::{ErrorKind, Result, ServerError};
use crate::jobs::now_us;
use crate::statement::{Run, StatementRun, parse};

/// Steps that one script may take: loops that never end do end here, hours later, if nobody cancels them before.
const STEPS_MAX: u64 = 10_000_000;
/// After so many steps others have their turn, though nothing was waited for.
const STEPS_A_TURN: u64 = 64;

/// A script at work.
pub(crate) struct Interpreter<'a> {
    /// The request, with the text, names and parameters of the frame that is at work.
    pub(super) run: Run<'a>,
    /// The script and the procedures that it is in, the innermost last.
    pub(super) frames: Vec<Frame>,
    /// What system variables tell.
    pub(super) system: System,
    /// The state that the last expression was read at, until a statement may have changed it.
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// The error that RAISE makes, in place of the one it returns.
    pub(super) raised: Option<Raised>,
    /// Statements that answered so far.
    index: u32,
    deadline: Option<Instant>,
    steps: u64,
}

/// Where a script goes after a step.
pub(super) enum Flow {
    /// To the next step.
    Next,
    /// To another one.
    To(usize),
    /// Into the frame that was pushed; its end goes on here.
    Into,
    /// Out of the frame.
    Return,
}

impl<'a> Interpreter<'a> {
    /// An interpreter of the request's text.
    pub fn new(run: Run<'a>) -> Self {
        let deadline = run.timeout.map(|timeout| Instant::now() + timeout);
        let system = System::new(&run);
        Self { run, frames: Vec::new(), system, snapshot: None, raised: None, index: 0, deadline, steps: 0 }
    }

    /// Runs the script to its end; returns the statistics of the last statement that answered.
    ///
    /// # Errors
    /// The first error that no handler takes, with its place.
    pub async fn run(mut self) -> Result<Statistics> {
        let statements = parse(&self.run.text)?;
        let program = Arc::new(compile(statements, self.run.text.clone(), None, &[])?);
        if self.run.dry_run && !program.is_plain() {
            return self.checked(&program).await;
        }
        // One plain statement has no other place than its own.
        let is_bare = program.is_plain() && program.steps.len() <= 1;
        self.system.is_script = !is_bare;
        let (dataset, parameters) = (self.run.dataset.clone(), self.run.parameters.clone());
        self.frames.push(Frame::new(program, dataset, parameters, Ending::None));
        while !self.frames.is_empty() {
            self.check_limits().await?;
            match self.step().await {
                Ok(()) => {}
                Err(error) if is_bare => return Err(error),
                Err(error) => self.handle(error)?,
            }
        }
        Ok(self.system.last.clone())
    }

    /// A dry run of a script with control statements: it parses, and its jumps and names are right.
    async fn checked(&self, program: &Program) -> Result<Statistics> {
        let message = format!("The script is well-formed: {} step(s)", program.steps.len());
        let statement = StatementRun {
            run: &self.run,
            index: 0,
            started: Instant::now(),
            now_us: now_us(),
            snapshot: self.run.snapshot().await?,
        };
        statement.send_started("SCRIPT").await?;
        let statistics = Statistics::default();
        statement
            .send(Kind::Finished(StatementFinished { statistics: Some(statistics.clone()), message }))
            .await?;
        Ok(statistics)
    }

    /// Counts a step, and stops a script that takes too long.
    async fn check_limits(&mut self) -> Result<()> {
        self.steps += 1;
        if self.steps.is_multiple_of(STEPS_A_TURN) {
            tokio::task::yield_now().await;
        }
        if self.steps > STEPS_MAX {
            let message = format!("Resources exceeded: the script took more than {STEPS_MAX} steps");
            let error = ServerError::new(ErrorKind::OutOfResources, message);
            return Err(Raised::new(error, &self.frames).error);
        }
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ServerError::new(ErrorKind::Cancelled, "the script's deadline passed"));
            }
            self.run.timeout = Some(left);
        }
        Ok(())
    }

    /// The frame at work.
    pub(super) fn frame(&mut self) -> Result<&mut Frame> {
        let lost = || ServerError::new(ErrorKind::Internal, "internal error: the script has no frame");
        self.frames.last_mut().ok_or_else(lost)
    }

    async fn step(&mut self) -> Result<()> {
        let frame = self.frame()?;
        let (program, at) = (frame.program.clone(), frame.at);
        let flow = match program.steps.get(at) {
            Some(step) => self.take(&step.kind).await?,
            None => Flow::Return,
        };
        match flow {
            Flow::Next => self.frame()?.at = at + 1,
            Flow::To(target) => self.frame()?.at = target,
            Flow::Into => self.enter(),
            Flow::Return => self.leave().await?,
        }
        Ok(())
    }

    async fn take(&mut self, step: &StepKind) -> Result<Flow> {
        match step {
            StepKind::Sql(statement) => self.sql(statement).await?,
            StepKind::Declare(declare) => self.declare(declare).await?,
            StepKind::Set(set) => self.set(set).await?,
            StepKind::Branch { condition, otherwise } => {
                if !self.condition(condition).await? {
                    return Ok(Flow::To(*otherwise));
                }
            }
            StepKind::Select { selector, targets } => return self.select(selector, targets).await,
            StepKind::Jump { target, depth } => {
                self.frame()?.scopes.truncate(*depth);
                return Ok(Flow::To(*target));
            }
            StepKind::Enter { handler } => {
                self.frame()?.scopes.push(Scope { handler: *handler, ..Scope::default() });
            }
            StepKind::Leave => drop(self.frame()?.scopes.pop()),
            StepKind::For { variable, query } => self.for_rows(variable, query).await?,
            StepKind::Next { end } => return self.next_row(*end),
            StepKind::Return => return Ok(Flow::Return),
            StepKind::Assert(assert) => self.assert(assert).await?,
            StepKind::Raise(raise) => self.raise(raise).await?,
            StepKind::ExecuteImmediate(dynamic) => return self.execute_immediate(dynamic).await,
            StepKind::Call(call) => return self.call(call).await,
            StepKind::Begin(begin) => self.begin_transaction(begin).await?,
            StepKind::Commit => self.commit_transaction().await?,
            StepKind::Rollback => self.rollback_transaction()?,
        }
        Ok(Flow::Next)
    }

    /// Runs a statement whose results go to the client, or to the caller's variables.
    async fn sql(&mut self, statement: &Arc<Statement>) -> Result<()> {
        if let Ending::Into(targets) = &self.frame()?.ending {
            let targets = targets.clone();
            return self.query_into(statement, &targets).await;
        }
        self.see_variables()?;
        let running = StatementRun {
            run: &self.run,
            index: self.index,
            started: Instant::now(),
            now_us: now_us(),
            snapshot: self.run.snapshot().await?,
        };
        self.index += 1;
        let finished = running.run(statement.clone()).await;
        self.snapshot = None;
        let (name, statistics) = finished?;
        self.system.finished(name, statistics, &self.run.job_id);
        Ok(())
    }

    /// Shows statements the variables that the frame sees.
    pub(super) fn see_variables(&mut self) -> Result<()> {
        let frame = self.frame()?;
        let variables = frame.variables();
        let asks_system = frame.program.text.contains("@@");
        let handled = frame.handled().cloned();
        self.run.variables = variables;
        self.run.system_variables = match asks_system {
            true => self.system.variables(&self.run, handled.as_deref()),
            false => Vec::new(),
        };
        Ok(())
    }

    /// Makes the innermost frame the one at work.
    fn enter(&mut self) {
        if let Some(frame) = self.frames.last() {
            self.run.text = frame.program.text.clone();
            self.run.dataset.clone_from(&frame.dataset);
            self.run.parameters = frame.parameters.clone();
        }
    }

    /// Ends the innermost frame; its caller goes on after the call.
    async fn leave(&mut self) -> Result<()> {
        let Some(ended) = self.frames.pop() else { return Ok(()) };
        self.enter();
        if self.frames.is_empty() {
            return Ok(());
        }
        self.take_outputs(ended).await?;
        self.frame()?.at += 1;
        Ok(())
    }

    /// Takes an error to the innermost handler.
    ///
    /// # Errors
    /// The error with its place, when there is none.
    fn handle(&mut self, error: ServerError) -> Result<()> {
        let raised = self.raised.take().unwrap_or_else(|| Raised::new(error, &self.frames));
        if !is_catchable(&raised.error) {
            return Err(raised.error);
        }
        while let Some(frame) = self.frames.last_mut() {
            let handlers = frame.scopes.iter().enumerate().rev();
            let found = handlers.into_iter().find_map(|(depth, scope)| Some((depth, scope.handler?)));
            if let Some((depth, handler)) = found {
                frame.scopes.truncate(depth);
                frame.scopes.push(Scope { error: Some(Arc::new(raised)), ..Scope::default() });
                frame.at = handler;
                self.enter();
                return Ok(());
            }
            self.frames.pop();
        }
        Err(raised.error)
    }

    /// A frame for another text, called by the one at work.
    pub(super) fn push_frame(
        &mut self,
        program: Program,
        dataset: String,
        parameters: Parameters,
        ending: Ending,
    ) {
        self.frames.push(Frame::new(Arc::new(program), dataset, parameters, ending));
    }
}
