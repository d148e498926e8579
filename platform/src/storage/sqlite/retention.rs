//! What is removed when its time has come. Each statement finds its rows by an index and removes a
//! bounded number of them, so that the writer is free again soon.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, Transaction, params};

use super::{
    evidence::{batch, evidence_version},
    people::person_id,
};
use crate::storage::{
    BatchRow, EvidenceClass, ForgetEvidence, KeepSince, StorageError, rows::BatchKey,
};

/// How often somebody without a device is looked at.
const LOOKED_AT_EVERY: i64 = 86_400;
/// Pages that are given back at one time.
const PAGES_AT_ONCE: u32 = 256;

/// Removes up to `limit` rows of each kind; gives the largest number that was removed of one.
pub(super) fn sweep(
    t: &Transaction<'_>,
    at: i64,
    keep: KeepSince,
    limit: u32,
) -> Result<u32, StorageError> {
    let strip_hour = keep.strips.div_euclid(3600);
    let simple = [
        ("nonce", "value", "expires_at < ?1", at),
        ("bucket", "key", "ends_at < ?1", at),
        ("counter_handle", "handle_hash", "expires_at < ?1", at),
        ("attempt", "id", "expires_at < ?1", keep.attempts),
        ("ticket", "id", "expires_at < ?1", keep.tickets),
        ("session", "id", "ended_at < ?1", keep.sessions),
        ("notice", "number", "at < ?1", keep.sessions),
        ("consent", "number", "ended_at < ?1", keep.consents),
        // Their reach has long ended. The newest stays: versions count on from it.
        (
            "recall",
            "version",
            "at < ?1 AND version < (SELECT max(version) FROM recall)",
            keep.recalls,
        ),
        // Never completed, and no check of it is on record any more.
        (
            "application",
            "id",
            "completed_at IS NULL AND opened_at < ?1
                 AND NOT EXISTS (SELECT 1 FROM ticket WHERE application = application.id)
                 AND NOT EXISTS (SELECT 1 FROM counter_handle WHERE application = application.id)",
            keep.tickets,
        ),
    ];
    let mut most = 0;
    for (table, key, condition, before) in simple {
        let removed = t
            .prepare_cached(&format!(
                "DELETE FROM {table} WHERE {key} IN
                     (SELECT {key} FROM {table} WHERE {condition} LIMIT ?2)"
            ))?
            .execute(params![before, limit])?;
        most = most.max(removed);
    }
    most = most.max(
        t.prepare_cached(
            "DELETE FROM batch WHERE (authority, id) IN
                 (SELECT authority, id FROM batch
                  WHERE state IN (1, 2) AND received_at < ?1 LIMIT ?2)",
        )?
        .execute(params![keep.audit, limit])?,
    );
    most = most.max(
        t.prepare_cached(
            "UPDATE leaf SET sealed = NULL, person = NULL WHERE number IN
                 (SELECT number FROM leaf WHERE at < ?1 AND sealed IS NOT NULL LIMIT ?2)",
        )?
        .execute(params![keep.decisions, limit])?,
    );
    // The strip in use stays: its owner may come back after a long time and go on with it.
    let strips: Vec<[u8; 16]> = t
        .prepare_cached("SELECT id FROM strip WHERE state <> 0 AND last_hour < ?1 LIMIT ?2")?
        .query_map(params![strip_hour, limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for strip in &strips {
        forget_strip(t, strip)?;
    }
    most = most
        .max(strips.len())
        .max(sweep_devices(t, keep, strip_hour, limit)?)
        .max(sweep_people(t, at, keep, limit)?);
    Ok(u32::try_from(most).unwrap_or(u32::MAX))
}

fn forget_strip(t: &Transaction<'_>, strip: &[u8; 16]) -> Result<(), StorageError> {
    for statement in [
        "DELETE FROM strip_hour WHERE strip = ?1",
        "DELETE FROM strip WHERE id = ?1",
    ] {
        t.prepare_cached(statement)?.execute([strip])?;
    }
    Ok(())
}

/// Devices that ended long ago, with all that hangs on them: key, sessions, notices, application.
fn sweep_devices(
    t: &Transaction<'_>,
    keep: KeepSince,
    strip_hour: i64,
    limit: u32,
) -> Result<usize, StorageError> {
    let devices: Vec<[u8; 8]> = t
        .prepare_cached(
            "SELECT id FROM device WHERE ended_at < ?1 AND standing = 2
                 AND NOT EXISTS (SELECT 1 FROM ticket WHERE device = device.id)
                 AND NOT EXISTS
                     (SELECT 1 FROM strip WHERE device = device.id AND last_hour >= ?2)
             LIMIT ?3",
        )?
        .query_map(params![keep.sessions, strip_hour, limit], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for device in &devices {
        let strips: Vec<[u8; 16]> = t
            .prepare_cached("SELECT id FROM strip WHERE device = ?1")?
            .query_map([device], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for strip in &strips {
            forget_strip(t, strip)?;
        }
        for statement in [
            "DELETE FROM counter_handle WHERE device = ?1",
            "DELETE FROM application WHERE device = ?1",
            "DELETE FROM notice WHERE device = ?1",
            "DELETE FROM session WHERE device = ?1",
            "DELETE FROM device WHERE id = ?1",
        ] {
            t.prepare_cached(statement)?.execute([device])?;
        }
    }
    Ok(devices.len())
}

/// People without a device: their consents end with their last device, an evaluation without evidence
/// says nothing, and a person of whom nothing else is left is forgotten.
fn sweep_people(
    t: &Transaction<'_>,
    at: i64,
    keep: KeepSince,
    limit: u32,
) -> Result<usize, StorageError> {
    let people: Vec<([u8; 16], i64)> = t
        .prepare_cached(
            "UPDATE person SET looked_at = ?1 WHERE id IN
                 (SELECT id FROM person WHERE left_at IS NOT NULL AND looked_at <= ?2 LIMIT ?3)
             RETURNING id, left_at",
        )?
        .query_map(params![at, at - LOOKED_AT_EVERY, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    for (person, left_at) in &people {
        if *left_at < keep.consents {
            t.prepare_cached("DELETE FROM consent WHERE person = ?1")?
                .execute([person])?;
        }
        if *left_at < keep.evidence {
            t.prepare_cached(
                "DELETE FROM evaluation WHERE person = ?1 AND evaluated_at < ?2
                     AND NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.person = ?1)",
            )?
            .execute(params![person, keep.evidence])?;
        }
        if *left_at < keep.sessions {
            t.prepare_cached(
                "DELETE FROM person WHERE id = ?1
                     AND NOT EXISTS (SELECT 1 FROM device WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM evidence WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM evaluation WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM consent WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM application WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM ticket WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM counter_handle WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM attempt WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM strip WHERE person = ?1)
                     AND NOT EXISTS (SELECT 1 FROM leaf WHERE person = ?1)",
            )?
            .execute([person])?;
        }
    }
    Ok(people.len())
}

pub(super) fn people_with_evidence(
    c: &Connection,
    class: EvidenceClass,
    held_before: i64,
    limit: u32,
) -> Result<Vec<PersonId>, StorageError> {
    let mut people: Vec<PersonId> = c
        .prepare_cached(
            "SELECT person FROM evidence WHERE class = ?1 AND held_at < ?2
             ORDER BY held_at LIMIT ?3",
        )?
        .query_map(params![class as u8, held_before, limit], |row| {
            row.get(0).map(person_id)
        })?
        .collect::<Result<_, _>>()?;
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

pub(super) fn forget_evidence(
    t: &Transaction<'_>,
    forget: &ForgetEvidence,
) -> Result<bool, StorageError> {
    let person = forget.person.as_bytes();
    if evidence_version(t, forget.person)? != forget.evidence_version {
        return Ok(false);
    }
    for id in &forget.ids {
        t.prepare_cached("DELETE FROM evidence WHERE id = ?1 AND person = ?2")?
            .execute(params![id, person])?;
    }
    hold(t, forget.person, &forget.held)?;
    Ok(true)
}

/// Notes when pieces of evidence last set a colour, or are to be looked at as if they had.
pub(super) fn hold(
    t: &Transaction<'_>,
    person: PersonId,
    held: &[([u8; 16], i64)],
) -> Result<(), StorageError> {
    for (id, at) in held {
        t.prepare_cached(
            "UPDATE evidence SET held_at = max(held_at, ?3) WHERE id = ?1 AND person = ?2",
        )?
        .execute(params![id, person.as_bytes(), at])?;
    }
    Ok(())
}

pub(super) fn waiting_batches(
    c: &Connection,
    received_before: i64,
    limit: u32,
) -> Result<Vec<BatchRow>, StorageError> {
    let keys: Vec<BatchKey> = c
        .prepare_cached(
            "SELECT authority, id FROM batch WHERE state = 0 AND received_at < ?1 LIMIT ?2",
        )?
        .query_map(params![received_before, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut batches = Vec::with_capacity(keys.len());
    for (authority, id) in keys {
        batches.extend(batch(c, &authority, id)?);
    }
    Ok(batches)
}

/// Gives back some of the pages that were emptied, each overwritten before.
pub(super) fn give_back_pages(t: &Transaction<'_>) -> Result<(), StorageError> {
    let mut statement = t.prepare_cached(&format!("PRAGMA incremental_vacuum({PAGES_AT_ONCE})"))?;
    let mut rows = statement.query([])?;
    // One page to a step.
    while rows.next()?.is_some() {}
    Ok(())
}
