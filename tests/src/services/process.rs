//! A service's process, which never outlives the test process that started it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::{Unavailable, root};

/// Runs the service and waits for it, and kills it when its own standard input ends: when [`Process`] is dropped,
/// or when the test process ends in whatever way. At the end it removes the data. Arguments: the data directory,
/// then the command.
const KEEPER: &str = r#"
data=$1; shift
exec 3<&0
"$@" </dev/null 3<&- >>"$data/log" 2>&1 &
service=$!
echo $service
exec >/dev/null
{ cat <&3 >/dev/null; kill -9 $service; } 2>/dev/null &
wait $service 2>/dev/null
cp "$data/log" "$data.log"
rm -rf "$data"
"#;

/// A running service with a data directory of its own.
#[derive(Debug)]
pub struct Process {
    name: String,
    pid: u32,
    data: PathBuf,
    keeper: Child,
    stdin: Option<ChildStdin>,
}

impl Process {
    /// Returns a new directory for the data of a service called `name`.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be made.
    pub fn data_directory(name: &str) -> Result<PathBuf, Unavailable> {
        let parent = root()?.join("data");
        let made = fs::create_dir_all(&parent)
            .and_then(|()| tempfile::Builder::new().prefix(&format!("{name}-")).tempdir_in(&parent));
        made.map(tempfile::TempDir::keep)
            .map_err(|error| Unavailable(format!("{}: {error}", parent.display())))
    }

    /// Starts the command; what it prints goes to `log` in `data`, which is removed at the end.
    ///
    /// # Errors
    /// [`Unavailable`] when the command does not start.
    pub fn start<A: AsRef<OsStr>>(
        name: &str,
        data: PathBuf,
        program: &Path,
        arguments: impl IntoIterator<Item = A>,
        environment: &[(&str, &str)],
    ) -> Result<Self, Unavailable> {
        let failed = |error: std::io::Error| Unavailable(format!("{name} does not start: {error}"));
        File::create(data.join("log")).map_err(failed)?;
        let mut command = Command::new("sh");
        command.arg("-c").arg(KEEPER).arg("sh").arg(&data).arg(program).args(arguments);
        command.envs(environment.iter().copied()).current_dir(&data);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = command.spawn().map_err(failed)?;
        let stdin = keeper.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut line).map_err(failed)?;
        }
        let pid =
            line.trim().parse().map_err(|_| Unavailable(format!("{name} has no process id: {line:?}")))?;
        Ok(Self { name: name.to_owned(), pid, data, keeper, stdin })
    }

    /// The service's process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether the service has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        matches!(self.keeper.try_wait(), Ok(None))
    }

    /// Returns the last lines that the service printed, for messages.
    pub fn log_tail(&self) -> String {
        let kept = || fs::read(self.data.with_extension("log"));
        let log = fs::read(self.data.join("log")).or_else(|_| kept()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().rev().take(10).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        format!("last lines of {}:\n{}", self.name, lines.join("\n"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // The keeper ends when the service has ended and its data are gone.
        let _ = self.keeper.wait();
        let _ = fs::remove_file(self.data.with_extension("log"));
    }
}

/// Returns ports of the loopback interface that nobody listens on now.
///
/// They stay below 22,000: some services take a second port 10,000 above, and outgoing connections
/// take theirs from 32,768 up.
///
/// # Errors
/// [`Unavailable`] when there are not enough.
pub fn free_ports<const N: usize>() -> Result<[u16; N], Unavailable> {
    use std::collections::hash_map::RandomState;
    use std::hash::BuildHasher;

    // Start at a random place, so that test processes that start together do not race for the same ports.
    let start = RandomState::new().hash_one(std::process::id()) % 10_000;
    let mut held = Vec::with_capacity(N);
    for step in 0..10_000u64 {
        let port = 12_000 + u16::try_from((start + step) % 10_000).unwrap_or_default();
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            held.push((port, listener));
        }
        if held.len() == N {
            break;
        }
    }
    let ports: Vec<u16> = held.iter().map(|(port, _)| *port).collect();
    ports.try_into().map_err(|_| Unavailable(format!("fewer than {N} free ports on 127.0.0.1")))
}
