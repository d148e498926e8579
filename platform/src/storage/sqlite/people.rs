//! People, logins, devices and consents.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, named_params, params};

use super::{
    keys::{find_person, keep_person},
    published::append_leaves,
    strips::{recall_strips, sees_all_hours},
};
use crate::storage::{
    AttemptRow, Bucket, ConsentRow, DeviceOutcome, DeviceRow, EndDevice, LeafRow, LoginRow,
    NonceRow, NoticeKind, NoticeRow, RegisteredRow, SealedPerson, Seat, Standing, StorageError,
    Tally,
};

pub(super) fn person_id(bytes: [u8; 16]) -> PersonId {
    PersonId::from_bytes(bytes)
}

pub(super) fn identity(c: &Connection, person: PersonId) -> Result<Option<Vec<u8>>, StorageError> {
    Ok(
        c.prepare_cached("SELECT sealed_identity FROM person WHERE id = ?1")?
            .query_row([person.as_bytes()], |row| row.get(0))
            .optional()?
            .flatten(),
    )
}

/// In how many seconds there is room again, where a bucket is full.
pub(super) fn full_for(
    c: &Connection,
    buckets: &[Bucket],
    at: i64,
) -> Result<Option<u32>, StorageError> {
    let mut wait = None;
    for bucket in buckets {
        let full: Option<i64> = c
            .prepare_cached(
                "SELECT ends_at FROM bucket WHERE key = ?1 AND ends_at > ?2 AND count >= ?3",
            )?
            .query_row(params![bucket.key, at, bucket.limit], |row| row.get(0))
            .optional()?;
        wait = wait.max(full.map(|ends_at| ends_at - at));
    }
    Ok(wait.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX).max(1)))
}

pub(super) fn count_in_buckets(
    t: &Transaction<'_>,
    buckets: &[Bucket],
    at: i64,
) -> Result<Option<u32>, StorageError> {
    if let Some(wait) = full_for(t, buckets, at)? {
        return Ok(Some(wait));
    }
    for bucket in buckets {
        count(t, bucket, 1, at)?;
    }
    Ok(None)
}

/// Adds to buckets, unless one of them would pass its limit: then nothing is added, and it is `false`.
pub(super) fn add_tallies(
    t: &Transaction<'_>,
    tallies: &[Tally],
    at: i64,
) -> Result<bool, StorageError> {
    for Tally { bucket, amount } in tallies {
        let before: u32 = t
            .prepare_cached("SELECT count FROM bucket WHERE key = ?1 AND ends_at > ?2")?
            .query_row(params![bucket.key, at], |row| row.get(0))
            .optional()?
            .unwrap_or(0);
        if before.saturating_add(*amount) > bucket.limit {
            return Ok(false);
        }
    }
    for Tally { bucket, amount } in tallies {
        count(t, bucket, *amount, at)?;
    }
    Ok(true)
}

fn count(t: &Transaction<'_>, bucket: &Bucket, amount: u32, at: i64) -> Result<(), StorageError> {
    t.prepare_cached(
        "INSERT INTO bucket (key, count, ends_at) VALUES (?1, ?4, ?2 + ?3)
         ON CONFLICT (key) DO UPDATE SET
             count = iif(ends_at > ?2, count + ?4, ?4),
             ends_at = iif(ends_at > ?2, ends_at, excluded.ends_at)",
    )?
    .execute(params![bucket.key, at, bucket.window_seconds, amount])?;
    Ok(())
}

pub(super) fn spend_nonce(
    t: &Transaction<'_>,
    nonce: NonceRow,
    leaves: &[LeafRow],
) -> Result<bool, StorageError> {
    let taken = t
        .prepare_cached("INSERT OR IGNORE INTO nonce (value, expires_at) VALUES (?1, ?2)")?
        .execute(params![nonce.value, nonce.expires_at])?;
    if taken == 1 {
        append_leaves(t, leaves)?;
    }
    Ok(taken == 1)
}

const ATTEMPT: &str = "id, person, device_key, code_hash, counter, expires_at";

