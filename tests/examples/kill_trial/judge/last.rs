use std::{collections::BTreeSet, path::Path, sync::Arc, thread, time::Duration};

use super::{
    Ground, PHONES,
    killing::{MASTER_KEY, phone_setup, start_phone},
};
use crate::{
    Outcome,
    book::Tally,
    database::{self, audit_faults, copy, look, unsound},
    process::Process,
};

/// How long a phone gets to send what waits.
const LAST_RUN_MAX: Duration = Duration::from_secs(60);
/// The number of a run that comes after all others.
const LAST_RUN: u32 = 50_000;

/// After the last kill: every phone sends what waits, and the platform is stopped for good.
pub(super) fn finish_phones(ground: &Arc<Ground>, mut platform: Process) -> Outcome<()> {
    ground.hall.await_gone(PHONES, LAST_RUN_MAX);
    // What was to be killed together with the platform was killed alone.
    let alone = ground.hall.await_killing_both(Duration::ZERO);
    ground.hall.count(|counts| counts.phone += alone);
    for phone in 0..PHONES {
        let setup = phone_setup(ground, phone, LAST_RUN, true)?;
        let (mut process, _) = start_phone(ground, phone, &setup)?;
        if !process.wait(LAST_RUN_MAX) {
            ground
                .hall
                .fault(format!("phone {phone}: it could not finish"));
        }
    }
    ground.hall.end();
    // The laboratory hears of what it sent last.
    thread::sleep(Duration::from_secs(1));
    if let Some(end) = platform.kill() {
        ground.hall.fault(format!("platform: {end}"));
    }
    Ok(())
}

/// Compares everything at the end, when nothing is on its way.
pub(super) fn compare(ground: &Ground) -> Outcome<Tally> {
    let folder = Path::new(&ground.platform.folder);
    let to = ground.at("last");
    copy(folder, database::PLATFORM, &to)?;
    std::fs::copy(folder.join(MASTER_KEY), to.join(MASTER_KEY))
        .map_err(|error| error.to_string())?;
    let file = to.join(database::PLATFORM);
    let mut faults: Vec<String> = unsound(&file)?.into_iter().map(str::to_owned).collect();
    let there = look(&file)?;
    faults.extend(audit_faults(&to, &ground.platform.principals)?);
    let tally = ground.hall.with_book(|book| {
        faults.extend(book.compare(&there, book.now()));
        let left: BTreeSet<String> = book.left();
        book.tally(&there, &left)
    });
    if tally.lost > 0 || tally.doubled > 0 {
        faults.push(format!(
            "in the end {} acts are lost and {} doubled",
            tally.lost, tally.doubled
        ));
    }
    for fault in faults {
        ground.hall.fault(format!("in the end: {fault}"));
    }
    Ok(tally)
}
