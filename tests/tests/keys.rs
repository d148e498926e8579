//! `liangma keys` as an operator uses it: every key of a platform changes by command, while `liangma serve`
//! runs and people go on; and every key file that cannot be used is told, and left as it is.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod program;
mod served;
#[expect(dead_code, reason = "the people and the provider's page are used here")]
mod world;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::{PlatformAddress, Terminal};
use liangma_wire::code::VERIFY_CODE_PATH;
use liangma_wire::consent::Purpose;
use liangma_wire::declaration::HealthDeclaration;
use rusqlite::Connection;
use tempfile::TempDir;

use program::liangma;
use served::phone::{form, open};
use served::search::{PEOPLE, files_under, found_in};
use served::{Heap, Served, wait_for};
use world::{browser, known};

/// Between two things that a person does.
const PAUSE: Duration = Duration::from_millis(700);
/// More than a day: what was short-lived when a key came into use has run out.
const A_DAY: i64 = 26 * 3_600;

/// Whoever keeps a platform and its keys.
struct Operator {
    folder: PathBuf,
    /// Everything that the program answered.
    said: Heap,
}

impl Operator {
    fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            said: Heap::default(),
        }
    }

    fn at(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn database(&self) -> Connection {
        Connection::open(self.folder.join("data/platform.sqlite")).unwrap()
    }

    /// Runs `liangma keys`; its exit code, and its words with single spaces between them.
    fn keys(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(liangma())
            .arg("keys")
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        self.said.add(&output.stdout);
        self.said.add(&output.stderr);
        let words = [output.stdout, output.stderr].concat();
        let words = String::from_utf8(words).unwrap();
        let words: Vec<&str> = words.split_whitespace().collect();
        (output.status.code().unwrap(), words.join(" "))
    }

    /// The same on the platform's data folder; it has to succeed.
    fn done(&self, arguments: &[&str]) -> String {
        let data = self.at("data");
        let (code, words) = self.keys(&[arguments, &["--data", &data]].concat());
        assert_eq!(code, 0, "{arguments:?}: {words}");
        words
    }

    /// The same, refused, with what to do.
    fn refused(&self, arguments: &[&str]) -> String {
        let data = self.at("data");
        let (code, words) = self.keys(&[arguments, &["--data", &data]].concat());
        assert_eq!(code, 1, "{arguments:?}: {words}");
        assert!(words.contains("what to do:"), "{words}");
        words
    }

    fn status(&self) -> String {
        self.done(&["status"])
    }

    fn sign(&self, key: &str, draft: &str, out: &str) {
        let key = self.at(&format!("data/offline/{key}"));
        let (draft, out) = (self.at(draft), self.at(out));
        let (code, words) = self.keys(&["sign-root", "--key", &key, "--out", &out, &draft]);
        assert_eq!(code, 0, "{words}");
    }

    /// The key ids of the issuers, by what they are.
    fn issuers(&self) -> BTreeMap<String, String> {
        let status = self.status();
        let (_, issuers) = status.split_once("Issuers ").unwrap();
        let words: Vec<&str> = issuers.split(' ').collect();
        let from =
            |at: &usize| words.get(at + 1) == Some(&"from") || words.get(at + 2) == Some(&"from");
        (1..words.len())
            .filter(|at| words[*at].ends_with(',') || words[*at] == "in")
            .filter(from)
            .map(|at| {
                (
                    words[at].trim_end_matches(',').to_owned(),
                    words[at - 1].to_owned(),
                )
            })
            .collect()
    }

    async fn has(&self, served: &Served, path: &str) -> bool {
        let url = format!("http://{}{path}", served.address);
        let answer = browser().get(url).send().await.unwrap();
        answer.status().is_success()
    }
}

/// Somebody with a phone.
struct Somebody {
    who: &'static str,
    phone: PathBuf,
    root: Vec<u8>,
    terminal: Terminal,
}

impl Somebody {
    /// Logs in, consents, is verified and has a code.
    async fn verified(served: &Served, phones: &Path, who: &'static str, root: &[u8]) -> Self {
        let somebody = Self::logged_in(served, &phones.join(who), who, root).await;
        for purpose in [
            Purpose::HealthCode,
            Purpose::FaceCheck,
            Purpose::HealthDeclaration,
        ] {
            let consent = somebody.terminal.record_consent(purpose, 1, "zh-CN", true);
            consent.await.unwrap();
        }
        somebody.terminal.apply().await.unwrap();
        somebody.terminal.face_check().await.unwrap();
        somebody.terminal.refresh().await.unwrap();
        somebody
    }

