//! Backups that are made while the platform runs, what is not restored, and what follows from a restore.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{body::Body, http::StatusCode};
use jiff::SignedDuration;
use liangma_credential::{CheckerClock, Hour, TrustStore, Verdict, check};
use liangma_platform::{
    Audit, BackupError, MasterKeySource, Mode, ModeOrder, PlatformConfig, audit, backup,
    order_mode, restore, sandbox::SandboxAuthority,
};
use liangma_wire::{
    code::MAKE_CODE_PATH,
    declaration::QUERY_PATH,
    device::{DEVICE_END_PATH, DEVICES_PATH, DeviceStanding, DevicesResponse},
    trust::{ISSUERS_PATH, PROFILE_PATH, RECALL_PATH, ROOT_PATH, RULES_PATH, TIMESTAMP_PATH},
};
use rusqlite::Connection;
use serde_json::json;

use crate::{
    evidence::{entry, positive, submit},
    folder::copy,
    harness::{Phone, World, new_chain},
    life::shown,
};

/// Restores a backup beside the keys of the folder that it is from.
fn restored(file: &Path, from: &Path, to: &Path) {
    restore(file, to).unwrap();
    for name in ["master.key", "keys", "sandbox"] {
        copy(&from.join(name), &to.join(name));
    }
}

fn audited(folder: &Path) -> Audit {
    audit(&PlatformConfig {
        data_dir: folder.to_owned(),
        profile: "zhejiang-2020".to_owned(),
        name: "audited".to_owned(),
        sandbox: true,
        emergency: false,
        strips_per_device: None,
        master_key: MasterKeySource::DataFolder,
        trusted_proxies: Vec::new(),
        limits: liangma_platform::Limits::default(),
        principals: Vec::new(),
    })
    .unwrap()
}

#[tokio::test]
async fn a_backup_is_of_one_moment_while_others_write() {
    let world = Arc::new(World::new().await);
    let phones = [
        Phone::verified(&world, "green").await,
        Phone::verified(&world, "elder").await,
    ];
    let done = Arc::new(AtomicBool::new(false));
    let writing: Vec<_> = phones
        .into_iter()
        .map(|phone| {
            let (world, done) = (world.clone(), done.clone());
            tokio::spawn(async move {
                let (mut phone, mut made) = (phone, 0_u32);
                // No more strips than one device may have alive, and then the hours of the last.
                while !done.load(Ordering::Relaxed) {
                    let first = Hour::of(world.now());
                    let hours = 1 + made % 24;
                    let begins = hours == 1 && made < 24 * 6;
                    if begins {
                        phone.chain = new_chain(&world);
                    }
                    let request = phone.make_code_request(first, hours, begins);
                    assert_eq!(
                        phone.make_code(&world, &request).await.status,
                        StatusCode::OK
                    );
                    made += 1;
                }
                made
            })
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let data = world.options.data_dir.clone();
    let mut strips = 0;
    for number in 0..6 {
        let now = world.now();
        let rows = [entry("child", now, positive())];
        submit(
            &world,
            SandboxAuthority::Laboratory,
            number,
            "keep_none",
            &rows,
        )
        .await;
        let file = folder.path().join(format!("{number}.backup"));
        let (from, to) = (data.clone(), file.clone());
        tokio::task::spawn_blocking(move || backup(&from, &to))
            .await
            .unwrap()
            .unwrap();
        let other = folder.path().join(number.to_string());
        restored(&file, &data, &other);
        let found = audited(&other);
        assert!(found.faults.is_empty(), "{:?}", found.faults);
        assert!(found.strips >= strips && found.evidence > usize::from(number));
        strips = found.strips;
    }
    done.store(true, Ordering::Relaxed);
    for writer in writing {
        assert!(writer.await.unwrap() > 0);
    }
    assert!(strips > 0, "there was something to be torn");
}

/// A backup of a platform on which something happened.
async fn some_backup(folder: &Path) -> PathBuf {
    let world = World::new().await;
    let phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    let file = folder.join("whole.backup");
    backup(&world.options.data_dir, &file).unwrap();
    file
}

/// Everything in a database that is restored, in words.
fn contents(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut tables = connection
        .prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('restored', 'copy')
             ORDER BY name",
        )
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let mut all = Vec::new();
    for table in tables {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM \"{table}\" NOT INDEXED"))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..columns).map(|n| row.get_ref(n).unwrap()).collect();
            all.push(format!("{table}: {values:?}"));
        }
    }
    all
}

#[cfg(unix)]
#[tokio::test]
async fn backups_and_what_is_restored_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = some_backup(folder.path()).await;
    let to = folder.path().join("restored");
    restore(&file, &to).unwrap();
    let others = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o077;
    assert_eq!(others(&file), 0);
    assert_eq!(others(&to), 0);
    assert_eq!(others(&to.join("platform.sqlite")), 0);
}

