//! Evidence, evaluations, strips, recalls, trust files and leaves.

use std::sync::LazyLock;

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::people::{SEAT, add_tallies, person_id, read_seat, tell};
use crate::storage::{
    Advance, BatchOutcome, BatchRow, BatchState, EvaluationRow, EvidenceRow, Known, LeafRow,
    NewRecall, NoticeKind, PutEvaluation, PutStrip, RecallRow, Seat, SeenHours, StorageError,
    StripHourRow, StripOutcome, StripRow, StripState, Tally, TrustFileRow,
};

/// Versions count up from zero; SQLite has signed numbers alone.
fn unsigned(number: i64) -> rusqlite::Result<u64> {
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(0, number))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn evidence(
    c: &Connection,
    person: PersonId,
) -> Result<(u64, Vec<EvidenceRow>), StorageError> {
    let version = evidence_version(c, person)?;
    let rows = c
        .prepare_cached(
            "SELECT id, person, sealed, digest, recorded_at FROM evidence
             WHERE person = ?1 ORDER BY recorded_at, id",
        )?
        .query_map([person.as_bytes()], |row| {
            Ok(EvidenceRow {
                id: row.get(0)?,
                person: person_id(row.get(1)?),
                sealed: row.get(2)?,
                digest: row.get(3)?,
                recorded_at: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok((version, rows))
}

fn evidence_version(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
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
                "INSERT INTO evidence (id, person, sealed, digest, recorded_at)
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                row.id,
                row.person.as_bytes(),
                row.sealed,
                row.digest,
                row.recorded_at
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
            "UPDATE batch SET state = ?3, approved_by = ?4, report = ?5, sealed_body = x''
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
    put_evidence(t, rows, leaves)?;
    Ok(true)
}

/// The columns of what is known of a person `p`: the person's version, the evaluation, and then one piece
/// of evidence to a row.
const KNOWN: &str = "p.evidence_version, v.version, v.evidence_version, v.sealed, v.next_change_at,
     v.evaluated_at, e.id, e.sealed, e.digest, e.recorded_at";
const KNOWN_FROM: &str = "person p LEFT JOIN evaluation v ON v.person = p.id
     LEFT JOIN evidence e ON e.person = p.id";
const KNOWN_ORDER: &str = "e.recorded_at, e.id";

/// Adds one row to what is known; the columns begin at `first`.
fn add_known(
    known: &mut Option<Known>,
    person: PersonId,
    row: &Row<'_>,
    first: usize,
) -> rusqlite::Result<()> {
    let known = match known {
        Some(known) => known,
        None => {
            let version: Option<i64> = row.get(first + 1)?;
            let evaluation = match version {
                None => None,
                Some(version) => Some(EvaluationRow {
                    person,
                    version: unsigned(version)?,
                    evidence_version: unsigned(row.get(first + 2)?)?,
                    sealed: row.get(first + 3)?,
                    next_change_at: row.get(first + 4)?,
                    evaluated_at: row.get(first + 5)?,
                }),
            };
            known.insert(Known {
                evidence_version: unsigned(row.get(first)?)?,
                evidence: Vec::new(),
                evaluation,
            })
        }
    };
    if let Some(id) = row.get(first + 6)? {
        known.evidence.push(EvidenceRow {
            id,
            person,
            sealed: row.get(first + 7)?,
            digest: row.get(first + 8)?,
            recorded_at: row.get(first + 9)?,
        });
    }
    Ok(())
}

pub(super) fn known(c: &Connection, person: PersonId) -> Result<Known, StorageError> {
    let mut statement = c.prepare_cached(&KNOWN_OF_PERSON)?;
    let mut rows = statement.query([person.as_bytes()])?;
    let mut known = None;
    while let Some(row) = rows.next()? {
        add_known(&mut known, person, row, 0)?;
    }
    // Of a person who is not there, nothing is known.
    Ok(known.unwrap_or_default())
}

static KNOWN_OF_PERSON: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {KNOWN} FROM {KNOWN_FROM} WHERE p.id = ?1 ORDER BY {KNOWN_ORDER}")
});

static SEAT_AND_KNOWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {SEAT}, {KNOWN} FROM session s JOIN device d ON d.id = s.device
         JOIN {KNOWN_FROM}
         WHERE p.id = d.person AND s.token_hash = ?1 AND s.ended_at IS NULL AND d.standing <> 2
         ORDER BY {KNOWN_ORDER}"
    )
});
const SEAT_COLUMNS: usize = 6;

/// One statement, which sees one state without a transaction around it.
pub(super) fn seat_and_known(
    c: &Connection,
    token_hash: [u8; 32],
) -> Result<Option<(Seat, Known)>, StorageError> {
    let mut statement = c.prepare_cached(&SEAT_AND_KNOWN)?;
    let mut rows = statement.query([token_hash])?;
    let (mut seat, mut known) = (None, None);
    while let Some(row) = rows.next()? {
        let seat: &Seat = match &seat {
            Some(seat) => seat,
            None => seat.insert(read_seat(row)?),
        };
        add_known(&mut known, seat.device.person, row, SEAT_COLUMNS)?;
    }
    Ok(seat.zip(known))
}

fn version_of(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
    Ok(
        c.prepare_cached("SELECT version FROM evaluation WHERE person = ?1")?
            .query_row([person.as_bytes()], |row| unsigned(row.get(0)?))
            .optional()?
            .unwrap_or(0),
    )
}

