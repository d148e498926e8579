//! Applications, face tickets and counter handles.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{
    people::{end_now, person_id},
    published::append_leaves,
    strips::sees_all_hours,
};
use crate::storage::{
    ApplicationRow, CounterHandleRow, DeviceOutcome, EndDevice, SettleTicket, Settled,
    StorageError, TicketRow, VerifyDevice,
};

const APPLICATION: &str = "id, person, device, opened_at, completed_at, way";

fn read_application(row: &Row<'_>) -> rusqlite::Result<ApplicationRow> {
    Ok(ApplicationRow {
        id: row.get(0)?,
        person: person_id(row.get(1)?),
        device: row.get(2)?,
        opened_at: row.get(3)?,
        completed_at: row.get(4)?,
        way: row.get(5)?,
    })
}

pub(super) fn open_application(
    t: &Transaction<'_>,
    candidate: ApplicationRow,
) -> Result<ApplicationRow, StorageError> {
    t.prepare_cached(
        "INSERT INTO application (id, person, device, opened_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (device) DO NOTHING",
    )?
    .execute(params![
        candidate.id,
        candidate.person.as_bytes(),
        candidate.device,
        candidate.opened_at
    ])?;
    Ok(t.prepare_cached(&format!(
        "SELECT {APPLICATION} FROM application WHERE device = ?1"
    ))?
    .query_row([candidate.device], read_application)?)
}

pub(super) fn application(
    c: &Connection,
    id: [u8; 16],
) -> Result<Option<ApplicationRow>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {APPLICATION} FROM application WHERE id = ?1"
    ))?
    .query_row([id], read_application)
    .optional()?)
}

pub(super) fn applications(
    c: &Connection,
    person: PersonId,
) -> Result<Vec<ApplicationRow>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {APPLICATION} FROM application WHERE person = ?1 ORDER BY opened_at, id"
    ))?
    .query_map([person.as_bytes()], read_application)?
    .collect::<Result<_, _>>()?)
}

/// Whether a device can be verified now. Asked before anything is written, so that two verifications
/// at one time cannot together exceed the limit.
fn can_verify(c: &Connection, verify: &VerifyDevice) -> Result<DeviceOutcome, StorageError> {
    let person = verify.person.as_bytes();
    let lives = c
        .prepare_cached("SELECT 1 FROM device WHERE id = ?1 AND person = ?2 AND standing <> 2")?
        .exists(params![verify.device, person])?;
    if !lives {
        return Ok(DeviceOutcome::Gone);
    }
    let others: Vec<[u8; 8]> = c
        .prepare_cached("SELECT id FROM device WHERE person = ?1 AND standing = 1 AND id <> ?2")?
        .query_map(params![person, verify.device], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let is_there = |end: &EndDevice| others.contains(&end.device);
    let left = others.len().saturating_sub(verify.make_room.len());
    let fits = u32::try_from(left).is_ok_and(|left| left < verify.limit);
    if !fits || !verify.make_room.iter().all(is_there) {
        return Ok(DeviceOutcome::Stale);
    }
    for end in &verify.make_room {
        if !sees_all_hours(c, verify.person, &end.seen)? {
            return Ok(DeviceOutcome::Stale);
        }
    }
    Ok(DeviceOutcome::Done)
}

fn verify_device(t: &Transaction<'_>, verify: &VerifyDevice) -> Result<(), StorageError> {
    t.prepare_cached("UPDATE device SET standing = 1 WHERE id = ?1 AND standing <> 2")?
        .execute([verify.device])?;
    t.prepare_cached(
        "UPDATE application SET completed_at = ?2, way = ?3
         WHERE id = ?1 AND completed_at IS NULL",
    )?
    .execute(params![verify.application, verify.at, verify.way])?;
    for end in &verify.make_room {
        end_now(t, end)?;
    }
    append_leaves(t, &verify.leaves)
}

pub(super) fn put_ticket(t: &Transaction<'_>, ticket: &TicketRow) -> Result<(), StorageError> {
    t.prepare_cached(
        "INSERT INTO ticket
             (id, application, person, device, nonce, request_hash, challenge, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        ticket.id,
        ticket.application,
        ticket.person.as_bytes(),
        ticket.device,
        ticket.nonce,
        ticket.request_hash,
        ticket.challenge,
        ticket.expires_at,
    ])?;
    Ok(())
}

pub(super) fn ticket(c: &Connection, id: [u8; 16]) -> Result<Option<TicketRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT id, application, person, device, nonce, request_hash, challenge, expires_at,
                handle_hash, outcome
         FROM ticket WHERE id = ?1",
    )?
    .query_row([id], |row| {
        let handle_hash: Option<[u8; 32]> = row.get(8)?;
        let outcome: Option<u8> = row.get(9)?;
        Ok(TicketRow {
            id: row.get(0)?,
            application: row.get(1)?,
            person: person_id(row.get(2)?),
            device: row.get(3)?,
            nonce: row.get(4)?,
            request_hash: row.get(5)?,
            challenge: row.get(6)?,
            expires_at: row.get(7)?,
            settled: handle_hash.zip(outcome),
        })
    })
    .optional()?)
}