#[tokio::test]
async fn a_backup_that_was_damaged_anywhere_is_refused_or_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = some_backup(folder.path()).await;
    let whole = std::fs::read(&file).unwrap();
    let reference = folder.path().join("reference");
    restore(&file, &reference).unwrap();
    let reference = contents(&reference.join("platform.sqlite"));
    let damaged = folder.path().join("damaged.backup");
    let mut refused = 0;
    let places = 120;
    // Most of a small database is room that nothing stands in.
    let written: Vec<usize> = (0..whole.len()).filter(|at| whole[*at] != 0).collect();
    for number in 0..places {
        let mut bytes = whole.clone();
        let at = written[number * written.len() / places];
        bytes[at] ^= 1 << (number % 8);
        std::fs::write(&damaged, &bytes).unwrap();
        let to = folder.path().join(format!("to-{number}"));
        match restore(&damaged, &to) {
            Err(BackupError::Storage(_)) => {
                refused += 1;
                assert!(!to.join("platform.sqlite").exists());
            }
            // A bit between two rows, or in the head, that says nothing.
            Ok(()) => assert!(
                contents(&to.join("platform.sqlite")) == reference,
                "at {at}"
            ),
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > places * 3 / 4, "only {refused} were seen");
}

#[tokio::test]
async fn a_backup_that_is_cut_off_foreign_or_newer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = some_backup(folder.path()).await;
    let whole = std::fs::read(&file).unwrap();
    let other = folder.path().join("other.backup");
    let to = folder.path().join("to");
    let refused = || {
        assert!(matches!(restore(&other, &to), Err(BackupError::Storage(_))));
        assert!(!to.join("platform.sqlite").exists());
    };
    for length in [0, 1, 99, 100, 4096, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&other, &whole[..length]).unwrap();
        println!("cut off at {length}");
        refused();
    }
    let changes = [
        "PRAGMA user_version = 999",
        "PRAGMA user_version = 0",
        "PRAGMA application_id = 7",
        "DROP TABLE trust_file",
        "DELETE FROM recall",
    ];
    for change in changes {
        std::fs::write(&other, &whole).unwrap();
        Connection::open(&other)
            .unwrap()
            .execute_batch(&format!("PRAGMA foreign_keys = OFF; {change};"))
            .unwrap();
        refused();
    }
    std::fs::remove_file(&other).unwrap();
    let foreign = Connection::open(&other).unwrap();
    foreign
        .execute_batch("CREATE TABLE trust_file (a); PRAGMA user_version = 3;")
        .unwrap();
    drop(foreign);
    refused();
}

#[tokio::test]
async fn nothing_is_ever_overwritten_and_nothing_half_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let file = some_backup(folder.path()).await;
    let before = std::fs::read(&file).unwrap();
    for there in [
        "platform.sqlite",
        "platform.sqlite-wal",
        "platform.sqlite-shm",
    ] {
        let to = folder.path().join(there);
        std::fs::create_dir(&to).unwrap();
        std::fs::write(to.join(there), b"mine").unwrap();
        assert!(matches!(restore(&file, &to), Err(BackupError::Exists(_))));
        assert_eq!(std::fs::read(to.join(there)).unwrap(), b"mine");
        assert_eq!(std::fs::read_dir(&to).unwrap().count(), 1);
    }
    let to = folder.path().join("to");
    std::fs::create_dir(&to).unwrap();
    // Left by a restore that was cut off.
    std::fs::write(to.join("platform.sqlite.part"), b"half").unwrap();
    restore(&file, &to).unwrap();
    assert_eq!(std::fs::read_dir(&to).unwrap().count(), 1);
    assert!(matches!(backup(&to, &file), Err(BackupError::Exists(_))));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

const FILES: [&str; 5] = [
    TIMESTAMP_PATH,
    ISSUERS_PATH,
    RECALL_PATH,
    RULES_PATH,
    PROFILE_PATH,
];

/// Brings a checker up to date, as one that has seen earlier files.
async fn update(world: &World, checker: &mut TrustStore) {
    for path in FILES {
        let file = world.get(path).await.body;
        let updated = checker.update(&file, world.now());
        assert!(updated.is_ok(), "{path}: {updated:?}");
    }
}

fn verdict(world: &World, phone: &Phone, credential: &[u8], checker: &TrustStore) -> Verdict {
    let text = shown(world, phone, credential);
    check(&text, checker, CheckerClock::trusted(world.now())).verdict
}

