//! Time that runs faster than outside, the same for everybody in the trial.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use liangma_platform::ports::Clock;
use liangma_terminal::ports::{
    BootId, ClockUnavailable, MonotonicClock, MonotonicReading, WallClock, WallReading,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

/// How often a second of the trial fits into one outside.
const SPEED: u32 = 20;

/// The trial's time: from one moment on, so many times as fast.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct TrialClock {
    /// The trial's time at the beginning.
    begins: Timestamp,
    /// The machine's monotonic clock then.
    since_boot: Duration,
}

fn machine() -> Duration {
    let time = clock_gettime(ClockId::Boottime);
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or_default(),
        u32::try_from(time.tv_nsec).unwrap_or_default(),
    )
}

impl TrialClock {
    /// Begins now, late in an hour, so that also a short trial lives through its end.
    pub(crate) fn begin() -> Self {
        let now = Timestamp::now().as_second();
        let late = now - now.rem_euclid(3600) + 48 * 60;
        Self {
            begins: Timestamp::from_second(late).unwrap_or_default(),
            since_boot: machine(),
        }
    }

    fn elapsed(&self) -> Duration {
        machine().saturating_sub(self.since_boot) * SPEED
    }
}

impl Clock for TrialClock {
    fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.elapsed()).unwrap_or_default();
        self.begins.saturating_add(elapsed).unwrap_or(self.begins)
    }
}

impl WallClock for TrialClock {
    fn read(&self) -> Result<WallReading, ClockUnavailable> {
        Ok(WallReading {
            time: Clock::now(self),
            zone: "Asia/Shanghai".to_owned(),
        })
    }
}

impl MonotonicClock for TrialClock {
    fn read(&self) -> Result<MonotonicReading, ClockUnavailable> {
        Ok(MonotonicReading {
            since_boot: self.since_boot + self.elapsed(),
            boot: BootId([7; 16]),
        })
    }
}
