//! The `canopy` command: an engine in one process, a client of a server, and the servers themselves.

#![forbid(unsafe_code)]

mod args;
mod command;
mod failure;
mod literal;
mod parameter;
mod progress;
mod render;
mod repl;
mod results;
mod session;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use failure::Result;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CANOPY_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(arguments.log_filter())),
        )
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run(arguments));
    // Work that nobody waits for any more (a cancelled upload, say) must not hold up the exit.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.message().is_empty() {
                eprintln!("error: {}", failure.message());
            }
            ExitCode::from(failure.code())
        }
    }
}

async fn run(arguments: Arguments) -> Result {
    let Arguments { global, command } = arguments;
    match command {
        Command::Sql(sql) => command::sql::run(&global, sql).await,
        Command::Load(load) => command::load::run(&global, load).await,
        Command::Export(export) => command::export::run(&global, export).await,
        Command::Serve(serve) => command::serve::run(&global, serve).await,
        Command::Inspect(inspect) => command::inspect::run(inspect).await,
        Command::Demo(demo) => command::demo::run(&global, demo).await,
        Command::Bench(bench) => command::bench::run(&global, bench).await,
    }
}
