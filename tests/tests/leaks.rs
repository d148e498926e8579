//! A whole run of the real program, searched for what identifies its people: their logs, errors,
//! addresses, file names, files and core dumps hold nobody's name, number or phone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod program;
#[expect(dead_code, reason = "the people and the provider's page are used here")]
mod world;

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use liangma_crypto::{SigningKey, Suite, SystemRandomness};
use liangma_platform::sandbox::SandboxPerson;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::desktop::{KeyFile, SystemClocks};
use liangma_terminal::{LoginForm, PlatformAddress, Ports, Terminal, TerminalConfig};
use liangma_tests::tap::Tap;
use liangma_wire::code::VERIFY_CODE_PATH;
use liangma_wire::consent::Purpose;
use liangma_wire::declaration::{HealthDeclaration, Symptom, TripDeclaration};
use liangma_wire::login::LoginChannel;
use tempfile::TempDir;

use program::liangma;
use world::{Person, browser, known};

const PEOPLE: [&str; 3] = ["green", "yellow", "foreigner"];
const PATIENCE: Duration = Duration::from_secs(30);

/// Whatever is written into it, by any thread.
#[derive(Clone, Default)]
struct Heap(Arc<Mutex<Vec<u8>>>);

impl Heap {
    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    fn add(&self, text: impl AsRef<[u8]>) {
        let mut heap = self.0.lock().unwrap();
        heap.extend_from_slice(text.as_ref());
        heap.push(b'\n');
    }

    /// Keeps everything of a stream until it ends.
    fn follow(&self, stream: impl Read + Send + 'static) {
        let heap = self.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
                heap.add(line);
            }
        });
    }
}

impl Write for Heap {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `liangma serve`, saying all that it can say.
struct Served {
    child: Child,
    said: Heap,
    address: SocketAddr,
}

impl Served {
    fn start(folder: &Path) -> Self {
        let key = folder.join("counter.pub");
        let counter = SigningKey::generate(Suite::Ed25519, &SystemRandomness).unwrap();
        if !key.exists() {
            liangma_platform::keys::write_public_key(&key, counter.public_key()).unwrap();
        }
        // Core files are asked for, as a machine may be set up to do; they would be written here.
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -c unlimited; exec \"$@\"", "sh"])
            .arg(liangma())
            .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .arg("--counter-key")
            .arg(key)
            .current_dir(folder)
            .env("LIANGMA_LOG", "trace")
            .env("LIANGMA_LOG_FORMAT", "json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Heap::default();
        said.follow(child.stdout.take().unwrap());
        said.follow(child.stderr.take().unwrap());
        let address = wait_for(|| {
            let text = said.text();
            let from = text.find("serves http://")? + "serves http://".len();
            let end = text[from..].find([',', ' ', '\n'])?;
            text[from..from + end].parse().ok()
        });
        Self {
            child,
            said,
            address,
        }
    }

    /// The login code that was last sent to a person after `sent_before` such messages.
    fn login_code(&self, who: &str, sent_before: usize) -> String {
        let mark = format!("to {who}: login code ");
        wait_for(|| {
            let text = self.said.text();
            let code = text.split(&mark).nth(sent_before + 1)?;
            code.get(..6).map(str::to_owned)
        })
    }

