//! A day around a code, over what the pages use: two phones, the desk, and the collector's device.

use std::io::{BufRead as _, BufReader, Cursor, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use image::{GrayImage, Luma};
use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

const PATIENCE: Duration = Duration::from_secs(60);

/// The program with its pages.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_liangma"))
            .args(["phones", "--no-open"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut addresses = lines.map_while(Result::ok).filter_map(|line| {
            let (_, rest) = line.split_once("http://")?;
            rest.split_whitespace().next()?.parse().ok()
        });
        let address = addresses.next().unwrap();
        Self { child, address }
    }

    /// One request, with headers of its own; the status and what was answered.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        // Large answers may come in pieces with their lengths between.
        let start = body.find(['{', '[', '"', 'n', '<']).unwrap_or(body.len());
        (status, body[start..].to_owned())
    }

    fn own_headers(&self) -> String {
        format!(
            "host: {}\r\norigin: http://{}\r\ncontent-type: application/json\r\n",
            self.address, self.address
        )
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (path, body) = (format!("/desk/api/{path}"), body.to_string());
        let (status, answer) = self.ask("POST", &path, &self.own_headers(), &body);
        let mut values = serde_json::Deserializer::from_str(&answer).into_iter();
        let value = values.next().and_then(Result::ok).unwrap_or(Value::Null);
        (status, value)
    }

    /// What the desk does, which has to go well.
    fn desk(&self, path: &str, body: &Value) -> Value {
        let (status, value) = self.post(path, body);
        assert_eq!(status, 200, "{path} {body}: {value}");
        value
    }

    fn state(&self) -> Value {
        let (status, answer) = self.ask("GET", "/desk/api/state", &self.own_headers(), "");
        assert_eq!(status, 200);
        let whole = answer.get(..=answer.rfind('}').unwrap()).unwrap();
        serde_json::from_str(whole).unwrap()
    }

    fn state_where(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let state = self.state();
            if wanted(&state) {
                return state;
            }
            assert!(began.elapsed() < PATIENCE, "never came to be: {state:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// A tab: what it was told last, and what it does.
struct Tab {
    socket: WebSocket<TcpStream>,
    screen: Value,
    /// The QR code on the card, its modules as `#` and `.`.
    modules: Vec<String>,
    revision: u64,
}

impl Tab {
    fn open(program: &Program, path: &str) -> Self {
        let stream = TcpStream::connect(program.address).unwrap();
        let url = format!("ws://{}{path}", program.address);
        let (socket, _) = tungstenite::client(url, stream).unwrap();
        let wait = Some(Duration::from_millis(50));
        socket.get_ref().set_read_timeout(wait).unwrap();
        Self {
            socket,
            screen: Value::Null,
            modules: Vec::new(),
            revision: 0,
        }
    }

    /// Reads what the tab is told within a moment.
    fn listen(&mut self) {
        let message = match self.socket.read() {
            Ok(Message::Text(text)) => text,
            Ok(_) => return,
            Err(error) => {
                // Nothing was said within the time that a read waits.
                let waited = matches!(&error, tungstenite::Error::Io(error) if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ));
                assert!(waited, "the tab was closed: {error}");
                return;
            }
        };
        let told: Value = serde_json::from_str(&message).unwrap();
        if let Some(screen) = told.get("screen") {
            self.screen = screen.clone();
        }
        if let Some(rows) = rows_in(&told) {
            self.modules = rows;
        }
    }

    fn send(&mut self, event: &Value) {
        self.socket.send(Message::text(event.to_string())).unwrap();
    }

    fn sees(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !wanted(self) {
            self.listen();
            let ids: Vec<_> = self.widgets().map(|one| one["id"].clone()).collect();
            let route = &self.screen["route"];
            assert!(
                began.elapsed() < PATIENCE,
                "never saw {what}: {route} has {ids:?}"
            );
        }
    }

    fn widgets(&self) -> impl Iterator<Item = &Value> {
        self.screen["widgets"].as_array().into_iter().flatten()
    }

    fn widget(&self, id: &str) -> Option<&Value> {
        self.widgets().find(|widget| widget["id"] == id)
    }

    fn press(&mut self, route: &str, id: &str) {
        self.sees(&format!("{id} on {route}"), |tab| {
            let free = |widget: &Value| widget.get("why_not").is_none_or(Value::is_null);
            tab.screen["route"] == route && tab.widget(id).is_some_and(free)
        });
        self.send(&json!({"event": "pressed", "widget": id}));
    }

    fn type_into(&mut self, route: &str, id: &str, text: &str) {
        self.sees(route, |tab| tab.screen["route"] == route);
        self.revision += 1;
        let revision = self.revision;
        self.send(&json!({"event": "typed", "widget": id, "text": text, "revision": revision}));
    }

    /// From the first screen to the face provider's page.
    fn go_to_the_face_check(&mut self, program: &Program, who: &str) {
        self.send(&json!({"event": "visible", "visible": true}));
        for page in ["first.language", "first.view", "first.about"] {
            self.press(page, "on");
        }
        let state = program.state();
        let phones = state["phones"].as_array().unwrap();
        let owner = phones.iter().find(|phone| phone["key"] == who).unwrap();
        let of = |field: &str| owner[field].as_str().unwrap().to_owned();
        self.type_into("login.person", "name", &of("name"));
        self.type_into("login.person", "document_number", &of("document"));
        self.type_into("login.person", "phone", &of("phone"));
        self.press("login.person", "send");
        let is_theirs = |message: &Value| message["phone"] == owner["phone"];
        let state = program.state_where(|state| {
            let messages = state["messages"].as_array().unwrap();
            messages.iter().any(is_theirs)
        });
        let mut messages = state["messages"].as_array().unwrap().iter();
        let message = messages.find(|message| is_theirs(message)).unwrap();
        self.type_into("login.code", "code", message["code"].as_str().unwrap());
        self.press("login.code", "log-in");
        self.press("consent.health-code", "agree");
        self.press("verify", "face");
        self.press("consent.face-check", "agree");
        self.press("verify.face", "go");
    }

    fn is_lit(&mut self) {
        self.sees("the lit code", |tab| {
            tab.screen["route"] == "code" && !tab.modules.is_empty()
        });
    }

    /// What stands in front of the collector: colour and sentence.
    fn verdict(&self) -> Option<(u64, String)> {
        let verdict = self.widgets().find(|widget| widget["kind"] == "verdict")?;
        let say = verdict["say"].as_str()?.to_owned();
        Some((verdict["colour"].as_u64()?, say))
    }

    fn says(&mut self, colour: u64, say: &str) {
        self.sees(say, |tab| {
            tab.verdict()
                .is_some_and(|verdict| verdict == (colour, say.to_owned()))
        });
    }

    fn send_bytes(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::binary(bytes)).unwrap();
    }
}

/// The modules of a QR code wherever they stand in what was told.
fn rows_in(told: &Value) -> Option<Vec<String>> {
    if let Some(rows) = told.pointer("/matrix/rows") {
        let rows = rows.as_array()?.iter();
        return rows.map(|row| row.as_str().map(str::to_owned)).collect();
    }
    match told {
        Value::Array(values) => values.iter().find_map(rows_in),
        Value::Object(fields) => fields.values().find_map(rows_in),
        _ => None,
    }
}

/// A camera's picture of a code: 640 x 480, uneven light, the code in the middle.
fn picture(modules: &[String]) -> GrayImage {
    let side = u32::try_from(modules.len()).unwrap();
    let module = 400 / side;
    let (left, top) = ((640 - module * side) / 2, (480 - module * side) / 2);
    GrayImage::from_fn(640, 480, |x, y| {
        let place = |at: u32, edge: u32| at.checked_sub(edge).map(|at| (at / module) as usize);
        let row = place(y, top).and_then(|row| modules.get(row));
        let dark = place(x, left)
            .and_then(|column| row?.as_bytes().get(column).copied())
            .is_some_and(|module| module == b'#');
        let light = u8::try_from(x / 16).unwrap();
        let grain = u8::try_from((x * 7 + y * 13) % 11).unwrap();
        Luma([if dark { 40 } else { 200 } + light - grain])
    })
}

fn frame(picture: &GrayImage) -> Vec<u8> {
    let side = |side: u32| u16::try_from(side).unwrap().to_le_bytes();
    let mut bytes = vec![1];
    bytes.extend(side(picture.width()));
    bytes.extend(side(picture.height()));
    bytes.extend(picture.as_raw());
    bytes
}

fn dropped(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(vec![2]);
    bytes.set_position(1);
    picture
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    bytes.into_inner()
}

#[test]
fn a_lit_code_passes_the_camera_its_copy_does_not_and_a_fever_takes_it_back() {
    let program = Program::start();
    let mut phone = Tab::open(&program, "/phones/green/glass");
    phone.go_to_the_face_check(&program, "green");
    program.state_where(|state| state["phones"][0]["status"]["handoff"].is_string());
    program.desk("face", &json!({"phone": "green", "outcome": "pass"}));
    phone.is_lit();

    let mut gate = Tab::open(&program, "/collector/glass");
    gate.press("collector.start", "begin");
    gate.sees("the scanner", |tab| tab.widget("scanner").is_some());
    let seen = picture(&phone.modules);
    gate.send_bytes(frame(&seen));
    gate.says(1, "请进");

    // The same picture ninety seconds later, by the clock of the device.
    program.desk("collector", &json!({"clock_ahead": 90}));
    gate.send_bytes(dropped(&seen));
    gate.sees("that it is a copy", |tab| {
        // Across the end of the hour it is not only late but over.
        let not_live = ["请刷新再亮一次", "请连网刷新"];
        let is_so = |(_, say): (u64, String)| not_live.contains(&say.as_str());
        tab.verdict().is_some_and(is_so)
    });
    program.desk("collector", &json!({"clock_ahead": 0}));

    gate.send_bytes(dropped(&GrayImage::from_pixel(90, 90, Luma([255]))));
    gate.says(0, "请再亮一次");
    gate.press("collector.scan", "next");
    gate.send(&json!({"event": "read", "text": "https://pay.example/4711"}));
    gate.says(0, "这像是别的码");

    // A clinic states a fever; the code of before is recalled once the lists are fetched.
    let stated = json!({"person": "green", "statement": "fever"});
    assert_eq!(program.desk("statement", &stated)["state"], "applied");
    let began = Instant::now();
    loop {
        program.desk("collector", &json!({"network": false}));
        program.desk("collector", &json!({"network": true}));
        gate.send_bytes(dropped(&seen));
        for _ in 0..20 {
            gate.listen();
        }
        let said = gate.verdict().map(|(_, say)| say);
        if said.as_deref() == Some("状态有更新，请打开看看") {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "never recalled: {said:?}");
    }
    let shown = gate.screen.to_string();
    assert!(!shown.contains('韦'), "no name stands beside it");

    // The phone is started again without network and lights all the same.
    for change in [
        json!({"network": false}),
        json!({"battery": 3}),
        json!("reboot"),
    ] {
        program.desk("phone", &json!({"phone": "green", "change": change}));
    }
    phone.modules.clear();
    phone.send(&json!({"event": "width", "points": 330}));
    phone.is_lit();
}

#[test]
fn a_face_that_does_not_fit_goes_to_the_counter_and_a_red_by_hand_needs_two_units() {
    let program = Program::start();
    let mut phone = Tab::open(&program, "/phones/elder/glass");
    phone.go_to_the_face_check(&program, "elder");
    let waiting = |state: &Value| {
        let phones = state["phones"].as_array().unwrap();
        phones
            .iter()
            .any(|one| one["status"]["handoff"].is_string())
    };
    program.state_where(waiting);
    let nobody = json!({"phone": "red", "outcome": "pass"});
    let (status, refused) = program.post("face", &nobody);
    assert_eq!(status, 422);
    assert_eq!(refused["act"], "begin the face check on the phone first");
    program.desk("face", &json!({"phone": "elder", "outcome": "fail"}));
    phone.sees("how the face check ended", |tab| {
        tab.widget("ended").is_some()
    });
    phone.press("verify.face", "counter");
    phone.sees("the spoken code", |tab| tab.widget("digits").is_some());
    let digits = phone.widget("digits").unwrap()["value"].clone();
    // Somebody else's card does not do.
    let (status, _) = program.post("approval", &json!({"reference": digits, "card": "red"}));
    assert_eq!(status, 422);
    let approved = program.desk("approval", &json!({"reference": digits, "card": "elder"}));
    assert_eq!(approved["name"], "周**");
    phone.press("verify.counter", "through");
    phone.is_lit();

    let by_hand = json!({"person": "elder", "statement": "red_by_hand"});
    let stated = program.desk("statement", &by_hand);
    assert_eq!(stated["state"], "waiting_for_approval");
    let decide = |by: &str| json!({"number": stated["number"], "by": by, "approve": true});
    for same_unit_or_not_of_health in ["administrator", "laboratory"] {
        let (status, _) = program.post("decision", &decide(same_unit_or_not_of_health));
        assert_eq!(status, 422);
    }
    let decided = program.desk("decision", &decide("health-commission"));
    assert_eq!(decided, "applied");
    let number = json!({"number": stated["number"]});
    assert_eq!(program.desk("withdrawal", &number), "applied");
    let state = program.state();
    assert_eq!(state["stated"][0]["withdrawn"], true);
    assert_eq!(state["stated"][0]["decided_by"], "health-commission");
}

#[test]
fn another_page_and_another_name_of_this_machine_are_kept_from_the_desk_and_the_gate() {
    let program = Program::start();
    let address = program.address;
    for headers in [
        format!("host: {address}\r\norigin: http://evil.example\r\n"),
        "host: evil.example\r\n".to_owned(),
    ] {
        for path in ["/desk", "/desk/api/state", "/collector", "/collector/glass"] {
            let (status, _) = program.ask("GET", path, &headers, "");
            assert_eq!(status, 403, "{path} {headers}");
        }
        let headers = format!("{headers}content-type: application/json\r\n");
        let (status, _) = program.ask(
            "POST",
            "/desk/api/collector",
            &headers,
            r#"{"network":false}"#,
        );
        assert_eq!(status, 403);
    }
    let (status, _) = program.post("phone", &json!({"phone": "nobody", "change": "reboot"}));
    assert_eq!(status, 422);
    let (status, _) = program.post("phone", &json!({"phone": "green", "change": "burn"}));
    assert_eq!(status, 422);
    assert_eq!(program.state()["collector"]["network"], true);
}