pub(super) fn settle_ticket(
    t: &Transaction<'_>,
    settle: &SettleTicket,
) -> Result<Settled, StorageError> {
    let Some(row) = ticket(t, settle.ticket)? else {
        return Ok(Settled::Unknown);
    };
    if let Some((handle_hash, outcome)) = row.settled {
        return Ok(Settled::Before(handle_hash, outcome));
    }
    let used = t
        .prepare_cached("SELECT 1 FROM ticket WHERE receipt_digest = ?1")?
        .exists([settle.receipt_digest])?;
    if used {
        return Ok(Settled::ReceiptUsed);
    }
    if let Some(verify) = &settle.verify {
        match can_verify(t, verify)? {
            DeviceOutcome::Done => {}
            DeviceOutcome::Gone => return Ok(Settled::DeviceGone),
            DeviceOutcome::Stale => return Ok(Settled::Stale),
        }
    }
    t.prepare_cached(
        "UPDATE ticket SET handle_hash = ?2, receipt_digest = ?3, outcome = ?4 WHERE id = ?1",
    )?
    .execute(params![
        settle.ticket,
        settle.handle_hash,
        settle.receipt_digest,
        settle.outcome
    ])?;
    if let Some(verify) = &settle.verify {
        verify_device(t, verify)?;
    }
    Ok(Settled::Now)
}

const HANDLE: &str = "handle_hash, code_hash, application, person, device, expires_at";

fn read_handle(row: &Row<'_>) -> rusqlite::Result<CounterHandleRow> {
    Ok(CounterHandleRow {
        handle_hash: row.get(0)?,
        code_hash: row.get(1)?,
        application: row.get(2)?,
        person: person_id(row.get(3)?),
        device: row.get(4)?,
        expires_at: row.get(5)?,
    })
}

pub(super) fn put_counter_handle(
    t: &Transaction<'_>,
    handle: &CounterHandleRow,
) -> Result<(), StorageError> {
    t.prepare_cached("DELETE FROM counter_handle WHERE application = ?1")?
        .execute([handle.application])?;
    t.prepare_cached(&format!(
        "INSERT INTO counter_handle ({HANDLE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
    ))?
    .execute(params![
        handle.handle_hash,
        handle.code_hash,
        handle.application,
        handle.person.as_bytes(),
        handle.device,
        handle.expires_at,
    ])?;
    Ok(())
}

pub(super) fn counter_handle(
    c: &Connection,
    handle_hash: [u8; 32],
    at: i64,
) -> Result<Option<CounterHandleRow>, StorageError> {
    Ok(c.prepare_cached(&format!(
        "SELECT {HANDLE} FROM counter_handle WHERE handle_hash = ?1 AND expires_at > ?2"
    ))?
    .query_row(params![handle_hash, at], read_handle)
    .optional()?)
}

pub(super) fn try_spoken_codes(
    t: &Transaction<'_>,
    person: PersonId,
    tries: u8,
    at: i64,
) -> Result<Vec<CounterHandleRow>, StorageError> {
    Ok(t.prepare_cached(&format!(
        "UPDATE counter_handle SET tries = tries + 1
         WHERE person = ?1 AND tries < ?2 AND expires_at > ?3 RETURNING {HANDLE}"
    ))?
    .query_map(params![person.as_bytes(), tries, at], read_handle)?
    .collect::<Result<_, _>>()?)
}

pub(super) fn settle_counter(
    t: &Transaction<'_>,
    handle_hash: [u8; 32],
    verify: &VerifyDevice,
) -> Result<DeviceOutcome, StorageError> {
    let can = can_verify(t, verify)?;
    if can != DeviceOutcome::Done {
        return Ok(can);
    }
    let used = t
        .prepare_cached("DELETE FROM counter_handle WHERE handle_hash = ?1 AND expires_at > ?2")?
        .execute(params![handle_hash, verify.at])?;
    if used == 0 {
        return Ok(DeviceOutcome::Gone);
    }
    verify_device(t, verify)?;
    Ok(DeviceOutcome::Done)
}
