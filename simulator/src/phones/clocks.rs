//! The clocks of a phone on the desk: they run like the machine's, a movable step beside them.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use liangma_crypto::{Randomness as _, SystemRandomness};
use liangma_terminal::ports::{
    BootId, ClockUnavailable, MonotonicClock, MonotonicReading, WallClock, WallReading,
};

/// The zone that every phone on the desk claims.
const ZONE: &str = "Asia/Shanghai";
/// A phone does not start its programs at once.
const AFTER_BOOT: Duration = Duration::from_secs(5);

/// A wall clock that a person can set, and a clock of the phone's hardware that nobody can.
#[derive(Debug)]
pub(crate) struct MovableClocks(Mutex<State>);

#[derive(Debug)]
struct State {
    /// By how much the wall clock is ahead of the machine's.
    ahead: SignedDuration,
    booted: Instant,
    boot: BootId,
}

impl MovableClocks {
    /// A phone that has just been started, its clock right.
    pub(crate) fn new() -> Self {
        Self(Mutex::new(State {
            ahead: SignedDuration::ZERO,
            booted: Instant::now(),
            boot: fresh_boot(),
        }))
    }

    /// Sets the wall clock so far ahead of the machine's; behind it with a negative time.
    pub(crate) fn set_ahead(&self, ahead: SignedDuration) {
        self.state().ahead = ahead;
    }

    /// By how much the wall clock is ahead of the machine's.
    pub(crate) fn ahead(&self) -> SignedDuration {
        self.state().ahead
    }

    /// The phone is started again: its hardware counts anew.
    pub(crate) fn reboot(&self) {
        let mut state = self.state();
        state.booted = Instant::now();
        state.boot = fresh_boot();
    }

    /// What the wall clock says.
    pub(crate) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.saturating_add(self.ahead()).unwrap_or(now)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fresh_boot() -> BootId {
    let mut id = [0; 16];
    // Without randomness every start looks like the same one, which nothing on the desk relies on.
    let _filled = SystemRandomness.fill(&mut id);
    BootId(id)
}

impl WallClock for MovableClocks {
    fn read(&self) -> Result<WallReading, ClockUnavailable> {
        Ok(WallReading {
            time: self.now(),
            zone: ZONE.to_owned(),
        })
    }
}

impl MonotonicClock for MovableClocks {
    fn read(&self) -> Result<MonotonicReading, ClockUnavailable> {
        let state = self.state();
        Ok(MonotonicReading {
            since_boot: AFTER_BOOT + state.booted.elapsed(),
            boot: state.boot,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_wall_clock_still_runs_and_the_hardware_clock_does_not_follow() {
        let clocks = MovableClocks::new();
        let before = MonotonicClock::read(&clocks).unwrap();
        clocks.set_ahead(SignedDuration::from_hours(5));
        let first = clocks.now();
        std::thread::sleep(Duration::from_millis(5));
        assert!(clocks.now() > first);
        let ahead = first.duration_since(Timestamp::now());
        assert!(ahead > SignedDuration::from_mins(299), "{ahead:?}");
        let after = MonotonicClock::read(&clocks).unwrap();
        assert_eq!(before.boot, after.boot);
        assert!(after.since_boot - before.since_boot < Duration::from_secs(60));
    }

    #[test]
    fn a_reboot_is_another_start_of_the_hardware_clock() {
        let clocks = MovableClocks::new();
        let before = MonotonicClock::read(&clocks).unwrap();
        clocks.reboot();
        let after = MonotonicClock::read(&clocks).unwrap();
        assert_ne!(before.boot, after.boot);
    }
}
