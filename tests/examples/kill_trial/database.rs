//! Looks at databases as a kill left them. Always at a copy: what a kill left is for the program itself to
//! put in order.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use data_encoding::HEXLOWER;
use liangma_crypto::sha256;
use liangma_platform::audit;
use liangma_wire::bytes::Bytes;
use rusqlite::Connection;

use crate::{
    Outcome,
    book::{InDatabase, Strips},
    line,
};

/// The platform's database in its data folder.
pub(crate) const PLATFORM: &str = "platform.sqlite";
/// A phone's database in its store.
pub(crate) const PHONE: &str = "store.db";

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Copies a database with its log of writes; nothing where there is none yet.
pub(crate) fn copy(from: &Path, name: &str, to: &Path) -> Outcome<bool> {
    fs::create_dir_all(to).map_err(words)?;
    for part in ["", "-wal", "-journal"] {
        let file = format!("{name}{part}");
        let (from, to) = (from.join(&file), to.join(&file));
        let _ = fs::remove_file(&to);
        match fs::copy(&from, &to) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(words(error)),
            _ => {}
        }
    }
    Ok(to.join(name).exists())
}

/// The engine's own checks; what they object to.
pub(crate) fn unsound(file: &Path) -> Outcome<Option<&'static str>> {
    let connection = Connection::open(file).map_err(words)?;
    let answer: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .map_err(words)?;
    if answer != "ok" {
        return Ok(Some("integrity_check fails"));
    }
    let dangling = connection
        .prepare("PRAGMA foreign_key_check")
        .and_then(|mut check| check.exists([]))
        .map_err(words)?;
    Ok(dangling.then_some("foreign_key_check fails"))
}

/// Looks at everything that strips and traces have to agree about; what does not fit.
pub(crate) fn audit_faults(folder: &Path, principals: &str) -> Outcome<Vec<String>> {
    let folder = folder.to_str().ok_or("a folder has no name")?;
    let found = audit(&line::config(folder, principals)?).map_err(words)?;
    Ok(found
        .faults
        .iter()
        .map(|(fault, times)| format!("{fault:?}, {times} times"))
        .collect())
}

/// Reads what the book is compared with.
pub(crate) fn look(file: &Path) -> Outcome<InDatabase> {
    read(&Connection::open(file).map_err(words)?).map_err(words)
}

fn key_mark(key: &[u8]) -> String {
    HEXLOWER.encode(&sha256(&[key]))
}

fn read(c: &Connection) -> rusqlite::Result<InDatabase> {
    let mut marks = BTreeMap::new();
    let mut evidence = BTreeSet::new();
    let mut statement = c.prepare("SELECT digest, id FROM evidence")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let digest: [u8; 32] = row.get(0)?;
        *marks.entry(HEXLOWER.encode(&digest)).or_default() += 1;
        evidence.insert(row.get(1)?);
    }
    let mut statement = c.prepare("SELECT text_version FROM consent")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let version: u32 = row.get(0)?;
        *marks.entry(format!("consent {version}")).or_default() += 1;
    }
    let mut devices: BTreeMap<String, bool> = BTreeMap::new();
    let mut ended = BTreeSet::new();
    // Who has applied and was verified stays so in the application, also when the device has ended.
    let mut statement = c.prepare(
        "SELECT d.id, d.public_key, d.standing,
                EXISTS (SELECT 1 FROM application a
                        WHERE a.device = d.id AND a.completed_at IS NOT NULL)
         FROM device d",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: [u8; 8] = row.get(0)?;
        let key: Vec<u8> = row.get(1)?;
        if row.get::<_, u8>(2)? == 2 {
            ended.insert(HEXLOWER.encode(&id));
        }
        *devices.entry(key_mark(&key)).or_default() |= row.get::<_, bool>(3)?;
    }
    Ok(InDatabase {
        marks,
        evidence,
        devices,
        ended,
        strips: strips(c)?,
        recall_version: published(c)?,
    })
}

fn strips(c: &Connection) -> rusqlite::Result<BTreeMap<String, Strips>> {
    let mut strips: BTreeMap<String, Strips> = BTreeMap::new();
    let mut statement = c.prepare(
        "SELECT d.public_key, s.state, s.key_hour, h.credential
         FROM strip s JOIN device d ON d.id = s.device LEFT JOIN strip_hour h ON h.strip = s.id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key: Vec<u8> = row.get(0)?;
        let of_key = strips.entry(key_mark(&key)).or_default();
        of_key.recalled |= row.get::<_, u8>(1)? == 2;
        of_key.kept_from = of_key.kept_from.max(row.get(2)?);
        if let Some(credential) = row.get::<_, Option<Vec<u8>>>(3)? {
            let text = Bytes(credential).to_text();
            let mark = sha256(&[text.as_bytes()]);
            of_key.hours.insert(HEXLOWER.encode(&mark[..8]));
        }
    }
    Ok(strips)
}

/// The version of the recall list that was published.
fn published(c: &Connection) -> rusqlite::Result<u64> {
    let version: i64 = c.query_row(
        "SELECT coalesce(max(version), 0) FROM trust_file WHERE role = 'recall'",
        [],
        |row| row.get(0),
    )?;
    Ok(u64::try_from(version).unwrap_or_default())
}
