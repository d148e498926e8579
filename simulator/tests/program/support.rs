//! Runs the program and keeps what it answered.

use std::ffi::OsStr;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// What the program answered.
pub(crate) struct Answer {
    /// The exit code.
    pub(crate) code: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

/// Runs `liangma` with these arguments.
pub(crate) fn liangma<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Answer {
    liangma_reading(arguments, b"")
}

/// Runs `liangma` with these arguments and this standard input.
pub(crate) fn liangma_reading<S: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = S>,
    input: &[u8],
) -> Answer {
    let mut child = Command::new(env!("CARGO_BIN_EXE_liangma"))
        .args(arguments)
        .env("COLUMNS", "100")
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    Answer {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