    fn end_by(mut self, signal: &str) -> (std::process::ExitStatus, Vec<u8>) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(sent.success());
        let ended = self.child.wait().unwrap();
        (ended, self.said.bytes())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "what was waited for did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An error as whoever handles it might print it: for people, for developers, with all its causes.
fn in_all_words<T: std::fmt::Debug>(outcome: Result<T, impl Error>) -> String {
    let Err(error) = outcome else {
        return format!("{:?}", outcome.is_ok());
    };
    let mut words = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    words
}

async fn open(
    folder: &Path,
    platform: PlatformAddress,
    root: &[u8],
    ends: ChosenOutcome,
) -> Terminal {
    let config = TerminalConfig {
        folder: folder.join("store"),
        platform,
        root: root.to_vec(),
    };
    let ports = Ports {
        keys: Arc::new(KeyFile::new(&folder.join("keys.json")).unwrap()),
        face: Arc::new(Person(ends)),
        wall: Arc::new(SystemClocks),
        monotonic: Arc::new(SystemClocks),
        randomness: Arc::new(SystemRandomness),
    };
    Terminal::open(config, ports).await.unwrap()
}

fn form(person: &SandboxPerson) -> LoginForm {
    LoginForm {
        name: person.name.to_owned(),
        document_type: person.document_type,
        document_number: person.document_number.to_owned(),
        phone: person.phone.to_owned(),
        channel: LoginChannel::Sms,
    }
}

/// A person who mistypes everything once, fails a face check once, and then lives on; all that went
/// wrong is gathered.
async fn live_with_mistakes(
    served: &Served,
    who: &str,
    phone: &Path,
    tap: &Tap,
    root: &[u8],
    gathered: &Heap,
) {
    let person = known(who);
    let address = PlatformAddress::loopback(&tap.url);
    let terminal = open(phone, address.clone(), root, ChosenOutcome::WrongPerson).await;
    for mistake in 0..4 {
        let mut mistyped = form(person);
        match mistake {
            0 => mistyped.name.push('\u{0}'),
            1 => mistyped.document_number.push('7'),
            2 => mistyped.phone.insert(4, 'x'),
            _ => mistyped.name.push_str("某某"),
        }
        gathered.add(in_all_words(terminal.login_start(mistyped).await));
    }
    terminal.login_start(form(person)).await.unwrap();
    gathered.add(in_all_words(terminal.login_complete("000000").await));
    let code = served.login_code(who, 0);
    gathered.add(in_all_words(terminal.login_complete(&code).await));
    for purpose in [
        Purpose::HealthCode,
        Purpose::FaceCheck,
        Purpose::HealthDeclaration,
    ] {
        terminal
            .record_consent(purpose, 1, "zh-CN", true)
            .await
            .unwrap();
    }
    terminal.apply().await.unwrap();
    gathered.add(in_all_words(terminal.refresh().await));
    gathered.add(in_all_words(terminal.face_check().await));
    drop(terminal);

    let terminal = open(phone, address, root, ChosenOutcome::Pass).await;
    terminal.face_check().await.unwrap();
    let now = Timestamp::now();
    let declared = HealthDeclaration {
        temperature_tenths: Some(381),
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: now,
    };
    terminal.declare_health(declared).await.unwrap();
    let trip = TripDeclaration {
        from_division: Some("450100".to_owned()),
        from_country: None,
        to_division: "330100".to_owned(),
        arrived_at: now,
    };
    terminal.declare_trip(trip).await.unwrap();
    terminal.refresh().await.unwrap();
    let shown = terminal.show().unwrap();
    let ask = |path: String, body: String| {
        let request = browser().post(format!("{}{path}", tap.url));
        request
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    let lit = format!("{{\"text\":{:?}}}", shown.text);
    for body in [lit.as_str(), &lit[..40], person.document_number] {
        let answer = ask(VERIFY_CODE_PATH.to_owned(), body.to_owned()).await;
        gathered.add(answer.unwrap().bytes().await.unwrap());
    }
    gathered.add(format!("{:?}", terminal.state().await.unwrap().clock_state));
}

/// Somebody's client that puts data where none belongs: the platform must not pass it on.
async fn careless_client(address: SocketAddr, gathered: &Heap) {
    for who in PEOPLE {
        let person = known(who);
        let url = format!(
            "http://{address}/v1/{}/{}?phone={}",
            person.document_number, person.name, person.phone
        );
        let answer = browser()
            .get(url)
            .header("authorization", format!("Bearer {}", person.phone))
            .header("liangma-session", person.document_number)
            .send();
        gathered.add(answer.await.unwrap().bytes().await.unwrap());
    }
}

/// The ways in which a text may stand somewhere.
fn disguises(text: &str) -> Vec<Vec<u8>> {
    let escaped = |upper: bool| -> String {
        text.encode_utf16()
            .map(|unit| {
                let letter = char::from_u32(unit.into()).filter(char::is_ascii);
                match letter {
                    Some(letter) => letter.to_string(),
                    None if upper => format!("\\u{unit:04X}"),
                    None => format!("\\u{unit:04x}"),
                }
            })
            .collect()
    };
    let percent: String = text
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let listed = format!("{:?}", text.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(text.as_bytes());
    vec![
        text.as_bytes().to_vec(),
        escaped(true).into_bytes(),
        escaped(false).into_bytes(),
        percent.to_lowercase().into_bytes(),
        percent.into_bytes(),
        utf16,
        listed.trim_matches(['[', ']']).as_bytes().to_vec(),
        hex.into_bytes(),
    ]
}

/// What must stand nowhere: name, number and phone, and the telling half of the number.
fn secrets() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let of = |who| {
        let person = known(who);
        let number = person.document_number;
        [
            ("the name", person.name),
            ("the document number", number),
            ("half of the document number", &number[number.len() / 2..]),
            ("the phone number", person.phone),
        ]
        .map(|(what, text)| (who, what, text))
    };
    PEOPLE
        .into_iter()
        .flat_map(of)
        .flat_map(|(who, what, text)| disguises(text).into_iter().map(move |d| (who, what, d)))
        .collect()
}

/// What is found of anybody, without repeating it.
fn found_in(bytes: &[u8]) -> Vec<String> {
    secrets()
        .into_iter()
        .filter(|(_, _, secret)| bytes.windows(secret.len()).any(|window| window == secret))
        .map(|(who, what, _)| format!("{what} of {who}"))
        .collect()
}

fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files_under(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_leaves_nobody_s_name_number_or_phone_anywhere() {
    let phone_log = Heap::default();
    let writer = phone_log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let (platform, phones) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let served = Served::start(platform.path());
    let root = std::fs::read(platform.path().join("data/root.cbor")).unwrap();
    let tap = Tap::before(served.address).unwrap();
    let gathered = Heap::default();
    for who in PEOPLE {
        let phone = phones.path().join(who);
        std::fs::create_dir(&phone).unwrap();
        live_with_mistakes(&served, who, &phone, &tap, &root, &gathered).await;
    }
    let addresses: Vec<String> = tap.exchanges().iter().map(|each| each.line()).collect();
    assert!(addresses.len() > 60, "{} requests seen", addresses.len());
    careless_client(served.address, &gathered).await;
    let (ended, platform_log) = served.end_by("-TERM");
    assert!(ended.success(), "{ended}");
    let platform_text = String::from_utf8_lossy(&platform_log);
    assert!(
        platform_text.contains("\"level\":\"TRACE\"") || platform_text.contains("TRACE"),
        "the platform did not say all that it could"
    );
    assert!(!phone_log.bytes().is_empty(), "the phones logged nothing");

    for (place, bytes) in [
        ("the platform's log and output", platform_log),
        ("the phones' log", phone_log.bytes()),
        ("errors and answers to mistakes", gathered.bytes()),
        ("request lines", addresses.join("\n").into_bytes()),
    ] {
        assert_eq!(found_in(&bytes), Vec::<String>::new(), "in {place}");
    }
    for folder in [platform.path(), phones.path()] {
        for file in files_under(folder) {
            let name = file.strip_prefix(folder).unwrap();
            let found = found_in(name.as_os_str().as_encoded_bytes());
            assert!(found.is_empty(), "{found:?} in the name of a file");
            let found = found_in(&std::fs::read(&file).unwrap());
            assert!(found.is_empty(), "{found:?} in {}", name.display());
        }
    }
}

#[test]
fn a_search_finds_what_it_looks_for_in_every_disguise() {
    for (who, what, secret) in secrets() {
        let mut text = b"{\"at\":1,\"message\":\"".to_vec();
        text.extend(secret);
        text.extend(b"\"}");
        assert!(
            found_in(&text).contains(&format!("{what} of {who}")),
            "{what} of {who} was not found"
        );
    }
}

#[test]
fn a_platform_that_dies_leaves_no_core_file_where_another_program_does() {
    let folder = TempDir::new().unwrap();
    let cores = || -> Vec<PathBuf> {
        let is_core = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("core")
        };
        files_under(folder.path())
            .into_iter()
            .filter(is_core)
            .collect()
    };
    let served = Served::start(folder.path());
    let (ended, _) = served.end_by("-ABRT");
    assert_eq!(ended.signal(), Some(6), "{ended}");
    assert_eq!(cores(), Vec::<PathBuf>::new());

    let other = Command::new("sh")
        .args([
            "-c",
            "ulimit -c unlimited; sleep 600 & kill -ABRT $!; wait $!",
        ])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert_eq!(other.code(), Some(128 + 6));
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let written_here = !pattern.starts_with(['|', '/']);
    assert!(
        !written_here || !cores().is_empty(),
        "this machine writes core files here, and another program left none"
    );
}
