//! Copies of a database: made from one moment, sealed with a digest of everything in them, checked
//! before they are trusted, and marked when they take the place of a database.

use std::path::Path;

use liangma_crypto::Sha256;
use rusqlite::{Connection, OpenFlags, types::ValueRef};

use super::{engine::BUSY, numbers::unsigned, schema};
use crate::storage::StorageError;

/// Checks a database file: the engine's own checks, that it is ours and not newer than this program, and
/// that it is what it was when it was copied.
pub(crate) fn check(file: &Path) -> Result<(), StorageError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::check_version(&connection)?;
    let answer: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if answer != "ok" {
        return Err(StorageError::Damaged("the integrity check failed"));
    }
    let mut broken = connection.prepare("PRAGMA foreign_key_check")?;
    if broken.exists([])? {
        return Err(StorageError::Damaged("a row refers to one that is missing"));
    }
    let list_is_behind: bool = connection.query_row(
        "SELECT coalesce((SELECT version FROM trust_file WHERE role = 'recall'), 0)
             > coalesce((SELECT max(version) FROM recall), 0)",
        [],
        |row| row.get(0),
    )?;
    if list_is_behind {
        return Err(StorageError::Damaged(
            "the recall list is older than what was published of it",
        ));
    }
    if !schema::has_copy_table(&connection)? {
        // A copy of an earlier version has no digest.
        return Ok(());
    }
    let mut digests = connection.prepare("SELECT digest FROM copy")?;
    let digests: Vec<[u8; 32]> = digests
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if digests.iter().any(|kept| {
        // A digest that cannot be made is as bad as one that differs.
        digest(&connection).ok().as_ref() != Some(kept)
    }) {
        return Err(StorageError::Damaged("it is not what was copied"));
    }
    Ok(())
}

/// Checks a copy: also that no part of its last page is missing, which reads as zeros.
pub(crate) fn check_copy(file: &Path) -> Result<(), StorageError> {
    check(file)?;
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let length: u64 = connection.query_row(
        "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        [],
        |row| unsigned(row.get(0)?),
    )?;
    let there = std::fs::metadata(file).map_err(|_| StorageError::Engine("read the file"))?;
    if there.len() != length {
        return Err(StorageError::Damaged("its length is not that of its pages"));
    }
    Ok(())
}

/// Copies a database, which may be in use, as it is at one moment. Writers go on meanwhile. Pages that
/// were emptied are left behind, and so is whatever still stood in them.
pub(crate) fn copy_database(from: &Path, to: &Path) -> Result<(), StorageError> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    source.busy_timeout(BUSY)?;
    let name = to
        .to_str()
        .ok_or(StorageError::Engine("the name of a file is not UTF-8"))?;
    source.execute("VACUUM INTO ?1", [name])?;
    Ok(())
}

/// Seals a copy with a digest of everything in it, by which damage is seen that leaves the form whole.
pub(crate) fn seal_copy(file: &Path) -> Result<(), StorageError> {
    let connection = open_copy(file)?;
    if schema::has_copy_table(&connection)? {
        connection.execute("DELETE FROM copy", [])?;
        let digest = digest(&connection)?;
        connection.execute("INSERT INTO copy (digest) VALUES (?1)", [digest])?;
    }
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// Brings a copy that is to take the place of a database to the newest schema, and marks it: the platform
/// does what follows from it when it opens.
pub(crate) fn mark_restored(file: &Path) -> Result<(), StorageError> {
    let mut connection = open_copy(file)?;
    schema::migrate(&mut connection)?;
    connection.execute("DELETE FROM copy", [])?;
    connection.execute(
        "INSERT INTO restored (taken_at)
         SELECT max(coalesce((SELECT max(at) FROM leaf), 0), coalesce((SELECT max(at) FROM recall), 0))",
        [],
    )?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// A copy is one file: no write-ahead log beside it that could be left behind.
fn open_copy(file: &Path) -> Result<Connection, StorageError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// SHA-256 over the schema and every row of every table but the one that holds it, in the order of keys.
fn digest(connection: &Connection) -> Result<[u8; 32], StorageError> {
    let mut hash = Sha256::new();
    let mut tables = connection.prepare(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name <> 'copy' ORDER BY name",
    )?;
    let tables: Vec<(String, Option<String>)> = tables
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (name, sql) in tables {
        add(&mut hash, b't', name.as_bytes());
        add(&mut hash, b's', sql.unwrap_or_default().as_bytes());
        // No index, so that the rows come in the order of the table itself.
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{name}\" NOT INDEXED"))?;
        let columns = statement.column_count();
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for column in 0..columns {
                match row.get_ref(column)? {
                    ValueRef::Null => add(&mut hash, b'n', &[]),
                    ValueRef::Integer(number) => add(&mut hash, b'i', &number.to_be_bytes()),
                    ValueRef::Real(number) => add(&mut hash, b'r', &number.to_be_bytes()),
                    ValueRef::Text(text) => add(&mut hash, b'x', text),
                    ValueRef::Blob(bytes) => add(&mut hash, b'b', bytes),
                }
            }
        }
    }
    Ok(hash.finish())
}

fn add(hash: &mut Sha256, kind: u8, bytes: &[u8]) {
    hash.update(&[kind]);
    hash.update(&(bytes.len() as u64).to_be_bytes());
    hash.update(bytes);
}