    async fn logged_in(served: &Served, phone: &Path, who: &'static str, root: &[u8]) -> Self {
        std::fs::create_dir(phone).unwrap();
        let address = PlatformAddress::loopback(format!("http://{}", served.address));
        let terminal = open(phone, address, root, ChosenOutcome::Pass).await;
        terminal.login_start(form(known(who))).await.unwrap();
        let code = served.login_code(who, 0);
        terminal.login_complete(&code).await.unwrap();
        Self {
            who,
            phone: phone.to_owned(),
            root: root.to_vec(),
            terminal,
        }
    }

    /// The same phone, once the platform is somewhere else.
    async fn follows(self, served: &Served) -> Self {
        drop(self.terminal);
        let address = PlatformAddress::loopback(format!("http://{}", served.address));
        let terminal = open(&self.phone, address, &self.root, ChosenOutcome::Pass).await;
        Self { terminal, ..self }
    }

    /// Declares, looks after the devices, and gets a code: sealed values are written and read.
    async fn acts(&self) {
        let declared = HealthDeclaration {
            temperature_tenths: Some(366),
            symptoms: Vec::new(),
            high_risk_contact: false,
            observed_at: Timestamp::now(),
        };
        self.terminal.declare_health(declared).await.unwrap();
        self.terminal.devices().await.unwrap();
        self.terminal.refresh().await.unwrap();
        self.terminal.export_from_platform().await.unwrap();
    }

    /// What the platform says of the code that the phone shows.
    async fn shown_is_good(&self, served: &Served) {
        let shown = self.terminal.show().unwrap();
        let asked = browser()
            .post(format!("http://{}{VERIFY_CODE_PATH}", served.address))
            .header("content-type", "application/json")
            .body(format!("{{\"text\":{:?}}}", shown.text));
        let answer = asked.send().await.unwrap();
        let good = answer.status().is_success();
        let words = answer.text().await.unwrap();
        assert!(good && words.contains("\"genuine"), "{}: {words}", self.who);
    }
}

/// People who go on doing what they do, until they are asked to stop.
struct GoingOn {
    over: Arc<AtomicBool>,
    people: Vec<tokio::task::JoinHandle<(Somebody, u32)>>,
}

