//! A whole run of the real program, searched for what identifies its people: their logs, errors,
//! addresses, file names, files and core dumps hold nobody's name, number or phone.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod program;
mod served;
#[expect(dead_code, reason = "the people and the provider's page are used here")]
mod world;

use std::error::Error;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::PlatformAddress;
use liangma_tests::tap::Tap;
use liangma_wire::code::VERIFY_CODE_PATH;
use liangma_wire::consent::Purpose;
use liangma_wire::declaration::{HealthDeclaration, Symptom, TripDeclaration};
use tempfile::TempDir;

use served::phone::{form, open};
use served::search::{PEOPLE, files_under, found_in, secrets};
use served::{Heap, Served};
use world::{browser, known};

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