fn read_attempt(row: &Row<'_>) -> rusqlite::Result<AttemptRow> {
    Ok(AttemptRow {
        id: row.get(0)?,
        person: row.get::<_, Option<[u8; 16]>>(1)?.map(person_id),
        device_key: row.get(2)?,
        code_hash: row.get(3)?,
        counter: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

pub(super) fn put_attempt(t: &Transaction<'_>, attempt: &AttemptRow) -> Result<(), StorageError> {
    t.prepare_cached(
        "INSERT INTO attempt (id, person, device_key, code_hash, counter, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        attempt.id,
        attempt.person.as_ref().map(|person| person.as_bytes()),
        attempt.device_key,
        attempt.code_hash,
        attempt.counter,
        attempt.expires_at,
    ])?;
    Ok(())
}

pub(super) fn conclude_attempt(
    t: &Transaction<'_>,
    id: [u8; 16],
    registered: Option<&RegisteredRow>,
) -> Result<bool, StorageError> {
    if let Some(row) = registered {
        let known = find_person(t, &row.lookup)?;
        if known.is_some_and(|known| known.person != row.person) {
            return Ok(false);
        }
        let sealed = SealedPerson {
            identity: Some(row.sealed_identity.clone()),
            document: None,
        };
        keep_person(t, &row.lookup, row.person, &sealed, row.at)?;
    }
    t.prepare_cached("UPDATE attempt SET person = ?2 WHERE id = ?1 AND consumed = 0")?
        .execute(params![
            id,
            registered.map(|row| row.person.as_bytes().as_slice())
        ])?;
    Ok(true)
}

pub(super) fn attempt(c: &Connection, id: [u8; 16]) -> Result<Option<AttemptRow>, StorageError> {
    Ok(
        c.prepare_cached(&format!("SELECT {ATTEMPT} FROM attempt WHERE id = ?1"))?
            .query_row([id], read_attempt)
            .optional()?,
    )
}

/// Whether an attempt is there that may be tried.
pub(super) fn may_try(
    c: &Connection,
    id: [u8; 16],
    tries: u8,
    at: i64,
) -> Result<bool, StorageError> {
    Ok(c.prepare_cached(
        "SELECT 1 FROM attempt
         WHERE id = ?1 AND tries < ?2 AND consumed = 0 AND expires_at > ?3",
    )?
    .exists(params![id, tries, at])?)
}

pub(super) fn try_attempt(
    t: &Transaction<'_>,
    id: [u8; 16],
    tries: u8,
    at: i64,
) -> Result<Option<AttemptRow>, StorageError> {
    Ok(t.prepare_cached(&format!(
        "UPDATE attempt SET tries = tries + 1
         WHERE id = ?1 AND tries < ?2 AND consumed = 0 AND expires_at > ?3 RETURNING {ATTEMPT}"
    ))?
    .query_row(params![id, tries, at], read_attempt)
    .optional()?)
}

pub(super) fn replace_attempt_code(
    t: &Transaction<'_>,
    id: [u8; 16],
    code_hash: [u8; 32],
    expires_at: i64,
) -> Result<bool, StorageError> {
    Ok(t.prepare_cached(
        "UPDATE attempt SET code_hash = ?2, expires_at = ?3 WHERE id = ?1 AND consumed = 0",
    )?
    .execute(params![id, code_hash, expires_at])?
        == 1)
}

const DEVICE: &str = "id, person, public_key, standing, enrolled_at";

fn read_device(row: &Row<'_>, first: usize) -> rusqlite::Result<DeviceRow> {
    Ok(DeviceRow {
        id: row.get(first)?,
        person: person_id(row.get(first + 1)?),
        public_key: row.get(first + 2)?,
        standing: match row.get::<_, u8>(first + 3)? {
            0 => Standing::Unverified,
            1 => Standing::Verified,
            _ => Standing::Ended,
        },
        enrolled_at: row.get(first + 4)?,
    })
}

pub(super) fn tell(
    t: &Transaction<'_>,
    device: [u8; 8],
    kind: NoticeKind,
    at: i64,
) -> Result<(), StorageError> {
    t.prepare_cached("INSERT INTO notice (device, kind, at) VALUES (?1, ?2, ?3)")?
        .execute(params![device, kind as u8, at])?;
    Ok(())
}

pub(super) fn complete_login(
    t: &Transaction<'_>,
    login: &LoginRow,
) -> Result<Option<DeviceRow>, StorageError> {
    let consumed = t
        .prepare_cached("UPDATE attempt SET consumed = 1 WHERE id = ?1 AND consumed = 0")?
        .execute([login.attempt])?;
    if consumed == 0 {
        return Ok(None);
    }
    let known = t
        .prepare_cached(&format!(
            "SELECT {DEVICE} FROM device WHERE person = ?1 AND public_key = ?2 AND standing <> 2"
        ))?
        .query_row(
            params![login.device.person.as_bytes(), login.device.public_key],
            |row| read_device(row, 0),
        )
        .optional()?;
    let device = match known {
        Some(device) => device,
        None => {
            t.prepare_cached(
                "INSERT INTO notice (device, kind, at)
                 SELECT id, ?2, ?3 FROM device WHERE person = ?1 AND standing <> 2",
            )?
            .execute(params![
                login.device.person.as_bytes(),
                NoticeKind::DeviceEnrolled as u8,
                login.at
            ])?;
            // An unverified device that never went on makes room for the next one.
            t.prepare_cached(
                "UPDATE session SET ended_at = ?2 WHERE ended_at IS NULL AND device IN
                     (SELECT id FROM device WHERE person = ?1 AND standing = 0)",
            )?
            .execute(params![login.device.person.as_bytes(), login.at])?;
            t.prepare_cached(
                "UPDATE device SET standing = 2, ended_at = ?2 WHERE person = ?1 AND standing = 0",
            )?
            .execute(params![login.device.person.as_bytes(), login.at])?;
            t.prepare_cached(&format!(
                "INSERT INTO device ({DEVICE}) VALUES (?1, ?2, ?3, ?4, ?5)"
            ))?
            .execute(params![
                login.device.id,
                login.device.person.as_bytes(),
                login.device.public_key,
                login.device.standing as u8,
                login.device.enrolled_at,
            ])?;
            login.device.clone()
        }
    };
    t.prepare_cached("UPDATE person SET left_at = NULL WHERE id = ?1")?
        .execute([device.person.as_bytes()])?;
    t.prepare_cached("UPDATE session SET ended_at = ?2 WHERE device = ?1 AND ended_at IS NULL")?
        .execute(params![device.id, login.at])?;
    t.prepare_cached(
        "INSERT INTO session (id, device, token_hash, created_at) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![
        login.session,
        device.id,
        login.token_hash,
        login.at
    ])?;
    Ok(Some(device))
}

/// The columns of a seat, of a session `s` and its device `d`.
pub(super) const SEAT: &str = "s.id, d.id, d.person, d.public_key, d.standing, d.enrolled_at";

pub(super) fn read_seat(row: &Row<'_>) -> rusqlite::Result<Seat> {
    Ok(Seat {
        session: row.get(0)?,
        device: read_device(row, 1)?,
    })
}

fn seat(c: &Connection, condition: &str, value: &[u8]) -> Result<Option<Seat>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {SEAT} FROM session s JOIN device d ON d.id = s.device
         WHERE {condition} = ?1 AND s.ended_at IS NULL AND d.standing <> 2"
    ))?
    .query_row([value], read_seat)
    .optional()?)
}

