//! The prompt: statements over several lines, history, completion, colours.

mod completer;
mod editor;
mod highlighter;
mod meta;
mod names;
mod validator;

use std::sync::Arc;

use canopy_proto::query::ExecuteRequest;
use canopy_server::help;
use reedline::{Reedline, Signal};

use self::editor::Prompt;
use self::meta::{Command, Outcome};
use self::names::Names;
use crate::args::Format;
use crate::command::sql::run_interruptibly;
use crate::failure::{Failure, Result};
use crate::render::{DryRun, Printer};
use crate::results::Sink;
use crate::session::Session;

/// What a person can change while at it.
struct State {
    session: Session,
    /// What every request has in common: parameters, limits, whether it is a dry run.
    template: ExecuteRequest,
    format: Format,
    timing: bool,
    names: Arc<Names>,
}

/// Reads statements and runs them until the person leaves.
pub async fn run(session: Session, template: ExecuteRequest, format: Format, timing: bool) -> Result {
    let names = Arc::new(Names::default());
    let mut editor = editor::new(names.clone())?;
    let prompt = Prompt;
    let mut state = State { session, template, format, timing, names };
    state.refresh_names();
    greet(&state);
    loop {
        let stay = match read(&mut editor, &prompt)? {
            Signal::Success(text) => state.take(text.trim()).await,
            Signal::CtrlD => false,
            // Ctrl-C forgets the line; anything else is not asked for.
            _ => true,
        };
        if !stay {
            return Ok(());
        }
    }
}

fn greet(state: &State) {
    eprintln!(
        "canopy {}, {}; .help tells what can be done, .quit leaves",
        env!("CARGO_PKG_VERSION"),
        state.session.place
    );
}

/// Waits for a line. Other tasks go on meanwhile on other threads.
fn read(editor: &mut Reedline, prompt: &Prompt) -> Result<Signal> {
    tokio::task::block_in_place(|| editor.read_line(prompt))
        .map_err(|error| Failure::failed(format!("cannot read from the terminal: {error}")))
}

impl State {
    /// Takes up what was entered; false to leave.
    async fn take(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        if let Some(name) = help::request(text) {
            match help::answer(name) {
                Ok(answer) => drop(crate::command::sql::print(&answer)),
                Err(message) => eprintln!("error: {message}"),
            }
            return true;
        }
        if !text.starts_with('.') {
            self.run_statements(text).await;
            return true;
        }
        let done = match Command::parse(text) {
            Ok(Command::Read(path)) => self.run_file(&path).await,
            Ok(command) => command.run(self).await,
            Err(message) => Err(message),
        };
        match done {
            Ok(Outcome::Stay) => true,
            Ok(Outcome::Leave) => false,
            Err(message) => {
                eprintln!("error: {message}");
                true
            }
        }
    }

    async fn run_file(&mut self, path: &str) -> std::result::Result<Outcome, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {path}: {error}"))?;
        self.run_statements(&text).await;
        Ok(Outcome::Stay)
    }

    /// Runs statements; `\G` in place of the last semicolon shows a line for each value.
    async fn run_statements(&mut self, text: &str) {
        let (text, format) = match text.strip_suffix("\\G") {
            Some(text) => (text, Format::Vertical),
            None => (text, self.format),
        };
        let request = ExecuteRequest { sql: text.to_owned(), ..self.template.clone() };
        let mut sink: Box<dyn Sink + Send> = match request.dry_run {
            true => Box::new(DryRun::new(format)),
            false => Box::new(Printer::new(format, self.timing, true)),
        };
        if let Err(failure) = run_interruptibly(&self.session, request, &mut *sink).await {
            drop(sink);
            eprintln!("error: {}", failure.message());
        }
        self.refresh_names();
    }

    /// Asks for the names of tables and columns, without making anybody wait.
    fn refresh_names(&self) {
        let (names, client) = (self.names.clone(), self.session.client.clone());
        let dataset = self.session.dataset.clone();
        tokio::spawn(async move {
            match client.list_tables("").await {
                Ok(tables) => names.replace(&tables, &dataset),
                Err(error) => tracing::debug!(%error, "no names for completion"),
            }
        });
    }
}
