//! Changing the keys of the store while people use it.

use std::{path::Path, sync::Arc};

use axum::body::Body;
use liangma_crypto::{SealingKey, Secret32, SystemRandomness, hkdf_sha256};
use liangma_domain::evidence::{EvidenceKind, TestResult};
use liangma_platform::{
    KeyKind, KeyRing, KeyStatus, OpenError, key_status,
    sandbox::{Sandbox, SandboxAuthority, SandboxError, SandboxPerson, person},
};
use liangma_wire::{
    consent::CONSENTS_PATH,
    declaration::{DECLARE_HEALTH_PATH, QUERY_PATH},
    login::{LOGIN_COMPLETE_PATH, LOGIN_START_PATH, LoginStartResponse, enrolment_message},
};
use rusqlite::Connection;
use serde_json::json;

use crate::harness::{Phone, World, device_key, login_body, write_private};

const DAY: i64 = 86_400;

fn key_file(world: &World) -> std::path::PathBuf {
    world.options.data_dir.join("master.key")
}

/// What `liangma keys add` does.
fn add(world: &World, kind: KeyKind) -> u16 {
    let mut ring = KeyRing::read(&key_file(world)).unwrap();
    let number = ring.add(kind, world.now(), &SystemRandomness).unwrap();
    ring.replace(&key_file(world)).unwrap();
    number
}

fn remove(world: &World, kind: KeyKind, number: u16) {
    let mut ring = KeyRing::read(&key_file(world)).unwrap();
    assert!(ring.remove(kind, number).unwrap());
    ring.replace(&key_file(world)).unwrap();
}

fn status(world: &World) -> KeyStatus {
    let ring = KeyRing::read(&key_file(world)).unwrap();
    key_status(&world.options.data_dir, &ring, world.now()).unwrap()
}

async fn tick(world: &World) {
    world.sandbox.platform.tick().await.unwrap();
}

/// Ticks until nothing has to go over any more, and until the key before is retired.
async fn go_over(world: &World) {
    for _ in 0..4 {
        world.advance(130);
        tick(world).await;
    }
    assert_eq!(status(world).left(), 0);
    world.advance(DAY + 3_600);
    for _ in 0..4 {
        tick(world).await;
    }
}

async fn answers(world: &World, phone: &Phone) {
    assert_eq!(phone.read(world, QUERY_PATH).await.status, 200);
}

async fn makes_codes(world: &World, phone: &mut Phone) {
    let first = liangma_credential::Hour::of(world.now());
    phone.chain = crate::harness::new_chain(world);
    let made = phone
        .made(world, &phone.make_code_request(first, 2, true))
        .await;
    assert_eq!(made.credentials.len(), 2);
}

async fn reopen(world: &mut World) -> Result<(), OpenError> {
    match Sandbox::open(world.options.clone()).await {
        Err(SandboxError::Open(error)) => Err(error),
        opened => {
            world.sandbox = opened.unwrap();
            world.app = liangma_platform::app(world.sandbox.platform.clone());
            Ok(())
        }
    }
}

#[tokio::test]
async fn a_new_master_key_takes_over_while_everybody_goes_on() {
    let mut world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    makes_codes(&world, &mut phone).await;
    // Signed before the change, with a nonce of the key before.
    let body = json!({"purpose": "trip_declaration", "text_version": 1, "language": "zh-CN", "given": true});
    let body = body.to_string().into_bytes();
    let request = phone
        .request(&world, CONSENTS_PATH, "application/json", body.clone())
        .await
        .body(Body::from(body))
        .unwrap();
    assert_eq!(add(&world, KeyKind::Master), 2);
    world.sandbox.platform.reload_keys().await.unwrap();
    let began = status(&world);
    assert!(began.left() > 10, "much is under the key before");
    assert!(!began.may_be_removed(KeyKind::Master, 1));

    assert_eq!(world.send(request).await.status, 200);
    answers(&world, &phone).await;
    go_over(&world).await;
    answers(&world, &phone).await;
    makes_codes(&world, &mut phone).await;

    let ended = status(&world);
    assert!(ended.may_be_removed(KeyKind::Master, 1), "{ended:?}");
    assert!(!ended.may_be_removed(KeyKind::Master, 2));
    remove(&world, KeyKind::Master, 1);
    tick(&world).await;
    answers(&world, &phone).await;
    makes_codes(&world, &mut phone).await;
    // Also after a restart, of which the key before is no part.
    reopen(&mut world).await.unwrap();
    answers(&world, &phone).await;
    makes_codes(&world, &mut phone).await;
}

