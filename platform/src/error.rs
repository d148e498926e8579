//! Why an operation did not end well: a problem for the asker, or a failure inside.

use liangma_crypto::{RandomnessError, SealError};
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
                Problem::new(ProblemCode::Overloaded).with_retry_after(5)
            }
            Self::Internal(error) => {
                tracing::error!(%error, "an operation failed");
                Problem::new(ProblemCode::Internal)
            }
        }
    }
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
