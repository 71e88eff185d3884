//! Python packages in environments of their own under `target/services`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Unavailable;

/// Returns `target/services` of the build that runs, which is made if need be.
///
/// # Errors
/// [`Unavailable`] when there is no such place to write to.
pub fn root() -> Result<PathBuf, Unavailable> {
    let exe =
        std::env::current_exe().map_err(|error| Unavailable(format!("no path of this program: {error}")))?;
    // Test programs lie in target/<profile>/deps.
    let deps = exe.ancestors().find(|path| path.file_name().is_some_and(|name| name == "deps"));
    let target = deps.and_then(Path::parent).and_then(Path::parent);
    let target =
        target.ok_or_else(|| Unavailable(format!("{} is not under a target directory", exe.display())))?;
    let root = target.join("services");
    fs::create_dir_all(&root).map_err(|error| Unavailable(format!("{}: {error}", root.display())))?;
    Ok(root)
}

/// Returns the `bin` directory of a Python environment called `name` that has `packages`, as pip spells them.
///
/// Installs them once; test processes that come at the same time wait for the one that does. The environment
/// is made anew when the list of packages has changed.
///
/// # Errors
/// [`Unavailable`] with the last line that Python or pip said.
pub fn python_packages(name: &str, packages: &[&str]) -> Result<PathBuf, Unavailable> {
    let root = root()?;
    let failed = |what: &str, error: std::io::Error| Unavailable(format!("{name}: {what}: {error}"));
    let lock = File::create(root.join(format!("{name}.lock"))).map_err(|error| failed("lock file", error))?;
    lock.lock().map_err(|error| failed("lock", error))?;

    let environment = root.join(name);
    let bin = environment.join("bin");
    let marker = environment.join("installed");
    let wanted = packages.join("\n");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(bin);
    }
    if environment.exists() {
        fs::remove_dir_all(&environment).map_err(|error| failed("old environment", error))?;
    }
    run(name, Command::new("python3").arg("-m").arg("venv").arg(&environment))?;
    let mut pip = Command::new(bin.join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-input", "--retries", "2"]);
    run(name, pip.args(packages))?;
    // Written last, so that a broken installation is not taken for a whole one.
    fs::write(&marker, wanted).map_err(|error| failed("marker", error))?;
    Ok(bin)
}

fn run(name: &str, command: &mut Command) -> Result<(), Unavailable> {
    let program = Path::new(command.get_program()).display().to_string();
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| Unavailable(format!("{name}: {program} does not start: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    let said = String::from_utf8_lossy(&said);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(Unavailable(format!("{name}: {program} failed: {last}")))
}
