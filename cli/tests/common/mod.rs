//! The built command, run as a person or a script runs it.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A warehouse of its own for a test.
pub struct Canopy {
    pub directory: TempDir,
}

impl Canopy {
    pub fn new() -> Self {
        Self { directory: TempDir::new().unwrap() }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_canopy"));
        command.current_dir(self.path());
        for name in ["CANOPY_WAREHOUSE", "CANOPY_DATASET", "CANOPY_CONNECT", "CANOPY_LOG"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs with arguments and nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with_input(arguments, "")
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command()
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that needs no input may be gone by now.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        ran(child.wait_with_output().unwrap())
    }

    /// Runs statements that must work; returns what they printed.
    pub fn sql(&self, format: &str, sql: &str) -> String {
        let ran = self.run(&["sql", "--format", format, "-c", sql]);
        assert_eq!(ran.code, 0, "{sql}: {}", ran.stderr);
        ran.stdout
    }
}

fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}
