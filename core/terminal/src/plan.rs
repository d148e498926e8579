//! When to refresh, and until when the phone can do without network. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use liangma_credential::Hour;

use crate::{client::wait_after, clock::ClockState, ports::BootId, records::InVain};

/// The first wait after a refresh that failed.
const FIRST_WAIT: Duration = Duration::from_secs(30);
/// The longest wait between two tries while hours are left.
const WAIT_MAX: Duration = Duration::from_secs(30 * 60);
/// The longest wait between two tries when the code is about to end.
const URGENT_WAIT_MAX: Duration = Duration::from_secs(3 * 60);
/// Less than this left is urgent.
const URGENT: SignedDuration = SignedDuration::from_hours(1);

/// What the planner looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outlook {
    /// The time to go by.
    pub(crate) now: Timestamp,
    /// The end of the last hour covered without a gap from now; `None` when this hour is not covered.
    pub(crate) covered_until: Option<Timestamp>,
    /// How many hours a full strip covers.
    pub(crate) strip_hours: u32,
    /// When the colour would change by itself.
    pub(crate) next_change_at: Option<Timestamp>,
    /// Refreshes that failed since the last that went through.
    pub(crate) failures: u32,
    /// How long the answer that failed asked to wait.
    pub(crate) asked: Option<Duration>,
    /// Randomness, so that phones do not come all at once.
    pub(crate) random: u32,
}

/// When to refresh next.
///
/// After success: somewhere in the third quarter of the strip, each phone at its own moment, so that
/// the load of a region is spread and a quarter is left for outages; or in the first ten minutes after
/// the colour would change by itself, where that is earlier. After a failure: a wait that doubles, and is
/// shorter when little is left, after as long a wait as the platform asked for, within bounds. Without a code
/// for this hour: at once, or after the wait.
pub(crate) fn next_refresh(outlook: &Outlook) -> Timestamp {
    let Outlook {
        now,
        covered_until,
        strip_hours,
        next_change_at,
        failures,
        asked,
        random,
    } = *outlook;
    let left = covered_until.map(|until| until.duration_since(now));
    if failures > 0 {
        let urgent = left.is_none_or(|left| left <= URGENT);
        let ceiling = if urgent { URGENT_WAIT_MAX } else { WAIT_MAX };
        let asked = asked.map(|asked| asked.min(WAIT_MAX));
        return later(
            now,
            wait_after(asked, failures - 1, FIRST_WAIT, ceiling, random),
        );
    }
    let Some(covered_until) = covered_until else {
        return now;
    };
    let quarter = Duration::from_secs(u64::from(strip_hours) * 3600 / 4);
    let spread = quarter.mul_f64(f64::from(random) / f64::from(u32::MAX));
    // Half of a full strip is left at the earliest, a quarter at the latest.
    let latest = SignedDuration::try_from(quarter * 2 - spread).unwrap_or(SignedDuration::ZERO);
    let by_strip = covered_until.saturating_sub(latest).unwrap_or(now);
    let by_change = next_change_at.filter(|change| *change > now).map(|change| {
        later(
            change,
            Duration::from_secs(600).mul_f64(f64::from(random) / f64::from(u32::MAX)),
        )
    });
    // Where an emergency leaves less than an hour, a refresh that brought nothing is not made at every look.
    by_change
        .map_or(by_strip, |by_change| by_change.min(by_strip))
        .max(later(now, FIRST_WAIT).min(covered_until))
}

/// What decides whether a refresh is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Planned {
    /// The time to go by.
    pub(crate) now: Timestamp,
    /// How far it can be relied on.
    pub(crate) clock: ClockState,
    /// The end of the last hour covered without a gap from now.
    pub(crate) covered_until: Option<Timestamp>,
    /// What [`next_refresh`] said.
    pub(crate) next_at: Option<Timestamp>,
    /// Refreshes that failed since the last that went through.
    pub(crate) failures: u32,
    /// The refresh that went through and left the time untrusted.
    pub(crate) in_vain: Option<InVain>,
    /// The start of the phone, where it is known.
    pub(crate) boot: Option<BootId>,
}

