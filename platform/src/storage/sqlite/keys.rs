//! Numbered keys, and what has to go over to another one.

use std::path::Path;

use async_trait::async_trait;
use liangma_crypto::SealingRing;
use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{Sqlite, engine::connect, people::person_id, published, schema};
use crate::{
    storage::{
        Found, KeepPerson, KeyKind, KeyStorage, KeyWork, Lookup, MarkedPerson, PeoplePage,
        Resealed, RingKeyRow, SealedPage, SealedPerson, SealedRow, StorageError, TrustFileRow,
    },
    vault::Place,
};

/// How a place is laid out: table, key column, sealed column.
fn columns(place: Place) -> (&'static str, &'static str, &'static str) {
    match place {
        Place::Identity => ("person", "id", "sealed_identity"),
        Place::Document => ("person", "id", "sealed_document"),
        Place::Evidence => ("evidence", "id", "sealed"),
        Place::Evaluation => ("evaluation", "person", "sealed"),
        Place::RecallKey => ("strip", "id", "sealed_key"),
        Place::Batch => ("batch", "id", "sealed_body"),
        Place::Leaf => ("leaf", "number", "sealed"),
    }
}

const BATCH_ID: usize = 16;

/// A batch goes by its authority and its number, told apart by the length of the latter.
fn batch_key(cursor: &[u8]) -> Result<(String, &[u8]), StorageError> {
    let damaged = || StorageError::Damaged("a cursor is of another kind");
    let at = cursor.len().checked_sub(BATCH_ID).ok_or_else(damaged)?;
    let (authority, id) = cursor.split_at(at);
    let authority = std::str::from_utf8(authority).map_err(|_| damaged())?;
    Ok((authority.to_owned(), id))
}

fn leaf_number(cursor: &[u8]) -> Result<i64, StorageError> {
    match cursor {
        [] => Ok(0),
        bytes => bytes
            .try_into()
            .map(i64::from_be_bytes)
            .map_err(|_| StorageError::Damaged("a cursor is of another kind")),
    }
}

fn sealed_page(
    c: &Connection,
    place: Place,
    after: &[u8],
    prefix: &[u8],
    limit: u32,
) -> Result<SealedPage, StorageError> {
    let (table, key, sealed) = columns(place);
    // Only the beginning is read of what needs no work.
    let otherwise = format!(
        "iif(length({sealed}) > 0 AND substr({sealed}, 1, length(?2)) <> ?2, {sealed}, NULL)"
    );
    let mut page = SealedPage {
        rows: Vec::new(),
        next: None,
    };
    let mut seen = 0;
    let mut take = |cursor: Vec<u8>, row: Vec<u8>, sealed: Option<Vec<u8>>| {
        seen += 1;
        page.next = Some(cursor.clone());
        page.rows.extend(sealed.map(|sealed| SealedRow {
            cursor,
            row,
            sealed,
        }));
    };
    match place {
        Place::Batch => {
            let (authority, id) = if after.is_empty() {
                (String::new(), &[][..])
            } else {
                batch_key(after)?
            };
            let mut statement = c.prepare_cached(&format!(
                "SELECT authority, id, {otherwise} FROM batch
                 WHERE (authority, id) > (?1, ?4) ORDER BY authority, id LIMIT ?3"
            ))?;
            let mut rows = statement.query(params![authority, prefix, limit, id])?;
            while let Some(row) = rows.next()? {
                let (authority, id): (String, [u8; BATCH_ID]) = (row.get(0)?, row.get(1)?);
                take(
                    [authority.as_bytes(), &id].concat(),
                    [authority.as_bytes(), b"|", &id].concat(),
                    row.get(2)?,
                );
            }
        }
        Place::Leaf => {
            let mut statement = c.prepare_cached(&format!(
                "SELECT number, hash, {otherwise} FROM leaf
                 WHERE number > ?1 ORDER BY number LIMIT ?3"
            ))?;
            let mut rows = statement.query(params![leaf_number(after)?, prefix, limit])?;
            while let Some(row) = rows.next()? {
                let number: i64 = row.get(0)?;
                take(number.to_be_bytes().to_vec(), row.get(1)?, row.get(2)?);
            }
        }
        Place::Identity
        | Place::Document
        | Place::Evidence
        | Place::Evaluation
        | Place::RecallKey => {
            let hour = if place == Place::RecallKey {
                "key_hour"
            } else {
                "NULL"
            };
            let mut statement = c.prepare_cached(&format!(
                "SELECT {key}, {hour}, {otherwise} FROM {table}
                 WHERE {key} > ?1 ORDER BY {key} LIMIT ?3"
            ))?;
            let mut rows = statement.query(params![after, prefix, limit])?;
            while let Some(row) = rows.next()? {
                let id: Vec<u8> = row.get(0)?;
                let hour: Option<u32> = row.get(1)?;
                let mut place = id.clone();
                place.extend(hour.into_iter().flat_map(u32::to_be_bytes));
                take(id, place, row.get(2)?);
            }
        }
    }
    if seen < limit {
        page.next = None;
    }
    Ok(page)
}

