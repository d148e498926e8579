//! The clock authority: which time the phone may show a live code for.
//!
//! A phone's wall clock is wrong by minutes on honest phones and by days on the phones of people who want
//! tomorrow's code today. So time comes from the platform's signed statements and runs on with the
//! monotonic clock. The authority is a pure function of what is remembered and what the phone's clocks
//! say; it reads no clock, and no time ever comes from a scanned picture.
//!
//! | state | when | the live code is for |
//! |---|---|---|
//! | trusted | the phone has not restarted since a signed statement, drift bounded by 30 s | the statement plus the monotonic clock |
//! | estimated | restarted since, and the wall clock is plausible; or drift no longer bounded | the wall clock, less what it was last found wrong by; or the statement plus the monotonic clock |
//! | unknown | anything else | nothing: the credential is shown alone, *genuine, not live* |
//!
//! A wall clock keeps its error across a restart, as its battery does not know about it. So what it was
//! wrong by when time was last trusted is remembered, and taken off after a restart: a phone whose owner
//! keeps it five minutes ahead, or whose date is a month off, is as good as any other.
//!
//! After a restart without network nothing bounds the wall clock from above save the strip: whoever sets it
//! ahead sees later slots. The highest slot shown is remembered, so that a phone that went ahead is not
//! live again until it met the platform, and then begins a new strip, which recalls what was shown ahead.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{BootId, MonotonicClock, MonotonicReading, WallClock, WallReading};

/// A monotonic clock is taken to drift by at most 100 parts in a million.
const DRIFT_DIVISOR: u32 = 10_000;
/// Time is trusted while it is known to half a minute.
const TRUSTED_UNCERTAINTY: Duration = Duration::from_secs(30);
/// A statement that took longer on its way says too little.
pub const ROUND_TRIP_MAX: Duration = Duration::from_secs(10);
/// The farthest that a slot may begin beyond the time it is shown for.
pub const REVEAL_AHEAD_MAX: SignedDuration = SignedDuration::from_secs(60);
/// A wall clock drifts by less between two writes; by more, somebody has set it.
const WALL_MOVED: SignedDuration = SignedDuration::from_secs(5);
/// How far behind a remembered time a wall clock may stand and still be plausible.
const BEHIND_TOLERANCE: SignedDuration = SignedDuration::from_secs(60);

/// What the authority remembers across restarts of program and phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockMemory {
    /// The newest signed statement.
    pub fix: Option<ClockFix>,
    /// The latest time that was trusted when anything was last written.
    pub last_trusted: Option<Timestamp>,
    /// The start of the highest slot that was shown.
    pub highest_revealed: Option<Timestamp>,
    /// How far the wall clock was ahead when time was last trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall_ahead: Option<SignedDuration>,
}

/// One signed statement of the platform's time, and when it was heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockFix {
    /// The time as signed, with the phone's own nonce echoed.
    pub server_time: Timestamp,
    /// Half way between asking and hearing, by the monotonic clock.
    pub since_boot: Duration,
    /// The start of the phone that the monotonic clock counts from.
    pub boot: BootId,
    /// Half of the time between asking and hearing.
    pub half_round_trip: Duration,
    /// The zone that the phone was set to.
    pub zone: String,
}

/// What the phone's two clocks say at one moment; `None` where one could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneTime {
    /// The clock that anybody can set.
    pub wall: Option<WallReading>,
    /// The clock that nobody can set.
    pub monotonic: Option<MonotonicReading>,
}

/// How far a time can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockState {
    /// By the platform's word and an unbroken monotonic clock.
    Trusted,
    /// Plausible: good for a live code, and said to be estimated.
    Estimated,
    /// Not good for a live code.
    Unknown,
}

/// The authority's judgement of one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// How far `now` can be relied on.
    pub state: ClockState,
    /// The time to go by. In the unknown state the best guess, for display and for asking, never for a
    /// live code.
    pub now: Timestamp,
    /// By how many seconds the wall clock is ahead of a trusted time; what a person is to correct.
    pub wall_ahead_seconds: Option<i64>,
    /// The phone was set to another zone since the last statement.
    pub zone_changed: bool,
}

