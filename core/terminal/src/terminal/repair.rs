use std::sync::Arc;

use jiff::Timestamp;
use liangma_wire::{bytes::FixedBytes, login::LoginCompleteResponse};

use super::{
    Ports, Terminal, TerminalConfig, TerminalError, blocking, data, hold, kept_epoch,
    login::PERSON, put_notice,
};
use crate::{
    clock::ClockMemory,
    envelope::{self, Keyring},
    folder::Folder,
    lit::Lit,
    records::{NoticeKind, PlanRecord, StripRecord, row},
    store::{self, Salvaged, StoreError, Table, Work},
};

/// A person whom nobody is: what cannot be told whose it was goes out under no name.
const NOBODY: FixedBytes<32> = FixedBytes([0; 32]);

/// What a repair could keep, for the person to be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repaired {
    /// The store was damaged and was made anew. False where there was nothing to repair.
    pub made_anew: bool,
    /// Values that were kept.
    pub kept: u32,
    /// Values that were there and could not be read.
    pub lost: u32,
    /// Everything in the damaged store was looked at: then nothing but the `lost` is missing.
    pub whole: bool,
    /// The person is still logged in.
    pub logged_in: bool,
    /// The code is still there.
    pub code: bool,
    /// What waits to be sent, kept.
    pub waiting: u32,
}

impl Terminal {
    /// Makes a damaged store anew from what can still be read, by the person's explicit wish, and opens it.
    ///
    /// Only where [`StoreError::may_repair`]. Every value that still opens is kept: each proves by its
    /// seal that it is of this installation and this place. The code comes from its own file where that
    /// is whole; the next refresh begins a new strip. The person finds
    /// [`NoticeKind::StoreRepaired`] among the notices. What waited to be sent and was kept is sent with
    /// the key it had, so that nothing is done twice; what was kept and cannot be told whose it was is
    /// shown, and dropped by the next login. A kill in between leaves the damaged store or the new one.
    ///
    /// # Errors
    /// As [`Terminal::open`]. Where the keys are in a state of their own, that is the state, and nothing is
    /// touched.
    pub async fn repair(
        config: TerminalConfig,
        ports: Ports,
    ) -> Result<(Self, Repaired), TerminalError> {
        blocking(move || Self::repair_now(config, ports)).await
    }

    fn repair_now(config: TerminalConfig, ports: Ports) -> Result<(Self, Repaired), TerminalError> {
        let folder = Folder::at(&config.folder);
        folder.create()?;
        let held = hold(&folder)?;
        let keys = ports.keys.as_ref();
        folder.sweep()?;
        data::resume_erasing(&folder, keys)?;
        store::finish_rebuilding(&folder)?;
        let keyring = envelope::open(&folder, keys, ports.boot())?;
        match store::Store::open(&folder, &keyring, ports.randomness.clone(), false) {
            Ok(store) => {
                drop(store);
                let terminal = Self::open_held(config, ports, held)?;
                return Ok((terminal, Repaired::default()));
            }
            Err(error) if error.may_repair() => {}
            Err(error) => return Err(error.into()),
        }
        tracing::warn!("the store is made anew from what can be read of it");
        let repaired = make_anew(&folder, &keyring, &ports)?;
        let terminal = Self::open_held(config, ports, held)?;
        Ok((terminal, repaired))
    }
}

fn make_anew(folder: &Folder, keyring: &Keyring, ports: &Ports) -> Result<Repaired, TerminalError> {
    let salvaged = store::salvage(folder, keyring);
    let lit = Lit::read(folder, keyring).ok().flatten();
    let kept = kept_epoch(ports.keys.as_ref())?.unwrap_or_default();
    let at = ports
        .wall
        .read()
        .map_or(Timestamp::UNIX_EPOCH, |reading| reading.time);
    let mut repaired = Repaired {
        made_anew: true,
        kept: u32::try_from(salvaged.values.len()).unwrap_or(u32::MAX),
        lost: salvaged.lost,
        whole: salvaged.whole,
        ..Repaired::default()
    };
    let randomness: Arc<_> = ports.randomness.clone();
    store::rebuild(folder, keyring, randomness, |work| {
        for ((table, row), plain) in &salvaged.values {
            work.put_bytes(*table, row, plain)?;
        }
        let person: Option<FixedBytes<32>> = work.get(Table::Single, PERSON)?;
        // A kill during a login, or an old copy put back, leaves the file of somebody else.
        let of_another =
            |lit: &&Lit| lit.person.is_some() && person.is_some() && lit.person != person;
        if let Some(lit) = lit.as_ref().filter(|lit| !of_another(lit)) {
            put_code(work, lit)?;
        }
        if whose(work, &salvaged, lit.as_ref())? {
            work.put(Table::Single, PERSON, &NOBODY)?;
        }
        let mut plan: PlanRecord = work.get(Table::Single, row::PLAN)?.unwrap_or_default();
        plan.replace_strip = true;
        plan.next_at = None;
        work.put(Table::Single, row::PLAN, &plan)?;
        let stored: Option<u64> = work.get(Table::Single, row::EPOCH)?;
        work.put(
            Table::Single,
            row::EPOCH,
            &stored.unwrap_or_default().max(kept),
        )?;
        let session: Option<LoginCompleteResponse> = work.get(Table::Single, row::SESSION)?;
        repaired.logged_in = session.is_some();
        let strip: Option<StripRecord> = work.get(Table::Single, row::STRIP)?;
        repaired.code = strip.is_some() && !work.all_bytes(Table::Credential)?.is_empty();
        let waiting = work.all_bytes(Table::Outbox)?.len();
        repaired.waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        put_notice(work, NoticeKind::StoreRepaired, at)
    })?;
    Ok(repaired)
}

/// The code as its own file has it: strip, hours and reasons fit each other there.
fn put_code(work: &Work<'_>, lit: &Lit) -> Result<(), StoreError> {
    if let Some(strip) = &lit.strip {
        work.put(Table::Single, row::STRIP, strip)?;
        work.clear(Table::Credential)?;
        for (hour, bytes) in &lit.credentials {
            work.put_bytes(Table::Credential, &format!("{hour:010}"), &bytes.0)?;
        }
    }
    if let Some(explanation) = &lit.explanation {
        work.put(Table::Single, row::HEALTH, explanation)?;
    }
    // Every write keeps the clock's memory in the database, and not every one in the file.
    let clock: Option<ClockMemory> = work.get(Table::Single, row::CLOCK)?;
    if clock.is_none_or(|clock| clock.last_trusted < lit.clock.last_trusted) {
        work.put(Table::Single, row::CLOCK, &lit.clock)?;
    }
    if let Some(person) = &lit.person {
        work.put(Table::Single, PERSON, person)?;
    }
    Ok(())
}

/// True where somebody was logged in and whose the kept values are cannot be told any more.
fn whose(work: &Work<'_>, salvaged: &Salvaged, lit: Option<&Lit>) -> Result<bool, StoreError> {
    let person: Option<FixedBytes<32>> = work.get(Table::Single, PERSON)?;
    if person.is_some() {
        return Ok(false);
    }
    let nobody_yet = match lit {
        Some(lit) => lit.strip.is_none() && lit.updated_at.is_none(),
        None => salvaged.whole && salvaged.lost == 0,
    };
    Ok(!nobody_yet)
}
