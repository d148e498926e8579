//! Kills while the keys of the store change.
//!
//! The platform of the trial gets new keys now and then, under its phones. A copy of what a kill left gets
//! new keys again and again, is killed on its way to them, and has to arrive with everything in it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use liangma_crypto::SystemRandomness;
use liangma_platform::{KeyKind, KeyRing, KeyStatus, OpenError, key_status, ports::Clock as _};

use super::{
    Ground, free_port,
    killing::{Copy, MASTER_KEY, START_MAX, compare_copy, start_platform},
    text, words,
};
use crate::{
    Outcome,
    chance::Chance,
    database::{self, audit_faults},
    line::PlatformSetup,
};

/// The folder of the keys that sign, inside a data folder.
const ROLE_KEYS: &str = "keys";
const KINDS: [KeyKind; 2] = [KeyKind::Master, KeyKind::Lookup];
/// The most keys of a kind in the trial's own ring; one less than a ring can hold.
const KEYS: usize = 7;
/// How long a change may take that nobody kills.
const CHANGE_MAX: Duration = Duration::from_secs(60);
/// A change that is killed more often than this goes through unharmed.
const KILLS_OF_ONE: u32 = 12;

/// What `liangma keys add` does, beginning at once.
fn add(folder: &Path, kind: KeyKind, now: Timestamp) -> Outcome<u16> {
    let file = folder.join(MASTER_KEY);
    let mut ring = KeyRing::read(&file).map_err(words)?;
    let number = ring.add(kind, now, &SystemRandomness).map_err(words)?;
    ring.replace(&file).map_err(words)?;
    Ok(number)
}

/// Gives the platform that the phones use a new key for its next start, while its ring has room; whether it
/// did.
pub(super) fn change_of_the_trial(ground: &Ground, chance: &mut Chance) -> Outcome<bool> {
    let folder = Path::new(&ground.platform.folder);
    let kind = KINDS[usize::from(chance.percent(50))];
    let file = folder.join(MASTER_KEY);
    if !file.exists() || KeyRing::read(&file).map_err(words)?.numbers(kind).len() >= KEYS {
        return Ok(false);
    }
    add(folder, kind, ground.clock.now())?;
    Ok(true)
}

/// How far a change is in a folder that nobody has open.
fn status(ground: &Ground, folder: &Path) -> Outcome<KeyStatus> {
    let ring = KeyRing::read(&folder.join(MASTER_KEY)).map_err(words)?;
    key_status(folder, &ring, ground.clock.now()).map_err(words)
}

fn is_over(status: &KeyStatus, given: [(KeyKind, u16); 2]) -> bool {
    let in_use = given.iter().all(|(kind, number)| {
        let mut keys = status.keys.iter();
        keys.any(|key| (key.kind, key.number) == (*kind, *number) && key.in_use)
    });
    in_use && status.left() == 0
}

/// With which keys the database has to open and with which it must not, as `docs/OPERATIONS.md` says: with
/// all that were in use and are not retired; the one that is missing is named.
fn wrongly_opened(ground: &Ground, folder: &Path, status: &KeyStatus) -> Outcome<Option<String>> {
    for key in &status.keys {
        let mut ring = KeyRing::read(&folder.join(MASTER_KEY)).map_err(words)?;
        if key.number == 0 || !matches!(ring.remove(key.kind, key.number), Ok(true)) {
            continue;
        }
        let without = key_status(folder, &ring, ground.clock.now());
        let was_used = key.since.is_some() && key.retired_at.is_none();
        let as_documented = match &without {
            Err(OpenError::KeyNeeded(kind, number)) => {
                was_used && (*kind, *number) == (key.kind, key.number)
            }
            Ok(_) => !was_used,
            Err(_) => false,
        };
        if !as_documented {
            let opened = if without.is_ok() {
                "opens"
            } else {
                "does not open"
            };
            return Ok(Some(format!(
                "without the {} key {} it {opened}",
                key.kind, key.number
            )));
        }
    }
    Ok(None)
}

/// Changes of keys on copies, one after the other, on a thread of their own: phones and platform go on.
pub(super) struct Changes {
    to: mpsc::SyncSender<(Copy, PathBuf)>,
    work: thread::JoinHandle<Outcome<()>>,
}

impl Changes {
    pub(super) fn begin(ground: &Arc<Ground>) -> Self {
        // Nothing waits: a copy is taken when there is time for it.
        let (to, copies) = mpsc::sync_channel::<(Copy, PathBuf)>(0);
        let ground = ground.clone();
        let work = thread::spawn(move || {
            let mut chance = Chance::new(ground.seed, 4000);
            while let Ok((copy, folder)) = copies.recv() {
                kill_changes(&ground, &mut chance, &copy, &folder)?;
            }
            Ok(())
        });
        Self { to, work }
    }

