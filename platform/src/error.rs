//! Why an operation did not end well: a problem for the asker, or a failure inside.

use liangma_crypto::{Randomness as _, RandomnessError, SealError, SystemRandomness};
use liangma_wire::problem::{Problem, ProblemCode};

use crate::storage::StorageError;

/// The two ways in which an operation does not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The asker is told.
    Problem(Box<Problem>),
    /// The asker is told that something failed; the log says what, without anybody's data.
    Internal(Internal),
}

/// What failed inside. Every text in it is fixed, so that none can hold personal data.
#[derive(Debug, thiserror::Error)]
pub enum Internal {
    /// The store failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// Something sealed does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No randomness.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// Something that cannot be happened.
    #[error("{0}")]
    Unexpected(&'static str),
}

impl Failure {
    pub(crate) fn internal(what: &'static str) -> Self {
        Self::Internal(Internal::Unexpected(what))
    }

    /// What the asker gets. Internal failures are logged here, once.
    pub(crate) fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::Internal(Internal::Storage(StorageError::Busy)) => {
                Problem::new(ProblemCode::Overloaded).with_retry_after(soon())
            }
            Self::Internal(error) => {
                tracing::error!(%error, "an operation failed");
                Problem::new(ProblemCode::Internal)
            }
        }
    }
}

/// Seconds after which to come again where something is busy for a moment: drawn, so that those who were sent
/// away together do not come back together.
pub(crate) fn soon() -> u32 {
    let mut drawn = [0];
    // Without randomness everybody waits for equally long, which is no reason to fail.
    let drawn = SystemRandomness.fill(&mut drawn).map_or(0, |()| drawn[0]);
    5 + u32::from(drawn % 16)
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<ProblemCode> for Failure {
    fn from(code: ProblemCode) -> Self {
        Problem::new(code).into()
    }
}

macro_rules! internal_from {
    ($($error:ty),+) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Internal(error.into())
            }
        })+
    };
}

internal_from!(StorageError, SealError, RandomnessError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_that_found_the_store_busy_together_do_not_come_back_together() {
        let mut waits = std::collections::BTreeMap::new();
        for _ in 0..1_000 {
            let busy = Failure::from(StorageError::Busy).into_problem();
            *waits.entry(busy.retry_after.unwrap()).or_insert(0) += 1;
        }
        let every: Vec<u32> = (5..=20).collect();
        assert_eq!(waits.keys().copied().collect::<Vec<_>>(), every);
        assert!(waits.values().all(|often| *often < 200), "{waits:?}");
    }
}
