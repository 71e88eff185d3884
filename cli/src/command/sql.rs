//! `canopy sql`: statements from the command line, a file, standard input, or a person; `help FUNCTION` is
//! answered here.

use std::io::{IsTerminal, Read, Write};

use canopy_server::help;

use crate::args::{Format, Global, SqlArguments};
use crate::failure::{Failure, Result};
use crate::render::{DryRun, Printer};
use crate::results::{self, Sink};
use crate::session::Session;
use crate::{parameter, repl};

/// Runs the command.
pub async fn run(global: &Global, arguments: SqlArguments) -> Result {
    let parameters = parameter::parse(&arguments.parameters).map_err(Failure::Usage)?;
    let text = match (&arguments.command, &arguments.file) {
        (Some(text), _) => Some(text.clone()),
        (None, Some(path)) => Some(
            std::fs::read_to_string(path)
                .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?,
        ),
        (None, None) if std::io::stdin().is_terminal() => None,
        (None, None) => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| Failure::usage(format!("cannot read standard input: {error}")))?;
            Some(text)
        }
    };
    if let Some(name) = text.as_deref().and_then(help::request) {
        return print(&help::answer(name).map_err(Failure::failed)?);
    }
    let is_terminal = std::io::stdout().is_terminal();
    let default = if is_terminal { Format::Table } else { Format::Csv };
    let format = arguments.format.unwrap_or(default);
    let session = Session::open(global).await?;
    let mut request = session.request(text.clone().unwrap_or_default());
    request.parameters = parameters;
    request.options = parameter::options(&arguments.options).map_err(Failure::Usage)?;
    request.dry_run = arguments.dry_run;
    request.timeout_ms = arguments.timeout.map_or(0, |seconds| (seconds * 1e3).ceil() as u64);
    if text.is_none() {
        return repl::run(session, request, arguments.format.unwrap_or(Format::Table), arguments.timing)
            .await;
    }
    let mut sink: Box<dyn Sink + Send> = match arguments.dry_run {
        true => Box::new(DryRun::new(format)),
        false => Box::new(Printer::new(format, arguments.timing, is_terminal)),
    };
    run_interruptibly(&session, request, &mut *sink).await
}

/// Prints what is no result.
pub fn print(text: &str) -> Result {
    std::io::stdout().write_all(text.as_bytes()).map_err(crate::render::failed).map_err(Failure::from)
}

/// Runs a request; Ctrl-C cancels what runs, by letting go of its stream.
pub async fn run_interruptibly(
    session: &Session,
    request: canopy_proto::query::ExecuteRequest,
    sink: &mut (dyn Sink + Send),
) -> Result {
    tokio::select! {
        outcome = results::run(&*session.client, request, sink) => Ok(outcome?),
        _ = tokio::signal::ctrl_c() => {
            if std::io::stderr().is_terminal() {
                // The terminal has just shown ^C.
                eprintln!();
            }
            Err(Failure::failed("cancelled"))
        }
    }
}
