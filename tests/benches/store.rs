//! Showing the sealed code, warm: from the store's files to the text of the QR symbol, beside reading as
//! many bytes from a plain file and from SQLite.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use liangma_platform::sandbox::face_provider::ChosenOutcome;
use liangma_terminal::desktop::{KeyFile, SystemClocks};
use liangma_terminal::show_code;
use liangma_tests::measure::{Row, against_limit, markdown_head, of_rounds, side_by_side};
use rusqlite::{Connection, OpenFlags};

#[expect(
    clippy::unwrap_used,
    dead_code,
    reason = "the region and the phones of the end-to-end tests"
)]
#[path = "../tests/world/mod.rs"]
mod world;

/// The budget for opening the store and reading the sealed code, in microseconds.
const LIMIT: f64 = 80.0;
/// Starts of the whole terminal.
const STARTS: usize = 21;

/// What a store would do that keeps the code in SQLite and opens it for one showing.
fn one_row(file: &Path) -> rusqlite::Result<Vec<u8>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection
        .execute_batch("PRAGMA query_only = 1; PRAGMA temp_store = 2; PRAGMA foreign_keys = 1")?;
    connection.query_row("SELECT sealed FROM lit WHERE id = 1", [], |row| row.get(0))
}

fn database(file: &Path, sealed: &[u8]) -> rusqlite::Result<()> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch("CREATE TABLE lit (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL)")?;
    connection.execute("INSERT INTO lit VALUES (1, ?1)", [sealed])?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a bench is read on standard output")]
fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Runtime::new()?;
    let region = runtime.block_on(world::Region::start());
    let phone = runtime.block_on(async {
        let phone = world::Phone::unpack(&region, ChosenOutcome::Pass).await;
        phone.live(&region, "green").await;
        phone
    });
    let folder = phone.folder.clone();
    let store = folder.path().join("store");
    let keys = KeyFile::new(&folder.path().join("keys.json"))?;
    let show = || show_code(&store, &keys, &SystemClocks, &SystemClocks);
    let shown = show()?;
    if !shown.text.starts_with("LM1:") || shown.next_slot_at.is_none() {
        return Err("the code to be measured is not live".into());
    }

    let sealed = fs::read(store.join("lit"))?;
    let plain = folder.path().join("plain");
    fs::write(&plain, &sealed)?;
    let sqlite = folder.path().join("peer.db");
    database(&sqlite, &sealed)?;
    if one_row(&sqlite)? != sealed {
        return Err("the peer reads something else".into());
    }
    let what = "sealed code, warm: keys, open, unseal, chain value, text";
    let bytes = sealed.len();
    let mut rows: Vec<Row> = vec![
        against_limit(what, LIMIT, show),
        side_by_side(
            what,
            None,
            show,
            &format!("SQLite opened read-only, one row of {bytes} bytes, nothing unsealed"),
            || one_row(&sqlite),
        ),
        side_by_side(
            what,
            None,
            show,
            &format!("plain file of {bytes} bytes, nothing unsealed"),
            || fs::read(&plain),
        ),
    ];

    let (mut starts, mut shows) = (Vec::new(), Vec::new());
    let mut phone = phone;
    for _ in 0..STARTS {
        let began = Instant::now();
        phone = runtime.block_on(phone.restart(&region));
        starts.push(began.elapsed().as_secs_f64() * 1e6);
        let began = Instant::now();
        show()?;
        shows.push(began.elapsed().as_secs_f64() * 1e6);
    }
    rows.push(of_rounds(
        "the whole terminal closed and opened: database, trust, wallet, client",
        None,
        &starts,
        "showing without it",
        &shows,
    ));
    println!("{}", markdown_head());
    for row in rows {
        println!("{}", row.markdown());
    }
    Ok(())
}
