//! Real services for tests: installed under `target/services`, started on loopback, stopped with the test.
//!
//! A service that cannot be had here (no Python, no package index) is [`Unavailable`]; [`or_ignore`] turns that
//! into a test that says so and passes, or fails when `CANOPY_REQUIRE_SERVICES=1`.

mod install;
mod process;
mod s3;

use std::fmt;

pub use install::{python_packages, root};
pub use process::{Process, free_ports};
pub use s3::S3Server;

/// The variable that makes a missing service a failure.
const REQUIRE: &str = "CANOPY_REQUIRE_SERVICES";

/// Why a service cannot be had on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unavailable {}

/// Returns the service, or `None` after printing that the test is ignored and why.
///
/// # Panics
/// When the service is unavailable and `CANOPY_REQUIRE_SERVICES=1`.
pub fn or_ignore<T>(service: Result<T, Unavailable>) -> Option<T> {
    match service {
        Ok(service) => Some(service),
        Err(reason) if std::env::var(REQUIRE).is_ok_and(|value| value == "1") => {
            panic!("{REQUIRE}=1, but a service is unavailable: {reason}")
        }
        Err(reason) => {
            #[allow(clippy::print_stderr)]
            {
                eprintln!("ignored: {reason}");
            }
            None
        }
    }
}
