use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The clock that a person can set.
///
/// Read on any thread, once or twice for each showing, write or refresh; must not block.
pub trait WallClock: Send + Sync {
    /// The time and zone that the phone claims.
    ///
    /// # Errors
    /// [`ClockUnavailable`]; the terminal then treats the time as unknown.
    fn read(&self) -> Result<WallReading, ClockUnavailable>;
}

/// The clock that nobody can set: it starts with the phone and runs on while it sleeps.
///
/// Read on any thread, as often as the wall clock; must not block. Linux and Android: `CLOCK_BOOTTIME`;
/// iOS: `mach_continuous_time`. A clock that stops in sleep would make a code old without anybody noticing.
pub trait MonotonicClock: Send + Sync {
    /// Time since the phone was started, and which start that was.
    ///
    /// # Errors
    /// [`ClockUnavailable`]; the terminal then treats the time as unknown.
    fn read(&self) -> Result<MonotonicReading, ClockUnavailable>;
}

/// What the wall clock says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WallReading {
    /// The time. Anybody may have set it.
    pub time: Timestamp,
    /// The IANA name of the zone the phone is set to; empty when it has none.
    pub zone: String,
}

/// What the monotonic clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonotonicReading {
    /// Time since the phone was started, sleep included.
    pub since_boot: Duration,
    /// Which start of the phone it counts from.
    pub boot: BootId,
}

/// Names one start of the phone: another after every restart, the same for every process in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BootId(pub [u8; 16]);

/// A clock could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read the phone's clock")]
pub struct ClockUnavailable;
