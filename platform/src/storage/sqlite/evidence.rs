//! Evidence and the batches that it came in.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    numbers::unsigned,
    people::{add_tallies, person_id},
    published::append_leaves,
};
use crate::storage::{
    ApplyingRow, BatchOutcome, BatchRow, BatchState, EvidenceClass, EvidenceRow, LeafRow, Piece,
    StorageError, Tally,
};

pub(super) fn evidence_class(number: u8) -> EvidenceClass {
    match number {
        1 => EvidenceClass::HealthDeclaration,
        2 => EvidenceClass::TripDeclaration,
        _ => EvidenceClass::Finding,
    }
}

pub(super) fn evidence(
    c: &Connection,
    person: PersonId,
) -> Result<(u64, Vec<EvidenceRow>), StorageError> {
    let version = evidence_version(c, person)?;
    let rows = c
        .prepare_cached(
            "SELECT id, person, sealed, digest, recorded_at, class, held_at FROM evidence
             WHERE person = ?1 ORDER BY recorded_at, id",
        )?
        .query_map([person.as_bytes()], |row| {
            Ok(EvidenceRow {
                id: row.get(0)?,
                person: person_id(row.get(1)?),
                sealed: row.get(2)?,
                digest: row.get(3)?,
                recorded_at: row.get(4)?,
                class: evidence_class(row.get(5)?),
                held_at: row.get(6)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok((version, rows))
}

pub(super) fn evidence_version(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
    Ok(
        c.prepare_cached("SELECT evidence_version FROM person WHERE id = ?1")?
            .query_row([person.as_bytes()], |row| unsigned(row.get(0)?))
            .optional()?
            .unwrap_or(0),
    )
}

pub(super) fn put_evidence(
    t: &Transaction<'_>,
    rows: &[EvidenceRow],
    leaves: &[LeafRow],
) -> Result<usize, StorageError> {
    let mut new = 0;
    for row in rows {
        let inserted = t
            .prepare_cached(
                "INSERT INTO evidence (id, person, sealed, digest, recorded_at, class, held_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                row.id,
                row.person.as_bytes(),
                row.sealed,
                row.digest,
                row.recorded_at,
                row.class as u8,
                row.held_at
            ])?;
        if inserted == 1 {
            t.prepare_cached(
                "UPDATE person SET evidence_version = evidence_version + 1 WHERE id = ?1",
            )?
            .execute([row.person.as_bytes()])?;
        }
        new += inserted;
    }
    // The trace belongs to what was written: a repeated write leaves no second one.
    if new > 0 || rows.is_empty() {
        append_leaves(t, leaves)?;
    }
    Ok(new)
}

pub(super) fn batch(
    c: &Connection,
    authority: &str,
    id: [u8; 16],
) -> Result<Option<BatchRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT authority, id, digest, state, principal, approved_by, sealed_body, report,
                received_at
         FROM batch WHERE authority = ?1 AND id = ?2",
    )?
    .query_row(params![authority, id], |row| {
        Ok(BatchRow {
            authority: row.get(0)?,
            id: row.get(1)?,
            digest: row.get(2)?,
            state: match row.get::<_, u8>(3)? {
                0 => BatchState::Waiting,
                1 => BatchState::Applied,
                3 => BatchState::Applying,
                _ => BatchState::Refused,
            },
            principal: row.get(4)?,
            approved_by: row.get(5)?,
            sealed_body: row.get(6)?,
            report: row.get(7)?,
            received_at: row.get(8)?,
        })
    })
    .optional()?)
}

pub(super) fn put_batch(
    t: &Transaction<'_>,
    new: &BatchRow,
    rows: &[EvidenceRow],
    leaves: &[LeafRow],
    tallies: &[Tally],
) -> Result<BatchOutcome, StorageError> {
    if let Some(earlier) = batch(t, &new.authority, new.id)? {
        return Ok(BatchOutcome::Earlier(Box::new(earlier)));
    }
    if !add_tallies(t, tallies, new.received_at)? {
        return Ok(BatchOutcome::Unusual);
    }
    t.prepare_cached(
        "INSERT INTO batch (authority, id, digest, state, principal, approved_by, sealed_body,
                            report, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        new.authority,
        new.id,
        new.digest,
        new.state as u8,
        new.principal,
        new.approved_by,
        new.sealed_body,
        new.report,
        new.received_at,
    ])?;
    put_evidence(t, rows, leaves)?;
    Ok(BatchOutcome::Stored)
}

pub(super) fn approve_batch(
    t: &Transaction<'_>,
    approved: &BatchRow,
    rows: &[EvidenceRow],
    leaves: &[LeafRow],
) -> Result<bool, StorageError> {
    let changed = t
        .prepare_cached(
            "UPDATE batch SET state = ?3, approved_by = ?4, report = ?5,
                 sealed_body = iif(?3 = 3, sealed_body, x'')
             WHERE authority = ?1 AND id = ?2 AND state = 0",
        )?
        .execute(params![
            approved.authority,
            approved.id,
            approved.state as u8,
            approved.approved_by,
            approved.report
        ])?;
    if changed == 0 {
        return Ok(false);
    }
    if approved.state == BatchState::Applying {
        t.prepare_cached(
            "INSERT INTO batch_applying (authority, id, applied, received_at) VALUES (?1, ?2, 0, ?3)",
        )?
        .execute(params![
            approved.authority,
            approved.id,
            approved.received_at
        ])?;
    }
    put_evidence(t, rows, leaves)?;
    Ok(true)
}

pub(super) fn batches_applying(c: &Connection) -> Result<Vec<ApplyingRow>, StorageError> {
    Ok(
        c.prepare_cached("SELECT authority, id, applied FROM batch_applying ORDER BY received_at")?
            .query_map([], |row| {
                Ok(ApplyingRow {
                    authority: row.get(0)?,
                    id: row.get(1)?,
                    from: row.get(2)?,
                })
            })?
            .collect::<Result<_, _>>()?,
    )
}

pub(super) fn apply_piece(t: &Transaction<'_>, piece: &Piece) -> Result<bool, StorageError> {
    let moved = t
        .prepare_cached(
            "UPDATE batch_applying SET applied = ?4
             WHERE authority = ?1 AND id = ?2 AND applied = ?3",
        )?
        .execute(params![
            piece.of.authority,
            piece.of.id,
            piece.of.from,
            piece.to
        ])?;
    if moved == 0 {
        return Ok(false);
    }
    if piece.last {
        let key = params![piece.of.authority, piece.of.id];
        t.prepare_cached("DELETE FROM batch_applying WHERE authority = ?1 AND id = ?2")?
            .execute(key)?;
        t.prepare_cached(
            "UPDATE batch SET state = 1, sealed_body = x'' WHERE authority = ?1 AND id = ?2",
        )?
        .execute(key)?;
    }
    put_evidence(t, &piece.rows, &piece.leaves)?;
    Ok(true)
}
