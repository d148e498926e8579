//! `liangma serve`, `backup` and `restore`.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use rstest::rstest;
use tempfile::TempDir;

use crate::support::liangma;

/// A platform that runs until it is dropped.
pub(crate) struct Served {
    pub(crate) child: Child,
    pub(crate) output: BufReader<std::process::ChildStdout>,
    pub(crate) address: SocketAddr,
}

impl Served {
    fn start(folder: &Path, data: &str) -> Self {
        Self::start_with(folder, data, &["--notice", "0"], |_| {})
    }

    pub(crate) fn start_with(
        folder: &Path,
        data: &str,
        arguments: &[&str],
        change: impl FnOnce(&mut Command),
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_liangma"));
        command
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .arg("--data")
            .arg(folder.join(data))
            .arg("--counter-key")
            .arg(counter_key(folder))
            .stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let words = line.split([' ', ',']);
        let address = words.filter_map(|word| word.strip_prefix("http://")).next();
        let address = address.unwrap().parse().unwrap();
        Self {
            child,
            output,
            address,
        }
    }

    /// The first line of the answer to a plain GET.
    pub(crate) fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Asks it to end as a service manager does, and gives what it still said.
    pub(crate) fn terminate(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .unwrap()
                .success()
        );
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        rest
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// The file with the counter's public key.
fn counter_key(folder: &Path) -> String {
    let file = folder.join("counter.pub");
    let key = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
    liangma_platform::keys::write_public_key(&file, key.public_key()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_platform_serves_is_backed_up_while_it_runs_and_comes_back_from_the_backup() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let served = Served::start(folder.path(), "data");
    assert_eq!(served.get("/v1/trust/timestamp"), "HTTP/1.1 200 OK");
    let (data, backup, restored) = (path("data"), path("backup"), path("restored"));
    let backed_up = liangma(["backup", "--data", text(&data), "--out", text(&backup)]);
    assert_eq!(backed_up.code, 0, "{}", backed_up.stderr);
    let again = liangma(["backup", "--data", text(&data), "--out", text(&backup)]);
    assert_eq!(again.code, 1, "a backup was overwritten");
    assert!(served.terminate().contains("Stopped"));

    let back = liangma([
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&restored),
    ]);
    assert_eq!(back.code, 0, "{}", back.stderr);
    let again = liangma([
        "restore",
        "--from",
        text(&backup),
        "--data",
        text(&restored),
    ]);
    assert_eq!(again.code, 1, "data was overwritten");
    // The key files are no part of a backup: whoever restores brings them.
    for entry in std::fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if !name.starts_with("platform.sqlite") {
            let copied = Command::new("cp")
                .args(["-a", text(&entry.path())])
                .arg(restored.join(name))
                .status();
            assert!(copied.unwrap().success());
        }
    }
    let root = std::fs::read(data.join("root.cbor")).unwrap();
    let served = Served::start(folder.path(), "restored");
    assert_eq!(served.get("/v1/trust/timestamp"), "HTTP/1.1 200 OK");
    drop(served);
    assert_eq!(
        std::fs::read(restored.join("root.cbor")).unwrap(),
        root,
        "another root of trust"
    );
}

#[rstest]
#[case(&[], "add --sandbox")]
#[case(&["--sandbox", "--listen", "0.0.0.0:0"], "--tls CERT KEY")]
#[case(&["--sandbox", "--tls", "no.pem", "no.key"], "as PEM")]
fn what_must_not_be_served_is_refused_with_what_to_do(#[case] more: &[&str], #[case] next: &str) {
    let folder = TempDir::new().unwrap();
    let (data, key) = (folder.path().join("data"), counter_key(folder.path()));
    let mut arguments = vec!["serve", "--data", text(&data), "--counter-key", &key];
    arguments.extend(more);
    let answer = liangma(arguments);
    assert_eq!(answer.code, 1, "{}", answer.stdout);
    assert!(answer.stderr.contains(next), "{}", answer.stderr);
    assert!(!data.exists(), "something was made");
}

#[test]
fn rubbish_is_not_restored() {
    let folder = TempDir::new().unwrap();
    let (file, data) = (folder.path().join("backup"), folder.path().join("data"));
    std::fs::write(&file, "no database").unwrap();
    for from in [file.as_path(), &folder.path().join("missing")] {
        let answer = liangma(["restore", "--from", text(from), "--data", text(&data)]);
        assert_eq!(answer.code, 1);
        assert!(answer.stderr.contains("what to do:"), "{}", answer.stderr);
    }
}
