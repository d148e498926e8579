use std::time::Duration;

use liangma_crypto::Randomness;
use tokio::time::Instant;

use super::error::ClientError;

/// Tries of one request while a person waits.
const TRIES: u32 = 3;
/// The first pause is at most this long; each further one at most twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// While a person waits, no single pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(4);
/// No further try begins when a person has waited for so long.
const PATIENCE: Duration = Duration::from_secs(20);
/// However long an answer asks to wait, no longer is waited by its word: it may be wrong, or not the
/// platform's own.
pub(crate) const ASKED_MAX: Duration = Duration::from_secs(60 * 60);

/// Counts the tries of one request.
pub(crate) struct Retry {
    tries: u32,
    begun: Instant,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self {
            tries: 0,
            begun: Instant::now(),
        }
    }

    /// Waits before the next try, or gives the error back when there is none.
    pub(crate) async fn pause(
        &mut self,
        error: ClientError,
        randomness: &dyn Randomness,
    ) -> Result<(), ClientError> {
        self.tries += 1;
        let asked = error.asked_wait();
        let capped = error.is_capped() && asked.is_none();
        let worthwhile =
            error.is_transient() && !capped && asked.is_none_or(|asked| asked <= PAUSE_MAX);
        if self.tries >= TRIES || !worthwhile {
            return Err(error);
        }
        let mut random = [0; 4];
        randomness.fill(&mut random)?;
        let pause = wait_after(
            asked,
            self.tries - 1,
            FIRST_PAUSE,
            PAUSE_MAX,
            u32::from_be_bytes(random),
        );
        if self.begun.elapsed() + pause > PATIENCE {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }
}

/// How long to wait before try `attempt + 1` when an answer asked for a wait: as long as asked, at most
/// [`ASKED_MAX`], and then [`wait_before`] on top, as everybody else was asked the same.
#[must_use]
pub(crate) fn wait_after(
    asked: Option<Duration>,
    attempt: u32,
    first: Duration,
    ceiling: Duration,
    random: u32,
) -> Duration {
    asked.unwrap_or_default().min(ASKED_MAX) + wait_before(attempt, first, ceiling, random)
}

/// How long to wait before try `attempt + 1`: random between nothing and a bound that doubles with each
/// attempt up to `ceiling`, so that phones that failed together do not come back together.
#[must_use]
pub(crate) fn wait_before(
    attempt: u32,
    first: Duration,
    ceiling: Duration,
    random: u32,
) -> Duration {
    let bound = first
        .saturating_mul(2u32.saturating_pow(attempt.min(31)))
        .min(ceiling);
    bound.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_wait_never_passes_its_ceiling(attempt: u32, random: u32) {
            let ceiling = Duration::from_secs(3600);
            prop_assert!(wait_before(attempt, Duration::from_secs(30), ceiling, random) <= ceiling);
        }

        #[test]
        fn a_wait_that_was_asked_for_is_kept_and_bounded(
            asked in proptest::option::of(any::<u32>()),
            attempt: u32,
            random: u32,
        ) {
            let (first, ceiling) = (Duration::from_secs(30), Duration::from_secs(3600));
            let asked = asked.map(|seconds| Duration::from_secs(seconds.into()));
            let wait = wait_after(asked, attempt, first, ceiling, random);
            prop_assert!(wait >= asked.unwrap_or_default().min(ASKED_MAX));
            prop_assert!(wait <= ASKED_MAX + ceiling);
            prop_assert!(asked.is_some() || wait <= ceiling);
        }
    }

    /// Ten thousand phones that failed in the same second: no tenth of the time has twice its share.
    #[test]
    fn phones_that_failed_together_come_back_spread_out() {
        let (first, ceiling) = (Duration::from_secs(30), Duration::from_secs(3600));
        for (attempt, asked) in [
            (0, None),
            (4, None),
            (9, None),
            (2, Some(5)),
            (0, Some(600)),
        ] {
            let asked = asked.map(Duration::from_secs);
            let wait = |random| wait_after(asked, attempt, first, ceiling, random);
            let (soonest, latest) = (wait(0), wait(u32::MAX));
            let mut tenths = [0u32; 10];
            let randomness = liangma_crypto::testing::SeededRandomness::new(7);
            for _ in 0..10_000 {
                let mut random = [0; 4];
                randomness.fill(&mut random).unwrap();
                let part = (wait(u32::from_be_bytes(random)) - soonest).as_secs_f64()
                    / (latest - soonest).as_secs_f64();
                tenths[((part * 10.0) as usize).min(9)] += 1;
            }
            assert!(
                tenths.iter().all(|count| (500..2000).contains(count)),
                "{tenths:?}"
            );
        }
    }

    #[test]
    fn the_bound_doubles_and_the_wait_is_spread_below_it() {
        let wait = |attempt, random| {
            wait_before(
                attempt,
                Duration::from_secs(1),
                Duration::from_secs(60),
                random,
            )
        };
        assert_eq!(wait(0, u32::MAX), Duration::from_secs(1));
        assert_eq!(wait(3, u32::MAX), Duration::from_secs(8));
        assert_eq!(wait(9, u32::MAX), Duration::from_secs(60));
        assert_eq!(wait(9, 0), Duration::ZERO);
        assert!(wait(3, u32::MAX / 2) < Duration::from_secs(5));
    }
}
