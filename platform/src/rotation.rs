//! Changing the keys of the store while it runs.
//!
//! The ring is read again at every tick, so that a new key needs no restart. A key is noted in the store
//! before it seals anything; from then on the platform opens only with every key that is still needed, so
//! that one that was lost or taken away too early is told by its number. What another key sealed or
//! marked goes over in small batches, from the beginning again after a kill: what went over stays over.
//! A key is retired when a whole pass found nothing more of it and its short-lived marks have run out.

use jiff::Timestamp;
use liangma_crypto::{SealError, SealingKey, SealingRing};
use liangma_domain::person::PersonId;
use zeroize::Zeroizing;

use crate::{
    error::Failure,
    key_ring::KeyRing,
    platform::{OpenError, Platform},
    storage::{KeyKind, Resealed, RingKeyRow, Storage},
    vault::{Place, VaultKeys, for_marks, mark_with},
};

/// Rows that are looked at in one step, and steps in one tick.
const PAGE: u32 = 256;
const PAGES_PER_TICK: usize = 64;
/// What was begun with the key before has been written after this, also by another process.
const SETTLED_SECONDS: i64 = 120;
/// Short-lived marks have run out after this: the longest counts for a day.
const MARKS_LIVE_SECONDS: i64 = 25 * 3_600;

/// How far the passes are.
#[derive(Default)]
pub(crate) struct Rotation {
    sealed: SealedPass,
    people: PeoplePass,
}

#[derive(Default)]
struct SealedPass {
    key: u16,
    began: i64,
    place: usize,
    cursor: Vec<u8>,
    /// Something was left for another pass.
    left: bool,
    /// A whole pass found nothing more of other keys.
    clean: bool,
}

#[derive(Default)]
struct PeoplePass {
    key: u16,
    began: i64,
    cursor: Option<PersonId>,
    left: bool,
    clean: bool,
}

/// The fingerprint by which a key is known again.
pub(crate) fn fingerprint(kind: KeyKind, number: u16, key: &SealingKey) -> Vec<u8> {
    mark_with(
        &for_marks(key),
        "fingerprint",
        &[kind.name().as_bytes(), &number.to_be_bytes()],
    )[..16]
        .to_vec()
}

/// The keys of a ring, once they are seen to be all that the store needs and noted in it.
pub(crate) async fn keys_for(
    ring: &KeyRing,
    storage: &dyn Storage,
    now: Timestamp,
) -> Result<VaultKeys, OpenError> {
    let known = storage.ring_keys().await?;
    let (keys, new) = fit(ring, &known, now)?;
    // Noted before anything is made with them.
    for key in new {
        storage.note_ring_key(key).await?;
    }
    Ok(keys)
}

