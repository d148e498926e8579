//! How far a change of the store's keys is, for an operator, beside a platform that may be running.

use std::path::Path;

use jiff::Timestamp;

use crate::{
    backup::DATABASE,
    key_ring::KeyRing,
    platform::{OpenError, time},
    rotation::fit,
    storage::{KeyKind, read_key_work, read_ring_keys},
};

/// One key of the ring, or one that the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyState {
    /// What it is for.
    pub kind: KeyKind,
    /// Its number; 0 stands for what was made before keys had numbers.
    pub number: u16,
    /// Whether it is in the ring that was given.
    pub given: bool,
    /// From when on the ring says it is in use.
    pub from: Option<Timestamp>,
    /// Since when it was in use on this store.
    pub since: Option<Timestamp>,
    /// Whether it is the one in use.
    pub in_use: bool,
    /// Since when nothing needs it any more: from then on it may be removed and destroyed.
    pub retired_at: Option<Timestamp>,
}

/// How far a change of keys is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Every key, by kind and number.
    pub keys: Vec<KeyState>,
    /// Sealed values that have yet to go over to the master key in use, by place.
    pub sealed_left: Vec<(&'static str, u64)>,
    /// People who have yet to go over to the look-up key in use.
    pub people_left: u64,
    /// Of these, people of whom nothing but the mark is known: they go over when they are next seen.
    pub people_by_mark_alone: u64,
    /// Phones that would have to log in again if master key 1 were destroyed now: they have not asked for
    /// anything since before keys had numbers.
    pub sessions_left: u64,
}

/// Looks how far a change of keys is.
///
/// # Errors
/// [`OpenError`]: the ring lacks a key that is needed, or has another one under its number; or the database
/// cannot be read.
pub fn key_status(data_dir: &Path, ring: &KeyRing, now: Timestamp) -> Result<KeyStatus, OpenError> {
    let file = data_dir.join(DATABASE);
    let known = read_ring_keys(&file)?;
    fit(ring, &known, now)?;
    let in_use = |kind| {
        known
            .iter()
            .filter(|row| row.kind == kind && row.retired_at.is_none())
            .map(|row| row.number)
            .max()
            .unwrap_or(0)
    };
    let (master, lookup) = (in_use(KeyKind::Master), in_use(KeyKind::Lookup));
    let (known, work) = read_key_work(&file, master, lookup)?;
    let mut keys: Vec<KeyState> = known
        .iter()
        .map(|row| KeyState {
            kind: row.kind,
            number: row.number,
            given: false,
            from: None,
            since: Some(time(row.since)),
            in_use: row.number == in_use(row.kind),
            retired_at: row.retired_at.map(time),
        })
        .collect();
    for kind in [KeyKind::Master, KeyKind::Lookup] {
        for (number, from) in ring.numbers(kind) {
            match keys
                .iter_mut()
                .find(|key| key.kind == kind && key.number == number)
            {
                Some(key) => (key.given, key.from) = (true, from),
                None => keys.push(KeyState {
                    kind,
                    number,
                    given: true,
                    from,
                    since: None,
                    in_use: false,
                    retired_at: None,
                }),
            }
        }
    }
    keys.sort_by_key(|key| (key.kind, key.number));
    Ok(KeyStatus {
        keys,
        sealed_left: work
            .sealed
            .into_iter()
            .map(|(place, count)| (place.name(), count))
            .collect(),
        people_left: work.people,
        people_by_mark_alone: work.people_by_mark_alone,
        sessions_left: work.keyed_sessions,
    })
}

impl KeyStatus {
    /// What has yet to go over, altogether.
    #[must_use]
    pub fn left(&self) -> u64 {
        let sealed: u64 = self.sealed_left.iter().map(|(_, count)| count).sum();
        sealed + self.people_left
    }

    /// Whether a key may be removed and destroyed.
    #[must_use]
    pub fn may_be_removed(&self, kind: KeyKind, number: u16) -> bool {
        self.keys.iter().any(|key| {
            (key.kind, key.number) == (kind, number)
                && !key.in_use
                && (key.retired_at.is_some() || key.since.is_none())
        }) && !self.needs_first_master(kind, number)
    }

    /// What was made before keys had numbers rests on master key 1.
    fn needs_first_master(&self, kind: KeyKind, number: u16) -> bool {
        (kind, number) == (KeyKind::Master, 1)
            && self
                .keys
                .iter()
                .any(|key| key.number == 0 && key.retired_at.is_none())
    }
}
