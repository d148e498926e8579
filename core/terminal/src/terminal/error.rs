use std::{io, time::Duration};

use liangma_credential::{TimeError, TrustError};
use liangma_crypto::RandomnessError;
use liangma_wire::problem::ProblemCode;

use crate::{
    arrival::ArrivalError, client::ClientError, envelope::EnvelopeError, key_state::KeyState,
    ports::KeyStoreError, store::StoreError,
};

/// Why the terminal could not do what was asked. Never holds personal data.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TerminalError {
    /// Keys and store are in a state that the person must be told.
    #[error("open the terminal: the keys of this phone are {0:?}")]
    Keys(KeyState),
    /// The key store failed.
    #[error(transparent)]
    KeyStore(#[from] KeyStoreError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The folder failed.
    #[error("read or write the terminal's folder")]
    Folder(#[source] io::Error),
    /// The platform could not be asked, or said no.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A trust file was refused.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The platform's statement of the time is not believed.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The platform's signed time does not fit what this phone knows: one of the two is wrong. Nothing was
    /// changed by it.
    #[error("believe the platform's time: it does not fit what this phone knows")]
    TimeDoubted,
    /// Signed hours that arrived are not what they should be; the old ones stay.
    #[error(transparent)]
    Arrival(#[from] ArrivalError),
    /// The phone's randomness failed.
    #[error(transparent)]
    Randomness(#[from] RandomnessError),
    /// A field that was typed is not valid. Nothing typed is lost.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The store belongs to another deployment's root of trust.
    #[error("open the terminal: its root of trust is not the one it was installed with")]
    OtherRoot,
    /// The region profile has not been fetched yet, or is not the person's.
    #[error("refresh the code: the region profile is not there")]
    NoProfile,
    /// Nobody is logged in.
    #[error("do this: nobody is logged in")]
    NotLoggedIn,
    /// No login code was asked for.
    #[error("log in: ask for a code first")]
    NoLoginAttempt,
    /// There is no application yet.
    #[error("verify the operator: apply first")]
    NoApplication,
    /// This device has not been through a face or counter check.
    #[error("obtain a code: complete a face check, or go to a counter")]
    NotVerified,
    /// More is waiting than a person can have done.
    #[error("keep this for sending: too much is waiting already")]
    OutboxFull,
    /// The terminal was erased.
    #[error("do this: the terminal was erased")]
    Erased,
    /// The work was ended from outside.
    #[error("finish the work: it was interrupted")]
    Interrupted,
}

/// A field that is not valid: which one, and the stable code of what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("read {field}: {reason}")]
pub struct FieldError {
    /// The field's stable name, as in the request.
    pub field: &'static str,
    /// The stable code of what is wrong, such as `bad_check_digit`.
    pub reason: &'static str,
}

impl From<EnvelopeError> for TerminalError {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Keys(state) => Self::Keys(state),
            EnvelopeError::KeyStore(error) => Self::Keys(KeyState::of(error)),
            EnvelopeError::FromNewerVersion => Self::Store(StoreError::FromNewerVersion),
            EnvelopeError::Folder(error) => error.into(),
            EnvelopeError::Randomness(error) => Self::Randomness(error),
        }
    }
}

impl From<io::Error> for TerminalError {
    fn from(error: io::Error) -> Self {
        match StoreError::from(error) {
            StoreError::Folder(error) => Self::Folder(error),
            // A full phone and one that cannot be written to have words of their own.
            error => Self::Store(error),
        }
    }
}

impl TerminalError {
    /// The state of the phone's keys, wherever on the way it was met: when opening, logging in or signing.
    #[must_use]
    pub fn key_state(&self) -> Option<KeyState> {
        match self {
            Self::Keys(state) => Some(*state),
            Self::KeyStore(error) | Self::Client(ClientError::KeyStore(error)) => {
                Some(KeyState::of(*error))
            }
            _ => None,
        }
    }

    /// The platform's code, where it answered with one.
    #[must_use]
    pub fn problem(&self) -> Option<ProblemCode> {
        match self {
            Self::Client(error) => error.problem(),
            _ => None,
        }
    }

    /// How long the platform asks to wait; as stated, without a bound.
    #[must_use]
    pub fn asked_wait(&self) -> Option<Duration> {
        match self {
            Self::Client(error) => error.asked_wait(),
            _ => None,
        }
    }

    /// Whether the same call may succeed later with nothing changed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Client(error) => error.is_transient(),
            Self::KeyStore(error) => matches!(error, KeyStoreError::Busy | KeyStoreError::Locked),
            Self::Keys(state) => state.may_retry(),
            Self::Store(error) => matches!(error, StoreError::InUse),
            Self::Interrupted | Self::TimeDoubted => true,
            _ => false,
        }
    }
}