fn reseal(t: &Transaction<'_>, place: Place, rows: &[Resealed]) -> Result<usize, StorageError> {
    let (table, key, sealed) = columns(place);
    let mut changed = 0;
    for row in rows {
        changed += match place {
            Place::Batch => {
                let (authority, id) = batch_key(&row.cursor)?;
                t.prepare_cached(
                    "UPDATE batch SET sealed_body = ?1
                     WHERE authority = ?2 AND id = ?3 AND sealed_body = ?4",
                )?
                .execute(params![row.after, authority, id, row.before])?
            }
            Place::Leaf => t
                .prepare_cached("UPDATE leaf SET sealed = ?1 WHERE number = ?2 AND sealed = ?3")?
                .execute(params![row.after, leaf_number(&row.cursor)?, row.before])?,
            _ => t
                .prepare_cached(&format!(
                    "UPDATE {table} SET {sealed} = ?1 WHERE {key} = ?2 AND {sealed} = ?3"
                ))?
                .execute(params![row.after, row.cursor, row.before])?,
        };
    }
    Ok(changed)
}

fn kind(name: &str) -> Result<KeyKind, StorageError> {
    [KeyKind::Master, KeyKind::Lookup]
        .into_iter()
        .find(|kind| kind.name() == name)
        .ok_or(StorageError::Damaged("a key of an unknown kind"))
}

fn ring_keys(c: &Connection) -> Result<Vec<RingKeyRow>, StorageError> {
    let mut statement = c.prepare_cached(
        "SELECT kind, number, fingerprint, since, retired_at FROM ring_key ORDER BY kind, number",
    )?;
    let mut rows = statement.query([])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        keys.push(RingKeyRow {
            kind: kind(&row.get::<_, String>(0)?)?,
            number: row.get(1)?,
            fingerprint: row.get(2)?,
            since: row.get(3)?,
            retired_at: row.get(4)?,
        });
    }
    Ok(keys)
}

fn people_page(
    c: &Connection,
    after: Option<PersonId>,
    key: u16,
    limit: u32,
) -> Result<PeoplePage, StorageError> {
    let after: &[u8] = after.as_ref().map_or(&[], |person| person.as_bytes());
    let mut statement = c.prepare_cached(
        "SELECT id, lookup_key <> ?2, iif(lookup_key <> ?2, sealed_identity, NULL),
             iif(lookup_key <> ?2, sealed_document, NULL)
         FROM person WHERE id > ?1 ORDER BY id LIMIT ?3",
    )?;
    let mut rows = statement.query(params![after, key, limit])?;
    let mut page = PeoplePage {
        people: Vec::new(),
        next: None,
    };
    let mut seen = 0;
    while let Some(row) = rows.next()? {
        let person = person_id(row.get(0)?);
        seen += 1;
        page.next = Some(person);
        if row.get(1)? {
            page.people.push(MarkedPerson {
                person,
                sealed: SealedPerson {
                    identity: row.get(2)?,
                    document: row.get(3)?,
                },
            });
        }
    }
    if seen < limit {
        page.next = None;
    }
    Ok(page)
}

