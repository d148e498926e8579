//! Whether a signed statement of the time fits what the phone knows. Pure.
//!
//! A statement is genuine when its signature is; it is right only when the platform's clock is. A platform
//! that is an hour ahead would have every phone of a region show codes of the next hour, and one that is a
//! year ahead would end them all. So three witnesses are heard: the statement, the last one that was
//! taken and has run on since by the monotonic clock, and the wall clock. Two that agree decide. A
//! platform that stays with its word is believed in the end, as a monotonic clock can be wrong too.
//!
//! | the statement | the wall clock | taken |
//! |---|---|---|
//! | fits the time that runs on | | at once |
//! | contradicts it | agrees with the statement | at once |
//! | contradicts it | agrees with neither, or is not there | when the platform stays with it for an hour |
//! | contradicts it | agrees with the time that runs on | when the platform stays with it for a day |
//!
//! After a restart nothing runs on: a statement contradicts only when it lies before one that was taken.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    clock::{ClockFix, ClockMemory},
    ports::MonotonicReading,
};

/// Times that differ by no more agree.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(2);
/// A monotonic clock may drift by this part of what has passed.
const DRIFT_DIVISOR: i32 = 10_000;
/// The platform stays with its word for so long, and no wall clock speaks against it.
const STAYS: SignedDuration = SignedDuration::from_hours(1);
/// The platform stays with its word for so long, against the wall clock.
const STAYS_AGAINST_WALL: SignedDuration = SignedDuration::from_hours(24);

/// The first statement of those that do not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Doubt {
    first: ClockFix,
}

/// What is to be done with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Weighed {
    /// To be taken.
    Fits,
    /// Not to be taken; this is to be remembered.
    Doubted(Doubt),
}

/// Weighs a verified statement against what is remembered and what the wall clock says.
pub(crate) fn weigh(
    memory: &ClockMemory,
    statement: &ClockFix,
    wall: Option<Timestamp>,
    doubt: Option<&Doubt>,
) -> Weighed {
    let Some(known) = contradicted(memory, statement) else {
        return Weighed::Fits;
    };
    let agrees =
        |time: Timestamp| wall.is_some_and(|wall| wall.duration_since(time).abs() <= TOLERANCE);
    if agrees(statement.server_time) {
        return Weighed::Fits;
    }
    // A wall clock that has always been wrong by as much as now speaks for the time that runs on, too.
    let corrected = |wall: Timestamp| wall.checked_sub(memory.wall_ahead.unwrap_or_default()).ok();
    let agrees_corrected = wall
        .and_then(corrected)
        .is_some_and(|wall| agree(wall, known));
    let needed = if agrees(known) || agrees_corrected {
        STAYS_AGAINST_WALL
    } else {
        STAYS
    };
    // Only a platform that says the same all the while stays with its word.
    let same = doubt.filter(|doubt| {
        runs_on(&doubt.first, statement)
            .is_some_and(|(time, drift)| fits(statement.server_time, time, drift))
    });
    match same {
        Some(doubt) if runs_since(&doubt.first, statement) >= needed => Weighed::Fits,
        Some(doubt) => Weighed::Doubted(doubt.clone()),
        None => Weighed::Doubted(Doubt {
            first: statement.clone(),
        }),
    }
}

/// The time that the phone knows, when the statement contradicts it.
fn contradicted(memory: &ClockMemory, statement: &ClockFix) -> Option<Timestamp> {
    let before = memory.fix.as_ref()?;
    if let Some((known, drift)) = runs_on(before, statement) {
        return (!fits(statement.server_time, known, drift)).then_some(known);
    }
    let floor = memory
        .last_trusted
        .map_or(before.server_time, |last| last.max(before.server_time));
    (floor.duration_since(statement.server_time) > TOLERANCE).then_some(floor)
}

/// What an earlier statement says when a later one is heard, and by how much the monotonic clock may be off.
fn runs_on(before: &ClockFix, later: &ClockFix) -> Option<(Timestamp, SignedDuration)> {
    let reading = MonotonicReading {
        since_boot: later.since_boot,
        boot: later.boot,
    };
    let passed = passed(before, reading)?;
    let time = before.server_time.checked_add(passed).ok()?;
    Some((time, passed / DRIFT_DIVISOR))
}

fn passed(before: &ClockFix, reading: MonotonicReading) -> Option<SignedDuration> {
    let passed: Duration = (before.boot == reading.boot)
        .then(|| reading.since_boot.checked_sub(before.since_boot))
        .flatten()?;
    SignedDuration::try_from(passed).ok()
}

fn runs_since(before: &ClockFix, later: &ClockFix) -> SignedDuration {
    let reading = MonotonicReading {
        since_boot: later.since_boot,
        boot: later.boot,
    };
    passed(before, reading).unwrap_or_default()
}

fn agree(one: Timestamp, other: Timestamp) -> bool {
    fits(one, other, SignedDuration::ZERO)
}