    /// Offers what a kill left of a platform.
    pub(super) fn offer(&self, ground: &Ground, left: &Copy, platform: &Path) -> Outcome<()> {
        let folder = ground.at(&format!("keys-{}", left.number));
        database::copy(platform, database::PLATFORM, &folder)?;
        fs::copy(platform.join(MASTER_KEY), folder.join(MASTER_KEY)).map_err(words)?;
        let keys = folder.join(ROLE_KEYS);
        fs::create_dir(&keys).map_err(words)?;
        for file in fs::read_dir(platform.join(ROLE_KEYS)).map_err(words)? {
            let file = file.map_err(words)?;
            fs::copy(file.path(), keys.join(file.file_name())).map_err(words)?;
        }
        match self.to.try_send((left.clone(), folder)) {
            Ok(()) => Ok(()),
            Err(mpsc::TrySendError::Full((_, folder))) => fs::remove_dir_all(folder).map_err(words),
            Err(mpsc::TrySendError::Disconnected(_)) => Err("nobody changes keys".to_owned()),
        }
    }

    /// Lets the last one arrive.
    pub(super) fn end(self) -> Outcome<()> {
        drop(self.to);
        let ended = self.work.join();
        ended.map_err(|_| "a change of keys panicked".to_owned())?
    }
}

/// Changes both keys of a copy that a kill left, kills the platform on its way again and again, and lets it
/// arrive in the end.
fn kill_changes(
    ground: &Arc<Ground>,
    chance: &mut Chance,
    copy: &Copy,
    folder: &Path,
) -> Outcome<()> {
    let setup = PlatformSetup {
        folder: text(folder)?,
        port: free_port(200)?,
        ..ground.platform.clone()
    };
    let now = ground.clock.now();
    let given = [
        (KeyKind::Master, add(folder, KeyKind::Master, now)?),
        (KeyKind::Lookup, add(folder, KeyKind::Lookup, now)?),
    ];
    let fault = |what: String| {
        ground
            .hall
            .fault(format!("platform, its keys changing: {what}"));
    };
    ground.hall.count(|counts| counts.changes += 1);
    for _ in 0..KILLS_OF_ONE {
        let (mut process, serves) = start_platform(ground, &setup, false)?;
        if chance.percent(30) {
            // Into the opening, when new keys are noted.
            thread::sleep(chance.millis(0, 120));
        } else if serves.recv_timeout(START_MAX).is_err() {
            fault("it does not start again".to_owned());
            return Ok(());
        } else {
            // The first look after new keys is the first thing that it does.
            thread::sleep(chance.millis(0, 60));
        }
        if !ground.hall.take_kill() {
            process.kill();
            break;
        }
        if let Some(end) = process.kill() {
            fault(end);
        }
        let left = status(ground, folder)?;
        let over = is_over(&left, given);
        let begun = left
            .keys
            .iter()
            .any(|key| key.since.is_some() && given.contains(&(key.kind, key.number)));
        ground.hall.count(|counts| {
            counts.changing += 1;
            counts.restarts += 1;
            counts.half_way += u32::from(begun && !over);
        });
        if let Some(wrong) = wrongly_opened(ground, folder, &left)? {
            fault(wrong);
        }
        for what in compare_copy(ground, copy, folder)? {
            fault(what);
        }
        if over {
            break;
        }
    }
    arrive(ground, &setup, folder, given)?;
    for what in compare_copy(ground, copy, folder)? {
        fault(what);
    }
    for what in audit_faults(folder, &setup.principals)? {
        fault(what);
    }
    ground.hall.count(|counts| counts.audits += 1);
    fs::remove_dir_all(folder).map_err(words)
}

/// Nobody kills it any more: it goes on where the kill found it, to the end.
fn arrive(
    ground: &Arc<Ground>,
    setup: &PlatformSetup,
    folder: &Path,
    given: [(KeyKind, u16); 2],
) -> Outcome<()> {
    let (mut process, serves) = start_platform(ground, setup, false)?;
    let until = Instant::now() + CHANGE_MAX;
    let served = serves.recv_timeout(START_MAX).is_ok();
    let mut over = false;
    while served && !over && Instant::now() < until {
        over = is_over(&status(ground, folder)?, given);
        thread::sleep(Duration::from_millis(20));
    }
    process.kill();
    if over {
        ground.hall.count(|counts| counts.arrived += 1);
    } else {
        ground
            .hall
            .fault("platform: a change of keys that was killed does not go on".to_owned());
    }
    // What it left is read without its log of writes from here on.
    let file = folder.join(database::PLATFORM);
    rusqlite::Connection::open(file)
        .and_then(|c| c.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())))
        .map_err(words)
}
