//! What a restore changes in the store.

use rusqlite::{Connection, Transaction, params};

use super::{
    health::make_all_due,
    numbers::{signed, unsigned},
};
use crate::storage::{RestoreRow, SettleRestore, StorageError};

pub(super) fn restores(c: &Connection) -> Result<Vec<RestoreRow>, StorageError> {
    Ok(c.prepare_cached(
        "SELECT number, taken_at, settled_at, versions_from FROM restored ORDER BY number",
    )?
    .query_map([], |row| {
        Ok(RestoreRow {
            number: row.get(0)?,
            taken_at: row.get(1)?,
            settled_at: row.get(2)?,
            versions_from: unsigned(row.get(3)?)?,
        })
    })?
    .collect::<Result<_, _>>()?)
}

pub(super) fn settle_restore(
    t: &Transaction<'_>,
    settle: &SettleRestore,
) -> Result<(), StorageError> {
    let settled = t.execute(
        "UPDATE restored SET settled_at = ?2, versions_from = ?3 + max(
             (SELECT coalesce(max(version), 0) FROM trust_file),
             (SELECT coalesce(max(version), 0) FROM recall))
         WHERE number = ?1 AND settled_at IS NULL",
        params![settle.number, settle.at, signed(settle.gap)],
    )?;
    if settled == 0 {
        return Ok(());
    }
    t.execute(
        "INSERT INTO recall (version, hour, key, at)
         SELECT versions_from, 0, NULL, ?2 FROM restored WHERE number = ?1",
        params![settle.number, settle.at],
    )?;
    for statement in [
        // Each phone begins a new strip: what was signed before is not taken by anybody.
        "UPDATE strip SET state = 1 WHERE state = 0",
        "DELETE FROM strip_hour",
        // Whether they were used is not known any more.
        "UPDATE attempt SET consumed = 1",
        "DELETE FROM counter_handle",
        "DELETE FROM ticket WHERE outcome IS NULL",
    ] {
        t.execute(statement, [])?;
    }
    make_all_due(t, settle.at)
}
