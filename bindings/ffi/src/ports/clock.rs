use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use liangma_terminal::ports::{self, BootId, ClockUnavailable, MonotonicClock, WallClock};
use uniffi::UnexpectedUniFFICallbackError;

/// The phone's two clocks.
///
/// Both are read on any thread, once or twice for each showing, write or refresh; they must not block.
#[uniffi::export(foreign)]
pub trait PhoneClock: Send + Sync {
    /// The time and zone that the phone claims; the person may have set them.
    fn wall(&self) -> Result<WallReading, ClockError>;

    /// Time since the phone was started, sleep included, and which start that was. Android:
    /// `SystemClock.elapsedRealtime()`; iOS: `mach_continuous_time`. A clock that stops in sleep would make a
    /// code old without anybody noticing.
    fn monotonic(&self) -> Result<MonotonicReading, ClockError>;
}

/// What the phone's clock on the wall says.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct WallReading {
    /// Milliseconds since 1970, UTC.
    pub milliseconds: i64,
    /// The IANA name of the zone that the phone is set to, such as `Asia/Shanghai`; empty when it has none.
    pub zone: String,
}

/// What the clock says that nobody can set.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct MonotonicReading {
    /// Milliseconds since the phone was started, sleep included.
    pub since_boot_milliseconds: u64,
    /// Names the start it counts from: 16 bytes, others after every restart, the same for every process in
    /// between.
    pub boot: Vec<u8>,
}

/// A clock could not be read; the time is then taken for unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ClockError {
    /// It does not answer.
    #[error("read the phone's clock")]
    Unavailable,
}

impl From<UnexpectedUniFFICallbackError> for ClockError {
    fn from(_: UnexpectedUniFFICallbackError) -> Self {
        Self::Unavailable
    }
}

pub(super) struct Lent(pub(super) Arc<dyn PhoneClock>);

impl WallClock for Lent {
    fn read(&self) -> Result<ports::WallReading, ClockUnavailable> {
        let reading = self.0.wall().map_err(|_| ClockUnavailable)?;
        Ok(ports::WallReading {
            time: Timestamp::from_millisecond(reading.milliseconds)
                .map_err(|_| ClockUnavailable)?,
            zone: reading.zone,
        })
    }
}

impl MonotonicClock for Lent {
    fn read(&self) -> Result<ports::MonotonicReading, ClockUnavailable> {
        let reading = self.0.monotonic().map_err(|_| ClockUnavailable)?;
        Ok(ports::MonotonicReading {
            since_boot: Duration::from_millis(reading.since_boot_milliseconds),
            boot: BootId(reading.boot.try_into().map_err(|_| ClockUnavailable)?),
        })
    }
}
