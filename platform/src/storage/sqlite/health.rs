//! What is known of somebody's health, and evaluations of it.

use std::sync::LazyLock;

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::{
    evidence::{evidence_class, evidence_version},
    numbers::{signed, unsigned},
    people::{SEAT, person_id, read_seat},
    published::append_leaves,
    retention::hold,
    strips::{recall_strips, sees_all_hours},
};
use crate::storage::{EvaluationRow, EvidenceRow, Known, PutEvaluation, Seat, StorageError};

/// The columns of what is known of a person `p`: the person's version, the evaluation, and then one piece
/// of evidence to a row.
const KNOWN: &str = "p.evidence_version, v.version, v.evidence_version, v.sealed, v.next_change_at,
     v.evaluated_at, e.id, e.sealed, e.digest, e.recorded_at, e.class, e.held_at";
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
            class: evidence_class(row.get(first + 10)?),
            held_at: row.get(first + 11)?,
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

pub(super) fn version_of(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
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
    let held: Vec<_> = put
        .rests_on
        .iter()
        .map(|id| (*id, row.evaluated_at))
        .collect();
    hold(t, row.person, &held)?;
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

pub(super) fn evaluated_evidence(c: &Connection, person: PersonId) -> Result<u64, StorageError> {
    Ok(
        c.prepare_cached("SELECT evidence_version FROM evaluation WHERE person = ?1")?
            .query_row([person.as_bytes()], |row| unsigned(row.get(0)?))
            .optional()?
            .unwrap_or(0),
    )
}
