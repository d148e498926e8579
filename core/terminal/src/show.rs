//! Showing the code: reads, and nothing else. No network, no file written, created or removed.

use std::{io, path::Path};

use jiff::Timestamp;
use liangma_credential::{Credential, Hour, Kind, Revealed, Slot, StripChain, live_code_text};
use liangma_domain::{
    colour::Colour,
    mask::{MaskedDocument, MaskedName},
    rules::ReasonStatement,
    tiles::Tiles,
};
use liangma_wire::declaration::{EvidenceSource, RuleBook};

use crate::{
    clock::{ClockMemory, ClockState, Judgement, PhoneTime},
    envelope::{self, EnvelopeError},
    folder::Folder,
    key_state::KeyState,
    lit::{self, Lit},
    plan,
    ports::{KeyStore, MonotonicClock, WallClock},
};

/// A code to be drawn now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownCode {
    /// The text of the QR symbol.
    pub text: String,
    /// Whom it speaks of.
    pub kind: Kind,
    /// The colour, as signed for this hour.
    pub colour: Colour,
    /// The masked name, as signed.
    pub name: MaskedName,
    /// The masked document, as signed.
    pub document: MaskedDocument,
    /// Test age and vaccination, as signed for this hour, where the region allows them.
    pub tiles: Option<Tiles>,
    /// The time to show on the clock band.
    pub now: Timestamp,
    /// The IANA name of the zone to show it in: the region's.
    pub zone: String,
    /// How far `now` can be relied on. In the unknown state the code is genuine and not live.
    pub clock_state: ClockState,
    /// By how many seconds the phone's own clock is ahead of the trusted time; worth a hint from a minute
    /// on.
    pub wall_ahead_seconds: Option<i64>,
    /// When the text changes: draw again then. `None` when it does not.
    pub next_slot_at: Option<Timestamp>,
    /// How old it is and how long it lasts.
    pub validity: Validity,
    /// Why it has this colour; empty when what the phone holds explains another colour. Not for the face
    /// shown at a gate.
    pub reasons: Vec<ReasonStatement>,
    /// Who answers for the evidence behind the reasons.
    pub sources: Vec<EvidenceSource>,
    /// The rule book that the reasons rest on.
    pub rule_book: Option<RuleBook>,
    /// Nothing of it counts outside a demonstration.
    pub sandbox: bool,
}

/// How old a code is and how long it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The end of the last hour that is signed without a gap; of the shown hour where the clock is unknown.
    pub covered_until: Timestamp,
    /// "Works offline until": only when signed hours, reasons and clock are all good until then.
    pub works_offline_until: Option<Timestamp>,
    /// The last refresh that went through.
    pub updated_at: Option<Timestamp>,
    /// When the reasons were fetched.
    pub explained_at: Option<Timestamp>,
}

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShowError {
    /// Keys and store are in a state that the person must be told.
    #[error("show the code: the keys of this phone are {0:?}")]
    Keys(KeyState),
    /// There is no code on this phone yet.
    #[error("show the code: there is none on this phone yet")]
    NoCode,
    /// The signed hours are over: refresh.
    #[error("show the code: it ended at {at}")]
    Ended {
        /// When the last signed hour ended.
        at: Timestamp,
    },
    /// What is stored does not open or does not fit together: open the terminal, which makes it anew.
    #[error("show the code: what is stored is damaged")]
    Damaged,
    /// A newer version of this program wrote it.
    #[error("show the code: a newer version of this program wrote it")]
    FromNewerVersion,
    /// The folder cannot be read.
    #[error("show the code: the store's folder cannot be read")]
    Folder(#[from] io::Error),
}

impl From<EnvelopeError> for ShowError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Keys(KeyState::Fresh) => Self::NoCode,
            EnvelopeError::Keys(state) => Self::Keys(state),
            EnvelopeError::Folder(error) => Self::Folder(error),
            EnvelopeError::FromNewerVersion => Self::FromNewerVersion,
            EnvelopeError::KeyStore(_) | EnvelopeError::Randomness(_) => Self::Damaged,
        }
    }
}

