//! `liangma serve` as a service manager and an operator know it: its end, its mode, its lines, its metrics.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::serve::Served;
use crate::support::liangma;

/// What became of one request.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    /// A whole answer.
    Answered,
    /// Not a byte of an answer: the connection was refused, or closed before the request was looked at.
    NotAccepted,
    /// An answer that broke off.
    Torn,
}

/// One request on a connection of its own.
fn ask(address: SocketAddr) -> Fate {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return Fate::NotAccepted;
    };
    let body = r#"{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#;
    let length = body.len();
    let asked = write!(
        stream,
        "POST /v1/time HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    let length = text
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.split('\r').next()?.parse().ok());
    let there = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
    match (asked, read) {
        _ if answer.is_empty() => Fate::NotAccepted,
        (Ok(()), Ok(_)) if there.is_some() && there == length => Fate::Answered,
        _ => Fate::Torn,
    }
}

#[test]
fn told_to_end_under_load_it_answers_whatever_it_accepted_and_ends_well() {
    let folder = TempDir::new().unwrap();
    let served = Served::start_with(folder.path(), "data", &["--notice", "3"], |_| {});
    let address = served.address;
    let (answered, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let said = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut last = Fate::Answered;
                    while !over.load(Ordering::Relaxed) {
                        match ask(address) {
                            Fate::Torn => return Fate::Torn,
                            Fate::NotAccepted => last = Fate::NotAccepted,
                            Fate::Answered => {
                                answered.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                    }
                    last
                })
            })
            .collect();
        while answered.load(Ordering::Relaxed) < 100 {
            std::thread::yield_now();
        }
        // It says that it stops before it stops.
        let id = served.child.id().to_string();
        let watching = scope.spawn(|| {
            let began = Instant::now();
            let mut seen = false;
            while !seen && began.elapsed() < Duration::from_secs(20) {
                seen = is_not_ready(address);
            }
            seen
        });
        assert_eq!(id.parse::<u32>().unwrap(), served.child.id());
        let said = served.terminate();
        assert!(watching.join().unwrap(), "it was ready to the end");
        over.store(true, Ordering::Relaxed);
        for asker in askers {
            assert_eq!(asker.join().unwrap(), Fate::NotAccepted, "until it is gone");
        }
        said
    });
    assert!(said.contains("Stopped. The data is in order."), "{said}");
}

fn is_not_ready(address: SocketAddr) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return false;
    };
    let asked = stream.write_all(b"GET /readyz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.contains("is stopping")
}

#[test]
fn the_mode_of_a_running_platform_is_switched_by_a_command() {
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap();
    let order = |mode: &str, by: &str| liangma(["mode", mode, "--data", data_text, "--by", by]);
    let nowhere = order("emergency", "duty-officer");
    assert_eq!(nowhere.code, 1, "{}", nowhere.stdout);
    let served = Served::start_with(folder.path(), "data", &["--notice", "0"], |_| {});
    let switched = order("emergency", "duty-officer");
    assert_eq!(switched.code, 0, "{}", switched.stderr);
    assert!(switched.stdout.contains("emergency mode is in force"));
    assert_eq!(order("normal", "two words").code, 1);
    let back = order("normal", "duty-officer");
    assert_eq!(back.code, 0, "{}", back.stderr);
    drop(served);
}

#[test]
fn operators_of_this_machine_see_metrics_and_nobody_else_does_and_each_request_is_a_line_of_json() {
    let folder = TempDir::new().unwrap();
    let arguments = ["--notice", "0", "--operator", "127.0.0.1:0"];
    let mut served = Served::start_with(folder.path(), "data", &arguments, |command| {
        command
            .env("LIANGMA_LOG_FORMAT", "json")
            .env_remove("LIANGMA_LOG")
            .stderr(Stdio::piped());
    });
    let mut line = String::new();
    let operator: SocketAddr = loop {
        line.clear();
        assert_ne!(
            served.output.read_line(&mut line).unwrap(),
            0,
            "no operator's address"
        );
        let address = line
            .split("http://")
            .nth(1)
            .and_then(|rest| rest.split('/').next());
        if line.contains("/metrics") {
            break address.unwrap().parse().unwrap();
        }
    };
    assert_eq!(served.get("/v1/trust/recall?from=12345"), "HTTP/1.1 200 OK");
    assert!(
        served.get("/metrics").starts_with("HTTP/1.1 404"),
        "for everybody"
    );
    let mut stream = TcpStream::connect(operator).unwrap();
    stream
        .write_all(b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut scrape = String::new();
    stream.read_to_string(&mut scrape).unwrap();
    assert!(scrape.contains("liangma_requests_total{operation=\"readRecalls\",status=\"2xx\"} 1"));
    let errors = served.child.stderr.take().unwrap();
    served.terminate();
    let lines: Vec<serde_json::Value> = BufReader::new(errors)
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).expect("a line that is no JSON"))
        .filter(|line: &serde_json::Value| line["route"].is_string())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["route"], "/v1/trust/recall");
    assert!(!lines.iter().any(|line| line.to_string().contains("12345")));

    let data = folder.path().join("data");
    let key = folder.path().join("counter.pub");
    let open = liangma([
        "serve",
        "--sandbox",
        "--data",
        data.to_str().unwrap(),
        "--counter-key",
        key.to_str().unwrap(),
        "--operator",
        "0.0.0.0:0",
    ]);
    assert_eq!(open.code, 1);
    assert!(
        open.stderr.contains("metrics are only for this machine"),
        "{}",
        open.stderr
    );
}