fn key_work(c: &Connection, prefix: &[u8], lookup_key: u16) -> Result<KeyWork, StorageError> {
    let count = |sql: &str, parameter: &dyn rusqlite::ToSql| -> Result<u64, StorageError> {
        let count: i64 = c.query_row(sql, [parameter], |row| row.get(0))?;
        Ok(u64::try_from(count).unwrap_or(0))
    };
    let mut work = KeyWork::default();
    for place in Place::ALL {
        let (table, _, sealed) = columns(place);
        let sql = format!(
            "SELECT count(*) FROM {table}
             WHERE length({sealed}) > 0 AND substr({sealed}, 1, length(?1)) <> ?1"
        );
        work.sealed.push((place, count(&sql, &prefix)?));
    }
    work.people = count(
        "SELECT count(*) FROM person WHERE lookup_key <> ?1",
        &lookup_key,
    )?;
    work.people_by_mark_alone = count(
        "SELECT count(*) FROM person
         WHERE lookup_key <> ?1 AND sealed_identity IS NULL AND sealed_document IS NULL",
        &lookup_key,
    )?;
    work.keyed_sessions = count(
        "SELECT count(*) FROM session WHERE keyed = ?1 AND ended_at IS NULL",
        &1,
    )?;
    Ok(work)
}

/// Which keys a database knows, and what is left to go over to those in use; for an operator, beside a
/// platform that may be running.
pub(crate) fn read_key_work(
    file: &Path,
    master: u16,
    lookup: u16,
) -> Result<(Vec<RingKeyRow>, KeyWork), StorageError> {
    let mut connection = connect(file, true)?;
    schema::check_version(&connection)?;
    let transaction = connection.transaction()?;
    let work = key_work(&transaction, &SealingRing::prefix(master), lookup)?;
    Ok((ring_keys(&transaction)?, work))
}

/// Which keys a database knows, beside a platform that may be running.
pub(crate) fn read_ring_keys(file: &Path) -> Result<Vec<RingKeyRow>, StorageError> {
    let connection = connect(file, true)?;
    schema::check_version(&connection)?;
    ring_keys(&connection)
}

/// One trust file of a database, for an operator.
pub(crate) fn read_trust_file(
    file: &Path,
    role: &str,
) -> Result<Option<TrustFileRow>, StorageError> {
    let connection = connect(file, true)?;
    schema::check_version(&connection)?;
    super::published::trust_file(&connection, role)
}

/// Finds somebody by the mark of the key in use, or of an earlier one.
pub(super) fn find_person(c: &Connection, lookup: &Lookup) -> Result<Option<Found>, StorageError> {
    let mut statement = c.prepare_cached("SELECT id FROM person WHERE lookup = ?1")?;
    // The same number of questions whether or not there is anybody.
    let mut found = None;
    let marks = std::iter::once(&lookup.mark).chain(&lookup.earlier);
    for (position, mark) in marks.enumerate() {
        let person = statement.query_row([mark], |row| row.get(0)).optional()?;
        found = found.or(person.map(|id| Found {
            person: person_id(id),
            by_key_in_use: position == 0,
        }));
    }
    Ok(found)
}

/// Finds somebody, or keeps them as new; whoever was found by an earlier key goes over to the one in use.
pub(super) fn keep_people(
    t: &Transaction<'_>,
    people: &[KeepPerson],
    at: i64,
) -> Result<Vec<PersonId>, StorageError> {
    people
        .iter()
        .map(|keep| keep_person(t, &keep.lookup, keep.candidate, &keep.sealed, at))
        .collect()
}

pub(super) fn keep_person(
    t: &Transaction<'_>,
    lookup: &Lookup,
    candidate: PersonId,
    sealed: &SealedPerson,
    at: i64,
) -> Result<PersonId, StorageError> {
    let Some(found) = find_person(t, lookup)? else {
        t.prepare_cached(
            "INSERT INTO person (id, lookup, lookup_key, sealed_identity, sealed_document,
                                 created_at, left_at)
             VALUES (?1, ?2, ?3, ?4, iif(?4 IS NULL, ?5, NULL), ?6, ?6)",
        )?
        .execute(params![
            candidate.as_bytes(),
            lookup.mark,
            lookup.key,
            sealed.identity,
            sealed.document,
            at
        ])?;
        return Ok(candidate);
    };
    // What was sealed for another id would never open.
    let own = (found.person == candidate).then_some(sealed);
    t.prepare_cached(
        "UPDATE person SET lookup = ?2, lookup_key = ?3,
             sealed_identity = coalesce(?4, sealed_identity),
             sealed_document = iif(coalesce(?4, sealed_identity) IS NULL,
                 coalesce(?5, sealed_document), NULL)
         WHERE id = ?1",
    )?
    .execute(params![
        found.person.as_bytes(),
        lookup.mark,
        lookup.key,
        own.and_then(|sealed| sealed.identity.as_ref()),
        own.and_then(|sealed| sealed.document.as_ref()),
    ])?;
    Ok(found.person)
}