#[tokio::test]
async fn a_kill_during_a_change_of_keys_loses_nothing() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    add(&world, KeyKind::Master);
    add(&world, KeyKind::Lookup);
    for _ in 0..3 {
        tick(&world).await;
        // What a kill leaves is what was committed: opening again is all that follows one.
        reopen(&mut world).await.unwrap();
        answers(&world, &phone).await;
    }
    go_over(&world).await;
    answers(&world, &phone).await;
    assert!(status(&world).may_be_removed(KeyKind::Master, 1));
    assert!(status(&world).may_be_removed(KeyKind::Lookup, 1));
}

#[tokio::test]
async fn a_key_that_is_taken_away_too_early_is_missed_by_its_number() {
    let mut world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    add(&world, KeyKind::Master);
    tick(&world).await;
    let both = KeyRing::read(&key_file(&world)).unwrap().text();
    remove(&world, KeyKind::Master, 1);
    // The running platform keeps what it has, and goes on.
    let refused = world.sandbox.platform.reload_keys().await.unwrap_err();
    assert!(matches!(refused, OpenError::KeyNeeded(KeyKind::Master, 1)));
    tick(&world).await;
    answers(&world, &phone).await;
    // One that starts says which key it needs.
    let refused = reopen(&mut world).await.unwrap_err();
    assert!(matches!(refused, OpenError::KeyNeeded(KeyKind::Master, 1)));
    assert!(refused.to_string().contains("master key number 1"));
    // Another key under the number is not taken for it.
    let other = "ab".repeat(32);
    let text: String = both
        .lines()
        .map(|line| match line.strip_prefix("master 1 ") {
            Some(_) => format!("master 1 {other}\n"),
            None => format!("{line}\n"),
        })
        .collect();
    write_private(&key_file(&world), &text);
    let refused = reopen(&mut world).await.unwrap_err();
    assert!(matches!(refused, OpenError::KeyDiffers(KeyKind::Master, 1)));
    write_private(&key_file(&world), &both);
    reopen(&mut world).await.unwrap();
    answers(&world, &phone).await;
}

#[tokio::test]
async fn a_key_that_begins_later_is_known_before_it_is_used() {
    let world = World::new().await;
    let mut ring = KeyRing::read(&key_file(&world)).unwrap();
    let soon = world.now() + jiff::SignedDuration::from_mins(5);
    ring.add(KeyKind::Master, soon, &SystemRandomness).unwrap();
    ring.replace(&key_file(&world)).unwrap();
    tick(&world).await;
    let state = |number| {
        let keys = status(&world).keys;
        keys.into_iter()
            .find(|key| (key.kind, key.number) == (KeyKind::Master, number))
            .unwrap()
    };
    assert!(state(1).in_use);
    assert_eq!((state(2).since, state(2).from), (None, Some(soon)));
    world.advance(300);
    tick(&world).await;
    assert!(state(2).in_use);
    // A clock that is set back does not bring the key before back.
    world.advance(-300);
    tick(&world).await;
    assert!(state(2).in_use);
}

#[tokio::test]
async fn a_broken_key_file_stops_no_platform_that_runs() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    write_private(&key_file(&world), "not a key");
    assert!(world.sandbox.platform.reload_keys().await.is_err());
    tick(&world).await;
    answers(&world, &phone).await;
}

/// A laboratory reports of somebody.
async fn reports(world: &World, somebody: &SandboxPerson) {
    let negative = EvidenceKind::NucleicAcidTest {
        result: TestResult::Negative,
    };
    world
        .sandbox
        .submit(
            SandboxAuthority::Laboratory,
            somebody,
            world.now(),
            negative,
        )
        .await
        .unwrap();
}

async fn people(world: &World) -> i64 {
    database(&world.options.data_dir)
        .query_row("SELECT count(*) FROM person", [], |row| row.get(0))
        .unwrap()
}

fn database(data_dir: &Path) -> Connection {
    Connection::open(data_dir.join("platform.sqlite")).unwrap()
}

/// Logs in and gives the masked document and the device's standing.
async fn logs_in(world: &World, who: &str) {
    Phone::log_in(world, who).await;
}

