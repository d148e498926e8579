use std::{collections::BTreeMap, sync::Arc};

use liangma_crypto::Randomness;
use rusqlite::{Connection, config::DbConfig};
use zeroize::Zeroizing;

use super::{DATABASE, Sealer, Store, StoreError, Table, Work, connect};
use crate::{
    envelope::Keyring,
    folder::{Folder, UNFINISHED},
};

/// The new database, complete, until it has taken the place of the damaged one.
const REBUILT: &str = "rebuilt.db";

/// What a damaged database still gives. Every value opened for its own place: damage cannot make one up.
#[derive(Default)]
pub(crate) struct Salvaged {
    /// The values, by table and row.
    pub(crate) values: BTreeMap<(Table, String), Zeroizing<Vec<u8>>>,
    /// Rows that were there and do not open.
    pub(crate) lost: u32,
    /// Every table was read to its end.
    pub(crate) whole: bool,
}

/// Reads whatever still opens. The damaged file stays as it is.
pub(crate) fn salvage(folder: &Folder, keyring: &Keyring) -> Salvaged {
    let mut salvaged = Salvaged {
        whole: true,
        ..Salvaged::default()
    };
    let is_there = folder.size(DATABASE).ok().flatten().unwrap_or_default() > 0;
    let Some(connection) = is_there.then(|| reader(folder)).flatten() else {
        salvaged.whole = false;
        return salvaged;
    };
    let sealer = Sealer::new(keyring);
    for &table in Table::ALL {
        let mut take = |statement| salvaged.take(&connection, &sealer, table, statement);
        if take(table.select_all()).is_err() {
            // Behind the damaged page there may be more.
            let _ = take(table.select_all_backwards());
            salvaged.whole = false;
        }
    }
    salvaged
}

fn reader(folder: &Folder) -> Option<Connection> {
    let connection = connect(&folder.path(DATABASE)).ok()?;
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .ok()?;
    connection
        .pragma_update(None, "locking_mode", "EXCLUSIVE")
        .ok()?;
    connection
        .pragma_update(None, "trusted_schema", false)
        .ok()?;
    Some(connection)
}

impl Salvaged {
    fn take(
        &mut self,
        connection: &Connection,
        sealer: &Sealer,
        table: Table,
        statement: &str,
    ) -> Result<(), StoreError> {
        let mut statement = connection.prepare(statement)?;
        let mut rows = statement.query([])?;
        while let Some(found) = rows.next()? {
            let value = found.get::<_, String>(0).ok().and_then(|row| {
                let sealed: Vec<u8> = found.get(1).ok()?;
                let plain = sealer.open(table, &row, &sealed).ok()?;
                Some(((table, row), plain))
            });
            match value {
                Some((place, plain)) => {
                    self.values.insert(place, plain);
                }
                None => self.lost = self.lost.saturating_add(1),
            }
        }
        Ok(())
    }
}

/// Makes a new database of values and puts it in the place of the damaged one. A kill at any instant leaves
/// the damaged one or the new one.
pub(crate) fn rebuild(
    folder: &Folder,
    keyring: &Keyring,
    randomness: Arc<dyn Randomness>,
    mut fill: impl FnMut(&Work<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let unfinished = format!("{REBUILT}{UNFINISHED}");
    let journal = format!("{unfinished}-wal");
    folder.remove(&unfinished)?;
    folder.remove(&journal)?;
    let mut store = Store::open_file(&unfinished, folder, keyring, randomness, true)?;
    store.write(|work| fill(work))?;
    store
        .connection
        .close()
        .map_err(|(_, error)| StoreError::from(error))?;
    if folder.exists(&journal)? {
        // What was written is not all in the file: the phone has no room.
        return Err(StoreError::Full);
    }
    folder.rename(&unfinished, REBUILT)?;
    folder.sync()?;
    finish_rebuilding(folder)
}

/// Finishes what a kill left: a new database that is complete takes its place.
pub(crate) fn finish_rebuilding(folder: &Folder) -> Result<(), StoreError> {
    if !folder.exists(REBUILT)? {
        return Ok(());
    }
    // The old journal first: played back into the new database, it would damage that as well.
    for journal in ["-wal", "-shm", "-journal"] {
        folder.remove(&format!("{DATABASE}{journal}"))?;
    }
    folder.sync()?;
    folder.rename(REBUILT, DATABASE)?;
    folder.sync()?;
    Ok(())
}

impl std::fmt::Debug for Salvaged {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Salvaged")
            .field("values", &self.values.len())
            .field("lost", &self.lost)
            .field("whole", &self.whole)
            .finish()
    }
}