/// Compares a ring with what a store needs: the keys, and those that are in use for the first time.
pub(crate) fn fit(
    ring: &KeyRing,
    known: &[RingKeyRow],
    now: Timestamp,
) -> Result<(VaultKeys, Vec<RingKeyRow>), OpenError> {
    let numbered = |kind| -> Vec<(u16, SealingKey)> {
        ring.secrets(kind)
            .map(|(number, secret)| (number, SealingKey::new(secret.clone())))
            .collect()
    };
    let master = numbered(KeyKind::Master);
    let mut lookup = numbered(KeyKind::Lookup);
    let first = master
        .iter()
        .find(|(number, _)| *number == 1)
        .map(|(_, key)| key.clone());
    let of_kind = |kind| {
        if kind == KeyKind::Master {
            &master
        } else {
            &lookup
        }
    };
    for row in known {
        let given = of_kind(row.kind)
            .iter()
            .find(|(number, _)| *number == row.number);
        match given {
            Some((_, key)) if fingerprint(row.kind, row.number, key) != row.fingerprint => {
                return Err(OpenError::KeyDiffers(row.kind, row.number));
            }
            None if row.retired_at.is_none() && row.number > 0 => {
                return Err(OpenError::KeyNeeded(row.kind, row.number));
            }
            // What was made before keys had numbers needs the first one.
            None if row.retired_at.is_none() && first.is_none() => {
                return Err(OpenError::KeyNeeded(KeyKind::Master, 1));
            }
            _ => {}
        }
    }
    // A clock that was set back does not bring an earlier key back into use.
    let in_use = |kind| {
        known
            .iter()
            .filter(|row| row.kind == kind && row.retired_at.is_none())
            .map(|row| row.number)
            .max()
            .unwrap_or(0)
            .max(ring.in_use(kind, now))
    };
    let (master_in_use, lookup_in_use) = (in_use(KeyKind::Master), in_use(KeyKind::Lookup));
    let find = |kind, number| {
        known
            .iter()
            .find(|row| row.kind == kind && row.number == number)
    };
    let retired =
        |number| find(KeyKind::Lookup, number).is_some_and(|row| row.retired_at.is_some());
    lookup.retain(|(number, _)| !retired(*number));
    let before_numbers = find(KeyKind::Lookup, 0);
    if lookup_in_use == 0 || before_numbers.is_some_and(|row| row.retired_at.is_none()) {
        let first = first
            .clone()
            .ok_or(OpenError::KeyNeeded(KeyKind::Master, 1))?;
        lookup.push((0, first));
    }
    let mut new = Vec::new();
    for (kind, number, keys) in [
        (KeyKind::Master, master_in_use, &master),
        (KeyKind::Lookup, lookup_in_use, &lookup),
    ] {
        let key = keys.iter().find(|(known, _)| *known == number);
        let (_, key) = key.ok_or(OpenError::KeyNeeded(kind, number))?;
        if find(kind, number).is_none() {
            new.push(RingKeyRow {
                kind,
                number,
                fingerprint: if number == 0 {
                    Vec::new()
                } else {
                    fingerprint(kind, number, key)
                },
                since: now.as_second(),
                retired_at: None,
            });
        }
    }
    let old_store = find(KeyKind::Master, 0).is_some();
    let keys = VaultKeys::new(
        master,
        master_in_use,
        lookup,
        lookup_in_use,
        first.filter(|_| old_store),
    )
    .ok_or(OpenError::KeyNeeded(KeyKind::Master, master_in_use))?;
    Ok((keys, new))
}

impl Platform {
    /// Reads the ring of keys again, and goes over to it. Called by every tick.
    ///
    /// # Errors
    /// [`OpenError`] when the ring cannot be read or lacks a key that is needed; then the keys stay as they
    /// were.
    pub async fn reload_keys(&self) -> Result<(), OpenError> {
        let ring = crate::platform::key_ring(&self.config, None)?;
        let keys = keys_for(&ring, &*self.storage, self.now()).await?;
        self.vault.take(keys);
        Ok(())
    }

    /// One step of a change of keys; nothing but a look where there is none.
    pub(crate) async fn rotate_keys(&self, now: Timestamp) -> Result<(), Failure> {
        if let Err(error) = self.reload_keys().await {
            // What is held still opens everything: the platform goes on with it, and says so.
            tracing::error!(%error, "the keys of the store could not be read again");
        }
        let mut rotation = self.rotation.lock().await;
        let known = self.storage.ring_keys().await?;
        self.reseal_some(&mut rotation.sealed, &known, now).await?;
        self.remark_some(&mut rotation.people, &known, now).await
    }