pub(super) fn seat_of_session(
    c: &Connection,
    session: [u8; 16],
) -> Result<Option<Seat>, StorageError> {
    seat(c, "s.id", &session)
}

pub(super) fn seat_of_token(
    c: &Connection,
    token_hash: [u8; 32],
) -> Result<Option<Seat>, StorageError> {
    seat(c, "s.token_hash", &token_hash)
}

pub(super) fn devices(c: &Connection, person: PersonId) -> Result<Vec<DeviceRow>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {DEVICE} FROM device WHERE person = ?1 ORDER BY enrolled_at DESC, id"
    ))?
    .query_map([person.as_bytes()], |row| read_device(row, 0))?
    .collect::<Result<_, _>>()?)
}

pub(super) fn notices(c: &Connection, device: [u8; 8]) -> Result<Vec<NoticeRow>, StorageError> {
    Ok(
        c.prepare_cached("SELECT kind, at FROM notice WHERE device = ?1 ORDER BY number")?
            .query_map([device], |row| {
                Ok(NoticeRow {
                    kind: match row.get::<_, u8>(0)? {
                        0 => NoticeKind::DeviceEnrolled,
                        1 => NoticeKind::StripRecalled,
                        _ => NoticeKind::DeviceEnded,
                    },
                    at: row.get(1)?,
                })
            })?
            .collect::<Result<_, _>>()?,
    )
}

