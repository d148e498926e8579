//! Everything of a database at rest that has to fit together, read in one go.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::{copy::check, people::person_id};
use crate::storage::{AtRest, HourAtRest, LeafRow, StorageError, StripAtRest};

/// Reads it after the engine's own checks passed. The file must not be in use.
pub(crate) fn at_rest(file: &Path) -> Result<AtRest, StorageError> {
    check(file)?;
    let c = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let leaves = c
        .prepare("SELECT hash, person, sealed, at FROM leaf WHERE sealed IS NOT NULL")?
        .query_map([], |row| {
            Ok(LeafRow {
                hash: row.get(0)?,
                person: row.get::<_, Option<[u8; 16]>>(1)?.map(person_id),
                sealed: row.get(2)?,
                at: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let leaves_erased = c.query_row(
        "SELECT count(*) FROM leaf WHERE sealed IS NULL",
        [],
        |row| row.get(0),
    )?;
    let strips = c
        .prepare("SELECT id, device, begins, first_key_hash FROM strip")?
        .query_map([], |row| {
            Ok(StripAtRest {
                id: row.get(0)?,
                device: row.get(1)?,
                begins: row.get(2)?,
                first_key_hash: row.get(3)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let hours = c
        .prepare("SELECT strip, hour, anchor, colour, credential FROM strip_hour")?
        .query_map([], |row| {
            Ok(HourAtRest {
                strip: row.get(0)?,
                hour: row.get(1)?,
                anchor: row.get(2)?,
                colour: row.get(3)?,
                credential: row.get(4)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    let evidence = c
        .prepare("SELECT id FROM evidence")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let recall_keys = c
        .prepare("SELECT key FROM recall WHERE key IS NOT NULL")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let issuers = c.query_row(
        "SELECT bytes FROM trust_file WHERE role = 'issuers'",
        [],
        |row| row.get(0),
    )?;
    Ok(AtRest {
        leaves,
        leaves_erased,
        strips,
        hours,
        evidence,
        recall_keys,
        issuers,
    })
}