#[tokio::test]
async fn after_a_restore_checkers_go_on_and_nothing_that_was_forgotten_is_good() {
    let mut world = World::new().await;
    let mut phone = Phone::verified(&world, "green").await;
    let first = Hour::of(world.now());
    let before_backup = phone.make_code_request(first, 24, true);
    phone.made(&world, &before_backup).await;
    let mut checker = TrustStore::from_root(&world.get(ROOT_PATH).await.body).unwrap();
    update(&world, &mut checker).await;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let data = world.options.data_dir.clone();
    backup(&data, &file).unwrap();

    // Time goes on: lists are issued, a strip is signed, a nonce is spent, somebody is recalled.
    for _ in 0..6 {
        world.advance(SignedDuration::from_mins(20).as_secs());
        world.sandbox.platform.tick().await.unwrap();
    }
    let first = Hour::of(world.now());
    phone.chain = new_chain(&world);
    let lost = phone.make_code_request(first, 24, true);
    let body = minicbor::to_vec(&lost).unwrap();
    let request = || async {
        phone
            .request(&world, MAKE_CODE_PATH, "application/cbor", body.clone())
            .await
    };
    let signed = request().await.body(Body::from(body.clone())).unwrap();
    let (parts, _) = signed.into_parts();
    let replayed = || {
        let mut again = axum::http::Request::new(Body::from(body.clone()));
        *again.method_mut() = parts.method.clone();
        *again.uri_mut() = parts.uri.clone();
        *again.headers_mut() = parts.headers.clone();
        again
    };
    let answer = world.send(replayed()).await;
    let made: liangma_wire::code::MakeCodeResponse = minicbor::decode(&answer.body).unwrap();
    let lost_credential = made.credentials[0].to_vec();
    let rows = [entry("elder", world.now(), positive())];
    let elder = Phone::verified(&world, "elder").await;
    elder
        .made(&world, &elder.make_code_request(first, 24, true))
        .await;
    submit(&world, SandboxAuthority::Laboratory, 1, "keep_none", &rows).await;
    update(&world, &mut checker).await;
    assert_eq!(
        verdict(&world, &phone, &lost_credential, &checker),
        Verdict::Genuine
    );

    let other = folder.path().join("data");
    restored(&file, &data, &other);
    world.options.data_dir = other.clone();
    world.advance(60);
    world.restart().await;

    // A checker that has seen the later lists takes each list, and no strip from before.
    update(&world, &mut checker).await;
    assert_eq!(
        verdict(&world, &phone, &lost_credential, &checker),
        Verdict::UnknownIssuer
    );
    assert_eq!(
        world.send(replayed()).await.code(),
        "nonce_not_accepted",
        "also what was spent after the backup"
    );
    assert_eq!(
        phone
            .make_code(&world, &phone.make_code_request(first, 24, false))
            .await
            .code(),
        "strip_unknown",
        "the phone is told to begin anew"
    );
    let mut moved = before_backup.clone();
    moved.strip_begins = first.0;
    moved.first_hour = first.0;
    assert_eq!(
        phone.make_code(&world, &moved).await.code(),
        "recall_key_reused"
    );
    phone.chain = new_chain(&world);
    let made = phone
        .made(&world, &phone.make_code_request(first, 24, true))
        .await;
    assert_eq!(
        verdict(&world, &phone, &made.credentials[0], &checker),
        Verdict::Genuine,
        "by the key that was published ahead"
    );

    // Done once: another start goes on as it would have.
    let issuers = world.get(ISSUERS_PATH).await.body;
    world.restart().await;
    assert_eq!(world.get(ISSUERS_PATH).await.body, issuers);
    update(&world, &mut checker).await;
    let found = audited(&other);
    assert!(found.faults.is_empty(), "{:?}", found.faults);
}

#[tokio::test]
async fn a_device_that_a_restore_revived_is_seen_by_its_owner_and_ended_again() {
    let mut world = World::new().await;
    let stolen = Phone::verified(&world, "green").await;
    let other = Phone::verified(&world, "green").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let data = world.options.data_dir.clone();
    backup(&data, &file).unwrap();
    let end = json!({"device": stolen.login.device});
    let ended = async |world: &World| {
        let answer = other.write(world, DEVICE_END_PATH, &end).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(stolen.read(world, QUERY_PATH).await.code(), "session_ended");
    };
    ended(&world).await;

    let restored_to = folder.path().join("data");
    restored(&file, &data, &restored_to);
    world.options.data_dir = restored_to;
    world.advance(60);
    world.restart().await;
    assert_eq!(stolen.read(&world, QUERY_PATH).await.status, StatusCode::OK);
    let listed: DevicesResponse = other.read(&world, DEVICES_PATH).await.json();
    let revived = listed
        .devices
        .iter()
        .find(|device| device.device == stolen.login.device)
        .unwrap();
    assert_eq!(revived.standing, DeviceStanding::Verified);
    ended(&world).await;
}

#[tokio::test]
async fn after_a_restore_an_emergency_goes_on_with_its_order_and_not_without() {
    let mut world = World::new().await;
    let order = ModeOrder {
        mode: Mode::Emergency,
        by: "duty-officer".to_owned(),
        at: world.now(),
    };
    order_mode(&world.options.data_dir, &order).unwrap();
    world.sandbox.platform.follow_order().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup");
    let data = world.options.data_dir.clone();
    backup(&data, &file).unwrap();
    for (kept, mode) in [
        (vec!["mode.json", "mode.in-force.json"], Mode::Emergency),
        (vec!["mode.json"], Mode::Emergency),
        (vec!["mode.in-force.json"], Mode::Emergency),
        (vec![], Mode::Normal),
    ] {
        let to = folder.path().join(kept.concat() + "data");
        restored(&file, &data, &to);
        for name in &kept {
            copy(&data.join(name), &to.join(name));
        }
        world.options.data_dir = to;
        world.restart().await;
        assert_eq!(world.sandbox.platform.mode(), mode, "{kept:?}");
    }
}