pub(super) fn put_evaluation(
    t: &Transaction<'_>,
    put: &PutEvaluation,
) -> Result<bool, StorageError> {
    let row = &put.row;
    if version_of(t, row.person)? != put.expected_version
        || evidence_version(t, row.person)? != row.evidence_version
        || !sees_all_hours(t, row.person, &put.seen)?
    {
        return Ok(false);
    }
    t.prepare_cached(
        "INSERT INTO evaluation
             (person, version, evidence_version, sealed, next_change_at, evaluated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (person) DO UPDATE SET
             version = excluded.version, evidence_version = excluded.evidence_version,
             sealed = excluded.sealed, next_change_at = excluded.next_change_at,
             evaluated_at = excluded.evaluated_at",
    )?
    .execute(params![
        row.person.as_bytes(),
        signed(row.version),
        signed(row.evidence_version),
        row.sealed,
        row.next_change_at,
        row.evaluated_at,
    ])?;
    recall_strips(t, &put.recalls)?;
    append_leaves(t, &put.leaves)?;
    Ok(true)
}

pub(super) fn people_due(
    c: &Connection,
    at: i64,
    limit: u32,
) -> Result<Vec<PersonId>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT person FROM evaluation WHERE next_change_at <= ?1
         UNION
         SELECT p.id FROM person p LEFT JOIN evaluation e ON e.person = p.id
         WHERE p.evidence_version > coalesce(e.evidence_version, 0)
         LIMIT ?2",
    )?
    .query_map(params![at, limit], |row| row.get(0).map(person_id))?
    .collect::<Result<_, _>>()?)
}

pub(super) fn make_all_due(t: &Transaction<'_>, at: i64) -> Result<(), StorageError> {
    t.execute(
        "UPDATE evaluation SET next_change_at = ?1
         WHERE next_change_at IS NULL OR next_change_at > ?1",
        [at],
    )?;
    Ok(())
}

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

fn evaluated_evidence(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
    Ok(
        c.prepare_cached("SELECT evidence_version FROM evaluation WHERE person = ?1")?
            .query_row([person.as_bytes()], |row| unsigned(row.get(0)?))
            .optional()?
            .unwrap_or(0),
    )
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

/// Raises the version of the recall list with nothing new on it.
pub(super) fn renew_recalls(t: &Transaction<'_>, at: i64) -> Result<(), StorageError> {
    t.execute(
        "INSERT INTO recall (version, hour, key, at)
         SELECT coalesce(max(version), 0) + 1, 0, NULL, ?1 FROM recall",
        [at],
    )?;
    Ok(())
}

pub(super) fn recalls(c: &Connection, after: u64) -> Result<Vec<RecallRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT version, hour, key, at FROM recall WHERE version > ?1 ORDER BY version",
    )?
    .query_map([signed(after)], |row| {
        Ok(RecallRow {
            version: unsigned(row.get(0)?)?,
            hour: row.get(1)?,
            key: row.get(2)?,
            at: row.get(3)?,
        })
    })?
    .collect::<Result<_, _>>()?)
}

pub(super) fn trust_file(c: &Connection, role: &str) -> Result<Option<TrustFileRow>, StorageError> {
    Ok(
        c.prepare_cached("SELECT role, version, bytes FROM trust_file WHERE role = ?1")?
            .query_row([role], |row| {
                Ok(TrustFileRow {
                    role: row.get(0)?,
                    version: unsigned(row.get(1)?)?,
                    bytes: row.get(2)?,
                })
            })
            .optional()?,
    )
}

pub(super) fn put_trust_file(
    t: &Transaction<'_>,
    file: &TrustFileRow,
) -> Result<bool, StorageError> {
    Ok(t.prepare_cached(
        "INSERT INTO trust_file (role, version, bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (role) DO UPDATE SET version = excluded.version, bytes = excluded.bytes
         WHERE excluded.version > version",
    )?
    .execute(params![file.role, signed(file.version), file.bytes])?
        == 1)
}

pub(super) fn append_leaves(t: &Transaction<'_>, leaves: &[LeafRow]) -> Result<(), StorageError> {
    let mut insert =
        t.prepare_cached("INSERT INTO leaf (hash, person, sealed, at) VALUES (?1, ?2, ?3, ?4)")?;
    for leaf in leaves {
        insert.execute(params![
            leaf.hash,
            leaf.person.as_ref().map(|person| person.as_bytes()),
            leaf.sealed,
            leaf.at
        ])?;
    }
    Ok(())
}

pub(super) fn has_leaf(c: &Connection, hash: [u8; 32]) -> Result<bool, StorageError> {
    Ok(c.prepare_cached("SELECT 1 FROM leaf WHERE hash = ?1")?
        .exists([hash])?)
}

pub(super) fn leaves_of(c: &Connection, person: PersonId) -> Result<Vec<LeafRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT hash, sealed, at FROM leaf WHERE person = ?1 AND sealed IS NOT NULL
         ORDER BY number",
    )?
    .query_map([person.as_bytes()], |row| {
        Ok(LeafRow {
            hash: row.get(0)?,
            person: Some(person),
            sealed: row.get(1)?,
            at: row.get(2)?,
        })
    })?
    .collect::<Result<_, _>>()?)
}
