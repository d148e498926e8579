//! What a checker keeps in memory between two codes, and nothing longer.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::{
    Checked, CheckerClock, CodeId, TrustStore, Verdict,
    check::{LIVE_UNTIL_SECONDS, Sighting, check},
};

/// The most codes remembered; at one code a second more than are seen in 75 seconds.
const REMEMBERED_LIMIT: usize = 512;

/// Codes seen in the last 75 seconds. In memory only, and never a name.
#[derive(Debug, Default)]
pub struct RecentlySeen(VecDeque<(i64, CodeId)>);

impl RecentlySeen {
    /// Notes that a code was seen, and says whether it was seen within 75 seconds before.
    ///
    /// In which slot does not matter: whoever has one value has all earlier ones of the hour.
    pub fn note(&mut self, cid: CodeId, now: Timestamp) -> bool {
        let now_second = now.as_second();
        self.0
            .retain(|(seen_at, _)| (now_second - seen_at).abs() < LIVE_UNTIL_SECONDS);
        let before = self.0.len();
        self.0.retain(|(_, id)| *id != cid);
        let known = self.0.len() < before;
        if self.0.len() == REMEMBERED_LIMIT {
            self.0.pop_front();
        }
        self.0.push_back((now_second, cid));
        known
    }
}

/// What two scans of a code that is not live tell about the reason. None of it speaks for the person: compare
/// the identity card each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondLook {
    /// The value advanced, and is that of a slot which has not come by the checker's clock: one of the two
    /// clocks is wrong.
    ClockDiffers {
        /// The checker's time less the start of the slot shown; negative.
        difference_seconds: i64,
    },
    /// The value advanced, and is that of a slot which is over. This is a phone whose clock is slow, or a copy:
    /// from one value follow all earlier ones of the hour, which can be shown one after the other. Compare the
    /// identity card.
    CompareIdentityCard,
    /// The value stood still for 15 seconds or more: a picture of a code.
    Copy,
    /// Another code, no value, or too soon to tell. Look again 15 seconds after the first scan.
    CannotTell,
}

/// Checks codes one after the other.
#[derive(Debug)]
pub struct Checker {
    trust: TrustStore,
    seen: RecentlySeen,
    not_live: Option<(i64, Sighting)>,
}

/// Two scans further apart than this are two events.
const SECOND_LOOK_SECONDS: i64 = 300;
/// A phone that is showing its code has moved on after this time.
const SLOT_SECONDS: i64 = crate::hour::SLOT_SECONDS;

impl Checker {
    /// A checker with what it trusts.
    #[must_use]
    pub fn new(trust: TrustStore) -> Self {
        Self {
            trust,
            seen: RecentlySeen::default(),
            not_live: None,
        }
    }

    /// What the checker trusts.
    #[must_use]
    pub const fn trust(&self) -> &TrustStore {
        &self.trust
    }

    /// What the checker trusts, to take new lists.
    pub const fn trust_mut(&mut self) -> &mut TrustStore {
        &mut self.trust
    }

    /// Checks a text, and notes whether the same code was seen in the last 75 seconds.
    pub fn check(&mut self, text: &str, clock: CheckerClock) -> Checked {
        let mut checked = check(text, &self.trust, clock);
        if let Some(sighting) = checked.sighting {
            checked.flags.seen_recently = self.seen.note(sighting.cid, clock.now);
        }
        checked
    }

    /// Forgets every code that was seen, as at the end of a shift.
    pub fn forget(&mut self) {
        self.seen = RecentlySeen::default();
        self.not_live = None;
    }

    /// Compares a code that is not live with the one scanned before it, to tell the collector more about the
    /// reason.
    ///
    /// Call it with each result of [`Self::check`]; it remembers one code that was not live.
    pub fn second_look(&mut self, checked: &Checked, now: Timestamp) -> SecondLook {
        let now_second = now.as_second();
        let (
            Verdict::NotLive {
                difference_seconds: Some(difference_seconds),
            },
            Some(sighting),
        ) = (checked.verdict, checked.sighting)
        else {
            self.not_live = None;
            return SecondLook::CannotTell;
        };
        let first = self.not_live.filter(|(at, first)| {
            first.cid == sighting.cid && (0..SECOND_LOOK_SECONDS).contains(&(now_second - at))
        });
        let Some((first_at, first)) = first else {
            self.not_live = Some((now_second, sighting));
            return SecondLook::CannotTell;
        };
        if first.k < sighting.k && difference_seconds.is_negative() {
            SecondLook::ClockDiffers { difference_seconds }
        } else if first.k < sighting.k {
            SecondLook::CompareIdentityCard
        } else if now_second - first_at >= SLOT_SECONDS {
            SecondLook::Copy
        } else {
            SecondLook::CannotTell
        }
    }
}
