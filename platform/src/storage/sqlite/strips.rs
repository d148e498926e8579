//! Strips, their signed hours and their recall.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{
    evidence::evidence_version,
    health::{evaluated_evidence, version_of},
    people::{person_id, tell},
    published::append_leaves,
};
use crate::storage::{
    Advance, NewRecall, NoticeKind, PutStrip, SeenHours, StorageError, StripHourRow, StripOutcome,
    StripRow, StripState,
};

const STRIP: &str =
    "id, device, person, begins, state, key_hour, sealed_key, first_key_hash, last_hour";

fn read_strip(row: &Row<'_>) -> rusqlite::Result<StripRow> {
    Ok(StripRow {
        id: row.get(0)?,
        device: row.get(1)?,
        person: person_id(row.get(2)?),
        begins: row.get(3)?,
        state: match row.get::<_, u8>(4)? {
            0 => StripState::Current,
            1 => StripState::Replaced,
            _ => StripState::Recalled,
        },
        key_hour: row.get(5)?,
        sealed_key: row.get(6)?,
        first_key_hash: row.get(7)?,
        last_hour: row.get(8)?,
        hours: Vec::new(),
    })
}

fn with_hours(c: &Connection, mut strip: StripRow) -> Result<StripRow, StorageError> {
    strip.hours = c
        .prepare_cached(
            "SELECT hour, anchor, colour, credential FROM strip_hour WHERE strip = ?1
             ORDER BY hour",
        )?
        .query_map([strip.id], |row| {
            Ok(StripHourRow {
                hour: row.get(0)?,
                anchor: row.get(1)?,
                colour: row.get(2)?,
                credential: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(strip)
}

pub(super) fn strips(
    c: &Connection,
    person: PersonId,
    from_hour: u32,
) -> Result<Vec<StripRow>, StorageError> {
    c.prepare_cached(&format!(
        "SELECT {STRIP} FROM strip WHERE person = ?1 AND last_hour >= ?2 AND state <> 2 ORDER BY id"
    ))?
    .query_map(params![person.as_bytes(), from_hour], read_strip)?
    .map(|strip| with_hours(c, strip?))
    .collect()
}

/// Whether the signed hours of a person are still those that were looked at.
pub(super) fn sees_all_hours(
    c: &Connection,
    person: PersonId,
    seen: &SeenHours,
) -> Result<bool, StorageError> {
    let there: Vec<([u8; 16], u32)> = c
        .prepare_cached(
            "SELECT h.strip, h.hour FROM strip s JOIN strip_hour h ON h.strip = s.id
             WHERE s.person = ?1 AND s.last_hour >= ?2 AND s.state <> 2 AND h.hour >= ?2
             ORDER BY h.strip, h.hour",
        )?
        .query_map(params![person.as_bytes(), seen.from_hour], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    Ok(there == seen.hours)
}

pub(super) fn strip_of_device(
    c: &Connection,
    device: [u8; 8],
) -> Result<Option<StripRow>, StorageError> {
    c.prepare_cached(&format!(
        "SELECT {STRIP} FROM strip WHERE device = ?1 AND state = 0"
    ))?
    .query_row([device], read_strip)
    .optional()?
    .map(|strip| with_hours(c, strip))
    .transpose()
}

pub(super) fn put_strip(t: &Transaction<'_>, put: &PutStrip) -> Result<StripOutcome, StorageError> {
    let strip = &put.strip;
    if version_of(t, strip.person)? != put.expected_version
        || evidence_version(t, strip.person)? != evaluated_evidence(t, strip.person)?
    {
        return Ok(StripOutcome::Stale);
    }
    let device_lives = t
        .prepare_cached("SELECT 1 FROM device WHERE id = ?1 AND standing = 1")?
        .exists([strip.device])?;
    if !device_lives {
        return Ok(StripOutcome::Gone);
    }
    let last_hour = strip
        .hours
        .iter()
        .map(|hour| hour.hour)
        .max()
        .unwrap_or(strip.begins);
    if signed_already(t, strip)? {
        // Another refresh of the same strip was faster: the asker looks again.
        return Ok(StripOutcome::Stale);
    }
    if put.begins_now {
        if too_many_alive(t, put)? {
            return Ok(StripOutcome::TooMany);
        }
        let new = t
            .prepare_cached("INSERT OR IGNORE INTO first_key (hash) VALUES (?1)")?
            .execute([strip.first_key_hash])?;
        if new == 0 {
            return Ok(StripOutcome::KeyReused);
        }
        t.prepare_cached("UPDATE strip SET state = 1 WHERE device = ?1 AND state = 0")?
            .execute([strip.device])?;
        t.prepare_cached(
            "INSERT INTO strip
                 (id, device, person, begins, first_key_hash, state, key_hour, sealed_key,
                  last_hour)
             VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
        )?
        .execute(params![
            strip.id,
            strip.device,
            strip.person.as_bytes(),
            strip.begins,
            strip.first_key_hash,
            strip.key_hour,
            strip.sealed_key,
            last_hour,
        ])?;
    } else {
        let changed = t
            .prepare_cached(
                "UPDATE strip SET last_hour = max(last_hour, ?3),
                     sealed_key = iif(key_hour < ?4, ?5, sealed_key),
                     key_hour = max(key_hour, ?4)
                 WHERE id = ?1 AND device = ?2 AND state = 0",
            )?
            .execute(params![
                strip.id,
                strip.device,
                last_hour,
                strip.key_hour,
                strip.sealed_key
            ])?;
        if changed == 0 {
            return Ok(StripOutcome::Gone);
        }
    }
    let mut insert = t.prepare_cached(
        "INSERT INTO strip_hour (strip, hour, anchor, colour, credential)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for hour in &strip.hours {
        insert.execute(params![
            strip.id,
            hour.hour,
            hour.anchor,
            hour.colour,
            hour.credential
        ])?;
    }
    forget_hours(t, strip.id, strip.key_hour)?;
    append_leaves(t, &put.leaves)?;
    Ok(StripOutcome::Stored)
}

/// Whether an hour that is to be kept is there already.
fn signed_already(c: &Connection, strip: &StripRow) -> Result<bool, StorageError> {
    let mut statement = c.prepare_cached("SELECT hour FROM strip_hour WHERE strip = ?1")?;
    let mut rows = statement.query([strip.id])?;
    while let Some(row) = rows.next()? {
        let there: u32 = row.get(0)?;
        if strip.hours.iter().any(|hour| hour.hour == there) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn too_many_alive(c: &Connection, put: &PutStrip) -> Result<bool, StorageError> {
    let Some(most) = put.alive_max else {
        return Ok(false);
    };
    let strip = &put.strip;
    let alive: u32 = c
        .prepare_cached(
            "SELECT count(*) FROM strip
             WHERE person = ?1 AND device = ?2 AND last_hour >= ?3 AND state <> 2",
        )?
        .query_row(
            params![strip.person.as_bytes(), strip.device, put.alive_from],
            |row| row.get(0),
        )?;
    Ok(alive >= most)
}

fn forget_hours(t: &Transaction<'_>, strip: [u8; 16], before: u32) -> Result<(), StorageError> {
    t.prepare_cached("DELETE FROM strip_hour WHERE strip = ?1 AND hour < ?2")?
        .execute(params![strip, before])?;
    Ok(())
}

pub(super) fn strips_behind(
    c: &Connection,
    hour: u32,
    limit: u32,
) -> Result<Vec<StripRow>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {STRIP} FROM strip 
         WHERE state <> 2 AND key_hour <= last_hour AND key_hour < ?1 ORDER BY key_hour LIMIT ?2"
    ))?
    .query_map(params![hour, limit], read_strip)?
    .collect::<Result<_, _>>()?)
}

pub(super) fn advance_strips(
    t: &Transaction<'_>,
    advances: &[Advance],
) -> Result<(), StorageError> {
    for advance in advances {
        t.prepare_cached(
            "UPDATE strip SET key_hour = ?2, sealed_key = ?3 WHERE id = ?1 AND key_hour < ?2",
        )?
        .execute(params![advance.strip, advance.key_hour, advance.sealed_key])?;
        forget_hours(t, advance.strip, advance.key_hour)?;
    }
    Ok(())
}

pub(super) fn recall_strips(
    t: &Transaction<'_>,
    recalls: &[NewRecall],
) -> Result<(), StorageError> {
    for recall in recalls {
        let device: Option<[u8; 8]> = t
            .prepare_cached(
                "UPDATE strip SET state = 2 WHERE id = ?1 AND state <> 2 RETURNING device",
            )?
            .query_row([recall.strip], |row| row.get(0))
            .optional()?;
        let Some(device) = device else { continue };
        // Versions rise by one and are never used twice: the list is append-only.
        t.prepare_cached(
            "INSERT INTO recall (version, hour, key, at)
             SELECT coalesce(max(version), 0) + 1, ?1, ?2, ?3 FROM recall",
        )?
        .execute(params![recall.hour, recall.key, recall.at])?;
        t.prepare_cached("DELETE FROM strip_hour WHERE strip = ?1")?
            .execute([recall.strip])?;
        tell(t, device, NoticeKind::StripRecalled, recall.at)?;
    }
    Ok(())
}