impl PhoneTime {
    /// Reads both clocks.
    #[must_use]
    pub fn read(wall: &dyn WallClock, monotonic: &dyn MonotonicClock) -> Self {
        Self {
            wall: wall.read().ok(),
            monotonic: monotonic.read().ok(),
        }
    }
}

impl ClockFix {
    /// A fix from a verified statement: `asked` and `heard` are the monotonic clock before and after.
    ///
    /// `None` when the phone restarted in between or the answer took longer than [`ROUND_TRIP_MAX`].
    #[must_use]
    pub fn new(
        server_time: Timestamp,
        asked: MonotonicReading,
        heard: MonotonicReading,
        zone: String,
    ) -> Option<Self> {
        let round_trip = heard.since_boot.checked_sub(asked.since_boot)?;
        if asked.boot != heard.boot || round_trip > ROUND_TRIP_MAX {
            return None;
        }
        Some(Self {
            server_time,
            since_boot: asked.since_boot + round_trip / 2,
            boot: heard.boot,
            half_round_trip: round_trip / 2,
            zone,
        })
    }

    /// The time now and how far it may be off, while the monotonic clock is unbroken.
    fn now(&self, monotonic: MonotonicReading) -> Option<(Timestamp, Duration)> {
        if monotonic.boot != self.boot {
            return None;
        }
        let elapsed = monotonic.since_boot.checked_sub(self.since_boot)?;
        let now = self
            .server_time
            .checked_add(SignedDuration::try_from(elapsed).ok()?)
            .ok()?;
        Some((now, self.half_round_trip + elapsed / DRIFT_DIVISOR))
    }

    /// Until when the time stays trusted if the phone is not restarted.
    #[must_use]
    pub fn trusted_until(&self) -> Timestamp {
        let left = TRUSTED_UNCERTAINTY.saturating_sub(self.half_round_trip) * DRIFT_DIVISOR;
        SignedDuration::try_from(left)
            .ok()
            .and_then(|left| self.server_time.checked_add(left).ok())
            .unwrap_or(self.server_time)
    }
}

impl ClockMemory {
    /// Judges one moment. `strip` is the time covered by credentials, from its first to its last moment.
    #[must_use]
    pub fn judge(&self, phone: &PhoneTime, strip: Option<(Timestamp, Timestamp)>) -> Judgement {
        let wall = phone.wall.as_ref().map(|wall| wall.time);
        let zone_changed = match (&self.fix, &phone.wall) {
            (Some(fix), Some(wall)) => fix.zone != wall.zone,
            _ => false,
        };
        let continued = self
            .fix
            .as_ref()
            .zip(phone.monotonic)
            .and_then(|(fix, monotonic)| fix.now(monotonic));
        if let Some((now, uncertainty)) = continued {
            return Judgement {
                state: if uncertainty <= TRUSTED_UNCERTAINTY {
                    ClockState::Trusted
                } else {
                    ClockState::Estimated
                },
                now,
                wall_ahead_seconds: wall.map(|wall| wall.duration_since(now).as_secs()),
                zone_changed,
            };
        }
        let floor = self.floor(phone.monotonic);
        let plausible = |time: &Timestamp| {
            floor.is_some_and(|floor| time.duration_since(floor) >= -BEHIND_TOLERANCE)
                && strip.is_some_and(|(first, last)| *time >= first && *time <= last)
        };
        let corrected =
            wall.and_then(|wall| wall.checked_sub(self.wall_ahead.unwrap_or_default()).ok());
        // As it is, it may have been set right since.
        match corrected
            .filter(plausible)
            .or_else(|| wall.filter(plausible))
        {
            Some(now) => Judgement {
                state: ClockState::Estimated,
                now,
                wall_ahead_seconds: None,
                zone_changed,
            },
            None => Judgement {
                state: ClockState::Unknown,
                // A time that has certainly passed is a better guess than a wall clock before it.
                now: wall
                    .into_iter()
                    .chain(floor)
                    .max()
                    .unwrap_or(Timestamp::UNIX_EPOCH),
                wall_ahead_seconds: None,
                zone_changed,
            },
        }
    }

