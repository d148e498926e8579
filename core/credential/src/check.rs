//! The offline check: one pure function from a text, what is trusted, and a clock to a verdict.

use jiff::Timestamp;
use liangma_domain::{
    colour::Colour,
    mask::{MaskedDocument, MaskedName},
    region::{ProfileName, RegionCode},
    tiles::Tiles,
};

use crate::{
    Claims, CodeId, DecodeError, Freshness, Hour, Issuer, Kind, Member, Slot, TrustStore, base45,
    credential::ParsedCredential,
    live::{self, Revealed, Scanned, TEXT_LIMIT},
    strip::chain_anchor,
};

/// Seconds after its hour from which a code is expired.
pub const EXPIRED_AFTER_SECONDS: i64 = 60;
/// Seconds before its hour until which a code is not yet valid.
pub const VALID_BEFORE_SECONDS: i64 = 30;
/// A slot is live from this many seconds before its start.
pub const LIVE_BEFORE_SECONDS: i64 = 30;
/// A slot is no longer live this many seconds after its start.
pub const LIVE_UNTIL_SECONDS: i64 = 75;
/// A clock this many seconds before the issue of a file in force is in doubt.
pub const CLOCK_BEHIND_SECONDS: i64 = 60;

/// The checker's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CheckerClock {
    /// What it says.
    pub now: Timestamp,
    /// It has not been set by a trusted source, or has been seen to jump. Then no verdict is a plain green.
    pub in_doubt: bool,
}

impl CheckerClock {
    /// A clock that is believed.
    #[must_use]
    pub const fn trusted(now: Timestamp) -> Self {
        Self {
            now,
            in_doubt: false,
        }
    }
}

/// What a code turned out to be. The first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Not a health code of ours, often a payment code.
    NotOurs,
    /// Ours by its prefix, and cut, smudged, or not in its one accepted encoding.
    Damaged,
    /// Well formed, and newer than this checker.
    UnsupportedVersion,
    /// Signed with a key that is not in the list for this hour.
    UnknownIssuer,
    /// The signature, or the revealed value, is not the holder's.
    Forged,
    /// Withdrawn: the holder's status has changed.
    Recalled,
    /// Its hour is over.
    Expired {
        /// Seconds since the end of its hour, 60 or more.
        since_seconds: i64,
    },
    /// Its hour has not come.
    NotYetValid {
        /// Seconds until its hour, more than 30.
        in_seconds: i64,
    },
    /// Genuine, but it was not shown just now: no revealed value, a copy, or clocks that differ.
    NotLive {
        /// The checker's time less the start of the slot shown; `None` without a revealed value.
        difference_seconds: Option<i64>,
    },
    /// Genuine, and live where it can be.
    Genuine,
}

impl Verdict {
    /// A stable name for vectors, logs and counts.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOurs => "not_ours",
            Self::Damaged => "damaged",
            Self::UnsupportedVersion => "unsupported_version",
            Self::UnknownIssuer => "unknown_issuer",
            Self::Forged => "forged",
            Self::Recalled => "recalled",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::NotLive { .. } => "not_live",
            Self::Genuine => "genuine",
        }
    }
}

impl From<DecodeError> for Verdict {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Unsupported { .. } => Self::UnsupportedVersion,
            DecodeError::TooLong { .. } | DecodeError::Malformed { .. } => Self::Damaged,
        }
    }
}

/// What stands beside a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flags {
    /// The age of the issuer list.
    pub trust_age: Freshness,
    /// The age of the recall list; for paper codes, of the list of voids.
    pub recall_age: Freshness,
    /// The checker's own clock is not to be relied on.
    pub clock_in_doubt: bool,
    /// The same code was seen in the last 75 seconds, in whatever slot; set by [`crate::Checker`] alone.
    pub seen_recently: bool,
    /// The issuer is a sandbox: the person is invented.
    pub sandbox: bool,
}

impl Flags {
    pub(crate) fn new(
        trust_age: Freshness,
        recall_age: Freshness,
        trust: &TrustStore,
        clock: CheckerClock,
    ) -> Self {
        let behind =
            clock.now.as_second() + CLOCK_BEHIND_SECONDS < trust.newest_issue().as_second();
        Self {
            trust_age,
            recall_age,
            clock_in_doubt: clock.in_doubt || behind,
            seen_recently: false,
            sandbox: false,
        }
    }
}

/// What may be shown of a code that is genuine, even if it is recalled, out of its hour or not live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whom the code speaks of.
    pub kind: Kind,
    /// The colour, to be read by the registry of the profile.
    pub colour: Colour,
    /// The masked name.
    pub name: MaskedName,
    /// The masked document.
    pub document: MaskedDocument,
    /// The tiles.
    pub tiles: Option<Tiles>,
    /// The people of a group.
    pub members: Vec<Member>,
    /// The hour the code is for.
    pub hour: Hour,
    /// The region that issued it.
    pub region: RegionCode,
    /// The profile by which its colours and admission are read.
    pub profile: ProfileName,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What the code is.
    pub verdict: Verdict,
    /// What stands beside it.
    pub flags: Flags,
    /// What may be shown, from verdict `recalled` on.
    pub shown: Option<Shown>,
    /// Which code and which slot, for the second look. In memory only.
    pub(crate) sighting: Option<Sighting>,
}

