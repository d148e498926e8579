//! The sealed store: one SQLite file in which every value is sealed for its place.
//!
//! Only one terminal has a store open at a time: the database is locked while it is, so that no shared
//! memory file is needed and two programs cannot work on one wallet. Showing a code does not come here at
//! all; see [`crate::lit`].

mod reserve;
mod salvage;
mod sealer;
mod table;

use std::{io, path::Path, sync::Arc, time::Duration};

use liangma_crypto::{Randomness, RandomnessError, SealError};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params,
};
use rusqlite_migration::{M, Migrations};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::{
    reserve::NAME as RESERVE,
    salvage::{Salvaged, finish_rebuilding, rebuild, salvage},
    table::Table,
};
use self::{reserve::Reserve, sealer::Sealer};
use crate::{envelope::Keyring, folder::Folder};

/// The name of the database in the store's folder.
pub(crate) const DATABASE: &str = "store.db";
/// Every file that the store makes in its folder.
pub(crate) const FILES: &[&str] = &[
    DATABASE,
    "store.db-wal",
    "store.db-shm",
    "store.db-journal",
    "rebuilt.db",
    "rebuilt.db.new",
    "rebuilt.db.new-wal",
    RESERVE,
];
/// Marks the file as a store of this program: "LMst".
const APPLICATION_ID: i32 = 0x4c4d_7374;
/// No single value comes near this; a larger one is damage.
const VALUE_MAX: usize = liangma_credential::FILE_LIMIT + 1024;
/// SQLite's number for a file that ended too early.
const SHORT_READ: i32 = rusqlite::ffi::SQLITE_IOERR_SHORT_READ;
/// How long to wait for another process that is just closing the store.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Numbered and never changed once released; a new one is added behind.
const MIGRATIONS: &[M<'static>] = &[M::up(include_str!("store/migrations/01-first.sql"))];

/// Why the store could not do what was asked. Never says what is in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another terminal has this store open.
    #[error("open the store: another program has it open")]
    InUse,
    /// The phone has no room left, even after the reserve was freed.
    #[error("write to the store: the phone has no room left")]
    Full,
    /// The file is not a database, or a database that is damaged. [`crate::Terminal::repair`] is the way
    /// on; until then the code is still shown by [`crate::show_code`] where its own file is whole.
    #[error("read the store: the file is damaged")]
    Damaged,
    /// The database is gone and the rest of the installation is there. The way on is as for damage.
    #[error("open the store: its database is gone")]
    Missing,
    /// A value does not open: damage, or a value moved from another place.
    #[error("read the store: a value in {table} does not open")]
    ValueDamaged {
        /// The table.
        table: &'static str,
    },
    /// The file was written by a newer version of this program.
    #[error("open the store: a newer version of this program wrote it")]
    FromNewerVersion,
    /// The phone lets this program read and not write: a failing disk that was taken out of use, or files
    /// of another owner. The code can still be shown.
    #[error("write to the store: it can only be read")]
    ReadOnly,
    /// The folder or a file in it cannot be read or written.
    #[error("read or write the store's folder")]
    Folder(#[source] io::Error),
    /// No randomness was there to seal with.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// SQLite failed otherwise.
    #[error("use the store's database: code {code}")]
    Database {
        /// SQLite's extended result code.
        code: i32,
    },
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Folder(error),
        }
    }
}

impl StoreError {
    /// Whether the store is beyond opening as it is, and [`crate::Terminal::repair`] is the way on.
    #[must_use]
    pub const fn may_repair(&self) -> bool {
        matches!(
            self,
            Self::Damaged | Self::Missing | Self::ValueDamaged { .. }
        )
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLite's own texts can quote values; only numbers go further.
        let Some(code) = error.sqlite_error_code() else {
            return Self::Damaged;
        };
        match code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::InUse,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt => Self::Damaged,
            ErrorCode::ReadOnly | ErrorCode::PermissionDenied => Self::ReadOnly,
            // A file that ends before its last page.
            ErrorCode::SystemIoFailure
                if error.sqlite_error().map(|error| error.extended_code) == Some(SHORT_READ) =>
            {
                Self::Damaged
            }
            _ => Self::Database {
                code: error.sqlite_error().map_or(-1, |error| error.extended_code),
            },
        }
    }
}