    /// The latest time that is known to have passed, as far as the phone can know.
    fn floor(&self, monotonic: Option<MonotonicReading>) -> Option<Timestamp> {
        // Without any statement nothing is known: the highest slot alone does not make a floor.
        let fix = self.fix.as_ref()?;
        let trusted = self.last_trusted.max(Some(fix.server_time))?;
        // What was trusted before this start of the phone is older than this start.
        let since = monotonic
            .filter(|reading| reading.boot != fix.boot)
            .and_then(|reading| SignedDuration::try_from(reading.since_boot).ok())
            .and_then(|since| trusted.checked_add(since).ok())
            .unwrap_or(trusted);
        Some(since.max(self.highest_revealed.unwrap_or(since)))
    }

    /// Takes a new statement. True when slots were shown ahead of it: then what was shown must be
    /// recalled by beginning a new strip.
    #[must_use = "a strip of which slots were shown ahead must be replaced"]
    pub fn take_fix(&mut self, fix: ClockFix) -> bool {
        let ahead = self.went_ahead_of(&fix);
        self.last_trusted = Some(fix.server_time);
        if ahead {
            self.highest_revealed = None;
        }
        self.fix = Some(fix);
        ahead
    }

    /// Whether slots were shown ahead of a statement.
    #[must_use]
    pub fn went_ahead_of(&self, fix: &ClockFix) -> bool {
        self.highest_revealed
            .is_some_and(|highest| highest.duration_since(fix.server_time) > REVEAL_AHEAD_MAX)
    }

    /// Remembers that the slot beginning at `slot_start` was shown.
    pub fn note_revealed(&mut self, slot_start: Timestamp) {
        self.highest_revealed = self.highest_revealed.max(Some(slot_start));
    }

    /// Remembers how late it certainly is and how wrong the wall clock; called whenever something is
    /// written anyway.
    pub fn note_time(&mut self, judgement: &Judgement) {
        if judgement.state == ClockState::Trusted {
            self.last_trusted = self.last_trusted.max(Some(judgement.now));
            self.wall_ahead = judgement
                .wall_ahead_seconds
                .map(SignedDuration::from_secs)
                .or(self.wall_ahead);
        }
    }
}

impl Judgement {
    /// Whether, by a trusted time, the wall clock is wrong by more or less than was noted.
    pub(crate) fn has_wall_moved(&self, noted: Option<SignedDuration>) -> bool {
        let ahead = self.wall_ahead_seconds.map(SignedDuration::from_secs);
        self.state == ClockState::Trusted
            && ahead.is_some_and(|ahead| {
                noted.is_none_or(|noted| {
                    ahead.saturating_sub(noted).unsigned_abs() > WALL_MOVED.unsigned_abs()
                })
            })
    }

    /// Whether the slot that begins at `slot_start` may be shown: only with a usable clock, and never
    /// farther ahead than [`REVEAL_AHEAD_MAX`].
    #[must_use]
    pub fn may_reveal(&self, slot_start: Timestamp) -> bool {
        self.state != ClockState::Unknown && slot_start.duration_since(self.now) <= REVEAL_AHEAD_MAX
    }
}

