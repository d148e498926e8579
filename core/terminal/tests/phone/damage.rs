//! A store that is flipped, cut, gone, newer, read-only, opened twice or put back: a clear state, never a
//! crash, never somebody else's data, and a way out that keeps the code.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use liangma_credential::{CheckerClock, TrustStore, Verdict, check};
use liangma_crypto::{Randomness as _, testing::SeededRandomness};
use liangma_domain::colour::Colour;
use liangma_terminal::{
    KeyState, NoticeKind, PlatformAddress, Repaired, ShowError, ShownCode, Stage, StoreError,
    Terminal, TerminalConfig, TerminalError, desktop::KeyFile, outbox::Sent, ports::KeyStore as _,
};
use liangma_wire::declaration::{DECLARE_HEALTH_PATH, HealthDeclaration, Symptom};

use crate::{World, log_in, platform::start};

mod put_back;

type Files = BTreeMap<String, Vec<u8>>;

fn fever() -> HealthDeclaration {
    HealthDeclaration {
        temperature_tenths: Some(385),
        symptoms: vec![Symptom::Fever],
        high_risk_contact: false,
        observed_at: start(),
    }
}

/// What a phone holds, to be compared.
#[derive(Debug, PartialEq)]
struct Held {
    stage: Stage,
    name: Option<String>,
    waiting: Vec<String>,
    consents: usize,
    draft: Option<String>,
    text: Option<String>,
}

async fn held(terminal: &Terminal) -> Held {
    let state = terminal.state().await.unwrap();
    Held {
        stage: state.stage,
        name: state.person.map(|person| person.name),
        waiting: state
            .outbox
            .into_iter()
            .map(|(_, entry)| entry.key)
            .collect(),
        consents: state.consents.len(),
        draft: terminal.draft("correction").await.unwrap(),
        text: terminal.show().ok().map(|shown| shown.text),
    }
}

fn put(world: &World, files: &Files) {
    for name in world.files().keys() {
        std::fs::remove_file(world.path().join(name)).unwrap();
    }
    for (name, bytes) in files {
        std::fs::write(world.path().join(name), bytes).unwrap();
    }
}

/// A phone with a code, a draft and a declaration that waits, as a kill leaves it: with a journal that was
/// not moved into the database yet.
struct Killed {
    world: World,
    files: Files,
    held: Held,
    shown: ShownCode,
}

impl Killed {
    async fn new() -> Self {
        let world = World::new().await;
        let terminal = world.ready().await;
        world.platform.state().lose_answers = Some((DECLARE_HEALTH_PATH.to_owned(), 1000));
        assert_eq!(
            terminal.declare_health(fever()).await.unwrap(),
            Sent::Waiting
        );
        terminal.keep_draft("correction", "草稿").await.unwrap();
        terminal.settle().await.unwrap();
        drop(terminal);
        let journal = rusqlite::Connection::open(world.path().join("store.db")).unwrap();
        journal
            .pragma_update(None, "wal_autocheckpoint", 0)
            .unwrap();
        let mut touched = "BEGIN;".to_owned();
        for table in ["single", "outbox", "draft", "credential"] {
            touched += &format!(
                "UPDATE {table} SET sealed = CAST(sealed || x'00' AS BLOB);
                 UPDATE {table} SET sealed = substr(sealed, 1, length(sealed) - 1);"
            );
        }
        journal.execute_batch(&(touched + "COMMIT")).unwrap();
        let mut files = world.files();
        files.remove("store.db-shm");
        assert!(files["store.db-wal"].len() > 10_000);
        drop(journal);
        put(&world, &files);
        let shown = world.shown_cold().unwrap();
        let held = held(&world.open().await).await;
        assert_eq!(held.stage, Stage::Ready);
        assert_eq!((held.waiting.len(), held.consents), (1, 1));
        Self {
            world,
            files,
            held,
            shown,
        }
    }