pub(super) fn end_device(
    t: &Transaction<'_>,
    end: &EndDevice,
) -> Result<DeviceOutcome, StorageError> {
    if !sees_all_hours(t, end.person, &end.seen)? {
        return Ok(DeviceOutcome::Stale);
    }
    end_now(t, end)
}

/// Ends a device whose strips were compared before.
pub(super) fn end_now(t: &Transaction<'_>, end: &EndDevice) -> Result<DeviceOutcome, StorageError> {
    let ended = t
        .prepare_cached(
            "UPDATE device SET standing = 2, ended_at = ?3
             WHERE id = ?1 AND person = ?2 AND standing <> 2",
        )?
        .execute(params![end.device, end.person.as_bytes(), end.at])?;
    if ended == 0 {
        return Ok(DeviceOutcome::Gone);
    }
    t.prepare_cached("UPDATE session SET ended_at = ?2 WHERE device = ?1 AND ended_at IS NULL")?
        .execute(params![end.device, end.at])?;
    t.prepare_cached(
        "UPDATE person SET left_at = ?2 WHERE id = ?1 AND NOT EXISTS
             (SELECT 1 FROM device WHERE person = ?1 AND standing <> 2)",
    )?
    .execute(params![end.person.as_bytes(), end.at])?;
    recall_strips(t, &end.recalls)?;
    tell(t, end.device, NoticeKind::DeviceEnded, end.at)?;
    append_leaves(t, &end.leaves)?;
    Ok(DeviceOutcome::Done)
}

pub(super) fn put_consent(
    t: &Transaction<'_>,
    person: PersonId,
    consent: &ConsentRow,
) -> Result<(), StorageError> {
    // The same answer sent twice is one answer: a phone repeats what it has no receipt for. Its key says
    // so also when another phone of the person answered meanwhile: an old yes must not undo a new no.
    let recorded = t
        .prepare_cached(
            "INSERT INTO consent (person, purpose, text_version, language, given, at, key, ended_at)
         SELECT :person, :purpose, :text_version, :language, :given, :at, :key,
             iif(:given, NULL, :at)
         WHERE iif(:key IS NULL,
             (:text_version, :language, :given) IS NOT
                 (SELECT text_version, language, given FROM consent
                  WHERE person = :person AND purpose = :purpose ORDER BY number DESC LIMIT 1),
             NOT EXISTS (SELECT 1 FROM consent WHERE person = :person AND key = :key))",
    )?
    .execute(named_params! {
        ":person": person.as_bytes(),
        ":purpose": consent.purpose,
        ":text_version": consent.text_version,
        ":language": consent.language,
        ":given": consent.given,
        ":at": consent.at,
        ":key": consent.key,
    })?;
    if recorded == 1 {
        // An answer ends when another takes its place.
        t.prepare_cached(
            "UPDATE consent SET ended_at = ?3
             WHERE person = ?1 AND purpose = ?2 AND ended_at IS NULL AND number <> ?4",
        )?
        .execute(params![
            person.as_bytes(),
            consent.purpose,
            consent.at,
            t.last_insert_rowid()
        ])?;
    }
    Ok(())
}

pub(super) fn consents(c: &Connection, person: PersonId) -> Result<Vec<ConsentRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT purpose, text_version, language, given, at, key FROM consent
         WHERE person = ?1 ORDER BY number",
    )?
    .query_map([person.as_bytes()], |row| {
        Ok(ConsentRow {
            purpose: row.get(0)?,
            text_version: row.get(1)?,
            language: row.get(2)?,
            given: row.get(3)?,
            at: row.get(4)?,
            key: row.get(5)?,
        })
    })?
    .collect::<Result<_, _>>()?)
}