/// Whether to refresh now.
///
/// Besides when the plan says so: at once while the time is not trusted, as after a restart, since meeting
/// the platform is what cures it; and when the plan is one that no right clock can have made, so that a
/// phone that was a month ahead when it planned does not wait for a month. A refresh that went through and
/// cured nothing, as on a line on which every answer is too long on its way, is made again after a wait; until
/// then the plan counts.
pub(crate) fn is_due(planned: &Planned) -> bool {
    let Planned { now, .. } = *planned;
    let Some(next_at) = planned.next_at else {
        return true;
    };
    if let Some(in_vain) = planned.in_vain.filter(|_| planned.failures == 0)
        && planned.clock != ClockState::Trusted
        && in_vain.boot == planned.boot
    {
        // Without a live code it is urgent. A clock that was set since counts from where it stands now.
        let wait = if planned.clock == ClockState::Unknown {
            URGENT_WAIT_MAX
        } else {
            WAIT_MAX
        };
        now.duration_since(in_vain.at).unsigned_abs() >= wait
    } else if planned.failures == 0 {
        next_at <= now
            || planned.clock != ClockState::Trusted
            || planned.covered_until.is_none_or(|until| next_at > until)
    } else {
        next_at <= now || next_at > later(now, 2 * WAIT_MAX)
    }
}

fn later(time: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait)
        .ok()
        .and_then(|wait| time.checked_add(wait).ok())
        .unwrap_or(time)
}