/// All of them or none: nothing is written before all were compared.
fn put_trust_files(t: &Transaction<'_>, files: &[TrustFileRow]) -> Result<bool, StorageError> {
    let mut new = Vec::with_capacity(files.len());
    for file in files {
        match published::trust_file(t, &file.role)? {
            Some(kept) if kept == *file => {}
            Some(kept) if kept.version >= file.version => return Ok(false),
            _ => new.push(file),
        }
    }
    for file in new {
        published::put_trust_file(t, file)?;
    }
    Ok(true)
}

#[async_trait]
impl KeyStorage for Sqlite {
    async fn ring_keys(&self) -> Result<Vec<RingKeyRow>, StorageError> {
        self.look(ring_keys).await
    }

    async fn note_ring_key(&self, key: RingKeyRow) -> Result<(), StorageError> {
        self.write(move |t| {
            t.prepare_cached(
                "INSERT OR IGNORE INTO ring_key (kind, number, fingerprint, since)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                key.kind.name(),
                key.number,
                key.fingerprint,
                key.since
            ])?;
            Ok(())
        })
        .await
    }

    async fn retire_ring_keys(
        &self,
        kind: KeyKind,
        numbers: Vec<u16>,
        at: i64,
    ) -> Result<(), StorageError> {
        self.write(move |t| {
            for number in numbers {
                t.prepare_cached(
                    "UPDATE ring_key SET retired_at = ?3
                     WHERE kind = ?1 AND number = ?2 AND retired_at IS NULL",
                )?
                .execute(params![kind.name(), number, at])?;
            }
            Ok(())
        })
        .await
    }

    async fn sealed_page(
        &self,
        place: Place,
        after: Vec<u8>,
        prefix: Vec<u8>,
        limit: u32,
    ) -> Result<SealedPage, StorageError> {
        self.read(move |c| sealed_page(c, place, &after, &prefix, limit))
            .await
    }

    async fn reseal(&self, place: Place, rows: Vec<Resealed>) -> Result<usize, StorageError> {
        self.write(move |t| reseal(t, place, &rows)).await
    }

    async fn people_page(
        &self,
        after: Option<PersonId>,
        key: u16,
        limit: u32,
    ) -> Result<PeoplePage, StorageError> {
        self.read(move |c| people_page(c, after, key, limit)).await
    }

    async fn remark_people(
        &self,
        key: u16,
        marks: Vec<(PersonId, [u8; 32])>,
    ) -> Result<(), StorageError> {
        self.write(move |t| {
            for (person, mark) in marks {
                // Were there somebody under this mark already, both would stay, and the former key with them.
                t.prepare_cached(
                    "UPDATE OR IGNORE person SET lookup = ?2, lookup_key = ?3 WHERE id = ?1",
                )?
                .execute(params![person.as_bytes(), mark, key])?;
            }
            Ok(())
        })
        .await
    }

    async fn rename_token(&self, before: [u8; 32], after: [u8; 32]) -> Result<(), StorageError> {
        self.write(move |t| {
            t.prepare_cached(
                "UPDATE session SET token_hash = ?2, keyed = 0 WHERE token_hash = ?1",
            )?
            .execute(params![before, after])?;
            Ok(())
        })
        .await
    }

    async fn knows_first_key(&self, hash: [u8; 32]) -> Result<bool, StorageError> {
        self.read(move |c| {
            Ok(c.prepare_cached("SELECT 1 FROM first_key WHERE hash = ?1")?
                .exists([hash])?)
        })
        .await
    }

    async fn put_trust_files(&self, files: Vec<TrustFileRow>) -> Result<bool, StorageError> {
        self.write(move |t| put_trust_files(t, &files)).await
    }
}