impl From<rusqlite_migration::Error> for StoreError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            rusqlite_migration::Error::RusqliteError { err, .. } => err.into(),
            rusqlite_migration::Error::MigrationDefinition(_) => Self::FromNewerVersion,
            _ => Self::Damaged,
        }
    }
}

/// An open store.
pub(crate) struct Store {
    connection: Connection,
    sealer: Sealer,
    reserve: Reserve,
    randomness: Arc<dyn Randomness>,
}

/// A transaction in which values are read and written; all of it becomes true at once.
pub(crate) struct Work<'a> {
    connection: &'a Connection,
    sealer: &'a Sealer,
    randomness: &'a dyn Randomness,
}

impl Store {
    /// Opens the database and reads every value of it once; migrates it as needed.
    ///
    /// A database that is absent or empty is made where the installation is `new`; elsewhere it is gone,
    /// and an empty one must not take its place.
    pub(crate) fn open(
        folder: &Folder,
        keyring: &Keyring,
        randomness: Arc<dyn Randomness>,
        new: bool,
    ) -> Result<Self, StoreError> {
        if !new && folder.size(DATABASE)?.unwrap_or_default() == 0 {
            return Err(StoreError::Missing);
        }
        let mut store = Self::open_file(DATABASE, folder, keyring, randomness, new)?;
        store.verify()?;
        store.reserve.keep();
        Ok(store)
    }

    fn open_file(
        name: &str,
        folder: &Folder,
        keyring: &Keyring,
        randomness: Arc<dyn Randomness>,
        new: bool,
    ) -> Result<Self, StoreError> {
        let migrations = Migrations::from_slice(MIGRATIONS);
        let reserve = Reserve::new(folder.clone());
        let mut connection = connect(&folder.path(name))?;
        let opened = prepare(&mut connection, &migrations, new);
        if matches!(opened, Err(StoreError::Full)) {
            reserve.free()?;
            prepare(&mut connection, &migrations, new)?;
        } else {
            opened?;
        }
        Ok(Self {
            connection,
            sealer: Sealer::new(keyring),
            reserve,
            randomness,
        })
    }

    /// Opens every value, so that damage is told at once and not when the value is missed: a row whose name
    /// was changed would otherwise be one that never was.
    fn verify(&mut self) -> Result<(), StoreError> {
        self.read(|work| {
            Table::ALL
                .iter()
                .try_for_each(|&table| work.all_bytes(table).map(drop))
        })
    }

    /// Reads.
    pub(crate) fn read<T>(
        &mut self,
        mut work: impl FnMut(&Work<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = begin(&mut self.connection, TransactionBehavior::Deferred)?;
        work(&Work {
            connection: &transaction,
            sealer: &self.sealer,
            randomness: self.randomness.as_ref(),
        })
    }

    /// Writes: everything or nothing. Where the phone is full, the reserve is freed and the work is done
    /// once more.
    pub(crate) fn write<T>(
        &mut self,
        mut work: impl FnMut(&Work<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        match self.try_write(&mut work) {
            Err(StoreError::Full) => {
                self.reserve.free()?;
                self.try_write(&mut work)
            }
            outcome => outcome,
        }
    }

    fn try_write<T>(
        &mut self,
        work: &mut impl FnMut(&Work<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = begin(&mut self.connection, TransactionBehavior::Immediate)?;
        let outcome = work(&Work {
            connection: &transaction,
            sealer: &self.sealer,
            randomness: self.randomness.as_ref(),
        })?;
        transaction.commit()?;
        empty_journal(&self.connection);
        Ok(outcome)
    }

    /// Frees the reserve for something outside the database that found the phone full.
    pub(crate) fn free_reserve(&self) -> Result<(), StoreError> {
        Ok(self.reserve.free()?)
    }
}

// Apart, and not in each of the many writings: phones carry them once.

#[inline(never)]
fn begin(
    connection: &mut Connection,
    behaviour: TransactionBehavior,
) -> Result<Transaction<'_>, StoreError> {
    Ok(connection.transaction_with_behavior(behaviour)?)
}

/// What is in the journal alone is lost to one flipped bit of it, and nobody would know. What was written stands also
/// where this fails.
#[inline(never)]
fn empty_journal(connection: &Connection) {
    let moved = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    if moved.is_err() {
        tracing::debug!("the journal was not moved into the database");
    }
}

impl Work<'_> {
    /// Puts a value in its row, in place of what was there.
    pub(crate) fn put<T: Serialize>(
        &self,
        table: Table,
        row: &str,
        value: &T,
    ) -> Result<(), StoreError> {
        let plain =
            zeroize::Zeroizing::new(serde_json::to_vec(value).map_err(|_| value_damaged(table))?);
        self.put_bytes(table, row, &plain)
    }

    /// Puts bytes in their row, in place of what was there.
    pub(crate) fn put_bytes(
        &self,
        table: Table,
        row: &str,
        plain: &[u8],
    ) -> Result<(), StoreError> {
        let sealed = self
            .sealer
            .seal(table, row, plain, self.randomness)
            .map_err(|error| match error {
                SealError::Randomness => StoreError::Randomness(RandomnessError),
                _ => value_damaged(table),
            })?;
        self.connection
            .prepare_cached(table.upsert())?
            .execute(params![row, sealed])?;
        Ok(())
    }

    /// Reads the value of a row.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        table: Table,
        row: &str,
    ) -> Result<Option<T>, StoreError> {
        self.get_bytes(table, row)?
            .map(|plain| serde_json::from_slice(&plain).map_err(|_| value_damaged(table)))
            .transpose()
    }

