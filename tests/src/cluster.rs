//! Canopy's own servers as separate processes on loopback: one root, mixers, leaves.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to listen, and a cluster to be ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// The `canopy` binary that this build made.
///
/// # Panics
/// When it is not there: `cargo test` and `cargo build` make it.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a path to this test");
    let folder = test.parent().and_then(|deps| deps.parent()).expect("tests are in target/<profile>/deps");
    let binary = folder.join("canopy");
    assert!(binary.exists(), "{} is not there: run `cargo build` first", binary.display());
    binary
}

/// A `canopy` command against one warehouse, with an environment of its own.
#[derive(Debug, Clone)]
pub struct Canopy {
    /// The warehouse's URI.
    pub warehouse: String,
    /// Further environment, for S3.
    pub environment: Vec<(String, String)>,
}

impl Canopy {
    /// A command against the warehouse at `uri`.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { warehouse: uri.into(), environment: Vec::new() }
    }

    /// The command with arguments, not yet started.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).env("CANOPY_WAREHOUSE", &self.warehouse).stdin(Stdio::null());
        for name in ["CANOPY_CONNECT", "CANOPY_DATASET", "CANOPY_LOG"] {
            command.env_remove(name);
        }
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("canopy starts")
    }

    /// Runs it; it must fail as a statement does, and say so on stderr alone. Returns what it said.
    ///
    /// # Panics
    /// When it succeeds, ends otherwise than with code 1, or panicked.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "canopy {arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "canopy {arguments:?}: {stderr}");
        assert!(stderr.contains("error: "), "canopy {arguments:?}: {stderr}");
        stderr
    }

    /// Runs it and returns its standard output.
    ///
    /// # Panics
    /// When it fails; with what it said.
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "canopy {arguments:?} failed: {stderr}");
        String::from_utf8(output.stdout).expect("text")
    }
}

/// A server process; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
    /// Where its pages are.
    pub pages: String,
}

impl Server {
    /// Starts `canopy serve` and waits until it listens.
    ///
    /// # Panics
    /// When it ends first or takes too long; with what it said.
    pub fn start(canopy: &Canopy, role: &str, roots: &[&str]) -> Self {
        let mut arguments = vec!["serve", "--role", role, "--listen", "127.0.0.1:0", "--threads", "1"];
        arguments.extend(["--http", "127.0.0.1:0", "--memory", "2GB", "--cache-memory", "512MB"]);
        for root in roots {
            arguments.extend(["--root", root]);
        }
        let mut child = canopy.command(&arguments).stderr(Stdio::piped()).spawn().expect("canopy starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a piped stderr"));
        let mut said = String::new();
        let (address, pages) = loop {
            let mut line = String::new();
            let read = lines.read_line(&mut line).unwrap_or(0);
            assert!(read > 0, "the {role} ended before it listened: {said}");
            if let Some(rest) = line.split("listening on ").nth(1) {
                let pages = rest.split("http://").nth(1).unwrap_or_default().trim().to_owned();
                break (rest.split_whitespace().next().unwrap_or_default().to_owned(), pages);
            }
            said.push_str(&line);
        };
        // Keep reading, or a talkative server stands still when the pipe is full.
        std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = lines.read_to_string(&mut rest);
        });
        Self { child, address, pages }
    }

    /// Returns the status and text of one of its pages, such as `/metrics`.
    ///
    /// # Panics
    /// When nobody answers.
    pub fn page(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.pages).expect("the pages are served");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.pages);
        stream.write_all(request.as_bytes()).expect("a request is sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response is read");
        let (head, text) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        (status, text.to_owned())
    }

    /// The value of a metric on its page; None when it is not there.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let (_, text) = self.page("/metrics");
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
    }

    /// Kills it as `kill -9` does and waits for its end.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One root, mixers and leaves over one warehouse.
pub struct Cluster {
    /// The root.
    pub root: Server,
    /// The mixers.
    pub mixers: Vec<Server>,
    /// The leaves.
    pub leaves: Vec<Server>,
    canopy: Canopy,
}

impl Cluster {
    /// Starts the servers and waits until the root has all of them.
    ///
    /// # Panics
    /// When they do not come up.
    pub fn start(canopy: &Canopy, mixers: usize, leaves: usize) -> Self {
        let root = Server::start(canopy, "root", &[]);
        let member = |role| Server::start(canopy, role, &[root.address.as_str()]);
        let mixers: Vec<Server> = (0..mixers).map(|_| member("mixer")).collect();
        let leaves: Vec<Server> = (0..leaves).map(|_| member("leaf")).collect();
        let cluster = Self { root, mixers, leaves, canopy: canopy.clone() };
        let start = Instant::now();
        while !cluster.run("SELECT 1").status.success() {
            assert!(start.elapsed() < PATIENCE, "the cluster does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        // A heartbeat interval, so that every leaf and mixer is known.
        std::thread::sleep(Duration::from_millis(700));
        cluster
    }

    /// Runs statements through the root.
    pub fn run(&self, sql: &str) -> Output {
        self.canopy.run(&["--connect", &self.root.address, "sql", "--format", "csv", "-c", sql])
    }

    /// Rows of a statement through the root, header left out.
    ///
    /// # Panics
    /// When it fails.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let arguments = ["--connect", &self.root.address, "sql", "--format", "csv", "-c", sql];
        self.canopy.stdout(&arguments).lines().skip(1).map(str::to_owned).collect()
    }
}
