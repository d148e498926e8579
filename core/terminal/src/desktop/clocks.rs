use std::{
    fs,
    sync::OnceLock,
    time::{Duration, Instant},
};

use jiff::{Timestamp, tz::TimeZone};
use liangma_crypto::{Randomness as _, SystemRandomness, sha256};

use crate::ports::{
    BootId, ClockUnavailable, MonotonicClock, MonotonicReading, WallClock, WallReading,
};

/// The clocks of this machine.
///
/// On Linux the monotonic clock is the time since the machine was started, sleep included. Elsewhere it
/// is the time since this process was started, so that each process counts as a restart of its own: time
/// is then estimated more often, and never trusted wrongly.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClocks;

impl WallClock for SystemClocks {
    fn read(&self) -> Result<WallReading, ClockUnavailable> {
        Ok(WallReading {
            time: Timestamp::now(),
            zone: TimeZone::system()
                .iana_name()
                .unwrap_or_default()
                .to_owned(),
        })
    }
}

impl MonotonicClock for SystemClocks {
    fn read(&self) -> Result<MonotonicReading, ClockUnavailable> {
        static BOOT: OnceLock<Option<BootId>> = OnceLock::new();
        let machine = *BOOT.get_or_init(machine_boot);
        if let (Some(boot), Some(since_boot)) = (machine, uptime()) {
            return Ok(MonotonicReading { since_boot, boot });
        }
        static PROCESS: OnceLock<Option<(BootId, Instant)>> = OnceLock::new();
        let (boot, start) = PROCESS.get_or_init(process_boot).ok_or(ClockUnavailable)?;
        Ok(MonotonicReading {
            since_boot: start.elapsed(),
            boot,
        })
    }
}

fn machine_boot() -> Option<BootId> {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let [first, second @ ..] = sha256(&[text.trim().as_bytes()]);
    let mut boot = [first; 16];
    boot[1..].copy_from_slice(&second[..15]);
    Some(BootId(boot))
}

/// Time since the machine was started, to a hundredth of a second.
fn uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let seconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn process_boot() -> Option<(BootId, Instant)> {
    let mut boot = [0; 16];
    SystemRandomness.fill(&mut boot).ok()?;
    Some((BootId(boot), Instant::now()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_runs_on_within_one_start() {
        let first = MonotonicClock::read(&SystemClocks).unwrap();
        let second = MonotonicClock::read(&SystemClocks).unwrap();
        assert_eq!(first.boot, second.boot);
        assert!(second.since_boot >= first.since_boot);
    }
}