#[tokio::test]
async fn whoever_logs_in_while_the_lookup_key_changes_is_found_exactly_once() {
    let world = Arc::new(World::new().await);
    for who in ["green", "yellow", "red"] {
        logs_in(&world, who).await;
    }
    let before = people(&world).await;
    for round in 0..3 {
        add(&world, KeyKind::Lookup);
        // People log in, departments report of them, and the change goes on, all at once.
        let working = world.clone();
        let rotating = tokio::spawn(async move {
            for _ in 0..20 {
                tick(&working).await;
                tokio::task::yield_now().await;
            }
        });
        let mut reporting = Vec::new();
        for who in ["green", "yellow", "red"] {
            let world = world.clone();
            reporting.push(tokio::spawn(async move {
                for _ in 0..4 {
                    reports(&world, person(who).unwrap()).await;
                    tokio::task::yield_now().await;
                }
            }));
        }
        for who in ["green", "yellow", "red"] {
            logs_in(&world, who).await;
        }
        rotating.await.unwrap();
        for report in reporting {
            report.await.unwrap();
        }
        // Whoever is known by one key is known by the next: nobody came into being twice.
        let now = people(&world).await;
        assert_eq!(now, before, "round {round}");
        world.advance(3_700);
    }
    for _ in 0..4 {
        world.advance(130);
        tick(&world).await;
    }
    assert_eq!(status(&world).people_left, 0);
    let marks: i64 = database(&world.options.data_dir)
        .query_row("SELECT count(DISTINCT lookup_key) FROM person", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(marks, 1);
    for number in 1..=3 {
        assert!(status(&world).may_be_removed(KeyKind::Lookup, number));
        remove(&world, KeyKind::Lookup, number);
    }
    tick(&world).await;
    logs_in(&world, "green").await;
    assert_eq!(people(&world).await, before);
}

#[tokio::test]
async fn a_login_that_began_before_a_change_of_keys_ends_after_it() {
    let world = World::new().await;
    let key = device_key();
    let who = person("green").unwrap();
    let started: LoginStartResponse = world
        .post(LOGIN_START_PATH, &login_body(who, &key, "sms"))
        .await
        .json();
    let message = world
        .sandbox
        .tray
        .take(who.phone, std::time::Duration::from_secs(5))
        .await
        .unwrap();
    add(&world, KeyKind::Master);
    add(&world, KeyKind::Lookup);
    tick(&world).await;
    let proof = key
        .sign(&enrolment_message(&started.attempt, &message.code))
        .unwrap();
    let body = json!({
        "attempt": started.attempt,
        "code": message.code,
        "proof": liangma_wire::bytes::FixedBytes(proof),
    });
    assert_eq!(world.post(LOGIN_COMPLETE_PATH, &body).await.status, 200);
}

#[tokio::test]
async fn a_change_of_keys_gives_nobody_new_tries() {
    let world = World::new().await;
    let body = login_body(person("green").unwrap(), &device_key(), "sms");
    while world.post(LOGIN_START_PATH, &body).await.status == 200 {}
    add(&world, KeyKind::Master);
    tick(&world).await;
    let answer = world.post(LOGIN_START_PATH, &body).await;
    assert_eq!(answer.code(), "too_many_attempts");
}

/// A store as it was before keys had numbers: nothing names its key, tokens and first recall keys are
/// marked with the master key, and the schema is that of then.
struct OldForm {
    master: SealingKey,
}

impl OldForm {
    fn mark(&self, purpose: &str, part: &[u8]) -> Vec<u8> {
        let mut info = format!("liangma/mark/1|{purpose}|").into_bytes();
        info.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        info.extend(part);
        let mut out = [0; 32];
        hkdf_sha256(self.master.expose(), &[&info], &mut out);
        out.to_vec()
    }

    fn write(&self, data_dir: &Path, phone: &Phone) {
        let c = database(data_dir);
        let fields = self.master.derive("platform/fields");
        let columns = [
            ("person", "sealed_identity", "id", "NULL"),
            ("evidence", "sealed", "id", "NULL"),
            ("evaluation", "sealed", "person", "NULL"),
            ("strip", "sealed_key", "id", "key_hour"),
            ("leaf", "sealed", "hash", "NULL"),
        ];
        let mut rewritten = 0;
        for (table, column, key, hour) in columns {
            let rows: Vec<(Vec<u8>, Option<u32>, Vec<u8>)> = c
                .prepare(&format!(
                    "SELECT {key}, {hour}, {column} FROM {table} WHERE {column} IS NOT NULL"
                ))
                .unwrap()
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .unwrap()
                .map(Result::unwrap)
                .collect();
            for (id, hour, sealed) in rows {
                let mut place = format!("liangma/platform/1|{table}.{column}|").into_bytes();
                place.extend(&id);
                place.extend(hour.into_iter().flat_map(u32::to_be_bytes));
                let (prefix, rest) = sealed.split_at(3);
                assert_eq!(prefix, [0x80, 0, 1]);
                let numbered = [b"liangma/numbered/1|", prefix, &place].concat();
                let plain = fields.open(&numbered, rest).unwrap();
                let old = fields.seal(&place, &plain, &SystemRandomness).unwrap();
                c.execute(
                    &format!("UPDATE {table} SET {column} = ?1 WHERE {key} = ?2"),
                    (old, id),
                )
                .unwrap();
                rewritten += 1;
            }
        }
        assert!(rewritten > 10);
        let token = self.mark("read token", &phone.login.read_token.0.0);
        c.execute("UPDATE session SET token_hash = ?1", [token])
            .unwrap();
        let first = phone.chain.secret().first_recall_key();
        let first = self.mark("first recall key", first.expose());
        c.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        c.execute("UPDATE first_key SET hash = ?1", [&first])
            .unwrap();
        c.execute("UPDATE strip SET first_key_hash = ?1", [&first])
            .unwrap();
        c.execute_batch(
            "DROP TABLE rule_change;
             DROP TABLE batch_applying;
             DROP TABLE ring_key;
             ALTER TABLE person DROP COLUMN lookup_key;
             ALTER TABLE person DROP COLUMN sealed_document;
             ALTER TABLE session DROP COLUMN keyed;
             DROP INDEX evidence_held;
             DROP INDEX consent_ended;
             DROP INDEX person_left;
             DROP INDEX attempt_expires;
             DROP INDEX attempt_person;
             DROP INDEX ticket_expires;
             DROP INDEX ticket_person;
             DROP INDEX ticket_device;
             DROP INDEX ticket_application;
             DROP INDEX counter_handle_expires;
             DROP INDEX counter_handle_device;
             DROP INDEX bucket_ends;
             DROP INDEX session_ended;
             DROP INDEX device_ended;
             DROP INDEX strip_of_device;
             DROP INDEX notice_at;
             DROP INDEX application_opened;
             DROP INDEX batch_received;
             ALTER TABLE evidence DROP COLUMN class;
             ALTER TABLE evidence DROP COLUMN held_at;
             ALTER TABLE consent DROP COLUMN ended_at;
             ALTER TABLE person DROP COLUMN left_at;
             ALTER TABLE person DROP COLUMN looked_at;
             DROP TABLE restored;
             DROP TABLE copy;
             PRAGMA application_id = 0;
             PRAGMA user_version = 2;",
        )
        .unwrap();
    }
}

#[tokio::test]
async fn a_store_from_before_keys_had_numbers_opens_and_goes_over() {
    let digits = "5c".repeat(32);
    let mut world = World::with_key_file(Some(&digits)).await;
    let mut phone = Phone::verified(&world, "green").await;
    makes_codes(&world, &mut phone).await;
    let old = OldForm {
        master: SealingKey::new(Secret32::new([0x5c; 32])),
    };
    old.write(&world.options.data_dir, &phone);

    reopen(&mut world).await.unwrap();
    assert_eq!(status(&world).sessions_left, 1);
    answers(&world, &phone).await;
    assert_eq!(
        status(&world).sessions_left,
        0,
        "seen once, it needs no key"
    );
    // The same strip goes on, and its first recall key begins no other one.
    let first = liangma_credential::Hour::of(world.now());
    let again = phone.make_code_request(first, 2, true);
    phone.made(&world, &again).await;
    let mut other = Phone::verified(&world, "yellow").await;
    other.chain = liangma_credential::StripChain::new(phone.chain.secret().clone(), first);
    let reused = other
        .make_code(&world, &other.make_code_request(first, 2, true))
        .await;
    assert_eq!(reused.code(), "recall_key_reused");

    add(&world, KeyKind::Master);
    add(&world, KeyKind::Lookup);
    tick(&world).await;
    // Whoever is known by evidence alone goes over when they are next seen.
    assert!(status(&world).people_by_mark_alone > 0);
    for somebody in liangma_platform::sandbox::people() {
        reports(&world, somebody).await;
    }
    let everybody = i64::try_from(liangma_platform::sandbox::people().len()).unwrap();
    assert_eq!(people(&world).await, everybody);
    go_over(&world).await;
    let ended = status(&world);
    assert!(ended.may_be_removed(KeyKind::Master, 1), "{ended:?}");
    remove(&world, KeyKind::Master, 1);
    reopen(&mut world).await.unwrap();
    answers(&world, &phone).await;
    logs_in(&world, "green").await;
    assert_eq!(people(&world).await, everybody);
}

#[tokio::test]
async fn a_declaration_that_is_sent_again_after_a_change_of_keys_is_the_same_one() {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    phone
        .consent(
            &world,
            liangma_wire::consent::Purpose::HealthDeclaration,
            true,
        )
        .await;
    let body = json!({
        "temperature_tenths": 366,
        "symptoms": [],
        "high_risk_contact": false,
        "observed_at": world.now(),
    });
    let first = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "once")
        .await;
    let first: serde_json::Value = first.json();
    add(&world, KeyKind::Master);
    tick(&world).await;
    let again: serde_json::Value = phone
        .write_with(&world, DECLARE_HEALTH_PATH, &body, "once")
        .await
        .json();
    assert_eq!(again, first);
}
