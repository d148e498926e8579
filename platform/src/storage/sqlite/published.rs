//! What is published or stays for ever: recalls, trust files and leaves.

use liangma_domain::person::PersonId;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::numbers::{signed, unsigned};
use crate::storage::{LeafRow, RecallRow, StorageError, TrustFileRow};

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