fn fits(one: Timestamp, other: Timestamp, drift: SignedDuration) -> bool {
    one.duration_since(other).abs() <= TOLERANCE.saturating_add(drift)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;
    use crate::ports::BootId;

    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    fn start() -> Timestamp {
        "2022-04-01T00:00:00Z".parse().unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        start() + SignedDuration::from_secs(seconds)
    }

    /// A statement that is heard `passed` seconds after the first and is `ahead` of the true time.
    fn heard(passed: i64, ahead: i64, boot: u8) -> ClockFix {
        ClockFix {
            server_time: at(passed + ahead),
            since_boot: Duration::from_secs(passed as u64),
            boot: BootId([boot; 16]),
            half_round_trip: Duration::ZERO,
            zone: String::new(),
        }
    }

    fn memory(ahead: i64) -> ClockMemory {
        let mut memory = ClockMemory::default();
        assert!(!memory.take_fix(heard(0, ahead, 1)));
        memory
    }

    fn doubt(weighed: Weighed) -> Doubt {
        match weighed {
            Weighed::Doubted(doubt) => doubt,
            Weighed::Fits => panic!("it was taken"),
        }
    }

    #[test]
    fn the_first_statement_of_a_phone_is_taken() {
        let weighed = weigh(
            &ClockMemory::default(),
            &heard(0, YEAR, 1),
            Some(at(0)),
            None,
        );
        assert_eq!(weighed, Weighed::Fits);
    }

    #[rstest]
    #[case::right(0)]
    #[case::a_minute_and_a_half_off(90)]
    fn a_statement_that_fits_is_taken_whatever_the_wall_clock_says(#[case] ahead: i64) {
        for wall in [None, Some(at(-YEAR)), Some(at(HOUR))] {
            let weighed = weigh(&memory(0), &heard(HOUR, ahead, 1), wall, None);
            assert_eq!(weighed, Weighed::Fits);
        }
    }

    #[test]
    fn drift_of_weeks_is_no_contradiction() {
        let weighed = weigh(&memory(0), &heard(28 * DAY, -300, 1), Some(at(0)), None);
        assert_eq!(weighed, Weighed::Fits);
    }

    #[rstest]
    #[case::an_hour_ahead(HOUR)]
    #[case::an_hour_behind(-HOUR)]
    #[case::a_day_ahead(DAY)]
    #[case::a_day_behind(-DAY)]
    #[case::a_year_ahead(YEAR)]
    #[case::a_year_behind(-YEAR)]
    fn a_platform_with_a_wrong_clock_is_doubted_for_a_day(#[case] ahead: i64) {
        let memory = memory(0);
        let mut doubted = None;
        for passed in (60..DAY).step_by(1800) {
            let weighed = weigh(
                &memory,
                &heard(passed, ahead, 1),
                Some(at(passed)),
                doubted.as_ref(),
            );
            doubted = Some(doubt(weighed));
        }
        let in_the_end = heard(DAY + 60, ahead, 1);
        let weighed = weigh(&memory, &in_the_end, Some(at(DAY + 60)), doubted.as_ref());
        assert_eq!(weighed, Weighed::Fits, "a phone is not cleverer for ever");
    }

    #[test]
    fn a_wall_clock_that_was_always_an_hour_ahead_speaks_for_the_phone() {
        let mut memory = memory(0);
        memory.wall_ahead = Some(SignedDuration::from_secs(HOUR));
        let wall = |passed| Some(at(passed + HOUR));
        let first = doubt(weigh(&memory, &heard(60, DAY, 1), wall(60), None));
        let later = weigh(
            &memory,
            &heard(2 * HOUR, DAY, 1),
            wall(2 * HOUR),
            Some(&first),
        );
        assert_eq!(doubt(later), first);
    }

    #[test]
    fn a_platform_that_was_wrong_and_is_right_again_is_believed_at_once() {
        // The phone met it for the first time on the wrong day, and its own clock is right.
        let weighed = weigh(&memory(DAY), &heard(60, 0, 1), Some(at(60)), None);
        assert_eq!(weighed, Weighed::Fits);
        // Also after a restart.
        let weighed = weigh(&memory(DAY), &heard(60, 0, 2), Some(at(60)), None);
        assert_eq!(weighed, Weighed::Fits);
    }

    #[test]
    fn where_no_clock_agrees_an_hour_decides() {
        let memory = memory(DAY);
        let first = doubt(weigh(&memory, &heard(60, 0, 1), None, None));
        let weighed = weigh(&memory, &heard(HOUR, 0, 1), None, Some(&first));
        assert_eq!(doubt(weighed), first);
        let weighed = weigh(&memory, &heard(HOUR + 60, 0, 1), None, Some(&first));
        assert_eq!(weighed, Weighed::Fits);
        // One that says another thing each time is never believed.
        let weighed = weigh(&memory, &heard(HOUR + 60, HOUR, 1), None, Some(&first));
        assert_ne!(doubt(weighed), first);
        // Nor does a restart count as waiting.
        let weighed = weigh(&memory, &heard(2 * HOUR, 0, 2), None, Some(&first));
        assert_ne!(doubt(weighed), first);
    }

    #[test]
    fn after_a_restart_only_a_statement_before_one_that_was_taken_contradicts() {
        let later = weigh(&memory(0), &heard(60, 9 * DAY, 2), Some(at(60)), None);
        assert_eq!(later, Weighed::Fits);
        let before = weigh(&memory(0), &heard(60, -HOUR, 2), Some(at(60)), None);
        assert!(matches!(before, Weighed::Doubted(_)));
    }

    proptest! {
        /// With a wall clock within two minutes, a statement that is off by more than four is not taken
        /// within the first day, however often it is repeated.
        #[test]
        fn a_phone_with_a_right_clock_is_not_led_astray(
            ahead in prop_oneof![-YEAR..-300, 300..YEAR],
            off in -119i64..120,
            times in proptest::collection::vec(1i64..DAY, 1..20),
        ) {
            let mut times = times;
            times.sort_unstable();
            let memory = memory(0);
            let mut doubted: Option<Doubt> = None;
            for passed in times {
                let wall = Some(at(passed + off));
                let weighed = weigh(&memory, &heard(passed, ahead, 1), wall, doubted.as_ref());
                doubted = Some(doubt(weighed));
            }
        }
    }
}
