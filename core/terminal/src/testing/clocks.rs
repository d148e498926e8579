use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use crate::ports::{
    BootId, ClockUnavailable, MonotonicClock, MonotonicReading, WallClock, WallReading,
};

/// A wall clock and a monotonic clock that stand still until they are moved.
#[derive(Debug)]
pub struct ManualClocks(Mutex<State>);

#[derive(Debug, Clone)]
struct State {
    wall: Timestamp,
    zone: String,
    since_boot: Duration,
    boots: u8,
}

impl ManualClocks {
    /// A phone that was started an hour ago, its wall clock at `wall`, in `Asia/Shanghai`.
    #[must_use]
    pub fn new(wall: Timestamp) -> Self {
        Self(Mutex::new(State {
            wall,
            zone: "Asia/Shanghai".to_owned(),
            since_boot: Duration::from_secs(3600),
            boots: 1,
        }))
    }

    /// Lets time pass: both clocks move.
    pub fn pass(&self, time: Duration) {
        let mut state = self.state();
        state.since_boot += time;
        state.wall = moved(
            state.wall,
            SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX),
        );
    }

    /// Sets the wall clock, as a person does; the monotonic clock runs on.
    pub fn set_wall(&self, wall: Timestamp) {
        self.state().wall = wall;
    }

    /// Moves the wall clock alone.
    pub fn shift_wall(&self, by: SignedDuration) {
        let mut state = self.state();
        state.wall = moved(state.wall, by);
    }

    /// Sets the zone that the wall clock claims.
    pub fn set_zone(&self, zone: &str) {
        zone.clone_into(&mut self.state().zone);
    }

    /// Restarts the phone: the monotonic clock begins anew, `down` later by the wall clock.
    pub fn restart(&self, down: Duration) {
        self.pass(down);
        let mut state = self.state();
        state.since_boot = Duration::from_secs(5);
        state.boots = state.boots.wrapping_add(1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn moved(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.saturating_add(by).unwrap_or(time)
}

impl WallClock for ManualClocks {
    fn read(&self) -> Result<WallReading, ClockUnavailable> {
        let state = self.state();
        Ok(WallReading {
            time: state.wall,
            zone: state.zone.clone(),
        })
    }
}

impl MonotonicClock for ManualClocks {
    fn read(&self) -> Result<MonotonicReading, ClockUnavailable> {
        let state = self.state();
        Ok(MonotonicReading {
            since_boot: state.since_boot,
            boot: BootId([state.boots; 16]),
        })
    }
}