    /// Reads the bytes of a row.
    pub(crate) fn get_bytes(
        &self,
        table: Table,
        row: &str,
    ) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .connection
            .prepare_cached(table.select())?
            .query_row(params![row], |found| found.get(0))
            .optional()?;
        sealed
            .map(|sealed| self.open(table, row, &sealed))
            .transpose()
    }

    /// Reads every row of a table, in the order of the rows' names.
    pub(crate) fn all<T: DeserializeOwned>(
        &self,
        table: Table,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.all_bytes(table)?
            .into_iter()
            .map(|(row, plain)| {
                let value = serde_json::from_slice(&plain).map_err(|_| value_damaged(table))?;
                Ok((row, value))
            })
            .collect()
    }

    /// Reads the bytes of every row of a table, in the order of the rows' names.
    #[expect(clippy::type_complexity, reason = "rows and their bytes")]
    pub(crate) fn all_bytes(
        &self,
        table: Table,
    ) -> Result<Vec<(String, zeroize::Zeroizing<Vec<u8>>)>, StoreError> {
        let mut statement = self.connection.prepare_cached(table.select_all())?;
        let mut rows = statement.query([])?;
        let mut values = Vec::new();
        while let Some(found) = rows.next()? {
            let row: String = found.get(0)?;
            let sealed: Vec<u8> = found.get(1)?;
            let plain = self.open(table, &row, &sealed)?;
            values.push((row, plain));
        }
        Ok(values)
    }

    /// Removes a row; true when it was there.
    pub(crate) fn remove(&self, table: Table, row: &str) -> Result<bool, StoreError> {
        let removed = self
            .connection
            .prepare_cached(table.delete())?
            .execute(params![row])?;
        Ok(removed > 0)
    }

    /// Removes every row of a table.
    pub(crate) fn clear(&self, table: Table) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(table.delete_all())?
            .execute([])?;
        Ok(())
    }

    fn open(
        &self,
        table: Table,
        row: &str,
        sealed: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, StoreError> {
        if sealed.len() > VALUE_MAX {
            return Err(value_damaged(table));
        }
        self.sealer
            .open(table, row, sealed)
            .map_err(|_| value_damaged(table))
    }
}

fn value_damaged(table: Table) -> StoreError {
    StoreError::ValueDamaged {
        table: table.name(),
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    // The file is made here, for its owner alone, before SQLite makes it for whomever the umask lets.
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?;
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_WAIT)?;
    Ok(connection)
}

/// Settings, a quick check and migrations. An empty database is filled only where it may be a new one.
fn prepare(
    connection: &mut Connection,
    migrations: &Migrations<'_>,
    new: bool,
) -> Result<(), StoreError> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", 2)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let found: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let empty: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if empty == 0 && !new {
        return Err(StoreError::Missing);
    }
    if found != APPLICATION_ID {
        if empty != 0 {
            return Err(StoreError::Damaged);
        }
        connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    }
    let check: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if check != "ok" {
        return Err(StoreError::Damaged);
    }
    migrations.to_latest(connection)?;
    Ok(())
}

#[cfg(test)]
mod tests;
