//! Running other programs from the root of the checkout.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long one command of a test run may take before it is ended: what hangs fails, and the rest is run.
const PATIENCE: Duration = Duration::from_secs(25 * 60);

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// What went wrong, in words that say what to do next.
pub(crate) type Outcome<T> = Result<T, String>;

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().map_or(manifest.clone(), PathBuf::from)
}

/// Where everything that is built or installed goes.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A command that runs in the root of the checkout.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// The cargo that called us.
pub(crate) fn cargo() -> Command {
    command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A cargo command over the whole workspace with every feature. All commands of a test run select alike, since
/// cargo builds a dependency anew for each set of features that a selection asks of it.
pub(crate) fn whole(subcommand: &str) -> Command {
    let mut whole = cargo();
    whole.args([subcommand, "--quiet", "--workspace", "--all-features"]);
    whole
}

/// Builds every program and library as the tests use them.
pub(crate) fn build() -> Outcome<()> {
    run(&mut whole("build"))
}

/// Builds an example as the tests use it; returns its program.
pub(crate) fn example(name: &str) -> Outcome<PathBuf> {
    run(whole("build").args(["--example", name]))?;
    Ok(target().join("debug/examples").join(name))
}

/// Runs a command, showing its output; a failure names it.
pub(crate) fn run(command: &mut Command) -> Outcome<()> {
    run_within(command, Some(PATIENCE))
}

/// Runs a command of a slow cross-check, which may take as long as it needs.
pub(crate) fn run_long(command: &mut Command) -> Outcome<()> {
    run_within(command, None)
}

fn run_within(command: &mut Command, patience: Option<Duration>) -> Outcome<()> {
    let shown = shown(command);
    println!("  $ {shown}");
    let cannot = |error| format!("cannot run `{shown}`: {error}");
    let mut child = command.spawn().map_err(cannot)?;
    match wait(&mut child, patience).map_err(cannot)? {
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(format!("`{shown}` ended with {status}")),
        None => Err(format!("`{shown}` went on for too long and was ended")),
    }
}

/// Waits for a command; one that goes on for longer is killed with all that it started.
fn wait(child: &mut Child, patience: Option<Duration>) -> std::io::Result<Option<ExitStatus>> {
    let Some(patience) = patience else {
        return child.wait().map(Some);
    };
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(LOOK);
    }
    let mut kill = Command::new("kill");
    kill.arg("-KILL").args(with_descendants(child.id()));
    kill.status()?;
    child.wait()?;
    Ok(None)
}

/// A process and all that it started, as Linux lists them.
fn with_descendants(process: u32) -> Vec<String> {
    let parents: Vec<(String, String)> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // "id (name) state parent …"; a name may hold anything.
            let parent = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?;
            let id = entry.file_name().into_string().ok()?;
            Some((id, parent.to_owned()))
        })
        .collect();
    let mut found = vec![process.to_string()];
    let mut next = 0;
    while let Some(parent) = found.get(next).cloned() {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(id, _)| id.clone()));
        next += 1;
    }
    found
}

/// Runs a command quietly and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`{}` ended with {}", shown(command), output.status))
    }
}

/// Runs a command and returns whether it succeeded, with all that it printed on either stream.
pub(crate) fn output_of_both(command: &mut Command) -> Outcome<(bool, String)> {
    let output = command
        .output()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    Ok((output.status.success(), text))
}

/// Whether a program can be started at all.
pub(crate) fn exists(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn shown(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_for_too_long_is_ended_with_what_it_started() {
        let mut child = command("sh")
            .args(["-c", "sleep 1000 & echo $!; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut first = String::new();
        let output = child.stdout.take().expect("its output");
        std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut first)
            .expect("a line");
        let ended = wait(&mut child, Some(Duration::from_millis(50))).expect("a wait");
        assert!(ended.is_none());
        let runs = || {
            let state = fs::read_to_string(format!("/proc/{}/stat", first.trim()));
            state.is_ok_and(|stat| !stat.contains(") Z "))
        };
        // A killed process is gone when its own thread of the kernel has come to it.
        let began = Instant::now();
        while runs() && began.elapsed() < Duration::from_secs(20) {
            thread::sleep(LOOK);
        }
        assert!(!runs(), "what it started goes on");
    }
}