impl GoingOn {
    fn begin(people: Vec<Somebody>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let go_on = |somebody: Somebody| {
            let over = over.clone();
            tokio::spawn(async move {
                let mut rounds = 0;
                while !over.load(Ordering::Relaxed) {
                    somebody.acts().await;
                    rounds += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                (somebody, rounds)
            })
        };
        let people = people.into_iter().map(go_on).collect();
        Self { over, people }
    }

    /// Everybody, none of whom was ever refused.
    async fn end(self) -> Vec<Somebody> {
        self.over.store(true, Ordering::Relaxed);
        let mut people = Vec::new();
        for somebody in self.people {
            let (somebody, rounds) = somebody.await.unwrap();
            assert!(rounds > 2, "{} did {rounds} rounds", somebody.who);
            people.push(somebody);
        }
        people
    }
}

fn count(connection: &Connection, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    connection.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// What the keys before had made, to be put back as if the change had been killed half way.
struct Before {
    evidence: Vec<(Vec<u8>, Vec<u8>)>,
    person: (Vec<u8>, Vec<u8>),
}

impl Before {
    fn read(operator: &Operator) -> Self {
        let connection = operator.database();
        let evidence = connection
            .prepare("SELECT id, sealed FROM evidence WHERE length(sealed) > 0 ORDER BY id")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let sql = "SELECT id, lookup FROM person WHERE sealed_identity IS NOT NULL ORDER BY id";
        let person = connection
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap();
        Self { evidence, person }
    }

    /// Puts half of it back; how much.
    fn put_half_back(&self, operator: &Operator) -> usize {
        let connection = operator.database();
        let half = self.evidence.iter().step_by(2);
        let back: usize = half
            .map(|(id, sealed)| {
                let sql = "UPDATE evidence SET sealed = ?2 WHERE id = ?1 AND sealed <> ?2";
                connection.execute(sql, (id, sealed)).unwrap()
            })
            .sum();
        let sql = "UPDATE person SET lookup = ?2, lookup_key = 1 WHERE id = ?1 AND lookup <> ?2";
        let (id, mark) = &self.person;
        back + connection.execute(sql, (id, mark)).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_changes_by_command_while_people_go_on_and_a_change_that_was_killed_is_resumed() {
    let (folder, phones) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let served = Served::start(folder.path());
    let operator = Operator::of(folder.path());
    let root = std::fs::read(folder.path().join("data/root.cbor")).unwrap();
    let mut people = Vec::new();
    for who in PEOPLE {
        people.push(Somebody::verified(&served, phones.path(), who, &root).await);
    }
    let begun = operator.status();
    for fact in [
        "master 1 in use",
        "lookup 1 in use",
        "everything is under the keys in use",
    ] {
        assert!(begun.contains(fact), "{fact}: {begun}");
    }
    let before = Before::read(&operator);
    assert!(
        before.evidence.len() > 5,
        "{} pieces of evidence",
        before.evidence.len()
    );
    let issuers = operator.issuers();
    let everybody = count(&operator.database(), "person");

    // Everything is ordered at once, while people go on.
    let going_on = GoingOn::begin(people);
    let now = Timestamp::now().to_string();
    let added = operator.done(&["add", "master", "--from", &now]);
    assert!(added.contains("master key 2 is in"), "{added}");
    operator.done(&["add", "lookup", "--from", &now]);
    let ordered = operator.status();
    assert!(ordered.contains("master 2 begins at"), "{ordered}");
    let needed = operator.refused(&["remove", "master", "1"]);
    assert!(needed.contains("it is still needed"), "{needed}");
    let new = operator.refused(&["issuer"]);
    assert!(new.contains("--at-once"), "{new}");
    operator.done(&["issuer", "--at-once"]);
    let draft = operator.at("root-2.draft");
    let roles = ["--new", "recall", "--new", "issuers", "--new", "timestamp"];
    let order = [&["draft-root", "--out", &draft][..], &roles].concat();
    operator.done(&order);
    let again = operator.refused(&order);
    assert!(again.contains("nothing is ever overwritten"), "{again}");
    operator.sign("root-1.key", "root-2.draft", "root-2.once");
    let once = operator.refused(&["submit-root", &operator.at("root-2.once")]);
    assert!(once.contains("nothing has changed"), "{once}");
    operator.sign("root-3.key", "root-2.once", "root-2.signed");
    operator.done(&["submit-root", &operator.at("root-2.signed")]);

    // The next tick goes over, and nobody is logged out, refused or asked twice.
    wait_for(|| {
        let status = operator.status();
        let over = [
            "master 2 in use",
            "lookup 2 in use",
            "everything is under the keys in use",
        ];
        over.iter().all(|fact| status.contains(fact)).then_some(())
    });
    while !operator.has(&served, "/v1/trust/root/2").await {
        tokio::time::sleep(PAUSE).await;
    }
    tokio::time::sleep(3 * PAUSE).await;
    let people = going_on.end().await;
    for somebody in &people {
        somebody.shown_is_good(&served).await;
    }
    let issuers_after = operator.issuers();
    assert_eq!(
        issuers_after["in"], issuers["standby"],
        "the standby took over"
    );
    assert_eq!(issuers_after["former"], issuers["in"]);
    assert_ne!(issuers_after["standby"], issuers["standby"]);
    let kept = operator.status();
    assert!(kept.contains("master 1 still needed"), "{kept}");

    // Killed half way: some values are under the new key, some under the one before.
    let (_, mut log) = served.end_by("-KILL");
    let left = before.put_half_back(&operator);
    assert!(left > 3, "{left} values were put back");
    let half = operator.status();
    assert!(
        half.contains(&format!("{left} values have yet to go over")),
        "{half}"
    );
    operator.refused(&["remove", "master", "1"]);
    operator.refused(&["remove", "lookup", "1"]);
    let served = Served::start(folder.path());
    wait_for(|| {
        operator
            .status()
            .contains("everything is under the keys in use")
            .then_some(())
    });
    let mut here = Vec::new();
    for somebody in people {
        let somebody = somebody.follows(&served).await;
        somebody.acts().await;
        somebody.shown_is_good(&served).await;
        here.push(somebody);
    }
    let (ended, said) = served.end_by("-TERM");
    assert!(ended.success(), "{ended}");
    log.extend(said);

    // A day later the former keys are retired, are taken out, and nobody misses them.
    let aged = "UPDATE ring_key SET since = since - ?1";
    assert_eq!(operator.database().execute(aged, [A_DAY]).unwrap(), 4);
    let served = Served::start(folder.path());
    wait_for(|| {
        let status = operator.status();
        let gone = ["master 1 retired since", "lookup 1 retired since"];
        gone.iter().all(|fact| status.contains(fact)).then_some(())
    });
    operator.done(&["remove", "master", "1"]);
    operator.done(&["remove", "lookup", "1"]);
    let unknown = operator.refused(&["remove", "master", "1"]);
    assert!(unknown.contains("there is no master key 1"), "{unknown}");
    operator.refused(&["remove", "master", "2"]);
    let (_, said) = served.end_by("-TERM");
    log.extend(said);
    let served = Served::start(folder.path());
    for somebody in here {
        let somebody = somebody.follows(&served).await;
        somebody.acts().await;
        somebody.shown_is_good(&served).await;
        assert_eq!(somebody.root, root, "the root that it was built with");
    }
    let again = phones.path().join("again");
    Somebody::logged_in(&served, &again, "green", &root).await;
    assert_eq!(
        count(&operator.database(), "person"),
        everybody,
        "found, not made anew"
    );
    let (_, said) = served.end_by("-TERM");
    log.extend(said);

    assert_eq!(
        found_in(&operator.said.bytes()),
        Vec::<String>::new(),
        "in answers"
    );
    assert_eq!(
        found_in(&log),
        Vec::<String>::new(),
        "in the platform's log"
    );
    for file in files_under(folder.path()) {
        let name = file.strip_prefix(folder.path()).unwrap();
        let found = [
            found_in(name.as_os_str().as_encoded_bytes()),
            found_in(&std::fs::read(&file).unwrap()),
        ];
        assert_eq!(
            found.concat(),
            Vec::<String>::new(),
            "in {}",
            name.display()
        );
    }
}

/// Starts a platform that must not open; what it says.
fn serve_refuses(operator: &Operator) -> String {
    let mut child = Command::new(liangma())
        .args(["serve", "--sandbox", "--listen", "127.0.0.1:0", "--data"])
        .args([
            operator.at("data"),
            "--counter-key".to_owned(),
            operator.at("counter.pub"),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(ended) => break Some(ended),
            None if Instant::now() > until => break None,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let _gone = child.kill();
    let output = child.wait_with_output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        ended.and_then(|ended| ended.code()),
        Some(1),
        "it served: {words}"
    );
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

#[test]
fn a_key_file_that_cannot_be_used_is_told_opens_nothing_and_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    let operator = Operator::of(folder.path());
    let (ended, _) = Served::start(folder.path()).end_by("-TERM");
    assert!(ended.success());
    let file = folder.path().join("data/master.key");
    let whole = std::fs::read_to_string(&file).unwrap();
    let without = |kind: &str| -> String {
        let others = whole.lines().filter(|line| !line.starts_with(kind));
        others.map(|line| format!("{line}\n")).collect()
    };
    let other = "c4".repeat(32);
    let cases = [
        ("no keys at all", String::new(), "there is no master key"),
        ("not a key", "master 1 secret\n".to_owned(), "line 1 is not"),
        (
            "a key twice",
            format!("{whole}{whole}"),
            "repeats a number or a key",
        ),
        (
            "without the master key",
            format!("{}master 2 {other}\n", without("master 1")),
            "needs the master key number 1",
        ),
        (
            "without the look-up key",
            without("lookup 1"),
            "needs the lookup key number 1",
        ),
        (
            "another key under the number",
            format!("{}master 1 {other}\n", without("master 1")),
            "the master key number 1 is another one",
        ),
    ];
    for (case, text, words) in cases {
        std::fs::write(&file, &text).unwrap();
        for order in [
            &["status"][..],
            &["add", "master"],
            &["add", "lookup"],
            &["remove", "master", "1"],
        ] {
            let data = operator.at("data");
            let (code, said) = operator.keys(&[order, &["--data", &data]].concat());
            assert_ne!(code, 0, "{case}: {said}");
            let there_is_none = said.contains("there is no master key 1 in the key file");
            assert!(
                said.contains(words) || there_is_none,
                "{case}, {order:?}: {said}"
            );
            assert!(said.contains("what to do:"), "{case}: {said}");
        }
        let said = serve_refuses(&operator);
        assert!(said.contains(words), "{case}: {said}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "{case}");
    }

    std::fs::write(&file, &whole).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let (code, said) = operator.keys(&["status", "--data", &operator.at("data")]);
    assert_eq!((code, said.contains("chmod 600")), (2, true), "{said}");
    assert!(serve_refuses(&operator).contains("chmod 600"));
    std::fs::remove_file(&file).unwrap();
    let (code, said) = operator.keys(&["add", "master", "--data", &operator.at("data")]);
    assert_eq!(
        (code, said.contains("name it with --keys")),
        (2, true),
        "{said}"
    );
    serve_refuses(&operator);
    assert!(
        !file.exists(),
        "a new key beside an old database opens nothing"
    );

    // A write of the file that was cut off leaves the one before.
    std::fs::write(&file, &whole).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let part = folder.path().join("data/master.key.part");
    std::fs::write(&part, "master 1 5").unwrap();
    operator.done(&["add", "master"]);
    assert!(!part.exists());
    assert!(operator.status().contains("master 2 begins at"));
    let secrets = [&whole[..], &other].concat();
    let said = operator.said.text();
    let digits = secrets.split([' ', '\n']).filter(|word| word.len() == 64);
    for digits in digits {
        assert!(!said.contains(digits), "a key was said");
    }
}