#[cfg(test)]
mod sequences;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::testing::ManualClocks;

    fn start() -> Timestamp {
        "2022-04-01T00:00:00Z".parse().unwrap()
    }

    fn strip() -> Option<(Timestamp, Timestamp)> {
        Some((start(), start() + SignedDuration::from_hours(24)))
    }

    fn later(seconds: i64) -> Timestamp {
        start() + SignedDuration::from_secs(seconds)
    }

    /// A phone whose wall clock is off by `off` seconds and which just heard a statement.
    fn fixed(off: i64) -> (ManualClocks, ClockMemory) {
        let clocks = ManualClocks::new(later(off));
        let mut memory = ClockMemory::default();
        let reading = MonotonicClock::read(&clocks).unwrap();
        let fix = ClockFix::new(start(), reading, reading, "Asia/Shanghai".to_owned()).unwrap();
        assert!(!memory.take_fix(fix));
        (clocks, memory)
    }

    fn judge(clocks: &ManualClocks, memory: &ClockMemory) -> Judgement {
        memory.judge(&PhoneTime::read(clocks, clocks), strip())
    }

    #[test]
    fn a_new_phone_does_not_know_the_time() {
        let clocks = ManualClocks::new(start());
        let judgement = judge(&clocks, &ClockMemory::default());
        assert_eq!(judgement.state, ClockState::Unknown);
        assert_eq!(judgement.now, start());
    }

    #[rstest]
    #[case::right(0)]
    #[case::two_minutes_behind(-120)]
    #[case::a_year_ahead(365 * 86_400)]
    fn a_wall_clock_does_not_matter_while_the_monotonic_clock_runs(#[case] off: i64) {
        let (clocks, memory) = fixed(off);
        clocks.pass(Duration::from_secs(7200));
        clocks.shift_wall(SignedDuration::from_hours(-5));
        let judgement = judge(&clocks, &memory);
        assert_eq!(judgement.state, ClockState::Trusted);
        assert_eq!(judgement.now, later(7200));
        assert_eq!(judgement.wall_ahead_seconds, Some(off - 5 * 3600));
    }

    #[test]
    fn drift_turns_a_trusted_time_into_an_estimate_after_days() {
        let (clocks, memory) = fixed(0);
        clocks.pass(Duration::from_secs(300_000));
        assert_eq!(judge(&clocks, &memory).state, ClockState::Trusted);
        clocks.pass(Duration::from_secs(60));
        let judgement = judge(&clocks, &memory);
        assert_eq!(judgement.state, ClockState::Estimated);
        assert_eq!(judgement.now, later(300_060));
        assert_eq!(memory.fix.unwrap().trusted_until(), later(300_000));
    }

    #[rstest]
    #[case::later_and_inside(0, ClockState::Estimated)]
    #[case::a_little_behind_the_last_trusted_time(-650, ClockState::Estimated)]
    #[case::before_the_last_trusted_time(-700, ClockState::Unknown)]
    #[case::at_the_factory_date(-20 * 365 * 86_400, ClockState::Unknown)]
    #[case::beyond_the_strip(86_400, ClockState::Unknown)]
    fn after_a_restart_the_wall_clock_must_be_plausible(
        #[case] off: i64,
        #[case] expected: ClockState,
    ) {
        let (clocks, mut memory) = fixed(0);
        clocks.pass(Duration::from_secs(600));
        memory.note_time(&judge(&clocks, &memory));
        clocks.restart(Duration::from_secs(600));
        clocks.shift_wall(SignedDuration::from_secs(off));
        let judgement = judge(&clocks, &memory);
        assert_eq!(judgement.state, expected);
        if expected == ClockState::Unknown {
            assert!(judgement.now >= later(600), "what has passed has passed");
            assert!(!judgement.may_reveal(judgement.now));
        } else {
            assert_eq!(judgement.now, later(1200 + off));
            assert!(judgement.may_reveal(judgement.now));
        }
    }

    #[test]
    fn a_phone_that_was_set_ahead_is_not_live_until_it_met_the_platform() {
        let (clocks, mut memory) = fixed(0);
        clocks.restart(Duration::from_secs(60));
        clocks.shift_wall(SignedDuration::from_hours(5));
        let ahead = judge(&clocks, &memory);
        assert_eq!(ahead.state, ClockState::Estimated);
        memory.note_revealed(ahead.now);
        clocks.shift_wall(SignedDuration::from_hours(-5));
        assert_eq!(judge(&clocks, &memory).state, ClockState::Unknown);

        let reading = MonotonicClock::read(&clocks).unwrap();
        let fix = ClockFix::new(later(60), reading, reading, String::new()).unwrap();
        assert!(memory.take_fix(fix), "the strip has to be replaced");
        assert_eq!(judge(&clocks, &memory).state, ClockState::Trusted);
    }

    #[test]
    fn a_slow_answer_or_one_across_a_restart_is_no_fix() {
        let clocks = ManualClocks::new(start());
        let asked = MonotonicClock::read(&clocks).unwrap();
        clocks.pass(Duration::from_secs(10));
        let heard = MonotonicClock::read(&clocks).unwrap();
        let fix = ClockFix::new(start(), asked, heard, String::new()).unwrap();
        assert_eq!(fix.half_round_trip, Duration::from_secs(5));
        clocks.pass(Duration::from_millis(1));
        let late = MonotonicClock::read(&clocks).unwrap();
        assert_eq!(ClockFix::new(start(), asked, late, String::new()), None);
        clocks.restart(Duration::ZERO);
        let restarted = MonotonicClock::read(&clocks).unwrap();
        assert_eq!(
            ClockFix::new(start(), asked, restarted, String::new()),
            None
        );
        assert_eq!(
            ClockFix::new(start(), restarted, heard, String::new()),
            None
        );
    }

    #[test]
    fn a_monotonic_clock_that_ran_backwards_is_not_believed() {
        let (clocks, memory) = fixed(0);
        let mut phone = PhoneTime::read(&clocks, &clocks);
        let reading = phone.monotonic.as_mut().unwrap();
        reading.since_boot -= Duration::from_secs(1);
        assert_eq!(memory.judge(&phone, strip()).state, ClockState::Estimated);
        phone.wall = None;
        assert_eq!(memory.judge(&phone, strip()).state, ClockState::Unknown);
    }

    #[test]
    fn another_zone_is_noticed_and_changes_nothing() {
        let (clocks, memory) = fixed(0);
        clocks.set_zone("Asia/Urumqi");
        let judgement = judge(&clocks, &memory);
        assert!(judgement.zone_changed);
        assert_eq!(
            (judgement.state, judgement.now),
            (ClockState::Trusted, start())
        );
    }

    #[test]
    fn what_is_remembered_is_stored_as_published() {
        let (_, mut memory) = fixed(0);
        memory.note_revealed(later(15));
        insta::assert_json_snapshot!(memory);
    }

    proptest! {
        #[test]
        fn nothing_is_revealed_beyond_a_minute_ahead(
            off in -1_000_000i64..1_000_000,
            passed in 0u64..100_000,
            slot in -1_000_000i64..1_000_000,
            restart: bool,
        ) {
            let (clocks, memory) = fixed(off);
            clocks.pass(Duration::from_secs(passed));
            if restart {
                clocks.restart(Duration::from_secs(30));
            }
            let judgement = judge(&clocks, &memory);
            if judgement.may_reveal(later(slot)) {
                prop_assert!(later(slot) <= judgement.now + SignedDuration::from_secs(60));
            }
            if !restart {
                prop_assert_eq!(judgement.now, later(passed as i64));
            }
        }

        #[test]
        fn no_memory_and_no_reading_panics(
            server in -377_705_023_201i64..253_402_207_200,
            since in any::<u64>(),
            fix_since in any::<u64>(),
            half in any::<u32>(),
        ) {
            let boot = BootId([1; 16]);
            let memory = ClockMemory {
                fix: Some(ClockFix {
                    server_time: Timestamp::from_second(server).unwrap(),
                    since_boot: Duration::from_secs(fix_since),
                    boot,
                    half_round_trip: Duration::from_secs(half.into()),
                    zone: String::new(),
                }),
                last_trusted: None,
                highest_revealed: Some(Timestamp::MAX),
                wall_ahead: Some(SignedDuration::MIN),
            };
            let phone = PhoneTime {
                wall: Some(WallReading { time: Timestamp::MIN, zone: String::new() }),
                monotonic: Some(MonotonicReading { since_boot: Duration::from_secs(since), boot }),
            };
            let judgement = memory.judge(&phone, None);
            let _ = judgement.may_reveal(Timestamp::MAX);
            let _ = memory.fix.unwrap().trusted_until();
        }
    }
}
