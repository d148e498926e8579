//! Showing the code opens no socket and writes no file: asserted on the real process, by `strace`.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on fails"
)]

mod program;

use std::path::Path;
use std::process::Command;

use program::liangma;
use tempfile::TempDir;

/// Calls that make, change or remove something on the disk.
const CHANGES: &[&str] = &[
    "unlink",
    "unlinkat",
    "rename",
    "renameat",
    "renameat2",
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "truncate",
    "ftruncate",
    "fallocate",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "utime",
    "utimes",
    "utimensat",
    "futimesat",
    "mknod",
    "mknodat",
    "setxattr",
    "fsetxattr",
    "lsetxattr",
    "removexattr",
    "fremovexattr",
    "creat",
    "copy_file_range",
    "sendfile",
    "splice",
];
/// Calls that write to an open file; standard output and error are left alone.
const WRITES: &[&str] = &["write", "writev", "pwrite64", "pwritev", "pwritev2"];
/// Flags of an open that may lead to a write.
const WRITE_FLAGS: &[&str] = &[
    "O_WRONLY",
    "O_RDWR",
    "O_CREAT",
    "O_TRUNC",
    "O_APPEND",
    "O_TMPFILE",
];
/// What may be opened for writing all the same.
const HARMLESS: &[&str] = &["\"/dev/tty\"", "\"/dev/null\""];

/// What a traced process did.
struct Trace(String);

impl Trace {
    /// Runs a program under `strace`; gives its output, too.
    fn of(program: &Path, arguments: &[&str], folder: &Path) -> (Self, String) {
        let file = folder.join("trace");
        let output = Command::new("strace")
            .args(["-f", "-s", "64", "-e", "trace=network,file,desc", "-o"])
            .arg(&file)
            .arg(program)
            .args(arguments)
            .output()
            .expect("strace is needed: install it (apt-get install strace, or cargo xtask test)");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "the traced program failed: {error}"
        );
        let trace = std::fs::read_to_string(&file).unwrap();
        assert!(
            trace.contains("execve("),
            "strace saw nothing; may it trace here? {error}"
        );
        (Self(trace), String::from_utf8(output.stdout).unwrap())
    }

    /// Each call: its name, and what follows it.
    fn calls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.lines().filter_map(|line| {
            let line = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let line = line.strip_prefix("<... ").unwrap_or(line);
            let end = line.find(['(', ' '])?;
            let (name, rest) = line.split_at(end);
            name.starts_with(|c: char| c.is_ascii_lowercase())
                .then_some((name, rest))
        })
    }

    /// Every call that a showing must not make.
    fn offences(&self) -> Vec<String> {
        let offends = |name: &str, rest: &str| match name {
            _ if CHANGES.contains(&name) => true,
            _ if WRITES.contains(&name) => !["(1,", "(2,", " resumed>"]
                .iter()
                .any(|prefix| rest.starts_with(prefix)),
            "open" | "openat" | "openat2" => {
                WRITE_FLAGS.iter().any(|flag| rest.contains(flag))
                    && !HARMLESS.iter().any(|path| rest.contains(path))
            }
            "mmap" => rest.contains("PROT_WRITE") && rest.contains("MAP_SHARED"),
            _ => is_network(name),
        };
        self.calls()
            .filter(|(name, rest)| offends(name, rest))
            .map(|(name, rest)| format!("{name}{rest}"))
            .collect()
    }
}

fn is_network(name: &str) -> bool {
    [
        "socket",
        "socketpair",
        "connect",
        "bind",
        "listen",
        "accept",
        "accept4",
        "shutdown",
    ]
    .contains(&name)
        || ["send", "recv", "getsock", "setsock", "getpeer"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

#[test]
fn showing_the_code_opens_no_socket_and_writes_no_file() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (out, phone) = (path("out"), path("phone"));
    let program = liangma();
    let tour = Command::new(&program)
        .args(["tour", "--out", &out, "--keep-phone", &phone])
        .output()
        .unwrap();
    assert!(
        tour.status.success(),
        "{}",
        String::from_utf8_lossy(&tour.stderr)
    );

    let (trace, shown) = Trace::of(&program, &["show", "--store", &phone], folder.path());
    assert!(shown.starts_with("LM1:"), "{shown}");
    let read_the_store = trace
        .calls()
        .any(|(name, rest)| name == "openat" && rest.contains(&phone));
    assert!(read_the_store, "the code did not come from the store");
    let offences = trace.offences();
    assert!(
        offences.is_empty(),
        "showing the code did this:\n{}",
        offences.join("\n")
    );
}

#[test]
fn a_process_that_writes_or_connects_is_noticed() {
    let folder = TempDir::new().unwrap();
    let written = folder.path().join("written");
    let script = format!("echo x > {0}; rm {0}", written.display());
    let (trace, _) = Trace::of(Path::new("/bin/sh"), &["-c", &script], folder.path());
    let offences = trace.offences().join("\n");
    assert!(
        offences.contains("O_CREAT") && offences.contains("unlink"),
        "{offences}"
    );

    let script = "exec 3<>/dev/tcp/127.0.0.1/9 || true";
    let (trace, _) = Trace::of(Path::new("/bin/bash"), &["-c", script], folder.path());
    let offences = trace.offences().join("\n");
    assert!(offences.contains("socket("), "{offences}");
}