/// Shows the code of a store that need not be open: for a widget, a shortcut or a program.
///
/// Reads the envelope and one sealed file; opens no socket, writes, creates and removes nothing, and
/// takes no lock, so that it also works beside an open terminal.
///
/// # Errors
/// [`ShowError`].
pub fn show_code(
    store: &Path,
    keys: &dyn KeyStore,
    wall: &dyn WallClock,
    monotonic: &dyn MonotonicClock,
) -> Result<ShownCode, ShowError> {
    let phone = PhoneTime::read(wall, monotonic);
    let folder = Folder::at(store);
    let boot = phone.monotonic.map(|reading| reading.boot);
    let keyring = envelope::open_to_read(&folder, keys, boot)?;
    let lit = match Lit::read(&folder, &keyring) {
        Ok(lit) => lit.ok_or(ShowError::NoCode)?,
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge
            ) =>
        {
            return Err(ShowError::Damaged);
        }
        Err(error) => return Err(error.into()),
    };
    let strip = lit.strip.as_ref().ok_or(ShowError::NoCode)?;
    let chain = lit::open_strip(&keyring.chain(), keyring.install, strip)
        .map_err(|_| ShowError::Damaged)?;
    show(&lit, &lit.clock, &chain, &phone)
}

/// Shows the code for one moment. Pure. The clock's memory may be newer than the file's.
pub(crate) fn show(
    lit: &Lit,
    clock: &ClockMemory,
    chain: &StripChain,
    phone: &PhoneTime,
) -> Result<ShownCode, ShowError> {
    let (first, end) = lit.span().ok_or(ShowError::NoCode)?;
    let judgement = clock.judge(phone, lit.span());
    let hour = hour_to_show(lit, &judgement, first, end)?;
    let bytes = lit.credentials.get(&hour.0).ok_or(ShowError::NoCode)?;
    let credential = Credential::decode(&bytes.0).map_err(|_| ShowError::Damaged)?;
    let claims = credential.claims();
    let slot = Slot::at(judgement.now);
    let live = slot.hour() == hour && judgement.may_reveal(slot.start());
    let revealed = live.then(|| Revealed {
        k: slot.number(),
        value: chain.slot_value(hour, claims.cid, slot.number()),
    });
    let explanation = lit
        .explanation
        .as_ref()
        .filter(|_| lit.explained.contains(&hour.0));
    Ok(ShownCode {
        text: live_code_text(&bytes.0, revealed),
        kind: claims.kind,
        colour: claims.colour,
        name: claims.name.clone(),
        document: claims.document.clone(),
        tiles: claims.tiles,
        now: judgement.now,
        zone: lit.zone.clone(),
        clock_state: judgement.state,
        wall_ahead_seconds: judgement.wall_ahead_seconds,
        next_slot_at: live.then(|| slot.end()),
        validity: validity(lit, clock, &judgement, hour),
        sources: explanation
            .map(|record| record.health.sources.clone())
            .unwrap_or_default(),
        rule_book: explanation.and_then(|record| record.health.rule_book.clone()),
        reasons: explanation
            .map(|record| record.health.evaluation.reasons().to_vec())
            .unwrap_or_default(),
        sandbox: lit.sandbox,
    })
}

/// The hour of now where the time is known well enough; otherwise the covered hour nearest to the guess,
/// as a code that is genuine and not live is better at a gate than none.
fn hour_to_show(
    lit: &Lit,
    judgement: &Judgement,
    first: Timestamp,
    end: Timestamp,
) -> Result<Hour, ShowError> {
    let hour = Hour::of(judgement.now);
    if lit.credentials.contains_key(&hour.0) {
        return Ok(hour);
    }
    if judgement.state != ClockState::Unknown {
        return Err(if judgement.now >= end {
            ShowError::Ended { at: end }
        } else {
            ShowError::NoCode
        });
    }
    let nearest = if judgement.now < first {
        lit.credentials.first_key_value()
    } else {
        lit.credentials.last_key_value()
    };
    nearest
        .map(|(hour, _)| Hour(*hour))
        .ok_or(ShowError::NoCode)
}

fn validity(lit: &Lit, clock: &ClockMemory, judgement: &Judgement, hour: Hour) -> Validity {
    let covered_until =
        plan::covered_until(hour.start(), |hour| lit.credentials.contains_key(&hour.0))
            .unwrap_or_else(|| hour.end());
    let trusted_until = match (&clock.fix, judgement.state) {
        (Some(fix), ClockState::Trusted) => Some(fix.trusted_until()),
        _ => None,
    };
    Validity {
        covered_until,
        works_offline_until: explained_until(lit, hour)
            .zip(trusted_until)
            .map(|(explained, trusted)| covered_until.min(explained).min(trusted))
            .filter(|until| *until > judgement.now),
        updated_at: lit.updated_at,
        explained_at: lit.explanation.as_ref().map(|record| record.updated_at),
    }
}

/// Until when the reasons on the phone are those of the colour that is signed.
fn explained_until(lit: &Lit, from: Hour) -> Option<Timestamp> {
    plan::covered_until(from.start(), |hour| lit.explained.contains(&hour.0))
}

#[cfg(test)]
mod tests;