    /// Puts damaged files in place, and does what a person does: look, open, and repair where that is the way
    /// on.
    async fn meets(&self, damaged: &Files, file: &str, tally: &mut Tally) {
        put(&self.world, damaged);
        match self.world.shown_cold() {
            Ok(shown) => {
                assert_eq!(shown, self.shown);
                tally.shown += 1;
            }
            Err(error) => {
                let clear = matches!(
                    error,
                    ShowError::Damaged
                        | ShowError::FromNewerVersion
                        | ShowError::Keys(KeyState::Damaged)
                );
                assert!(clear, "{file}: {error:?}");
            }
        }
        match self.world.try_open().await {
            Ok(terminal) => {
                assert_eq!(held(&terminal).await, self.held, "{file}");
                drop(terminal);
                // What was damaged beside the database was made good.
                assert_eq!(self.world.shown_cold().unwrap(), self.shown, "{file}");
                tally.opened += 1;
            }
            Err(TerminalError::Store(error)) if error.may_repair() => {
                self.is_repaired(file, tally).await;
            }
            Err(TerminalError::Store(StoreError::FromNewerVersion)) => tally.newer += 1,
            Err(other) => panic!("{file}: {other:?}"),
        }
    }

    async fn is_repaired(&self, file: &str, tally: &mut Tally) {
        let (config, ports) = (self.world.config(), self.world.ports());
        let (terminal, repaired) = Terminal::repair(config, ports).await.unwrap();
        assert!(repaired.made_anew && repaired.code, "{file}: {repaired:?}");
        assert_eq!(terminal.show().unwrap().text, self.shown.text, "{file}");
        assert!(was_told(&terminal, NoticeKind::StoreRepaired).await);
        let after = held(&terminal).await;
        assert_eq!(after.name.is_some(), repaired.logged_in);
        assert!(after.name.is_none() || after.name == self.held.name);
        for kept in &after.waiting {
            assert!(self.held.waiting.contains(kept));
        }
        let missing = self.held.waiting.len() - after.waiting.len();
        assert!(
            missing == 0 || !repaired.whole || repaired.lost > 0,
            "what is gone is told: {repaired:?}"
        );
        tally.repaired += 1;
        tally.logged_in += usize::from(repaired.logged_in);
        tally.acts_kept += usize::from(missing == 0);
        drop(terminal);
        assert_eq!(held(&self.world.open().await).await, after);
    }
}

async fn was_told(terminal: &Terminal, kind: NoticeKind) -> bool {
    let notices = terminal.state().await.unwrap().notices;
    notices.iter().any(|notice| notice.kind == kind)
}

/// How often what happened.
#[derive(Debug, Default)]
struct Tally {
    /// The code was shown cold.
    shown: usize,
    /// Opened with everything in it.
    opened: usize,
    /// Opened after a repair, with the code.
    repaired: usize,
    /// Of those, still logged in.
    logged_in: usize,
    /// Of those, with everything that waited.
    acts_kept: usize,
    /// Taken for the file of a newer program.
    newer: usize,
}

#[tokio::test]
async fn a_thousand_flipped_bits_all_over_the_files_give_a_clear_state_and_lose_nothing_silently() {
    let phone = Killed::new().await;
    // The reserve is nothing but room; a place in it is drawn as rarely as in any other file.
    let names: Vec<&String> = phone
        .files
        .iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        names,
        [
            "copy-of-envelope-00000001",
            "envelope-00000001",
            "lit",
            "reserve",
            "store.db",
            "store.db-wal"
        ]
    );
    let weights = [1, 1, 3, 1, 8, 2];
    let places: Vec<&String> = names
        .iter()
        .zip(weights)
        .flat_map(|(name, weight)| std::iter::repeat_n(*name, weight))
        .collect();
    let randomness = SeededRandomness::new(20_220_401);
    let random = || {
        let mut bytes = [0; 8];
        randomness.fill(&mut bytes).unwrap();
        u64::from_be_bytes(bytes) as usize
    };
    let mut tally = Tally::default();
    for _ in 0..1000 {
        let name = places[random() % places.len()];
        let mut damaged = phone.files.clone();
        let bytes = damaged.get_mut(name).unwrap();
        let at = random() % bytes.len();
        bytes[at] ^= 1 << (random() % 8);
        phone
            .meets(&damaged, &format!("{name} at {at}"), &mut tally)
            .await;
    }
    println!("{tally:?}");
    assert_eq!(tally.opened + tally.repaired + tally.newer, 1000);
    assert!(tally.opened > 0 && tally.repaired > 0, "{tally:?}");
}

