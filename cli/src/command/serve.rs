//! `canopy serve`: one server process, until it is told to stop.

use canopy_server::serve::{ServeOptions, ServeRole, serve};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::args::{Global, Role, ServeArguments};
use crate::failure::{Failure, Result};
use crate::session::resources;

/// Runs the command.
pub async fn run(global: &Global, arguments: ServeArguments) -> Result {
    let needs_root = matches!(arguments.role, Role::Mixer | Role::Leaf);
    if needs_root && arguments.roots.is_empty() {
        return Err(Failure::usage(
            "a mixer or leaf needs --root HOST:PORT: the root that it registers with",
        ));
    }
    let stop = CancellationToken::new();
    let options = ServeOptions {
        role: role(arguments.role),
        listen: arguments.listen,
        advertise: arguments.advertise,
        roots: arguments.roots,
        http: arguments.http,
        warehouse: global.warehouse.clone(),
        resources: resources(global),
    };
    stop_on_signals(stop.clone())?;
    let serving = serve(options, stop).await.map_err(|error| error.to_string())?;
    if let Some(path) = &arguments.port_file {
        write_port(path, serving.address.port())?;
    }
    let pages = serving.http.map_or(String::new(), |address| format!(", pages on http://{address}"));
    eprintln!("listening on {} ({}){pages}", serving.address, name(arguments.role));
    match serving.stopped.await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Failure::failed(format!("the server stopped: {error}"))),
        Err(panic) => Err(Failure::failed(format!("internal error: {panic}"))),
    }
}

/// The first SIGTERM or Ctrl-C lets the server finish what it has begun; the second ends it at once.
fn stop_on_signals(stop: CancellationToken) -> Result {
    let listen = |kind| signal(kind).map_err(|error| format!("cannot listen to signals: {error}"));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    tokio::spawn(async move {
        for is_first in [true, false] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            match is_first {
                true => stop.cancel(),
                false => std::process::exit(1),
            }
        }
    });
    Ok(())
}

/// Puts the port in a file, whole or not at all, so that whoever waits for it never reads half of it.
fn write_port(path: &std::path::Path, port: u16) -> Result {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(".unfinished");
    std::fs::write(&unfinished, format!("{port}\n"))
        .and_then(|()| std::fs::rename(&unfinished, path))
        .map_err(|error| Failure::failed(format!("cannot write {}: {error}", path.display())))
}

fn role(role: Role) -> ServeRole {
    match role {
        Role::Root => ServeRole::Root,
        Role::Mixer => ServeRole::Mixer,
        Role::Leaf => ServeRole::Leaf,
        Role::All => ServeRole::All,
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Root => "root",
        Role::Mixer => "mixer",
        Role::Leaf => "leaf",
        Role::All => "all",
    }
}