    async fn reseal_some(
        &self,
        pass: &mut SealedPass,
        known: &[RingKeyRow],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let key = self.vault.master_in_use();
        let Some((mut others, since)) = others(known, KeyKind::Master, key) else {
            return Ok(());
        };
        let at = now.as_second();
        if pass.key != key {
            *pass = SealedPass {
                key,
                began: at,
                ..SealedPass::default()
            };
        }
        for _ in 0..PAGES_PER_TICK {
            if pass.clean {
                break;
            }
            let Some(place) = Place::ALL.get(pass.place).copied() else {
                pass.clean = !pass.left && pass.began - since >= SETTLED_SECONDS;
                (pass.place, pass.left, pass.began) = (0, false, at);
                break;
            };
            let prefix = SealingRing::prefix(key).to_vec();
            let page = self
                .storage
                .sealed_page(place, std::mem::take(&mut pass.cursor), prefix, PAGE)
                .await?;
            let mut anew = Vec::with_capacity(page.rows.len());
            for row in page.rows {
                pass.left = true;
                match self.reseal(place, &row.row, &row.sealed) {
                    Ok(after) => anew.push(Resealed {
                        cursor: row.cursor,
                        before: row.sealed,
                        after,
                    }),
                    // One damaged row must not stop the others; its key stays needed.
                    Err(error) => {
                        tracing::error!(%error, place = place.name(), "a row does not go over to the new key");
                    }
                }
            }
            if !anew.is_empty() {
                self.storage.reseal(place, anew).await?;
            }
            match page.next {
                Some(next) => pass.cursor = next,
                None => pass.place += 1,
            }
        }
        if pass.clean && at - since >= MARKS_LIVE_SECONDS {
            if others_need_first_master(known) {
                others.retain(|number| *number != 1);
            }
            self.storage
                .retire_ring_keys(KeyKind::Master, others, at)
                .await?;
        }
        Ok(())
    }

    fn reseal(&self, place: Place, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let plain: Zeroizing<Vec<u8>> = self.vault.open(place, row, sealed)?;
        self.vault.seal(place, row, &plain, &*self.ports.randomness)
    }

    async fn remark_some(
        &self,
        pass: &mut PeoplePass,
        known: &[RingKeyRow],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let key = self.vault.lookup_in_use();
        let Some((others, since)) = others(known, KeyKind::Lookup, key) else {
            return Ok(());
        };
        let at = now.as_second();
        if pass.key != key {
            *pass = PeoplePass {
                key,
                began: at,
                ..PeoplePass::default()
            };
        }
        for _ in 0..PAGES_PER_TICK {
            let page = self.storage.people_page(pass.cursor, key, PAGE).await?;
            let mut marks = Vec::with_capacity(page.people.len());
            for person in page.people {
                pass.left = true;
                match self.document_of(person.person, &person.sealed) {
                    Ok(Some(document)) => {
                        let lookup = self.vault.lookup(&document);
                        if lookup.key == key {
                            marks.push((person.person, lookup.mark));
                        }
                    }
                    // Known by the mark alone, from before documents were kept: goes over when next seen.
                    Ok(None) => {}
                    Err(failure) => {
                        failure.into_problem();
                    }
                }
            }
            if !marks.is_empty() {
                self.storage.remark_people(key, marks).await?;
            }
            pass.cursor = page.next;
            if pass.cursor.is_none() {
                pass.clean = !pass.left && pass.began - since >= SETTLED_SECONDS;
                (pass.left, pass.began) = (false, at);
                break;
            }
        }
        if pass.clean {
            self.storage
                .retire_ring_keys(KeyKind::Lookup, others, at)
                .await?;
        }
        Ok(())
    }
}

/// The keys of a kind that are needed beside the one in use, and since when that is in use. `None` where
/// there are no others.
fn others(known: &[RingKeyRow], kind: KeyKind, in_use: u16) -> Option<(Vec<u16>, i64)> {
    let needed = || {
        known
            .iter()
            .filter(|row| row.kind == kind && row.retired_at.is_none())
    };
    let others: Vec<u16> = needed()
        .map(|row| row.number)
        .filter(|number| *number != in_use)
        .collect();
    let since = needed().find(|row| row.number == in_use)?.since;
    (!others.is_empty()).then_some((others, since))
}

/// Whether people are still looked up by a mark of the first master key.
fn others_need_first_master(known: &[RingKeyRow]) -> bool {
    known
        .iter()
        .any(|row| row.kind == KeyKind::Lookup && row.number == 0 && row.retired_at.is_none())
}