impl Checked {
    /// Which code it was, from verdict `recalled` on, to know it again within seconds. In memory only.
    #[must_use]
    pub fn code_id(&self) -> Option<CodeId> {
        self.sighting.map(|sighting| sighting.cid)
    }

    /// The checker's time less the start of the slot shown, whatever the verdict: 0 to 15 between two clocks
    /// that agree. `None` without a revealed value.
    #[must_use]
    pub fn difference_seconds(&self, now: Timestamp) -> Option<i64> {
        let slot = Slot::new(self.shown.as_ref()?.hour, self.sighting?.k?)?;
        Some(now.as_second() - slot.start_second())
    }
}

/// Which code was seen, and the slot it revealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sighting {
    pub(crate) cid: CodeId,
    pub(crate) k: Option<u8>,
}

/// Checks the text of a live code. Pure: the same arguments give the same result.
///
/// The order of the verdicts is that of [`Verdict`]; an earlier one hides the later ones.
#[must_use]
pub fn check(text: &str, trust: &TrustStore, clock: CheckerClock) -> Checked {
    let ages = trust.ages(clock.now);
    let mut flags = Flags::new(ages.trust, ages.recall, trust, clock);
    let outcome = match live::scan(text) {
        Scanned::Live(body) => check_body(text.len(), body, trust, clock.now, &mut flags),
        Scanned::Newer => Err(Verdict::UnsupportedVersion),
        Scanned::Paper(_) | Scanned::Venue(_) | Scanned::Other => Err(Verdict::NotOurs),
    };
    match outcome {
        Ok((verdict, shown, sighting)) => Checked {
            verdict,
            flags,
            shown: Some(shown),
            sighting: Some(sighting),
        },
        Err(verdict) => Checked {
            verdict,
            flags,
            shown: None,
            sighting: None,
        },
    }
}

fn check_body(
    text_length: usize,
    body: &str,
    trust: &TrustStore,
    now: Timestamp,
    flags: &mut Flags,
) -> Result<(Verdict, Shown, Sighting), Verdict> {
    if text_length > TEXT_LIMIT {
        return Err(Verdict::Damaged);
    }
    let bytes = base45::decode(body)?;
    let (credential, revealed) = live::read_envelope(&bytes)?;
    let parsed = ParsedCredential::decode(credential)?;
    let claims = &parsed.claims;
    let issuer = trust
        .issuer(parsed.key_id(), claims.hour)
        .ok_or(Verdict::UnknownIssuer)?;
    flags.sandbox = issuer.sandbox;
    parsed.verify(&issuer.key).map_err(|_| Verdict::Forged)?;
    if let Some(revealed) = revealed {
        check_chain(claims.hour, claims.cid.0, &claims.anchor, revealed)?;
    }

    let verdict = if trust.recalled(claims.cid, claims.hour) {
        Verdict::Recalled
    } else {
        check_time(claims.hour, revealed, now.as_second())
    };
    let sighting = Sighting {
        cid: claims.cid,
        k: revealed.map(|revealed| revealed.k),
    };
    Ok((verdict, Shown::new(parsed.claims, issuer), sighting))
}

/// A revealed value that does not lead to the anchor was not made by the holder's phone.
pub(crate) fn check_chain(
    hour: Hour,
    id: [u8; 8],
    anchor: &[u8; 16],
    revealed: Revealed,
) -> Result<(), Verdict> {
    if chain_anchor(hour, id, revealed.k, &revealed.value) == *anchor {
        Ok(())
    } else {
        Err(Verdict::Forged)
    }
}

/// Expired, not yet valid, not live, or genuine.
pub(crate) fn check_time(hour: Hour, revealed: Option<Revealed>, now_second: i64) -> Verdict {
    let since_seconds = now_second - hour.end_second();
    if since_seconds >= EXPIRED_AFTER_SECONDS {
        return Verdict::Expired { since_seconds };
    }
    let in_seconds = hour.start_second() - now_second;
    if in_seconds > VALID_BEFORE_SECONDS {
        return Verdict::NotYetValid { in_seconds };
    }
    let difference_seconds = revealed
        .and_then(|revealed| Slot::new(hour, revealed.k))
        .map(|slot| now_second - slot.start_second());
    match difference_seconds {
        Some(difference) if (-LIVE_BEFORE_SECONDS..LIVE_UNTIL_SECONDS).contains(&difference) => {
            Verdict::Genuine
        }
        _ => Verdict::NotLive { difference_seconds },
    }
}

impl Shown {
    fn new(claims: Claims, issuer: &Issuer) -> Self {
        Self {
            kind: claims.kind,
            colour: claims.colour,
            name: claims.name,
            document: claims.document,
            tiles: claims.tiles,
            members: claims.members,
            hour: claims.hour,
            region: issuer.region.clone(),
            profile: issuer.profile.clone(),
        }
    }
}