#[tokio::test]
async fn every_file_cut_at_many_places_gives_a_clear_state_and_keeps_the_code() {
    let phone = Killed::new().await;
    let mut tally = Tally::default();
    let mut cuts = 0;
    for (name, bytes) in phone.files.iter().filter(|(_, bytes)| !bytes.is_empty()) {
        let whole = bytes.len();
        let mut places: Vec<usize> = (0..20).map(|part| whole * part / 20).collect();
        places.extend([1, 100, 4096, 8192, whole - 1]);
        for at in places.into_iter().filter(|at| *at < whole) {
            let mut damaged = phone.files.clone();
            damaged.get_mut(name).unwrap().truncate(at);
            phone
                .meets(&damaged, &format!("{name} cut at {at}"), &mut tally)
                .await;
            cuts += 1;
        }
    }
    println!("{cuts} cuts: {tally:?}");
    assert_eq!(tally.newer, 0);
    assert_eq!(tally.opened + tally.repaired, cuts);
}

#[tokio::test]
async fn both_envelopes_gone_is_told_as_damage_and_begun_anew_only_by_wish() {
    let phone = Killed::new().await;
    let mut damaged = phone.files.clone();
    damaged.retain(|name, _| !name.contains("envelope"));
    put(&phone.world, &damaged);
    for _ in 0..3 {
        let error = phone.world.try_open().await.unwrap_err();
        assert_eq!(error.key_state(), Some(KeyState::Damaged));
        let mut after = phone.world.files();
        after.remove("lock");
        damaged.remove("lock");
        assert_eq!(after, damaged, "not a byte is changed");
    }
    let begun = Terminal::begin_anew(phone.world.config(), phone.world.ports());
    let terminal = begun.await.unwrap();
    log_in(&terminal).await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_never_replaced_by_an_empty_one() {
    let phone = Killed::new().await;
    let mut damaged = phone.files.clone();
    damaged.retain(|name, _| !name.starts_with("store.db"));
    for emptied in [false, true] {
        if emptied {
            damaged.insert("store.db".to_owned(), Vec::new());
        }
        put(&phone.world, &damaged);
        for _ in 0..3 {
            let refused = phone.world.try_open().await;
            assert!(matches!(
                refused,
                Err(TerminalError::Store(StoreError::Missing))
            ));
            assert_eq!(phone.world.files(), damaged, "not a byte is changed");
            assert_eq!(phone.world.shown_cold().unwrap(), phone.shown);
        }
    }
    // On the train: the code is there, everything else comes with a login.
    let (terminal, repaired) = Terminal::repair(phone.world.config(), phone.world.ports())
        .await
        .unwrap();
    let expected = Repaired {
        made_anew: true,
        code: true,
        ..Repaired::default()
    };
    assert_eq!(repaired, expected);
    assert_eq!(terminal.show().unwrap().text, phone.shown.text);
    assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
    log_in(&terminal).await;
    terminal.refresh().await.unwrap();
    assert_eq!(terminal.state().await.unwrap().stage, Stage::Ready);
}

#[tokio::test]
async fn a_first_start_that_is_killed_anywhere_is_made_good_by_the_next() {
    let world = World::new().await;
    drop(world.open().await);
    let whole = world.files();
    let without = |names: &[&str]| {
        let mut files = whole.clone();
        files.retain(|name, _| !names.contains(&name.as_str()));
        files
    };
    let mut empty = without(&["lit", "reserve"]);
    empty.insert("store.db".to_owned(), Vec::new());
    for killed in [
        without(&["lit"]),
        without(&["lit", "reserve"]),
        empty,
        without(&["lit", "reserve", "store.db"]),
        without(&["lit", "reserve", "store.db", "copy-of-envelope-00000001"]),
    ] {
        put(&world, &killed);
        let terminal = world.open().await;
        assert_eq!(terminal.state().await.unwrap().stage, Stage::LoggedOut);
        drop(terminal);
        let names: Vec<String> = world.files().into_keys().collect();
        assert_eq!(names, whole.keys().cloned().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_repair_that_is_stopped_anywhere_leaves_the_damaged_store_or_the_new_one() {
    let phone = Killed::new().await;
    let mut damaged = phone.files.clone();
    damaged.get_mut("store.db").unwrap()[4096..4196].fill(7);
    let journal = damaged.remove("store.db-wal").unwrap();
    put(&phone.world, &damaged);
    let repair = || Terminal::repair(phone.world.config(), phone.world.ports());
    let (terminal, _) = repair().await.unwrap();
    let after = held(&terminal).await;
    drop(terminal);
    let repaired = phone.world.files()["store.db"].clone();
    // Killed while the new one was written, when it was complete, and before the old journal went.
    for (name, bytes) in [
        ("rebuilt.db.new", &repaired[..5000]),
        ("rebuilt.db", &repaired[..]),
    ] {
        let mut killed = damaged.clone();
        killed.insert(name.to_owned(), bytes.to_vec());
        let complete = name == "rebuilt.db";
        if complete {
            // Played back into the new database, the old journal would damage it.
            killed.insert("store.db-wal".to_owned(), journal.clone());
        }
        put(&phone.world, &killed);
        assert_eq!(phone.world.shown_cold().unwrap(), phone.shown);
        let opened = phone.world.try_open().await;
        let terminal = if complete {
            opened.unwrap()
        } else {
            assert!(matches!(opened, Err(TerminalError::Store(error)) if error.may_repair()));
            repair().await.unwrap().0
        };
        assert_eq!(held(&terminal).await, after);
        drop(terminal);
        let names: Vec<String> = phone.world.files().into_keys().collect();
        assert!(!names.iter().any(|name| name.starts_with("rebuilt")));
    }
}

#[tokio::test]
async fn there_is_nothing_to_repair_in_a_store_that_is_well() {
    let phone = Killed::new().await;
    put(&phone.world, &phone.files);
    let (terminal, repaired) = Terminal::repair(phone.world.config(), phone.world.ports())
        .await
        .unwrap();
    assert_eq!(repaired, Repaired::default());
    assert_eq!(held(&terminal).await, phone.held);
}

#[tokio::test]
async fn what_waits_in_a_repaired_store_is_sent_once_and_under_no_other_name() {
    let phone = Killed::new().await;
    let mut damaged = phone.files.clone();
    // The last page of the database is one of a trust file; what was done is read.
    let database = damaged.get_mut("store.db").unwrap();
    let last = database.len() - 2000;
    database[last..].fill(9);
    damaged.remove("store.db-wal");
    put(&phone.world, &damaged);
    let (terminal, repaired) = Terminal::repair(phone.world.config(), phone.world.ports())
        .await
        .unwrap();
    assert_eq!((repaired.waiting, repaired.logged_in), (1, true));
    phone.world.platform.state().lose_answers = None;
    terminal.flush_outbox().await.unwrap();
    terminal.flush_outbox().await.unwrap();
    let writes = phone.world.platform.state().writes.len();
    assert_eq!(writes, 2, "the consent and the declaration, once each");
    terminal.refresh().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_told_whose_it_was_goes_out_under_no_name() {
    let phone = Killed::new().await;
    let mut damaged = phone.files.clone();
    // The file that knows the person is gone, and so is the row.
    damaged.remove("lit");
    damaged.remove("store.db-wal");
    put(&phone.world, &damaged);
    let database = rusqlite::Connection::open(phone.world.path().join("store.db")).unwrap();
    let removed = database
        .execute(
            "UPDATE single SET row = row || '?' WHERE row IN ('person', 'session')",
            [],
        )
        .unwrap();
    assert_eq!(removed, 2);
    drop(database);
    let (terminal, repaired) = Terminal::repair(phone.world.config(), phone.world.ports())
        .await
        .unwrap();
    assert_eq!((repaired.lost, repaired.waiting), (2, 1));
    assert!(!repaired.logged_in && repaired.code);
    let seen = held(&terminal).await;
    assert_eq!(
        (seen.waiting, seen.draft),
        (phone.held.waiting, phone.held.draft)
    );
    phone.world.platform.state().lose_answers = None;
    let asked = || phone.world.platform.state().asked[DECLARE_HEALTH_PATH];
    let before = asked();
    log_in(&terminal).await;
    terminal.flush_outbox().await.unwrap();
    assert_eq!(asked(), before, "nothing went out");
    assert!(held(&terminal).await.waiting.is_empty());
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_told_left_alone_and_shown() {
    let phone = Killed::new().await;
    put(&phone.world, &phone.files);
    let database = rusqlite::Connection::open(phone.world.path().join("store.db")).unwrap();
    database.pragma_update(None, "user_version", 99).unwrap();
    drop(database);
    let files = phone.world.files();
    for _ in 0..3 {
        let refused = phone.world.try_open().await;
        assert!(matches!(
            refused,
            Err(TerminalError::Store(StoreError::FromNewerVersion))
        ));
        let repaired = Terminal::repair(phone.world.config(), phone.world.ports()).await;
        assert!(matches!(
            repaired,
            Err(TerminalError::Store(StoreError::FromNewerVersion))
        ));
        assert_eq!(phone.world.files(), files, "not a byte is changed");
        assert_eq!(phone.world.shown_cold().unwrap(), phone.shown);
    }
}

/// A phone whose keys lie in a file, so that other processes have them too.
struct Shared {
    world: World,
    keys: tempfile::TempDir,
}

impl Shared {
    async fn new() -> Self {
        let mut world = World::new().await;
        let keys = tempfile::tempdir().unwrap();
        world.other_keys = Some(Arc::new(
            KeyFile::new(&keys.path().join("keys.json")).unwrap(),
        ));
        std::fs::write(keys.path().join("root"), world.platform.root()).unwrap();
        Self { world, keys }
    }

    fn process(&self, does: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["damage::a_process_of_its_own", "--exact", "--ignored"])
            .arg("--nocapture")
            .env("LIANGMA_TEST_DOES", does)
            .env("LIANGMA_TEST_STORE", self.world.path())
            .env("LIANGMA_TEST_KEYS", self.keys.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        command
    }

    /// What a process says that does one thing and ends.
    fn says(&self, does: &str) -> String {
        said(self.process(does).spawn().unwrap())
    }
}

fn said(mut process: Child) -> String {
    drop(process.stdin.take());
    let mut all = String::new();
    let out = process.stdout.as_mut().unwrap();
    out.read_to_string(&mut all).unwrap();
    process.wait().unwrap();
    let line = all.lines().find_map(|line| line.split("says: ").nth(1));
    line.unwrap_or_else(|| panic!("{all}")).to_owned()
}

#[tokio::test]
#[ignore = "a part of other tests, which start it as a process of its own"]
async fn a_process_of_its_own() {
    let Ok(does) = std::env::var("LIANGMA_TEST_DOES") else {
        return;
    };
    let path = |name: &str| std::path::PathBuf::from(std::env::var(name).unwrap());
    let mut world = World::new().await;
    let (store, keys) = (path("LIANGMA_TEST_STORE"), path("LIANGMA_TEST_KEYS"));
    world.other_keys = Some(Arc::new(KeyFile::new(&keys.join("keys.json")).unwrap()));
    let config = TerminalConfig {
        folder: store.clone(),
        platform: PlatformAddress::loopback("http://127.0.0.1:9"),
        root: std::fs::read(keys.join("root")).unwrap(),
    };
    if does == "show" {
        let shown = liangma_terminal::show_code(
            &store,
            world.key_store().as_ref(),
            world.clocks.as_ref(),
            world.clocks.as_ref(),
        );
        return println!("says: {:?}", shown.map(|shown| shown.text));
    }
    match Terminal::open(config, world.ports()).await {
        Ok(terminal) => {
            terminal.keep_draft(&does, &does).await.unwrap();
            println!("says: open");
            let mut wait = Vec::new();
            std::io::stdin().read_to_end(&mut wait).unwrap();
        }
        Err(error) => println!("says: {error:?}"),
    }
}

#[tokio::test]
async fn of_two_processes_at_once_one_has_the_store_and_both_show_the_code() {
    let phone = Shared::new().await;
    let terminal = phone.world.ready().await;
    let text = terminal.show().unwrap().text;
    assert_eq!(phone.says("draft"), "Store(InUse)");
    assert_eq!(phone.says("show"), format!("Ok({text:?})"));
    terminal.keep_draft("correction", "草稿").await.unwrap();
    drop(terminal);

    // The other way round; and what a killed process had is free at once.
    let mut other = phone.process("held").spawn().unwrap();
    let mut out = BufReader::new(other.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("says: open") {
        line.clear();
        assert_ne!(out.read_line(&mut line).unwrap(), 0);
    }
    let refused = phone.world.try_open().await;
    assert!(matches!(
        refused,
        Err(TerminalError::Store(StoreError::InUse))
    ));
    for operation in [
        Terminal::begin_anew(phone.world.config(), phone.world.ports())
            .await
            .err(),
        Terminal::repair(phone.world.config(), phone.world.ports())
            .await
            .err(),
    ] {
        assert!(matches!(
            operation,
            Some(TerminalError::Store(StoreError::InUse))
        ));
    }
    assert_eq!(phone.world.shown_cold().unwrap().text, text);
    other.kill().unwrap();
    other.wait().unwrap();
    let terminal = phone.world.open().await;
    for (name, expected) in [("correction", "草稿"), ("held", "held")] {
        let draft = terminal.draft(name).await.unwrap();
        assert_eq!(draft.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn first_starts_at_once_make_one_installation() {
    for _ in 0..5 {
        let phone = Shared::new().await;
        let starts: Vec<(String, Child)> = (0..4)
            .map(|number| format!("start-{number}"))
            .map(|name| (name.clone(), phone.process(&name).spawn().unwrap()))
            .collect();
        let mut opened = Vec::new();
        for (name, process) in starts {
            let said = said(process);
            if said == "open" {
                opened.push(name);
            } else {
                assert_eq!(said, "Store(InUse)");
            }
        }
        assert!(!opened.is_empty());
        let terminal = phone.world.open().await;
        for name in opened {
            let draft = terminal.draft(&name).await.unwrap();
            assert_eq!(draft.as_deref(), Some(name.as_str()), "acknowledged");
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_can_only_be_read_is_told_and_the_code_is_shown() {
    use std::os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    };
    const NOBODY: u32 = 65_534;
    let phone = Shared::new().await;
    let terminal = phone.world.ready().await;
    let text = terminal.show().unwrap().text;
    drop(terminal);
    let root = std::fs::metadata(phone.world.path()).unwrap().uid() == 0;
    let set = |path: &Path, mode: u32| {
        if root {
            // Who may do everything is stopped by no permission: the other process is nobody.
            chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let says = |does: &str| {
        let mut process = phone.process(does);
        if root {
            process.uid(NOBODY).gid(NOBODY);
        }
        said(process.spawn().unwrap())
    };
    let every = |folder: &Path, mode: u32| {
        for entry in std::fs::read_dir(folder).unwrap() {
            set(&entry.unwrap().path(), mode);
        }
    };
    set(phone.keys.path(), 0o700);
    every(phone.keys.path(), 0o600);
    let files = phone.world.files();
    // Files alone, then the folder with them, then the folder alone.
    for (of_folder, of_files) in [(0o700, 0o400), (0o500, 0o400), (0o500, 0o600)] {
        every(phone.world.path(), of_files);
        set(phone.world.path(), of_folder);
        assert_eq!(
            says("draft"),
            "Store(ReadOnly)",
            "{of_folder:o} {of_files:o}"
        );
        assert_eq!(says("show"), format!("Ok({text:?})"));
        assert_eq!(phone.world.files(), files, "not a byte is changed");
        set(phone.world.path(), 0o700);
    }
    every(phone.world.path(), 0o600);
    assert_eq!(says("draft"), "open");
}
