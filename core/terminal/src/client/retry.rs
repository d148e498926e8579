use std::time::Duration;

use liangma_crypto::Randomness;
use liangma_wire::problem::ProblemCode;

use super::error::ClientError;

/// Tries of one request while a person waits.
const TRIES: u32 = 3;
/// The first pause is at most this long; each further one at most twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// While a person waits, no single pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(4);

/// Counts the tries of one request.
pub(crate) struct Retry {
    tries: u32,
}

impl Retry {
    pub(crate) fn new() -> Self {
        Self { tries: 0 }
    }

    /// Waits before the next try, or gives the error back when there is none.
    pub(crate) async fn pause(
        &mut self,
        error: ClientError,
        randomness: &dyn Randomness,
    ) -> Result<(), ClientError> {
        self.tries += 1;
        let asked = asked_pause(&error);
        let capped = error.problem() == Some(ProblemCode::TooManyAttempts) && asked.is_none();
        let worthwhile =
            error.is_transient() && !capped && asked.is_none_or(|asked| asked <= PAUSE_MAX);
        if self.tries >= TRIES || !worthwhile {
            return Err(error);
        }
        let mut random = [0; 4];
        randomness.fill(&mut random)?;
        let pause = wait_before(
            self.tries - 1,
            FIRST_PAUSE,
            PAUSE_MAX,
            u32::from_be_bytes(random),
        );
        tokio::time::sleep(asked.map_or(pause, |asked| asked + pause / 4)).await;
        Ok(())
    }
}

fn asked_pause(error: &ClientError) -> Option<Duration> {
    match error {
        ClientError::Problem(problem) => problem
            .retry_after
            .map(|seconds| Duration::from_secs(seconds.into())),
        _ => None,
    }
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
