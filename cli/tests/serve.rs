//! `canopy serve`, and the same commands over the network.

mod common;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::Canopy;

/// A server that is stopped with the test.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(canopy: &Canopy, role: &str, more: &[&str]) -> Self {
        let file = canopy.path().join(format!("port-{role}"));
        let child = canopy
            .command()
            .args(["serve", "--role", role, "--listen", "127.0.0.1:0", "--port-file"])
            .arg(&file)
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut server = Self { child, address: String::new() };
        let started = Instant::now();
        while !file.exists() {
            assert!(started.elapsed() < Duration::from_secs(60), "the server does not listen");
            assert!(server.child.try_wait().unwrap().is_none(), "the server has stopped");
            std::thread::sleep(Duration::from_millis(20));
        }
        server.address = format!("127.0.0.1:{}", std::fs::read_to_string(file).unwrap().trim());
        server
    }

    /// Asks the server to stop; returns its exit code and what it said.
    fn stop(mut self) -> (Option<i32>, String) {
        let killed = std::process::Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut said).unwrap();
        (code, said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn statements_go_over_the_network_as_they_do_in_one_process() {
    let canopy = Canopy::new();
    let server = Server::start(&canopy, "all", &["--http", "127.0.0.1:0"]);
    let sql = |sql: &str| canopy.run(&["sql", "--connect", &server.address, "-c", sql]);
    let made = sql("CREATE TABLE t AS SELECT n FROM UNNEST([1, 2, 3]) AS n");
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert_eq!(sql("SELECT SUM(n) AS total FROM t").stdout, "total\n6\n");
    let wrong = sql("SELECT nn FROM t");
    assert_eq!(wrong.code, 1);
    assert!(
        wrong.stderr.contains("nn; Did you mean n? at [1:8]\n  SELECT nn FROM t\n         ^"),
        "{}",
        wrong.stderr
    );
    let address = server.address.clone();
    let (code, said) = server.stop();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("listening on {address} (all), pages on http://127.0.0.1:")), "{said}");
}

#[test]
fn an_address_in_use_is_named() {
    let canopy = Canopy::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ran = canopy.run(&["serve", "--listen", &address]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains(&format!("cannot listen on {address}")), "{}", ran.stderr);
}