/// The end of the last hour covered without a gap, from the hour of `now` on.
pub(crate) fn covered_until(now: Timestamp, covered: impl Fn(Hour) -> bool) -> Option<Timestamp> {
    let first = Hour::of(now);
    let mut hour = first;
    while covered(hour) && hour.0 - first.0 < 24 * 365 {
        hour = hour.next();
    }
    (hour != first).then(|| hour.start())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hours: f64) -> Timestamp {
        Timestamp::from_second(1_648_771_200 + (hours * 3600.0) as i64).unwrap()
    }

    fn outlook() -> Outlook {
        Outlook {
            now: at(0.0),
            covered_until: Some(at(24.0)),
            strip_hours: 24,
            next_change_at: None,
            failures: 0,
            asked: None,
            random: 0,
        }
    }

    fn planned() -> Planned {
        Planned {
            now: at(0.0),
            clock: ClockState::Trusted,
            covered_until: Some(at(24.0)),
            next_at: Some(at(15.0)),
            failures: 0,
            in_vain: None,
            boot: Some(BootId([1; 16])),
        }
    }

    #[test]
    fn a_time_that_no_refresh_cures_makes_none_due_at_every_look() {
        for (clock, wait) in [(ClockState::Estimated, 0.5), (ClockState::Unknown, 0.05)] {
            // Also without a code for this hour, and when the plan was made under another clock.
            for (covered_until, next_at) in [(Some(at(24.0)), at(15.0)), (None, at(0.0))] {
                let looked = |now| Planned {
                    now,
                    clock,
                    covered_until,
                    next_at: Some(next_at),
                    in_vain: Some(InVain {
                        at: at(0.0),
                        boot: planned().boot,
                    }),
                    ..planned()
                };
                assert!(!is_due(&looked(at(0.0))));
                assert!(!is_due(&looked(at(wait * 0.99))));
                assert!(is_due(&looked(at(wait))));
                assert!(is_due(&looked(at(-wait))), "a clock that was set back");
                let restarted = Planned {
                    boot: Some(BootId([2; 16])),
                    ..looked(at(0.0))
                };
                assert!(is_due(&restarted), "a restart may have cured it");
            }
        }
    }

    #[test]
    fn what_is_left_of_an_emergency_hour_is_not_asked_for_at_every_look() {
        let emergency = Outlook {
            strip_hours: 1,
            covered_until: Some(at(0.2)),
            ..outlook()
        };
        assert_eq!(
            next_refresh(&emergency).duration_since(at(0.0)).as_secs(),
            30
        );
    }

    #[test]
    fn a_refresh_is_due_when_the_plan_says_so() {
        assert!(!is_due(&planned()));
        let now = at(15.0);
        assert!(is_due(&Planned { now, ..planned() }));
        let next_at = None;
        assert!(is_due(&Planned {
            next_at,
            ..planned()
        }));
    }

    #[test]
    fn a_time_that_is_not_trusted_makes_a_refresh_due_and_failures_slow_it_down() {
        for clock in [ClockState::Estimated, ClockState::Unknown] {
            assert!(is_due(&Planned { clock, ..planned() }));
            let waiting = Planned {
                clock,
                failures: 1,
                next_at: Some(at(0.01)),
                ..planned()
            };
            assert!(!is_due(&waiting));
            assert!(is_due(&Planned {
                now: at(0.01),
                ..waiting
            }));
        }
    }

    #[test]
    fn a_plan_made_by_a_clock_that_was_ahead_is_not_waited_for() {
        let beyond = Some(at(24.5));
        assert!(is_due(&Planned {
            next_at: beyond,
            ..planned()
        }));
        let month = Some(at(30.0 * 24.0));
        assert!(is_due(&Planned {
            next_at: month,
            failures: 3,
            ..planned()
        }));
    }

    #[test]
    fn a_refresh_comes_in_the_third_quarter_of_the_strip() {
        assert_eq!(next_refresh(&outlook()), at(12.0));
        assert_eq!(
            next_refresh(&Outlook {
                random: u32::MAX,
                ..outlook()
            }),
            at(18.0)
        );
        let emergency = Outlook {
            strip_hours: 4,
            covered_until: Some(at(4.0)),
            ..outlook()
        };
        assert_eq!(next_refresh(&emergency), at(2.0));
    }

    #[test]
    fn a_change_that_comes_by_itself_is_fetched_soon_after() {
        let change = Outlook {
            next_change_at: Some(at(3.0)),
            ..outlook()
        };
        assert_eq!(next_refresh(&change), at(3.0));
        let passed = Outlook {
            next_change_at: Some(at(-3.0)),
            ..outlook()
        };
        assert_eq!(next_refresh(&passed), at(12.0));
    }

    #[test]
    fn without_a_code_it_is_at_once_and_after_failures_it_is_soon() {
        let none = Outlook {
            covered_until: None,
            ..outlook()
        };
        assert_eq!(next_refresh(&none), at(0.0));
        let failed = Outlook {
            failures: 9,
            random: u32::MAX,
            ..none
        };
        assert_eq!(next_refresh(&failed), at(0.05), "three minutes at most");
        let with_hours_left = Outlook {
            covered_until: Some(at(9.0)),
            ..failed
        };
        assert_eq!(next_refresh(&with_hours_left), at(0.5));
    }

    #[test]
    fn as_long_as_the_platform_asks_is_waited_and_never_beyond_half_an_hour_more() {
        let asked = |seconds, random| Outlook {
            failures: 1,
            asked: Some(Duration::from_secs(seconds)),
            random,
            ..outlook()
        };
        let seconds = |outlook| next_refresh(&outlook).duration_since(at(0.0)).as_secs();
        assert_eq!(seconds(asked(600, 0)), 600);
        assert_eq!(seconds(asked(600, u32::MAX)), 630);
        assert_eq!(seconds(asked(0, 0)), 0);
        assert_eq!(seconds(asked(31_536_000, u32::MAX)), 1830);
    }

    #[test]
    fn coverage_ends_at_the_first_gap() {
        let first = Hour::of(at(0.0));
        let covered = |hours: &'static [u32]| {
            covered_until(at(0.5), move |hour| hours.contains(&(hour.0 - first.0)))
        };
        assert_eq!(covered(&[0, 1, 2, 4]), Some(at(3.0)));
        assert_eq!(covered(&[1, 2]), None);
        assert_eq!(covered(&[]), None);
    }

    proptest! {
        #[test]
        fn a_refresh_is_never_planned_for_the_past_nor_after_the_strip(
            left in 0u32..48, strip in 1u32..48, failures in 0u32..40, random: u32,
            change in proptest::option::of(-40.0..40.0f64),
            asked in proptest::option::of(any::<u32>()),
        ) {
            let outlook = Outlook {
                covered_until: (left > 0).then(|| at(left.into())),
                strip_hours: strip,
                next_change_at: change.map(at),
                failures,
                asked: asked.map(|seconds| Duration::from_secs(seconds.into())),
                random,
                ..outlook()
            };
            let next = next_refresh(&outlook);
            prop_assert!(next >= outlook.now);
            prop_assert!(next <= outlook.covered_until.unwrap_or(outlook.now).max(at(1.0)));
        }
    }
}
