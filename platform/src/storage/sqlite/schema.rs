//! The schema, as numbered migrations. A landed migration is never edited; a new one is added.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::storage::StorageError;

const STEPS: &[M<'static>] = &[
    M::up(include_str!("0001.sql")),
    M::up(include_str!("0002.sql")),
    M::up(include_str!("0003.sql")),
];

const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

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
