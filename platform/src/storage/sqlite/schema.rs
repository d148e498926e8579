//! The schema, as numbered migrations. A landed migration is never edited; a new one is added.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::storage::StorageError;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("0001.sql")),
    M::up(include_str!("0002.sql")),
    M::up(include_str!("0003.sql")),
    M::up(include_str!("0004.sql")),
    M::up(include_str!("0005.sql")),
    M::up(include_str!("0006.sql")),
];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// "LMPF", which SQLite keeps in the head of the file, and the version of the schema that writes it first.
const APPLICATION: i64 = 0x4C4D_5046;
const MARKED_FROM: i64 = 4;

/// Whether the schema has a place for the digest of a copy.
pub(super) fn has_copy_table(connection: &Connection) -> Result<bool, StorageError> {
    Ok(connection
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'copy'")?
        .exists([])?)
}

pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    MIGRATIONS
        .to_latest(connection)
        .map_err(|error| match error {
            rusqlite_migration::Error::MigrationDefinition(
                rusqlite_migration::MigrationDefinitionError::DatabaseTooFarAhead,
            ) => StorageError::Damaged("it was written by a newer version of the program"),
            _ => StorageError::Engine("a migration failed"),
        })
}

/// Refuses a database that is not ours, or newer than this program.
pub(super) fn check_version(connection: &Connection) -> Result<(), StorageError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    let ours = connection
        .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'trust_file'")?
        .exists([])?;
    // The first versions did not write the id of the application yet.
    let expected = if version < MARKED_FROM {
        0
    } else {
        APPLICATION
    };
    if application != expected || !ours {
        return Err(StorageError::Damaged(
            "it is not a database of the platform",
        ));
    }
    match usize::try_from(version) {
        Ok(0) | Err(_) => Err(StorageError::Damaged(
            "it is not a database of the platform",
        )),
        Ok(version) if version > STEPS.len() => Err(StorageError::Damaged(
            "it was written by a newer version of the program",
        )),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_valid() {
        MIGRATIONS.validate().unwrap();
    }
}
