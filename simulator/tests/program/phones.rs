//! `liangma phones`: the pages and the wire behind them, as a browser knows them.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rstest::rstest;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest as _;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, WebSocket};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The program, until this is dropped.
struct Desk {
    child: Child,
    address: String,
}

impl Desk {
    fn open() -> Self {
        Self::open_in(&std::env::temp_dir())
    }

    /// The program, with a folder for what it keeps for a time.
    fn open_in(folder: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_liangma"))
            .args(["phones", "--no-open"])
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut first).unwrap();
        // Whatever else it says is read, so that it never waits for a reader.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        let (_, address) = first.trim_end().rsplit_once("http://").unwrap();
        Self {
            child,
            address: address.to_owned(),
        }
    }

    /// One request; the whole answer.
    fn ask(&self, path: &str, headers: &[(&str, &str)]) -> String {
        ask(&self.address, "GET", path, headers, "")
    }

    fn tab(&self, key: &str) -> Tab {
        let url = format!("ws://{}/phones/{key}/glass", self.address);
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(url, stream).unwrap();
        Tab(socket)
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn ask(address: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += &format!("content-length: {}\r\n\r\n{body}", body.len());
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A tab's end of the wire.
struct Tab(WebSocket<TcpStream>);

impl Tab {
    fn say(&mut self, event: &Value) {
        self.0.send(Message::text(event.to_string())).unwrap();
    }

    fn press(&mut self, widget: &str) {
        self.say(&json!({"event": "pressed", "widget": widget}));
    }

    /// The next message that has this, and passes.
    fn hears(&mut self, what: &str, passes: impl Fn(&Value) -> bool) -> Value {
        let since = Instant::now();
        loop {
            assert!(since.elapsed() < PATIENCE, "nothing came of {what}");
            let Message::Text(text) = self.0.read().unwrap() else {
                continue;
            };
            let told: Value = serde_json::from_str(&text).unwrap();
            if let Some(told) = told.get(what).filter(|told| passes(told)) {
                return told.clone();
            }
        }
    }

    fn screen(&mut self, route: &str) -> Value {
        self.hears("screen", |screen| screen["route"] == route)
    }
}

#[rstest]
#[case::another_name(&[("host", "liangma.example:80")])]
#[case::another_port(&[("host", "127.0.0.1:1")])]
#[case::no_name(&[("host", "")])]
fn whoever_comes_by_another_name_is_refused(#[case] headers: &[(&str, &str)]) {
    let desk = Desk::open();
    for path in ["/", "/phones", "/phones/green", "/phones/green/glass"] {
        let answer = desk.ask(path, headers);
        assert!(answer.starts_with("HTTP/1.1 403"), "{path}: {answer}");
    }
}

#[test]
fn another_page_gets_neither_a_page_nor_the_wire() {
    let desk = Desk::open();
    let host = desk.address.clone();
    for origin in [
        "http://evil.example",
        "null",
        "https://127.0.0.1",
        "http://127.0.0.1:1",
    ] {
        let answer = desk.ask("/phones", &[("host", &host), ("origin", origin)]);
        assert!(answer.starts_with("HTTP/1.1 403"), "{origin}: {answer}");

        let url = format!("ws://{host}/phones/green/glass");
        let mut request = url.into_client_request().unwrap();
        request
            .headers_mut()
            .insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(&host).unwrap();
        assert!(tungstenite::client(request, stream).is_err(), "{origin}");
    }
    let mine = format!("http://{host}");
    let answer = desk.ask("/phones", &[("host", &host), ("origin", &mine)]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn what_is_malformed_is_answered_by_an_error_and_does_no_harm() {
    let desk = Desk::open();
    let mut tab = desk.tab("green");
    tab.screen("first.language");
    for message in [
        Message::text("{"),
        Message::text(r#"{"event":"learned","known":{"stage":"ready"}}"#),
        Message::text(json!({"event": "pressed", "widget": "a".repeat(300)}).to_string()),
        Message::binary(vec![0, 1, 2]),
    ] {
        tab.0.send(message).unwrap();
        let error = tab.hears("error", |_| true);
        assert!(
            error["say"].as_str().unwrap().contains("this was"),
            "{error}"
        );
    }
    tab.press("on");
    tab.screen("first.view");

    // What is larger than any message ends this tab, and nothing else.
    let mut other = desk.tab("green");
    other.screen("first.view");
    tab.0.send(Message::text("a".repeat(40_000))).unwrap();
    let ended = loop {
        match tab.0.read() {
            Ok(Message::Close(frame)) => break frame.map(|frame| frame.code),
            Ok(_) => {}
            Err(_) => break None,
        }
    };
    assert!(matches!(ended, None | Some(CloseCode::Size)), "{ended:?}");
    other.press("on");
    other.screen("first.about");
}

#[test]
fn two_tabs_follow_one_phone_and_other_phones_do_not() {
    let desk = Desk::open();
    let (mut one, mut two) = (desk.tab("green"), desk.tab("green"));
    two.screen("first.language");
    one.press("on");
    one.screen("first.view");
    two.screen("first.view");
    two.say(&json!({"event": "back"}));
    one.screen("first.language");
    desk.tab("red").screen("first.language");
}

/// A widget of a screen that fits, also inside others.
fn find(widgets: &Value, fits: &dyn Fn(&Value) -> bool) -> Option<Value> {
    widgets.as_array()?.iter().find_map(|widget| {
        let inside = || find(&widget["widgets"], fits);
        if fits(widget) {
            Some(widget.clone())
        } else {
            inside()
        }
    })
}

/// Does on each screen what a person does who wants a code: types from their papers, agrees, goes on.
#[test]
fn by_the_wire_alone_a_person_comes_from_the_first_screen_to_a_lit_code() {
    let desk = Desk::open();
    let mut tab = desk.tab("yellow");
    let typed = |purpose: &str| match purpose {
        "name" => Some("陈志强"),
        "document_number" => Some("330102199007154316"),
        "phone" => Some("13800000002"),
        _ => None,
    };
    let mut screen = tab.hears("screen", |_| true);
    let mut routes = vec![screen["route"].clone()];
    while screen["route"] != "code" {
        let widgets = screen["widgets"].as_array().unwrap();
        for widget in widgets {
            let text = match widget["purpose"].as_str() {
                Some("one_time_code") => {
                    let mut other = desk.tab("yellow");
                    let status = other.hears("status", |status| status["message"].is_string());
                    status["message"].as_str().map(str::to_owned)
                }
                Some(purpose) => typed(purpose).map(str::to_owned),
                None => None,
            };
            if let Some(text) = text {
                tab.say(
                    &json!({"event": "typed", "widget": widget["id"], "text": text, "revision": 1}),
                );
            }
            if widget["kind"] == "consent" {
                tab.say(&json!({"event": "switched", "widget": widget["id"], "on": true}));
            }
        }
        let primary = find(&screen["widgets"], &|widget| widget["rank"] == "primary");
        let primary = primary.unwrap_or_else(|| panic!("no way on from {}", screen["route"]));
        if primary["why_not"].is_string() {
            screen = tab.hears("screen", |_| true);
            continue;
        }
        tab.press(primary["id"].as_str().unwrap());
        let route = screen["route"].clone();
        if find(&screen["widgets"], &|widget| widget["kind"] == "handoff").is_some() {
            let open = tab.hears("perform", |effect| effect["effect"] == "open");
            pass_face_check(&desk, open["address"].as_str().unwrap());
        }
        screen = tab.hears("screen", |screen| screen["route"] != route);
        routes.push(screen["route"].clone());
        assert!(routes.len() < 30, "{routes:?}");
    }
    let mut tab = desk.tab("yellow");
    let card = tab.hears("card", |card| card.is_object());
    assert!(card["items"].to_string().contains("黄码"));
    // The clock goes on, and only its part is told.
    let part = tab.hears("card_part", |_| true);
    assert!(part["items"].as_array().unwrap().len() < 4, "{part}");
}

/// Opens the provider's page, chooses "pass", and follows the link back.
fn pass_face_check(desk: &Desk, address: &str) {
    let (provider, path) = address
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let (_, ticket) = path.rsplit_once("ticket=").unwrap();
    let headers = [
        ("host", provider),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("ticket={ticket}&outcome=pass");
    let answer = ask(provider, "POST", "/outcomes", &headers, &body);
    let location = answer
        .lines()
        .find_map(|line| line.strip_prefix("location: "))
        .unwrap();
    let back = location
        .strip_prefix(&format!("http://{}", desk.address))
        .unwrap();
    let answer = desk.ask(back, &[("host", &desk.address)]);
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(answer.contains("location: /phones/yellow"), "{answer}");
}

#[test]
fn told_to_end_it_says_so_to_its_tabs_and_ends_well() {
    let mut desk = Desk::open();
    let mut tab = desk.tab("green");
    tab.screen("first.language");
    let id = desk.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let closed = loop {
        match tab.0.read() {
            Ok(Message::Close(frame)) => break frame,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(closed.unwrap().code, CloseCode::Away);
    assert_eq!(desk.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_page_of_another_site_that_names_no_origin_gets_nothing_and_a_link_leads_here() {
    let desk = Desk::open();
    let from = |site, mode| {
        let headers = [
            ("host", desk.address.as_str()),
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
        ];
        desk.ask("/web/phone.js", &headers)
    };
    for site in ["cross-site", "same-site"] {
        let answer = from(site, "no-cors");
        assert!(answer.starts_with("HTTP/1.1 403"), "{site}: {answer}");
        let answer = from(site, "navigate");
        assert!(answer.starts_with("HTTP/1.1 200"), "{site}: {answer}");
    }
    let answer = from("same-origin", "no-cors");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    for header in [
        "frame-ancestors 'none'",
        "cross-origin-resource-policy: same-origin",
        "cross-origin-opener-policy: same-origin",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "cache-control: no-store",
    ] {
        assert!(answer.contains(header), "{header}: {answer}");
    }
}

/// Whoever never ends a request is not waited for, and nothing is left behind.
#[rstest]
#[case::told_to_end("-TERM", "GET / HTTP/1.1\r\nhost: HERE\r\n")]
#[case::its_window_closed(
    "-HUP",
    "POST /desk/api/collector HTTP/1.1\r\nhost: HERE\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{"
)]
fn who_never_ends_a_request_does_not_keep_the_program_from_ending(
    #[case] signal: &str,
    #[case] begun: &str,
) {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open_in(folder.path());
    let kept: Vec<_> = folder.path().read_dir().unwrap().collect();
    assert_eq!(kept.len(), 1);
    for one in kept {
        let mode = one.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "only its owner looks into it");
    }
    let mut never_ends = TcpStream::connect(&desk.address).unwrap();
    let begun = begun.replace("HERE", &desk.address);
    never_ends.write_all(begun.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let id = desk.child.id().to_string();
    let told = Command::new("kill").args([signal, &id]).status().unwrap();
    assert!(told.success());
    let since = Instant::now();
    let ended = loop {
        if let Some(ended) = desk.child.try_wait().unwrap() {
            break ended;
        }
        assert!(since.elapsed() < PATIENCE, "it waits for the request");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!(ended.code(), Some(0));
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn a_tab_that_floods_its_phone_keeps_no_other_tab_out() {
    let desk = Desk::open();
    let mut floods = desk.tab("green");
    let mut reads = floods.0.get_ref().try_clone().unwrap();
    std::thread::spawn(move || std::io::copy(&mut reads, &mut std::io::sink()));
    std::thread::spawn(move || {
        let text = "字".repeat(3_000);
        for number in 0.. {
            let event = json!({
                "event": "typed", "widget": format!("made-up-{number}"), "text": text, "revision": 1,
            });
            if floods.0.send(Message::text(event.to_string())).is_err() {
                return;
            }
        }
    });
    std::thread::sleep(Duration::from_secs(2));
    let mut other = desk.tab("green");
    other.screen("first.language");
    other.press("on");
    other.screen("first.view");
}

#[test]
fn there_are_so_many_tabs_and_no_more() {
    let desk = Desk::open();
    let tabs: Vec<_> = (0..200).map(|_| desk.tab("green")).collect();
    let url = format!("ws://{}/phones/red/glass", desk.address);
    let stream = TcpStream::connect(&desk.address).unwrap();
    assert!(tungstenite::client(&url, stream).is_err());
    drop(tabs);
    let since = Instant::now();
    while tungstenite::client(&url, TcpStream::connect(&desk.address).unwrap()).is_err() {
        assert!(since.elapsed() < PATIENCE, "no place is given back");
        std::thread::sleep(Duration::from_millis(50));
    }
}
